"""One step of learning, the same for one rank or many.

    learner = Learner(model, padding=0, bf16=True, at_once=8)
    learner.step(answers, replay, replay_weight=0.3, rate=5e-4)   → Outcome(loss=1.83, replay_loss=3.1, norm=0.7)

The loss of a step is the mean over the labelled tokens of *all* its rows, on whatever rank and in whatever pass: a mean of
means would weigh short answers on one rank more than on another (transformers#34191 and its kin).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from tasks.causal_lm import label_loss
from tasks.learning import learning_rate, update
from tasks.model.batches import dealt, labels_in, tensors
from tasks.model.rows import Row
from tasks.model.weights import trained

__all__ = ["Learner", "Outcome", "learning_rate", "rank_of_ranks"]

REMEDY = "Lower learning_rate, or raise warmup_steps, in params/model.yaml. Nothing was published."

NUMBERS_A_MESSAGE = 2**24
"""Gradients are summed over ranks in pieces of so many numbers, 64 MiB."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step saw: losses per labelled token in nats, the gradient's norm before clipping."""

    loss: float
    replay_loss: float
    norm: float


class Learner:
    """A model with its optimizer (AdamW, no weight decay: Loshchilov & Hutter 2019)."""

    def __init__(self, model: Any, *, padding: int, bf16: bool, at_once: int) -> None:
        self.model = model
        self.weights = trained(model)
        self.optimizer = torch.optim.AdamW(self.weights.values(), weight_decay=0.0, fused=True)
        self.padding, self.bf16, self.at_once = padding, bf16, at_once
        self.device = next(iter(self.weights.values())).device

    def step(self, answers: Sequence[Row], replay: Sequence[Row], *, replay_weight: float, rate: float) -> Outcome:
        """One update. Raises TrainingError where a loss or a gradient is no number; the weights are then as before."""
        sums = torch.stack([self._learn(answers, 1.0), self._learn(replay, replay_weight)])
        _sum_over_ranks([sums])
        gradients = [weight.grad for weight in self.weights.values() if weight.grad is not None]
        _sum_over_ranks(gradients)
        losses = (sums / torch.tensor([labels_in(answers), max(1, labels_in(replay))], device=self.device)).tolist()
        norm = update(self.optimizer, self.weights.values(), losses=losses, rate=rate, remedy=REMEDY)
        return Outcome(losses[0], losses[1], norm)

    def _learn(self, rows: Sequence[Row], weight: float) -> Tensor:
        """Add this rank's share of the gradient of `weight` × mean loss; the summed loss of its rows."""
        total = torch.zeros((), device=self.device)
        labels = labels_in(rows)
        rank, ranks = rank_of_ranks()
        for batch in dealt(rows, rank=rank, ranks=ranks, at_once=self.at_once):
            with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
                loss, _ = label_loss(self.model, *(part.to(self.device) for part in tensors(batch, self.padding)))
            (loss * (weight / labels)).backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        return total


def rank_of_ranks() -> tuple[int, int]:
    """Which of how many this process is; (0, 1) where it has joined no others."""
    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def _sum_over_ranks(pieces: Sequence[Tensor]) -> None:
    """Each tensor becomes its sum over all ranks: flat, in order of the model, so that two runs add in the same order."""
    if rank_of_ranks()[1] == 1:
        return
    waiting: list[Tensor] = []
    for piece in pieces:
        waiting.append(piece)
        if sum(tensor.numel() for tensor in waiting) >= NUMBERS_A_MESSAGE or piece is pieces[-1]:
            flat = torch.cat([tensor.flatten() for tensor in waiting])
            dist.all_reduce(flat)
            for tensor, summed in zip(waiting, torch.split(flat, [tensor.numel() for tensor in waiting]), strict=True):
                tensor.copy_(summed.view_as(tensor))
            waiting = []
