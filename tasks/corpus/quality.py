"""Rules that refuse a text, each a function of the text and its limit: a reason, or None where the text may stay.

    too_short("Yes.", 40)  →  "4 characters, fewer than 40"

Those named Gopher are of Rae et al. 2021, arXiv 2112.11446, table A1, with characters for words in Chinese and its like.
"""

import re
from collections.abc import Callable

from tasks.script import is_unsegmented, words

_BULLET = re.compile(r"[ \t]*(?:[-*•‣●▪◦·+]|\d+[.)、])\s")
_SYMBOL = re.compile(r"#|\.{3,}|…+")
_LINE_HEAD = re.compile(r"(?m)^[ \t]*(?:#+|\.{3})")
_ELLIPSIS = re.compile(r"(?:\.{3}|…|。{3})[ \t]*$")
SHORTEST_MEAN_WORD, LONGEST_MEAN_WORD = 3, 10
"""Characters, for scripts with spaces; Gopher."""
FEWEST_LINES, FEWEST_WORDS = 4, 50
"""Shares and means say nothing about a text with fewer. Gopher drops below 50 words; we need short texts."""


def too_short(text: str, limit: int) -> str | None:
    """Too few characters to say something."""
    return f"{len(text)} characters, fewer than {limit}" if len(text) < limit else None


def too_long(text: str, limit: int) -> str | None:
    """So many characters that it is a log, a table or a book, not a document."""
    return f"{len(text)} characters, more than {limit}" if len(text) > limit else None


def few_letters(text: str, limit: float) -> str | None:
    """Numbers, rules and symbols rather than sentences."""
    solid = len("".join(text.split()))
    share = sum(map(str.isalpha, text)) / max(solid, 1)
    return f"{share:.0%} letters, fewer than {limit:.0%}" if share < limit else None


def many_symbols(text: str, limit: float) -> str | None:
    """Gopher: hash signs and ellipses for each word, but for those that begin a line, as headings and comments do."""
    found, count = len(_SYMBOL.findall(_LINE_HEAD.sub("", text))), len(words(text))
    if count < FEWEST_WORDS or found <= limit * count:
        return None
    return f"{found / count:.2f} hash signs and ellipses for each word, more than {limit}"


def odd_words(text: str) -> str | None:
    """Gopher: words of 3 to 10 characters in the mean; in unsegmented scripts there are none to measure."""
    found = [word for word in words(text) if word.isalpha()]
    mean = sum(map(len, found)) / max(len(found), 1)
    if len(found) < FEWEST_WORDS or is_unsegmented(text) or SHORTEST_MEAN_WORD <= mean <= LONGEST_MEAN_WORD:
        return None
    return f"words of {mean:.1f} characters in the mean, not {SHORTEST_MEAN_WORD} to {LONGEST_MEAN_WORD}"


def bullet_lines(text: str, limit: float) -> str | None:
    """Gopher: lines that begin with a bullet."""
    return _share_of_lines(text, limit, "begin with a bullet", lambda line: _BULLET.match(line) is not None)


def ellipsis_lines(text: str, limit: float) -> str | None:
    """Gopher: lines that end with an ellipsis."""
    return _share_of_lines(text, limit, "end with an ellipsis", lambda line: _ELLIPSIS.search(line) is not None)


def repeated_lines(text: str, limit: float) -> str | None:
    """Gopher: lines that came before in the same text."""
    seen: set[str] = set()

    def came_before(line: str) -> bool:
        before = line.strip() in seen
        seen.add(line.strip())
        return before

    return _share_of_lines(text, limit, "came before", came_before)


def _share_of_lines(text: str, limit: float, what: str, holds: Callable[[str], bool]) -> str | None:
    # Rules, fences and the sides of boxes are no lines of text.
    lines = [line for line in text.split("\n") if words(line) and not line.lstrip().startswith("```")]
    share = sum(map(holds, lines)) / max(len(lines), 1)
    return f"{share:.0%} of lines {what}, more than {limit:.0%}" if len(lines) >= FEWEST_LINES and share > limit else None
