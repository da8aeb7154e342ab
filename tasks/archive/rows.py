"""Files of rows → rows: jsonl, json, csv, tsv and parquet, one at a time, each with its place for messages.

{"text": "hello"}   →  ("line 1", {"text": "hello"})
{"text": "hel       →  ("line 2", Refused broken_json)
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from io import SEEK_END, BufferedIOBase
from typing import Any

from tasks.archive.csv_records import Record, csv_records
from tasks.archive.found import Refused
from tasks.archive.lines import lines, utf_8, whole
from tasks.archive.packed import Budget

Row = dict[str, Any]
Rows = Iterator[tuple[str, Row | Refused]]


def jsonl_rows(stream: BufferedIOBase, longest: int) -> Rows:
    """One JSON object a line; blank lines are no rows."""
    for number, line in lines(stream, longest):
        if isinstance(line, Refused):
            yield f"line {number}", line
        elif line.strip():
            yield f"line {number}", _tried(_json_row, line)


def json_rows(stream: BufferedIOBase, longest: int) -> Rows:
    """A JSON object, or a list of them. Raises Refused for what is neither."""
    value = _json(whole(stream, longest))
    for number, item in enumerate(value if isinstance(value, list) else [value], start=1):
        yield f"item {number}", item if isinstance(item, dict) else _no_object(item)


def csv_rows(stream: BufferedIOBase, longest: int) -> Rows:
    """Comma-separated values with a header line: a quoted field may hold commas and newlines."""
    return _separated(csv_records(stream, longest))


def tsv_rows(stream: BufferedIOBase, longest: int) -> Rows:
    """Tab-separated values, otherwise as csv."""
    return _separated(csv_records(stream, longest, "\t"))


def _separated(records: Iterator[Record]) -> Rows:
    names: list[str] | None = None
    for number, raw, fields in records:
        if isinstance(fields, Refused):
            if names is None:
                raise Refused(fields.rule, f"header: {fields}", raw)
            yield f"line {number}", fields
        elif names is None:
            _check_columns(fields)
            names = fields
        elif len(fields) != len(names):
            yield f"line {number}", Refused("broken_row", f"has {len(fields)} fields, the header has {len(names)}", raw)
        else:
            yield f"line {number}", dict(zip(names, fields, strict=True))


def parquet_rows(stream: BufferedIOBase, longest: int) -> Rows:
    """Rows of a parquet file, some hundred in memory at a time. Raises Refused for what is no parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        number, file = 0, pq.ParquetFile(stream)
        _check_size(file, stream)
        _check_columns(file.schema_arrow.names)
        # One thread reads a group's columns in their order, so that a packed file is unpacked twice, not once a column.
        for batch in file.iter_batches(batch_size=256, use_threads=False):
            for index in range(batch.num_rows):
                number += 1
                yield f"row {number}", _parquet_row(batch.slice(index, 1), longest)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # the last for the name of a column
        raise Refused("unreadable", f"not readable as parquet: {error}") from error


def _check_size(file: Any, stream: BufferedIOBase) -> None:
    """Raises Refused for a file that says it unpacks to what only a bomb does: Arrow unpacks a page at once."""
    # Not by column: pyarrow ends the whole process over the statistics of a broken one.
    sizes = (file.metadata.row_group(index).total_byte_size for index in range(file.metadata.num_row_groups))
    Budget(stream.seek(0, SEEK_END)).spend(sum(sizes))


def _parquet_row(row: Any, longest: int) -> Row | Refused:
    if row.nbytes > longest:
        return Refused("too_long", f"{row.nbytes} bytes, more than {longest} (`longest_record` in params/archive.yaml)")
    values: Row = {}
    for name, column in zip(row.schema.names, row.columns, strict=True):
        try:
            values[name] = column[0].as_py()
        except UnicodeDecodeError as error:
            return Refused("not_utf8", f"byte {error.start} of column {name!r} is not UTF-8", bytes(error.object))
        except (ValueError, OverflowError, LookupError) as error:
            # A year of six digits, a zone that is nowhere, a field that comes twice.
            return Refused("broken_row", f"column {name!r} holds what cannot be read: {error}")
    return values


def _check_columns(names: list[str]) -> None:
    """Raises Refused where a name comes twice: the second column would hide the first. Columns may lack a name."""
    for name, times in Counter(names).items():
        if name and times > 1:
            raise Refused("duplicate_column", f"{times} columns are named {name!r}; give each a name of its own")


def _json_row(data: bytes) -> Row:
    value = _json(data)
    if not isinstance(value, dict):
        raise _no_object(value)
    return value


def _json(data: bytes) -> Any:
    try:
        return json.loads(utf_8(data), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise Refused("broken_json", f"{error.msg} at character {error.pos}", data) from error
    except (ValueError, RecursionError) as error:
        # A number of more than 4300 digits, brackets thousands deep, or a key that comes twice.
        raise Refused("broken_json", str(error), data) from error


def _object(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) < len(pairs):
        raise ValueError("a key comes twice in an object")
    return row


def _no_object(value: Any) -> Refused:
    return Refused("broken_json", f"holds a {type(value).__name__}, expected an object", json.dumps(value).encode())


def _tried(parse: Callable[[bytes], Row], data: bytes) -> Row | Refused:
    try:
        return parse(data)
    except Refused as refused:
        return refused
