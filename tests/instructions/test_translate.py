"""Rows in another language: a teacher with a small dictionary, both directions, every refusal, and a run that was killed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions import Failure, Reply, Request
from tasks.errors import EndpointError
from tasks.instructions.makers import translate
from tasks.instructions.makers.settings import ModelsTranslate, TeacherTranslates, TranslationModel
from tasks.instructions.makers.translators import ByTeacher, translator_of
from tasks.instructions.mix import made_by_model
from tasks.instructions.prompts import Prompts, read_prompts
from tasks.instructions.screen import Screen
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.ledger import Books
from tasks.params import load
from tasks.records import Pair, pair_id
from tests.completions.tiny_translators import tiny_translator

MakeWorkshop = Callable[..., Workshop]
PARAMS = Path(__file__).parents[2] / "params"
FILE = PARAMS / "prompts/translate.yaml"

DICTIONARY = {
    "Name the parameters of X1X.": "列出X1X的参数。",
    "Say what a ferry does.": "说说渡轮做什么。",
    "A ferry carries 40 cars.": "渡轮运载40辆汽车。",
    "It sails at noon.": "它中午出航。",
    "List two boats.": "列举两种船。",
}
TRADITIONAL = {"Say what a ferry does.": "說說渡輪做什麼。", "A ferry carries 40 cars.": "渡輪運載40輛汽車。"}
TO_ENGLISH = {there: here for table in (DICTIONARY, TRADITIONAL) for here, there in table.items()}
BOTH = {**DICTIONARY, **TO_ENGLISH}


def pair(instruction: str, output: str, input: str = "", language: str = "en", **changes: object) -> Pair:
    row = Pair(
        id=pair_id(instruction, input, output), instruction=instruction, input=input, output=output, history=(),
        language=language, task="talk", maker="ready/toy", parents=(), source=f"toy:{instruction}", constraints=(), label="",
        license="MIT", split="train",
    )  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


NAMES = pair("Name the parameters of `fill`.", "text, width", "def fill(text, width):", constraints=("separated:, ",))
FERRY = pair("Say what a ferry does.", "A ferry carries 40 cars.\nIt sails at noon.")
FERRY_ZH = pair("说说渡轮做什么。", "渡轮运载40辆汽车。\n它中午出航。", language="zh")
FERRY_HANT = pair("說說渡輪做什麼。", "渡輪運載40輛汽車。", language="zh")


def teacher(request: Request) -> str:
    traditional = "traditional" in request.messages[0][1]
    said = request.messages[-1][1]
    return f" {({**TRADITIONAL, **TO_ENGLISH} if traditional else BOTH)[said]}"


def rows(shop: Workshop, to: Sequence[str] = ("zh-Hans", "en"), least: float = 60) -> list[Made]:
    translator = translator_of(TeacherTranslates(kind="teacher"), shop, read_prompts(FILE, translate.PROMPTS))
    return list(translate.rows(shop, translator, to=to, least_back_score=least))


def only(made: Sequence[Made]) -> Pair:
    [row] = made
    assert isinstance(row, Pair), row
    return row


def refused(made: Sequence[Made]) -> tuple[str, bool]:
    [row] = made
    assert isinstance(row, Refused), row
    return row.rule, row.unreadable


def test_a_whole_row_is_said_in_the_other_language_line_by_line(workshop: MakeWorkshop) -> None:
    row = only(rows(workshop([], teacher, pairs=[FERRY])))
    assert (row.instruction, row.output) == ("说说渡轮做什么。", "渡轮运载40辆汽车。\n它中午出航。")
    assert (row.language, row.task, row.maker) == ("zh", "translated_talk", "translate/whole/zh-Hans@1 scripted")
    back = only(rows(workshop([], teacher, pairs=[FERRY_ZH])))
    assert (back.instruction, back.output, back.language) == (FERRY.instruction, FERRY.output, "en")


def test_a_row_about_code_keeps_all_but_its_instruction(workshop: MakeWorkshop) -> None:
    row = only(rows(workshop([], teacher, pairs=[NAMES])))
    assert (row.instruction, row.input, row.output) == ("列出`fill`的参数。", NAMES.input, NAMES.output)
    assert (row.constraints, row.maker) == (NAMES.constraints, "translate/instruction/zh-Hans@1 scripted")


def test_source_licence_and_parent_are_those_of_the_row(workshop: MakeWorkshop) -> None:
    row = only(rows(workshop([], teacher, pairs=[FERRY])))
    assert (row.parents, row.source, row.license, row.split) == ((FERRY.id,), FERRY.source, "MIT", "train")
    assert row.id == pair_id(row.instruction, row.input, row.output) != FERRY.id


def test_traditional_chinese_is_wanted_and_written(workshop: MakeWorkshop) -> None:
    english = pair("Say what a ferry does.", "A ferry carries 40 cars.")
    row = only(rows(workshop([], teacher, pairs=[english]), to=["zh-Hant"]))
    assert (row.instruction, row.output, row.language) == (FERRY_HANT.instruction, FERRY_HANT.output, "zh")


def test_a_row_in_traditional_chinese_is_asked_about_in_it(workshop: MakeWorkshop) -> None:
    shop = workshop([], teacher, pairs=[FERRY_HANT])
    assert only(rows(shop)).output == "A ferry carries 40 cars."
    asked = [request.messages[0][1] for request in shop.teacher.model.requests]  # type: ignore[attr-defined]
    assert ["這段文字" in task for task in asked] == [True, True, False, False]
    assert ["traditional" in task for task in asked] == [False, False, True, True]


def test_one_row_goes_to_each_language_that_is_wanted_and_not_its_own(workshop: MakeWorkshop) -> None:
    short = pair("Say what a ferry does.", "A ferry carries 40 cars.")
    made = rows(workshop([], teacher, pairs=[FERRY_ZH, short]), to=["zh-Hans", "zh-Hant", "en"])
    ways = [(row.parents[0], row.maker.split("@")[0]) for row in made if isinstance(row, Pair)]
    assert sorted(ways) == sorted(
        [(FERRY_ZH.id, "translate/whole/en"), (short.id, "translate/whole/zh-Hans"), (short.id, "translate/whole/zh-Hant")]
    )


def test_a_row_that_cannot_be_translated_is_not_tried(workshop: MakeWorkshop) -> None:
    french = pair("Describe it in French.", "C'est un bateau.")
    other = pair("Beschreibe eine Fähre.", "Sie fährt.", language="de")
    shop = workshop([], teacher, pairs=[french, other, replace(FERRY, history=(("Hi", "Hello"),))])
    assert rows(shop) == [] and not shop.teacher.asked.total()


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"Say what a ferry does.": "Say what a ferry does."}, "untranslated"),
        ({"Say what a ferry does.": "！"}, "empty"),
        ({"A ferry carries 40 cars.": "渡轮运载汽车。"}, "number"),
        ({"Say what a ferry does.": "說說這艘渡輪做什麼。"}, "script"),
        ({"It sails at noon.": "它中午出航。" * 9}, "length_ratio"),
        ({"Say what a ferry does.": "フェリーは何をしますか。"}, "target_language"),
        ({"说说渡轮做什么。": "Where is the old king?"}, "back_score"),
    ],
)
def test_a_translation_that_is_none_is_refused_with_the_rule(
    workshop: MakeWorkshop, wrong: dict[str, str], rule: str
) -> None:
    said = {**BOTH, **wrong}
    made = rows(workshop([], lambda request: said[request.messages[-1][1]], pairs=[FERRY]))
    assert refused(made) == (rule, False)


@pytest.mark.parametrize("said", ["列出参数。", "列出X1X和X1X的参数。", "列出X1X和X2X的参数。"])
def test_a_row_that_lost_its_code_is_refused(workshop: MakeWorkshop, said: str) -> None:
    assert refused(rows(workshop([], lambda request: said, pairs=[NAMES]))) == ("placeholder", False)


def test_where_nothing_is_left_to_translate_a_row_is_refused_and_stops_nobody(workshop: MakeWorkshop) -> None:
    quoted = pair('"Close the door"', '{"a": 1}')
    shop = workshop([], teacher, pairs=[quoted, NAMES])
    ways = {row.id: row.rule for row in rows(shop) if isinstance(row, Refused)}
    assert ways == {quoted.id: "nothing_to_translate"} and shop.teacher.asked["translate"] == 2


def test_a_part_without_anything_to_translate_stays_as_it_is(workshop: MakeWorkshop) -> None:
    said = {"Say X1X loudly.": "大声说X1X。", "大声说X1X。": "Say X1X loudly."}
    whole = pair('Say "Close the door" loudly.', "Close the door!")
    shop = workshop([], lambda request: said[request.messages[-1][1]], pairs=[whole])
    row = only(rows(shop))
    assert (row.instruction, row.output) == ('大声说"Close the door"。', "Close the door!")
    assert list(shop.notes) == ["back score of instruction in zh-Hans"]


def test_a_reply_that_never_came_is_told_apart_and_one_that_did_not_end_is_refused(workshop: MakeWorkshop) -> None:
    assert refused(rows(workshop([], lambda request: Failure("deadline", "60 s"), pairs=[NAMES]))) == ("deadline", True)
    cut = rows(workshop([], lambda request: Reply("列出", "length", 256), pairs=[NAMES]))
    assert refused(cut) == ("truncated", False)


def test_who_is_refused_is_not_translated_back(workshop: MakeWorkshop) -> None:
    shop = workshop([], lambda request: "列出参数。", pairs=[NAMES])
    rows(shop)
    assert shop.teacher.asked["translate"] == 1


def test_scores_of_the_way_back_are_noted(workshop: MakeWorkshop) -> None:
    shop = workshop([], teacher, pairs=[FERRY])
    rows(shop)
    assert shop.notes == {
        "back score of instruction in zh-Hans": [pytest.approx(100)],
        "back score of output in zh-Hans": [pytest.approx(100)],
    }


MANY = [
    pair(f"Say what boat {number} does.", f"Boat {number} carries coal.", language="en") for number in range(50)
]  # fmt: skip


def shipping(request: Request) -> str:
    """A grammar of four sentences; every seventh boat is forgotten."""
    said = request.messages[-1][1]
    number = "".join(filter(str.isdigit, said))
    if number.endswith("7"):
        number = ""
    table = {
        "Say": "说说{}号船做什么。",
        "Boat": "{}号船运煤。",
        "说": "Say what boat {} does.",
        "号": "Boat {} carries coal.",
    }
    return next(there for here, there in table.items() if said.lstrip("0123456789").startswith(here)).format(number)


def test_rows_in_are_kept_and_refused_and_order_changes_nothing(workshop: MakeWorkshop) -> None:
    made = rows(workshop([], shipping, pairs=MANY))
    assert rows(workshop([], shipping, pairs=MANY[::-1])) == made
    assert rows(workshop([], shipping, pairs=MANY, seed=1)) != made
    kept = {row.parents[0] for row in made if isinstance(row, Pair)}
    lost = {row.id for row in made if isinstance(row, Refused)}
    assert len(made) == 50 and kept | lost == {row.id for row in MANY} and not kept & lost
    assert {row.rule for row in made if isinstance(row, Refused)} == {"number"} and len(lost) == 5


def test_no_more_is_tried_than_allowed(workshop: MakeWorkshop) -> None:
    assert len(rows(workshop([], shipping, pairs=MANY, most=10))) == 10


def test_tried_is_kept_and_refused_and_a_score_is_noted_once(workshop: MakeWorkshop) -> None:
    found = load(InstructionsParams, PARAMS / "instructions.yaml")
    own = replace(found.makers.translate, rows=30)
    asked = replace(found, makers=replace(found.makers, translate=own))
    books = Books("instructions")
    shop = workshop([], shipping, pairs=MANY)
    made = made_by_model(asked, shop, Screen(480, 160, 600), books)
    tally = made.tallies["translate"]
    assert (tally.kept, len(made.pairs)) == (30, 30)
    assert tally.tried == tally.kept + tally.refused.total() == books.balance()["in"]
    wanted_of = {name: len(figures) for name, figures in tally.notes.items()}
    assert set(wanted_of.values()) == {tally.tried - tally.refused["number"]}, wanted_of


class Dies:
    """A model that is killed after some answers."""

    identity = "scripted"

    def __init__(self, after: int) -> None:
        self.left = after

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        for index, request in enumerate(requests):
            if not self.left:
                raise EndpointError("gone")
            self.left -= 1
            yield [(index, Reply(shipping(request), "stop", 1))]


@pytest.mark.parametrize("after", [1, 110])
def test_a_run_that_was_killed_goes_on_to_the_same_rows(workshop: MakeWorkshop, after: int, tmp_path: Path) -> None:
    shop = workshop([], shipping, pairs=MANY)
    with pytest.raises(EndpointError):
        rows(replace(shop, teacher=replace(shop.teacher, model=Dies(after))))
    resumed = rows(shop)
    assert len(shop.teacher.model.requests) == 50 * 4 - 5 * 2 - after  # type: ignore[attr-defined]
    (tmp_path / "journal.sqlite").unlink()
    assert rows(workshop([], shipping, pairs=MANY)) == resumed


def test_prompts_are_asked_in_the_language_of_the_row(workshop: MakeWorkshop) -> None:
    prompts: Prompts = read_prompts(FILE, translate.PROMPTS)
    shop = workshop([], teacher, pairs=[FERRY, FERRY_ZH])
    list(translate.rows(shop, ByTeacher(shop.teacher, prompts), to=["zh-Hans"], least_back_score=0))
    first = shop.teacher.model.requests[0]  # type: ignore[attr-defined]
    assert first.prompt == "Input: Say what a ferry does.\nOutput:" and "simplified Chinese" in first.prefix
    last = shop.teacher.model.requests[-1]  # type: ignore[attr-defined]
    assert last.prompt.startswith("输入: ") and "翻译成英文" in last.prefix


def test_models_that_only_translate_run_for_real_and_cost_no_budget(workshop: MakeWorkshop, tmp_path: Path) -> None:
    tiny_translator("m2m100", tmp_path / "models/tiny")
    to_english, to_chinese = (
        TranslationModel(model="path:models/tiny", sha256="", opening="", source_code=source, target_code=target)
        for source, target in (("zho_Hans", "eng_Latn"), ("eng_Latn", "zho_Hans"))
    )
    params = ModelsTranslate(kind="seq2seq", to_english=to_english, to_chinese=to_chinese)
    shop = workshop([], teacher, pairs=[FERRY, FERRY_ZH], params=tmp_path / "params")

    def made() -> list[Made]:
        translator = translator_of(params, shop, read_prompts(FILE, translate.PROMPTS))
        return list(translate.rows(shop, translator, to=["en", "zh-Hans"], least_back_score=40))

    first = made()
    assert len(first) == 2 and all(isinstance(row, Refused) for row in first)  # its weights are random
    assert not any(row.unreadable for row in first if isinstance(row, Refused))
    assert (shop.teacher.asked["translate"], shop.teacher.account.spent.calls) == (6, 0)
    assert made() == first and shop.teacher.asked["translate"] == 6
    assert not shop.teacher.model.requests  # type: ignore[attr-defined]
