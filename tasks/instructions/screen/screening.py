"""The last look at a Pair, whoever made it: the rule that stops it and why, or nothing.

screen = Screen(max_prompt=480, max_answer=160, max_ready=600)
screen.refuses(pair)   # → ("constraint", "'a, b -> 3' fails count: -> "), or None, and the Pair is remembered
"""

import re
from dataclasses import dataclass, field

from tasks import checks
from tasks.chat import STOP
from tasks.ledger import Books
from tasks.records import READY_MADE, Pair

_HAN = re.compile(r"[\u4e00-\u9fff]")
FEWEST_HAN = 4
"""Han characters in an instruction that counts as Chinese; names in it may be Latin."""

Refusal = tuple[str, str]


@dataclass
class Screen:
    """Rules in order; remembers the Pairs it let through, so that the second of two equal ones is refused."""

    max_prompt: int
    max_answer: int
    max_ready: int
    _asked: dict[tuple[object, ...], Pair] = field(default_factory=dict)

    def refuses(self, pair: Pair) -> Refusal | None:
        """The first rule that refuses a Pair, with the reason in words; None lets it through."""
        refusal = _shape(pair) or self._length(pair) or _language(pair) or _content(pair) or self._seen(pair)
        if refusal is None:
            self._asked[pair.instruction, pair.input, pair.history] = pair
            self._asked[f"task {pair.task}", pair.input or pair.instruction] = pair
        return refusal

    def _length(self, pair: Pair) -> Refusal | None:
        asked = len(pair.instruction) + len(pair.input)
        if _is_ready_made(pair):
            long = sum(map(len, _before_the_answer(pair))) + len(pair.output)
            reason = f"{long} characters, more than max_ready_characters {self.max_ready} in params/instructions.yaml"
            return ("long_conversation", reason) if long > self.max_ready else None
        if asked > self.max_prompt:
            return "long_prompt", f"{asked} characters, more than {self.max_prompt}"
        if len(pair.output) > self.max_answer:
            return "long_answer", f"{len(pair.output)} characters, more than {self.max_answer}"
        return None

    def _seen(self, pair: Pair) -> Refusal | None:
        if (twin := self._asked.get((pair.instruction, pair.input, pair.history))) is not None:
            return "duplicate", f"asks the same as {_told_apart(twin, pair)}"
        # Equal signatures stand in many modules: asked twice, one of them in test, they would tell the answer.
        twin = self._asked.get((f"task {pair.task}", pair.input or pair.instruction))
        if twin is not None and not _is_ready_made(pair):  # of those we do not know the task: it may be two of one text
            return "duplicate_input", f"asks {pair.task} of the same input as {_told_apart(twin, pair)}"
        return None


def admitted(pair: Pair, screen: Screen, books: Books) -> Pair | None:
    """A Pair that passed the screen, or None; either way the books know."""
    books.took()
    if (refusal := screen.refuses(pair)) is not None:
        books.drop(pair.id, *refusal, pair)
        return None
    books.gave()
    return pair


def _told_apart(twin: Pair, pair: Pair) -> str:
    """The id of a twin; where both say the same, and so have one id, what the twin was made of."""
    return twin.id if twin.id != pair.id else f"the one made of {' and '.join(twin.parents) or twin.source}"


def _is_ready_made(pair: Pair) -> bool:
    return pair.maker.startswith(f"{READY_MADE}/")


def _before_the_answer(pair: Pair) -> list[str]:
    return [*(text for turn in pair.history for text in turn), pair.instruction, pair.input]


def _shape(pair: Pair) -> Refusal | None:
    for name in ("instruction", "output"):
        if not getattr(pair, name).strip():
            return "empty", f"{name} is empty"
    if pair.output != pair.output.strip():
        return "space", "the answer begins or ends with space, which a model's answer is stripped of"
    if any(stop in pair.output for stop in STOP) or pair.output.startswith("###"):
        return "stop_string", "the answer holds a string that ends answers"
    if any("\n###" in f"\n{part}" for part in _before_the_answer(pair)):
        return "stop_string", "the prompt holds a line that begins with ###, as our own headings do"
    return None


def _language(pair: Pair) -> Refusal | None:
    """Our wordings are in one language; people thank in two characters, and ask in English about Chinese."""
    if _is_ready_made(pair):
        return None
    han = len(_HAN.findall(pair.instruction))
    if pair.language == "zh" and han < FEWEST_HAN:
        return "language", f"{han} Han characters in a Chinese instruction, fewer than {FEWEST_HAN}"
    if pair.language == "en" and han:
        return "language", f"{han} Han characters in an English instruction"
    return None


def _content(pair: Pair) -> Refusal | None:
    if pair.output == pair.input:
        return "copy", "the answer is the whole input"
    if pair.output == pair.instruction:
        return "copy", "the answer is the instruction"
    if wrong := checks.failed(pair.constraints, pair.output):
        return "constraint", f"{pair.output!r} fails {', '.join(wrong)}"
    return None
