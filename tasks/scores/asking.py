"""A model and an exam → its paper: what it answers to the held-out rows, and how surprised it is by answers and prose.

    paper = sit(exam, foundation, adapter=None, runs={"base_zero_shot": {}, "base_few_shot": prefixes}, journal=journal)
    paper.answers["base_few_shot"]["4e804bb1fef02da9"]   # → "HELLO"

Every model sits the same exam: same rows, prompts, engine, number format and longest answer. Answers go through the journal,
so a run that was killed asks only what is still open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from tasks.causal_lm import load_model, load_tokenizer
from tasks.chat import prompt
from tasks.completions import Answers, Journal, Request, complete
from tasks.completions.local import LocalModel
from tasks.model_files import digest
from tasks.records import Pair
from tasks.scores import forgetting
from tasks.scores.losses import answer_losses


@dataclass(frozen=True, slots=True)
class Exam:
    """What each model is asked."""

    pairs: tuple[Pair, ...]
    texts: Mapping[str, str]
    """Prose by name."""
    max_new_tokens: int
    window: int
    """Tokens of prose seen at once."""
    dtype: torch.dtype


@dataclass(frozen=True, slots=True)
class Paper:
    """What a model made of the exam."""

    answers: Mapping[str, Mapping[str, str]]
    """By run, then by id of the row."""
    losses: Mapping[str, Mapping[str, float]]
    """Nats per answer token of the right answer, by run, then by id of the row."""
    prose: Mapping[str, float]
    """Perplexity by text."""
    asked: Mapping[str, int]
    """Requests that were put to the model, by run."""
    reused: Mapping[str, int]
    """Requests that were answered before, by run."""


def sit(
    exam: Exam, foundation: Path, *, tuned: Path | None, runs: Mapping[str, Mapping[str, str]], journal: Journal
) -> Paper:
    """Load the foundation, or what `tuned` (an adapter or a whole model) makes of it, and put the exam to it.

    `runs` maps the name of a run to the text before each question, by id of the row; where there is none, nothing is.
    """
    local = _loaded(foundation, tuned, exam.dtype)
    found = {run: complete(_requests(exam, prefixes), local, journal, about=run) for run, prefixes in runs.items()}
    losses = {
        run: answer_losses(local.model, local.tokenizer, exam.pairs, before=prefixes, desc=f"{run}: right answers")
        for run, prefixes in runs.items()
    }
    name = "tuned" if tuned else "base"
    return Paper(
        answers={run: _by_row(exam, answers) for run, answers in found.items()},
        losses=losses,
        prose=forgetting.read(local.model, local.tokenizer, exam.texts, window=exam.window, desc=f"{name}: prose"),
        asked={run: answers.asked for run, answers in found.items()},
        reused={run: answers.reused for run, answers in found.items()},
    )


def _loaded(foundation: Path, tuned: Path | None, dtype: torch.dtype) -> LocalModel:
    if tuned is None:
        return LocalModel(load_model(foundation, dtype=dtype), load_tokenizer(foundation), digest(foundation))
    if (tuned / "adapter_config.json").exists():
        model = load_model(foundation, adapter=tuned, dtype=dtype)
        return LocalModel(model, load_tokenizer(foundation), f"{digest(foundation)}+{digest(tuned)}")
    return LocalModel(load_model(tuned, dtype=dtype), load_tokenizer(tuned), digest(tuned))


def _requests(exam: Exam, prefixes: Mapping[str, str]) -> list[Request]:
    return [
        Request(
            prompt=prompt(pair.instruction, pair.input, pair.history),
            max_new_tokens=exam.max_new_tokens,
            prefix=prefixes.get(pair.id, ""),
        )
        for pair in exam.pairs
    ]


def _by_row(exam: Exam, answers: Answers) -> Mapping[str, str]:
    return {pair.id: completion.text for pair, completion in zip(exam.pairs, answers.completions, strict=True)}
