"""A teacher that is not there stops the run, which publishes nothing; rows left out and makers that fall short are told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions import Failure, Request
from tasks.errors import EndpointError
from tasks.instructions import judge
from tasks.instructions.forecast import forecast
from tasks.instructions.judge import judged_of
from tasks.instructions.make import make, start
from tasks.instructions.makers.settings import Ask, Constrain
from tasks.instructions.mix import made_by_model
from tasks.instructions.prompts import prompts_of
from tasks.instructions.screen import Screen
from tasks.instructions.settings import InstructionsParams, Selecting
from tasks.instructions.teacher import teacher_of
from tasks.instructions.workshop import Workshop
from tasks.ledger import Books
from tasks.records import Document
from tasks.tracking import Numbers
from tests.instructions.conftest import PARAMS
from tests.instructions.test_judge import ENGLISH, USUAL, checkout, params_of

MakeWorkshop = Callable[..., Workshop]
NOBODY = Failure("connection", "no connection: refused")
PLAIN = Selecting(budget=None, by="random", least_score=None)


def wanted(ask: int = 0, constrain: int = 0) -> InstructionsParams:
    makers = replace(USUAL.makers, ask=Ask(rows=ask), constrain=Constrain(rows=constrain, samples=2))
    return replace(USUAL, makers=makers, tries_per_row=3)


def made(params: InstructionsParams, shop: Workshop) -> None:
    made_by_model(params, shop, Screen(480, 160, 600), Books("instructions"))


def rewording(request: Request, *, deaf: Callable[[str], Failure | None]) -> str | Failure:
    about = request.messages[-1][1]
    verb, rest = about.rstrip(".").split(" ", 1)
    return deaf(about) or f"Which function {verb.lower()}s {rest}?"


def test_a_server_that_is_not_there_stops_the_stage_which_publishes_nothing(
    tmp_path: Path, toy_documents: list[Document]
) -> None:
    place, nowhere = checkout(tmp_path, toy_documents), params_of(PLAIN, "http://127.0.0.1:9/v1")
    server = replace(nowhere.teacher.backend, attempts=1)  # type: ignore[arg-type]
    teacher = replace(nowhere.teacher, backend=server)
    params = replace(nowhere, makers=wanted(ask=5).makers, teacher=teacher, tries_per_row=3)
    said = r"ask: .* 15 rows .*\(connection 15.*http://127\.0\.0\.1:9/v1.*params/instructions\.yaml.*run the same command"
    with pytest.raises(EndpointError, match=said):
        make(params, place, Numbers.open(place, "instructions"))
    assert not (place.data / "instructions").exists()
    with teacher_of(teacher, place) as asked, pytest.raises(EndpointError, match=r"ask: .* 12 rows"):
        list(forecast(params, start(params, place), asked, rows=12))


def test_a_maker_that_also_makes_rows_by_itself_does_not_hide_that_nobody_answers(
    workshop: MakeWorkshop, toy_documents: list[Document]
) -> None:
    shop = workshop(toy_documents, lambda _: NOBODY, pairs=ENGLISH)
    with pytest.raises(EndpointError, match="constrain: "):
        made(wanted(constrain=40), shop)


@pytest.mark.parametrize("rule", ["refused", "content_filter", "too_long"])
def test_rows_that_another_try_would_refuse_as_well_stop_nothing(
    workshop: MakeWorkshop, toy_documents: list[Document], rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made(wanted(ask=5), workshop(toy_documents, lambda _: Failure(rule, "for good")))
    told = capsys.readouterr().err
    assert "have no answer" not in told and f"ask: 0 of 5 rows, 15 tried; most refused: {rule} 15\n" in told


def test_some_rows_without_an_answer_are_told_by_rule_with_the_command_that_asks_again(
    workshop: MakeWorkshop, toy_documents: list[Document], capsys: pytest.CaptureFixture[str]
) -> None:
    def deaf(about: str) -> Failure | None:
        return {0: Failure("deadline", "60 s"), 1: Failure("status", "HTTP 500")}.get(sum(map(ord, about)) % 7)

    shop = workshop(toy_documents, lambda request: rewording(request, deaf=deaf))
    made(wanted(ask=20), shop)
    [line] = [line for line in capsys.readouterr().err.splitlines() if "no answer" in line]
    number, rest = line.removeprefix("ask: ").split(" ", 1)
    assert rest.startswith("of ") and "rows have no answer (" in rest and "status" in rest and "deadline" in rest
    assert rest.endswith("they lie in quarantine, and `python -m flows.whole --force instructions` asks them again")
    assert int(number) > 0


def test_a_maker_that_falls_short_says_so_and_one_that_does_not_is_quiet(
    workshop: MakeWorkshop, toy_documents: list[Document], capsys: pytest.CaptureFixture[str]
) -> None:
    shop = workshop(toy_documents, lambda request: rewording(request, deaf=lambda _: None))
    made(wanted(ask=5), shop)
    assert "5 rows" not in capsys.readouterr().err
    made(wanted(ask=5), replace(shop, documents=[]))
    assert "ask: 0 of 5 rows, 0 tried\n" in capsys.readouterr().err


@pytest.mark.parametrize("rows", [5, 60])
def test_a_judge_that_is_not_there_stops_the_run(workshop: MakeWorkshop, rows: int) -> None:
    shop = workshop([], lambda _: NOBODY, pairs=ENGLISH[:rows])
    with pytest.raises(EndpointError, match=r"judge: .*connection .*no connection: refused"):
        judged_of(shop, prompts_of(judge, PARAMS), least_score=None)


def test_a_row_without_a_score_for_want_of_an_answer_is_told(
    workshop: MakeWorkshop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = workshop([], lambda request: NOBODY if "number 3 " in request.prompt else "4", pairs=ENGLISH[:9])
    judged = judged_of(shop, prompts_of(judge, PARAMS), least_score=None)
    assert [row.rule for row in judged.refused] == ["connection"]
    assert "judge: 1 of 9 rows have no answer (connection 1); they lie in quarantine" in capsys.readouterr().err
