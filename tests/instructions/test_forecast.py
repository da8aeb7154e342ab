"""What makers will cost is told by a few rows of each, which are not paid for twice; and no cap is passed on the way."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.completions import Account, Completion, Failure, Journal, Reply, Request, Spent
from tasks.completions.budget import NO_CAP, Budget
from tasks.errors import EndpointError, ParamsError
from tasks.instructions.estimate import Tried, costs, estimate, in_words, together, told
from tasks.instructions.figures import asked_of
from tasks.instructions.forecast import forecast, main
from tasks.instructions.forecast import run as run_command
from tasks.instructions.make import start
from tasks.instructions.makers import ask, back_translate, evolve
from tasks.instructions.makers.settings import Ask, BackTranslate, Evolve
from tasks.instructions.makers.subjects import subjects
from tasks.instructions.mix import Tally, made_by_model
from tasks.instructions.prompts import prompts_of
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.teacher import Teacher
from tasks.instructions.workshop import Workshop
from tasks.params import load, write
from tasks.records import Document, Pair, pair_id
from tasks.shards import new_folder
from tasks.workspace import Workspace

ROOT = Path(__file__).parents[2]
PRICES = replace(NO_CAP, price_per_million_prompt_tokens=1.0, price_per_million_new_tokens=4.0, currency="EUR")
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}

MakeWorkshop = Callable[..., Workshop]

BOATS = [
    Pair(
        id=pair_id(said, "", "yes"), instruction=said, input="", output="yes", history=(), language="en", task="talk",
        maker="ready/toy", parents=(), source="toy:boats", constraints=(), label="", license="MIT", split="train",
    )
    for said in (f"Say what boat number {number} carries." for number in range(24))
]  # fmt: skip


@dataclass
class Rewording:
    """Turns read … into reads …; every third question is of no use. Counts what it is asked."""

    identity: str = "rewording"
    asked: list[str] = field(default_factory=list)

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        for index, request in enumerate(requests):
            said = self.said(request)
            self.asked.append(request.prefix + request.prompt)
            yield [(index, Reply(said, "stop", len(said.split()), 100 + len(request.prompt.split())))]

    def said(self, request: Request) -> str:
        description = request.prompt.removeprefix("Description: ").removesuffix("\nQuestion:")
        verb, rest = description.rstrip(".").split(" ", 1)
        useless = Random(request.prompt).random() < 0.3
        return "I would rather not." if useless else f" Which function {verb.lower()}s {rest}?"


class OfTwoRounds(Rewording):
    """What evolve and back_translate ask, answered in the language asked; every third thing by nothing of use."""

    def said(self, request: Request) -> str:
        task, about = request.messages[0][1], request.messages[-1][1]
        if Random(request.prompt).random() < 0.3:
            return "…"
        if task.startswith(("Do the two", "这两条")):
            return " Not equal" if task.isascii() else " 不同"
        if request.prompt.startswith(("Instruction: ", "指令: ")):
            return " 5"
        return f" Explain {about.split()[0]} as a captain would." if task.isascii() else f" 说明{about[:6]}，像船长那样。"


@pytest.fixture
def workspace(tmp_path: Path, toy_documents: list[Document]) -> Workspace:
    made = Workspace(tmp_path)
    shutil.copytree(ROOT / "params", made.params)
    with new_folder(made.data / "corpus") as out:
        out.rows("documents", toy_documents, Document)
    with new_folder(made.data / "archive") as out:
        out.rows("pairs", [], Pair)
    return made


def params_of(
    workspace: Workspace, budget: Budget = PRICES, rows: int = 12, **makers: BackTranslate | Evolve
) -> InstructionsParams:
    params = load(InstructionsParams, workspace.params / "instructions.yaml")
    teacher = replace(params.teacher, budget=budget)
    few = {"train_rows_per_family": 2, "test_rows_per_family": 1, "tries_per_row": 2, "seed": 0, "test_share": 0.25}
    wanted = replace(params.makers, ask=Ask(rows=0 if makers else rows), **makers)
    return replace(params, makers=wanted, teacher=teacher, **few)  # type: ignore[arg-type]


def run(
    workspace: Workspace, model: Rewording, budget: Budget = PRICES, **makers: BackTranslate | Evolve
) -> tuple[list[Pair], Tally]:
    """What make does once it has a teacher."""
    params = params_of(workspace, budget, **makers)
    begun = start(params, workspace)
    teacher = Teacher(model, Journal(workspace.cache / "journal.sqlite"), account=Account(budget))
    made = made_by_model(params, begun.shop(params, teacher), begun.screen, begun.books)
    [tally] = made.tallies.values()
    return made.pairs, tally


def foretold(
    workspace: Workspace, model: Rewording, rows: int = 12, budget: Budget = PRICES, **makers: BackTranslate | Evolve
) -> list[str]:
    params = params_of(workspace, budget, **makers)
    teacher = Teacher(model, Journal(workspace.cache / "journal.sqlite"), account=Account(budget))
    return list(forecast(params, start(params, workspace), teacher, rows=rows))


def test_each_row_costs_what_it_adds(workshop: MakeWorkshop, toy_documents: list[Document]) -> None:
    shop = workshop(toy_documents, lambda request: Reply("no", "stop", 1, len(request.prompt)), most=6)
    prompts = prompts_of(ask, shop.params)
    wanted = [
        Spent(1, len(ask.request(prompts, subject).prompt), 1)
        for subject in subjects(shop.library, toy_documents, seed=0)[:6]
    ]
    rows = partial(ask.rows, prompts=prompts)
    list(rows(shop))
    before = (shop.teacher.asked.total(), shop.teacher.reused.total(), shop.teacher.account.spent)
    assert costs(rows, shop, 6) == wanted
    assert (shop.teacher.asked.total(), shop.teacher.reused.total(), shop.teacher.account.spent) == before


@pytest.mark.parametrize("name", ["evolve", "back_translate"])
def test_the_first_rows_of_two_rounds_cost_what_the_run_asks_for_them(
    workshop: MakeWorkshop, toy_documents: list[Document], name: str
) -> None:
    shop = workshop(toy_documents, OfTwoRounds().said, pairs=BOATS, most=24)
    if name == "evolve":
        rows = partial(evolve.rows, prompts=prompts_of(evolve, shop.params), rounds=2)
    else:
        prompts = prompts_of(back_translate, shop.params)
        rows = partial(back_translate.rows, prompts=prompts, longest_answer=400, least_score=5, rounds=2)
    first = list(islice(rows(replace(shop, at_once=12)), 12))
    real = shop.teacher.account.spent
    assert sum(costs(rows, shop, 12), Spent()) == real and real.calls > len(first) == 12
    assert list(rows(shop))[:12] == first


MAKERS: list[dict[str, BackTranslate | Evolve]] = [
    {"evolve": Evolve(rows=12, rounds=2)},
    {"back_translate": BackTranslate(rows=12, least_score=5, rounds=2)},
]


@pytest.mark.parametrize("makers", MAKERS, ids=lambda makers: next(iter(makers)))
def test_what_a_forecast_asks_of_a_maker_of_two_rounds_the_run_asks_too(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory, makers: dict[str, BackTranslate | Evolve]
) -> None:
    alone = Workspace(Path(shutil.copytree(workspace.root, tmp_path_factory.mktemp("other") / "here")))
    both, run_alone = OfTwoRounds(), OfTwoRounds()
    said = foretold(workspace, both, **makers)
    assert said[0].split(":")[1].startswith(" 12 tried, ")
    of_forecast = len(both.asked)
    rows, tally = run(workspace, both, **makers)
    assert len(both.asked) == len(set(both.asked))
    assert run(alone, run_alone, **makers) == (rows, tally)
    assert set(both.asked) == set(run_alone.asked) and 12 < of_forecast < len(both.asked)


def test_a_sure_outcome_has_no_width() -> None:
    runs = estimate([Tried(True, Spent(1, 10, 2))] * 4, wanted=96, most=200, budget=NO_CAP, seed="").runs
    assert told(runs, NO_CAP) == {
        "tries": (96, 96, 96),
        "calls": (96, 96, 96),
        "prompt_tokens": (960, 960, 960),
        "new_tokens": (192, 192, 192),
        "money": (0.0, 0.0, 0.0),
    }


def test_rows_that_are_never_kept_cost_all_tries() -> None:
    runs = estimate([Tried(False, Spent(1, 10, 2))] * 4, wanted=5, most=70, budget=NO_CAP, seed="").runs
    assert told(runs, NO_CAP)["tries"] == told(runs, NO_CAP)["calls"] == (70, 70, 70)


@settings(max_examples=60, deadline=None)
@given(outcomes=st.lists(st.booleans(), min_size=1, max_size=12), wanted=st.integers(1, 80), most=st.integers(1, 150))
def test_every_run_that_is_foretold_is_one_that_can_be(outcomes: list[bool], wanted: int, most: int) -> None:
    """Each kept row costs one token read, each lost one token written, so that a run tells how many it had of each."""
    tried = [Tried(kept, Spent(1, int(kept), int(not kept))) for kept in outcomes]
    for run in estimate(tried, wanted=wanted, most=most, budget=NO_CAP, seed="").runs:
        calls, kept, lost = run.spent.parts
        assert calls == kept + lost and run.tries <= calls <= most
        assert min(wanted, most) <= run.tries
        assert run.tries == most or kept >= wanted
        assert kept == 0 or any(outcomes)
        assert lost == 0 or not all(outcomes)


def test_where_fewer_may_be_tried_than_are_wanted_those_lost_are_counted() -> None:
    tried = [Tried(number % 2 == 0, Spent(1, int(number % 2 == 0), number % 2)) for number in range(12)]
    told_of = estimate(tried, wanted=60, most=50, budget=NO_CAP, seed="").told()
    assert told_of["tries"] == (50, 50, 50) and told_of["prompt_tokens"][1] in range(20, 31)


def test_the_same_rows_foretell_the_same_and_all_makers_add_up() -> None:
    tried = [Tried(number % 3 > 0, Spent(1, 100 + number, number)) for number in range(12)]
    once, again = (estimate(tried, wanted=30, most=90, budget=PRICES, seed="0 ask") for _ in range(2))
    assert once == again
    middle = told(together([once, again]), PRICES)["new_tokens"]
    assert middle == tuple(2 * part for part in once.told()["new_tokens"])
    assert "EUR" in in_words(once.told(), PRICES)


def test_nine_intervals_of_ten_hold_what_the_run_then_costs() -> None:
    chance, held = Random(7), 0
    for trial in range(60):
        many = [Tried(chance.random() < 0.6, Spent(1, 100, chance.randint(5, 60))) for _ in range(600)]
        told_of = estimate(many[:12], wanted=100, most=300, budget=NO_CAP, seed=str(trial)).told()
        low, _, high = told_of["new_tokens"]
        kept, cost = 0, 0
        for number, row in enumerate(many[:300], start=1):
            kept, cost = kept + row.kept, cost + row.cost.new_tokens
            if kept >= 100 and number % 48 == 0:
                break
        held += low <= cost <= high
    assert held >= 54


def test_the_rows_of_a_forecast_are_not_asked_again_and_it_writes_the_journal_alone(workspace: Workspace) -> None:
    before = {path for path in workspace.root.rglob("*") if path.is_file()}
    model = Rewording()
    lines = foretold(workspace, model)
    assert len(model.asked) == 12
    assert {path.name.partition(".")[0] for path in set(workspace.root.rglob("*")) - before if path.is_file()} == {"journal"}
    assert lines[0].startswith("ask: 12 tried, ")
    assert lines[-1].startswith("so far: 12 answers, ")
    assert foretold(workspace, model) == lines and len(model.asked) == 12
    run(workspace, model)
    assert len(model.asked) == len(set(model.asked))


def test_a_run_notes_what_its_first_rows_foretell_and_what_it_cost(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    model = Rewording()
    rows, tally = run(workspace, model)
    assert rows and tally.estimate
    told_of = tally.estimate.told()
    assert f"ask: {in_words(told_of, PRICES)}\n" in capsys.readouterr().err
    assert tally.spent.calls == len(model.asked)
    assert tally.spent.new_tokens > 0
    assert told_of["calls"] == (24, 24, 24) and tally.spent.calls == 24
    assert told_of["new_tokens"][0] <= tally.spent.new_tokens <= told_of["new_tokens"][2]
    # What is known changes neither rows nor what the manifest tells.
    assert run(workspace, Rewording()) == (rows, tally)


def test_a_forecast_is_what_the_run_notes(workspace: Workspace) -> None:
    said = foretold(workspace, Rewording())[0]
    _, tally = run(workspace, Rewording())
    assert tally.estimate and in_words(tally.estimate.told(), PRICES) in said


def test_a_cap_stops_a_run_which_then_goes_on_to_the_same_rows_and_asks_nothing_twice(
    workspace: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    model = Rewording()
    for cap in (1_500, 2_000, 2_500):
        with pytest.raises(EndpointError, match=r"raise max_tokens and run"):
            run(workspace, model, replace(PRICES, max_tokens=cap))
    stopped = len(model.asked)
    rows, tally = run(workspace, model, replace(PRICES, max_tokens=10**6))
    assert 0 < stopped < len(model.asked) == len(set(model.asked))
    other = Workspace(Path(shutil.copytree(workspace.root, tmp_path_factory.mktemp("other") / "here")))
    shutil.rmtree(other.cache)
    never_capped, its = run(other, Rewording())
    assert never_capped == rows and rows
    assert (its.told(), its.spent) == (tally.told(), tally.spent)
    assert its.estimate and tally.estimate and its.estimate.told() == tally.estimate.told()


def test_a_forecast_keeps_to_the_budget(workspace: Workspace) -> None:
    with pytest.raises(EndpointError, match="max_tokens"):
        foretold(workspace, Rewording(), budget=replace(PRICES, max_tokens=1_500))


def test_without_a_maker_there_is_nothing_to_foretell(workspace: Workspace) -> None:
    shutil.rmtree(workspace.data)  # it is said before any row is made
    with pytest.raises(ParamsError, match="No maker is wanted"):
        run_command(workspace, 12)


@pytest.mark.whole  # loads a model, a tiny one
def test_the_command_asks_the_foundation_once(
    workspace: Workspace, tiny_foundation: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(tiny_foundation, workspace.data / "foundation")
    shutil.copy(ROOT / "dvc.yaml", workspace.root)
    free = {field: getattr(NO_CAP, field) for field in NO_CAP.__slots__}
    write(workspace.params / "instructions.yaml", {"makers": {"ask": {"rows": 2}}, "teacher": {"budget": free}})
    monkeypatch.chdir(workspace.root)
    assert main(["--rows", "3"]) == 0
    once = capsys.readouterr()
    assert "ask: 3 asked, 0 known" in once.err
    assert once.out.startswith("ask: 3 tried, 0 kept; expected 6 [6, 6] tries, 6 [6, 6] calls, ")
    assert main(["--rows", "3"]) == 0
    again = capsys.readouterr()
    assert "ask: 0 asked, 3 known" in again.err and again.out == once.out
    write(workspace.params / "instructions.yaml", {"teacher": {"budget": {"max_tokens": 10}}})
    assert main(["--rows", "4"]) == 5
    assert "The budget is used up: 3 answers have cost" in capsys.readouterr().err


def test_one_row_is_too_few(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--rows", "1"])
    assert "usage: python -m tasks.instructions.forecast" in capsys.readouterr().err


def test_replies_that_should_be_json_are_counted_by_how_they_were_had(
    workshop: MakeWorkshop, toy_documents: list[Document]
) -> None:
    said = {"a": '{"n": 1}', "b": "{'n': 1,}", "c": "one"}
    shop = workshop(toy_documents, lambda request: '{"n": 2}' if request.sample == 1000 else said[request.prompt])
    results = shop.teacher.ask_json([Request(prompt, 20) for prompt in "abc"], SCHEMA, about="count")
    assert [result.value for result in results if not isinstance(result, Failure)] == [{"n": 1}, {"n": 1}, {"n": 2}]
    assert shop.teacher.replies == {
        ("count", "strict"): 1, ("count", "repaired"): 1, ("count", "asked_again_1"): 1,
    }  # fmt: skip
    assert isinstance(shop.teacher.ask([Request("a", 20)], about="count")[0], Completion)
    assert asked_of("count", Tally(), shop.teacher)["json"] == {"asked_again_1": 1, "repaired": 1, "strict": 1}
    assert "json" not in asked_of("another", Tally(), shop.teacher)
