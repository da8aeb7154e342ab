"""What the teacher thinks of rows: asked in their language, once; the worst go first, and nothing is lost on the way."""

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.completions import Account, Failure, Journal, Reply, Request
from tasks.completions.budget import NO_CAP
from tasks.completions.settings import Server
from tasks.errors import EndpointError
from tasks.instructions import judge
from tasks.instructions.forecast import forecast
from tasks.instructions.judge import judged_of
from tasks.instructions.make import make, start
from tasks.instructions.prompts import prompts_of
from tasks.instructions.rating import rating
from tasks.instructions.select import select
from tasks.instructions.settings import InstructionsParams, Selecting, Templates
from tasks.instructions.teacher import Teacher
from tasks.instructions.workshop import Workshop
from tasks.params import load
from tasks.records import Document, Dropped, Pair, pair_id
from tasks.shards import new_folder, read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace
from tests.completions.bad_server import MODEL, BadServer
from tests.instructions.conftest import PARAMS, Scripted

MakeWorkshop = Callable[..., Workshop]
PROMPTS = prompts_of(judge, PARAMS)
USUAL = load(InstructionsParams, PARAMS / "instructions.yaml")


def row(instruction: str, output: str, language: str = "en", **changes: Any) -> Pair:
    made = Pair(
        id=pair_id(instruction, "", output), instruction=instruction, input="", output=output, history=(),
        language=language, task="explain", maker="toy@1", parents=(), source="toy:rows", constraints=(), label="",
        license="CC0-1.0", split="train",
    )  # fmt: skip
    return replace(made, **changes)


ENGLISH = [row(f"What does bell number {number} say?", f"It says {number}.") for number in range(60)]
CHINESE = [row(f"第{number}口钟说什么？", f"它说{number}。", "zh-Hans") for number in range(40)]
ROWS = [*ENGLISH, *CHINESE]


def number_of(request: Request) -> int:
    """The last number of what is asked about."""
    return int("".join(letter if letter.isdigit() else " " for letter in request.messages[-1][1]).split()[-1])


def strict(request: Request) -> str:
    return str(1 + number_of(request) % 5)


def test_a_row_is_asked_about_in_its_language_with_its_input_and_its_turns() -> None:
    english = row("Say it louder.", "MOO", input="moo")
    assert judge.request(PROMPTS, english).prompt == "Instruction: Say it louder.\nInput: moo\nAnswer: MOO\nScore:"
    chinese = row("再说一遍。", "咚", "zh-Hant", history=(("钟怎么响？", "咚"),))
    request = judge.request(PROMPTS, chinese)
    assert request.prompt == "指令: 钟怎么响？\n答案: 咚\n指令: 再说一遍。\n答案: 咚\n评分:"
    assert request.messages[0] == ("system", PROMPTS.prompt("score", "zh").task)
    assert request.messages[-1] == ("user", "钟怎么响？\n答案: 咚\n指令: 再说一遍。\n答案: 咚")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_solved_examples_show_each_score_once(language: str) -> None:
    said = [rating(score) for _, score in PROMPTS.prompt("score", language).examples]
    assert sorted(score or 0 for score in said) == [1, 2, 3, 4, 5]


def test_rows_below_the_least_score_are_dropped_with_a_reason(workshop: MakeWorkshop) -> None:
    shop = workshop([], strict, pairs=ROWS)
    judged = judged_of(shop, PROMPTS, least_score=3)
    assert judged.scores == {pair.id: 1 + int(number) % 5 for some in (ENGLISH, CHINESE) for number, pair in enumerate(some)}
    assert {refused.id for refused in judged.refused} == {id for id, score in judged.scores.items() if score < 3}
    assert {(refused.rule, refused.unreadable) for refused in judged.refused} == {("low_score", False)}
    assert judged.refused[0].reason.endswith("select.least_score is 3 in params/instructions.yaml")
    assert judged.facts == {
        "scores": {
            "en": {"1": 12, "2": 12, "3": 12, "4": 12, "5": 12},
            "zh-Hans": {"1": 8, "2": 8, "3": 8, "4": 8, "5": 8},
        },
        "mean": 3.0,
        "without_score": {},
    }
    assert (judged.tally.tried, judged.tally.kept, judged.tally.spent.calls) == (100, 60, 100)


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("", "no_score"),
        ("0", "no_score"),
        ("10", "no_score"),
        ("4 or 5", "no_score"),
        ("六分", "no_score"),
        (Reply("It is good, and", "length", 8), "no_score"),
        (Failure("refused", "HTTP 400"), "refused"),
        (Failure("too_long", "9,000 tokens"), "too_long"),
    ],
)
@pytest.mark.parametrize("pair", [ENGLISH[0], CHINESE[0]], ids=["en", "zh"])
def test_a_row_without_a_score_is_kept_aside_whole(workshop: MakeWorkshop, pair: Pair, reply: Any, rule: str) -> None:
    judged = judged_of(workshop([], lambda _: reply, pairs=[pair]), PROMPTS, least_score=None)
    [refused] = judged.refused
    assert (refused.id, refused.rule, refused.row, refused.unreadable) == (pair.id, rule, pair, True)
    assert refused.reason and not judged.scores
    assert judged.facts == {"scores": {}, "mean": None, "without_score": {rule: 1}}


