"""Makers that ask a model, one after the other: how their rows are screened, counted and kept.

made = made_by_model(params, shop, screen, books)
made.pairs, made.preferences
made.tallies["ask"]   → Tally(tried=60, kept=44, refused={"unfaithful": 12, "no_question": 4}, spent=Spent(calls=96, …), …)
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tasks.instructions.estimate import FIRST_ROWS, Estimate, Tried, costs, estimate, in_words
from tasks.instructions.screen import Screen, admitted
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.tally import Tally
from tasks.instructions.unanswered import check_answers, note, told_of
from tasks.instructions.wanted import Maker, makers
from tasks.instructions.workshop import Refused, Workshop
from tasks.ledger import Books
from tasks.records import Pair, Preference


@dataclass
class ByModel:
    """What all makers gave."""

    pairs: list[Pair] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)

    def by_maker(self) -> dict[str, list[Pair]]:
        """Pairs by the name of their maker, in the order in which they were kept: `evolve/deepen/2@1 …` is one of evolve."""
        found: dict[str, list[Pair]] = defaultdict(list)
        for pair in self.pairs:
            found[pair.maker.partition("@")[0].partition("/")[0]].append(pair)
        return dict(found)


def made_by_model(params: InstructionsParams, shop: Workshop, screen: Screen, books: Books) -> ByModel:
    """What all makers that are wanted give for the train split, with a tally of each."""
    made = ByModel()
    for maker in makers(params):
        name, wanted, _ = maker
        notes: dict[str, list[float]] = defaultdict(list)
        here = replace(shop, pairs=[*shop.pairs, *made.pairs], most=wanted * params.tries_per_row, notes=notes)
        pairs, preferences, tally = collected(maker, here, screen, books)
        tally.notes = notes
        made.pairs += pairs
        made.preferences += preferences
        made.tallies[name] = tally
    return made


def collected(maker: Maker, shop: Workshop, screen: Screen, books: Books) -> tuple[list[Pair], list[Preference], Tally]:
    """The first rows that pass, as many as are wanted, and the Preferences about them.

    After FIRST_ROWS tries it tells on stderr what to expect, at the end what is missing. Raises EndpointError where the
    teacher answered nothing.
    """
    name, wanted, rows = maker
    kept: dict[str, Pair] = {}
    beside: list[Preference] = []
    tally, before = Tally(), shop.teacher.account.spent
    for row in rows(shop):
        if isinstance(row, Preference):
            beside.append(row)
            continue
        kept |= {pair.id: pair for pair in taken(row, screen, books, tally)}
        if tally.tried == FIRST_ROWS:
            tally.estimate = expected(maker, shop, tally.outcomes, most=shop.most)
            sys.stderr.write(f"{name}: {in_words(tally.estimate.told(), shop.teacher.account.budget)}\n")
        if len(kept) == wanted:
            break
    check_answers(name, tally, shop.teacher)
    sys.stderr.write(tally.shortfall(name, len(kept), wanted) + told_of(name, tally))
    preferences = [
        one for one in beside if one.origin in kept and not screen.withholds(replace(kept[one.origin], output=one.rejected))
    ]
    tally.preferences, tally.preferences_left = len(preferences), len(beside) - len(preferences)
    tally.spent = shop.teacher.account.spent - before
    return list(kept.values()), preferences, tally


def expected(maker: Maker, shop: Workshop, outcomes: Sequence[bool], *, most: int) -> Estimate:
    """What all rows of a maker will cost, by its first ones, which the journal holds. `most` is how many it can try."""
    name, wanted, rows = maker
    spent = costs(rows, shop, len(outcomes))
    tried = [Tried(kept, cost) for kept, cost in zip(outcomes, spent, strict=True)]
    return estimate(tried, wanted=wanted, most=most, budget=shop.teacher.account.budget, seed=f"{shop.seed} {name}")


def taken(row: Pair | Refused, screen: Screen, books: Books, tally: Tally) -> list[Pair]:
    """The row where it goes on, else nothing; the books and the tally know."""
    if isinstance(row, Refused):
        books.took()
        put_aside(row, books)
        tally.count(row.how, row.rule)
        note(row, tally)
        return []
    kept = admitted(row, screen, books)
    tally.count(_way(row), None if kept else books.dropped[-1].rule)
    return [kept] if kept else []


def put_aside(row: Refused, books: Books) -> None:
    """Keep a row that does not go on."""
    (books.quarantine if row.unreadable else books.drop)(row.id, row.rule, row.reason, row.row)


def _way(pair: Pair) -> str:
    """`evolve/deepen/2@1 …` → `deepen/2`."""
    return pair.maker.partition("@")[0].partition("/")[2]
