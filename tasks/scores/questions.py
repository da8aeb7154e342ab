"""Pairs → which held-out rows are asked, and with which solved examples before them.

    asked = held_out(test, rows_per_task=24)
    before = examples(asked, train, shots=3, draws=2, seed=0)   # id of a row → "### Task\\n…### Answer\\nHELLO\\n\\n"
    majority(train)["split"]                                    # → "class=-", the commonest answer of the task

Nothing here depends on the order of rows: choices go by content ids.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from random import Random
from typing import TypeVar

from tasks.chat import shot
from tasks.errors import InputError
from tasks.records import Pair, content_id

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def held_out(test: Iterable[Pair], rows_per_task: int) -> list[Pair]:
    """At most so many rows of each task, by task and id. Raises InputError where there is none."""
    by_task = _grouped((pair.task, pair) for pair in test)
    chosen = [pair for task in sorted(by_task) for pair in sorted(by_task[task], key=_id)[:rows_per_task]]
    if not chosen:
        raise InputError(
            "data/instructions/test holds no rows, so nothing can be scored. Raise its share in params/instructions.yaml."
        )
    return chosen


def examples(asked: Sequence[Pair], train: Iterable[Pair], *, shots: int, draws: int, seed: int) -> dict[str, str]:
    """For each row asked, the text of `shots` training rows of its task, in its language where there are enough.

    Each (task, language) has `draws` sets; rows share a set, so that a model reads it once. Raises InputError where a task
    has too few training rows.
    """
    pool = _grouped(((pair.task, language), pair) for pair in train for language in (pair.language, ""))
    prefixes = {}
    for pair in asked:
        key = (pair.task, pair.language)
        if len(pool.get(key, ())) < shots:
            key = (pair.task, "")
        rows = sorted(pool.get(key, ()), key=_id)
        if len(rows) < shots:
            raise InputError(
                f"Task {pair.task!r} has {len(rows)} rows in data/instructions/train, too few for shots = {shots}. "
                "Lower shots in params/scores.yaml, or make more rows of the task."
            )
        draw = int(content_id(pair.id), 16) % draws
        drawn = Random(content_id("shots", *key, str(draw), str(seed))).sample(rows, shots)
        prefixes[pair.id] = "".join(shot(row) for row in drawn)
    return prefixes


def majority(train: Iterable[Pair]) -> dict[str, str]:
    """The commonest answer of each task; of equally common ones the first by code point."""
    answers = _grouped((pair.task, pair.output) for pair in train)
    return {task: min(Counter(said).items(), key=lambda item: (-item[1], item[0]))[0] for task, said in answers.items()}


def _grouped(items: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    groups: defaultdict[K, list[V]] = defaultdict(list)
    for key, value in items:
        groups[key].append(value)
    return dict(groups)


def _id(pair: Pair) -> str:
    return pair.id
