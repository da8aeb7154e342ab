"""Pairs in the three shapes that other tuning tools read, and Preferences in the two of TRL.

alpaca     {"instruction": …, "input": …, "output": …, "history": [[…, …]]}     one JSON array
sharegpt   {"conversations": [{"from": "human", "value": …}, {"from": "gpt", …}]}   one JSON array
messages   {"messages": [{"role": "user", "content": …}, {"role": "assistant", …}]}  a JSON object a line
preferences  {"prompt": "### Task…", "chosen": …, "rejected": …}     a JSON object a line
conversational  {"prompt": [{"role": "user", …}], "chosen": [{"role": "assistant", …}], "rejected": […]}   the same
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.records import Pair, Preference


def alpaca(pairs: Sequence[Pair]) -> str:
    """One JSON array; earlier turns as `history`, which LLaMA-Factory reads and Stanford's own trainer passes over."""
    return _array([{**_triple(pair), **({"history": pair.history} if pair.history else {})} for pair in pairs])


def sharegpt(pairs: Sequence[Pair]) -> str:
    """One JSON array of conversations between human and gpt."""
    speakers = {"user": "human", "assistant": "gpt"}
    return _array(
        [{"conversations": [{"from": speakers[role], "value": content} for role, content in turns(pair)]} for pair in pairs]
    )


def messages(pairs: Sequence[Pair]) -> str:
    """One JSON object a line, in the roles of chat APIs."""
    return _lines([{"messages": _messages(turns(pair))} for pair in pairs])


def preferences(rows: Sequence[Preference]) -> str:
    """One JSON object a line: TRL's standard form, the prompt worded as our own models are trained."""
    return _lines([{"prompt": row.prompt, "chosen": row.chosen, "rejected": row.rejected} for row in rows])


def preference_conversations(rows: Sequence[Preference], pairs: Sequence[Pair]) -> str:
    """One JSON object a line: TRL's conversational form, asked as the Pairs are in whose train split they came about."""
    return _lines(preference_turns(rows, pairs))


def preference_turns(rows: Sequence[Preference], pairs: Sequence[Pair]) -> list[dict[str, Any]]:
    """Prompt, chosen and rejected of each row as messages. Raises KeyError for a row that is about none of the Pairs."""
    asked = {pair.id: turns(pair)[:-1] for pair in pairs}
    return [
        {"prompt": _messages(asked[row.origin])}
        | {name: _messages([("assistant", getattr(row, name))]) for name in ("chosen", "rejected")}
        for row in rows
    ]


def dataset_info(splits: Mapping[str, Sequence[Pair]]) -> str:
    """LLaMA-Factory's dataset_info.json for the files beside it: train by the plain name, test with its name behind.

    `history` is a column only where some row has one: a column that no row has is an error to its reader.
    """
    info: dict[str, Any] = {}
    for split, pairs in splits.items():
        end = "" if split == "train" else f"_{split}"
        columns = {"prompt": "instruction", "query": "input", "response": "output"}
        if any(pair.history for pair in pairs):
            columns["history"] = "history"
        info[f"zhiling_alpaca{end}"] = {"file_name": f"alpaca{end}.json", "formatting": "alpaca", "columns": columns}
        info[f"zhiling_sharegpt{end}"] = {
            "file_name": f"sharegpt{end}.json",
            "formatting": "sharegpt",
            "columns": {"messages": "conversations"},
            "tags": {"role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt"},
        }
    return json.dumps(info, ensure_ascii=False, indent=1) + "\n"


def _messages(turns: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in turns]


def _lines(rows: Sequence[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _triple(pair: Pair) -> dict[str, Any]:
    return {"instruction": pair.instruction, "input": pair.input, "output": pair.output}


def turns(pair: Pair) -> list[tuple[str, str]]:
    """Role and content of each turn, the instruction with its input as the last of the user."""
    earlier = [turn for user, assistant in pair.history for turn in (("user", user), ("assistant", assistant))]
    asked = f"{pair.instruction}\n\n{pair.input}" if pair.input else pair.instruction
    return [*earlier, ("user", asked), ("assistant", pair.output)]


def _array(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
