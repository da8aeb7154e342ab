"""Ask a model, once for each different request, and give the answers in the order of the requests.

    requests = [Request(chat.prompt("Say it in upper case.", "hello"), max_new_tokens=48)]
    answers = complete(requests, model, journal)
    answers.completions[0]          → Completion(text="HELLO", finish="stop", new_tokens=2)
    answers.asked, answers.reused   → 1, 0; and 0, 1 the next time

An answer depends on its own request and on the model only: not on what else is asked, in which order, or what was killed.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tqdm import tqdm

from tasks.chat import STOP
from tasks.completions.journal import Journal, Reply, key_of


@dataclass(frozen=True, slots=True)
class Request:
    """A text to be continued, greedily."""

    prompt: str
    max_new_tokens: int
    prefix: str = ""
    """Text before the prompt that many requests share, such as solved examples: read by the model once for all of them."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model wrote, up to the first of chat.STOP."""

    text: str
    finish: str
    """`stop`: it ended the answer itself; `length`: max_new_tokens were spent."""
    new_tokens: int
    """Tokens it wrote, with those that ended the answer."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Completions in the order of the requests, and how many requests were put to the model or found in the journal."""

    completions: tuple[Completion, ...]
    asked: int
    reused: int
    """Answered in an earlier run, or by an equal request of this one."""


class Model(Protocol):
    """Somebody who answers."""

    @property
    def identity(self) -> str:
        """All that decides its answers, besides the request."""
        ...

    def replies(self, requests: Sequence[Request], stop: Sequence[str]) -> Iterator[list[tuple[int, Reply]]]:
        """Raw replies as they end, each with the index of its request; a list holds those that end together."""
        ...


def complete(requests: Sequence[Request], model: Model, journal: Journal, *, about: str = "answers") -> Answers:
    """The answers to all requests. A kill costs the requests at work, no more.

    `about` names the progress bar, and the line on stderr that tells how many were asked and how many were known.
    """
    keys = [_key(request, model.identity) for request in requests]
    known = journal.read(keys)
    new = {key: request for key, request in zip(keys, requests, strict=True) if key not in known}
    asked = list(new)
    sys.stderr.write(f"{about}: {len(asked)} asked, {len(requests) - len(asked)} known\n")
    with tqdm(total=len(asked), desc=about, unit="answer", disable=not asked) as bar:
        for ended in model.replies(list(new.values()), STOP):
            replies = {asked[index]: reply for index, reply in ended}
            journal.write(replies)
            known.update(replies)
            bar.update(len(replies))
    completions = tuple(_completion(known[key]) for key in keys)
    return Answers(completions, asked=len(asked), reused=len(requests) - len(asked))


def _key(request: Request, identity: str) -> str:
    return key_of(request.prefix, request.prompt, identity=identity, max_new_tokens=request.max_new_tokens, stop=STOP)


def _completion(reply: Reply) -> Completion:
    text = reply.raw[: first_stop(reply.raw, STOP)]
    return Completion(text, reply.finish, reply.new_tokens)


def first_stop(text: str, stop: Sequence[str]) -> int | None:
    """Where the first stop string begins, None where there is none."""
    return min((at for at in (text.find(end) for end in stop) if at >= 0), default=None)
