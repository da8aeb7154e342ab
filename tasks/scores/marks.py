"""An answer and what was expected → its marks: exact match, ROUGE-L, format.

    >>> mark("HELLO ", Pair(…, output="HELLO", constraints=("upper",)))
    Marks(exact=1.0, rouge_l=1.0, format=1.0)

Format is judged by the checks the Pair names (tasks/checks/), whatever the answer says; it is None where it names none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tasks.checks import failed
from tasks.records import Pair
from tasks.rouge import rouge_l

MAJORITY, ZERO_SHOT, FEW_SHOT, TUNED = "majority", "base_zero_shot", "base_few_shot", "tuned"
SYSTEMS = (MAJORITY, ZERO_SHOT, FEW_SHOT, TUNED)
METRICS = ("exact", "rouge_l", "format")


@dataclass(frozen=True, slots=True)
class Marks:
    """Marks of one answer, each 0 to 1."""

    exact: float
    rouge_l: float
    format: float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A held-out row with what each system answered, its marks, and the loss per answer token where it was measured."""

    pair: Pair
    answers: Mapping[str, str]
    marks: Mapping[str, Marks]
    losses: Mapping[str, float]


def mark(answer: str, pair: Pair) -> Marks:
    """Marks of an answer to a Pair; white space around either does not count. Raises ParamsError on an unknown check."""
    answer, expected = answer.strip(), pair.output.strip()
    kept = float(not failed(pair.constraints, answer)) if pair.constraints else None
    return Marks(float(answer == expected), rouge_l(answer, expected), kept)
