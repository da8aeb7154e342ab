"""Examples → a Writer: the same examples, steps and seed give the same bytes on one machine.

trained(examples(pairs), steps=600, seed=0)                          → Trained(writer=Writer(…), losses=[8.4, …, 0.6])
trained(examples(pairs), steps=200, seed=0, start=begun("path:…"))   the same, from what somebody has trained
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tqdm import tqdm

from tasks.causal_lm import IGNORED
from tasks.errors import InputError
from tasks.instructions.writer.examples import Example
from tasks.instructions.writer.network import Writer, fresh, one_thread
from tasks.learning import learning_rate, schedule, update

ROWS_A_STEP = 16
PEAK_RATE, PEAK_RATE_FURTHER = 2e-3, 3e-4
"""From random weights, and from trained ones: what transformers' documentation of T5 advises for AdamW, 1e-4 to 3e-4."""
WARMUP_SHARE = 0.05
"""Of all steps."""
REMEDY = "Lower makers.writer.steps in params/instructions.yaml, or leave the writer out with rows: 0."


@dataclass(frozen=True, slots=True)
class Trained:
    """The writer, and the mean loss of each step in nats a token."""

    writer: Writer
    losses: list[float]


def trained(some: Sequence[Example], *, steps: int, seed: int, start: Writer | None = None) -> Trained:
    """`start` trained further, or a writer from random weights.

    Raises InputError without examples or without a step from random weights, TrainingError where a loss is no number.
    """
    if not some:
        raise InputError("The writer has no Pairs to learn from. Put a maker or templates before it, or set its rows to 0.")
    if not steps and start is None:
        raise InputError(
            "A writer of random weights writes nothing: raise makers.writer.steps, or name a model in its start."
        )
    peak = PEAK_RATE if start is None else PEAK_RATE_FURTHER
    writer = start or fresh([text for one in some for text in one], seed)
    network = writer.network  # in eval mode, which learns without dropout: one source of chance less
    rows = [(writer.ids(read), writer.ids(wanted)) for read, wanted in some]
    weights = list(network.parameters())
    optimizer = torch.optim.AdamW(weights, weight_decay=0.0)
    plan = schedule([len(read) for read, _ in rows], steps, ROWS_A_STEP, seed)
    losses = []
    with one_thread():
        for step, batch in enumerate(tqdm(plan, desc="writer", unit="step", disable=None, file=sys.stderr)):
            padding = network.config.pad_token_id
            read = _padded([rows[row][0] for row in batch], padding)
            labels = _padded([rows[row][1] for row in batch], IGNORED)
            loss = network(input_ids=read, attention_mask=(read != padding).long(), labels=labels).loss
            loss.backward()
            rate = learning_rate(step, steps=steps, peak=peak, warmup=round(WARMUP_SHARE * steps))
            update(optimizer, weights, losses=[loss.item()], rate=rate, remedy=REMEDY)
            losses.append(loss.item())
    return Trained(writer, losses)


def _padded(rows: Sequence[Sequence[int]], filling: int) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[filling] * (longest - len(row))] for row in rows])
