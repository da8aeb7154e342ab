r"""Rows → a table in Markdown; runs → its columns about speed.

table(["a", "b"], [[1, 2]])  →  "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
"""

from collections.abc import Sequence
from statistics import median

from benchmarks.measure import Run


def table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """With an empty line after it."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines).replace("| --- ", "|---") + "\n"


def speed(runs: Sequence[Run], ours: Sequence[Run], documents: int) -> list[str]:
    """Runs, seconds, CPU seconds, documents a second, peak in MB, and how many times as long as ours, by clock and CPU."""
    seconds = median(run.seconds for run in runs)
    return [
        f"{len(runs)}",
        f"{seconds:.1f}",
        f"{median(run.cpu for run in runs):.1f}",
        f"{documents / seconds:,.0f}",
        f"{max(run.peak for run in runs) / 1e6:,.0f}",
        ratio([run.seconds for run in runs], [run.seconds for run in ours]),
        ratio([run.cpu for run in runs], [run.cpu for run in ours]),
    ]


def ratio(slow: Sequence[float], fast: Sequence[float]) -> str:
    """How many times the median of one the median of the other is, with the least and the most that two runs say."""
    if slow == fast:
        return "1"
    least, most = min(slow) / max(fast), max(slow) / min(fast)
    return f"{median(slow) / median(fast):.1f} ({least:.1f} to {most:.1f})"
