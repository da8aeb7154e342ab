"""Personal data and secrets → placeholders that name their type, in prose and code, in text and title.

    replaced("Mail zhang@corp.cn, 电话13812345678。", TYPES)
    → ("Mail <EMAIL>, 电话<PHONE>。", {"email": 1, "phone": 1})

A replaced text has nothing left to replace. Names of people and postal addresses are not looked for: no pattern knows them.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from tasks.placeholders import placeholder
from tasks.privacy.account_numbers import cards, ibans, id_numbers
from tasks.privacy.credentials import secrets
from tasks.privacy.emails import emails
from tasks.privacy.ip_addresses import ip_addresses
from tasks.privacy.phones import phones
from tasks.records import Document

FINDERS: dict[str, Callable[[str], Iterator[tuple[int, int]]]] = {
    "secret": secrets,
    "email": emails,
    "iban": ibans,
    "id_number": id_numbers,
    "card": cards,
    "ip_address": ip_addresses,
    "phone": phones,
}
"""The surest first: where two find the same characters, the first has them."""
TYPES = tuple(FINDERS)

# Chinese keyboards write digits and @ as wide as a character; each stands for one of ASCII, so that places agree.
_WIDE = "０１２３４５６７８９＠"
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def private(document: Document, types: Collection[str]) -> tuple[Document, Counter[str]]:
    """The Document with placeholders in text and title, and how many of each type."""
    text, found = replaced(document.text, types)
    title, also = replaced(document.title, types)
    return (replace(document, text=text, title=title), found + also) if found or also else (document, found)


def replaced(text: str, types: Collection[str]) -> tuple[str, Counter[str]]:
    """A text with placeholders, and how many of each type; `types` in any order."""
    count = Counter[str]()
    # Again, until nothing is found: what a placeholder takes away may have hidden something beside it.
    while spans := _spans(text, types):
        pieces, end = [], 0
        for start, stop, name in spans:
            pieces += [text[end:start], placeholder(name)]
            end = stop
            count[name] += 1
        text = "".join([*pieces, text[end:]])
    return text, count


def _spans(text: str, types: Collection[str]) -> list[tuple[int, int, str]]:
    """Start, end and type of what is found, in the order of the text, none within another."""
    look = text if text.isascii() or not any(wide in text for wide in _WIDE) else text.translate(_NARROW)
    taken: list[tuple[int, int, str]] = []
    for name, finder in FINDERS.items():
        if name in types:
            for start, stop in sorted(finder(look), key=lambda span: (span[0], -span[1])):
                place = bisect(taken, (start, stop, name))
                after_last = not place or taken[place - 1][1] <= start
                if after_last and (place == len(taken) or stop <= taken[place][0]):
                    taken.insert(place, (start, stop, name))
    return taken
