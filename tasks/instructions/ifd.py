"""How much an instruction helps a model to foresee its answer: IFD, instruction-following difficulty.

    ifd(model, tokenizer, pair)   → 0.37: with the instruction the answer is foreseen far better than without it

ppl(answer | prompt) / ppl(answer) (Li et al. 2023, arXiv:2308.12032). Near 0 the instruction says it all; at 1 or more it
does not help, which is mostly a wrong pair: those are dropped, as Superfiltering does with a small model (Li et al. 2024,
arXiv:2402.00530). Between them higher means more to learn.
"""

import math
from typing import Any

import torch

from tasks.causal_lm import IGNORED, label_loss, prompt_ids
from tasks.chat import prompt
from tasks.records import Pair


def ifd(model: Any, tokenizer: Any, pair: Pair) -> float:
    """The ratio of perplexities, to six places, of the same tokens: the answer's, without an end of text."""
    answer = tokenizer(pair.output, add_special_tokens=False)["input_ids"]
    asked = prompt_ids(tokenizer, prompt(pair.instruction, pair.input, pair.history))
    nothing = prompt_ids(tokenizer, "") or [tokenizer.eos_token_id]  # as GPT-2 has it, which knows no opening token
    return round(math.exp(_loss(model, asked, answer) - _loss(model, nothing, answer)), 6)


@torch.inference_mode()
def _loss(model: Any, before: list[int], answer: list[int]) -> float:
    """Nats a token of the answer."""
    row = torch.tensor([[*before, *answer]], device=model.device)
    labels = row.clone()
    labels[:, : len(before)] = IGNORED
    total, tokens = label_loss(model, row, torch.ones_like(row), labels)
    return float(total) / tokens
