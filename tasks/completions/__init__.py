"""prompts → answers of a model, each asked once: answers.py asks, local.py answers, journal.py remembers."""

from tasks.completions.answers import Answers, Completion, Request, complete
from tasks.completions.journal import Journal
from tasks.completions.local import LocalModel

__all__ = ["Answers", "Completion", "Journal", "LocalModel", "Request", "complete"]
