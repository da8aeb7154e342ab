"""Pairs as token ids: a prompt, its answer, the end-of-text token; only the answer and the end carry a label.

    Pair(instruction="Say it in upper case.", input="hello", output="HELLO", …)
    → Row(ids=[<bos>, "###", " Task", …, "\\n", "HELLO", <eos>], prompt=17)

The prompt's ids are the very ids the model will be given when it answers. A row is used whole or dropped with a reason.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
from safetensors.torch import load, save

from tasks.causal_lm import prompt_ids, windows
from tasks.chat import prompt
from tasks.errors import InputError
from tasks.ledger import Books
from tasks.records import Document, Pair

SHORTEST_REPLAY = 16
"""Tokens; the last stretch of a text may be a word or two, which teaches nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """Token ids; those from position `prompt` on carry a label."""

    ids: list[int]
    prompt: int


def answer_rows(pairs: Iterable[Pair], tokenizer: Any, max_tokens: int, books: Books) -> list[Row]:
    """A row for each pair that fits; the others go to the books."""
    rows = []
    for pair in pairs:
        books.took()
        row = _answer_row(pair, tokenizer)
        if refusal := _refusal(row, pair, tokenizer, max_tokens):
            books.drop(pair.id, *refusal, pair)
        else:
            rows.append(row)
            books.gave()
    if not rows:
        raise InputError(
            f"None of {books.rows_in} training pairs can be used: {books.balance()['dropped']}. "
            "Look at the reasons, and raise max_tokens in params/model.yaml or change params/instructions.yaml."
        )
    return rows


def replay_rows(documents: Iterable[Document], tokenizer: Any, tokens: int) -> list[Row]:
    """Plain text in stretches of `tokens`; all but the opening token carry a label."""
    pieces = (ids for document in documents for ids in windows(tokenizer, document.text, tokens))
    return [Row(ids, prompt=1) for ids in pieces if len(ids) >= SHORTEST_REPLAY]


def packed(rows: list[Row]) -> bytes:
    """Rows as three flat tensors in a safetensors file."""
    starts = torch.tensor([0, *(len(row.ids) for row in rows)]).cumsum(0)
    ids = torch.tensor([token for row in rows for token in row.ids], dtype=torch.int32)
    prompts = torch.tensor([row.prompt for row in rows], dtype=torch.int32)
    return save({"ids": ids, "starts": starts, "prompts": prompts})


def unpacked(data: bytes) -> list[Row]:
    """The rows of `packed`."""
    flat = load(data)
    ids, starts, prompts = flat["ids"].tolist(), flat["starts"].tolist(), flat["prompts"].tolist()
    return [Row(ids[start:end], first) for start, end, first in zip(starts, starts[1:], prompts, strict=False)]


def _answer_row(pair: Pair, tokenizer: Any) -> Row:
    text = prompt(pair.instruction, pair.input, pair.history)
    whole = prompt_ids(tokenizer, text + pair.output)
    return Row([*whole, tokenizer.eos_token_id], len(prompt_ids(tokenizer, text)))


def _refusal(row: Row, pair: Pair, tokenizer: Any, max_tokens: int) -> tuple[str, str] | None:
    """Rule and reason why a row cannot be used, or None."""
    if not pair.output.strip():
        return "empty_answer", "the answer is empty: there is nothing to learn but silence"
    if len(row.ids) > max_tokens:
        return "too_long", f"{len(row.ids)} tokens, more than max_tokens {max_tokens}"
    served = prompt_ids(tokenizer, prompt(pair.instruction, pair.input, pair.history))
    if row.ids[: row.prompt] != served:
        return "prompt_not_prefix", "the tokens of the prompt change when the answer follows: served otherwise than trained"
    if special := set(tokenizer.all_special_ids) & set(row.ids[1:-1]):
        names = tokenizer.convert_ids_to_tokens(sorted(special))
        return "special_token", f"the text holds {', '.join(names)}, which the model reads as a command"
    return None
