"""Rules that count words, after Gopher (Rae et al. 2021, arXiv 2112.11446, A1.1) and C4 (Raffel et al., arXiv 1910.10683).

    few_stop_words(Text("tea coffee water " * 20), 2)  →  "0 different stop words, fewer than 2"

In Chinese, Japanese and Thai a character counts as a word.
"""

import re

from tasks.corpus.text import Text

FEWEST_WORDS = 50
"""Shares and means say nothing about a text with fewer. Gopher drops such texts; we need them."""
FEWEST_WORDS_FOR_STOP_WORDS = 100
"""Of 57 pages of commands that have 50 to 100 words and no stop word, all read well."""

ENGLISH = frozenset({"the", "be", "to", "of", "and", "that", "have", "with"})
"""Gopher's eight."""
CHINESE = frozenset("的了是在和不有我这這也就都以为為而与與于於个個可到对對中上会會要能之其者所何无無也矣乎已自如此")
"""Their counterparts: grammar more than matter, modern, traditional and classical."""

_SYMBOLS = ("#", "...", "…")
_SYMBOL = re.compile(r"#|\.{3,}|…+")
_LINE_HEAD = re.compile(r"(?m)^[ \t]*(?:#+|\.{3})")
_SENTENCE_END = re.compile(r"[.!?]+(?=[\"'”’)\]]*(?:\s|$))|[。！？]+")


def many_symbols(text: Text, limit: float) -> str | None:
    """Gopher: hash signs and ellipses for each word, but for those that begin a line, as headings and comments do."""
    if len(text.words) < FEWEST_WORDS or not any(symbol in text.prose for symbol in _SYMBOLS):
        return None
    ratio = len(_SYMBOL.findall(_LINE_HEAD.sub("", text.prose))) / len(text.words)
    return f"{ratio:.2f} hash signs and ellipses for each word, more than {limit}" if ratio > limit else None


def short_words(text: Text, limit: float) -> str | None:
    """Gopher: the mean length of words, at least 3 characters."""
    mean = _mean_word(text)
    return None if mean is None or mean >= limit else f"words of {mean:.1f} characters in the mean, fewer than {limit:g}"


def long_words(text: Text, limit: float) -> str | None:
    """Gopher: the mean length of words, at most 10 characters; three times that of few words, which may be names."""
    mean = _mean_word(text)
    if len(text.words) < FEWEST_WORDS:  # keys, base64, aaaa
        mean, limit = text.letters_and_digits / max(len(text.words), 1), 3 * limit
    return None if mean is None or mean <= limit else f"words of {mean:.1f} characters in the mean, more than {limit:g}"


def many_numbers(text: Text, limit: float) -> str | None:
    """Gopher: words with a letter, at least 80 % of all; the others are numbers."""
    if len(text.words) < FEWEST_WORDS or text.digits <= (1 - limit) * len(text.words):
        return None
    share = 1 - sum(map(str.isdigit, text.words)) / len(text.words)
    return f"{share:.0%} of words have a letter, fewer than {limit:.0%}" if share < limit else None


def few_stop_words(text: Text, limit: int) -> str | None:
    """Gopher: at least two of the commonest words, without which there is no sentence, only names and keywords."""
    if len(text.words) < FEWEST_WORDS_FOR_STOP_WORDS or text.language not in ("en", "zh", ""):
        return None
    # Mostly Latin may still be Chinese that quotes commands.
    found = len((CHINESE if text.unsegmented else ENGLISH | CHINESE).intersection(text.words))
    return f"{found} different stop words, fewer than {limit}" if found < limit else None


def few_sentences(text: Text, limit: int) -> str | None:
    """C4: at least five sentences."""
    found = len(_SENTENCE_END.findall(text.prose))
    return f"{found} sentences, fewer than {limit}" if found < limit else None


def _mean_word(text: Text) -> float | None:
    """Characters of a word in the mean; None for too few to say."""
    if len(text.words) < FEWEST_WORDS:
        return None
    found = list(filter(str.isalpha, text.words))
    return sum(map(len, found)) / len(found) if len(found) >= FEWEST_WORDS else None
