"""Evolve: an instruction → a harder or a rarer one with its answer, over rounds.

    Describe a lighthouse.   –constraints→   Describe a lighthouse in at most thirty words and mention its light.
                             –breadth→       Describe the work of a harbour pilot at night.

Evol-Instruct (Xu et al. 2023, arXiv:2304.12244): five operators in depth and one in breadth, at equal odds (section 3.2).
What has evolved takes the place of what it came from; an instruction that failed goes back into the pool as it was, and
may meet another operator in the next round. What fails is told by the elimination step (section 3.3), elimination.py.
Prompts are in params/prompts/evolve.yaml.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tasks.completions import Failure, Request
from tasks.instructions.choose import ranked_pairs
from tasks.instructions.makers import elimination
from tasks.instructions.passages import LANGUAGES
from tasks.instructions.prompts import Prompts
from tasks.instructions.screen import Refusal
from tasks.instructions.workshop import Made, Refused, Workshop, batches, unanswered
from tasks.records import Pair, content_id, pair_id

DEPTH = ("constraints", "deepen", "concretise", "reasoning", "complicate")
OPERATORS = (*DEPTH, "breadth")
PROMPTS = (*OPERATORS, "equal", "answer")
VERSION = 1
LONGEST_INSTRUCTION = 96
LONGEST_ANSWER = 128
LONGEST_VERDICT = 8
"""Tokens a teacher may write."""


@dataclass(slots=True)
class _Try:
    """An instruction on its way through one round."""

    pair: Pair
    operator: str
    instruction: str = ""
    answer: str = ""
    refused: Refusal | None = None
    lost: Failure | None = None
    """Why a step has no answer."""

    @property
    def input(self) -> str:
        """In breadth the instruction is new, and what the old one was about does not belong to it."""
        return "" if self.operator == "breadth" else self.pair.input


def rows(shop: Workshop, prompts: Prompts, *, rounds: int) -> Iterator[Made]:
    """What becomes of each instruction in each round: a Pair, or a refusal that names the operator."""
    pool = _starts(shop)[: max(1, shop.most // rounds)]
    for turn in range(1, min(rounds, shop.most) + 1):
        after: list[Pair] = []
        for some in batches(pool, shop.at_once):
            for tried in _evolved(shop, prompts, some, turn):
                made = _made(shop, tried, turn)
                after.append(made if isinstance(made, Pair) else tried.pair)
                yield made
        pool = after


def operator_of(pair: Pair, *, turn: int, seed: int) -> str:
    """The operator that a pair meets in a round; each is as likely as the others."""
    return Random(content_id("evolve", str(seed), str(turn), pair.id)).choice(OPERATORS)


def _starts(shop: Workshop) -> list[Pair]:
    fitting = [pair for pair in shop.pairs if pair.language in LANGUAGES and not pair.history]
    return ranked_pairs(fitting, seed=shop.seed, maker="evolve")


def _evolved(shop: Workshop, prompts: Prompts, pairs: Sequence[Pair], turn: int) -> list[_Try]:
    """One round of some pairs. Who fails a step is not asked the next."""
    tries = [_Try(pair, operator_of(pair, turn=turn, seed=shop.seed)) for pair in pairs]

    def rewrite(tried: _Try) -> Request:
        about = f"{tried.pair.instruction}\n{tried.pair.input}" if tried.pair.input else tried.pair.instruction
        return prompts.request(tried.operator, tried.pair.language, about, max_new_tokens=LONGEST_INSTRUCTION)

    def compare(tried: _Try) -> Request:
        both = f"{tried.pair.instruction}\n{tried.instruction}"
        return prompts.request("equal", tried.pair.language, both, max_new_tokens=LONGEST_VERDICT)

    def answer(tried: _Try) -> Request:
        about = f"{tried.instruction}\n{tried.input}" if tried.input else tried.instruction
        return prompts.request("answer", tried.pair.language, about, max_new_tokens=LONGEST_ANSWER)

    def rewritten(tried: _Try, said: str) -> Refusal | None:
        tried.instruction = said
        return elimination.instruction(tried.pair.instruction, said, prompts.texts(), breadth=tried.operator == "breadth")

    def compared(tried: _Try, said: str) -> Refusal | None:
        return elimination.verdict(tried.instruction, said)

    def answered(tried: _Try, said: str) -> Refusal | None:
        tried.answer = said
        return elimination.answer(said, f"{tried.instruction}\n{tried.input}")

    for request, read in ((rewrite, rewritten), (compare, compared), (answer, answered)):
        _step(shop, tries, request, read)
    return tries


def _step(
    shop: Workshop, tries: Sequence[_Try], request: Callable[[_Try], Request], read: Callable[[_Try, str], Refusal | None]
) -> None:
    """Ask about all that were not refused so far, and note what the replies say against them."""
    open_ = [tried for tried in tries if not tried.refused and not tried.lost]
    for tried, reply in zip(open_, shop.teacher.ask([request(tried) for tried in open_], about="evolve"), strict=True):
        if isinstance(reply, Failure):
            tried.lost = reply
        elif reply.finish == "length":
            tried.refused = "truncated", f"the reply did not end: {reply.text[:200]!r}"
        else:
            tried.refused = read(tried, reply.text.strip())


def _made(shop: Workshop, tried: _Try, turn: int) -> Made:
    pair, how = tried.pair, f"{tried.operator}/{turn}"
    if tried.refused:
        return Refused(pair.id, *tried.refused, pair, how=how)
    if tried.lost:
        return unanswered(pair, tried.lost, how=how)
    shop.note(
        f"words added by {tried.operator}", elimination.length(tried.instruction) - elimination.length(pair.instruction)
    )
    return Pair(
        id=pair_id(tried.instruction, tried.input, tried.answer),
        instruction=tried.instruction,
        input=tried.input,
        output=tried.answer,
        history=(),
        language=pair.language,
        task="evolved",
        maker=f"evolve/{how}@{VERSION} {shop.teacher.identity}",
        parents=(pair.id,),
        source=pair.source,
        constraints=(),
        label="",
        license=pair.license,
        split="train",
    )
