"""The model that makers ask: every request through the journal, counted by who asked.

with teacher_of(params.teacher, workspace) as teacher:
    teacher.ask(requests, about="ask")   → a Completion or a Failure for each request, in their order
    teacher.asked["ask"], teacher.reused["ask"]
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tasks.completions import Completion, Failure, Journal, Model, Request, complete
from tasks.completions.settings import AnyTeacher, Foundation, LlamaCpp, Server, sends_key_in_clear
from tasks.errors import EnvironmentFault, ParamsError
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


_KEY = re.compile(r"[!-~]+")
"""What may stand in a header: visible ASCII."""


@contextmanager
def teacher_of(settings: AnyTeacher, workspace: Workspace) -> Iterator[Teacher]:
    """Whom params/ names. A server of ours runs until the end. Raises ParamsError and EnvironmentFault about its key."""
    journal = Journal(workspace.cache / "completions.sqlite")
    if isinstance(settings, Foundation):
        yield foundation_as_teacher(workspace)
    elif isinstance(settings, Server):
        from tasks.completions.endpoint import Endpoint  # with httpx 0.3 s

        yield Teacher(Endpoint(settings, key_of(settings, os.environ)), journal)
    elif isinstance(settings, LlamaCpp):
        from tasks.completions.llama_server import LlamaServer

        with LlamaServer(settings, workspace.root / settings.gguf) as model:
            yield Teacher(model, journal)


def key_of(server: Server, environment: Mapping[str, str]) -> str:
    """The key for a server, "" where it wants none. No message holds any of it."""
    where = "teacher.key_env in params/instructions.yaml"
    if server.key_env is None:
        return ""
    if sends_key_in_clear(server):
        raise ParamsError(
            f"{where}: a key would travel to {server.base_url} without TLS. Use https://, a tunnel to 127.0.0.1, or null."
        )
    key = environment.get(server.key_env, "").strip()
    if not _KEY.fullmatch(key):
        state = "holds something that is no key" if key else "is not set"
        raise EnvironmentFault(f"The environment variable {server.key_env} {state}; {where} names it. Put the key into it.")
    return key


def foundation_as_teacher(workspace: Workspace) -> Teacher:
    """data/foundation/ in bf16, in this process."""
    import torch  # with what follows 5 s, which a run without makers that ask does not pay

    from tasks.causal_lm import digest, load_model, load_tokenizer
    from tasks.completions.local import LocalModel

    folder = workspace.data / "foundation"
    model = LocalModel(load_model(folder, dtype=torch.bfloat16), load_tokenizer(folder), digest(folder))
    return Teacher(model, Journal(workspace.cache / "completions.sqlite"))
