"""The model that makers ask: every request through the journal, counted by who asked.

teacher = Teacher(model, Journal(workspace.cache / "completions.sqlite"))
teacher.ask(requests, about="ask")   → a Completion or a Failure for each request, in their order
teacher.ask_json(requests, schema, about="ask")   → a Structured or a Failure for each
teacher.asked["ask"], teacher.reused["ask"], teacher.account.spent
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.completions import (
    Account,
    Budget,
    Completion,
    Failure,
    Journal,
    Model,
    Request,
    Schema,
    Structured,
    ask_structured,
    complete,
)
from tasks.workspace import Workspace


@dataclass
class Teacher:
    """A model, the journal of its answers, and how often it was asked."""

    model: Model
    journal: Journal
    asked: Counter[str] = field(default_factory=Counter)
    """Requests put to the model, by maker."""
    reused: Counter[str] = field(default_factory=Counter)
    """Requests that the journal answered, by maker."""
    account: Account = field(default_factory=Account)
    """What the answers cost, and may cost."""
    replies: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Replies that should be JSON, by maker and by Structured.path or Failure.rule."""
    aloud: bool = True
    """Whether it tells on stderr what it is asked."""

    @property
    def identity(self) -> str:
        """All that decides its answers; part of Pair.maker."""
        return self.model.identity

    def ask(self, requests: Sequence[Request], *, about: str) -> tuple[Completion | Failure, ...]:
        """What becomes of each request, in their order; `about` is the maker that asks."""
        told = about if self.aloud else ""
        answers = complete(requests, self.model, self.journal, about=told, account=self.account)
        self.asked[about] += answers.asked
        self.reused[about] += answers.reused
        return answers.results

    def ask_json(self, requests: Sequence[Request], schema: Schema, *, about: str) -> list[Structured | Failure]:
        """What becomes of each request for JSON of a schema, in their order; a wrong reply is asked again, twice at most."""
        results = ask_structured(lambda some: self.ask(some, about=about), requests, schema)
        self.replies.update((about, result.path if isinstance(result, Structured) else result.rule) for result in results)
        return results


def foundation_as_teacher(workspace: Workspace, budget: Budget) -> Teacher:
    """data/foundation/ in bf16, in this process; one whose tokenizer has a chat template is given messages.

    Raises ParamsError for a budget that cannot be kept.
    """
    account = Account(budget)
    import torch  # with what follows 5 s, which a run without makers that ask does not pay

    from tasks.causal_lm import digest, load_model, load_tokenizer
    from tasks.completions.local import LocalModel

    folder = workspace.data / "foundation"
    weights, tokenizer = load_model(folder, dtype=torch.bfloat16), load_tokenizer(folder)
    model = LocalModel(weights, tokenizer, digest(folder), chat=bool(tokenizer.chat_template))
    return Teacher(model, Journal(workspace.cache / "completions.sqlite"), account=account)
