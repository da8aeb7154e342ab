"""Which script a text is in, and its words: in Chinese, Japanese, Thai and their like every character counts as one.

words("Fetch 网页")     →  ["fetch", "网", "页"]
shingles("a b c d")    →  ["a b c", "b c d"]
shingles("一二三四五六") →  ["一 二 三 四 五", "二 三 四 五 六"]
script_of("這個文件")    →  "zh-Hant"
script_of("山上有人")    →  "zh"        written the same in both
"""

import re
from functools import cache

HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters with all extensions, for a class of a regular expression; so are those below."""
KANA = "\u3040-\u30ff"
SOUTH_EAST = "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"
"""Thai, Lao, Tibetan, Burmese, Khmer."""
UNSEGMENTED = SOUTH_EAST + KANA + HAN
SENTENCE_END = re.compile(rf"[.!?]+(?=\s|$)|[。！？]+|(?<=[{HAN}])[.!?]+")
"""In English before white space; in Chinese, where half-width marks stand, too, anywhere after a character."""
_HAN = re.compile(f"[{HAN}]")
_CHARACTERS = re.compile(f"[{UNSEGMENTED}]+")
_SEGMENTED_WORD = re.compile(rf"[^\W{UNSEGMENTED}]+")
_WORD = re.compile(rf"[{UNSEGMENTED}]|[^\W{UNSEGMENTED}]+")
_SYMBOL_OR_WORD = re.compile(r"\w+|[^\w\s]")
_ASCII_GAPS = str.maketrans({character: " " for character in map(chr, range(128)) if not re.match(r"\w", character)})

WORDS_IN_SHINGLE = 3
CHARACTERS_IN_SHINGLE = 5
SYMBOLS_IN_SHINGLE = 5
BIG5_SELDOM = 0xC9
"""First lead byte of Big5's seldom characters, many of which simplified texts have, too: GB 2312 only lacks them."""


def is_unsegmented(text: str) -> bool:
    """Whether a third of the words or more are characters of a script that sets no space between words.

    Chinese about commands and files is full of Latin names, and still Chinese.
    """
    if not (characters := unsegmented_characters(text)):
        return False
    return 2 * characters >= len(_SEGMENTED_WORD.findall(text))


def unsegmented_characters(text: str) -> int:
    """How many characters of scripts that set no space between words are in a text."""
    return 0 if text.isascii() else sum(map(len, _CHARACTERS.findall(text)))


def has_han(text: str) -> bool:
    """Whether there is a Chinese character."""
    return _HAN.search(text) is not None


def han_characters(text: str) -> int:
    """How many Chinese characters there are."""
    return len(_HAN.findall(text))


def has_word(text: str) -> bool:
    """Whether there is a word at all."""
    return _WORD.search(text) is not None


def words(text: str) -> list[str]:
    """Words in lower case, without punctuation; each character of an unsegmented script is one."""
    if text.isascii():  # the same, twice as fast
        return text.lower().translate(_ASCII_GAPS).split()
    return _WORD.findall(text.casefold())


def shingles(text: str) -> list[str]:
    """Runs of 3 words, or of 5 characters in unsegmented scripts; a shorter text is one shingle, one without words none."""
    return _runs(words(text), CHARACTERS_IN_SHINGLE if is_unsegmented(text) else WORDS_IN_SHINGLE)


def code_shingles(text: str) -> list[str]:
    """Runs of 5 names, numbers and symbols: `a + b` is not `a - b`."""
    return _runs(symbols_and_words(text), SYMBOLS_IN_SHINGLE)


def symbols_and_words(text: str) -> list[str]:
    """Names, numbers and symbols, as they are written."""
    return _SYMBOL_OR_WORD.findall(text)


def script_of(text: str) -> str:
    """zh-Hans or zh-Hant, by which has twice as many characters of its own; zh where neither has."""
    hans, hant = simplified_characters(text), traditional_characters(text)
    if hans > 2 * hant:
        return "zh-Hans"
    return "zh-Hant" if hant > 2 * hans else "zh"


def simplified_characters(text: str) -> int:
    """How many characters are in simplified Chinese alone: 3 for 这个文档."""
    return sum(map(_own_characters()[0].__contains__, text))


def traditional_characters(text: str) -> int:
    """How many characters are in traditional Chinese alone: 2 for 這個文件."""
    return sum(map(_own_characters()[1].__contains__, text))


@cache
def _own_characters() -> tuple[frozenset[str], frozenset[str]]:
    """Characters in GB 2312 and not in Big5, and the other way round."""
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    mainland = {char for char in han if char.encode("gb2312", "ignore")}
    taiwan = {char for char in han if char.encode("big5", "ignore")}
    frequent = {char for char in taiwan if char.encode("big5")[0] < BIG5_SELDOM}
    return frozenset(mainland - taiwan), frozenset(frequent - mainland)


def _runs(tokens: list[str], size: int) -> list[str]:
    if len(tokens) <= size:
        return [" ".join(tokens)] if tokens else []
    return list(map(" ".join, zip(*(tokens[start:] for start in range(size)), strict=False)))
