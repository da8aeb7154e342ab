"""A model and held-out rows → how surprised it is by the right answers, end of text included, in nats a token.

answer_losses(model, tokenizer, pairs, desc="base")   # → {"4e804bb1fef02da9": 1.07, …}
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from tqdm import tqdm

from tasks.causal_lm import IGNORED, label_loss, prompt_ids
from tasks.chat import prompt
from tasks.records import Pair


def answer_losses(model: Any, tokenizer: Any, pairs: Sequence[Pair], *, desc: str) -> dict[str, float]:
    """Loss per answer token of each row by id, given its instruction alone, as in training.

    A row a pass: padding would let the other rows of a batch show in the last bits.
    """
    bar = tqdm(_encoded(tokenizer, pairs), total=len(pairs), desc=desc, unit="row")
    return {row_id: _loss(model, ids, before) for row_id, ids, before in bar}


def _encoded(tokenizer: Any, pairs: Sequence[Pair]) -> Iterator[tuple[str, list[int], int]]:
    """Id, token ids, and how many of these belong to the prompt."""
    for pair in pairs:
        asked = prompt(pair.instruction, pair.input, pair.history)
        ids = [*prompt_ids(tokenizer, asked + pair.output), tokenizer.eos_token_id]
        yield pair.id, ids, len(prompt_ids(tokenizer, asked))


@torch.inference_mode()
def _loss(model: Any, ids: list[int], before: int) -> float:
    row = torch.tensor([ids], device=next(model.parameters()).device)
    labels = row.clone()
    labels[:, :before] = IGNORED
    total, tokens = label_loss(model, row, torch.ones_like(row), labels)
    return float(total) / tokens
