r"""Lines of menus, consent, sharing and rights at the head and the tail of a text, taken away; those between stay.

"Home | About | Contact\nThe ferry leaves at six.\nAll rights reserved."  →  "The ferry leaves at six."

boilerplate.txt beside this file has them, English and Chinese. A text of nothing else is left as it is: the rules of
quality say what becomes of it, and why.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

LONGEST_LINE = 200
"""Longer lines have something to say, too."""
FEWEST_MENU_WORDS = 3
"""Lines of one word that only a menu has one after the other."""
_MENU_WORD = re.compile(
    r"(home|about|contact|us|products?|services?|solutions|news|blog|shop|store|careers?|log ?in|sign ?(in|up)|register"
    r"|search|cart|faq|help|support|portfolio|gallery|menu|[\s|/])+"
    r"|首[页頁]|(关于|關於|联系|聯絡|聯繫|加入)我[们們]|(产品|產品|新闻|新聞|帮助|幫助|服务|服務)(中心)?"
    r"|登[录錄入]|[注註][册冊]|搜[索尋]|[购購]物[车車]|招聘",
    re.IGNORECASE,
)
_ITEM = re.compile(r"[ \t]*[-*·•»>|]")
_AROUND = " \t*|·•>»›«‹<→←-–—_=[]()【】.。!！"


def without_boilerplate(text: str) -> str:
    """Text from its first to its last line that is no boilerplate."""
    lines = text.split("\n")
    first = _beginning(lines)
    if first == len(lines):
        return text
    last = len(lines) - _beginning(lines[::-1])
    return "\n".join(lines[first:last])


def _beginning(lines: Sequence[str]) -> int:
    """How many lines stand before the first that says something; an item between two items of a menu is one of it."""
    says = [number for number, line in enumerate(lines) if line.strip()]
    before, words, gone = False, 0, 0
    for at, number in enumerate(says):
        menu = is_boilerplate(lines[number])
        if menu or (before and _stands_between_items([lines[item] for item in says[at - 1 : at + 2]])):
            if words == 1 and not gone:  # a heading, such as News
                break
            gone = at + 1
        elif _MENU_WORD.fullmatch(lines[number].strip(_AROUND)):
            words += 1
            gone = at + 1 if words >= FEWEST_MENU_WORDS else gone
        else:
            break
        before = menu
    return says[gone] if gone < len(says) else len(lines)


def _stands_between_items(three: Sequence[str]) -> bool:
    """Whether the last of three lines is of a menu, too, and all are items."""
    return len(three) == 3 and all(map(_ITEM.match, three)) and is_boilerplate(three[2])


def is_boilerplate(line: str) -> bool:
    """Whether a whole line is one of the list."""
    return len(line) <= LONGEST_LINE and _lines().fullmatch(line.strip(_AROUND)) is not None


@cache
def _lines() -> re.Pattern[str]:
    rows = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split("\n")
    return re.compile("|".join(f"(?:{row})" for row in rows if row and not row.startswith("#")), re.IGNORECASE)
