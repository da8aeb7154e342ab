"""Requests → answers of a model, each asked once: answers.py asks, journal.py remembers, budget.py counts what it costs,
structured.py reads JSON; local.py, endpoint.py, llama_server.py and seq2seq.py answer."""

from tasks.completions.answers import Answers, Completion, complete
from tasks.completions.budget import Account, Budget, Spent
from tasks.completions.exchange import Failure, Model, Reply, Request, few_shot
from tasks.completions.journal import Journal
from tasks.completions.structured import Schema, Structured, ask_structured

__all__ = [
    "Account", "Answers", "Budget", "Completion", "Failure", "Journal", "Model", "Reply", "Request", "Schema", "Spent",
    "Structured", "ask_structured", "complete", "few_shot",
]  # fmt: skip
