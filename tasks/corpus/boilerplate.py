r"""Lines of menus, consent, sharing and rights at the head and the tail of a text, taken away; those between stay.

"Home | About | Contact\nThe ferry leaves at six.\nAll rights reserved."  →  "The ferry leaves at six."

boilerplate.txt beside this file has them, English and Chinese. A text of nothing else is left as it is: the rules of
quality say what becomes of it, and why.
"""

import re
from functools import cache
from pathlib import Path

LONGEST_LINE = 200
"""Longer lines have something to say, too."""
_AROUND = " \t*|·•>»›«‹<→←-–—_=[]()【】.。!！"


def without_boilerplate(text: str) -> str:
    """Text from its first to its last line that is no boilerplate."""
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if _says_something(line)), None)
    if first is None:
        return text
    last = next(number for number in reversed(range(len(lines))) if _says_something(lines[number]))
    return "\n".join(lines[first : last + 1])


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not is_boilerplate(line)


def is_boilerplate(line: str) -> bool:
    """Whether a whole line is one of the list."""
    return len(line) <= LONGEST_LINE and _lines().fullmatch(line.strip(_AROUND)) is not None


@cache
def _lines() -> re.Pattern[str]:
    rows = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split("\n")
    return re.compile("|".join(f"(?:{row})" for row in rows if row and not row.startswith("#")), re.IGNORECASE)
