"""What is asked of a model and what comes back: the words that back ends, journal and makers share.

    few_shot("Answer in upper case.", [("hi", "HI")], "hello", max_new_tokens=8)
    → Request(prefix="Answer in upper case.\\n\\nInput: hi\\nOutput: HI\\n\\n", prompt="Input: hello\\nOutput:", …,
              messages=(("system", "Answer in upper case."), ("user", "hi"), ("assistant", "HI"), ("user", "hello")))

A base model continues the text, a model that chats answers the messages; a Request holds both and says the same in each.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from tasks.chat import STOP
from tasks.records import content_hash

Message = tuple[str, str]
"""Role (system, user or assistant) and content."""

TOO_LONG = "too_long"
"""The rule of a Failure: prompt and answer do not fit into the model's context together."""

_THOUGHT = re.compile(r"\A\s*<think>(.*?)(?:</think>|\Z)\s*", re.DOTALL)
"""What reasoning models think aloud before their answer; where it does not end, there is no answer."""
_END_OF_THOUGHT = re.compile(r"^[ \t]*</think>[ \t\r]*$\s*", re.MULTILINE)
"""Alone on its line."""


@dataclass(frozen=True, slots=True)
class Request:
    """A text to be continued; the same as messages, for those who chat."""

    prompt: str
    max_new_tokens: int
    prefix: str = ""
    """Text before the prompt that many requests share, such as solved examples: read by the model once for all of them."""
    messages: tuple[Message, ...] = ()
    """Where () a model that chats is given the text as one message of the user."""
    temperature: float = 0.0
    """0 takes the likeliest token, always."""
    top_p: float = 1.0
    """Tokens are drawn among the likeliest that together have this probability (Holtzman et al. 2020, section 3.1)."""
    sample: int = 0
    """Which of the answers that one question may have; the seed of what is drawn."""
    schema: str = ""
    """JSON schema that the answer should meet, as JSON; "" where it is plain text."""
    stop: tuple[str, ...] = STOP
    """An answer ends before the first of these."""

    def key(self, identity: str) -> str:
        """64 hex digits over all that decides the answer but max_new_tokens, which only decides where it is cut off."""
        said = [part for message in self.messages for part in message]
        drawn = (repr(float(self.temperature)), repr(float(self.top_p)), str(self.sample))  # 0 is asked as 0.0 is
        counts = (str(len(said)), str(len(self.stop)))
        return content_hash(self.prefix, self.prompt, *counts, *said, *self.stop, *drawn, self.schema, identity)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote, uncut."""

    raw: str
    finish: str
    """`stop`: it ended the answer itself; `length`: max_new_tokens were spent."""
    new_tokens: int
    """Tokens it wrote, with those that ended the answer."""
    prompt_tokens: int = 0
    """Tokens it read, the shared prefix with them."""
    reasoning: str = ""
    """What it thought first, where the back end tells that apart."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that has no answer: the rule that says so, and what happened in words."""

    rule: str
    """One word; TOO_LONG where asking again cannot help."""
    reason: str
    raw: str = ""
    """What the model wrote, where it did and that was no answer."""


class Model(Protocol):
    """Somebody who answers."""

    @property
    def identity(self) -> str:
        """All that decides its answers, besides the request."""
        ...

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        """What becomes of each request, with its index, as they end; a list holds those that end together."""
        ...


def few_shot(
    task: str,
    examples: Sequence[tuple[str, str]],
    ask: str,
    *,
    max_new_tokens: int,
    labels: tuple[str, str] = ("Input", "Output"),
    temperature: float = 0.0,
    top_p: float = 1.0,
    sample: int = 0,
    schema: str = "",
) -> Request:
    """A request by a task in words and solved examples of it; `labels` stand before what is given and what is wanted."""
    given, wanted = labels
    shown = "".join(f"{given}: {question}\n{wanted}: {answer}\n\n" for question, answer in examples)
    turns = [turn for question, answer in examples for turn in (("user", question), ("assistant", answer))]
    return Request(
        prompt=f"{given}: {ask}\n{wanted}:",
        max_new_tokens=max_new_tokens,
        prefix=f"{task}\n\n{shown}",
        messages=(("system", task), *turns, ("user", ask)),
        temperature=temperature,
        top_p=top_p,
        sample=sample,
        schema=schema,
    )


def first_stop(text: str, stop: Sequence[str]) -> int | None:
    """Where the first stop string begins, None where there is none."""
    return min((at for at in (text.find(end) for end in stop) if at >= 0), default=None)


def ending(reply: Reply, stop: Sequence[str]) -> str:
    """Reply.finish, but `stop` where the answer holds a stop string: it is whole, whatever the model wrote then.

    A chat is sent no stop strings (wire.py), so that a server may count what follows them and say `length`.
    """
    return reply.finish if first_stop(thought_and_answer(reply.raw)[1], stop) is None else "stop"


def thought_and_answer(raw: str) -> tuple[str, str]:
    """What was thought aloud first, and what was said: "<think>2 + 2</think> 4" → ("2 + 2", "4").

    Some chat templates write <think> into the prompt, so that a reply holds its end alone. So the first </think> that
    stands alone on its line, with no <think> before it, ends a thought; within a line it is a word of the answer, as in
    "Write </think> then.". A thought that the prompt opened and that broke off cannot be told from an answer: LocalModel
    knows of it and puts <think> before the reply, a server has to tell thoughts apart itself.
    """
    if thought := _THOUGHT.match(raw):
        return thought[1].strip(), raw[thought.end() :]
    end = _END_OF_THOUGHT.search(raw)
    if end and "<think>" not in raw[: end.start()]:
        return raw[: end.start()].strip(), raw[end.end() :]
    return "", raw