@pytest.mark.parametrize(("silent", "stops"), [(3, False), (7, True)], ids=["of 3 in ten", "of 7 in ten"])
def test_a_teacher_that_mostly_gives_no_score_is_stopped_before_it_empties_train(
    workshop: MakeWorkshop, silent: int, stops: bool
) -> None:
    def mostly(request: Request) -> str:
        return "It depends." if number_of(request) % 10 < silent else "4"

    shop = workshop([], mostly, pairs=ROWS)
    if not stops:
        judged = judged_of(shop, PROMPTS, least_score=None)
        assert (len(judged.scores), len(judged.refused)) == (70, 30)
        return
    with pytest.raises(EndpointError, match=r"no score for .* of the first \d\d rows .*'It depends\.'.*select\.by: deita"):
        judged_of(shop, PROMPTS, least_score=None)


def test_the_order_in_which_rows_come_changes_no_score_and_no_order(workshop: MakeWorkshop) -> None:
    one, other = (judged_of(workshop([], strict, pairs=rows), PROMPTS, least_score=2) for rows in (ROWS, ROWS[::-1]))
    assert list(one.scores.items()) == list(other.scores.items())
    assert (one.refused, one.facts) == (other.refused, other.facts)


def test_what_was_stopped_goes_on_and_asks_nothing_twice(tmp_path: Path, workshop: MakeWorkshop) -> None:
    shop = workshop([], strict, pairs=ROWS)
    model, journal = Scripted(strict), Journal(tmp_path / "stopped.sqlite")
    with pytest.raises(EndpointError, match="raise max_tokens"):
        capped = Account(replace(NO_CAP, max_tokens=2_500))
        judged_of(replace(shop, teacher=Teacher(model, journal, account=capped)), PROMPTS, least_score=2)
    asked = len(model.requests)
    again = judged_of(replace(shop, teacher=Teacher(model, journal)), PROMPTS, least_score=2)
    assert 0 < asked < len(model.requests) == len(set(model.requests)) == 100
    never_stopped = judged_of(shop, PROMPTS, least_score=2)
    assert (again.scores, again.refused, again.tally) == (never_stopped.scores, never_stopped.refused, never_stopped.tally)


def test_the_best_stay_and_the_lot_decides_among_equals() -> None:
    scores = {pair.id: 1 + number % 5 for number, pair in enumerate(ENGLISH)}
    chosen = {seed: select(ENGLISH, budget=18, seed=seed, scores=scores) for seed in (0, 1)}
    for selection in chosen.values():
        assert Counter(scores[pair.id] for pair in selection.kept) == {5: 12, 4: 6}
        assert {rule for _, (rule, _) in selection.left} == {"not_selected"}
    assert {pair.id for pair in chosen[0].kept} != {pair.id for pair in chosen[1].kept}
    assert chosen[0] == select(ENGLISH[::-1], budget=18, seed=0, scores=scores)
    assert chosen[0].left[-1][1][1].startswith("score 1, explain in 'en' has its share; select.budget is 18")


@pytest.fixture
def workspace(tmp_path: Path, toy_documents: list[Document]) -> Workspace:
    return checkout(tmp_path / "here", toy_documents)


def checkout(folder: Path, documents: Sequence[Document]) -> Workspace:
    made = Workspace(folder)
    shutil.copytree(PARAMS, made.params)
    with new_folder(made.data / "corpus") as out:
        out.rows("documents", documents, Document)
    with new_folder(made.data / "archive") as out:
        out.rows("pairs", [], Pair)
    return made


