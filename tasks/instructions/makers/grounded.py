"""Grounded: a question about a passage, whose answer stands in the passage and is known before it is asked.

    The ferry leaves at six. It carries 40 passengers.   →   How many passengers does the ferry carry?   →   40 passengers
                                                             label {"citation": "It carries 40 passengers."}

A rule takes the answer (spans.py), the teacher writes the question only, and is asked it back over the passage
(questions.py). So the answer is always a span of the passage, and the sentence it is from is kept as its citation. What
this cannot see: a question that is odd, and still leads back to the answer. Questions without an answer are not made.
"""

import json
from collections.abc import Iterator
from random import Random

from tasks.instructions.passages import in_turn
from tasks.instructions.prompts import Prompts
from tasks.instructions.questions import Sought, questions, sought
from tasks.instructions.workshop import Made, Refused, Workshop, batches
from tasks.records import Pair, content_id, pair_id

RECIPE = "grounded@1"


def rows(shop: Workshop, prompts: Prompts, *, longest_passage: int, round_trip: bool) -> Iterator[Made]:
    """A question about each passage of at most `longest_passage` characters, turn by turn over sources and documents."""
    for some in batches(askable(shop, longest_passage)[: shop.most], shop.at_once):
        found = questions(shop.teacher, prompts, some, about="grounded", round_trip=round_trip)
        for one, question in zip(some, found, strict=True):
            yield question if isinstance(question, Refused) else _pair(shop, one, question)


def askable(shop: Workshop, longest_passage: int) -> list[Sought]:
    """Passages with the answer that is asked for, in their order."""
    passages = in_turn(shop.documents, seed=shop.seed, family="grounded", longest=longest_passage)
    found = (
        sought(passage, passage.sentences, Random(content_id("grounded", str(shop.seed), passage.document.id, passage.text)))
        for passage in passages
    )
    return [one for one in found if one]


def _pair(shop: Workshop, one: Sought, question: str) -> Pair:
    document = one.passage.document
    return Pair(
        id=pair_id(question, one.passage.text, one.answer),
        instruction=question,
        input=one.passage.text,
        output=one.answer,
        history=(),
        language=one.passage.language,
        task="question",
        maker=f"{RECIPE} {shop.teacher.identity}",
        parents=(document.id,),
        source=document.source,
        constraints=(),
        label=json.dumps({"citation": one.sentence}, ensure_ascii=False),
        license=document.license,
        split="train",
    )
