"""What the instructions stage counts: facts for its manifest, and numbers for MLflow.

rows_by_family(pairs, templates)   → {"sig": {"en": 96, "zh": 32}, …}
report_rows(splits, books, numbers)   → train/rows, train/rows/sig, dropped/too_long, …
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.instructions.judge import Judged
from tasks.instructions.tally import Tally
from tasks.instructions.teacher import Teacher
from tasks.instructions.template_file import LANGUAGES
from tasks.instructions.templates import Template
from tasks.ledger import Books
from tasks.records import Pair
from tasks.tracking import Numbers


def rows_by_family(pairs: Sequence[Pair], templates: Sequence[Template]) -> dict[str, dict[str, int]]:
    """Rows by family and language; a family that found no document shows its zero."""
    languages = sorted({*LANGUAGES, *(pair.language for pair in pairs)})
    counts = Counter((pair.task, pair.language) for pair in pairs)
    families = {template.family for template in templates} | {pair.task for pair in pairs}
    return {family: {language: counts[family, language] for language in languages} for family in sorted(families)}


def asked_of(name: str, tally: Tally, teacher: Teacher) -> dict[str, Any]:
    """What a maker was expected to cost and did cost, and where it asks for JSON, how that was had.

    As in any other run with these params.
    """
    calls, prompt_tokens, new_tokens = tally.spent.parts
    money = round(teacher.account.budget.money(tally.spent), 6)
    actual = {"tries": tally.tried, "calls": calls, "prompt_tokens": prompt_tokens, "new_tokens": new_tokens, "money": money}
    told = {"forecast": tally.estimate.told() if tally.estimate else None, "actual": actual}
    had = {path: count for (maker, path), count in sorted(teacher.replies.items()) if maker == name}
    return told | ({"json": had} if had else {})


def report_rows(splits: Mapping[str, Sequence[Pair]], books: Books, numbers: Numbers) -> None:
    """Rows of each split by task and by language, and those dropped by rule."""
    for name, pairs in splits.items():
        numbers.metric(f"{name}/rows", len(pairs))
        for group, rows in Counter(pair.task for pair in pairs).items():
            numbers.metric(f"{name}/rows/{group}", rows)
        for group, rows in Counter(pair.language for pair in pairs).items():
            numbers.metric(f"{name}/rows_in/{group}", rows)
    for rule, rows in books.balance()["dropped"].items():
        numbers.metric(f"dropped/{rule}", rows)


def report_judge(judged: Judged, numbers: Numbers) -> None:
    """How many rows of train the teacher scored, those it scored 1, 2, … and their mean, and how many it did not."""
    for score, rows in Counter(judged.scores.values()).items():
        numbers.metric(f"judged/score_{score}", rows)
    numbers.metric("judged/rows", len(judged.scores))
    numbers.metric("judged/without_score", sum(judged.facts["without_score"].values()))
    if judged.scores:
        numbers.metric("judged/mean", judged.facts["mean"])


def report_makers(teacher: Teacher, tallies: Mapping[str, Tally], numbers: Numbers) -> None:
    """What each maker tried and kept, and what the teacher cost in this run."""
    for name, tally in tallies.items():
        numbers.metric(f"makers/{name}/tried", tally.tried)
        numbers.metric(f"makers/{name}/kept", tally.kept)
        if tally.preferences:
            numbers.metric(f"makers/{name}/preferences", tally.preferences)
    numbers.metric("teacher/asked", teacher.asked.total())
    numbers.metric("teacher/reused", teacher.reused.total())
    numbers.metric("teacher/prompt_tokens", teacher.account.spent.prompt_tokens)
    numbers.metric("teacher/new_tokens", teacher.account.spent.new_tokens)
    numbers.metric("teacher/money", teacher.account.budget.money(teacher.account.spent))
