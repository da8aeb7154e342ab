"""The model that makers ask: every request through the journal, counted by who asked.

with teacher_of(params.teacher, workspace) as teacher:
    teacher.ask(requests, about="ask")   → a Completion or a Failure for each request, in their order
    teacher.ask_json(requests, schema, about="ask")   → a Structured or a Failure for each
    teacher.asked["ask"], teacher.reused["ask"], teacher.account.spent
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tasks.completions import (
    Account,
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
from tasks.completions.lazy import LazyModel
from tasks.completions.settings import Backend, Foundation, Server, sends_key_in_clear
from tasks.errors import EnvironmentFault, ParamsError
from tasks.instructions.settings import TeacherParams
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
    answered: Counter[str] = field(default_factory=Counter)
    """Requests that have an answer, whoever gave it, by maker."""
    account: Account = field(default_factory=Account)
    """What the answers cost, and may cost."""
    replies: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Replies that should be JSON, by maker and by Structured.path or Failure.rule."""
    aloud: bool = True
    """Whether it tells on stderr what it is asked."""
    place: str = ""
    """Where it is asked, for people: an address or a path, without secrets."""

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
        self.answered[about] += sum(isinstance(result, Completion) for result in answers.results)
        return answers.results

    def ask_json(self, requests: Sequence[Request], schema: Schema, *, about: str) -> list[Structured | Failure]:
        """What becomes of each request for JSON of a schema, in their order; a wrong reply is asked again, twice at most."""
        results = ask_structured(lambda some: self.ask(some, about=about), requests, schema)
        self.replies.update((about, result.path if isinstance(result, Structured) else result.rule) for result in results)
        return results


_KEY = re.compile(r"[!-~]+")
"""What may stand in a header: visible ASCII."""


@contextmanager
def teacher_of(params: TeacherParams, workspace: Workspace) -> Iterator[Teacher]:
    """Whom params/ names. A server of ours runs until the end.

    Raises ParamsError and EnvironmentFault about its key, ParamsError for a budget that cannot be kept.
    """
    account = Account(params.budget)
    with _model(params.backend, workspace) as model:
        yield Teacher(model, Journal(workspace.cache / "completions.sqlite"), account=account, place=_place(params.backend))


def _place(backend: Backend) -> str:
    """Settings refuse an address with a user, a password or a query in it."""
    if isinstance(backend, Server):
        return backend.base_url
    return "data/foundation" if isinstance(backend, Foundation) else backend.gguf


@contextmanager
def _model(backend: Backend, workspace: Workspace) -> Iterator[Model]:
    if isinstance(backend, Foundation):
        yield LazyModel(workspace.data / "foundation")
    elif isinstance(backend, Server):
        from tasks.completions.endpoint import Endpoint  # with httpx 0.3 s

        yield Endpoint(backend, key_of(backend, os.environ))
    else:
        from tasks.completions.llama_server import LlamaServer

        with LlamaServer(backend, workspace.root / backend.gguf) as model:
            yield model


def key_of(server: Server, environment: Mapping[str, str]) -> str:
    """The key for a server, "" where it wants none. No message holds any of it."""
    where = "teacher.backend.key_env in params/instructions.yaml"
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
