"""The books of a stage: rows in = rows out + dropped + quarantined, or the stage fails.

    books = Books("corpus")
    books.took(3)
    books.drop(document.id, "too_short", "12 characters, fewer than 40", document)
    books.gave(2)
    books.balance()   # → {"in": 3, "out": 2, "dropped": {"too_short": 1}, "quarantined": {}}

Dropped: read well, and a rule said no. Quarantined: could not be read or trusted at all.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tasks.errors import IntegrityError
from tasks.records import Document, Dropped, Pair

LONGEST_RAW = 65_536


@dataclass
class Books:
    """Rows of one stage, counted as they come and go."""

    stage: str
    rows_in: int = 0
    rows_out: int = 0
    dropped: list[Dropped] = field(default_factory=list)
    quarantined: list[Dropped] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    """Dropped rows that are not kept here, by rule."""

    def took(self, rows: int = 1) -> None:
        """Count rows that came in."""
        self.rows_in += rows

    def gave(self, rows: int = 1) -> None:
        """Count rows that went on."""
        self.rows_out += rows

    def took_back(self, rows: int) -> None:
        """Uncount rows that had gone on, and now are refused: each is to be dropped or quarantined."""
        self.rows_out -= rows

    def drop(self, row_id: str, rule: str, reason: str, row: Document | Pair | str) -> None:
        """Keep aside a row that a rule refused."""
        self.dropped.append(Dropped(row_id, self.stage, rule, reason, as_text(row)))

    def dropping(self, rows: Iterable[Dropped]) -> Iterator[Dropped]:
        """Pass on rows that a rule refused, counting them: for more than memory holds."""
        for row in rows:
            self.passed[row.rule] += 1
            yield row

    def quarantine(self, row_id: str, rule: str, reason: str, row: Document | Pair | str) -> None:
        """Keep aside what could not be read or trusted."""
        self.quarantined.append(Dropped(row_id, self.stage, rule, reason, as_text(row)))

    def balance(self) -> dict[str, Any]:
        """Counts by rule for the manifest. Raises IntegrityError where a row is missing or one too many."""
        dropped = self.passed + Counter(row.rule for row in self.dropped)
        aside = dropped.total() + len(self.quarantined)
        if self.rows_in != self.rows_out + aside:
            raise IntegrityError(
                f"The books of {self.stage} do not balance: {self.rows_in} rows in, {self.rows_out} out, "
                f"{dropped.total()} dropped, {len(self.quarantined)} quarantined. "
                f"This is a bug in tasks/{self.stage}/; nothing was published."
            )
        return {
            "in": self.rows_in,
            "out": self.rows_out,
            "dropped": dict(sorted(dropped.items())),
            "quarantined": dict(sorted(Counter(row.rule for row in self.quarantined).items())),
        }


def as_text(row: Document | Pair | str) -> str:
    """A row for the Dropped record: JSON of a record, raw text cut at 64 Ki characters."""
    if isinstance(row, str):
        return row[:LONGEST_RAW].encode("utf-8", "backslashreplace").decode("utf-8")
    return json.dumps({name: getattr(row, name) for name in row.__slots__}, ensure_ascii=False, sort_keys=True)
