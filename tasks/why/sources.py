"""What became of each row of a source, in the order of its places.

python -m tasks.why --source mine

    mine:broken.docx   set aside          archive: broken_docx (is no docx)
    mine:ferry.txt     8cb5242c4aa16ba2   in the corpus
    mine:salt.txt      0a17be42c5d4e6f7   corpus: near_duplicate (0.91 like 8cb5242c4aa16ba2)
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tasks.errors import InputError
from tasks.why.story import printable
from tasks.why.tables import made

Row = tuple[str, str, str]
"""Place, id and fate."""


def fates(data: Path, source: str) -> Iterator[str]:
    """A line a row whose source is `source`, or in it. Raises InputError where there is none."""
    tables = made(data)
    rows = sorted(row for row in [*_taken(tables), *_set_aside(tables)] if _is_in(row[0], source))
    if not rows:
        raise InputError(
            f"--source {source}: no row of {data / 'archive'} comes from there. See params/archive.yaml for names."
        )
    width = max(len(place) for place, _, _ in rows)
    yield from (printable(f"{place:<{width}}   {id:<16}   {fate}") for place, id, fate in rows)


def _is_in(place: str, source: str) -> bool:
    """mine:a.zip!b.csv#7 is in mine, mine:a.zip and mine:a.zip!b.csv, and not in mine:a."""
    return place.startswith(source) and place[len(source) : len(source) + 1] in ("", ":", "/", "!", "#", ",")


def _taken(tables: dict[tuple[str, str], Any]) -> Iterator[Row]:
    """Rows of the archive, with what the corpus says of them."""
    kept = {id for (id,) in _values(tables, ("corpus", "documents"), "id")}
    refused = {
        id: f"corpus: {rule} ({why})" for id, rule, why in _values(tables, ("corpus", "dropped"), "id", "rule", "reason")
    }
    for id, place in _values(tables, ("archive", "documents"), "id", "source"):
        yield (
            place,
            id,
            "in the corpus" if id in kept else refused.get(id, "in the archive; the corpus is not made of it yet"),
        )
    for id, place in _values(tables, ("archive", "pairs"), "id", "source"):
        yield place, id, "a ready-made pair"


def _set_aside(tables: dict[tuple[str, str], Any]) -> Iterator[Row]:
    for rule, reason in _values(tables, ("archive", "quarantined"), "rule", "reason"):
        place, _, why = reason.partition(": ")
        yield place, "set aside", f"archive: {rule} ({why})"


def _values(tables: dict[tuple[str, str], Any], table: tuple[str, str], *columns: str) -> Iterator[tuple[str, ...]]:
    """Values of some columns of a table, a batch in memory at a time; none where it is not made."""
    if table in tables:
        for batch in tables[table].to_batches(columns=list(columns)):
            yield from zip(*(batch[column].to_pylist() for column in columns), strict=True)
