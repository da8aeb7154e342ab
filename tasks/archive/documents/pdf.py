r"""A PDF → its title and the text layer of its pages, in the order they lie there, parted by empty lines.

read(b"%PDF-1.7 …")  →  {"title": "Tea", "text": "How to boil water.\n\nHow to pour it."}

PDFium reads, the parser of Chrome, built without scripts and forms. Lines end where the page ends them, after a word that
was parted there; what stands above and below each page is for the corpus stage to see to.
"""

import re
from collections.abc import Iterator
from typing import Any

from tasks.archive.refused import Refused

PAGES = 10_000
"""The most: the longest printed works in one volume have some four thousand."""
PASSWORD, SECURITY = 4, 5
"""FPDF_ERR_… of fpdfview.h."""

# PDFium writes U+FFFE for a hyphen between letters that ends a line, and leaves out that the line ends.
_WORD = re.compile(r"(?<![\w-])(\w+(?:[-\ufffe]\w+)*)([^\s\ufffe]*)([ \n]?)")


def read(body: bytes) -> dict[str, str]:
    """Title and text. Raises Refused: broken_pdf, encrypted, too_many_pages, no_text_layer."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (PASSWORD, SECURITY):
            raise Refused("encrypted", "needs a password") from error
        raise Refused("broken_pdf", "is no PDF, or one that cannot be mended") from error
    if (pages := len(document)) > PAGES:
        raise Refused("too_many_pages", f"has {pages} pages, more than {PAGES}")
    text = with_whole_words("\n\n".join(filter(None, _texts(document))))
    title = " ".join(document.get_metadata_value("Title").replace("\0", " ").split())  # some writers end it as C does
    document.close()
    if not text:
        raise Refused("no_text_layer", f"has {pages} pages and no text: pictures of pages, perhaps")
    return {"title": title, "text": text}


def with_whole_words(text: str) -> str:
    r"""Words that a line's end parted, whole, on the first of both lines: "a part\ufffeed one" → "a parted\none".

    The hyphen stays before a digit, before a capital after a small letter, and where the text has the word with it elsewhere
    and not without.
    """
    if "\ufffe" not in text:
        return text
    elsewhere = {found[1].casefold() for found in _WORD.finditer(text)}

    def whole(found: re.Match[str]) -> str:
        word, rest, blank = found.groups()
        if "\ufffe" not in word:
            return f"{word}{rest}{blank}"
        written, *others = word.split("\ufffe")
        for other in others:
            joined, hyphened = written + other, f"{written}-{other}"
            may_join = other[0].islower() or (written.isupper() and other.isupper())
            is_known = joined.casefold() in elsewhere or hyphened.casefold() not in elsewhere
            written = joined if may_join and is_known else hyphened
        return f"{written}{rest}\n"

    return _WORD.sub(whole, text).replace("\ufffe", "-\n").rstrip()


def _texts(document: Any) -> Iterator[str]:
    from pypdfium2 import PdfiumError

    for number in range(len(document)):
        try:
            page = document[number]
            layer = page.get_textpage()
        except PdfiumError as error:
            raise Refused("broken_pdf", f"page {number + 1} of {len(document)} cannot be read") from error
        yield layer.get_text_range().replace("\r\n", "\n").strip()
        layer.close()
        page.close()
