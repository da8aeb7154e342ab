"""Rows of the published folders by id, without reading more of them than the answer needs.

    found(data, "4e80")   # → [Found("corpus", "dropped", Dropped(…), "00000.parquet")]

First the ids alone are read, then the rows of those files that hold one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import InputError
from tasks.records import Document, Dropped, Pair

Traced = Document | Pair | Dropped

TABLES: dict[str, dict[str, type[Traced]]] = {
    "archive": {"documents": Document, "pairs": Pair, "quarantined": Dropped},
    "corpus": {"documents": Document, "dropped": Dropped, "quarantined": Dropped},
    "instructions": {
        "train": Pair,
        "test": Pair,
        "replay": Document,
        "prose": Document,
        "dropped": Dropped,
        "quarantined": Dropped,
    },
}
"""In the order of the road."""
LAST_HEX = "g"
"""Above every hex digit: ids that begin with p lie from p to p + "g"."""


@dataclass(frozen=True, slots=True)
class Found:
    """A row and the table where it lies."""

    stage: str
    table: str
    file: str
    row: Traced

    @property
    def stands(self) -> bool:
        """Whether it went on, and was not put aside."""
        return not isinstance(self.row, Dropped)


def made(data: Path) -> dict[tuple[str, str], Any]:
    """The tables that are there, as pyarrow data sets by (stage, table)."""
    import pyarrow.dataset as ds

    folders = {(stage, table): data / stage / table for stage, tables in TABLES.items() for table in tables}
    there = {place: sorted(folder.glob("*.parquet")) for place, folder in folders.items()}
    return {place: ds.dataset([str(file) for file in files]) for place, files in there.items() if files}


def found(data: Path, prefix: str) -> list[Found]:
    """Every row whose id begins so. Raises InputError where no row's does, or where those of several ids do."""
    import pyarrow.dataset as ds

    tables = made(data)
    if not tables:
        raise InputError(f"{data} holds no rows yet. Make them first: `dvc repro instructions`.")
    hits = _where(tables, (ds.field("id") >= prefix) & (ds.field("id") < prefix + LAST_HEX))
    ids = sorted({row.row.id for row in hits})
    if not ids:
        raise InputError(_nothing(prefix, tables))
    if len(ids) > 1:
        raise InputError(
            f"{len(ids)} ids begin with {prefix!r}: {', '.join(ids[:5])}{', …' * (len(ids) > 5)} Say more of it."
        )
    return hits


def with_ids(data: Path, ids: Sequence[str]) -> list[Found]:
    """Every row with one of these ids."""
    import pyarrow.dataset as ds

    return _where(made(data), ds.field("id").isin(list(ids))) if ids else []


def children(data: Path, id: str) -> list[Found]:
    """Pairs that were made of a Document or a Pair; dropped ones too."""
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    tables = {place: table for place, table in made(data).items() if place[0] == "instructions"}
    ids: list[str] = []
    for (_, name), table in tables.items():
        if TABLES["instructions"][name] is Pair:
            for batch in table.to_batches(columns=["id", "parents"]):
                owner, parent = pc.list_parent_indices(batch["parents"]), pc.list_flatten(batch["parents"])
                ids += batch["id"].take(owner.filter(pc.equal(parent, id))).to_pylist()
    pairs = _where(tables, ds.field("id").isin(ids)) if ids else []
    # A dropped Pair is JSON in the column `row`.
    aside = {place: table for place, table in tables.items() if TABLES["instructions"][place[1]] is Dropped}
    dropped = _where(aside, pc.match_substring(ds.field("row"), f'"{id}"'))
    return [*(row for row in pairs if row.stands), *(row for row in dropped if id in parents(row.row))]


def parents(row: Traced) -> Sequence[str]:
    """Ids that a Pair, also a dropped one, was made of."""
    if isinstance(row, Dropped):
        try:
            values = json.loads(row.row)
        except ValueError:
            return ()
        return values.get("parents", ()) if isinstance(values, dict) else ()
    return row.parents if isinstance(row, Pair) else ()


def _where(tables: dict[tuple[str, str], Any], condition: Any) -> list[Found]:
    """Rows for which a condition holds, in the order of the tables and of the ids."""
    rows: list[Found] = []
    for (stage, name), table in tables.items():
        places = table.scanner(columns=["__filename"], filter=condition).to_table()["__filename"].unique().to_pylist()
        kind = TABLES[stage][name]
        for file in sorted(places):
            for row in _read(file, condition):
                rows.append(Found(stage, name, Path(file).name, kind(**row)))
    return sorted(rows, key=lambda row: (list(TABLES).index(row.stage), not row.stands, row.table, row.row.id))


def _read(file: str, condition: Any) -> list[dict[str, Any]]:
    import pyarrow.dataset as ds

    rows: list[dict[str, Any]] = ds.dataset([file]).to_table(filter=condition).to_pylist()
    return rows


def _nothing(prefix: str, tables: dict[tuple[str, str], Any]) -> str:
    missing = [stage for stage in TABLES if not any(stage == there for there, _ in tables)]
    if not prefix or set(prefix) - set("0123456789abcdef") or len(prefix) > 16:
        hint = "An id is 16 hex digits, or the first of them, as in the column `id`"
    elif missing:
        hint = f"data/{missing[0]} is not made yet: `dvc repro {missing[0]}`"
    else:
        hint = "A text that changed has a new id; one of an older version is found after `git checkout` and `dvc checkout`"
    return f"No row's id begins with {prefix!r} in data/: {', '.join('/'.join(place) for place in tables)}. {hint}."
