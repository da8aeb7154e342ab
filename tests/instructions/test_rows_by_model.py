"""Rows asked of a model: the question is its own, the answer is not, and each reply is a row or in the books."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tasks.completions import Completion, Journal, Request
from tasks.completions.journal import Reply
from tasks.instructions import by_model
from tasks.instructions.by_template import Library, Maker
from tasks.instructions.screen import Screen
from tasks.ledger import Books
from tasks.records import Document


@dataclass
class Rephraser:
    """A teacher of two rules: read → reads, and everything else as it stands."""

    asked: list[Request] = field(default_factory=list)
    identity: str = "two rules"

    def replies(self, requests: Sequence[Request], stop: Sequence[str]) -> Iterator[list[tuple[int, Reply]]]:
        for index, request in enumerate(requests):
            self.asked.append(request)
            description = request.prompt.removeprefix("Description: ").removesuffix("\nQuestion:")
            verb, rest = description.rstrip(".").split(" ", 1)
            yield [(index, Reply(f" Which function {verb.lower()}s {rest}?\n\nDescription: next", "stop", 12))]


@pytest.fixture
def maker(toy_documents: list[Document]) -> Maker:
    return Maker(Library(toy_documents), Screen(480, 160, 600), Books("instructions"), seed=0, chinese_share=0.25)


def functions(maker: Maker, wanted: int) -> list[Document]:
    return by_model.askable(maker.library, maker.library.documents, seed=0, wanted=wanted)


def test_a_question_is_the_models_and_its_answer_is_not(maker: Maker, tmp_path: Path) -> None:
    [row], _ = by_model.rows(maker, functions(maker, 1), Rephraser(), Journal(tmp_path / "journal.sqlite"))
    assert row.instruction.startswith("Which function ")
    assert row.output in row.input.split(" / ")
    assert maker.library.facts(functions(maker, 1)[0])["name"] == row.output
    assert (row.task, row.split, row.maker) == ("ask", "train", "foundation/ask@1 two rules")


def test_every_reply_is_a_row_or_in_the_books(maker: Maker, tmp_path: Path) -> None:
    made, _ = by_model.rows(maker, functions(maker, 30), Rephraser(), Journal(tmp_path / "journal.sqlite"))
    assert made
    assert maker.books.balance()["in"] == 30
    assert maker.books.balance()["out"] == len(made)


def test_one_more_function_costs_one_more_answer(maker: Maker, tmp_path: Path) -> None:
    journal, first, again = Journal(tmp_path / "journal.sqlite"), Rephraser(), Rephraser()
    by_model.rows(maker, functions(maker, 5), first, journal)
    _, answers = by_model.rows(maker, functions(maker, 6), again, journal)
    assert (answers.asked, answers.reused) == (1, 5)
    assert len(again.asked) == 1


def test_solved_examples_are_shared_and_none_is_about_the_corpus(maker: Maker) -> None:
    requests = [by_model.request(maker.library, document) for document in functions(maker, 4)]
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
    refusal = by_model.unfit(Library(toy_documents), toy_documents[0], Completion(text, "stop", 9))
    assert (refusal[0] if refusal else None) == rule


def test_a_reply_that_never_ended_is_refused(toy_documents: list[Document]) -> None:
    reply = Completion("Which function reads every archive below a path?", "length", 40)
    assert by_model.unfit(Library(toy_documents), toy_documents[0], reply) is not None
