"""Rows of ready-made instruction data → Pairs, one for each answer, with the exchanges before it as history.

{"messages": [user "hi", assistant "hello", user "and now?", assistant "bye"]}
→   Pair(instruction="hi", output="hello", history=())
    Pair(instruction="and now?", output="bye", history=(("hi", "hello"),))

Trainers (LLaMA-Factory, Axolotl, FastChat) learn every answer of a conversation. tasks/model learns the one of a Pair, so
each answer needs a Pair of its own. All Pairs of a row have one `source`, and so lie on one side of the split.
"""

import json
from collections.abc import Iterable, Iterator

from tasks.archive.columns import cell
from tasks.archive.conversations import Exchange, exchanges
from tasks.archive.found import Found, Label, Refused, check_storable
from tasks.archive.rows import Row
from tasks.archive.settings import ReadyMade
from tasks.records import READY_MADE, Pair, content_id, pair_id


def pairs_of(rows: Iterable[tuple[str, Row | Refused]], label: Label, ready: ReadyMade, locator: str) -> Iterator[Found]:
    """Pairs of the rows of one table; a row is used whole, or refused whole."""
    seen: set[str] = set()
    for place, row in rows:
        try:
            yield from _of_row(row, label, ready, locator, seen)
        except Refused as refused:
            refused.raw = refused.raw if isinstance(row, Refused) else _raw(row)
            yield label.unreadable(f"{locator}, {place}", refused)


def _of_row(row: Row | Refused, label: Label, ready: ReadyMade, locator: str, seen: set[str]) -> list[Pair]:
    if isinstance(row, Refused):
        raise row
    said = exchanges(row, ready.format)
    language, group, id = (cell(row, name) for name in (ready.language, ready.group, ready.id))
    for value in (language, group, id, locator):
        check_storable(value)
    if id in seen:
        raise Refused("duplicate_id", f"{ready.id} {id!r} came before in this file")
    if id:
        seen.add(id)
    place = group or f"{locator}#{id or content_id(*(text for exchange in said for text in exchange))}"
    return [_pair(said[:number], exchange, label, place, language) for number, exchange in enumerate(said)]


def _pair(before: list[Exchange], exchange: Exchange, label: Label, place: str, language: str) -> Pair:
    instruction, input, output = exchange
    history = tuple((asked, answer) for asked, _, answer in before)  # alpaca's input stands in its last exchange alone
    return Pair(
        id=pair_id(instruction, input, output, history),
        instruction=instruction,
        input=input,
        output=output,
        history=history,
        language=language,
        task=READY_MADE,
        maker=f"{READY_MADE}/{label.name}",
        parents=(),
        source=f"{label.name}:{place}",
        constraints=(),
        label="",
        license=label.license,
        split="",
    )


def _raw(row: Row) -> bytes:
    """The row as JSON, from which it can be mended."""
    return json.dumps(row, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
