"""Pairs → what the writer reads and should write.

    example(pair)   → ("en\\nREAD LOUDER\\n\\nread louder", "Write the text in capitals.")

First the language of the instruction, then the answer, then the text that it is about, where there is one.
"""

from collections.abc import Iterable

from tasks.instructions.passages import LANGUAGES
from tasks.records import Pair

Example = tuple[str, str]
"""What is read, and the instruction."""


def shown(language: str, answer: str, about: str = "") -> str:
    """What the writer reads; `language` is en or zh."""
    return f"{language}\n{answer}\n\n{about}" if about else f"{language}\n{answer}"


def example(pair: Pair) -> Example:
    """Of one Pair."""
    return shown(pair.language.partition("-")[0], pair.output, pair.input), pair.instruction


def fit(pairs: Iterable[Pair]) -> list[Pair]:
    """Those of one turn, in a language we ask in, by id: their order decides nothing."""
    some = (pair for pair in pairs if not pair.history and pair.language.partition("-")[0] in LANGUAGES)
    return sorted(some, key=lambda pair: pair.id)


def examples(pairs: Iterable[Pair]) -> list[Example]:
    """Of all Pairs that are fit."""
    return [example(pair) for pair in fit(pairs)]
