"""Rules that count lines, after Gopher (arXiv 2112.11446, A1.1) and FineWeb (Penedo et al. 2024, arXiv 2406.17557, 3.6).

    bullet_lines(Text("- one\\n- two\\n- three\\n- four"), 0.9)  →  "100% of lines begin with a bullet, more than 90%"

Lines without a word (rules, fences, sides of boxes) are not counted.
"""

import re

from tasks.corpus.text import Text

FEWEST_LINES = 4
"""Shares say nothing about a text with fewer."""
SHORT_LINE, SHORT_LINE_UNSEGMENTED = 30, 10
"""FineWeb's short line, in characters; Chinese says as much in a third of them."""

_BULLET = re.compile(
    r"(?:[-*•‣●▪◦·+]|\d+[.)])\s|(?:\d+|[一二三四五六七八九十]+)、|[（(](?:\d+|[一二三四五六七八九十]+)[）)]|[①-⑳]"
)
_ELLIPSIS = ("...", "…", "。。。")
# C4's and FineWeb's, and what ends a sentence or a quotation in Chinese and Japanese.
_TERMINAL = tuple(".!?\"'。！？…”’」』")


def bullet_lines(text: Text, limit: float) -> str | None:
    """Gopher: lines that begin with a bullet."""
    return _too_many(text, sum(map(bool, map(_BULLET.match, text.lines))), limit, "begin with a bullet")


def ellipsis_lines(text: Text, limit: float) -> str | None:
    """Gopher: lines that end with an ellipsis."""
    return _too_many(text, sum(line.endswith(_ELLIPSIS) for line in text.lines), limit, "end with an ellipsis")


def short_lines(text: Text, limit: float) -> str | None:
    """FineWeb: lines of a menu or a list rather than of prose."""
    length = SHORT_LINE_UNSEGMENTED if text.unsegmented else SHORT_LINE
    return _too_many(text, sum(len(line) <= length for line in text.lines), limit, f"have {length} characters or fewer")


def few_line_ends(text: Text, limit: float) -> str | None:
    """FineWeb (C4 line by line): lines that end as sentences do."""
    share = sum(line.endswith(_TERMINAL) for line in text.lines) / max(len(text.lines), 1)
    if len(text.lines) < FEWEST_LINES or share >= limit:
        return None
    return f"{share:.0%} of lines end as a sentence does, fewer than {limit:.0%}"


def many_line_breaks(text: Text, limit: float) -> str | None:
    """FineWeb: line breaks for each word."""
    ratio = text.raw.count("\n") / max(len(text.words), 1)
    if len(text.lines) < FEWEST_LINES or ratio <= limit:
        return None
    return f"{ratio:.2f} line breaks for each word, more than {limit}"


def _too_many(text: Text, found: int, limit: float, what: str) -> str | None:
    share = found / max(len(text.lines), 1)
    if len(text.lines) < FEWEST_LINES or share <= limit:
        return None
    return f"{share:.0%} of lines {what}, more than {limit:.0%}"
