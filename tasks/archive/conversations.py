"""A row of ready-made instruction data → its exchanges, in their order, character for character as they stand there.

alpaca     {"instruction": "Say it.", "input": "hello", "output": "HELLO", "history": [["hi", "hello"]]}
           →  [("hi", "", "hello"), ("Say it.", "hello", "HELLO")]
sharegpt   {"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "hello"}]}
messages   {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}
           →  [("hi", "", "hello")]

A row that says more than a Pair can hold (a system prompt, a tool, an image) or less (no answer, a turn out of order) is
refused whole with its rule: nothing is stripped, joined, skipped or made up.
"""

from typing import Any

from tasks.archive.found import Refused, check_storable
from tasks.archive.rows import Row

Exchange = tuple[str, str, str]
"""Instruction, input (of alpaca alone) and answer."""

TURNS = {"sharegpt": ("conversations", "from", "value"), "messages": ("messages", "role", "content")}
"""By format the names of the list, and of who speaks and what is said in each of its items."""
USER, ASSISTANT, SYSTEM, TOOL = "user", "assistant", "system", "tool"
SPEAKERS = {
    "user": USER, "human": USER,
    "assistant": ASSISTANT, "gpt": ASSISTANT, "chatgpt": ASSISTANT,
    "system": SYSTEM, "developer": SYSTEM,
    "tool": TOOL, "function": TOOL, "function_call": TOOL, "tool_call": TOOL, "tool_response": TOOL, "observation": TOOL,
    "ipython": TOOL,
}  # fmt: skip
"""Names in use for who speaks: of ShareGPT and its followers, of OpenAI's API, of LLaMA-Factory."""

MEDIA = ("image", "images", "video", "videos", "audio", "audios")
"""Columns with what the text is about, as LLaMA-Factory and the hub name them."""


def exchanges(row: Row, format: str) -> list[Exchange]:
    """The exchanges of a row, one at least. Raises Refused."""
    _refuse_what_pairs_lack(row)
    found = _of_alpaca(row) if format == "alpaca" else _of_turns(row, *TURNS[format])
    for number, (instruction, input, answer) in enumerate(found, start=1):
        for what, text in (("instruction", instruction), ("input", input), ("answer", answer)):
            check_storable(text)
            if what != "input" and not text.strip():
                raise Refused("empty_turn", f"{what} {number} is empty")
    return found


def _refuse_what_pairs_lack(row: Row) -> None:
    """A system prompt before an instruction would be another instruction, and without it the answer may be wrong."""
    if system := row.get("system") or row.get("system_prompt"):
        raise Refused("system_prompt", f"has a system prompt, which a Pair cannot hold: {str(system)[:60]!r}")
    if row.get("tools") or row.get("functions"):
        raise Refused("tool_turn", "offers tools, which a Pair cannot hold")
    for name in MEDIA:
        if row.get(name):
            raise Refused("content_parts", f"has {name}; only text can be used")


def _of_alpaca(row: Row) -> list[Exchange]:
    input = "" if row.get("input") is None else _text(row["input"], "input")
    last = (_text(_there(row, "instruction"), "instruction"), input, _text(_there(row, "output"), "output"))
    return [*_history(row.get("history")), last]


def _history(turns: Any) -> list[Exchange]:
    if turns is None or turns == "":  # "" is how CSV has none
        return []
    if not isinstance(turns, list) or not all(isinstance(turn, list) and len(turn) == 2 for turn in turns):
        raise Refused("wrong_history", "history is no list of [user, assistant]")
    return [(_text(user, f"user turn {n}"), "", _text(said, f"answer {n}")) for n, (user, said) in enumerate(turns, 1)]


def _of_turns(row: Row, list_name: str, who: str, what: str) -> list[Exchange]:
    turns = _there(row, list_name)
    if not isinstance(turns, list) or not turns:
        found = "is empty" if isinstance(turns, list) else f"is {type(turns).__name__}"
        raise Refused("no_turns", f"{list_name!r} {found}, expected a list of turns")
    said = [_turn(turn, number, who, what) for number, turn in enumerate(turns, start=1)]
    if said[0] == (SYSTEM, ""):
        del said[0]
    for number, (speaker, text) in enumerate(said):
        if speaker == SYSTEM:
            raise Refused("system_prompt", f"has a system prompt, which a Pair cannot hold: {text[:60]!r}")
        if speaker != (expected := ASSISTANT if number % 2 else USER):
            raise Refused("wrong_turns", f"turn {number + 1} is the {speaker}'s, expected the {expected}'s")
    if not said or len(said) % 2:
        raise Refused("wrong_turns", "ends without an answer")
    return [(asked, "", answer) for (_, asked), (_, answer) in zip(said[::2], said[1::2], strict=True)]


def _turn(turn: Any, number: int, who: str, what: str) -> tuple[str, str]:
    if not isinstance(turn, dict) or not isinstance(turn.get(who), str):
        raise Refused("broken_turn", f"turn {number} has no {who!r}")
    speaker = SPEAKERS.get(turn[who])
    if speaker is None:
        raise Refused("unknown_role", f"turn {number} is of {turn[who][:60]!r}; known: {', '.join(SPEAKERS)}")
    if speaker == TOOL or turn.get("tool_calls") or turn.get("function_call"):
        raise Refused("tool_turn", f"turn {number} calls a tool or is a tool's, which a Pair cannot hold")
    if turn.get("weight") == 0 or turn.get("train") is False:
        raise Refused("masked_turn", f"turn {number} is marked as not to be learnt, which a Pair cannot hold")
    if what not in turn:
        raise Refused("broken_turn", f"turn {number} has no {what!r}")
    return speaker, _text(turn[what], f"turn {number}")


def _there(row: Row, name: str) -> Any:
    if row.get(name) is None:
        found = "is null" if name in row else f"is missing; the row has {', '.join(map(str, row)) or 'nothing'}"
        raise Refused("missing_column", f"column {name!r} {found}")
    return row[name]


def _text(value: Any, what: str) -> str:
    if isinstance(value, list):
        raise Refused("content_parts", f"{what} is a list of parts, such as images; only text can be used")
    if not isinstance(value, str):
        raise Refused("not_text", f"{what} is {type(value).__name__}, expected text")
    return value
