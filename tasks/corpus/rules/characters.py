"""Rules that count characters.

too_short(Text("Yes."), 40)  →  "4 characters, fewer than 40"
garbled(Text("锟斤拷锟斤拷"), 0.01)  →  "100% of letters garbled, more than 1%"
"""

import re

from tasks.corpus.text import Text

# What wrong decoding leaves and ftfy cannot undo: U+FFFD, and U+FFFD in its turn read as GBK (锟斤拷); private use;
# memory that Visual C++ fills with 0xCC and 0xCD, read as GBK; UTF-8 read as GBK, in which a full stop begins with 銆,
# a comma with 锛 and 的 with 鐨; GBK or Big5 read as Latin-1, three characters or more.
_MAYBE_GARBLED = re.compile("[\ufffd\ue000-\uf8ff锛銆鐨锟烫屯\u00c0-\u00f7]")
_GARBLED = re.compile("[\ufffd\ue000-\uf8ff锛銆鐨]|锟斤拷?|烫烫+|屯屯+|(?:[\u00c0-\u00f7][\u00a1-\u00fe]){3,}")


def too_short(text: Text, limit: int) -> str | None:
    """Too few characters to say something."""
    return f"{len(text.raw)} characters, fewer than {limit}" if len(text.raw) < limit else None


def too_long(text: Text, limit: int) -> str | None:
    """So many characters that it is a log, a table or a book, not a document."""
    return f"{len(text.raw)} characters, more than {limit}" if len(text.raw) > limit else None


def few_letters(text: Text, limit: float) -> str | None:
    """Numbers, rules and symbols rather than sentences."""
    share = text.letters / max(len("".join(text.prose.split())), 1)
    return f"{share:.0%} letters, fewer than {limit:.0%}" if share < limit else None


def few_own_letters(text: Text, limit: float) -> str | None:
    """Hashes, base64 and addresses between Chinese words: what the mean length of words finds in English."""
    share = text.characters / max(text.letters, 1)
    return f"{share:.0%} of letters are of the script of the text, fewer than {limit:.0%}" if share < limit else None


def garbled(text: Text, limit: float) -> str | None:
    """Characters of an encoding read as another one."""
    if text.raw.isascii() or not _MAYBE_GARBLED.search(text.raw):
        return None
    share = min(1, sum(map(len, _GARBLED.findall(text.raw))) / max(text.letters, 1))
    return f"{share:.0%} of letters garbled, more than {limit:.0%}" if share > limit else None
