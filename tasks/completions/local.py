"""A causal language model in this process that answers many requests at a time, each as if it were alone.

Requests take slots; a slot whose answer ends takes the next request (continuous batching; Yu et al. 2022, Orca). Rounding
must not let an answer depend on its companions, so every pass has a shape that the request alone decides:

    a request of 61 + 48 tokens → slots of 256 places, 48 side by side → its 60 first tokens read alone, padded to 64,
    then token for token with whatever stands in the other 47 slots, idle ones included

A row of such a pass depends on that row alone; tests/completions holds this for shuffled, cut and repeated requests.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from random import Random
from typing import Any

import torch
from torch import Tensor

from tasks.causal_lm import softcapped
from tasks.completions.exchange import TOO_LONG, Failure, Reply, Request, first_stop, thought_and_answer
from tasks.completions.lazy import SLOTS, local_identity
from tasks.completions.sampling import draw
from tasks.completions.shared_prefix import attending, can_share
from tasks.completions.slots import Slots
from tasks.completions.tokens import Ids, tokens
from tasks.errors import InputError

SHORTEST = 256
PLACES = 48 * 512
"""Places of all slots together: 48 slots of 256 or of 512 places, fewer of longer ones. 0.45 GB for Gemma 3 270M in bf16."""
_LONGEST_TAG = 16
"""Tokens that hold <think> and the space behind it."""
READ_AT_ONCE = 16
"""Prompts are padded to a multiple of this many tokens."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A request in token ids; `opening` are those of the shared prefix."""

    index: int
    request: Request
    opening: Ids
    ids: Ids
    thinks: bool
    """Whether the chat template ends in <think>, so that the answer begins with a thought."""
    length: int
    """Places a slot needs for it, less its opening where that is held apart: a power of two."""

    @property
    def read(self) -> int:
        """Tokens before the answer."""
        return len(self.opening) + len(self.ids)


