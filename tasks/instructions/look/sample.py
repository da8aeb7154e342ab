"""data/instructions/ → the rows to be looked at: so many of each maker, and of each rule that dropped or set aside rows.

    sample(workspace, seed=1, most=10)   → [Shown(id="4e80…", group="kept", by="evolve@1", …), …]

Which rows depends on the seed and the rows alone: each has a number by its id, and the lowest are taken.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tasks.cards.figures import rows_with
from tasks.records import Dropped, Pair, content_id
from tasks.shards import read_rows
from tasks.workspace import Workspace

TEXTS = ("instruction", "input", "output")
TOLD = ("language", "task", "maker")


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as a person sees it."""

    id: str
    group: str
    """kept, dropped or quarantined."""
    by: str
    """Maker of a row that was kept, rule of any other."""
    facts: tuple[tuple[str, str], ...]
    """What is told in a line each: language, task, constraints, reason, …"""
    texts: tuple[tuple[str, str], ...]
    """History, instruction, input, and the texts of parents, with their headings."""
    output: str


def sample(workspace: Workspace, *, seed: int, most: int) -> list[Shown]:
    """At most `most` rows of each maker and of each rule. Raises InputError where data/instructions or a part is missing."""
    folder = workspace.data / "instructions"
    kept = _some(((pair.maker, pair) for pair in read_rows(folder, "train", Pair)), seed, most)
    gone = {
        group: _some(((row.rule, row) for row in read_rows(folder, group, Dropped)), seed, most)
        for group in ("dropped", "quarantined")
    }
    wanted = [parent for pair in kept for parent in pair.parents]
    parents = rows_with(workspace.data / "corpus" / "documents", wanted, ["text"])
    texts = {id: row["text"] for id, row in parents.items()}
    return [*(_of_pair(pair, texts) for pair in kept), *(_aside(row, group) for group, rows in gone.items() for row in rows)]


def _some(rows: Iterable[tuple[str, Any]], seed: int, most: int) -> list[Any]:
    groups: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, row in rows:  # copies of one row have one id
        groups[name].setdefault(row.id, row)
    lot = {
        name: sorted(some.values(), key=lambda row: content_id("look", str(seed), row.id))[:most]
        for name, some in groups.items()
    }
    return [row for _, some in sorted(lot.items()) for row in some]


def _of_pair(pair: Pair, parents: dict[str, str]) -> Shown:
    made_of = [(f"made of {parent}", parents[parent]) for parent in pair.parents if parent in parents]
    facts = [("language", pair.language), ("task", pair.task), ("constraints", ", ".join(pair.constraints) or "none")]
    texts = [*_history(pair.history), ("instruction", pair.instruction), ("input", pair.input), *made_of]
    shown = tuple((name, text) for name, text in texts if text)
    return Shown(pair.id, "kept", pair.maker, tuple(facts), shown, pair.output)


def _aside(row: Dropped, group: str) -> Shown:
    """Dropped or quarantined: JSON where it was a record, else the raw text."""
    told = _as_record(row.row)
    texts = [*_history(told.get("history", ())), *((name, told.get(name, "")) for name in TEXTS[:2])]
    if "instruction" not in told:
        texts = [("row", row.row)]
    facts = [(name, told[name]) for name in TOLD if told.get(name)]
    shown = tuple((name, text) for name, text in texts if text)
    return Shown(row.id, group, row.rule, (("reason", row.reason), *facts), shown, told.get("output", ""))


def _as_record(text: str) -> dict[str, Any]:
    """A record as the books wrote it, else {}: what a model wrote may be JSON of any form."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict) or not all(isinstance(value.get(name, ""), str) for name in (*TEXTS, *TOLD)):
        return {}
    turns = value.get("history", [])
    return value if isinstance(turns, list) and all(map(_is_turn, turns)) else {}


def _is_turn(turn: Any) -> bool:
    return isinstance(turn, list) and len(turn) == 2 and all(isinstance(said, str) for said in turn)


def _history(turns: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    return [(f"earlier, {who}", said) for turn in turns for who, said in zip(("user", "answer"), turn, strict=True)]
