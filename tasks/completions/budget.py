"""What answers cost, and a cap that stops before it is passed.

    account = Account(Budget(max_tokens=1_000, …))
    account.charge(key, request, reply)   # account.spent → Spent(calls=1, prompt_tokens=212, new_tokens=48)
    account.admitted(waiting)             # the first of them that fit for certain; EndpointError where not even one does

Spent is what the answers of this data set cost in all, those in the journal included: a run that starts again has the same
account. Attempts that brought no answer are not in it, as no server tells what they cost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from tasks.completions.exchange import Reply, Request
from tasks.completions.journal import Key
from tasks.errors import EndpointError, ParamsError
from tasks.params import settings

TEMPLATE_TOKENS = 64
"""A chat template around a request, a server's own system prompt included; above those of its messages."""
MESSAGE_TOKENS = 16
"""A chat template around a message, its role with it."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Answers and their tokens. One answer is counted once, however often it is used."""

    calls: int = 0
    prompt_tokens: int = 0
    new_tokens: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(*(mine + its for mine, its in zip(self.parts, other.parts, strict=True)))

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(*(mine - its for mine, its in zip(self.parts, other.parts, strict=True)))

    @property
    def parts(self) -> tuple[int, int, int]:
        """Calls, tokens read, tokens written."""
        return self.calls, self.prompt_tokens, self.new_tokens

    @property
    def tokens(self) -> int:
        """Read and written together."""
        return self.prompt_tokens + self.new_tokens


@settings
class Budget:
    """What the teacher's answers may cost, all makers and the judge together."""

    max_tokens: Annotated[int, Field(ge=0)] | None
    """Most tokens, read and written together; null for no cap."""
    max_money: Annotated[float, Field(ge=0)] | None
    """Most money, in the currency of the prices; null for no cap."""
    price_per_million_prompt_tokens: Annotated[float, Field(ge=0)]
    """Price of a million tokens that the teacher reads; 0 for a model of one's own."""
    price_per_million_new_tokens: Annotated[float, Field(ge=0)]
    """Price of a million tokens that it writes, those it thinks with them."""
    currency: str
    """What the prices are in, for people; "" where there are none."""

    def money(self, spent: Spent) -> float:
        """What that costs."""
        reading = spent.prompt_tokens * self.price_per_million_prompt_tokens
        return (reading + spent.new_tokens * self.price_per_million_new_tokens) / 1_000_000

    def passed_by(self, spent: Spent) -> str:
        """The cap that this much would pass, "" where it passes none."""
        if self.max_tokens is not None and spent.tokens > self.max_tokens:
            return "max_tokens"
        return "max_money" if self.max_money is not None and self.money(spent) > self.max_money else ""


NO_CAP = Budget(
    max_tokens=None, max_money=None, price_per_million_prompt_tokens=0, price_per_million_new_tokens=0, currency=""
)


@dataclass
class Account:
    """A budget and what is spent of it."""

    budget: Budget = NO_CAP
    spent: Spent = Spent()
    _charged: set[Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        budget = self.budget
        if budget.max_money is not None and not budget.money(Spent(0, 1, 1)):
            raise ParamsError(
                f"teacher.budget.max_money in params/instructions.yaml is {budget.max_money}, but both prices are 0, so "
                "that it would stop nothing. Give the prices there, or set max_money to null."
            )

    def charge(self, key: Key, request: Request, reply: Reply) -> None:
        """Count an answer, known or new, the first time it is used. Tokens that a server did not count cost their most."""
        if key not in self._charged:
            self._charged.add(key)
            most = worst_case(request)
            new = reply.new_tokens or (most.new_tokens if reply.raw or reply.reasoning else 0)
            self.spent += Spent(1, reply.prompt_tokens or most.prompt_tokens, new)

    def admitted(self, waiting: Mapping[Key, Request]) -> list[Key]:
        """The first of them that all fit, whatever they cost. Raises EndpointError where the first alone may be too much."""
        fitting: list[Key] = []
        most = self.spent
        for key, request in waiting.items():
            most += worst_case(request)
            if cap := self.budget.passed_by(most):
                if not fitting:
                    raise self._used_up(cap, worst_case(request))
                break
            fitting.append(key)
        return fitting

    def _used_up(self, cap: str, next_one: Spent) -> EndpointError:
        budget, spent = self.budget, self.spent
        unit = f" {budget.currency}".rstrip()
        money = f"{budget.money(spent):.4f}{unit}"
        more = f"{next_one.tokens} tokens" if cap == "max_tokens" else f"{budget.money(next_one):.4f}{unit}"
        limit = f"{budget.max_tokens} tokens" if cap == "max_tokens" else f"{budget.max_money}{unit}"
        return EndpointError(
            f"The budget is used up: {spent.calls} answers have cost {spent.tokens} tokens ({money}), the next may cost "
            f"{more}, and teacher.budget.{cap} in params/instructions.yaml is {limit}. All answers are kept: raise {cap} "
            "and run the same command to go on."
        )


def worst_case(request: Request) -> Spent:
    """The most that an answer can cost: no tokenizer makes more tokens of a text than it has bytes."""
    text = _bytes(request.prefix) + _bytes(request.prompt)
    chat = sum(_bytes(content) + MESSAGE_TOKENS for _, content in request.messages)
    return Spent(1, max(text, chat) + TEMPLATE_TOKENS + _bytes(request.schema), request.max_new_tokens)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
