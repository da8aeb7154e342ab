"""A writer on Pairs of sources it has not seen, beside two that learnt nothing: how near to the instruction, how many pass.

    learnt, held_out = parted(pairs, seed=0, share=0.2)        whole sources on one side
    judged(writers, held_out, screen=fresh_screen, seed=0)
    → [Figures(who="writer", language="en", rows=310, rouge_l=Interval(0.41, 0.36, 0.45), passed=301, …), …]

ROUGE-L is between what was written and the instruction of the Pair: a fit instruction in other words scores low, so it is
for comparing, not for grading. Its intervals draw whole sources (tasks/bootstrap.py), those of shares are Wilson's.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from tasks.bootstrap import Interval, interval, wilson
from tasks.errors import InputError
from tasks.instructions.pool import Pool
from tasks.instructions.screen import Screen
from tasks.instructions.writer.examples import example, fit
from tasks.records import Pair, content_id, pair_id
from tasks.rouge import rouge_l

RESAMPLES = 2000
ALL = "all"
"""Languages together."""
OURS = "writer"
"""Who the others are compared with."""

Write = Callable[[Sequence[Pair]], list[str]]
"""An instruction for each Pair, of which it may look at anything but the instruction."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How one of them did in one language, or in all."""

    who: str
    language: str
    """en, zh or all."""
    rows: int
    rouge_l: Interval
    """Mean over rows."""
    lead: Interval | None
    """By how much the writer's ROUGE-L is higher, on the same rows; None for the writer itself."""
    passed: int
    """Rows that the screen let through with the instruction written."""
    refused: Mapping[str, int]
    """The others, by rule."""

    def told(self) -> dict[str, Any]:
        """For figures.json."""
        low, high = wilson(self.passed, self.rows)
        lead = {"writer_ahead": _told(self.lead) | {"verdict": self.lead.verdict}} if self.lead else {}
        passed = {"mean": self.passed / self.rows, "low": low, "high": high, "refused": dict(sorted(self.refused.items()))}
        head = {"who": self.who, "language": self.language, "rows": self.rows}
        return {**head, "rouge_l": _told(self.rouge_l), **lead, "passed": passed}


def parted(pairs: Sequence[Pair], *, seed: int, share: float) -> tuple[list[Pair], list[Pair]]:
    """Pairs to learn from, and those of `share` of the sources, which are held out.

    Those that a writer cannot learn from, or wrote, are on neither side. Raises InputError where sources are
    fewer than two.
    """
    some = [pair for pair in fit(pairs) if not pair.maker.startswith(f"{OURS}@")]
    sources = sorted({pair.source for pair in some}, key=lambda source: content_id("writer held out", str(seed), source))
    if len(sources) < 2:
        raise InputError(
            f"{len(some)} rows of train, of {len(sources)} sources, are single turns in English or Chinese by others; "
            "a writer is judged on other sources than it learns from: two at least. Make more: `dvc repro instructions`."
        )
    away = set(sources[: min(ceil(share * len(sources)), len(sources) - 1)])
    return [pair for pair in some if pair.source not in away], [pair for pair in some if pair.source in away]


def commonest(learnt: Sequence[Pair]) -> Write:
    """Writes the most frequent wording of a Pair's task in its language; "" where the task is new."""
    wordings: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for pair in learnt:
        wordings[pair.task, _language(pair)][pair.instruction] += 1
    most = {task: min(found, key=lambda text: (-found[text], text)) for task, found in wordings.items()}
    return lambda pairs: [most.get((pair.task, _language(pair)), "") for pair in pairs]


def nearest(learnt: Sequence[Pair]) -> Write:
    """Writes the instruction of the Pair whose answer and text are nearest, by ROUGE-L; "" where none shares a word."""
    wording: dict[str, str] = {}
    for read, instruction in map(example, learnt):
        wording.setdefault(read, instruction)
    pool = Pool(wording)
    return lambda pairs: [wording.get(pool.nearest(example(pair)[0]).text, "") for pair in pairs]


def judged(
    writers: Mapping[str, Write], held_out: Sequence[Pair], *, screen: Callable[[], Screen], seed: int
) -> list[Figures]:
    """Figures of each, in the order given, by language and for all; `screen` opens one that has seen nothing yet.

    Among `writers` must be OURS.
    """
    said = {who: write(held_out) for who, write in writers.items()}
    near = {
        who: [rouge_l(text, pair.instruction) for text, pair in zip(texts, held_out, strict=True)]
        for who, texts in said.items()
    }
    rules = {who: _screened(texts, held_out, screen()) for who, texts in said.items()}
    sources = [pair.source for pair in held_out]
    every = {who: list(zip(sources, near[who], near[OURS], rules[who], strict=True)) for who in writers}
    return [
        _figures(who, language, [every[who][row] for row in rows], seed)
        for who in writers
        for language, rows in _by_language(held_out)
    ]


Row = tuple[str, float, float, str | None]
"""Its source, ROUGE-L of what was written for it and of what the writer wrote, and the rule that refuses it."""


def _figures(who: str, language: str, rows: Sequence[Row], seed: int) -> Figures:
    sources = [source for source, _, _, _ in rows]
    refused = Counter(rule for _, _, _, rule in rows if rule is not None)
    return Figures(
        who,
        language,
        len(rows),
        interval([near for _, near, _, _ in rows], sources, resamples=RESAMPLES, seed=seed),
        None
        if who == OURS
        else interval([ours - near for _, near, ours, _ in rows], sources, resamples=RESAMPLES, seed=seed),
        len(rows) - refused.total(),
        refused,
    )


def _by_language(pairs: Sequence[Pair]) -> Iterator[tuple[str, list[int]]]:
    """Which rows are in each language, and all of them."""
    for language in sorted({_language(pair) for pair in pairs}):
        yield language, [row for row, pair in enumerate(pairs) if _language(pair) == language]
    yield ALL, list(range(len(pairs)))


def _screened(texts: Sequence[str], pairs: Sequence[Pair], screen: Screen) -> list[str | None]:
    """The rule that refuses each Pair with the instruction written for it, as a row by a model; None lets it through."""
    rows = [
        replace(pair, id=pair_id(text, pair.input, pair.output), instruction=text, maker=OURS)
        for text, pair in zip(texts, pairs, strict=True)
    ]
    return [refusal[0] if (refusal := screen.refuses(row)) else None for row in rows]


def _language(pair: Pair) -> str:
    return pair.language.partition("-")[0]


def _told(one: Interval) -> dict[str, Any]:
    return {"mean": one.mean, "low": one.low, "high": one.high}
