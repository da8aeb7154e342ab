"""Rows with their marks → the numbers: means by system, task and language, and differences with intervals.

    summary(rows, resamples=2000, seed=0)["overall"]["differences"]["tuned - base_few_shot"]["exact"]
    # → {"mean": 0.53, "low": 0.46, "high": 0.6, "verdict": "better"}

Everything is rounded to 4 decimals: more would show the machine, not the model.
"""

from collections.abc import Sequence
from math import fsum
from typing import Any

from tasks.bootstrap import Interval, interval
from tasks.scores.marks import FEW_SHOT, METRICS, SYSTEMS, TUNED, ZERO_SHOT, Row

BASELINES = (ZERO_SHOT, FEW_SHOT)
DECIMALS = 4


def summary(rows: Sequence[Row], *, resamples: int, seed: int) -> dict[str, Any]:
    """Numbers over all rows, by task and by language."""
    tasks = sorted({row.pair.task for row in rows})
    languages = sorted({row.pair.language for row in rows})

    def part(some: Sequence[Row]) -> dict[str, Any]:
        return _part(some, resamples=resamples, seed=seed)

    return {
        "overall": part(rows),
        "by_task": {task: part([row for row in rows if row.pair.task == task]) for task in tasks},
        "by_language": {name: part([row for row in rows if row.pair.language == name]) for name in languages},
    }


def difference(baseline: str) -> str:
    """The name of what tuning changed against a baseline."""
    return f"{TUNED} - {baseline}"


def _part(rows: Sequence[Row], *, resamples: int, seed: int) -> dict[str, Any]:
    differences = {
        difference(baseline): {
            metric: _shown(change)
            for metric in METRICS
            if (change := _change(rows, baseline, metric, resamples=resamples, seed=seed)) is not None
        }
        for baseline in BASELINES
    }
    return {
        "rows": len(rows),
        "sources": len({row.pair.source for row in rows}),
        "systems": {system: _means(rows, system) for system in SYSTEMS},
        "differences": differences,
    }


def _means(rows: Sequence[Row], system: str) -> dict[str, float]:
    """Mean of each metric that some row has; loss is the mean over rows of the loss per answer token."""
    columns = {metric: [getattr(row.marks[system], metric) for row in rows] for metric in METRICS}
    columns["loss"] = [row.losses.get(system) for row in rows]
    present = {name: [value for value in column if value is not None] for name, column in columns.items()}
    return {name: round(fsum(column) / len(column), DECIMALS) for name, column in present.items() if column}


def _change(rows: Sequence[Row], baseline: str, metric: str, *, resamples: int, seed: int) -> Interval | None:
    """Tuned minus baseline over the rows that have the metric; None where no row has it."""
    pairs = [(getattr(row.marks[TUNED], metric), getattr(row.marks[baseline], metric), row.pair.source) for row in rows]
    present = [(tuned - before, source) for tuned, before, source in pairs if tuned is not None]
    if not present:
        return None
    differences, sources = zip(*present, strict=True)
    return interval(differences, sources, resamples=resamples, seed=seed)


def _shown(change: Interval) -> dict[str, Any]:
    return {
        "mean": round(change.mean, DECIMALS),
        "low": round(change.low, DECIMALS),
        "high": round(change.high, DECIMALS),
        "verdict": change.verdict,
    }
