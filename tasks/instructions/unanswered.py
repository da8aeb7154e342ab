"""Rows for which the teacher had no answer, though another try may bring one: told; where it has none at all, the end.

    note(row, tally)                       a Refused that another try may help is counted apart
    check_answers("ask", tally, teacher)   raises EndpointError where no row that the teacher was asked about has an answer
    told_of("ask", tally)                  → "ask: 3 of 20 rows have no answer (deadline 2, status 1); they lie in …"

A run that ends well is up to date, and asks about rows in quarantine only where it is forced to.
"""

from collections import Counter

from tasks.errors import EndpointError
from tasks.instructions.tally import Tally
from tasks.instructions.teacher import Teacher
from tasks.instructions.workshop import Refused

ANOTHER_TRY = {
    "connection", "cut_off", "deadline", "empty", "encoding", "retry_after", "status", "too_large", "unreadable",
    "wrong_model", "wrong_reply",
}  # fmt: skip
"""Rules of Failures that tasks/completions tries again itself, and `retry_after`, for which it does not wait so long."""


def note(row: Refused, tally: Tally) -> None:
    """Count a row that another try may help."""
    if row.unreadable and row.rule in ANOTHER_TRY:
        tally.unanswered.append((row.rule, row.reason))


def check_answers(name: str, tally: Tally, teacher: Teacher) -> None:
    """Raises EndpointError where rows have no answer, and none that the teacher was asked about has one."""
    lost = tally.unanswered
    if not lost or (len(lost) < tally.tried and teacher.answered[name]):
        return
    raise EndpointError(
        f"{name}: of the {len(lost)} rows that the teacher was asked about none has an answer ({_by_rule(tally)}; at last: "
        f"{lost[-1][1]}). It was asked at {teacher.place}. Nothing was published. See that it is up and that "
        "teacher.backend in params/instructions.yaml names it, then run the same command again; what is answered is kept."
    )


def told_of(name: str, tally: Tally) -> str:
    """A line about rows without an answer, or ""."""
    if not tally.unanswered:
        return ""
    return (
        f"{name}: {len(tally.unanswered)} of {tally.tried} rows have no answer ({_by_rule(tally)}); they lie in quarantine, "
        "and `python -m flows.whole --force instructions` asks them again\n"
    )


def _by_rule(tally: Tally) -> str:
    rules = Counter(rule for rule, _ in tally.unanswered)
    return ", ".join(f"{rule} {rows}" for rule, rows in sorted(rules.items(), key=lambda item: (-item[1], item[0])))
