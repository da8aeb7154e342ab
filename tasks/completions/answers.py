"""Ask a model, once for each different request, and give the answers in the order of the requests.

    requests = [Request(chat.prompt("Say it in upper case.", "hello"), max_new_tokens=48)]
    answers = complete(requests, model, journal)
    answers.completions[0]          → Completion(text="HELLO", finish="stop", new_tokens=2)
    answers.asked, answers.reused   → 1, 0; and 0, 1 the next time

An answer depends on its own request and on the model only: not on what else is asked, in which order, or what was killed.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tqdm import tqdm

from tasks.completions.budget import Account
from tasks.completions.exchange import TOO_LONG, Failure, Model, Reply, Request, ending, first_stop, thought_and_answer
from tasks.completions.journal import Journal, Key
from tasks.errors import EndpointError, InputError


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model answered, up to the first stop string of the request."""

    text: str
    finish: str
    """`stop`: it ended the answer itself, or a stop string does; `length`: max_new_tokens were spent before."""
    new_tokens: int
    """Tokens it wrote, with those that ended the answer."""
    reasoning: str = ""
    """What it thought first; no part of the answer."""
    prompt_tokens: int = 0
    """Tokens it read, the shared prefix with them."""
    whole: str = ""
    """The answer with the first stop string and what follows it."""
    whole_finish: str = "stop"
    """How `whole` ended, by the back end's word."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of the requests, in their order, and how many were put to the model or found in the journal."""

    results: tuple[Completion | Failure, ...]
    asked: int
    reused: int
    """Answered in an earlier run, or by an equal request of this one."""

    @property
    def completions(self) -> tuple[Completion, ...]:
        """All of them, for callers that can do without none.

        Raises InputError where a request is longer than the model's context, EndpointError where it has no answer otherwise.
        """
        for result in self.results:
            if isinstance(result, Failure) and result.rule == TOO_LONG:
                raise InputError(f"A request cannot be answered: {result.reason}")
            if isinstance(result, Failure):
                raise EndpointError(f"A request has no answer: {result.rule}, {result.reason}. Run the same command again.")
        return tuple(result for result in self.results if isinstance(result, Completion))


def complete(
    requests: Sequence[Request],
    model: Model,
    journal: Journal,
    *,
    about: str = "answers",
    account: Account | None = None,
) -> Answers:
    """The answers to all requests. A kill costs the requests at work, no more; a failure is not kept, and asked again.

    `about` names the progress bar, and the line on stderr that tells how many were asked and how many known; "" is silent.
    `account` counts what known and new answers cost. Raises EndpointError where it does not admit a new one.
    """
    account = account or Account()
    keys = [(request.key(model.identity), request.max_new_tokens) for request in requests]
    # An empty line may stand within JSON, so that only the back end knows whether that is whole.
    stops = {name: () if request.schema else request.stop for (name, _), request in zip(keys, requests, strict=True)}
    known = journal.read(keys, stops)
    found: dict[Key, Reply | Failure] = dict(known)
    wanted = dict(zip(keys, requests, strict=True))
    for key, reply in known.items():
        account.charge(key, wanted[key], reply)
    new = {key: request for key, request in wanted.items() if key not in known}
    if about:
        sys.stderr.write(f"{about}: {len(new)} asked, {len(requests) - len(new)} known\n")
    with tqdm(total=len(new), desc=about, unit="answer", disable=not new or not about) as bar:
        for some in _asked(new, model, account):
            replies = {key: result for key, result in some.items() if isinstance(result, Reply)}
            journal.write(replies)
            for key, reply in replies.items():
                account.charge(key, wanted[key], reply)
            found.update(some)
            bar.update(len(some))
    results = tuple(_read(found[key], request) for key, request in zip(keys, requests, strict=True))
    return Answers(results, asked=len(new), reused=len(requests) - len(new))


def _asked(new: Mapping[Key, Request], model: Model, account: Account) -> Iterator[dict[Key, Reply | Failure]]:
    """What the model answers, as it does; near the cap of the account in several goes, as each leaves more than it might."""
    waiting = dict(new)
    while waiting:
        some = account.admitted(waiting)
        for ended in model.replies([waiting.pop(key) for key in some]):
            yield {some[index]: result for index, result in ended}


def _read(result: Reply | Failure, request: Request) -> Completion | Failure:
    """A reply as an answer: what was thought apart, and nothing from the first stop string on."""
    if isinstance(result, Failure):
        return result
    thought, answer = thought_and_answer(result.raw)
    return Completion(
        text=answer[: first_stop(answer, request.stop)],
        finish=ending(result, request.stop),
        new_tokens=result.new_tokens,
        reasoning=result.reasoning or thought,
        prompt_tokens=result.prompt_tokens,
        whole=answer,
        whole_finish=result.finish,
    )