@dataclass(slots=True)
class _Answer:
    """A slot at work."""

    job: _Job
    chance: Random
    """A number for each token that is drawn: it depends on the request and the token's place in the answer alone."""
    new: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model of tasks.causal_lm with its tokenizer. `digest` stands for the weights: model_files.digest of each folder."""

    model: Any
    tokenizer: Any
    digest: str
    slots: int = SLOTS
    """Requests answered side by side, at most."""
    chat: bool = False
    """Whether it is given messages, by its tokenizer's chat template, or a text to continue."""

    @property
    def identity(self) -> str:
        """Weights, precision, engine, and how it is asked."""
        return local_identity(self.digest, str(self.model.dtype), slots=self.slots, chat=self.chat)

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        """Answers as they end; first of all a Failure for each request that is longer than the model's context.

        Raises InputError for a request that nobody could answer: nothing to read, no token to write, no such probability.
        """
        shares = any(request.prefix or len(request.messages) > 1 for request in requests) and can_share(self.model)
        read = [self._job(index, request, shares=shares) for index, request in enumerate(requests)]
        if failures := [job for job in read if isinstance(job, tuple)]:
            yield list(failures)
        jobs = sorted((job for job in read if isinstance(job, _Job)), key=lambda job: (job.length, job.opening, job.index))
        for (length, opened), some in groupby(jobs, key=lambda job: (job.length, bool(job.opening))):
            count = max(1, min(self.slots, PLACES // length))
            slots = Slots(self.model.config.num_hidden_layers, count, length)
            yield from _Batch(self, slots, shares=shares and opened).answer(list(some))

    def _job(self, index: int, request: Request, *, shares: bool) -> _Job | tuple[int, Failure]:
        opening, ids = tokens(self.tokenizer, request, chat=self.chat)
        _refuse_unanswerable(request, ids)
        needed = len(opening) + len(ids) + request.max_new_tokens
        context = self.model.config.max_position_embeddings
        if needed > context:
            return index, Failure(
                TOO_LONG,
                f"a prompt of {len(opening) + len(ids)} tokens and {request.max_new_tokens} new ones do not fit into the "
                f"model's context of {context} together; it begins {(request.prefix or request.prompt)[:60]!r}.",
            )
        held = needed - len(opening) if shares else needed
        thinks = self.chat and self.tokenizer.decode(ids[-_LONGEST_TAG:]).rstrip().endswith("<think>")
        return _Job(index, request, opening, ids, thinks, length=_power_of_two(held + READ_AT_ONCE))


class _Batch:
    """Slots of one length, and the requests that pass through them."""

    def __init__(self, local: LocalModel, slots: Slots, *, shares: bool) -> None:
        self.model, self.tokenizer, self.slots, self.chat = local.model, local.tokenizer, slots, local.chat
        self.shares = shares  # slots go on from a prefix that is held once, or from a copy of it
        self.ends = _end_ids(local)
        self.at_work: dict[int, _Answer] = {}
        self.places = torch.zeros(slots.count, dtype=torch.long)
        self.tokens = torch.zeros(slots.count, dtype=torch.long)
        self.prefix: tuple[tuple[int, ...], Slots] | None = None

    @torch.inference_mode()
    def answer(self, jobs: list[_Job]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        waiting = iter(jobs)
        while True:
            for slot in range(self.slots.count):
                if slot not in self.at_work and (job := next(waiting, None)):
                    self._admit(slot, job)
            if not self.at_work:
                return
            if ended := self._step():
                yield ended

    def _admit(self, slot: int, job: _Job) -> None:
        """Read all but the last token of a request into a slot; the last one is the first that the steps put in."""
        start = 0
        if self.shares:
            self.slots.prefixes[slot] = self._read_prefix(job.opening)
        elif job.opening:
            start = len(job.opening)
            self.slots.copy(self._read_prefix(job.opening), slot, start)
        self._read(slot, start, ids=job.ids[:-1])
        self.places[slot] = start + len(job.ids) - 1
        self.tokens[slot] = job.ids[-1]
        self.at_work[slot] = _Answer(job, Random(job.request.key("")))

    def _read_prefix(self, opening: tuple[int, ...]) -> Slots:
        """The shared prefix, read once for all requests that follow one another with it."""
        if self.prefix is None or self.prefix[0] != opening:
            alone = Slots(len(self.slots.keys), 1, len(opening))
            alone.at(slice(0, 1), torch.tensor([0]), len(opening))
            self._pass(alone, torch.tensor([opening]))
            self.prefix = opening, alone
        return self.prefix[1]

    def _read(self, slot: int, start: int, ids: Sequence[int]) -> None:
        if ids:
            padding = [0] * (-len(ids) % READ_AT_ONCE)
            self.slots.at(slice(slot, slot + 1), torch.tensor([start]), len(ids) + len(padding))
            self._pass(self.slots, torch.tensor([[*ids, *padding]]))

    def _pass(self, slots: Slots, ids: Tensor) -> Tensor:
        if not self.shares:
            return self._states(slots, ids)
        slots.share(self.model.config)
        with attending(self.model):
            return self._states(slots, ids, shared=slots)

    def _states(self, slots: Slots, ids: Tensor, **more: Any) -> Tensor:
        last = self.model.config.max_position_embeddings - 1  # padding may reach beyond it, and learnt positions do not
        states: Tensor = self.model.base_model(
            input_ids=ids,
            attention_mask=slots.masks(self.model.config),
            position_ids=slots.positions.clamp(max=last),
            past_key_values=slots,
            use_cache=True,
            **more,
        ).last_hidden_state
        return states

    def _step(self) -> list[tuple[int, Reply | Failure]]:
        """One token for every slot; gives what has ended, and frees its slot."""
        self.slots.at(slice(0, self.slots.count), self.places, 1)
        states = self._pass(self.slots, self.tokens[:, None])
        # No softcap, no fp32: neither changes which is largest. max finds it in a fifth of argmax's time.
        logits = self.model.get_output_embeddings()(states[:, 0])
        self.tokens = logits.max(dim=-1).indices
        for slot, answer in self.at_work.items():
            if answer.job.request.temperature:
                self.tokens[slot] = self._draw(logits[slot], answer)
        self.places = (self.places + 1).clamp(max=self.slots.length - 1)  # idle slots stand still at the end
        ended: list[tuple[int, Reply | Failure]] = []
        for slot, answer in list(self.at_work.items()):
            answer.new.append(int(self.tokens[slot]))
            if reply := self._reply(answer):
                ended.append((answer.job.index, reply))
                del self.at_work[slot]
                self.slots.prefixes[slot] = None  # an idle slot need not meet it
        return ended

    def _draw(self, logits: Tensor, answer: _Answer) -> int:
        request, capped = answer.job.request, softcapped(self.model.config, logits)
        return draw(capped, temperature=request.temperature, top_p=request.top_p, chance=answer.chance.random())

    def _reply(self, answer: _Answer) -> Reply | None:
        """The reply, once it has ended."""
        closed = answer.new[-1] in self.ends
        written = answer.new[:-1] if closed else answer.new
        raw = self.tokenizer.decode(written, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        raw = f"<think>{raw}" if answer.job.thinks else raw  # what it goes on with is no answer until </think>
        said = thought_and_answer(raw)[1] if self.chat else raw
        if closed or first_stop(said, answer.job.request.stop) is not None:
            return Reply(raw, "stop", len(answer.new), answer.job.read)
        if len(answer.new) == answer.job.request.max_new_tokens:
            return Reply(raw, "length", len(answer.new), answer.job.read)
        return None


def _refuse_unanswerable(request: Request, ids: Ids) -> None:
    begins = f"It begins {(request.prefix or request.prompt)[:60]!r}."
    if not ids or request.max_new_tokens < 1:
        raise InputError(
            f"A request of {len(ids)} own tokens to be answered in {request.max_new_tokens} new ones: both must be 1 at "
            f"least (prompt and max_new_tokens). {begins}"
        )
    if not (0 <= request.temperature < math.inf and 0 < request.top_p <= 1):
        raise InputError(
            f"A request with temperature {request.temperature} and top_p {request.top_p}: the first must be 0 or more, the "
            f"second above 0 and at most 1. {begins}"
        )


def _end_ids(local: LocalModel) -> set[int]:
    """End-of-text tokens, of the tokenizer and of the configuration (one, several or none)."""
    configured = local.model.config.eos_token_id
    return {local.tokenizer.eos_token_id, *(configured if isinstance(configured, list) else [configured])} - {None}


def _power_of_two(tokens: int) -> int:
    return max(SHORTEST, 1 << (tokens - 1).bit_length())
