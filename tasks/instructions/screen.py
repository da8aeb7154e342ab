"""The last look at a Pair, whoever made it: the rule that stops it and why, or nothing.

screen = Screen(max_prompt=480, max_answer=160)
screen.refuses(pair)   # → ("constraint", "'a, b -> 3' fails count: -> "), or None, and the Pair is remembered
"""

import re
from dataclasses import dataclass, field

from tasks import checks
from tasks.chat import STOP
from tasks.records import Pair

_HAN = re.compile(r"[\u4e00-\u9fff]")
FEWEST_HAN = 4
"""Han characters in an instruction that counts as Chinese; names in it may be Latin."""

Refusal = tuple[str, str]


@dataclass
class Screen:
    """Rules in order; remembers the Pairs it let through, so that the second of two equal ones is refused."""

    max_prompt: int
    max_answer: int
    _asked: dict[tuple[str, str], str] = field(default_factory=dict)

    def refuses(self, pair: Pair) -> Refusal | None:
        """The first rule that refuses a Pair, with the reason in words; None lets it through."""
        refusal = _shape(pair) or self._length(pair) or _language(pair) or _content(pair) or self._seen(pair)
        if refusal is None:
            self._asked[pair.instruction, pair.input] = pair.id
            self._asked[f"task {pair.task}", pair.input or pair.instruction] = pair.id
        return refusal

    def _length(self, pair: Pair) -> Refusal | None:
        asked = len(pair.instruction) + len(pair.input)
        if asked > self.max_prompt:
            return "long_prompt", f"{asked} characters, more than {self.max_prompt}"
        if len(pair.output) > self.max_answer:
            return "long_answer", f"{len(pair.output)} characters, more than {self.max_answer}"
        return None

    def _seen(self, pair: Pair) -> Refusal | None:
        if (twin := self._asked.get((pair.instruction, pair.input))) is not None:
            return "duplicate", f"asks the same as {twin}"
        # Equal signatures stand in many modules: asked twice, one of them in test, they would tell the answer.
        if (twin := self._asked.get((f"task {pair.task}", pair.input or pair.instruction))) is not None:
            return "duplicate_input", f"asks {pair.task} of the same input as {twin}"
        return None


def _shape(pair: Pair) -> Refusal | None:
    for name in ("instruction", "output"):
        if not getattr(pair, name).strip():
            return "empty", f"{name} is empty"
    if pair.output != pair.output.strip():
        return "space", "the answer begins or ends with space, which a model's answer is stripped of"
    if any(stop in pair.output for stop in STOP) or pair.output.startswith("###"):
        return "stop_string", "the answer holds a string that ends answers"
    if any("\n###" in f"\n{part}" for part in (pair.instruction, pair.input)):
        return "stop_string", "the prompt holds a line that begins with ###, as our own headings do"
    return None


def _language(pair: Pair) -> Refusal | None:
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
