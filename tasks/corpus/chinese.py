"""Simplified Chinese from traditional, and the other way round, by opencc, where a user asks for it.

converted("這個文件", "zh-Hans")     →  "这个文件"
"""

from functools import cache
from typing import Any

from tasks.errors import EnvironmentFault

# Not s2t, whose 爲 and 裏 nobody writes; s2tw changes characters as Taiwan has them, and no vocabulary.
DIRECTIONS = {"zh-Hans": "t2s", "zh-Hant": "s2tw"}


def converted(text: str, script: str) -> str:
    """Text in the characters of a script. Raises EnvironmentFault where opencc is not installed."""
    done: str = _converter(DIRECTIONS[script]).convert(text)
    return done


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
