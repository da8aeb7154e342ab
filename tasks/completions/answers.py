"""Ask a model, once for each different request, and give the answers in the order of the requests.

    requests = [Request(chat.prompt("Say it in upper case.", "hello"), max_new_tokens=48)]
    answers = complete(requests, model, journal)
    answers.completions[0]          → Completion(text="HELLO", finish="stop", new_tokens=2)
    answers.asked, answers.reused   → 1, 0; and 0, 1 the next time

An answer depends on its own request and on the model only: not on what else is asked, in which order, or what was killed.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from tqdm import tqdm

from tasks.completions.exchange import Failure, Model, Reply, Request, first_stop
from tasks.completions.journal import Journal
from tasks.errors import EndpointError

_THOUGHT = re.compile(r"\A\s*<think>(.*?)(?:</think>|\Z)\s*", re.DOTALL)
"""What reasoning models think aloud before their answer; where it does not end, there is no answer."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model answered, up to the first stop string of the request."""

    text: str
    finish: str
    """`stop`: it ended the answer itself; `length`: max_new_tokens were spent."""
    new_tokens: int
    """Tokens it wrote, with those that ended the answer."""
    reasoning: str = ""
    """What it thought first; no part of the answer."""
    prompt_tokens: int = 0
    """Tokens it read, the shared prefix with them."""
    whole: str = ""
    """The answer with the first stop string and what follows it."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of the requests, in their order, and how many were put to the model or found in the journal."""

    results: tuple[Completion | Failure, ...]
    asked: int
    reused: int
    """Answered in an earlier run, or by an equal request of this one."""

    @property
    def completions(self) -> tuple[Completion, ...]:
        """All of them. Raises EndpointError where a request has no answer: for callers that can do without none."""
        for result in self.results:
            if isinstance(result, Failure):
                raise EndpointError(f"A request has no answer: {result.rule}, {result.reason}. Run the same command again.")
        return tuple(result for result in self.results if isinstance(result, Completion))


def complete(requests: Sequence[Request], model: Model, journal: Journal, *, about: str = "answers") -> Answers:
    """The answers to all requests. A kill costs the requests at work, no more; a failure is not kept, and asked again.

    `about` names the progress bar, and the line on stderr that tells how many were asked and how many were known.
    """
    keys = [(request.key(model.identity), request.max_new_tokens) for request in requests]
    found: dict[tuple[str, int], Reply | Failure] = dict(journal.read(keys))
    new = {key: request for key, request in zip(keys, requests, strict=True) if key not in found}
    asked = list(new)
    sys.stderr.write(f"{about}: {len(asked)} asked, {len(requests) - len(asked)} known\n")
    with tqdm(total=len(asked), desc=about, unit="answer", disable=not asked) as bar:
        for ended in model.replies(list(new.values())):
            some = {asked[index]: result for index, result in ended}
            journal.write({key: reply for key, reply in some.items() if isinstance(reply, Reply)})
            found.update(some)
            bar.update(len(some))
    results = tuple(_read(found[key], request) for key, request in zip(keys, requests, strict=True))
    return Answers(results, asked=len(asked), reused=len(requests) - len(asked))


def _read(result: Reply | Failure, request: Request) -> Completion | Failure:
    """A reply as an answer: what was thought apart, and nothing from the first stop string on."""
    if isinstance(result, Failure):
        return result
    thought = _THOUGHT.match(result.raw)
    answer = result.raw[thought.end() :] if thought else result.raw
    reasoning = result.reasoning or (thought[1].strip() if thought else "")
    return Completion(
        text=answer[: first_stop(answer, request.stop)],
        finish=result.finish,
        new_tokens=result.new_tokens,
        reasoning=reasoning,
        prompt_tokens=result.prompt_tokens,
        whole=answer,
    )
