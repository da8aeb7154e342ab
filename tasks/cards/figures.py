"""What is counted for a card, read from the parquet files by column, a batch in memory at a time.

count(folder / "documents", Document)   # → Figures(rows=3, values={"language": {"en": 2, "zh": 1}, …}, lengths={"prose": …})
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.records import Document, Pair, Record

COUNTED: dict[type[Record], dict[str, str]] = {
    Document: {"source": "Sources", "license": "Licences", "language": "Languages", "kind": "Kinds"},
    Pair: {"task": "Tasks", "language": "Languages", "license": "Licences", "maker": "Makers"},
}
"""Columns whose values are counted, with the heading they get."""
MEASURED: dict[type[Record], dict[str, tuple[str, ...]]] = {
    Document: {"text": ("text",)},
    Pair: {"prompt": ("instruction", "input"), "answer": ("output",)},
}
"""Names of lengths and the columns that add up to each."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of one table or several."""

    rows: int
    values: dict[str, Counter[str]]
    """By column, how often each value stands there; of `source` only the name before the colon."""
    lengths: dict[str, Any]
    """By name, and for texts also by kind, a numpy array of lengths in characters."""


def count(folders: Sequence[Path], kind: type[Record]) -> Figures:
    """Figures of all rows in the shards of some folders."""
    import numpy as np
    import pyarrow.compute as pc

    values: dict[str, Counter[str]] = {column: Counter() for column in COUNTED[kind]}
    lengths: dict[str, list[Any]] = defaultdict(list)
    columns = [*COUNTED[kind], *(column for some in MEASURED[kind].values() for column in some)]
    rows = 0
    for batch in (batch for folder in folders for batch in table(folder).to_batches(columns=columns)):
        rows += batch.num_rows
        for column, counter in values.items():
            column_values = batch[column]
            if column == "source":
                column_values = pc.list_element(pc.split_pattern(column_values, ":", max_splits=1), 0)
            for pair in pc.value_counts(column_values).to_pylist() if batch.num_rows else ():
                counter[pair["values"]] += pair["counts"]
        for name, parts in MEASURED[kind].items():
            long = sum(pc.utf8_length(batch[part]).to_numpy(zero_copy_only=False).astype(np.int64) for part in parts)
            lengths[name].append(long)
            if kind is Document:
                for of_kind in pc.unique(batch["kind"]).to_pylist():
                    lengths[of_kind].append(long[pc.equal(batch["kind"], of_kind).to_numpy(zero_copy_only=False)])
    return Figures(rows, values, {name: np.concatenate(parts) for name, parts in sorted(lengths.items())})


def table(folder: Path) -> Any:
    """The shards of a folder as one pyarrow data set."""
    import pyarrow.dataset as ds

    return ds.dataset([str(file) for file in sorted(folder.glob("*.parquet"))])


def lowest(folder: Path, number: int) -> list[str]:
    """The lowest ids: a sample that does not depend on the order of rows, and is the same each time."""
    import pyarrow.compute as pc

    ids: list[str] = []
    for batch in table(folder).to_batches(columns=["id"]):
        some = batch.take(pc.select_k_unstable(batch, number, [("id", "ascending")]))
        ids = sorted([*ids, *some["id"].to_pylist()])[:number]
    return ids


def rows_with(folder: Path, ids: Sequence[str], columns: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Some columns of the rows with these ids."""
    import pyarrow.dataset as ds

    if not ids:  # of nothing pyarrow does not know that it is text
        return {}
    found = table(folder).to_table(columns=["id", *columns], filter=ds.field("id").isin(list(ids))).to_pylist()
    return {row["id"]: row for row in found}


def example_reasons(folder: Path) -> dict[str, str]:
    """For each rule the reason of its dropped row with the lowest id."""
    best: dict[str, tuple[str, str]] = {}
    for batch in table(folder).to_batches(columns=["id", "rule", "reason"]):
        for row in batch.to_pylist():
            best[row["rule"]] = min(best.get(row["rule"], (LAST, "")), (row["id"], row["reason"]))
    return {rule: reason for rule, (_, reason) in best.items()}


LAST = "~"
"""Above every id."""
