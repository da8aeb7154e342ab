"""A table or view of any database that SQLAlchemy speaks to → Documents, one a row, read and never written.

    SHOP_URL=postgresql+pg8000://reader:…@host/shop, table: notes, key: id
    {"id": 7, "body": "hello"}, text: body   →   Document(text="hello", source="shop:notes#7")

Rows come in the order of a unique key, a page at a time: `WHERE key > last ORDER BY key LIMIT n`. With an index on the key
the last page is as near as the first, and no more than a page is in memory.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import astuple, replace
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tasks.archive.columns import documents_of
from tasks.archive.database import reading
from tasks.archive.found import Found, Label, Refused
from tasks.archive.lines import KEPT_OF_LONG
from tasks.archive.rows import Row
from tasks.archive.settings import Databases
from tasks.errors import InputError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select

KEYS = (int, str, Decimal, UUID)
"""Types whose order means the same when a value goes back into the question. Floats and times lose digits on the way."""


def documents(source: Databases, root: Path) -> Iterator[Found]:
    """Documents of all rows of one snapshot, by key. Raises InputError, and EndpointError where the database goes away."""
    label = Label(source.name, source.license, source.document_kind)
    columns = replace(source.columns, id=source.columns.id or source.key)
    numbered = ((f"key {row[source.key]!r}", _usable(row, source)) for row in rows(source, root))
    yield from documents_of(numbered, label, columns, ".".join(filter(None, (source.schema, source.table))))


def pin(source: Databases, root: Path) -> dict[str, str | int]:
    """Number and digest of the rows, of the columns that are used."""
    digest, number = hashlib.sha256(), 0
    for row in rows(source, root):
        number += 1
        for name, value in row.items():
            digest.update(b"".join(len(part).to_bytes(8, "big") + part for part in (name.encode(), _bytes(value))))
    return {"rows": number, "sha256": digest.hexdigest()}


def rows(source: Databases, root: Path) -> Iterator[Row]:
    """Rows of one snapshot, by key, with the columns used. Raises InputError for a key that is NULL or not unique."""
    columns = (column for column in astuple(source.columns) if isinstance(column, str))
    names = list(dict.fromkeys(filter(None, (source.key, *columns))))
    with reading(source, root) as connection:
        _check_table(connection, source, names)
        for page in _pages(connection, source, names):
            yield from page


def _check_table(connection: "Connection", source: Databases, names: list[str]) -> None:
    """Whether all names exist: SQLite would read a column that does not as the text of its name."""
    from sqlalchemy import column, inspect, literal_column

    tables = inspect(connection)
    schema = source.schema or None
    known = [*tables.get_table_names(schema), *tables.get_view_names(schema)]
    if connection.dialect.name == "postgresql":
        known += tables.get_materialized_view_names(schema)
    if source.table not in known:
        raise InputError(_unknown("table", source.table, known, source))
    there = list(connection.execute(_from(source, literal_column("*")).limit(0)).keys())
    for name in names:
        if name not in there:
            raise InputError(_unknown("column", name, there, source))
    without_key = _from(source, column(source.key)).where(column(source.key).is_(None)).limit(1)
    if connection.execute(without_key).first():
        raise InputError(
            f"Source {source.name}: {source.key!r} of {source.table!r} is NULL in a row, which would be passed over. "
            "Name a column without NULL as `key` in params/archive.yaml."
        )


def _pages(connection: "Connection", source: Databases, names: list[str]) -> Iterator[list[Row]]:
    """Pages by key. One row more is read than given: the next page must begin with it, or the key is not unique."""
    from sqlalchemy import column

    key: Any = column(source.key)
    question = _from(source, *map(column, names)).order_by(key).limit(source.rows_per_page + 1)
    page = _page(connection, question, names)
    _check_keys(page, source)
    while len(page) > source.rows_per_page:
        *given, peeked = page
        yield given
        page = _page(connection, question.where(key > given[-1][source.key]), names)
        if not page or page[0][source.key] != peeked[source.key]:
            raise InputError(_twice(peeked[source.key], source))
        _check_keys(page, source)
    yield page


def _page(connection: "Connection", question: "Select[Any]", names: list[str]) -> list[Row]:
    return [dict(zip(names, row, strict=True)) for row in connection.execute(question)]


def _check_keys(page: list[Row], source: Databases) -> None:
    before = None
    for row in page:
        key = row[source.key]
        if not isinstance(key, KEYS):
            raise InputError(
                f"Source {source.name}: {source.key!r} of {source.table!r} holds {type(key).__name__}; rows are paged "
                "by whole numbers, texts or UUIDs. Name such a column, unique, never NULL, as `key` in params/archive.yaml."
            )
        if key == before:
            raise InputError(_twice(key, source))
        before = key


def _from(source: Databases, *columns: Any) -> "Select[Any]":
    """SELECT columns FROM table: names go through SQLAlchemy's quoting, and never into a string of ours."""
    from sqlalchemy import select, table

    return select(*columns).select_from(table(source.table, schema=source.schema or None))


def _usable(row: Row, source: Databases) -> Row | Refused:
    """The row, or why it is none: NULL for a text, or too long."""
    if row[source.columns.text] is None:
        return Refused("no_text", f"column {source.columns.text!r} is NULL", _bytes(row))
    if sum(len(_bytes(value)) for value in row.values()) > source.longest_record:
        reason = f"more than {source.longest_record} bytes (`longest_record` in params/archive.yaml)"
        return Refused("too_long", reason, _bytes(row[source.columns.text])[:KEPT_OF_LONG])
    return row


def _bytes(value: object) -> bytes:
    """A value as bytes that differ where the value or its type does, but not from one Python to the next."""
    if isinstance(value, str):
        return b"str " + value.encode("utf-8", "surrogatepass")
    return f"{type(value).__name__} {value!r}".encode("utf-8", "backslashreplace")


def _unknown(what: str, name: str, known: list[str], source: Databases) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(map(repr, sorted(known)[:20])) or 'none'}."
    return f"Source {source.name}: no {what} {name!r} is to be seen there; {hint} Change it in params/archive.yaml."


def _twice(key: object, source: Databases) -> str:
    return (
        f"Source {source.name}: {source.key!r} of {source.table!r} is not unique: {key!r} comes twice, or counts there as "
        "equal to another. Name a unique column as `key` in params/archive.yaml."
    )
