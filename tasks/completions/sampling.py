"""Logits of one row → the token that is drawn, by a number between 0 and 1 that somebody else drew.

    draw(torch.tensor([2.0, 1.0, -9.0]), temperature=1.0, top_p=0.9, chance=0.99)   # → 1, chance=0.2 → 0

The inverse of the distribution function, over one row alone and in the order of the vocabulary: neither companions in a
batch nor the order of equally likely tokens can change what is drawn.
"""

import torch
from torch import Tensor


def draw(logits: Tensor, *, temperature: float, top_p: float, chance: float) -> int:
    """A token by its probability, `chance` in [0, 1). Logits [vocabulary] in fp32, already capped where the model caps."""
    weights = torch.softmax((logits - logits.max()) / temperature, dim=0)
    if top_p < 1:
        weights = torch.where(weights >= _least(weights, top_p), weights, 0)
    sums = weights.cumsum(0, dtype=torch.float64)
    return int(torch.searchsorted(sums, chance * sums[-1], right=True))


def _least(weights: Tensor, top_p: float) -> Tensor:
    """The probability of the last token of the nucleus (Holtzman et al. 2020, section 3.1); its equals are in it as well.

    All tokens below (1 - top_p) / vocabulary weigh less than 1 - top_p together, so the nucleus ends above them.
    """
    likely = weights[weights >= (1 - top_p) / len(weights)].sort(descending=True).values
    end = int(torch.searchsorted(likely.cumsum(0, dtype=torch.float64), top_p))
    return likely[min(end, len(likely) - 1)]
