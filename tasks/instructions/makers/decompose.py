"""Decompose: an instruction → the single steps that it asks for, in order, and the answer to one of them.

    Name five rivers and sort them by length.
    –list→   Which steps does this instruction ask for?  |  Name five …     1. Name five rivers. 2. Sort them by length.
    –step→   Name five rivers.                                              Rhine, Danube, Nile, Amazon, Volga

Least-to-most prompting (Zhou et al. 2022, arXiv:2205.10625, section 2) splits a problem and answers its parts; here both
become rows. The teacher splits, rules say whether that is a decomposition (steps.py), and it must cover `least_coverage` of
what the instruction speaks of. One step that leans on no earlier one is answered. Each `list` row gives {"requirements":
[…]} in label: yes/no questions about an answer to the instruction that it takes apart, the Pair in `parents`, for a judge
to count (DRFR of InFoBench; Qin et al. 2024, arXiv:2401.03601, section 3.2); a `step` row gives that of its own answer.
No program can check them, so they are no constraints. Prompts are in params/prompts/decompose.yaml.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from random import Random

from tasks.completions import Completion, Failure
from tasks.instructions.choose import ranked_pairs
from tasks.instructions.makers import elimination
from tasks.instructions.makers.steps import alone, coverage, steps, unfit
from tasks.instructions.overlap import content
from tasks.instructions.prompts import Prompts
from tasks.instructions.workshop import Made, Refused, Workshop, unanswered
from tasks.records import Pair, content_id, pair_id

PROMPTS = ("split", "answer")
VERSION = 1
LONGEST_LIST = 128
LONGEST_ANSWER = 128
"""Tokens."""
LEAST_CONTENT = 3
"""Words, or pairs of Chinese characters, that an instruction speaks of: with fewer there is nothing to split."""
WORDINGS = {
    "en": (
        "Which steps does this instruction ask for? List them in order, one action each.",
        "Break this instruction down into single steps, numbered and in order.",
        "What has to be done, step by step, to follow this instruction?",
    ),
    "zh": (
        "这条指令要求做哪几步？请按顺序列出，每步只写一个动作。",
        "把这条指令拆成单个的步骤，编号并按顺序排列。",
        "要完成这条指令，需要一步一步做什么？",
    ),
}
QUESTION = {"en": 'Does the answer do this: "{}"?', "zh": "回答是否做到了：“{}”？"}

Split = tuple[Pair, tuple[str, ...]]
"""A Pair and the steps of its instruction."""


def rows(shop: Workshop, prompts: Prompts, *, least_coverage: float) -> Iterator[Made]:
    """A row of the steps of each instruction and a row of one step, or why there is none: `shop.most` rows together."""
    left, waiting = shop.most, iter(askable(shop.pairs, seed=shop.seed))
    # Two rows of one instruction at the most; where some give one, more are tried.
    while left and (some := list(islice(waiting, -(-min(left, shop.at_once) // 2)))):
        for made in islice(_made(shop, prompts, some, least_coverage), left):
            left -= 1
            yield made


def _made(shop: Workshop, prompts: Prompts, pairs: Sequence[Pair], least_coverage: float) -> Iterator[Made]:
    """What becomes of instructions that are asked about together."""
    found = list(_split(shop, prompts, pairs, least_coverage))
    answered = _answered(shop, prompts, [one for one in found if not isinstance(one, Refused)])
    for one in found:
        if isinstance(one, Refused):
            yield one
        else:
            yield _list_row(shop, *one)
            yield next(answered)


def askable(pairs: Sequence[Pair], *, seed: int) -> list[Pair]:
    """Instructions in English or Chinese that say enough, in the order in which they are tried."""
    fitting = [pair for pair in pairs if pair.language in WORDINGS and not pair.history]
    rich = [pair for pair in fitting if len(content(pair.instruction)) >= LEAST_CONTENT]
    return ranked_pairs(rich, seed=seed, maker="decompose")


def requirement(step: str, language: str) -> str:
    """A step as a question that yes or no answers: "Sort them." → 'Does the answer do this: "Sort them"?'."""
    return QUESTION[language].format(step.rstrip(" .。!！"))


def _split(shop: Workshop, prompts: Prompts, pairs: Sequence[Pair], least_coverage: float) -> Iterator[Split | Refused]:
    asked = [prompts.request("split", pair.language, pair.instruction, max_new_tokens=LONGEST_LIST) for pair in pairs]
    for pair, reply in zip(pairs, shop.teacher.ask(asked, about="decompose"), strict=True):
        found = _read(prompts, pair, reply)
        if isinstance(found, Refused):
            yield found
            continue
        covered = coverage(pair.instruction, found)
        shop.note("coverage", covered)
        if covered < least_coverage:
            reason = f"{covered:.2f} of the instruction is in the steps, less than {least_coverage}: {' / '.join(found)!r}"
            yield Refused(pair.id, "low_coverage", reason, pair, how="list")
        else:
            yield pair, found


def _read(prompts: Prompts, pair: Pair, reply: Completion | Failure) -> tuple[str, ...] | Refused:
    """The steps in a reply, or why there are none."""
    if isinstance(reply, Failure):
        return unanswered(pair, reply, how="list")
    if reply.finish == "length":
        return Refused(pair.id, "truncated", f"the list did not end: {reply.text[:200]!r}", pair, how="list")
    found = steps(reply.text)
    if found is None:
        reason = f"not one list numbered from 1: {reply.text[:200]!r}"
        return unanswered(pair, Failure("no_list", reason, reply.whole), how="list")
    shown = [wanted for _, wanted in prompts.prompt("split", pair.language).examples]
    refusal = unfit(found, pair.instruction, pair.language, shown)
    return Refused(pair.id, *refusal, pair, how="list") if refusal else found


def _answered(shop: Workshop, prompts: Prompts, splits: Sequence[Split]) -> Iterator[Made]:
    """For each split one step with its answer; all are asked together."""
    drawn = [_drawn(pair, found, shop.seed) for pair, found in splits]
    asked = [
        prompts.request("answer", pair.language, _about(step, pair.input), max_new_tokens=LONGEST_ANSWER)
        for (pair, _), step in zip(splits, drawn, strict=True)
        if step
    ]
    replies = iter(shop.teacher.ask(asked, about="decompose") if asked else ())
    for (pair, found), step in zip(splits, drawn, strict=True):
        if step:
            yield _step_row(shop, pair, step, next(replies))
        else:
            yield Refused(pair.id, "leans_back", f"no step stands by itself: {' / '.join(found)!r}", pair, how="step")


def _drawn(pair: Pair, found: Sequence[str], seed: int) -> str:
    """One of the steps that stand by themselves, "" where none does."""
    some = alone(found, has_input=bool(pair.input))
    return Random(content_id("decompose step", str(seed), pair.id)).choice(some) if some else ""


def _about(step: str, given: str) -> str:
    return f"{step}\n{given}" if given else step


def _list_row(shop: Workshop, pair: Pair, found: Sequence[str]) -> Pair:
    wording = Random(content_id("decompose wording", str(shop.seed), pair.id)).choice(WORDINGS[pair.language])
    listed = "\n".join(f"{number}. {step}" for number, step in enumerate(found, 1))
    return _pair(shop, pair, (wording, pair.instruction, listed), found, "list")


def _step_row(shop: Workshop, pair: Pair, step: str, reply: Completion | Failure) -> Made:
    if isinstance(reply, Failure):
        return unanswered(pair, reply, how="step")
    if reply.finish == "length":
        return Refused(pair.id, "truncated", f"the answer did not end: {reply.text[:200]!r}", pair, how="step")
    said = reply.text.strip()
    if refusal := elimination.answer(said, _about(step, pair.input)):
        return Refused(pair.id, *refusal, pair, how="step")
    return _pair(shop, pair, (step, pair.input, said), [step], "step")


def _pair(shop: Workshop, parent: Pair, said: tuple[str, str, str], of: Sequence[str], how: str) -> Pair:
    """`said` is instruction, input and output; `of` are the steps that become requirements."""
    instruction, given, output = said
    asked = {"requirements": [requirement(step, parent.language) for step in of]}
    return replace(
        parent,
        id=pair_id(*said),
        instruction=instruction,
        input=given,
        output=output,
        task=f"decompose_{how}",
        maker=f"decompose/{how}@{VERSION} {shop.teacher.identity}",
        parents=(parent.id,),
        constraints=(),
        label=json.dumps(asked, ensure_ascii=False),
        split="train",
    )
