"""Requests → answers of a model, each asked once: answers.py asks, local.py answers, journal.py remembers."""

from tasks.completions.answers import Answers, Completion, complete
from tasks.completions.exchange import Failure, Model, Reply, Request, few_shot
from tasks.completions.journal import Journal

__all__ = [
    "Answers", "Completion", "Failure", "Journal", "Model", "Reply", "Request", "complete", "few_shot",
]  # fmt: skip
