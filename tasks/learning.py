"""What training of any model shares: which rows make which step, the learning rate of a step, and the update.

schedule([5, 9, 5, 9], steps=2, size=2, seed=0)                   → [[1, 3], [0, 2]]
learning_rate(0, steps=100, peak=1e-3, warmup=10)                 → 1e-4
update(optimizer, weights, losses=[1.83], rate=1e-4, remedy="…")   → 0.7, the gradient's norm before clipping
"""

import math
from collections.abc import Collection, Sequence
from random import Random

import torch

from tasks.errors import TrainingError

LONGEST_GRADIENT = 1.0
"""Gradients are clipped to this norm (Pascanu et al. 2013)."""

LAST_RATE = 0.05
"""The learning rate ends at this share of its peak."""

STEPS_SORTED_TOGETHER = 16
"""Rows are sorted by length within so many steps' worth: enough to cut padding to a tenth, few enough to mix."""


def schedule(lengths: Sequence[int], steps: int, size: int, seed: int) -> list[list[int]]:
    """`steps` lists of `size` row numbers. Rows of like length go together; every row comes once before any comes twice."""
    order: list[int] = []
    for epoch in range(-(-steps * size // len(lengths))):
        shuffled = list(range(len(lengths)))
        Random(f"{seed}/{epoch}").shuffle(shuffled)
        order += shuffled
    plan: list[list[int]] = []
    stretch = size * STEPS_SORTED_TOGETHER
    for start in range(0, steps * size, stretch):
        near = sorted(order[start : min(start + stretch, steps * size)], key=lambda row: (lengths[row], row))
        batches = [near[first : first + size] for first in range(0, len(near), size)]
        Random(f"{seed}/at {start}").shuffle(batches)
        plan += batches
    return plan


def learning_rate(step: int, *, steps: int, peak: float, warmup: int) -> float:
    """Rate at a step counted from 0: up to the peak over `warmup` steps, then down in a line to 5 % of it."""
    if step < warmup:
        return peak * (step + 1) / warmup
    done = (step - warmup) / max(1, steps - 1 - warmup)
    return peak * (1 - (1 - LAST_RATE) * done)


def update(
    optimizer: torch.optim.Optimizer,
    weights: Collection[torch.nn.Parameter],
    *,
    losses: Sequence[float],
    rate: float,
    remedy: str,
) -> float:
    """Change the weights by their gradients, and forget these; the norm the gradients had before they were clipped.

    Raises TrainingError, which ends with `remedy`, where a loss or the norm is no number; the weights are then as before.
    """
    norm = float(torch.nn.utils.clip_grad_norm_(weights, LONGEST_GRADIENT))
    if not all(map(math.isfinite, (*losses, norm))):
        told = f"the loss is {losses[0]}" + "".join(f" (plain text {loss})" for loss in losses[1:])
        raise TrainingError(f"{told}, the gradient's norm {norm}. {remedy}")
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return norm
