"""Makers that ask a model, one after the other: which there are, and how their rows are screened, counted and kept.

rows, tallies = made_by_model(params, shop, screen, books)
tallies["ask"]   → Tally(tried=60, kept=44, refused={"unfaithful": 12, "no_question": 4})
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from tasks.instructions.makers import ask, back_translate, dialogue, grounded
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

    def told(self) -> dict[str, Any]:
        """For the manifest."""
        return {"tried": self.tried, "kept": self.kept, "refused": dict(sorted(self.refused.items()))}


def makers(params: InstructionsParams) -> list[tuple[str, int, Callable[[Workshop], Iterator[Made]]]]:
    """Name, rows wanted and function of each maker, in order: one that starts from Pairs sees those of all before it."""
    translated, asked, talked = params.makers.back_translate, params.makers.grounded, params.makers.dialogue
    back = partial(
        back_translate.rows,
        longest_answer=params.max_answer_characters,
        least_score=translated.least_score,
        rounds=translated.rounds,
    )
    passage = 3 * params.max_prompt_characters // 4  # the rest is for the question
    return [
        ("ask", params.makers.ask.rows, ask.rows),
        ("back_translate", translated.rows, back),
        ("grounded", asked.rows, partial(grounded.rows, longest_passage=passage, round_trip=asked.round_trip)),
        # A row is held by a model as long as a ready-made one of that many characters is.
        (
            "dialogue",
            talked.rows,
            partial(dialogue.rows, longest=params.max_ready_characters, round_trip=talked.round_trip),
        ),
    ]


def made_by_model(
    params: InstructionsParams, shop: Workshop, screen: Screen, books: Books
) -> tuple[list[Pair], dict[str, Tally]]:
    """Rows of all makers that are wanted, for the train split, and a tally of each."""
    made: list[Pair] = []
    tallies = {}
    for name, wanted, rows in makers(params):
        if wanted:
            here = replace(shop, pairs=[*shop.pairs, *made], most=wanted * params.tries_per_row)
            kept, tallies[name] = _collected(rows(here), wanted, screen, books)
            made += kept
    return made, tallies


def _collected(made: Iterator[Made], wanted: int, screen: Screen, books: Books) -> tuple[list[Pair], Tally]:
    """The first `wanted` rows that pass."""
    kept: list[Pair] = []
    tally = Tally()
    for row in made:
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
    tally.kept = len(kept)
    return kept, tally
