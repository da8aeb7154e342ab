"""Everything that did not go on, counted by stage and rule, with some rows of each.

corpus, dropped          503  too_short
                              0012ab…  «abs»: Absolute value.   24 characters, fewer than 40
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from tasks.errors import InputError
from tasks.records import Dropped
from tasks.why.story import brief, printable
from tasks.why.tables import TABLES, made, with_ids

Rule = tuple[str, str, str]
"""Stage, table and rule."""


def counted(data: Path, *, stage: str = "", by: str = "rule", samples: int = 0) -> Iterator[str]:
    """A line a rule (or a stage, by="stage"), the most frequent first, each with the samples of lowest id.

    Raises InputError where the stage is none, or nothing is made yet.
    """
    if stage and stage not in TABLES:
        raise InputError(f"--stage {stage}: rows are dropped in {', '.join(TABLES)}.")
    counts, lowest = _read(data, stage, samples)
    if not counts:
        raise InputError(f"{data / stage} holds no dropped rows, or is not made yet: `dvc repro {stage or 'instructions'}`.")
    if by == "stage":
        totals = Counter[str]()
        for (where, table, _), count in counts.items():
            totals[f"{where}, {table}"] += count
        yield from (f"{place:<26}{count:>9}" for place, count in totals.items())
        return
    for rule, count in sorted(counts.items(), key=lambda item: (list(TABLES).index(item[0][0]), -item[1], item[0])):
        yield f"{f'{rule[0]}, {rule[1]}':<26}{count:>9}  {rule[2]}"
        yield from _shown(data, rule, lowest[rule])


def _read(data: Path, stage: str, samples: int) -> tuple[Counter[Rule], dict[Rule, list[str]]]:
    """How many rows each rule dropped, and their lowest ids; a batch of two columns in memory at a time."""
    counts, lowest = Counter[Rule](), defaultdict[Rule, list[str]](list)
    for (where, table), rows in made(data).items():
        if TABLES[where][table] is not Dropped or stage not in ("", where):
            continue
        for batch in rows.to_batches(columns=["id", "rule"]):
            ids = defaultdict[Rule, list[str]](list)
            for id, rule in zip(batch["id"].to_pylist(), batch["rule"].to_pylist(), strict=True):
                ids[where, table, rule].append(id)
            for key, some in ids.items():
                counts[key] += len(some)
                lowest[key] = heapq.nsmallest(samples, [*lowest[key], *some])
    return counts, lowest


def _shown(data: Path, rule: Rule, ids: list[str]) -> Iterator[str]:
    for found in with_ids(data, sorted(set(ids))):
        if isinstance(found.row, Dropped) and (found.stage, found.table, found.row.rule) == rule:
            yield f"{'':37}{printable(brief(found))}"
            yield f"{'':37}  {printable(found.row.reason)}"
