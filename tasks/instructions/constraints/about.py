"""What a constraint is drawn for: an instruction with its answer, and the words in them that say something.

terms("The lamp tells ships where the pier is.", "en")   →  ["lamp", "pier", "ships", "tells"]
terms("灯塔在港口。港口的灯塔很高。", "zh")                  →  ["港口", "灯塔"]
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tasks.checks.counting import occurrences
from tasks.instructions.constraints.wording import Language
from tasks.script import HAN

_LITTLE = re.compile(
    "that|this|with|from|have|which|when|where|what|will|would|should|could|your|their|there|about|into|than|then|them|been"
    "|were|does|only|also|such|each|other|some|more|most|very"
)
_FUNCTION = frozenset("的了是在和与就也都而及把被将从到对为以其之不有一个这那们你我他它请用吗呢吧啊或者会能可要")
"""Characters of grammar: with one of them two neighbours are seldom a word."""
_LATIN = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z]{4,20}(?![A-Za-z0-9_])")
_HAN_RUN = re.compile(f"[{HAN}]+")


@dataclass(frozen=True, slots=True)
class About:
    """What a constraint is drawn for."""

    instruction: str
    input: str
    answer: str
    """The answer there is; another one is asked for unless it stays."""
    language: Language
    stays: bool

    @property
    def asked(self) -> str:
        """Instruction and input."""
        return f"{self.instruction}\n{self.input}"


def terms(text: str, language: Language) -> list[str]:
    """Words that say something, sorted: of English four letters or more; of Chinese two characters that stand there twice.

    Chinese is not segmented here: of two neighbours that come again, have no character of grammar, and stand each time
    between others, most are a word; 程数 in 总进程数 and 进程数 is none, since 进 is always before it.
    """
    if language == "en":
        return sorted(word for word in {found.lower() for found in _LATIN.findall(text)} if not _LITTLE.fullmatch(word))
    around: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for number, run in enumerate(_HAN_RUN.findall(text)):
        for at in range(len(run) - 1):
            before, after = run[at - 1 : at] or f"start {number}", run[at + 2 : at + 3] or f"end {number}"
            around[run[at : at + 2]].append((before, after))
    return sorted(pair for pair, beside in around.items() if _is_free(beside) and not _FUNCTION & set(pair))


def _is_free(beside: Sequence[tuple[str, str]]) -> bool:
    """Whether neither what stands before nor what stands after is always the same."""
    return all(len(set(side)) > 1 for side in zip(*beside, strict=True))


def terms_of_answer(about: About) -> list[str]:
    """Terms that stand in the answer."""
    text = about.answer if about.language == "en" else f"{about.answer}\n{about.asked}"
    return [term for term in terms(text, about.language) if occurrences(term, about.answer)]
