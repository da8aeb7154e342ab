"""data/scores → the short table that ends the demo: `python -m tasks.scores.table`.

task        rows  majority  base 0-shot  base 3-shot  tuned   tuned - 3-shot
json          24      0.00         0.00         0.62   1.00   +0.38 [+0.20, +0.58]
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tasks.errors import InputError, exit_code_of
from tasks.scores.gate import signed
from tasks.scores.marks import FEW_SHOT, SYSTEMS, ZERO_SHOT
from tasks.scores.summary import difference
from tasks.workspace import here


def table(scores: Mapping[str, Any]) -> str:
    """data/scores/summary.json for a terminal: exact match by task and language, differences, cost, verdict."""
    overall = scores["overall"]
    languages = [(f"in {language}", part) for language, part in scores["by_language"].items()]
    parts = [*scores["by_task"].items(), *languages, ("all", overall)]
    rows = [_cells(name, part) for name, part in parts]
    head = ["task", "rows", "majority", "base 0-shot", f"base {scores['shots']}-shot", "tuned"]
    head += ["tuned - 0-shot", f"tuned - {scores['shots']}-shot"]
    verdict = scores["verdict"]
    return "\n".join(
        [
            f"Exact match on {overall['rows']} held-out rows of {overall['sources']} sources; "
            "95 % intervals by bootstrap over sources",
            "",
            *_aligned([head, *rows]),
            "",
            *(f"  {line}" for line in verdict["reasons"]),
            "",
            f"The gate: {'PASSED' if verdict['passed'] else 'NOT PASSED'}. Report: data/scores/report.html",
            "",
        ]
    )


def read(folder: Path) -> dict[str, Any]:
    """data/scores/summary.json. Raises InputError where it is missing."""
    path = folder / "summary.json"
    if not path.is_file():
        raise InputError(f"{path} is missing: there are no scores yet. Make them: `make demo`, or `dvc repro scores`.")
    scores: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return scores


def _cells(name: str, part: Mapping[str, Any]) -> list[str]:
    means = [f"{part['systems'][system]['exact']:.2f}" for system in SYSTEMS]
    changes = [signed(part["differences"][difference(baseline)]["exact"]) for baseline in (ZERO_SHOT, FEW_SHOT)]
    return [name, str(part["rows"]), *means, *changes]


def _aligned(rows: list[list[str]]) -> list[str]:
    """Rows as lines: first column to the left, the others to the right, a rule under the head and above the last."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows]
    rule = "─" * len(lines[0])
    return [lines[0], rule, *lines[1:-1], rule, lines[-1]]


def main() -> int:
    """Print the table of the current checkout; exit code 0, or the error's."""
    return exit_code_of("scores", lambda: sys.stdout.write(table(read(here().data / "scores"))))


if __name__ == "__main__":
    sys.exit(main())
