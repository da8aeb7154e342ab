"""The model that makers ask: every request through the journal, counted by who asked.

teacher = Teacher(model, Journal(workspace.cache / "completions.sqlite"))
teacher.ask(requests, about="ask")   → a Completion or a Failure for each request, in their order
teacher.asked["ask"], teacher.reused["ask"]
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.completions import Completion, Failure, Journal, Model, Request, complete
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

    @property
    def identity(self) -> str:
        """All that decides its answers; part of Pair.maker."""
        return self.model.identity

    def ask(self, requests: Sequence[Request], *, about: str) -> tuple[Completion | Failure, ...]:
        """What becomes of each request, in their order; `about` is the maker that asks."""
        answers = complete(requests, self.model, self.journal, about=about)
        self.asked[about] += answers.asked
        self.reused[about] += answers.reused
        return answers.results


def foundation_as_teacher(workspace: Workspace) -> Teacher:
    """data/foundation/ in bf16, in this process; one whose tokenizer has a chat template is given messages."""
    import torch  # with what follows 5 s, which a run without makers that ask does not pay

    from tasks.causal_lm import digest, load_model, load_tokenizer
    from tasks.completions.local import LocalModel

    folder = workspace.data / "foundation"
    weights, tokenizer = load_model(folder, dtype=torch.bfloat16), load_tokenizer(folder)
    model = LocalModel(weights, tokenizer, digest(folder), chat=bool(tokenizer.chat_template))
    return Teacher(model, Journal(workspace.cache / "completions.sqlite"))
