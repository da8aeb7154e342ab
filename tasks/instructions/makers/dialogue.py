"""Dialogue: two or three questions about one passage, each answered from a sentence of its own.

    The ferry leaves at six.      user       The ferry leaves at six. It carries 40 passengers.
    It carries 40 passengers.  →             When does the ferry leave?                           assistant  six
                                  user       How many passengers does the ferry carry?            assistant  40 passengers

The first turn brings the passage, so that each answer can be found in what was said. Each question is made and asked back by
itself, as grounded.py does: no turn leans on an earlier one by a pronoun, which a small teacher gets wrong. The last turn is
instruction and output, the others are history; label holds the citation of every turn, in order.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import combinations
from random import Random

from tasks.instructions.overlap import f1
from tasks.instructions.passages import Passage, in_turn
from tasks.instructions.prompts import Prompts
from tasks.instructions.questions import Sought, questions, sought
from tasks.instructions.workshop import Made, Refused, Workshop, batches
from tasks.records import Pair, content_id, pair_id

RECIPE = "dialogue@1"
MOST_TURNS, FEWEST_TURNS = 3, 2
SAME = 0.8
"""From this F1 on, two questions of one dialogue ask the same."""
PASSAGE_SHARE = 0.6
"""Share of a dialogue's characters that its passage may take."""

Turn = tuple[Sought, str]


def rows(shop: Workshop, prompts: Prompts, *, longest: int, round_trip: bool) -> Iterator[Made]:
    """A dialogue of each passage with two sentences or more; `longest` is its characters with passage and all turns."""
    for some in batches(askable(shop, longest)[: shop.most], shop.at_once):
        asked = [one for wanted in some for one in wanted]
        found = iter(questions(shop.teacher, prompts, asked, about="dialogue", round_trip=round_trip))
        for wanted in some:
            yield _made(shop, wanted, [next(found) for _ in wanted], longest)


def askable(shop: Workshop, longest: int) -> list[list[Sought]]:
    """Of each passage the answers that are asked for, of different sentences, in the order of the passage."""
    passages = in_turn(shop.documents, seed=shop.seed, family="dialogue", longest=int(PASSAGE_SHARE * longest))
    found = (_wanted(passage, shop.seed) for passage in passages)
    return [wanted for wanted in found if len(wanted) >= FEWEST_TURNS]


def _wanted(passage: Passage, seed: int) -> list[Sought]:
    chance = Random(content_id("dialogue", str(seed), passage.document.id, passage.text))
    found = [one for sentence in passage.sentences if (one := sought(passage, [sentence], chance))]
    return found[:MOST_TURNS]


def _made(shop: Workshop, wanted: Sequence[Sought], found: Sequence[str | Refused], longest: int) -> Made:
    """The turns that hold, if they are two or more. One that was never answered sets all aside: it may be, the next time."""
    document = wanted[0].passage.document
    refused = [one for one in found if isinstance(one, Refused)]
    if lost := next((one for one in refused if one.unreadable), None):
        return lost
    turns = [(one, question) for one, question in zip(wanted, found, strict=True) if isinstance(question, str)]
    if len(turns) < FEWEST_TURNS:
        reasons = "; ".join(f"{one.rule}: {one.reason}" for one in refused)
        return Refused(document.id, "few_turns", f"{len(turns)} of {len(wanted)} turns hold; {reasons}", document)
    if twins := [(one, other) for (_, one), (_, other) in combinations(turns, 2) if f1(one, other) >= SAME]:
        return Refused(document.id, "same_question", f"two turns ask the same: {twins[0]}", document)
    characters = len(turns[0][0].passage.text) + sum(len(question) + len(one.answer) for one, question in turns)
    if characters > longest:
        return Refused(document.id, "long_dialogue", f"{characters} characters, more than {longest}", document)
    return _pair(shop, turns)


def _pair(shop: Workshop, turns: Sequence[Turn]) -> Pair:
    passage = turns[0][0].passage
    said = [(question, one.answer) for one, question in turns]
    said[0] = (f"{passage.text}\n{said[0][0]}", said[0][1])
    *history, (instruction, output) = said
    return Pair(
        id=pair_id(instruction, "", output, tuple(history)),
        instruction=instruction,
        input="",
        output=output,
        history=tuple(history),
        language=passage.language,
        task="dialogue",
        maker=f"{RECIPE} {shop.teacher.identity}",
        parents=(passage.document.id,),
        source=passage.document.source,
        constraints=(),
        label=json.dumps({"citations": [one.sentence for one, _ in turns]}, ensure_ascii=False),
        license=passage.document.license,
        split="train",
    )
