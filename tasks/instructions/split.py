"""The promise of the split, checked: nothing that a row to learn from was made of stands on the side of test.

    check_split(train, test)   raises IntegrityError where a source, a Document or a Pair is on both sides

A Pair made of a Pair, made of a Pair, … was made of the Documents of the first one. Sources are drawn apart (choose.py), so
what this finds is a mistake of a maker.
"""

from collections.abc import Mapping, Sequence

from tasks.errors import IntegrityError
from tasks.records import Pair


def check_split(train: Sequence[Pair], test: Sequence[Pair]) -> None:
    """Raises IntegrityError that names a row of each side and what both were made of.

    A parent that is no row of either split is a Document, or a Pair that was refused: it is compared by its id, and what it
    was made of by the source that its child took over.
    """
    known = {pair.id: _told(pair) for pair in (*train, *test)}
    learnt, held_out = ({name: pair.id for pair in rows for name in _origins(pair, known)} for rows in (train, test))
    if both := sorted(set(learnt) & set(held_out)):
        raise IntegrityError(
            f"{both[0]} is on both sides of the split: the train row {learnt[both[0]]} and the test row {held_out[both[0]]} "
            f"were made of it ({len(both)} such in all). This is a bug in tasks/instructions/; nothing was published."
        )


def _told(pair: Pair) -> list[str]:
    """What a Pair says of where it came from."""
    return [*pair.parents, f"source {pair.source}"]


def _origins(pair: Pair, known: Mapping[str, Sequence[str]]) -> set[str]:
    """Itself, its sources and all that it was made of, however far back."""
    found: set[str] = set()
    waiting = [pair.id]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += known.get(name, ())
    return found
