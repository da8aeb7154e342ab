"""The makers that ask a model, in their order, and what each is given of params/.

makers(params)   → [("ask", 60, ask.rows), ("evolve", 20, …)]: those of which rows are wanted
"""

from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType

from tasks.instructions.makers import ask, back_translate, code, constrain, dialogue, evolve, grounded
from tasks.instructions.prompts import Prompts, read_prompts
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.workshop import Made, Workshop

Rows = Callable[[Workshop], Iterator[Made]]
Maker = tuple[str, int, Rows]
"""Its name, the rows wanted of it, and its function."""


def makers(params: InstructionsParams) -> list[Maker]:
    """Those wanted. One that starts from Pairs sees those of all before it."""
    wanted = params.makers
    every: list[Maker] = [
        ("ask", wanted.ask.rows, ask.rows),
        ("back_translate", wanted.back_translate.rows, _back_translate(params)),
        ("grounded", wanted.grounded.rows, _grounded(params)),
        ("dialogue", wanted.dialogue.rows, _dialogue(params)),
        ("evolve", wanted.evolve.rows, lambda shop: evolve.rows(shop, _prompts(shop, evolve), wanted.evolve.rounds)),
        ("constrain", wanted.constrain.rows, partial(constrain.rows, samples=wanted.constrain.samples)),
        ("code", wanted.code.rows, _code(params)),
    ]
    return [maker for maker in every if maker[1]]


def _back_translate(params: InstructionsParams) -> Rows:
    own = params.makers.back_translate
    longest = params.max_answer_characters
    return partial(back_translate.rows, longest_answer=longest, least_score=own.least_score, rounds=own.rounds)


def _grounded(params: InstructionsParams) -> Rows:
    passage = 3 * params.max_prompt_characters // 4  # the rest is for the question
    return partial(grounded.rows, longest_passage=passage, round_trip=params.makers.grounded.round_trip)


def _dialogue(params: InstructionsParams) -> Rows:
    # A model holds such a row wherever it holds a ready-made one of as many characters.
    return partial(dialogue.rows, longest=params.max_ready_characters, round_trip=params.makers.dialogue.round_trip)


def _code(params: InstructionsParams) -> Rows:
    own = params.makers.code
    return lambda shop: code.rows(shop, _prompts(shop, code), run_code=own.run_code, samples=own.samples)


def _prompts(shop: Workshop, maker: ModuleType) -> Prompts:
    return read_prompts(shop.params / "prompts" / f"{maker.__name__.rpartition('.')[2]}.yaml", maker.PROMPTS)
