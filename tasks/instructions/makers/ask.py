"""Ask: the teacher turns a function's description into a question, whose answer is known before it is asked.

    Pop the smallest item off the heap.   →   Which function pops the smallest item off the heap?
                                              heappop / heapify / merge / nsmallest   →   heappop

A small base model writes good questions and bad answers: asked for both at once, Gemma 3 270M got 1 of 4 answers right even
among those copied from the text. So it only rewords (instruction back-translation; Li et al. 2023, arXiv:2308.06259): the
answer is the function's name, among three others of its module, and a question that says more or less than the description
is dropped. These rows are for training alone; a test is not written by the model it tests. The prompt is in
params/prompts/ask.yaml.
"""

import re
from collections.abc import Iterator, Sequence
from random import Random

from tasks.completions import Completion, Failure, Request
from tasks.instructions.choose import ranked
from tasks.instructions.library import Library
from tasks.instructions.prompts import Prompts
from tasks.instructions.screen import Refusal
from tasks.instructions.workshop import Made, Refused, Workshop, batches, unanswered
from tasks.records import Document, Pair, content_id, pair_id

PROMPTS = ("question",)
RECIPE = "ask@1"
LONGEST_REPLY = 40
"""Tokens; a question of 25 words needs about 35."""

_FRAME = {"which", "function", "that", "this", "the", "and", "does", "tells", "whether"}
"""Words a question may have of itself."""
_CONTENT = re.compile(r"\w{3,}")
ALIKE = 4
"""Letters in which two forms of one word agree: return, returns; a shorter word must agree whole: pop, pops."""
MOST_LEFT_OUT = 0.25
"""Share of the description's content words that a question may lack."""


def rows(shop: Workshop, prompts: Prompts) -> Iterator[Made]:
    """A question about each function with a short description and at least three neighbours, turn by turn over sources."""
    for functions in batches(askable(shop.library, shop.documents, seed=shop.seed)[: shop.most]):
        replies = shop.teacher.ask([request(prompts, shop.library, function) for function in functions], about="ask")
        for function, reply in zip(functions, replies, strict=True):
            if isinstance(reply, Failure):
                yield unanswered(function, reply)
            elif refusal := unfit(shop.library, function, reply):
                yield Refused(function.id, *refusal, function)
            else:
                yield _pair(shop, function, reply)


def askable(library: Library, documents: Sequence[Document], *, seed: int) -> list[Document]:
    """Functions that can be asked about, in the order in which they are."""
    code = [document for document in documents if document.kind == "code"]
    return [document for document in ranked(code, seed=seed, family="ask") if _fits(library, document)]


def request(prompts: Prompts, library: Library, document: Document) -> Request:
    """What the teacher is asked about a function."""
    return prompts.request("question", "en", library.facts(document)["first"], max_new_tokens=LONGEST_REPLY)


def unfit(library: Library, document: Document, completion: Completion) -> Refusal | None:
    """Why a reply makes no row, or None."""
    question, facts = completion.text.strip(), library.facts(document)
    if completion.finish == "length" or not re.fullmatch(r"Which function [^\n?]+\?", question):
        return "no_question", f"the reply is not one question that begins with Which function: {question[:200]!r}"
    if facts["name"] in re.findall(r"\w+", question):
        return "tells_answer", f"the question names {facts['name']}: {question!r}"
    asked, described = _words(question), _words(facts["first"])
    added = sorted(word for word in asked - _FRAME if not _has(described, word))
    lacking = sorted(word for word in described - _FRAME if not _has(asked, word))
    if added or len(lacking) > MOST_LEFT_OUT * len(described):
        return "unfaithful", f"{question!r} adds {added} to {facts['first']!r} and lacks {lacking}"
    return None


def _pair(shop: Workshop, document: Document, completion: Completion) -> Pair:
    facts = shop.library.facts(document)
    draw = Random(content_id("ask", str(shop.seed), document.id))
    choices = [facts["name"], *draw.sample(facts["siblings"], 3)]
    draw.shuffle(choices)
    question, offered = completion.text.strip(), " / ".join(choices)
    return Pair(
        id=pair_id(question, offered, facts["name"]),
        instruction=question,
        input=offered,
        output=facts["name"],
        history=(),
        language="en",
        task="ask",
        maker=f"{RECIPE} {shop.teacher.identity}",
        parents=(document.id,),
        source=document.source,
        constraints=(f"one_of:{'|'.join(choices)}",),
        label="",
        license=document.license,
        split="train",
    )


def _fits(library: Library, document: Document) -> bool:
    facts = library.facts(document)
    return 4 <= len(facts.get("words", ())) <= 20 and "name" in facts and len(facts["siblings"]) >= 3


def _words(text: str) -> set[str]:
    return {word.lower() for word in _CONTENT.findall(text)}


def _has(words: set[str], wanted: str) -> bool:
    return any(word[:same] == wanted[:same] for word in words if (same := min(ALIKE, len(word), len(wanted))))
