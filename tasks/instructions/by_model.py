"""Rows by model: the foundation turns a function's description into a question, whose answer is known before it is asked.

    Pop the smallest item off the heap.   →   Which function pops the smallest item off the heap?
                                              heappop / heapify / merge / nsmallest   →   heappop

A small base model writes good questions and bad answers: asked for both at once, Gemma 3 270M got 1 of 4 answers right even
among those copied from the text. So it only rewords (instruction back-translation; Li et al. 2023, arXiv:2308.06259): the
answer is the function's name, among three others of its module, and a question that says more or less than the description
is dropped. These rows are for training alone; a test is not written by the model it tests.
"""

import re
from collections.abc import Sequence
from itertools import islice
from random import Random

from tasks.completions import Answers, Completion, Journal, Request, complete
from tasks.completions.answers import Model
from tasks.instructions.by_template import Library, Maker, admitted
from tasks.instructions.choose import ranked
from tasks.instructions.screen import Refusal
from tasks.records import Document, Pair, content_id, pair_id

RECIPE = "ask@1"
LONGEST_REPLY = 40
"""Tokens; a question of 25 words needs about 35."""

_OURS = (
    ("Return the number of books on a shelf.", "Which function returns the number of books on a shelf?"),
    ("True if the lamp is switched on.", "Which function tells whether the lamp is switched on?"),
    ("Sort letters by weight, the heaviest first.", "Which function sorts letters by weight, the heaviest first?"),
    ("This is called when a train leaves the station.", "Which function is called when a train leaves the station?"),
    ("Helper to close a door and lock it.", "Which function closes a door and locks it?"),
)
PREFIX = "Each description of a function is turned into a question that asks which function it is.\n\n" + "".join(
    f"Description: {description}\nQuestion: {question}\n\n" for description, question in _OURS
)
_FRAME = {"which", "function", "that", "this", "the", "and", "does", "tells", "whether"}
"""Words a question may have of itself."""
_CONTENT = re.compile(r"\w{3,}")
ALIKE = 4
"""Letters in which two forms of one word agree: return, returns; a shorter word must agree whole: pop, pops."""
MOST_LEFT_OUT = 0.25
"""Share of the description's content words that a question may lack."""


def rows(maker: Maker, functions: Sequence[Document], model: Model, journal: Journal) -> tuple[list[Pair], Answers]:
    """Rows from the replies about these functions, and the replies; one that makes no row is in the maker's books."""
    requests = [request(maker.library, function) for function in functions]
    answers = complete(requests, model, journal, about="questions by the foundation")
    made = []
    for function, completion in zip(functions, answers.completions, strict=True):
        if refusal := unfit(maker.library, function, completion):
            maker.books.took()
            maker.books.drop(function.id, *refusal, function)
        elif kept := admitted(_pair(maker, function, completion, model.identity), maker.screen, maker.books):
            made.append(kept)
    return made, answers


def askable(library: Library, documents: Sequence[Document], *, seed: int, wanted: int) -> list[Document]:
    """The first `wanted` functions with a short description and at least three neighbours, turn by turn over sources."""
    code = [document for document in documents if document.kind == "code"]
    fitting = (document for document in ranked(code, seed=seed, family="ask") if _fits(library, document))
    return list(islice(fitting, wanted))


def request(library: Library, document: Document) -> Request:
    """What the foundation is asked about a function."""
    prompt = f"Description: {library.facts(document)['first']}\nQuestion:"
    return Request(prompt, max_new_tokens=LONGEST_REPLY, prefix=PREFIX)


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


def _pair(maker: Maker, document: Document, completion: Completion, model: str) -> Pair:
    facts = maker.library.facts(document)
    draw = Random(content_id("ask", str(maker.seed), document.id))
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
        maker=f"foundation/{RECIPE} {model}",
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
