"""What makers try is counted: rows tried = kept + refused, for each maker and each of its ways, and the books agree."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tasks.completions import Failure, Request
from tasks.instructions.makers.settings import Ask, Evolve
from tasks.instructions.mix import made_by_model
from tasks.instructions.screen import Screen
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.workshop import Workshop
from tasks.ledger import Books
from tasks.params import load
from tasks.records import Document

PARAMS = Path(__file__).parents[2] / "params"


def spoken(request: Request) -> str | Failure:
    """A teacher that rewords descriptions, rewrites by three letters, and is deaf to one question in three."""
    task, about = request.messages[0][1], request.messages[-1][1]
    if len(about) % 3 == 0:
        return Failure("deadline", "60 s")
    if task.startswith("Each description"):
        verb, rest = about.rstrip(".").split(" ", 1)
        return f"Which function {verb.lower()}s {rest}?"
    if task.startswith("Do the two"):
        return "Not equal"
    return f"{about.splitlines()[0].rstrip('?')} and why?"


def params(ask: int, evolve: int) -> InstructionsParams:
    found = load(InstructionsParams, PARAMS / "instructions.yaml")
    return replace(found, makers=replace(found.makers, ask=Ask(rows=ask), evolve=Evolve(rows=evolve, rounds=2)))


def test_tried_is_kept_and_refused_and_the_books_agree(
    workshop: Callable[..., Workshop], toy_documents: list[Document]
) -> None:
    books = Books("instructions")
    shop = workshop(toy_documents, spoken)
    made = made_by_model(params(20, 12), shop, Screen(480, 160, 600), books)
    assert list(made.tallies) == ["ask", "evolve"]
    assert len(made.pairs) == sum(tally.kept for tally in made.tallies.values())
    for tally in made.tallies.values():
        assert tally.tried == tally.kept + tally.refused.total()
    balance = books.balance()
    assert balance["in"] == sum(tally.tried for tally in made.tallies.values())
    assert balance["quarantined"]["deadline"] == sum(tally.refused["deadline"] for tally in made.tallies.values())


def test_each_way_of_a_maker_is_counted(workshop: Callable[..., Workshop], toy_documents: list[Document]) -> None:
    shop = workshop(toy_documents, spoken)
    made = made_by_model(params(20, 12), shop, Screen(480, 160, 600), Books("instructions"))
    told = made.tallies["evolve"].told()
    assert told["ways"]["1"]["tried"] + told["ways"].get("2", {"tried": 0})["tried"] == told["tried"]
    assert sum(way["tried"] for name, way in told["ways"].items() if not name.isdigit()) == told["tried"]
    assert all(figure["count"] for figure in told["figures"].values())


def test_a_maker_stops_at_the_rows_wanted(workshop: Callable[..., Workshop], toy_documents: list[Document]) -> None:
    shop = workshop(toy_documents, spoken)
    made = made_by_model(params(5, 0), shop, Screen(480, 160, 600), Books("instructions"))
    assert (len(made.pairs), list(made.tallies)) == (5, ["ask"])
