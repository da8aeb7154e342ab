"""Columns that a source names and none of its rows has: a misspelt one would change licences, and leak over the split.

unmet = Unmet("notes", "columns", {"group": "pagee"})
list(unmet.watching([("line 1", {"page": "ls", "text": "List files."})]))
unmet.check()   # InputError: Source notes: no row has a column 'pagee' …, did you mean 'page'?
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from tasks.archive.refused import Refused
from tasks.archive.rows import Row
from tasks.archive.settings import Columns, ReadyMade
from tasks.errors import InputError


class Unmet:
    """The columns of one source, crossed out as rows have them."""

    def __init__(self, source: str, mapping: str, named: Mapping[str, str]) -> None:
        self.source = source
        self.mapping = mapping
        self.named = {column: setting for setting, column in named.items() if column}
        self.there: tuple[str, ...] = ()
        """Columns of the last row looked at."""

    @classmethod
    def of(cls, source: str, columns: Columns | ReadyMade) -> "Unmet":
        """All that a source names but for the text itself, which each row must have."""
        if isinstance(columns, Columns):
            named = {"title": columns.title, "language": columns.language, "group": columns.group, "id": columns.id}
            return cls(source, "columns", named | {"license": columns.license})
        return cls(source, "rows", {"language": columns.language, "group": columns.group, "id": columns.id})

    def watching(self, rows: Iterable[tuple[str, Row | Refused]]) -> Iterator[tuple[str, Row | Refused]]:
        """The rows, each looked at in passing."""
        for place, row in rows:
            if self.named and not isinstance(row, Refused):
                self.there = tuple(map(str, row))
                self.named = {column: setting for column, setting in self.named.items() if column not in row}
            yield place, row

    def check(self) -> None:
        """Raises InputError for a column that no row had, where there were rows."""
        if self.there and self.named:
            column, setting = next(iter(self.named.items()))
            near = get_close_matches(column, self.there, n=1)
            there = f"did you mean {near[0]!r}?" if near else f"they have {', '.join(self.there[:20])}."
            where = f"`{self.mapping}: {setting}` in params/archive.yaml"
            raise InputError(f"Source {self.source}: no row has a column {column!r} ({where}), {there}")
