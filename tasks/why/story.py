"""What is known of one row, in words: where it came from, what each stage said, what was made of it.

story(data, "4e80")   →   Document 4e804bb1fef02da9 «json.loads»
                            archive       documents/00000.parquet
                            corpus        dropped by near_duplicate: 0.91 like 77aa…
                            kept instead  77aa… «json.load»: Deserialize fp …
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tasks.placeholders import gained
from tasks.records import Document, Dropped, Pair
from tasks.why.tables import TABLES, Found, children, found, with_ids

ID = re.compile(r"\b[0-9a-f]{16}\b")
WIDTH = 100
"""Characters of a text that are shown."""


def story(data: Path, prefix: str) -> str:
    """The story of the row whose id begins so. Raises InputError where there is none, or more than one."""
    rows = found(data, prefix)
    # As the last stage has it, dropped or not: cleaned, with its language, without personal data.
    latest = sorted(rows, key=lambda row: (-list(TABLES).index(row.stage), not row.stands))
    best = next((record for row in latest if not isinstance(record := _record(row.row), Dropped)), rows[-1].row)
    lines = _pair(data, best) if isinstance(best, Pair) else _document(best) if isinstance(best, Document) else _raw(best)
    told = [*lines, *(line for row in rows for line in _became(data, row)), *_replaced(rows)]
    if not isinstance(best, Dropped):
        told += _made_of(data, best.id)
    return "".join(f"{printable(line)}\n" for line in told)


def _document(row: Document) -> Iterator[str]:
    name, _, place = row.source.partition(":")
    yield f"Document {row.id} {_title(row)}"
    yield _said("from", f"{name}, {place}")
    yield _said("licence", row.license)
    yield _said("text", f"{row.kind}, {row.language or 'language unknown'}, {len(row.text)} characters: {short(row.text)}")


def _pair(data: Path, row: Pair) -> Iterator[str]:
    name, _, place = row.source.partition(":")
    yield f"Pair {row.id} {row.task}"
    yield _said("from", f"{name}, {place}")
    yield _said("maker", row.maker)
    yield _said("licence", row.license)
    yield _said("split", row.split or "none")
    if row.history:
        yield _said("history", f"{len(row.history)} exchanges, the first: {short(row.history[0][0])}")
    for name in ("instruction", "input", "output"):
        yield _said(name, short(getattr(row, name)) or "(empty)")
    parents = {parent.row.id: parent for parent in with_ids(data, row.parents)}
    for id in row.parents:
        yield _said("made of", brief(parents[id]) if id in parents else f"{id}, which is no longer there")


def _raw(row: Document | Pair | Dropped) -> Iterator[str]:
    yield f"Row {row.id}, which could not be used"
    if isinstance(row, Dropped):
        yield _said("text", short(row.row))


def _became(data: Path, found: Found) -> Iterator[str]:
    """What one stage said of the row, and who was kept instead, from one to the next until one stands."""
    if not isinstance(found.row, Dropped):
        yield _said(found.stage, f"{found.table}/{found.file}")
        return
    yield _said(found.stage, f"{found.table} by {found.row.rule}: {found.row.reason}")
    seen = {found.row.id}
    reason = found.row.reason
    while keepers := [id for id in ID.findall(reason) if id not in seen]:
        there = [row for row in with_ids(data, keepers[:1]) if row.stage == found.stage]
        seen.add(keepers[0])
        if not there:
            return
        aside = there[0].row if isinstance(there[0].row, Dropped) else None
        yield _said(
            "kept instead", f"{brief(there[0])}" + (f", itself dropped by {aside.rule}: {aside.reason}" if aside else "")
        )
        reason = aside.reason if aside else ""


def _replaced(rows: list[Found]) -> Iterator[str]:
    """What cleaning has hidden, by its placeholders."""
    texts = {row.stage: f"{record.title}\n{record.text}" for row in rows if isinstance(record := _record(row.row), Document)}
    if found := gained(texts.get("archive", ""), texts["corpus"]) if "corpus" in texts else None:
        yield _said("replaced", ", ".join(f"{count} {name}" for name, count in sorted(found.items())))


def _made_of(data: Path, id: str) -> Iterator[str]:
    """Pairs made of it, counted, then one by one."""
    rows = children(data, id)
    where = Counter(row.table for row in rows)
    if rows:
        yield _said("made of it", ", ".join(f"{count} {table}" for table, count in where.items()))
    for row in rows:
        pair = _record(row.row)
        why = f", {row.row.rule}: {row.row.reason}" if isinstance(row.row, Dropped) else ""
        task = f" {pair.task} by {pair.maker}" if isinstance(pair, Pair) else ""
        yield _said(f"  {row.table}", f"{row.row.id}{task}{why}")


def _record(row: Document | Pair | Dropped) -> Document | Pair | Dropped:
    """What a dropped row was, where it could be read at all."""
    if not isinstance(row, Dropped):
        return row
    try:
        values: Any = json.loads(row.row)
    except ValueError:
        return row
    for kind in (Document, Pair):
        if isinstance(values, dict) and values.keys() == set(kind.__slots__):
            known: Any = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
            return kind(**known)
    return row


def brief(found: Found) -> str:
    row = _record(found.row)
    if isinstance(row, Document):
        return f"{row.id} {_title(row)}: {short(row.text)}"
    return f"{row.id} {row.task}: {short(row.instruction)}" if isinstance(row, Pair) else row.id


def _title(row: Document) -> str:
    return f"«{row.title}»" if row.title else "without title"


def short(text: str) -> str:
    """The first line that holds anything, cut."""
    line = next((line for line in text.splitlines() if line.strip()), "").strip()
    return line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"


def printable(line: str) -> str:
    """A line without characters that a terminal would obey."""
    return "".join(letter if letter.isprintable() else "�" for letter in line)


def _said(what: str, words: str) -> str:
    return f"  {what:<14}{words}"
