"""A model and held-out rows → how surprised it is by the right answers, end of text included, in nats a token.

answer_losses(model, tokenizer, pairs, before={}, desc="base")   # → {"4e804bb1fef02da9": 1.07, …}
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import torch
from tqdm import tqdm

from tasks.causal_lm import IGNORED, label_loss, prompt_ids
from tasks.chat import prompt
from tasks.records import Pair


def answer_losses(
    model: Any, tokenizer: Any, pairs: Sequence[Pair], *, before: Mapping[str, str], desc: str
) -> dict[str, float]:
    """Loss per answer token of each row by id, given its instruction and what stands `before` it, by id, if anything does.

    A row a pass: padding would let the other rows of a batch show in the last bits. What stands before many is read once.
    """
    losses: dict[str, float] = {}
    opening, read = "", None
    for pair in tqdm(sorted(pairs, key=lambda pair: before.get(pair.id, "")), desc=desc, unit="row"):
        if before.get(pair.id, "") != opening:
            opening = before[pair.id]
            read = _read(model, prompt_ids(tokenizer, opening))
        asked = prompt(pair.instruction, pair.input, pair.history)
        known, whole = (
            tokenizer(text, add_special_tokens=False)["input_ids"] if opening else prompt_ids(tokenizer, text)
            for text in (asked, asked + pair.output)
        )
        losses[pair.id] = _loss(model, [*whole, tokenizer.eos_token_id], len(known), read)
    return losses


@torch.inference_mode()
def _read(model: Any, ids: list[int]) -> Any:
    """What a model remembers of a text, to go on from."""
    row = torch.tensor([ids], device=model.device)
    return model.base_model(input_ids=row, use_cache=True).past_key_values


@torch.inference_mode()
def _loss(model: Any, ids: list[int], before: int, read: Any) -> float:
    row = torch.tensor([ids], device=model.device)
    labels = row.clone()
    labels[:, :before] = IGNORED
    # A copy: the model adds the row to what it remembers, and could not take it off again where a window slides.
    total, tokens = label_loss(model, row, torch.ones_like(row), labels, read=deepcopy(read))
    return float(total) / tokens
