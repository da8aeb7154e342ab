"""Self-instruct: a few tasks written by people → many new ones with inputs and outputs, by a teacher alone.

    eight instructions   → "Name a river that flows north." → no classification → input first  → Pairs of task `open`
                         → "Is the word a noun or a verb?"  → classification    → labels first → Pairs of `classification`

Wang et al. 2022 (arXiv:2212.10560, section 2.2). Six instructions by people and two by the teacher stand in a prompt, all in
one language. What a round asks depends on what was taken in the rounds before it and on nothing else: a run that was killed
and goes on gives the same rows. Prompts are in params/prompts/self_instruct.yaml, seeds in params/seeds.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, islice
from random import Random

from tasks.completions import Completion, Failure
from tasks.instructions.makers import proposals
from tasks.instructions.makers.instances import Instance, judged, read
from tasks.instructions.makers.task_prompts import SHOWN, TaskPrompts, read_wordings
from tasks.instructions.pool import Pool
from tasks.instructions.seeds import LICENSE, read_seeds
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.records import Pair, content_id, pair_id
from tasks.script import words as words_of

VERSION = 1
NAME = "self_instruct"
REQUESTS = 8
"""Prompts for new instructions in a round."""
GENERATED = 2
"""Of the instructions in a prompt, those by the teacher, once there are as many."""


@dataclass(frozen=True, slots=True)
class _Task:
    """A new instruction that was taken."""

    instruction: str
    language: str
    parents: tuple[str, ...]
    """Ids of those that stood in its prompt."""

    @property
    def id(self) -> str:
        return content_id(NAME, self.instruction)


def rows(shop: Workshop, most_instances: int) -> Iterator[Made]:
    """A row for each instruction that is refused and each instance of those that are taken."""
    seeds = read_seeds(shop.params / "seeds")
    wordings = read_wordings(shop.params / "prompts" / "self_instruct.yaml")
    prompts = TaskPrompts(wordings, seeds, seed=shop.seed, most=most_instances)
    for language, share in (("en", 1 - shop.chinese_share), ("zh", shop.chinese_share)):
        if share:
            prompts.check(language)
    yield from islice(_rounds(shop, prompts, most_instances), shop.most)


def in_language(number: int, chinese_share: float) -> str:
    """The language of the prompt of that number: of any first n, n times the share are Chinese, rounded down."""
    return "zh" if int((number + 1) * chinese_share) > int(number * chinese_share) else "en"


def _rounds(shop: Workshop, prompts: TaskPrompts, most: int) -> Iterator[Made]:
    pool = Pool(seed.instruction for seeds in prompts.seeds.values() for seed in seeds)
    taken: dict[str, list[_Task]] = {language: [] for language in prompts.wordings}
    for turn in count():
        numbers = range(turn * REQUESTS, (turn + 1) * REQUESTS)
        drawn = [_drawn(shop, prompts, taken, number) for number in numbers]
        asked = [
            prompts.propose([text for _, text in shown], language, sample=number)
            for number, (language, shown) in zip(numbers, drawn, strict=True)
        ]
        new: list[_Task] = []
        for (language, shown), request, reply in zip(drawn, asked, shop.teacher.ask(asked, about=NAME), strict=True):
            parents = tuple(id for id, _ in shown)
            for one in _proposed(shop, pool, _Task("", language, parents), reply, request.key("")[:16]):
                if isinstance(one, _Task):
                    new.append(one)
                else:
                    yield one
        for task in new:  # only now: what a round asks hangs on the rounds before it alone
            taken[task.language].append(task)
        yield from _instances(shop, prompts, new, most)


def _drawn(
    shop: Workshop, prompts: TaskPrompts, taken: dict[str, list[_Task]], number: int
) -> tuple[str, list[tuple[str, str]]]:
    """The language of a prompt, and the (id, instruction) of those in it."""
    language = in_language(number, shop.chinese_share)
    chance = Random(content_id(NAME, "prompt", str(shop.seed), str(number)))
    own = [(task.id, task.instruction) for task in taken[language]]
    shown = chance.sample(own, min(GENERATED, len(own)))
    seeds = [(seed.id, seed.instruction) for seed in prompts.seeds[language]]
    shown += chance.sample(seeds, SHOWN - len(shown))
    chance.shuffle(shown)
    return language, shown


def _proposed(shop: Workshop, pool: Pool, like: _Task, reply: Completion | Failure, asked: str) -> Iterator[_Task | Refused]:
    """Instructions of one reply; those that are taken are in the pool from then on. Never none."""
    if isinstance(reply, Failure):
        yield _unanswered(asked, "", reply, "propose")
        return
    found, broken = proposals.read(reply.text, reply.finish, like.language)
    for text in found:
        task = _Task(text, like.language, like.parents)
        if refusal := proposals.refusal(text, like.language) or proposals.twin(text, pool.nearest(text)):
            yield Refused(task.id, *refusal, text, how="propose")
        else:
            pool.add(text)
            yield task
    if broken:
        yield Refused(asked, "truncated", f"the reply did not end: {broken[:200]!r}", broken, how="propose")
    elif not found:
        yield _unanswered(asked, "", Failure("no_instruction", "the reply holds no instruction", reply.whole), "propose")


def _instances(shop: Workshop, prompts: TaskPrompts, tasks: Sequence[_Task], most: int) -> Iterator[Made]:
    """What comes of instructions that were taken."""
    requests = [prompts.classify(task.instruction, task.language) for task in tasks]
    labelled: list[tuple[_Task, bool]] = []
    for task, reply in zip(tasks, shop.teacher.ask(requests, about=NAME), strict=True):
        verdict = _verdict(prompts, task, reply)
        if isinstance(verdict, Refused):
            yield verdict
        else:
            labelled.append((task, verdict))
    requests = [prompts.instances(task.instruction, task.language, label_first=first) for task, first in labelled]
    for (task, first), reply in zip(labelled, shop.teacher.ask(requests, about=NAME), strict=True):
        how = "label_first" if first else "input_first"
        if isinstance(reply, Failure):
            yield _unanswered(task.id, task.instruction, reply, how)
            continue
        found = read(reply.text, reply.finish, prompts.wordings[task.language])
        shown = {pair for seed in prompts.examples(task.language, label_first=first) for pair in seed.instances}
        judged(found, most=most, prompt=prompts.task(task.language, label_first=first), shown=shown)
        for one in found:
            yield _made(shop, task, one, how)
        if not found:
            reason = f"no input and no output for {task.instruction[:200]!r} in {reply.text[:200]!r}"
            yield _unanswered(task.id, task.instruction, Failure("no_instance", reason, reply.whole), how)


def _verdict(prompts: TaskPrompts, task: _Task, reply: Completion | Failure) -> bool | Refused:
    """Whether an instruction is classification."""
    if isinstance(reply, Failure):
        return _unanswered(task.id, task.instruction, reply, "classify")
    words = prompts.wordings[task.language]
    said = words_of(reply.text)[:1]  # of Chinese, the first character
    for answer, classification in ((words.yes, True), (words.no, False)):
        if said == words_of(answer)[:1]:
            return classification
    reason = f"neither {words.yes} nor {words.no} about {task.instruction[:200]!r}: {reply.text[:80]!r}"
    return _unanswered(task.id, task.instruction, Failure("no_verdict", reason, reply.whole), "classify")


def _unanswered(id: str, asked: str, failure: Failure, how: str) -> Refused:
    """As workshop.unanswered, where there is no Pair yet: what the model wrote is kept, or else what it was asked about."""
    return Refused(id, failure.rule, failure.reason, failure.raw or asked, unreadable=True, how=how)


def _made(shop: Workshop, task: _Task, one: Instance, how: str) -> Made:
    classification = how == "label_first"
    pair = Pair(
        id=pair_id(task.instruction, one.input, one.output),
        instruction=task.instruction,
        input=one.input,
        output=one.output,
        history=(),
        language=task.language,
        task="classification" if classification else "open",
        maker=f"{NAME}/{how}@{VERSION} {shop.teacher.identity}",
        parents=task.parents,
        source=f"{NAME}:{task.id}",
        constraints=(),
        label=json.dumps(one.output, ensure_ascii=False) if classification else "",
        license=LICENSE,
        split="train",
    )
    return Refused(pair.id, *one.refused, pair, how=how) if one.refused else pair
