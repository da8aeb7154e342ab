"""Rules for every row: fields, headings, the language of the instruction, whole copies, constraints.

whole_copy(pair)   → ("copy", "the answer is the whole input")
"""

from tasks import checks
from tasks.chat import STOP
from tasks.instructions.screen.refusal import Refusal, is_ready_made, prompt_of
from tasks.records import Pair
from tasks.script import han_characters

FEWEST_HAN = 4
"""Han characters in an instruction that counts as Chinese; names in it may be Latin."""


def empty(pair: Pair) -> Refusal | None:
    """Nothing asked, or nothing answered."""
    for name in ("instruction", "output"):
        if not getattr(pair, name).strip():
            return "empty", f"{name} is empty"
    return None


def space(pair: Pair) -> Refusal | None:
    """A model's answer is stripped before it is compared."""
    if pair.output != pair.output.strip():
        return "space", "the answer begins or ends with space, which a model's answer is stripped of"
    return None


def stop_string(pair: Pair) -> Refusal | None:
    """What ends answers in our prompt, or looks like one of its headings."""
    if any(stop in pair.output for stop in STOP) or pair.output.startswith("###"):
        return "stop_string", "the answer holds a string that ends answers"
    if any("\n###" in f"\n{part}" for part in prompt_of(pair)):
        return "stop_string", "the prompt holds a line that begins with ###, as our own headings do"
    return None


def language(pair: Pair) -> Refusal | None:
    """Our wordings are in one language; people thank in two characters, and ask in English about Chinese."""
    if is_ready_made(pair):
        return None
    han = han_characters(pair.instruction)
    if pair.language == "zh" and han < FEWEST_HAN:
        return "language", f"{han} Han characters in a Chinese instruction, fewer than {FEWEST_HAN}"
    if pair.language == "en" and han:
        return "language", f"{han} Han characters in an English instruction"
    return None


def whole_copy(pair: Pair) -> Refusal | None:
    """The question, or what it is about, is no answer."""
    if pair.output == pair.input:
        return "copy", "the answer is the whole input"
    return ("copy", "the answer is the instruction") if pair.output == pair.instruction else None


def constraint(pair: Pair) -> Refusal | None:
    """What the row itself demands of its answer."""
    if wrong := checks.failed(pair.constraints, pair.output):
        return "constraint", f"{pair.output!r} fails {', '.join(wrong)}"
    return None
