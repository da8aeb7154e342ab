"""Self-instruct with a scripted teacher: what stands in a prompt, what comes of the replies, and where it stops."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions import Failure, Journal, Reply, Request
from tasks.errors import ParamsError
from tasks.instructions.makers import self_instruct
from tasks.instructions.makers.settings import SelfInstruct
from tasks.instructions.makers.task_prompts import TaskPrompts
from tasks.instructions.mix import collected
from tasks.instructions.pool import Pool
from tasks.instructions.screen import Screen
from tasks.instructions.seeds import read_seeds
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.teacher import Teacher
from tasks.instructions.wanted import makers
from tasks.instructions.workshop import Refused, Workshop
from tasks.ledger import Books
from tasks.params import load
from tasks.records import Pair
from tests.instructions.sailor import PARAMS, WORDS, AtOnce, Sailor, kind_of, rows, shown

MakeWorkshop = Callable[..., Workshop]
SEEDS = {seed.instruction for seed in read_seeds(PARAMS / "seeds")}


@pytest.fixture
def harbour(workshop: MakeWorkshop, tmp_path: Path) -> MakeWorkshop:
    """`harbour(most=120)`: a Workshop whose teacher is a Sailor."""

    def opened(**changes: object) -> Workshop:
        journal = Journal(tmp_path / f"{len(list(tmp_path.iterdir()))}.sqlite")
        return replace(workshop([], Sailor(), **changes), teacher=Teacher(AtOnce(Sailor()), journal))

    return opened


def proposed(shop: Workshop, language: str) -> list[Request]:
    asked = shop.teacher.model.requests  # type: ignore[attr-defined]
    return [request for request in asked if kind_of(request) == ("propose", language)]


def test_eight_stand_in_a_prompt_and_two_of_them_are_the_teachers_once_there_are_any(harbour: MakeWorkshop) -> None:
    shop = harbour(most=200)
    rows(shop)
    for language in ("en", "zh"):
        asked = proposed(shop, language)
        own = [len(set(shown(request)) - SEEDS) for request in asked]
        assert {len(shown(request)) for request in asked} == {8}
        first = {"en": 6, "zh": 2}[language]  # a quarter of a round of eight
        assert own[:first] == [0] * first
        assert set(own[first:]) == {2}


def test_a_prompt_is_in_one_language_and_a_quarter_of_them_in_chinese(harbour: MakeWorkshop) -> None:
    shop = harbour(most=200)
    rows(shop)
    english, chinese = proposed(shop, "en"), proposed(shop, "zh")
    assert len(english) == 3 * len(chinese)
    assert not any(re.search("[\u4e00-\u9fff]", request.prefix + request.prompt) for request in english)
    assert all(re.search("[\u4e00-\u9fff]", text) for request in chinese for text in shown(request))
    assert not re.search("Task|Come", "".join(request.prefix + request.prompt for request in chinese))
    assert [self_instruct.in_language(number, 0.5) for number in range(4)] == ["en", "zh", "en", "zh"]


def test_classification_has_labels_first_and_the_rest_inputs_first(harbour: MakeWorkshop) -> None:
    made = [row for row in rows(harbour(most=300)) if isinstance(row, Pair)]
    ways = {(row.maker.split("@")[0], row.task, bool(row.label)) for row in made}
    assert ways == {
        ("self_instruct/label_first", "classification", True),
        ("self_instruct/input_first", "open", False),
    }
    labelled = [row for row in made if row.label]
    assert all(row.label == f'"{row.output}"' for row in labelled)
    assert {row.language for row in labelled} == {"en", "zh"}
    assert max(Counter(row.instruction for row in labelled).values()) == 2


def test_no_instruction_is_taken_twice_and_none_is_a_seed(harbour: MakeWorkshop) -> None:
    made = [row for row in rows(harbour(most=400)) if isinstance(row, Pair)]
    assert len({row.id for row in made}) == len(made) > 100
    said = list(dict.fromkeys(row.instruction for row in made))
    pool = Pool(SEEDS)
    for text in said:
        assert pool.nearest(text).f < 0.7
        pool.add(text)


def test_the_same_seed_gives_the_same_rows_and_another_seed_other_prompts(harbour: MakeWorkshop) -> None:
    shop = harbour(most=120)
    assert rows(shop) == rows(harbour(most=120))
    other = harbour(most=120, seed=1)
    rows(other)
    assert shown(proposed(other, "en")[0]) != shown(proposed(shop, "en")[0])


@pytest.mark.parametrize("answers", [3, 40, 111])
def test_a_run_whose_teacher_died_goes_on_to_the_same_rows(harbour: MakeWorkshop, tmp_path: Path, answers: int) -> None:
    whole = rows(harbour(most=150))

    class Dying:
        identity = "scripted"

        def __init__(self) -> None:
            self.left = answers

        def replies(self, requests: list[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
            for index, request in enumerate(requests):
                if not self.left:
                    raise KeyboardInterrupt
                self.left -= 1
                said = Sailor()(request)
                yield [(index, Reply(said, "stop", len(said.split())))]

    journal = Journal(tmp_path / "own.sqlite")
    shop = replace(harbour(most=150), teacher=Teacher(Dying(), journal))  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        rows(shop)
    alive = harbour(most=150)
    again = replace(alive, teacher=Teacher(alive.teacher.model, journal))
    assert rows(again) == whole
    assert again.teacher.reused["self_instruct"] >= answers


@pytest.mark.whole  # seconds
def test_the_books_balance_and_it_stops_at_the_rows_wanted(harbour: MakeWorkshop) -> None:
    books = Books("instructions")
    shop = harbour(most=600)
    maker = ("self_instruct", 60, lambda some: self_instruct.rows(some, 5))
    pairs, _, tally = collected(maker, shop, Screen(440, 160, 600), books)
    balance = books.balance()
    assert len(pairs) == tally.kept == balance["out"] == 60
    assert balance["in"] == tally.tried
    assert {way for way in tally.ways if tally.ways[way].kept} == {"input_first", "label_first"}


def test_the_maker_runs_by_params_as_any_other(harbour: MakeWorkshop) -> None:
    params = load(InstructionsParams, PARAMS / "instructions.yaml")
    assert "self_instruct" not in [name for name, _, _ in makers(params)]
    found = makers(replace(params, makers=replace(params.makers, self_instruct=SelfInstruct(rows=7, instances=5))))
    [(_, wanted, some)] = [maker for maker in found if maker[0] == "self_instruct"]
    assert wanted == 7
    assert list(some(harbour(most=40))) == rows(harbour(most=40))


def test_no_more_rows_than_allowed_even_of_a_teacher_that_says_nothing(workshop: MakeWorkshop) -> None:
    made = rows(workshop([], lambda request: Failure("deadline", "60 s"), most=9))  # no journal keeps a Failure
    assert [(row.rule, row.unreadable) for row in made if isinstance(row, Refused)] == [("deadline", True)] * 9
    made = rows(workshop([], lambda request: "", most=20))
    assert [(row.rule, row.unreadable) for row in made if isinstance(row, Refused)] == [("no_instruction", True)] * 20


@pytest.mark.parametrize(
    ("kinds", "said", "rule"),
    [(["classify"], "Not sure. 不知道", "no_verdict"), (["label_first", "input_first"], "Sure.", "no_instance")],
)
def test_an_unclear_verdict_and_a_reply_without_instances_are_quarantined(
    workshop: MakeWorkshop, kinds: list[str], said: str, rule: str
) -> None:
    shop = workshop(
        [], lambda request: said if kind_of(request)[0] in kinds else Sailor()(request), most=30, chinese_share=0.5
    )
    lost = {(row.rule, row.unreadable, row.row) for row in rows(shop) if isinstance(row, Refused) and row.rule != "alike"}
    assert lost == {(rule, True, said)}


def test_a_language_with_too_few_seeds_is_refused_before_anybody_is_asked() -> None:
    few = [seed for seed in read_seeds(PARAMS / "seeds") if seed.language == "en"]
    prompts = TaskPrompts(WORDS, few, seed=0, most=5)
    prompts.check("en")
    with pytest.raises(ParamsError, match="0 seeds in zh"):
        prompts.check("zh")


def test_a_model_that_chats_is_asked_the_same_by_messages(harbour: MakeWorkshop) -> None:
    shop = harbour(most=60)
    rows(shop)
    for request in shop.teacher.model.requests:  # type: ignore[attr-defined]
        said = "\n".join(text for _, text in request.messages)
        asked = shown(request) if kind_of(request)[0] == "propose" else [request.messages[-1][1]]
        assert all(text in said and text in request.prompt for text in asked)
        assert request.messages[-1][0] == "user"
    assert "Go on with tasks 9 to 16" in proposed(shop, "en")[0].messages[-1][1]
