r"""A docx → its title and text: paragraphs parted by empty lines, list items begun with a dash, a row of a table a line.

read(b"PK…")  →  {"title": "Tea", "text": "Tea\n\nBoil water.[1]\n\n- green\n\n- black\n\n[1] Not too hot."}

Headings are paragraphs; notes follow at the end by their number. Text that was deleted, headers, footers and comments stay
out, as in print.
"""

from collections.abc import Iterator
from posixpath import dirname, join
from typing import Any

from tasks.archive.documents.zipped import Zipped
from tasks.archive.markup import local_name
from tasks.archive.refused import Refused
from tasks.archive.web_page import tidy

TAGS = 5_000_000
"""The most, begun or ended, of one part; a book of a thousand pages has one million."""
UNSEEN = frozenset({"Fallback", "moveFrom", "pPr", "rPr", "sectPr"})
"""Fallback says for old readers what stands beside it, moveFrom what stands elsewhere; the others are no text."""
MARKS = {"br": "\n", "cr": "\n", "noBreakHyphen": "-", "tab": "\t", "tbl": "\n\n", "tr": "\n"}
"""What the beginning of an element writes."""
NOTES = {"footnoteReference": "footnotes", "endnoteReference": "endnotes"}
"""Which part holds what a reference refers to."""
OLE = b"\xd0\xcf\x11\xe0"
"""A docx with a password is a docx encrypted inside a file of the older kind."""

Note = tuple[str, str]


def read(body: bytes) -> dict[str, str]:
    """Title and text. Raises Refused: encrypted, entities, broken_xml, too_many_tags, and what Zipped raises."""
    if body.startswith(OLE) and "EncryptedPackage".encode("utf-16-le") in body:
        raise Refused("encrypted", "needs a password")
    parts = Zipped(body)
    main = _main(parts)
    notes: dict[Note, int] = {}
    text = [*_text(parts.xml(main, TAGS), notes)]
    beside = {part: parts.xml(join(dirname(main), f"{part}.xml"), TAGS) for part in sorted({part for part, _ in notes})}
    told = {(part, _id(note)): note for part, root in beside.items() for note in root}
    text += [piece for note, number in notes.items() for piece in _note(told.get(note), number)]
    return {"title": _title(parts), "text": tidy("".join(text))}


def _main(parts: Zipped) -> str:
    for relation in parts.xml("_rels/.rels", TAGS):
        if relation.get("Type", "").endswith("/officeDocument"):
            return str(relation.get("Target", "")).lstrip("/")
    raise Refused("broken_docx", "does not say which of its members is the document")


def _title(parts: Zipped) -> str:
    where = "docProps/core.xml"
    title = parts.xml(where, TAGS).findtext("{*}title") if where in parts.names else ""
    return " ".join((title or "").split())


def _note(note: Any, number: int) -> Iterator[str]:
    if note is None:
        raise Refused("broken_docx", f"refers to a note, the {number}. of its text, that is not there")
    yield f"\n\n[{number}] "
    yield "".join(_text(note, {})).strip()


def _text(root: Any, notes: dict[Note, int]) -> Iterator[str]:
    """Pieces of text, in their order; what is referred to is noted with its number."""
    from lxml import etree

    walk, cells = etree.iterwalk(root, events=("start", "end")), 0
    for event, element in walk:
        name, begins = local_name(element), event == "start"
        if name in UNSEEN:
            if begins:
                walk.skip_subtree()
        elif name == "p":
            yield "\n\n" if not cells else "" if begins else " "
            yield "- " if begins and not cells and element.find("{*}pPr/{*}numPr") is not None else ""
        elif name == "tc":
            cells += 1 if begins else -1
        elif name == "t" and begins:
            yield element.text or ""
        elif name in NOTES and begins:
            yield f"[{notes.setdefault((NOTES[name], _id(element)), len(notes) + 1)}]"
        elif begins or name == "tbl":
            yield MARKS.get(name, "")


def _id(element: Any) -> str:
    return str(element.xpath("string(@*[local-name() = 'id'])"))
