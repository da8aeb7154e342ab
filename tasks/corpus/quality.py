"""Rules that refuse a text, each a function of the text and its limit: a reason, or None where the text may stay.

    too_short(Text("Yes."), 40)  →  "4 characters, fewer than 40"

Those named Gopher are of Rae et al. 2021, arXiv 2112.11446, table A1, with characters for words in Chinese and its like.
"""

import re
from collections.abc import Callable
from typing import Any

from tasks.corpus.settings import CodeQuality, Quality
from tasks.script import Text

_BULLET = re.compile(r"[ \t]*(?:[-*•‣●▪◦·+]|\d+[.)、])\s")
_SYMBOL = re.compile(r"#|\.{3,}|…+")
_LINE_HEAD = re.compile(r"(?m)^[ \t]*(?:#+|\.{3})")
_ELLIPSIS = re.compile(r"(?:\.{3}|…|。{3})[ \t]*$")
FEWEST_LINES, FEWEST_WORDS = 4, 50
"""Shares and means say nothing about a text with fewer. Gopher drops below 50 words; we need short texts."""


def too_short(text: Text, limit: int) -> str | None:
    """Too few characters to say something."""
    return f"{len(text.raw)} characters, fewer than {limit}" if len(text.raw) < limit else None


def too_long(text: Text, limit: int) -> str | None:
    """So many characters that it is a log, a table or a book, not a document."""
    return f"{len(text.raw)} characters, more than {limit}" if len(text.raw) > limit else None


def few_letters(text: Text, limit: float) -> str | None:
    """Numbers, rules and symbols rather than sentences."""
    solid = len("".join(text.raw.split()))
    share = sum(map(str.isalpha, text.raw)) / max(solid, 1)
    return f"{share:.0%} letters, fewer than {limit:.0%}" if share < limit else None


def many_symbols(text: Text, limit: float) -> str | None:
    """Gopher: hash signs and ellipses for each word, but for those that begin a line, as headings and comments do."""
    found, count = len(_SYMBOL.findall(_LINE_HEAD.sub("", text.raw))), len(text.words)
    if count < FEWEST_WORDS or found <= limit * count:
        return None
    return f"{found / count:.2f} hash signs and ellipses for each word, more than {limit}"


def short_words(text: Text, limit: float) -> str | None:
    """Gopher: the mean length of words, at least 3 characters."""
    mean = _mean_word(text)
    return None if mean is None or mean >= limit else f"words of {mean:.1f} characters in the mean, fewer than {limit:g}"


def long_words(text: Text, limit: float) -> str | None:
    """Gopher: the mean length of words, at most 10 characters."""
    mean = _mean_word(text)
    return None if mean is None or mean <= limit else f"words of {mean:.1f} characters in the mean, more than {limit:g}"


def bullet_lines(text: Text, limit: float) -> str | None:
    """Gopher: lines that begin with a bullet."""
    return _share_of_lines(text, limit, "begin with a bullet", lambda line: _BULLET.match(line) is not None)


def ellipsis_lines(text: Text, limit: float) -> str | None:
    """Gopher: lines that end with an ellipsis."""
    return _share_of_lines(text, limit, "end with an ellipsis", lambda line: _ELLIPSIS.search(line) is not None)


def repeated_lines(text: Text, limit: float) -> str | None:
    """Gopher: lines that came before in the same text."""
    seen: set[str] = set()

    def came_before(line: str) -> bool:
        before = line.strip() in seen
        seen.add(line.strip())
        return before

    return _share_of_lines(text, limit, "came before", came_before)


def _share_of_lines(text: Text, limit: float, what: str, holds: Callable[[str], bool]) -> str | None:
    share = sum(map(holds, text.lines)) / max(len(text.lines), 1)
    if len(text.lines) < FEWEST_LINES or share <= limit:
        return None
    return f"{share:.0%} of lines {what}, more than {limit:.0%}"


def _mean_word(text: Text) -> float | None:
    """Characters of a word in the mean; None for too few to say."""
    found = [word for word in text.words if word.isalpha()]
    return sum(map(len, found)) / len(found) if len(found) >= FEWEST_WORDS else None


RULES: dict[str, Callable[[Text, Any], str | None]] = {
    "shortest": too_short,
    "longest": too_long,
    "letters": few_letters,
    "symbols": many_symbols,
    "shortest_word": short_words,
    "longest_word": long_words,
    "bullet_lines": bullet_lines,
    "ellipsis_lines": ellipsis_lines,
    "repeated_lines": repeated_lines,
}
"""The rule of each limit in tasks/corpus/settings.py, in the order in which they are asked."""


def refusal(text: Text, limits: Quality | CodeQuality) -> tuple[str, str] | None:
    """Name and reason of the first rule that refuses a text; a limit of None asks nothing."""
    for name, rule in RULES.items():
        limit = getattr(limits, name, None)
        if limit is not None and (reason := rule(text, limit)):
            return rule.__name__, reason
    return None
