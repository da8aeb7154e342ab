"""Rules that find what a text says again, after Gopher (Rae et al. 2021, arXiv 2112.11446, table A1).

    repeated_lines(Text("tea\\ntea\\ntea\\ncoffee"), 0.3)  →  "50% of lines came before, more than 30%"

Shares of n-grams are of the characters of words. In Chinese, Japanese and Thai a character counts as a word.
"""

from collections import Counter
from collections.abc import Sequence

from tasks.corpus.rules.lines import FEWEST_LINES
from tasks.corpus.rules.words import FEWEST_WORDS
from tasks.corpus.text import Text

TOP_SIZES, DUPLICATE_SIZES = (2, 3, 4), (5, 6, 7, 8, 9, 10)
"""Words in the n-grams of which one makes too much, and of those that may not come again: a limit for each."""


def repeated_lines(text: Text, limit: float) -> str | None:
    """Gopher: lines that came before in the same text."""
    return _too_many(text.lines, limit, "lines")


def repeated_line_characters(text: Text, limit: float) -> str | None:
    """Gopher, and FineWeb with a far lower limit: characters of lines that came before."""
    return _too_much(text.lines, limit, "lines")


def repeated_paragraphs(text: Text, limit: float) -> str | None:
    """Gopher: paragraphs that came before in the same text."""
    return _too_many(text.paragraphs, limit, "paragraphs")


def repeated_paragraph_characters(text: Text, limit: float) -> str | None:
    """Gopher: characters of paragraphs that came before."""
    return _too_much(text.paragraphs, limit, "paragraphs")


def top_ngram(text: Text, limits: Sequence[float]) -> str | None:
    """Gopher: the n-gram that makes most of a text, for n from 2 to 4."""
    if len(text.words) < FEWEST_WORDS or 2 * text.ngrams.top(TOP_SIZES[0]) <= min(limits):
        return None  # What is two 2-grams, or less, cannot make more than twice what the top 2-gram makes.
    for size, limit in zip(TOP_SIZES, limits, strict=True):
        if (share := text.ngrams.top(size)) > limit:
            return f"{share:.0%} of characters in one run of {size} words, more than {limit:.0%}"
    return None


def duplicate_ngrams(text: Text, limits: Sequence[float]) -> str | None:
    """Gopher: characters in n-grams that came before, for n from 5 to 10."""
    if len(text.words) < FEWEST_WORDS or text.ngrams.repeated_at_most(DUPLICATE_SIZES[0]) <= min(limits):
        return None  # Each longer one that came before is made of shorter ones that did.
    for size, limit in zip(DUPLICATE_SIZES, limits, strict=True):
        if (share := text.ngrams.repeated(size)) > limit:
            return f"{share:.0%} of characters in runs of {size} words that came before, more than {limit:.0%}"
    return None


def _too_many(parts: Sequence[str], limit: float, what: str) -> str | None:
    share = len(_again(parts)) / max(len(parts), 1)
    if len(parts) < FEWEST_LINES or share <= limit:
        return None
    return f"{share:.0%} of {what} came before, more than {limit:.0%}"


def _too_much(parts: Sequence[str], limit: float, what: str) -> str | None:
    share = sum(map(len, _again(parts))) / max(sum(map(len, parts)), 1)
    if len(parts) < FEWEST_LINES or share <= limit:
        return None
    return f"{share:.0%} of characters in {what} that came before, more than {limit:.0%}"


def _again(parts: Sequence[str]) -> list[str]:
    """Those that are the same as one before them, in any order."""
    if len(parts) < FEWEST_LINES or len(set(parts)) == len(parts):
        return []
    rest = Counter(parts)
    rest.subtract(set(parts))
    return list(rest.elements())
