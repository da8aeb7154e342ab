"""A causal language model from a folder of safetensors, and what it thinks of a text.

    model, tokenizer = load_model(Path("data/foundation")), load_tokenizer(Path("data/foundation"))
    loss, tokens = label_loss(model, input_ids, attention_mask, labels)   # summed over the tokens that carry a label
    perplexity(model, tokenizer, "Grant of Copyright License. Subject to …", window=512)   # → 11.9

Used wherever a model is read: training, scoring, the teacher, the chat. Only safetensors are read, never pickles, code
from the folder, or a hub.
"""

import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as transformers_logging

from tasks.errors import InputError

IGNORED = -100
"""The label of a position that has none."""

HEAD_ROWS = 256
"""Positions scored at once: under a vocabulary of 262,144 a row of logits is 1 MiB in fp32, its gradient as much again."""


def load_model(folder: Path, adapter: Path | None = None, dtype: torch.dtype = torch.float32) -> Any:
    """A model in eval mode on the CPU, its adapter (peft, LoRA) merged in fp32 before the cast to `dtype`.

    Raises InputError where weights are missing or are not safetensors.
    """
    _refuse_without_safetensors(folder, "*.safetensors")
    first = dtype if adapter is None else torch.float32
    transformers_logging.disable_progress_bar()  # a second of "Loading weights" among bars that mean something
    model = AutoModelForCausalLM.from_pretrained(
        folder, dtype=first, local_files_only=True, trust_remote_code=False, use_safetensors=True
    )
    if adapter is not None:
        _refuse_without_safetensors(adapter, "adapter_model.safetensors")
        model = _merged(model, adapter)
    return model.to(dtype).eval()


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a model folder. Raises InputError where none can be read, or it knows no end-of-text token."""
    if not any(folder.glob("tokenizer*")) and not any(folder.glob("vocab*")):
        raise InputError(f"{folder} holds no tokenizer (tokenizer.json or vocab.*). Make it again: `dvc repro foundation`.")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # tokenizers raises no narrower one
        raise InputError(
            f"The tokenizer of {folder} cannot be read ({type(error).__name__}: {error}). Save it or fetch it again."
        ) from error
    if tokenizer.eos_token_id is None:
        raise InputError(
            f"The tokenizer of {folder} names no eos_token, so no answer could end. "
            "Set eos_token in its tokenizer_config.json, or name another foundation in params/foundation.yaml."
        )
    return tokenizer


def hidden_states(model: Any, input_ids: Tensor, attention_mask: Tensor, read: Any = None) -> Tensor:
    """What the head reads, [rows, positions, width]: the body's last layer, adapters (peft) included.

    `read` is a cache of transformers with what stands before all of the rows, if anything does; the rows are added to it.
    """
    causal = _causal(model)
    if read is not None:
        before = attention_mask.new_ones(len(attention_mask), read.get_seq_length())
        attention_mask = torch.cat([before, attention_mask], dim=1)
    states: Tensor = causal.base_model(
        input_ids=input_ids, attention_mask=attention_mask, past_key_values=read, use_cache=read is not None
    ).last_hidden_state
    return states


def head(model: Any, states: Tensor) -> Tensor:
    """Logits [n, vocabulary] in fp32 of hidden states [n, width]."""
    causal = _causal(model)
    return softcapped(causal.config, causal.get_output_embeddings()(states))


def softcapped(config: Any, logits: Tensor) -> Tensor:
    """Logits in fp32, held below a cap where the model has one (Gemma 2); which is largest does not change."""
    logits = logits.float()
    cap = getattr(config, "final_logit_softcapping", None)
    return cap * torch.tanh(logits / cap) if cap else logits


def label_loss(
    model: Any, input_ids: Tensor, attention_mask: Tensor, labels: Tensor, *, read: Any = None
) -> tuple[Tensor, int]:
    """Summed negative log-likelihood of the labels, and how many there are.

    All three are [rows, positions]; labels are not shifted: the label of a position is its own token, or IGNORED. The head
    runs over labelled positions alone, which for short answers under a large vocabulary halves a training step. `read` as in
    `hidden_states`.
    """
    states = hidden_states(model, input_ids, attention_mask, read)
    targets = labels[:, 1:]
    chosen = targets != IGNORED
    rows, wanted = states[:, :-1][chosen], targets[chosen]
    total = states.new_zeros((), dtype=torch.float32)
    for some, words in zip(torch.split(rows, HEAD_ROWS), torch.split(wanted, HEAD_ROWS), strict=True):
        total = total + F.cross_entropy(head(model, some), words, reduction="sum")
    return total, len(wanted)


@torch.inference_mode()
def perplexity(model: Any, tokenizer: Any, text: str, window: int) -> float:
    """Perplexity of a text, cut into windows of `window` tokens that each start a new text (Jelinek et al. 1977).

    Every token but the tokenizer's own opening one is scored once. Raises InputError on a text of fewer than two tokens.
    """
    loss, tokens = 0.0, 0
    for ids in windows(tokenizer, text, window):
        row = torch.tensor([ids], device=_causal(model).device)
        some, count = label_loss(model, row, torch.ones_like(row), row)
        loss, tokens = loss + float(some), tokens + count
    if not tokens:
        raise InputError(f"Perplexity needs a text of at least two tokens, got {text[:40]!r}.")
    return math.exp(loss / tokens)


def windows(tokenizer: Any, text: str, window: int) -> Iterator[list[int]]:
    """Token ids of consecutive stretches of a text, `window` a stretch, each opened as the tokenizer opens a text."""
    opening, ids = _opened(tokenizer, text)
    room = window - len(opening)
    for start in range(0, len(ids), room):
        yield [*opening, *ids[start : start + room]]


def prompt_ids(tokenizer: Any, text: str) -> list[int]:
    """Token ids of a text to be continued: opened as the tokenizer opens a text (<bos> for Gemma), never closed."""
    opening, ids = _opened(tokenizer, text)
    return [*opening, *ids]


def _opened(tokenizer: Any, text: str) -> tuple[list[int], list[int]]:
    """Special tokens the tokenizer puts before a text, and the text's own tokens."""
    marked, plain = tokenizer("a")["input_ids"], tokenizer("a", add_special_tokens=False)["input_ids"]
    return marked[: marked.index(plain[0])], tokenizer(text, add_special_tokens=False)["input_ids"]


def _merged(model: Any, adapter: Path) -> Any:
    from peft import PeftModel  # 4 s: paid only where there is an adapter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft 0.21 asks transformers 5.23 for a property by its old name
        return PeftModel.from_pretrained(model, adapter).merge_and_unload()


def _causal(model: Any) -> Any:
    """The model with the head, from under a peft wrapper if there is one."""
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def _refuse_without_safetensors(folder: Path, pattern: str) -> None:
    if not any(folder.glob(pattern)):
        raise InputError(
            f"{folder} holds no {pattern}: only safetensors are read. Make it again: `dvc repro {folder.name}`."
        )
