"""The makers that ask a model, in their order, and what each is given of params/.

makers(params)   → [("ask", 60, …), ("evolve", 20, …)]: those of which rows are wanted, each as a function of a Workshop
"""

from collections.abc import Callable, Iterator
from functools import partial
from types import ModuleType
from typing import Any

from tasks.instructions import questions
from tasks.instructions.makers import (
    ask,
    back_translate,
    code,
    constrain,
    decompose,
    dialogue,
    evolve,
    grounded,
    oss_instruct,
    self_instruct,
    translate,
)
from tasks.instructions.makers.translators import translator_of
from tasks.instructions.prompts import prompts_of
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.workshop import Made, Workshop

Rows = Callable[[Workshop], Iterator[Made]]
Maker = tuple[str, int, Rows]
"""Its name, the rows wanted of it, and its function."""


def makers(params: InstructionsParams) -> list[Maker]:
    """Those wanted. One that starts from Pairs sees those of all before it."""
    wanted = params.makers
    every: list[Maker] = [
        ("ask", wanted.ask.rows, _given(ask)),
        ("back_translate", wanted.back_translate.rows, _back_translate(params)),
        ("grounded", wanted.grounded.rows, _grounded(params)),
        ("dialogue", wanted.dialogue.rows, _dialogue(params)),
        ("oss_instruct", wanted.oss_instruct.rows, _oss_instruct(params)),
        ("evolve", wanted.evolve.rows, _given(evolve, rounds=wanted.evolve.rounds)),
        ("writer", wanted.writer.rows, _writer(params)),
        ("self_instruct", wanted.self_instruct.rows, _self_instruct(params)),
        ("translate", wanted.translate.rows, _translate(params)),
        ("constrain", wanted.constrain.rows, _given(constrain, samples=wanted.constrain.samples)),
        ("decompose", wanted.decompose.rows, _given(decompose, least_coverage=wanted.decompose.least_coverage)),
        ("code", wanted.code.rows, _given(code, run_code=wanted.code.run_code, samples=wanted.code.samples)),
    ]
    return [maker for maker in every if maker[1]]


def _writer(params: InstructionsParams) -> Rows:
    if not params.makers.writer.rows:  # what it imports takes 4 s
        return lambda shop: iter(())
    from tasks.instructions.makers.writer import Pupil

    own = params.makers.writer
    return Pupil(own.start, own.steps, params.max_answer_characters, own.least_score).rows


def _back_translate(params: InstructionsParams) -> Rows:
    own = params.makers.back_translate
    longest = params.max_answer_characters
    return _given(back_translate, longest_answer=longest, least_score=own.least_score, rounds=own.rounds)


def _grounded(params: InstructionsParams) -> Rows:
    passage = 3 * params.max_prompt_characters // 4  # the rest is for the question
    return _given(grounded, questions, longest_passage=passage, round_trip=params.makers.grounded.round_trip)


def _dialogue(params: InstructionsParams) -> Rows:
    # A model holds such a row wherever it holds a ready-made one of as many characters.
    longest = params.max_ready_characters
    return _given(dialogue, questions, longest=longest, round_trip=params.makers.dialogue.round_trip)


def _oss_instruct(params: InstructionsParams) -> Rows:
    longest = params.max_prompt_characters, params.max_answer_characters
    return _given(oss_instruct, longest=longest, run_code=params.makers.code.run_code)


def _self_instruct(params: InstructionsParams) -> Rows:
    return partial(self_instruct.rows, most_instances=params.makers.self_instruct.instances)


def _translate(params: InstructionsParams) -> Rows:
    own = params.makers.translate

    def rows(shop: Workshop) -> Iterator[Made]:
        translator = translator_of(own.translator, shop, prompts_of(translate, shop.params))
        return translate.rows(shop, translator, to=own.to, least_back_score=own.least_back_score)

    return rows


def _given(maker: ModuleType, asking: ModuleType | None = None, **knobs: Any) -> Rows:
    """The rows of a maker, given its knobs and the prompts of the module that asks: its own, or `asking`."""

    def rows(shop: Workshop) -> Iterator[Made]:
        made: Iterator[Made] = maker.rows(shop, prompts_of(asking or maker, shop.params), **knobs)
        return made

    return rows
