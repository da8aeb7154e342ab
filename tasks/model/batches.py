"""Which rows make which step: fixed by lengths and seed alone, so that a step can be made again after a kill.

    schedule([5, 9, 5, 9], steps=2, size=2, seed=0) → [[1, 3], [0, 2]]

Rows of like length go together (less padding); every row comes once before any comes twice. A step's rows are then
dealt to the ranks, and cut into passes.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from tasks.causal_lm import IGNORED
from tasks.learning import schedule
from tasks.model.rows import Row
from tasks.model.settings import ModelParams

__all__ = ["dealt", "labels_in", "replay_rows_per_step", "schedule", "steps_of", "tensors"]


def replay_rows_per_step(params: ModelParams) -> int:
    """Rows of a step that are plain text."""
    return round(params.rows_per_step * params.replay_share)


def steps_of(params: ModelParams, answers: list[Row], replay: list[Row]) -> list[tuple[list[Row], list[Row]]]:
    """For each step its answers and its stretches of plain text."""
    plain = replay_rows_per_step(params)
    first = _picked(answers, params.steps, params.rows_per_step - plain, params.seed)
    second = _picked(replay, params.steps, plain, params.seed)
    return list(zip(first, second, strict=True))


def dealt(rows: Sequence[Row], *, rank: int, ranks: int, at_once: int) -> list[list[Row]]:
    """A rank's passes over a step's rows: like lengths are dealt round, so that no rank waits for another."""
    own = sorted(rows, key=lambda row: len(row.ids))[rank::ranks]
    return [list(own[start : start + at_once]) for start in range(0, len(own), at_once)]


def labels_in(rows: Sequence[Row]) -> int:
    """Tokens that carry a label."""
    return sum(len(row.ids) - row.prompt for row in rows)


def tensors(rows: Sequence[Row], padding: int) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, attention mask and labels of a pass, [rows, longest], padded on the right."""
    longest = max(len(row.ids) for row in rows)
    ids = torch.tensor([row.ids + [padding] * (longest - len(row.ids)) for row in rows])
    mask = torch.tensor([[1] * len(row.ids) + [0] * (longest - len(row.ids)) for row in rows])
    places = torch.arange(longest)
    prompts = torch.tensor([[row.prompt] for row in rows])
    return ids, mask, ids.masked_fill((mask == 0) | (places < prompts), IGNORED)


def _picked(rows: list[Row], steps: int, size: int, seed: int) -> list[list[Row]]:
    if size == 0:
        return [[] for _ in range(steps)]
    return [[rows[number] for number in batch] for batch in schedule([len(row.ids) for row in rows], steps, size, seed)]
