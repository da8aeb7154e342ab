"""Rows of a table → Documents, by what params/archive.yaml says each column is.

{"page": "ls", "words": "List files."}, text: words, title: page   →   Document(title="ls", text="List files.")
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tasks.archive.child import SECONDS_TO_READ, Child
from tasks.archive.found import Found, Label, Refused, check_storable
from tasks.archive.licenses import spdx
from tasks.archive.lines import BOM
from tasks.archive.rows import Row
from tasks.archive.settings import Columns
from tasks.ledger import LONGEST_RAW
from tasks.records import Document, content_id


def documents_of(rows: Iterable[tuple[str, Row | Refused]], label: Label, columns: Columns, locator: str) -> Iterator[Found]:
    """Documents of the rows of one table; a row with an id seen before in it is refused."""
    with Child(SECONDS_TO_READ) as child:
        table = _Table(label, columns, locator, child)
        for place, row in rows:
            try:
                yield table.document(row)
            except Refused as refused:
                yield label.unreadable(f"{locator}, {place}", refused)


@dataclass(frozen=True, slots=True)
class _Table:
    label: Label
    columns: Columns
    locator: str
    child: Child
    seen: set[str] = field(default_factory=set)
    """Ids so far."""

    def document(self, row: Row | Refused) -> Document:
        """The Document of a row. Raises Refused."""
        if isinstance(row, Refused):
            raise row
        found = self._text(row)
        wanted = (self.columns.title, self.columns.language, self.columns.group, self.columns.id, self.columns.license)
        title, language, group, id, license = (cell(row, column) for column in wanted)
        if id in self.seen:
            raise Refused("duplicate_id", f"{self.columns.id} {id!r} came before in this file", _raw(found))
        if id:
            self.seen.add(id)
        own_title, text = self._of_page(found) if self.columns.html else ("", found)
        license = spdx(license.strip()) or license.strip()
        at = f"{self.locator}#{id or content_id(found)}"
        return self.label.document(at, title or own_title, text, language=language, group=group, license=license)

    def _text(self, row: Row) -> str:
        name = self.columns.text
        text = row.get(name)
        if isinstance(text, list) and all(isinstance(turn, str) for turn in text):
            text = "\n".join(text)
        if not isinstance(text, str):
            found = f"is {type(text).__name__}" if name in row else f"is missing; the row has {', '.join(map(str, row))}"
            raise Refused("no_text", f"column {name!r} {found}", _raw(repr(row)))
        return text

    def _of_page(self, page: str) -> tuple[str, str]:
        """Title and text that a reader sees."""
        check_storable(page)
        try:
            answer = self.child.ask("html", BOM + _raw(page))  # the mark outdoes the charset that the page was once sent in
        except Refused as refused:
            refused.raw = _raw(page)[:LONGEST_RAW]
            raise
        return answer["title"], answer["text"]


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def cell(row: Row, column: str) -> str:
    """A cell as text; "" where there is no such column or nothing in it."""
    value = row.get(column) if column else None
    return "" if value is None else str(value)
