"""Rows of train → what the teacher thinks of their answers, from 1 to 5.

    judged = judged_of(shop, prompts, least_score=3)
    judged.scores    → {"3f0c…": 5, "91ab…": 2, …}: of each row whose score could be read
    judged.refused   → those below least_score (low_score, dropped) and those without a score (no_score, …, quarantined)
    judged.facts     → {"scores": {"en": {"1": 0, "2": 1, "3": 0, "4": 0, "5": 1}}, "mean": 3.5, "without_score": {}}

A model's score of instruction, input and answer as a filter is AlpaGasus (Chen et al. 2023, arXiv:2307.08701); as what is
chosen by before difference, DEITA (Liu et al. 2023, arXiv:2312.15685). Each row is asked about alone, in its own language;
prompts are in params/prompts/judge.yaml. What a row says is read by the judge: one that praises itself may sway it.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import fsum
from typing import Any

from tasks.completions import Failure, Request
from tasks.errors import EndpointError
from tasks.instructions.choose import ranked_pairs
from tasks.instructions.prompts import Prompts
from tasks.instructions.rating import ANSWER_LABEL, scored
from tasks.instructions.tally import Tally
from tasks.instructions.teacher import Teacher
from tasks.instructions.unanswered import check_answers, note, told_of
from tasks.instructions.workshop import Refused, Workshop, batches
from tasks.records import Pair

NAME = "judge"
PROMPTS = ("score",)
INPUT_LABEL = {"en": "Input", "zh": "输入"}
LONGEST_SCORE = 8
"""Tokens."""
SCALE = range(1, 6)
ENOUGH, MOST_WITHOUT = 48, 0.5
"""From so many rows on, and above this share of them without a score, a teacher is no judge: what it leaves is no choice."""


@dataclass
class Judged:
    """What became of rows that were judged."""

    scores: dict[str, int] = field(default_factory=dict)
    """By id."""
    refused: list[Refused] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    """For the manifest."""
    tally: Tally = field(default_factory=Tally)


def judged_of(shop: Workshop, prompts: Prompts, *, least_score: int | None) -> Judged:
    """What the teacher thinks of the first `shop.most` of shop.pairs.

    Raises EndpointError where the budget is used up, where the teacher answers nothing, and where most replies are no score.
    """
    judged, before = Judged(), shop.teacher.account.spent
    counts: dict[str, Counter[int]] = {}
    for pair, score in ratings(shop, prompts):
        row = _outcome(pair, score, least_score)
        judged.tally.count("", row.rule if isinstance(row, Refused) else None)
        if isinstance(row, Refused):
            judged.refused.append(row)
            note(row, judged.tally)
        if isinstance(score, Failure):
            _check(judged, score, shop.teacher)
        else:
            judged.scores[pair.id] = score
            counts.setdefault(pair.language, Counter())[score] += 1
    check_answers(NAME, judged.tally, shop.teacher)
    sys.stderr.write(told_of(NAME, judged.tally))
    judged.tally.spent = shop.teacher.account.spent - before
    judged.facts = _told(judged, counts)
    return judged


def rows(shop: Workshop, prompts: Prompts, *, least_score: int | None) -> Iterator[Pair | Refused]:
    """Each row, or why it goes: as a maker gives them."""
    for pair, score in ratings(shop, prompts):
        yield _outcome(pair, score, least_score)


def ratings(shop: Workshop, prompts: Prompts) -> Iterator[tuple[Pair, int | Failure]]:
    """A score for each row, or why there is none; turn by turn over tasks and languages, by the seed."""
    for some in batches(ranked_pairs(shop.pairs, seed=shop.seed, maker=NAME)[: shop.most], shop.at_once):
        replies = shop.teacher.ask([request(prompts, pair) for pair in some], about=NAME)
        for pair, reply in zip(some, replies, strict=True):
            yield pair, scored(reply, pair.instruction[:200])


def request(prompts: Prompts, pair: Pair) -> Request:
    """What is asked about a row: its turns in their order, the last answer to be scored."""
    language = "zh" if pair.language.startswith("zh") else "en"
    answer, asked = ANSWER_LABEL[language], prompts.prompt("score", language).labels[0]
    earlier = "".join(f"{user}\n{answer}: {assistant}\n{asked}: " for user, assistant in pair.history)
    about = f"\n{INPUT_LABEL[language]}: {pair.input}" if pair.input else ""
    told = f"{earlier}{pair.instruction}{about}\n{answer}: {pair.output}"
    return prompts.request("score", language, told, max_new_tokens=LONGEST_SCORE)


def _outcome(pair: Pair, score: int | Failure, least_score: int | None) -> Pair | Refused:
    if isinstance(score, Failure):
        return Refused(pair.id, score.rule, score.reason, pair, unreadable=True)
    if least_score is not None and score < least_score:
        reason = f"the teacher scores it {score}; select.least_score is {least_score} in params/instructions.yaml"
        return Refused(pair.id, "low_score", reason, pair)
    return pair


def _check(judged: Judged, last: Failure, teacher: Teacher) -> None:
    tried = judged.tally.tried
    without = tried - len(judged.scores)
    if tried >= ENOUGH and without > MOST_WITHOUT * tried:
        check_answers(NAME, judged.tally, teacher)
        raise EndpointError(
            f"The teacher gave no score for {without:,} of the first {tried:,} rows it was to judge, as in: {last.reason}. "
            "Every such row would go. Set teacher.backend in params/instructions.yaml to a model that replies with a number "
            "alone, or do without: select.least_score: null, and select.by: deita or random. Nothing was published."
        )


def _told(judged: Judged, counts: dict[str, Counter[int]]) -> dict[str, Any]:
    """How many rows have which score, in each language; and why some have none."""
    scores = list(judged.scores.values())
    return {
        "scores": {language: {str(score): counts[language][score] for score in SCALE} for language in sorted(counts)},
        "mean": round(fsum(scores) / len(scores), 4) if scores else None,
        "without_score": dict(sorted(Counter(row.rule for row in judged.refused if row.unreadable).items())),
    }
