"""Simplified or traditional Chinese: told apart by the standard library alone, converted by opencc where a user asks for it.

script_of("这个文档")                →  "zh-Hans"
script_of("這個文件")                →  "zh-Hant"
script_of("山上有人")                →  "zh"        written the same in both
converted("這個文件", "zh-Hans")     →  "这个文件"
"""

from functools import cache
from typing import Any

from tasks.errors import EnvironmentFault

BIG5_SELDOM = 0xC9
"""First lead byte of Big5's seldom characters, many of which simplified texts have, too: GB 2312 only lacks them."""
# Not s2t, whose 爲 and 裏 nobody writes; s2tw changes characters as Taiwan has them, and no vocabulary.
DIRECTIONS = {"zh-Hans": "t2s", "zh-Hant": "s2tw"}


def script_of(text: str) -> str:
    """zh-Hans or zh-Hant, by which has twice as many characters of its own; zh where neither has."""
    simplified, traditional = _characters()
    hans, hant = sum(map(simplified.__contains__, text)), sum(map(traditional.__contains__, text))
    if hans > 2 * hant:
        return "zh-Hans"
    return "zh-Hant" if hant > 2 * hans else "zh"


def converted(text: str, script: str) -> str:
    """Text in the characters of a script. Raises EnvironmentFault where opencc is not installed."""
    done: str = _converter(DIRECTIONS[script]).convert(text)
    return done


@cache
def _characters() -> tuple[frozenset[str], frozenset[str]]:
    """Characters in GB 2312 and not in Big5, and the other way round."""
    han = [chr(code) for code in range(0x4E00, 0xA000)]
    mainland = {char for char in han if char.encode("gb2312", "ignore")}
    taiwan = {char for char in han if char.encode("big5", "ignore")}
    frequent = {char for char in taiwan if char.encode("big5")[0] < BIG5_SELDOM}
    return frozenset(mainland - taiwan), frozenset(frequent - mainland)


@cache
def _converter(direction: str) -> Any:
    try:
        from opencc import OpenCC
    except ImportError as error:
        raise EnvironmentFault(
            "language.chinese in params/corpus.yaml needs the package opencc, which is not installed: "
            "`.venv/bin/pip install -c constraints.txt opencc`, or set it to null."
        ) from error
    return OpenCC(direction)
