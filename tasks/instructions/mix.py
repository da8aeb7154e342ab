"""Makers that ask a model, one after the other: which there are, and how their rows are screened, counted and kept.

rows, tallies = made_by_model(params, shop, screen, books)
tallies["ask"]   → Tally(tried=60, kept=44, refused={"unfaithful": 12, "no_question": 4}, spent=Spent(calls=96, …), …)
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import ModuleType

from tasks.instructions.estimate import FIRST_ROWS, Estimate, Tried, costs, estimate, in_words
from tasks.instructions.makers import ask, evolve
from tasks.instructions.prompts import Prompts, read_prompts
from tasks.instructions.screen import Screen, admitted
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.tally import Tally
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.ledger import Books
from tasks.records import Pair

Maker = tuple[str, int, Callable[[Workshop], Iterator[Made]]]
"""Its name, the rows wanted of it, and its function."""


def makers(params: InstructionsParams) -> list[Maker]:
    """Those wanted, in order: one that starts from Pairs sees those of all before it."""
    wanted = params.makers
    every: list[Maker] = [
        ("ask", wanted.ask.rows, ask.rows),
        ("evolve", wanted.evolve.rows, lambda shop: evolve.rows(shop, _prompts(shop, evolve), wanted.evolve.rounds)),
    ]
    return [maker for maker in every if maker[1]]


def made_by_model(
    params: InstructionsParams, shop: Workshop, screen: Screen, books: Books
) -> tuple[list[Pair], dict[str, Tally]]:
    """Rows of all makers that are wanted, for the train split, and a tally of each."""
    made: list[Pair] = []
    tallies = {}
    for maker in makers(params):
        name, wanted, _ = maker
        notes: dict[str, list[float]] = defaultdict(list)
        here = replace(shop, pairs=[*shop.pairs, *made], most=wanted * params.tries_per_row, notes=notes)
        kept, tallies[name] = collected(maker, here, screen, books)
        tallies[name].notes = notes
        made += kept
    return made, tallies


def collected(maker: Maker, shop: Workshop, screen: Screen, books: Books) -> tuple[list[Pair], Tally]:
    """The first rows that pass, as many as are wanted; after FIRST_ROWS tries it tells on stderr what to expect."""
    name, wanted, rows = maker
    kept: list[Pair] = []
    tally, before = Tally(), shop.teacher.account.spent
    for row in rows(shop):
        kept += taken(row, screen, books, tally)
        if tally.tried == FIRST_ROWS:
            tally.estimate = expected(maker, shop, tally.outcomes)
            sys.stderr.write(f"{name}: {in_words(tally.estimate.told(), shop.teacher.account.budget)}\n")
        if len(kept) == wanted:
            break
    tally.spent = shop.teacher.account.spent - before
    return kept, tally


def expected(maker: Maker, shop: Workshop, outcomes: Sequence[bool]) -> Estimate:
    """What all rows of a maker will cost, by its first ones, which the journal holds. `shop.most` is all it may try."""
    name, wanted, rows = maker
    spent = costs(rows, shop, len(outcomes))
    tried = [Tried(kept, cost) for kept, cost in zip(outcomes, spent, strict=True)]
    return estimate(tried, wanted=wanted, most=shop.most, budget=shop.teacher.account.budget, seed=f"{shop.seed} {name}")


def taken(row: Made, screen: Screen, books: Books, tally: Tally) -> list[Pair]:
    """The row where it goes on, else nothing; the books and the tally know."""
    if isinstance(row, Refused):
        books.took()
        (books.quarantine if row.unreadable else books.drop)(row.id, row.rule, row.reason, row.row)
        tally.count(row.how, row.rule)
        return []
    kept = admitted(row, screen, books)
    tally.count(_way(row), None if kept else books.dropped[-1].rule)
    return [kept] if kept else []


def _prompts(shop: Workshop, maker: ModuleType) -> Prompts:
    return read_prompts(shop.params / "prompts" / f"{maker.__name__.rpartition('.')[2]}.yaml", maker.PROMPTS)


def _way(pair: Pair) -> str:
    """`evolve/deepen/2@1 …` → `deepen/2`."""
    return pair.maker.partition("@")[0].partition("/")[2]
