r"""Bytes of a text → the text, strictly: told by a mark or by itself, else UTF-8, else as detected, else refused.

    decoded(b"\xff\xfe" + "茶".encode("utf-16-le"))   →  "茶"
    decoded(a page of GBK)                             →  its text
    decoded(a picture, or GBK that goes on as UTF-8)   →  Refused not_text

A wrong guess is worse than none: what was detected must fit every byte, and every stretch of the text must hold the
characters that its language uses. Tables are UTF-8 alone, line by line (lines.py): there one wrong byte costs one row.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from itertools import islice

from tasks.archive.refused import Refused

BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be"}
BOMS |= {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
"""In this order: the mark of UTF-32 begins with that of UTF-16."""
WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252"}
"""Names that pages use for more than they mean (WHATWG Encoding)."""
CHARSET = re.compile(rb"""(?:charset|<\?xml[^>]{0,100}encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]+)""", re.IGNORECASE)
DETECTED = 65_536
"""Bytes looked at where nobody says what the encoding is: some milliseconds."""
LIKELY = ["gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1252", "cp1251", "koi8_r"]
"""What is looked for; of all that Python knows, rare ones win too often."""
NO_TEXT = ("Cc", "Cn", "Co")
"""Categories of characters that the wrong byte order shows at once: controls, unassigned, private use."""
CONTROLS = frozenset(range(1, 32)) - {*b"\t\n\f\r"}
IN_UTF_8 = re.compile(rb"[\xc3-\xdf][\x80-\xbf]|[\xe1-\xef][\x80-\xbf]{2}|\xf0[\x90-\xbf][\x80-\xbf]{2}")
ENOUGH = 8
"""Letters beyond ASCII; of two Chinese characters in GBK one pair in sixteen is UTF-8, too, of twelve none."""
MIXED = re.compile("[A-Za-z][А-яЁё]|[А-яЁё][A-Za-z]")
STRETCH = 400
"""Characters that are looked at together: half a page in another encoding shows."""


def decoded(body: bytes, told: str = "", *, markup: bool = False) -> str:
    """The text of a whole file; `told` is a Content-Type, and `markup` may tell its encoding itself.

    Raises Refused: unknown_encoding where a byte does not fit what was told or detected, not_text where nothing fits.
    """
    for mark, encoding in BOMS.items():
        if body.startswith(mark):
            return _strictly(body[len(mark) :], encoding)
    for name in _told(body, told, markup=markup):
        try:
            return body.decode(WIDER.get(name, name))
        except (UnicodeError, LookupError):
            continue
    if b"\0" in body and (text := _utf_16(body)):
        return text
    try:
        return body.decode("utf-8")  # a NUL is refused where the text is used
    except UnicodeDecodeError as error:
        if text := _detected(body):
            return text
        wrong = f"byte {error.start} is 0x{body[error.start]:02x}: not UTF-8, and no encoding fits all of it"
        raise Refused("not_text", wrong, body) from error


def _is_plainly_utf_8(body: bytes) -> bool:
    """Whether it is, whatever it or its server says: nothing else has so many letters that fit by chance."""
    return len(list(islice(IN_UTF_8.finditer(body), ENOUGH))) == ENOUGH and _fits(body, "utf-8")


def _told(body: bytes, told: str, *, markup: bool) -> list[str]:
    """Names of encodings, in their order. A page that says UTF-16 in single bytes is none (WHATWG HTML)."""
    sent = CHARSET.search(told.encode("utf-8", "replace"))
    itself = CHARSET.search(body[:2048]) if markup else None
    names = [match[1].decode().lower() for match in (sent, itself) if match]
    if itself and names[-1].startswith(("utf-16", "utf-32", "ucs-2", "unicode")):
        names.pop()
    return [] if names and _is_plainly_utf_8(body) else names


def _strictly(body: bytes, encoding: str) -> str:
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        raise Refused("unknown_encoding", f"byte {error.start} does not fit {encoding}", body) from error


def _utf_16(body: bytes) -> str:
    """The text of UTF-16 without a mark, whose line ends and Latin letters have zeros, most on one side; else ""."""
    little, big = body[1::2].count(0), body[::2].count(0)
    if 4 * (little + big) < len(body) and CONTROLS.isdisjoint(body) and _fits(body, "utf-8"):
        return ""  # a text with a stray NUL; Russian in UTF-16 is UTF-8, too, but full of 0x04
    for encoding in ("utf-16-le", "utf-16-be") if little >= big else ("utf-16-be", "utf-16-le"):
        if _fits(body, encoding):
            text = body.decode(encoding)
            if {unicodedata.category(character) for character in {*text} - {*"\t\n\f\r"}}.isdisjoint(NO_TEXT):
                return text
    return ""


def _fits(body: bytes, encoding: str) -> bool:
    try:
        body.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _detected(body: bytes) -> str:
    """The text in the likeliest encoding whose characters are usual, else "". Raises Refused where a byte does not fit."""
    from charset_normalizer import from_bytes

    # The sample may end within a character, of at most four bytes.
    for cut in range(4 if len(body) > DETECTED else 1):
        sample = body[: DETECTED - cut]
        for match in from_bytes(sample, cp_isolation=LIKELY):
            if match.encoding in LIKELY and _is_usual(match.encoding, sample):
                text = _strictly(body, match.encoding)
                return text if _is_usual(match.encoding, body) else ""
    return ""


def _is_usual(encoding: str, body: bytes) -> bool:
    """Whether each stretch has the characters that texts in this encoding are written with."""
    text = body.decode(encoding, "ignore")
    if encoding == "cp1252" and IN_UTF_8.search(body):
        return False  # "Ã©" is UTF-8 between two stretches of it
    if encoding in CYRILLIC and 5 * len(MIXED.findall(text)) > len(re.findall("[А-яЁё]", text)):
        return False  # "cafй" is French
    return all(USUAL[encoding](stretch) for stretch in _stretches(text))


def _stretches(text: str) -> Iterator[str]:
    beyond = re.sub(r"[\x00-\x7f]+", "", text)
    return (beyond[start : start + STRETCH] for start in range(0, max(1, len(beyond) - STRETCH // 4), STRETCH))


def _mostly(pattern: str, share: float) -> Callable[[str], bool]:
    return lambda text: len(re.findall(pattern, text)) >= share * len(text)


def _chinese(text: str) -> bool:
    """Simplified characters, which GB2312 has; or else the words that no text does without, as in traditional ones."""
    return len(text.encode("gb2312", "ignore")) >= 2 * 0.9 * len(text) or COMMON_WORDS(text)


def _frequent_big5(text: str) -> bool:
    """Big5 has its 5,401 frequent characters and the punctuation first."""
    codes = text.encode("big5", "ignore")
    return sum(lead < 0xC9 for lead in codes[::2]) >= 0.9 * len(text)


CYRILLIC = ("cp1251", "koi8_r")
COMMON_WORDS = _mostly("[的一是不了在有人和也这這中上大为為以要就會会可用個个]", 0.12)
KANA = _mostly("[\u3041-\u30fc]", 0.15)
USUAL: dict[str, Callable[[str], bool]] = {
    "gb18030": _chinese,
    "big5": _frequent_big5,
    "cp932": KANA,
    "euc_jp": KANA,
    "cp949": _mostly("[이다는의에을를가고하지로한]", 0.1),
    "cp1252": _mostly("[À-ÖØ-öø-ÿ\u2010-\u2026 «»°€ßŒœŠšŽžŸ¡¿]", 0.9),
    "cp1251": _mostly("[А-яЁё]", 0.7),
    "koi8_r": _mostly("[А-яЁё]", 0.7),
}
