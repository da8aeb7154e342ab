"""More rows than wanted → as many as the budget says, the mix of tasks and languages kept.

    chosen = select(pairs, budget=1000, seed=0)                    by lot
    chosen = select(pairs, budget=1000, seed=0, scores={…})        by score and difference; scores by id
    chosen.kept, chosen.left   → the Pairs, and those left out with rule and reason

By score and difference is DEITA (Liu et al. 2023, arXiv:2312.15685): from the highest score down, a row is taken if it is
unlike all that were taken; where DEITA asks a model for complexity and quality, the score is IFD (ifd.py) or a judge's
(judge.py). Each task and language keeps its share, by largest remainder (Hamilton's method).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum, inf
from typing import Any

from tasks.instructions.screen.refusal import Refusal, prompt_of
from tasks.instructions.similarity import Vectors, unlike
from tasks.records import Pair, content_id

NO_HELP = 1.0
"""IFD from which on the instruction does not help."""
MOST_ALIKE = 0.9
"""Highest cosine to a row that was taken (DEITA)."""

Group = tuple[str, str]
"""Task and language."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, and what was not."""

    kept: list[Pair]
    left: list[tuple[Pair, Refusal]]
    facts: dict[str, Any]
    """For the manifest."""


def select(
    pairs: Sequence[Pair], *, budget: int, seed: int, scores: Mapping[str, float] | None = None, no_help: float = inf
) -> Selection:
    """`budget` of the Pairs, or all that may stay where there are not more; the same in whatever order they come.

    `scores` are by id; among equal ones the lot decides. Rows of `no_help` or more go first of all: NO_HELP, of IFD.
    """
    ordered = sorted(pairs, key=lambda pair: _place(pair, seed, scores))
    useless = [(pair, scores[pair.id]) for pair in ordered if scores is not None and scores[pair.id] >= no_help]
    rest = ordered[len(useless) :]
    room = Counter(quotas(Counter(map(_group, rest)), budget))
    alike: dict[int, int] = {}
    if scores is None:
        taken = [place for place, pair in enumerate(rest) if _takes(room, pair)]
    else:
        vectors = Vectors(["\n".join([*prompt_of(pair), pair.output]) for pair in rest])
        taken, alike = unlike(vectors, range(len(rest)), most=MOST_ALIKE, wanted=lambda place: _takes(room, rest[place]))
    filled = [place for place in sorted(alike) if _takes(room, rest[place])]
    kept = {*taken, *filled}
    left = [(pair, ("no_help", _no_help(score))) for pair, score in useless]
    left += [
        (pair, ("not_selected", _not_selected(pair, budget, scores, rest[alike[place]] if place in alike else None)))
        for place, pair in enumerate(rest)
        if place not in kept
    ]
    chosen = [pair for place, pair in enumerate(rest) if place in kept]
    return Selection(chosen, left, _told(chosen, left, len(filled), scores))


def quotas(sizes: Mapping[Group, int], budget: int) -> dict[Group, int]:
    """Each group's share of the budget; what whole numbers leave over goes to the largest remainders, then by name."""
    total = sum(sizes.values())
    if budget >= total:
        return dict(sizes)
    shares = {group: divmod(budget * size, total) for group, size in sizes.items()}
    over = budget - sum(whole for whole, _ in shares.values())
    first = sorted(shares, key=lambda group: (-shares[group][1], group))[:over]
    return {group: whole + (group in first) for group, (whole, _) in shares.items()}


def _place(pair: Pair, seed: int, scores: Mapping[str, float] | None) -> tuple[float, str]:
    """Highest score first, then by lot; a lot depends on nothing but the row."""
    return (0.0 if scores is None else -scores[pair.id], content_id("select", str(seed), pair.id))


def _group(pair: Pair) -> Group:
    return pair.task, pair.language


def _takes(room: Counter[Group], pair: Pair) -> bool:
    """Whether its group has room for a row, which is then taken."""
    if not room[_group(pair)]:
        return False
    room[_group(pair)] -= 1
    return True


def _no_help(score: float) -> str:
    return f"IFD {score:.3f}, at least {NO_HELP:g}: the instruction makes the answer no likelier"


def _not_selected(pair: Pair, budget: int, scores: Mapping[str, float] | None, twin: Pair | None) -> str:
    scored = "" if scores is None else f"score {_in_words(scores[pair.id])}, "
    why = f"more than {MOST_ALIKE} like {twin.id}" if twin else f"{pair.task} in {pair.language!r} has its share"
    return f"{scored}{why}; select.budget is {budget} in params/instructions.yaml"


def _in_words(score: float) -> str:
    """IFD to three places, a judge's score as it is."""
    return str(score) if isinstance(score, int) else f"{score:.3f}"


def _told(
    kept: Sequence[Pair], left: Sequence[tuple[Pair, Refusal]], filled: int, scores: Mapping[str, float] | None
) -> dict[str, Any]:
    told: dict[str, Any] = {"kept": len(kept), **dict(sorted(Counter(rule for _, (rule, _) in left).items()))}
    if scores is not None:
        means = {"kept": [pair.id for pair in kept], "left": [pair.id for pair, _ in left]}
        told["mean_score"] = {
            name: round(fsum(scores[id] for id in ids) / len(ids), 4) if ids else None for name, ids in means.items()
        }
        told["too_alike_but_needed"] = filled
    return told
