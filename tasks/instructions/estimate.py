"""The first rows of a maker → what all its rows will cost, with 95 % intervals.

    tried = [Tried(kept=True, cost=Spent(1, 210, 18)), Tried(kept=False, cost=Spent(1, 190, 40)), …]
    estimate(tried, wanted=60, most=180, budget=budget, seed="ask")
    .told()   → {"from_rows": 12, "kept_of_them": 9, "tries": (66, 80, 118), "calls": (96, 96, 144), …}: low, middle, high

The interval is that of a bootstrap over rows by percentiles (Efron & Tibshirani 1993, An Introduction to the Bootstrap,
section 13.3): rows are drawn with replacement from those tried, then a whole run from those drawn, until enough are kept.
A few rows that are all kept leave no doubt of the share kept: try more of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from numpy.random import Generator

from tasks.completions import Budget, Failure, Reply, Request, Spent
from tasks.instructions.teacher import Teacher
from tasks.instructions.workshop import AT_ONCE, Made, Workshop
from tasks.records import Preference, content_id

FIRST_ROWS = 12
"""Rows of each maker after which a run notes what to expect."""
DRAWS = 400

NAMED = {"tries": "tries", "calls": "calls", "prompt_tokens": "tokens read", "new_tokens": "tokens written"}

Interval = tuple[float, float, float]
"""The 2.5th percentile, the median and the 97.5th."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One row that was tried: whether it was kept, and what it cost."""

    kept: bool
    cost: Spent


@dataclass(frozen=True, slots=True)
class Run:
    """What one run costs, or is expected to."""

    tries: int
    """Rows that were tried until enough were kept."""
    spent: Spent
    """What was asked for them, and for those asked about together with the last."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a maker is expected to need."""

    rows: int
    """Rows it is made from."""
    kept: int
    """Of these."""
    runs: tuple[Run, ...]
    """One for each draw."""
    budget: Budget

    def told(self) -> dict[str, Any]:
        """For the manifest: low, middle and high of each."""
        return {"from_rows": self.rows, "kept_of_them": self.kept, **told(self.runs, self.budget)}


@dataclass(frozen=True, slots=True)
class Nobody:
    """In place of a model that must not be asked: what the journal does not know has no answer."""

    identity: str

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        """A Failure for each."""
        yield [(index, Failure("not_asked", "the journal does not know it")) for index in range(len(requests))]


def costs(rows: Callable[[Workshop], Iterator[Made]], shop: Workshop, count: int) -> list[Spent]:
    """What each of a maker's first `count` rows cost, with the Preferences before it.

    The maker is run again, one row at a time, on what the journal and the workshop hold: nobody is asked, no code is run,
    and nothing is counted or charged.
    """
    teacher = Teacher(Nobody(shop.teacher.identity), shop.teacher.journal, aloud=False)
    again = rows(replace(shop, at_once=1, teacher=teacher, notes=defaultdict(list)))
    found, before = list[Spent](), Spent()
    for _ in islice((row for row in again if not isinstance(row, Preference)), count):
        found.append(teacher.account.spent - before)
        before = teacher.account.spent
    return found


def estimate(tried: Sequence[Tried], *, wanted: int, most: int, budget: Budget, seed: str) -> Estimate:
    """What it takes until `wanted` rows are kept, or `most` are tried. At least one row must have been tried."""
    chance = np.random.default_rng(int(content_id("estimate", seed), 16))
    runs = tuple(_run(tried, wanted, most, chance) for _ in range(DRAWS))
    return Estimate(len(tried), sum(row.kept for row in tried), runs, budget)


def together(estimates: Sequence[Estimate]) -> tuple[Run, ...]:
    """Runs of all makers together, draw by draw."""
    return tuple(
        Run(sum(run.tries for run in runs), sum((run.spent for run in runs), Spent()))
        for runs in zip(*(estimate.runs for estimate in estimates), strict=True)
    )


def told(runs: Sequence[Run], budget: Budget) -> dict[str, Interval]:
    """Intervals of tries, calls, tokens and money."""
    return {
        "tries": _interval([run.tries for run in runs]),
        "calls": _interval([run.spent.calls for run in runs]),
        "prompt_tokens": _interval([run.spent.prompt_tokens for run in runs]),
        "new_tokens": _interval([run.spent.new_tokens for run in runs]),
        "money": _interval([round(budget.money(run.spent), 6) for run in runs]),
    }


def in_words(intervals: Mapping[str, Any], budget: Budget) -> str:
    """Intervals as a line for people."""
    low, middle, high = intervals["money"]
    money = f", {middle:.4f} {budget.currency} [{low:.4f}, {high:.4f}]" if high else ""
    parts = (f"{_counted(intervals[name])} {said}" for name, said in NAMED.items())
    return f"expected {', '.join(parts)}{money}"


def _counted(interval: Interval) -> str:
    low, middle, high = interval
    return f"{middle:,} [{low:,}, {high:,}]"


def _run(tried: Sequence[Tried], wanted: int, most: int, chance: Generator) -> Run:
    """A run of such rows. A maker asks about AT_ONCE at a time, and so pays for some that are no longer needed."""
    drawn = [tried[index] for index in chance.integers(len(tried), size=len(tried))]
    kept, lost = ([row.cost.parts for row in drawn if row.kept is passed] for passed in (True, False))
    # How many are lost before the last that is wanted is kept; which row each is, is drawn for all of a sort at once.
    spare = int(chance.negative_binomial(wanted, len(kept) / len(drawn))) if kept else most
    if wanted + spare <= most:
        tries, costs_of = wanted + spare, _drawn(kept, wanted, chance) + _drawn(lost, spare, chance)
    else:
        few = wanted
        while few >= wanted:
            few = int(chance.binomial(most, len(kept) / len(drawn)))
        tries, costs_of = most, _drawn(kept, few, chance) + _drawn(lost, most - few, chance)
    no_longer_needed = min(most, -(-tries // AT_ONCE) * AT_ONCE) - tries
    return Run(tries, Spent(*map(int, costs_of + _drawn(kept + lost, no_longer_needed, chance))))


def _drawn(costs_of: Sequence[tuple[int, int, int]], times: int, chance: Generator) -> Any:
    """What so many rows cost together, each drawn from these: int64[3]."""
    if not times:
        return np.zeros(3, np.int64)
    return chance.multinomial(times, np.full(len(costs_of), 1 / len(costs_of))) @ np.array(costs_of, np.int64)


def _interval(values: Sequence[float]) -> Interval:
    ordered = sorted(values)
    return tuple(ordered[round(share * (len(ordered) - 1))] for share in (0.025, 0.5, 0.975))  # type: ignore[return-value]
