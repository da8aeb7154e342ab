"""What became of the rows that a maker tried, for the manifest.

tally.count("deepen/2", None)           one more row, kept
tally.count("deepen/1", "no_answer")    one more, refused
tally.told()   → {"tried": 2, "kept": 1, "refused": {"no_answer": 1}, "ways": {"1": …, "2": …, "deepen": …}}
"""

from collections import Counter
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from tasks.completions import Spent
from tasks.instructions.estimate import Estimate


@dataclass
class Tally:
    """Counts of rows, in all and by the ways of a maker, and what they cost."""

    outcomes: list[bool] = field(default_factory=list)
    """Whether each was kept, in the order in which they were tried."""
    refused: Counter[str] = field(default_factory=Counter)
    """By rule, its own and the screen's; dropped and quarantined together."""
    ways: dict[str, "Tally"] = field(default_factory=dict)
    """The same for each of its ways, where it has several."""
    notes: dict[str, list[float]] = field(default_factory=dict)
    """Figures of its own."""
    unanswered: list[tuple[str, str]] = field(default_factory=list)
    """Rule and reason of those among them that another try may help (unanswered.py)."""
    preferences: int = 0
    """By-products, counted apart from rows: those of Pairs that were kept."""
    preferences_left: int = 0
    """Those whose Pair was refused; they go with it."""
    estimate: Estimate | None = None
    """What the first rows made one expect; None where there were fewer than FIRST_ROWS."""
    spent: Spent = field(default_factory=Spent)
    """What it cost."""

    @property
    def tried(self) -> int:
        """Rows it made or refused."""
        return len(self.outcomes)

    @property
    def kept(self) -> int:
        """Rows that passed."""
        return sum(self.outcomes)

    def count(self, how: str, rule: str | None) -> None:
        """One more row, kept where no rule refused it; `how` names its ways, with / between them."""
        for tally in (self, *(self.ways.setdefault(way, Tally()) for way in how.split("/") if way)):
            tally.outcomes.append(rule is None)
            tally.refused.update([rule] if rule else [])

    def shortfall(self, name: str, kept: int, wanted: int) -> str:
        """A line about a maker that found fewer rows than wanted, or ""."""
        if kept >= wanted:
            return ""
        rule, rows = max(self.refused.items(), key=lambda item: (item[1], item[0]), default=("", 0))
        most = f"; most refused: {rule} {rows}" if rows else ""
        return f"{name}: {kept} of {wanted} rows, {self.tried} tried{most}\n"

    def told(self) -> dict[str, Any]:
        """For the manifest."""
        figures = {name: {"count": len(some), "mean": fsum(some) / len(some)} for name, some in sorted(self.notes.items())}
        ways = {way: tally.told() for way, tally in sorted(self.ways.items())}
        told: dict[str, Any] = {"tried": self.tried, "kept": self.kept, "refused": dict(sorted(self.refused.items()))}
        if self.preferences or self.preferences_left:
            told |= {"preferences": self.preferences, "preferences_left": self.preferences_left}
        return told | {name: some for name, some in (("ways", ways), ("figures", figures)) if some}
