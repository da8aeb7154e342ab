"""Which script a text is in, and its words: in Chinese, Japanese, Thai and their like every character counts as one.

words("Fetch 网页")     →  ["fetch", "网", "页"]
shingles("a b c d")    →  ["a b c", "b c d"]
shingles("一二三四五六") →  ["一 二 三 四 五", "二 三 四 五 六"]
"""

import re
from functools import cached_property

from tasks.corpus.ngrams import Ngrams

# Thai, Lao, Tibetan, Burmese, Khmer; kana; Han with its extensions.
UNSEGMENTED = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_CHARACTERS = re.compile(f"[{UNSEGMENTED}]+")
_DIGIT = re.compile(r"[\d_]")
_WORD = re.compile(rf"[{UNSEGMENTED}]|[^\W{UNSEGMENTED}]+")
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")
_SYMBOL_OR_WORD = re.compile(r"\w+|[^\w\s]")

WORDS_IN_SHINGLE = 3
CHARACTERS_IN_SHINGLE = 5
SYMBOLS_IN_SHINGLE = 5


class Text:
    """A text and what rules count in it, each worked out when it is first asked for."""

    def __init__(self, raw: str, language: str = "") -> None:
        self.raw = raw
        self.language = language

    @cached_property
    def folded(self) -> str:
        """In lower case."""
        return self.raw.casefold()

    @cached_property
    def words(self) -> list[str]:
        """As `words` has them."""
        return _WORD.findall(self.folded)

    @cached_property
    def unsegmented(self) -> bool:
        """As `is_unsegmented` says."""
        return self.characters > 0 and 3 * self.characters >= len(self.words)

    @cached_property
    def lines(self) -> list[str]:
        """Lines with a word; rules, fences and the sides of boxes are no lines of text."""
        lines = map(str.strip, self.raw.split("\n"))
        return [line for line in lines if _WORD.search(line) and not line.startswith("```")]

    @cached_property
    def paragraphs(self) -> list[str]:
        """What empty lines part, with a word in it."""
        return [part for part in map(str.strip, _EMPTY_LINE.split(self.raw)) if _WORD.search(part)]

    @cached_property
    def letters(self) -> int:
        """Letters of any script: what words are made of, but for digits."""
        return sum(map(len, self.words)) - self.digits

    @cached_property
    def digits(self) -> int:
        """Digits of any script and underscores."""
        return len(_DIGIT.findall(self.folded))

    @cached_property
    def characters(self) -> int:
        """Characters of scripts that set no space between words."""
        return sum(map(len, _CHARACTERS.findall(self.raw)))

    @cached_property
    def ngrams(self) -> Ngrams:
        """Runs of its words."""
        return Ngrams(self.words)


def is_unsegmented(text: str) -> bool:
    """Whether a third of the words or more are characters of a script that sets no space between words.

    Chinese about commands and files is full of Latin names, and still Chinese.
    """
    return Text(text).unsegmented


def words(text: str) -> list[str]:
    """Words in lower case, without punctuation; each character of an unsegmented script is one."""
    return _WORD.findall(text.casefold())


def shingles(text: str) -> list[str]:
    """Runs of 3 words, or of 5 characters in unsegmented scripts; a shorter text is one shingle, one without words none."""
    return _runs(words(text), CHARACTERS_IN_SHINGLE if is_unsegmented(text) else WORDS_IN_SHINGLE)


def code_shingles(text: str) -> list[str]:
    """Runs of 5 names, numbers and symbols: `a + b` is not `a - b`."""
    return _runs(_SYMBOL_OR_WORD.findall(text), SYMBOLS_IN_SHINGLE)


def _runs(tokens: list[str], size: int) -> list[str]:
    if len(tokens) <= size:
        return [" ".join(tokens)] if tokens else []
    return [" ".join(tokens[start : start + size]) for start in range(len(tokens) - size + 1)]