def params_of(selecting: Selecting, url: str = "http://127.0.0.1:9") -> InstructionsParams:
    server = Server(
        kind="endpoint", base_url=url, model=MODEL, api="chat", key_env=None, in_flight=8, requests_per_minute=None,
        tokens_per_minute=None, deadline_seconds=20, attempts=2, longest_retry_after_seconds=5, max_reply_bytes=200_000,
    )  # fmt: skip
    teacher = replace(USUAL.teacher, backend=server, budget=NO_CAP)
    few = {"train_rows_per_family": 16, "test_rows_per_family": 2, "templates": Templates(families=("json", "sig", "upper"))}
    return replace(USUAL, select=selecting, teacher=teacher, **few)  # type: ignore[arg-type]


def say(content: str, body: dict[str, Any]) -> str:
    """A judge who counts letters, and for one answer in seven finds no words that are a score."""
    return str(1 + len(content) % 5) if len(content) % 7 else "It depends."


@pytest.mark.whole  # three runs of the stage, with a server
def test_a_run_keeps_the_best_and_tells_what_became_of_all_others(
    tmp_path: Path, workspace: Workspace, toy_documents: list[Document]
) -> None:
    other = checkout(tmp_path / "other", toy_documents[::-1])
    with BadServer(lambda content, attempt: "ok", say=say) as server:
        for place in (workspace, other):
            params = params_of(Selecting(budget=20, by="judge", least_score=2), server.url)
            make(params, place, Numbers.open(place, "instructions"))
        seen = len(server.seen)
        shutil.rmtree(workspace.data / "instructions")
        make(params, workspace, Numbers.open(workspace, "instructions"))
        assert len(server.seen) == seen
    folder = workspace.data / "instructions"
    manifest = read_manifest(folder)
    assert manifest == read_manifest(other.data / "instructions")
    dropped = Counter(one.rule for one in read_rows(folder, "dropped", Dropped))
    aside = list(read_rows(folder, "quarantined", Dropped))
    assert {one.rule for one in aside} == {"no_score"} and all("It depends." in one.reason for one in aside)
    assert len(list(read_rows(folder, "train", Pair))) == 20 == manifest["selected"]["kept"]
    asked = sum(manifest["judged"]["scores"][language][score] for language in ("en", "zh") for score in "12345") + len(aside)
    assert asked == 20 + len(aside) + dropped["low_score"] + dropped["not_selected"]
    assert asked == manifest["teacher"]["judge"]["actual"]["calls"] == seen // 2
    assert dropped["low_score"] == sum(scores["1"] for scores in manifest["judged"]["scores"].values()) > 0
    card = (folder / "card.md").read_text(encoding="utf-8")
    assert "## Scores by the teacher" in card and f"\n{len(aside)} rows have no score that could be read" in card


@pytest.mark.parametrize(
    ("budget", "by", "least_score", "asked"),
    [
        (None, "random", None, False),
        (None, "judge", None, False),
        (9, "random", None, False),
        (9, "deita", None, False),
        (9, "judge", None, True),
        (None, "random", 3, True),
        (9, "deita", 3, True),
    ],
)
def test_it_is_asked_where_a_score_is_wanted_and_nowhere_else(
    budget: int | None, by: Any, least_score: int | None, asked: bool
) -> None:
    assert Selecting(budget=budget, by=by, least_score=least_score).judged is asked


def test_without_a_budget_nobody_is_asked_and_every_row_stays(workspace: Workspace) -> None:
    params = params_of(Selecting(budget=None, by="judge", least_score=None))
    make(params, workspace, Numbers.open(workspace, "instructions"))  # of a server that is not there
    manifest = read_manifest(workspace.data / "instructions")
    assert "judged" not in manifest and manifest["teacher"] == {} and not manifest["books"]["quarantined"]
    assert sum(1 for _ in read_rows(workspace.data / "instructions", "train", Pair)) > 20


def test_a_forecast_counts_the_judge_and_pays_for_no_row_twice(workspace: Workspace) -> None:
    params = params_of(Selecting(budget=None, by="random", least_score=3))
    begun = start(params, workspace)
    model, journal = Scripted(lambda request: "4"), Journal(workspace.cache / "journal.sqlite")
    lines = list(forecast(params, begun, Teacher(model, journal), rows=12))
    calls = len(begun.train)
    assert lines[0].startswith(f"judge: 12 tried, 12 kept; expected {calls} [{calls}, {calls}] tries, {calls} [{calls}, ")
    assert lines[1].startswith(f"in all: expected {calls} ") and lines[2].startswith("so far: 12 answers, ")
    shown = replace(begun.shop(params, Teacher(model, journal)), pairs=begun.train, most=calls)
    judged_of(shown, prompts_of(judge, PARAMS), least_score=3)
    assert len(model.requests) == len(set(model.requests)) == calls
