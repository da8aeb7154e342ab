"""Makers that ask a model, one after the other: which there are, and how their rows are screened, counted and kept.

rows, tallies = made_by_model(params, shop, screen, books)
tallies["ask"]   → Tally(tried=60, kept=44, refused={"unfaithful": 12, "no_question": 4})
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from math import fsum
from pathlib import Path
from types import ModuleType
from typing import Any

from tasks.instructions.makers import ask, evolve
from tasks.instructions.prompts import Prompts, read_prompts
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
    ways: dict[str, "Tally"] = field(default_factory=dict)
    """The same for each of its ways, where it has several."""
    notes: dict[str, list[float]] = field(default_factory=dict)
    """Figures of its own."""

    def count(self, how: str, rule: str | None) -> None:
        """One more row, kept where no rule refused it."""
        for tally in (self, *(self.ways.setdefault(way, Tally()) for way in how.split("/") if way)):
            tally.tried += 1
            tally.kept += rule is None
            tally.refused.update([rule] if rule else [])

    def told(self) -> dict[str, Any]:
        """For the manifest."""
        figures = {name: {"count": len(some), "mean": fsum(some) / len(some)} for name, some in sorted(self.notes.items())}
        ways = {way: tally.told() for way, tally in sorted(self.ways.items())}
        told = {"tried": self.tried, "kept": self.kept, "refused": dict(sorted(self.refused.items()))}
        return {**told, **({"ways": ways} if ways else {}), **({"figures": figures} if figures else {})}


def makers(params: InstructionsParams, folder: Path) -> list[tuple[str, int, Callable[[Workshop], Iterator[Made]]]]:
    """Name, rows wanted and function of each maker, in order: one that starts from Pairs sees those of all before it.

    `folder` is params/, for what is written there beside instructions.yaml.
    """
    wanted = params.makers
    return [
        ("ask", wanted.ask.rows, ask.rows),
        ("evolve", wanted.evolve.rows, lambda shop: evolve.rows(shop, _prompts(folder, evolve), wanted.evolve.rounds)),
    ]


def made_by_model(
    params: InstructionsParams, folder: Path, shop: Workshop, screen: Screen, books: Books
) -> tuple[list[Pair], dict[str, Tally]]:
    """Rows of all makers that are wanted, for the train split, and a tally of each."""
    made: list[Pair] = []
    tallies = {}
    for name, wanted, rows in makers(params, folder):
        if wanted:
            notes: dict[str, list[float]] = defaultdict(list)
            here = replace(shop, pairs=[*shop.pairs, *made], most=wanted * params.tries_per_row, notes=notes)
            kept, tallies[name] = _collected(rows(here), wanted, screen, books)
            tallies[name].notes = notes
            made += kept
    return made, tallies


def _prompts(folder: Path, maker: ModuleType) -> Prompts:
    return read_prompts(folder / "prompts" / f"{maker.__name__.rpartition('.')[2]}.yaml", maker.PROMPTS)


def _collected(made: Iterator[Made], wanted: int, screen: Screen, books: Books) -> tuple[list[Pair], Tally]:
    """The first `wanted` rows that pass."""
    kept: list[Pair] = []
    tally = Tally()
    for row in made:
        if isinstance(row, Refused):
            books.took()
            (books.quarantine if row.unreadable else books.drop)(row.id, row.rule, row.reason, row.row)
            tally.count(row.how, row.rule)
        elif admitted(row, screen, books):
            kept.append(row)
            tally.count(_way(row), None)
        else:
            tally.count(_way(row), books.dropped[-1].rule)
        if len(kept) == wanted:
            break
    return kept, tally


def _way(pair: Pair) -> str:
    """`evolve/deepen/2@1 …` → `deepen/2`."""
    return pair.maker.partition("@")[0].partition("/")[2]
