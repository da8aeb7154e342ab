"""What a constraint is drawn for: an instruction with its answer, and the words in them that say something.

terms("The lamp tells ships where the pier is.", "en")   →  ["lamp", "pier", "ships", "tells"]
terms("灯塔在港口。港口的灯塔很高。", "zh")                  →  ["港口", "灯塔"]
says("Copy the first sentence.", "copies")               →  True
"""

import re
from dataclasses import dataclass

from tasks.checks.counting import occurrences
from tasks.instructions.constraints.wording import Language
from tasks.script import HAN

_LITTLE = re.compile(
    "that|this|with|from|have|which|when|where|what|will|would|should|could|your|their|there|about|into|than|then|them|been"
    "|were|does|only|also|such|each|other|some|more|most|very"
)
_GRAMMAR = "的了是在和与就也都而及把被将從从到对為为以其之不有一个這这那们你我他它请吗呢吧啊或者什么麼怎"
_LATIN = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z]{4,20}(?![A-Za-z0-9_])")
_WORD = re.compile("[A-Za-z]{3,}")
_ENDING = re.compile("(?:y?ing|y?ed|ied|ies|ion|y?er|es|ly|e|s|y)s?$")
_CONTENT = f"(?![{_GRAMMAR}])[{HAN}]"
_ALONE = re.compile(f"(?<!{_CONTENT}){_CONTENT}{_CONTENT}(?!{_CONTENT})")


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

    Chinese is not segmented here: two characters that once stand alone between marks or characters of grammar are mostly a
    word, and 数名 in 函数名 and 参数名 is none.
    """
    if language == "en":
        return sorted(word for word in {found.lower() for found in _LATIN.findall(text)} if not _LITTLE.fullmatch(word))
    return sorted({pair for pair in _ALONE.findall(text) if text.count(pair) > 1})


def terms_of_answer(about: About) -> list[str]:
    """Terms that stand in the answer."""
    text = about.answer if about.language == "en" else f"{about.answer}\n{about.asked}"
    return [term for term in terms(text, about.language) if occurrences(term, about.answer)]


def says(text: str, term: str) -> bool:
    """Whether a term stands in a text; of an English one any form counts, by its letters alone: copy, copied, copying."""
    return _root(term) in map(_root, _WORD.findall(text)) if term.isascii() else term in text


def _root(word: str) -> str:
    """A word without its ending, and without the letter that an ending doubles: stopping → stop, copies → cop."""
    root = _ENDING.sub("", word.lower())
    return root[:-1] if root[-2:-1] == root[-1:] else root
