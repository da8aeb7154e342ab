"""Rows of a table → Documents, by what params/archive.yaml says each column is.

{"page": "ls", "words": "List files."}, text: words, title: page   →   Document(title="ls", text="List files.")
"""

from collections.abc import Iterable, Iterator

from tasks.archive.found import Found, Label, Refused
from tasks.archive.licenses import spdx
from tasks.archive.rows import Row
from tasks.archive.settings import Columns
from tasks.records import Document, content_id


def documents_of(rows: Iterable[tuple[str, Row | Refused]], label: Label, columns: Columns, locator: str) -> Iterator[Found]:
    """Documents of the rows of one table; a row with an id seen before in it is refused."""
    seen: set[str] = set()
    for place, row in rows:
        try:
            yield _of_row(row, label, columns, locator, seen)
        except Refused as refused:
            yield label.unreadable(f"{locator}, {place}", refused)


def _of_row(row: Row | Refused, label: Label, columns: Columns, locator: str, seen: set[str]) -> Document:
    if isinstance(row, Refused):
        raise row
    text = row.get(columns.text)
    if isinstance(text, list) and all(isinstance(turn, str) for turn in text):
        text = "\n".join(text)
    if not isinstance(text, str):
        found = f"is {type(text).__name__}" if columns.text in row else f"is missing; the row has {', '.join(map(str, row))}"
        raise Refused("no_text", f"column {columns.text!r} {found}", repr(row).encode("utf-8", "backslashreplace"))
    title, language, group, id = (_cell(row, name) for name in (columns.title, columns.language, columns.group, columns.id))
    if id in seen:
        raise Refused(
            "duplicate_id", f"{columns.id} {id!r} came before in this file", text.encode("utf-8", "backslashreplace")
        )
    if id:
        seen.add(id)
    license = _cell(row, columns.license).strip()
    license = spdx(license) or license
    at = f"{locator}#{id or content_id(text)}"
    return label.document(at, title, text, language=language, group=group, license=license)


def _cell(row: Row, column: str) -> str:
    """A cell as text; "" where there is no such column or nothing in it."""
    value = row.get(column) if column else None
    return "" if value is None else str(value)
