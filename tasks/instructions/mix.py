"""Makers that ask a model, one after the other: which there are, and how their rows are screened, counted and kept.

rows, tallies = made_by_model(params, shop, screen, books)
tallies["ask"]   → Tally(tried=60, kept=44, refused={"unfaithful": 12, "no_question": 4}, spent=Spent(calls=96, …), …)
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tasks.completions import Spent
from tasks.instructions.estimate import FIRST_ROWS, Estimate, Tried, costs, estimate, in_words
from tasks.instructions.makers import ask
from tasks.instructions.screen import Screen, admitted
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.ledger import Books
from tasks.records import Pair


@dataclass
class Tally:
    """What became of the rows that a maker tried."""

    tried: int = 0
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """By rule, its own and the screen's; dropped and quarantined together."""
    outcomes: list[bool] = field(default_factory=list)
    """Whether each was kept, in the order in which they were tried."""
    estimate: Estimate | None = None
    """What the first rows made one expect; None where there were fewer than FIRST_ROWS."""
    spent: Spent = field(default_factory=Spent)
    """What it cost."""

    def told(self) -> dict[str, Any]:
        """For the manifest."""
        return {"tried": self.tried, "kept": self.kept, "refused": dict(sorted(self.refused.items()))}


Maker = tuple[str, int, Callable[[Workshop], Iterator[Made]]]
"""Its name, the rows wanted of it, and its function."""


def makers(params: InstructionsParams) -> list[Maker]:
    """Name, rows wanted and function of each maker, in order: one that starts from Pairs sees those of all before it."""
    return [
        ("ask", params.makers.ask.rows, ask.rows),
    ]


def made_by_model(
    params: InstructionsParams, shop: Workshop, screen: Screen, books: Books
) -> tuple[list[Pair], dict[str, Tally]]:
    """Rows of all makers that are wanted, for the train split, and a tally of each."""
    made: list[Pair] = []
    tallies = {}
    for maker in makers(params):
        name, wanted, _ = maker
        if wanted:
            here = replace(shop, pairs=[*shop.pairs, *made], most=wanted * params.tries_per_row)
            kept, tallies[name] = collected(maker, here, screen, books)
            made += kept
    return made, tallies


def collected(maker: Maker, shop: Workshop, screen: Screen, books: Books) -> tuple[list[Pair], Tally]:
    """The first rows that pass, as many as are wanted; after FIRST_ROWS tries it tells on stderr what to expect."""
    name, wanted, rows = maker
    kept: list[Pair] = []
    tally, before = Tally(), shop.teacher.account.spent
    for row in rows(shop):
        tally.outcomes.append(is_kept(row, screen, books, tally.refused))
        kept += [row] if tally.outcomes[-1] and isinstance(row, Pair) else []
        if len(tally.outcomes) == FIRST_ROWS:
            tally.estimate = expected(maker, shop, tally.outcomes)
            sys.stderr.write(f"{name}: {in_words(tally.estimate.told(), shop.teacher.account.budget)}\n")
        if len(kept) == wanted:
            break
    tally.tried, tally.kept = len(tally.outcomes), len(kept)
    tally.spent = shop.teacher.account.spent - before
    return kept, tally


def expected(maker: Maker, shop: Workshop, outcomes: Sequence[bool]) -> Estimate:
    """What all rows of a maker will cost, by its first ones, which the journal holds. `shop.most` is all it may try."""
    name, wanted, rows = maker
    spent = costs(rows, shop, len(outcomes))
    tried = [Tried(kept, cost) for kept, cost in zip(outcomes, spent, strict=True)]
    return estimate(tried, wanted=wanted, most=shop.most, budget=shop.teacher.account.budget, seed=f"{shop.seed} {name}")


def is_kept(row: Made, screen: Screen, books: Books, refused: Counter[str]) -> bool:
    """Whether a row goes on; the books know, and `refused` counts it by rule where it does not."""
    if isinstance(row, Refused):
        books.took()
        (books.quarantine if row.unreadable else books.drop)(row.id, row.rule, row.reason, row.row)
        refused[row.rule] += 1
        return False
    if admitted(row, screen, books) is None:
        refused[books.dropped[-1].rule] += 1
        return False
    return True
