"""Rows asked of a model: the question is its own, the answer is not, and each reply is a row or in the books."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.completions import Completion, Failure, Request
from tasks.instructions.library import Library
from tasks.instructions.makers import ask
from tasks.instructions.prompts import prompts_of
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.records import Document, Pair

MakeWorkshop = Callable[..., Workshop]
PROMPTS = prompts_of(ask, Path(__file__).parents[2] / "params")


def rows_of(shop: Workshop) -> list[Made]:
    return list(ask.rows(shop, PROMPTS))


def reworded(request: Request) -> str:
    """Two rules: read → reads, and everything else as it stands."""
    description = request.prompt.removeprefix("Description: ").removesuffix("\nQuestion:")
    verb, rest = description.rstrip(".").split(" ", 1)
    return f" Which function {verb.lower()}s {rest}?\n\nDescription: next"


def test_a_question_is_the_teachers_and_its_answer_is_not(workshop: MakeWorkshop, toy_documents: list[Document]) -> None:
    shop = workshop(toy_documents, reworded)
    rows = [row for row in rows_of(shop) if isinstance(row, Pair)]
    assert rows
    for row in rows:
        [function] = [document for document in toy_documents if document.id == row.parents[0]]
        assert row.instruction.startswith("Which function ")
        assert row.output in row.input.split(" / ")
        assert shop.library.facts(function)["name"] == row.output
        assert (row.task, row.split, row.maker) == ("ask", "train", "ask@1 scripted")


def test_every_function_is_a_row_or_refused(workshop: MakeWorkshop, toy_documents: list[Document]) -> None:
    made = rows_of(workshop(toy_documents, reworded))
    assert len(made) == len(ask.askable(Library(toy_documents), toy_documents, seed=0))


def test_what_was_never_answered_is_told_apart(workshop: MakeWorkshop, toy_documents: list[Document]) -> None:
    failed = workshop(toy_documents, lambda request: Failure("deadline", "60 s"))
    assert {(row.rule, row.unreadable) for row in rows_of(failed) if isinstance(row, Refused)} == {("deadline", True)}


def test_solved_examples_are_shared_and_none_is_about_the_corpus(toy_documents: list[Document]) -> None:
    library = Library(toy_documents)
    requests = [ask.request(PROMPTS, library, document) for document in ask.askable(library, toy_documents, seed=0)]
    assert len({request.prefix for request in requests}) == 1
    assert requests[0].prefix.count("Question: Which function ") == 5
    assert not any(request.prompt.splitlines()[0] in request.prefix for request in requests)


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("Which function reads every {noun} below a path?", None),
        ("Which function is used to read {noun}s?", "unfaithful"),
        ("Which function reads a path?", "unfaithful"),
        ("Which function reads every {noun} below a secret path?", "unfaithful"),
        ("Which function reads with {name} every {noun} below a path?", "tells_answer"),
        ("What reads every {noun} below a path?", "no_question"),
        ("Which function reads every {noun} below a path.", "no_question"),
        ("Which function reads?\nWhich function writes?", "no_question"),
        ("", "no_question"),
    ],
)
def test_a_reply_that_is_no_faithful_question_is_refused(
    toy_documents: list[Document], reply: str, rule: str | None
) -> None:
    text = reply.format(noun="archive", name="read_archive")
    refusal = ask.unfit(Library(toy_documents), toy_documents[0], Completion(text, "stop", 9))
    assert (refusal[0] if refusal else None) == rule


def test_a_reply_that_never_ended_is_refused(toy_documents: list[Document]) -> None:
    reply = Completion("Which function reads every archive below a path?", "length", 40)
    assert ask.unfit(Library(toy_documents), toy_documents[0], reply) is not None
