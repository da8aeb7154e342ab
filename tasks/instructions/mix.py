"""Makers that ask a model, one after the other: which there are, and how their rows are screened, counted and kept.

made = made_by_model(params, shop, screen, books)
made.pairs, made.preferences, made.tallies
made.tallies["ask"]   → Tally(tried=60, kept=44, refused={"unfaithful": 12, "no_question": 4})
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from tasks.instructions.makers import ask, constrain
from tasks.instructions.screen import Screen, admitted
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.ledger import Books
from tasks.records import Pair, Preference


@dataclass
class Tally:
    """What became of the rows that a maker tried."""

    tried: int = 0
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """By rule, its own and the screen's; dropped and quarantined together."""
    preferences: int = 0
    """By-products, counted apart from rows: those of Pairs that were kept."""
    preferences_left: int = 0
    """Those whose Pair the screen refused; they go with it."""

    def told(self) -> dict[str, Any]:
        """For the manifest."""
        told = {"tried": self.tried, "kept": self.kept, "refused": dict(sorted(self.refused.items()))}
        if self.preferences or self.preferences_left:
            told |= {"preferences": self.preferences, "preferences_left": self.preferences_left}
        return told


@dataclass
class ByModel:
    """What all makers gave."""

    pairs: list[Pair] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    tallies: dict[str, Tally] = field(default_factory=dict)


def makers(params: InstructionsParams) -> list[tuple[str, int, Callable[[Workshop], Iterator[Made]]]]:
    """Name, rows wanted and function of each maker, in order: one that starts from Pairs sees those of all before it."""
    return [
        ("ask", params.makers.ask.rows, ask.rows),
        (
            "constrain",
            params.makers.constrain.rows,
            partial(constrain.rows, samples=params.makers.constrain.samples),
        ),
    ]


def made_by_model(params: InstructionsParams, shop: Workshop, screen: Screen, books: Books) -> ByModel:
    """What all makers that are wanted give for the train split, with a tally of each."""
    made = ByModel()
    for name, wanted, rows in makers(params):
        if wanted:
            here = replace(shop, pairs=[*shop.pairs, *made.pairs], most=wanted * params.tries_per_row)
            _collect(made, name, rows(here), wanted, screen, books)
    return made


def _collect(made: ByModel, name: str, rows: Iterator[Made], wanted: int, screen: Screen, books: Books) -> None:
    """Add the first `wanted` Pairs of a maker that pass, and the Preferences about them."""
    kept: list[Pair] = []
    beside: list[Preference] = []
    tally = made.tallies[name] = Tally()
    for row in rows:
        if isinstance(row, Preference):
            beside.append(row)
            continue
        tally.tried += 1
        if isinstance(row, Refused):
            books.took()
            (books.quarantine if row.unreadable else books.drop)(row.id, row.rule, row.reason, row.row)
            tally.refused[row.rule] += 1
        elif admitted(row, screen, books):
            kept.append(row)
        else:
            tally.refused[books.dropped[-1].rule] += 1
        if len(kept) == wanted:
            break
    stay = {pair.id for pair in kept}
    preferences = [preference for preference in beside if preference.origin in stay]
    tally.kept, tally.preferences, tally.preferences_left = len(kept), len(preferences), len(beside) - len(preferences)
    made.pairs += kept
    made.preferences += preferences
