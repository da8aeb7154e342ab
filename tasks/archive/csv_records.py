"""Bytes of a CSV file → its records: csv finds where each ends, and nothing of a broken one disappears.

id,text                     →  (1, b"id,text\n", ["id", "text"])
1,a 5" disk                 →  (2, …, ["1", 'a 5" disk'])
2,"two                      →  (3, …, ["2", "two\nlines"])
lines"
3,"a quote never closed     →  (5, …, Refused broken_row), and the lines after it are read as if it were not there
"""

import csv
from collections import deque
from collections.abc import Iterator
from io import BufferedIOBase

from tasks.archive.found import Refused
from tasks.archive.lines import lines, utf_8

Line = tuple[int, bytes | Refused]
Record = tuple[int, bytes, list[str] | Refused]
END: Line = (0, b"")


def csv_records(stream: BufferedIOBase, longest: int, delimiter: str = ",") -> Iterator[Record]:
    """Number of the first line, bytes, and fields of each record, RFC 4180; a blank line is none."""
    taken = _Lines(lines(stream, longest), longest)
    reader = csv.reader(taken, delimiter=delimiter, strict=True)
    while True:
        taken.begin()
        try:
            fields = _next(reader, longest)
        except StopIteration:
            return
        except csv.Error as error:
            for number, refused in taken.refused(str(error)):
                yield number, refused.raw, refused
            continue
        raw = b"".join(line for _, line in taken.record if isinstance(line, bytes))
        if raw.strip():
            yield taken.record[0][0], raw, _checked(fields, raw)


class _Lines:
    """Lines for csv.reader, which takes them until its record ends: here after `longest` bytes at most.

    Of a record that fails its first line is refused, where a quote was opened by mistake, and the others come again. No
    line comes three times: one that fails again is refused, too, so that no file takes longer than twice its length.
    """

    def __init__(self, source: Iterator[Line], longest: int) -> None:
        self.record: list[Line] = []
        self._source = source
        self._longest = longest
        self._size = 0
        self._again: deque[Line] = deque()
        self._last_again = 0

    def begin(self) -> None:
        """Forget the record that was taken, and take another."""
        self.record, self._size = [], 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        number, line = self._again.popleft() if self._again else next(self._source, END)
        if not number and not self.record:
            raise StopIteration
        if not number:
            raise csv.Error("a quote opened here is not closed before the file ends")
        if self.record and (isinstance(line, Refused) or self._size + len(line) > self._longest):
            self._again.appendleft((number, line))
            raise csv.Error(f"a quote opened here is not closed within {self._longest} bytes")
        self.record.append((number, line))
        if isinstance(line, Refused):
            raise csv.Error(line.reason)
        self._size += len(line)
        return line.decode("utf-8", "surrogateescape")  # a wrong byte is reported once the record is whole

    def refused(self, reason: str) -> Iterator[tuple[int, Refused]]:
        """The lines of the record that are refused; the others come again."""
        again = [(number, line) for number, line in self.record[1:] if number > self._last_again]
        for number, line in self.record[: len(self.record) - len(again)]:
            yield number, line if isinstance(line, Refused) else Refused("broken_row", reason, line)
        if again:
            self._again.extendleft(reversed(again))
            self._last_again = again[-1][0]


def _next(reader: Iterator[list[str]], longest: int) -> list[str]:
    """The next record. csv keeps one limit for the length of a field, 128 Ki characters, for the whole process."""
    before = csv.field_size_limit(longest)
    try:
        return next(reader)
    finally:
        csv.field_size_limit(before)


def _checked(fields: list[str], raw: bytes) -> list[str] | Refused:
    try:
        utf_8(raw)
    except Refused as refused:
        return refused
    return fields
