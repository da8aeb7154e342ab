"""What every maker is given and what it gives.

A maker is one file in makers/, with one function that reads like this:

    def rows(shop: Workshop) -> Iterator[Made]:
        for some in batches(candidates(shop)[: shop.most], shop.at_once):
            replies = shop.teacher.ask([request(one) for one in some], about="ask")
            for one, reply in zip(some, replies, strict=True):
                yield refused or pair

It tries candidates in an order of its own, which the seed decides, and yields one Pair or one Refused for each; whoever
collects them (mix.py) screens, counts, and stops when enough were kept. Preferences are by-products: they come before the
Pair that they are about, are no rows, and stay only where that Pair does.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeVar

from tasks.completions import Failure
from tasks.instructions.library import Library
from tasks.instructions.runner import Result
from tasks.instructions.teacher import Teacher
from tasks.records import Document, Pair, Preference

T = TypeVar("T")

AT_ONCE = 48
"""Rows asked about together."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was tried and not made: the rule that says so, why, and what it was tried with."""

    id: str
    """Of the Document or Pair it would have been made of."""
    rule: str
    reason: str
    """In words, with the reply that was refused."""
    row: Document | Pair | str
    unreadable: bool = False
    """The reply could not be read or never came: the row is quarantined, not dropped."""
    how: str = ""
    """Which of its ways the maker tried, such as deepen/2; the same word stands in `maker` of the Pairs that came of it."""


Made = Pair | Refused | Preference


def unanswered(row: Document | Pair, failure: Failure, *, how: str = "") -> Refused:
    """A row whose request has no answer. What the model wrote, where it did, is kept in quarantine; else the row is."""
    return Refused(row.id, failure.rule, failure.reason, failure.raw or row, unreadable=True, how=how)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What makers share."""

    library: Library
    """All documents of the corpus; for facts, not to be made rows of."""
    documents: Sequence[Document]
    """Those of the train side, by id."""
    pairs: Sequence[Pair]
    """Rows of the train split that earlier makers made and the screen kept."""
    teacher: Teacher
    seed: int
    chinese_share: float
    """Share of rows asked in Chinese, 0 to 1, where the maker has the choice."""
    most: int
    """Rows that may be tried. What a maker of several rounds tries in the first of them hangs on it: whoever wants the first
    rows alone takes no more of them, and leaves it as it is."""
    params: Path
    """Folder of the params files, for what makers have of their own there."""
    at_once: int = AT_ONCE
    """Rows asked about together: more than are wanted in the end are paid for. No answer and no order depends on it."""
    notes: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Figures that a maker wants in the manifest, by name."""
    ran: dict[str, Result] = field(default_factory=dict)
    """What became of code that was run, by its hash: whoever counts what rows cost (estimate.py) runs none of it again."""

    def note(self, name: str, figure: float) -> None:
        """One more figure; the manifest tells how many there were and their mean."""
        self.notes[name].append(figure)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Items in their order, `size` at a time: ("abcde", 2) → ["a", "b"], ["c", "d"], ["e"]."""
    left = iter(items)
    while some := list(islice(left, size)):
        yield some
