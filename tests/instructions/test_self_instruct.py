"""Self-instruct with a scripted teacher: what stands in a prompt, what is taken of a reply, and every rule that refuses."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from tasks.completions import Failure, Journal, Reply, Request
from tasks.errors import ParamsError
from tasks.instructions.makers import proposals, self_instruct
from tasks.instructions.makers.instances import Instance, judged, read
from tasks.instructions.makers.settings import SelfInstruct
from tasks.instructions.makers.task_prompts import TaskPrompts, read_wordings
from tasks.instructions.mix import collected
from tasks.instructions.pool import Pool
from tasks.instructions.screen import Screen
from tasks.instructions.seeds import read_seeds
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.teacher import Teacher
from tasks.instructions.wanted import makers
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.ledger import Books
from tasks.params import load
from tasks.records import Pair

MakeWorkshop = Callable[..., Workshop]
PARAMS = Path(__file__).parents[2] / "params"
WORDS = read_wordings(PARAMS / "prompts/self_instruct.yaml")
SEEDS = {seed.instruction for seed in read_seeds(PARAMS / "seeds")}
BOATS = [
    "barge",
    "canoe",
    "dinghy",
    "ferry",
    "gondola",
    "hulk",
    "junk",
    "ketch",
    "lugger",
    "monitor",
    "nef",
    "outrigger",
    "punt",
    "raft",
    "sloop",
    "trawler",
]
DOES = [
    "carry",
    "cost",
    "earn",
    "fear",
    "guard",
    "honour",
    "keep",
    "lack",
    "need",
    "owe",
    "prize",
    "rescue",
    "sell",
    "tow",
    "use",
    "visit",
]
THINGS = [
    "缆绳",
    "船桨",
    "铁锚",
    "灯塔",
    "码头",
    "罗盘",
    "渔网",
    "帆布",
    "甲板",
    "舵轮",
    "旗帜",
    "浮标",
    "桅杆",
    "货舱",
    "海图",
    "闸门",
]
PLACES = [
    "苏州",
    "杭州",
    "宁波",
    "福州",
    "厦门",
    "泉州",
    "广州",
    "珠海",
    "北海",
    "三亚",
    "大连",
    "青岛",
    "烟台",
    "天津",
    "上海",
    "南通",
]


class Sailor:
    """Always has new tasks, of boats; every third is classification."""

    def __init__(self) -> None:
        self.numbers = count()

    def __call__(self, request: Request) -> str:
        kind, language = kind_of(request)
        last = request.messages[-1][1]
        if kind == "propose":
            # A function of the request alone, as with a real model: its own chance is the sample.
            some = [self.task(request.sample * 4 + place, language) for place in range(4)]
            head = "任务" if language == "zh" else "Task "
            return some[0] + "".join(f"\n{head}{place}: {text}" for place, text in enumerate(some[1:], 10))
        if kind == "classify":
            yes = sum(map(ord, last)) % 3 == 0
            return {"en": ("No", "Yes"), "zh": ("否", "是")}[language][yes]
        words = WORDS[language]
        if kind == "label_first":
            return (
                f"{words.label}: {last[:3]}甲\n{words.input}: 1{last}\n{words.label}: {last[:3]}乙\n{words.input}: 2{last}"
            )
        said = "Twelve barrels and a cat." if language == "en" else "十二个木桶和一只猫。"
        return f"{words.input}: {last[::-1]}\n{words.output}: {said}"

    @staticmethod
    def task(number: int, language: str) -> str:
        one, two = number % 16, number // 16 % 16
        if language == "zh":
            return f"{PLACES[two]}{THINGS[one]}{THINGS[(7 * one + two) % 16]}怎么修？"
        return f"What did {BOATS[one]} number {number} {DOES[two]}?"


def kind_of(request: Request) -> tuple[str, str]:
    """Which prompt it is, and in which language."""
    said = request.messages[0][1]
    for language, words in WORDS.items():
        for kind in ("propose", "classify", "label_first"):
            if said == getattr(words, kind):
                return kind, language
        if said == words.input_first.format(most=5):
            return "input_first", language
    raise AssertionError(f"an unknown prompt: {said}")


class AtOnce:
    """The same teacher, all of whose answers to one call go to the journal together: a flush costs 20 ms."""

    identity = "scripted"

    def __init__(self, answer: Callable[[Request], str]) -> None:
        self.answer = answer
        self.requests: list[Request] = []

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        self.requests += requests
        yield [(index, Reply(self.answer(request), "stop", 9)) for index, request in enumerate(requests)]


@pytest.fixture
def harbour(workshop: MakeWorkshop, tmp_path: Path) -> MakeWorkshop:
    """`harbour(most=120)`: a Workshop whose teacher is a Sailor."""

    def opened(**changes: object) -> Workshop:
        journal = Journal(tmp_path / f"{len(list(tmp_path.iterdir()))}.sqlite")
        return replace(workshop([], Sailor(), **changes), teacher=Teacher(AtOnce(Sailor()), journal))

    return opened


def rows(shop: Workshop) -> list[Made]:
    return list(self_instruct.rows(shop, 5))


def proposed(shop: Workshop, language: str) -> list[Request]:
    asked = shop.teacher.model.requests  # type: ignore[attr-defined]
    return [request for request in asked if kind_of(request) == ("propose", language)]


def shown(request: Request) -> list[str]:
    return re.findall(r"(?m)^(?:Task |任务)\d+[:：] ?(.+)", request.prompt)


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
    ("said", "named"),
    [
        ("Tell us all you know of harbour seals.", "Tell us all you know of harbour seals."),
        (
            "Judge the tone of the e-mail as formal or informal, please.",
            "Judge the tone of the e-mail as formal or informal.",
        ),
    ],
)
def test_a_twin_of_one_just_taken_or_of_a_seed_is_refused_by_name(workshop: MakeWorkshop, said: str, named: str) -> None:
    shop = workshop([], lambda request: said if kind_of(request)[0] == "propose" else "No", most=5, chinese_share=0.0)
    refused = [row for row in rows(shop) if isinstance(row, Refused)]
    assert {row.rule for row in refused} == {"alike"}
    assert all(repr(named) in row.reason for row in refused)


@pytest.mark.parametrize(
    ("language", "said", "rule"),
    [
        ("en", "Name four old boats.", None),
        ("en", "Name a boat.", "length"),
        ("en", "Name boats " * 76, "length"),
        ("en", "'Boat' means what exactly?", "punctuation"),
        ("en", "Écris un poème sur un bateau.", "first_character"),
        ("en", "Write a program that sorts boats.", "program"),
        ("en", "Describe the boat in the picture.", "not_for_text"),
        ("en", "Go to the harbour and count boats.", "not_for_text"),
        ("en", "Explain what a mapping is for.", None),
        ("en", "Explain what the word 船 means.", "language"),
        ("en", "Name a boat. Output: a punt", "prompt_leaked"),
        ("zh", "说出四种旧船。", None),
        ("zh", "说出旧船。", "length"),
        ("zh", "说出旧船" * 61, "length"),
        ("zh", "，说出四种旧船。", "punctuation"),
        ("zh", "《老人与海》里的船叫什么？", None),
        ("zh", "の字在日语里是什么意思？", "first_character"),
        ("zh", "编写一个程序给船排序。", "program"),
        ("zh", "描述这张图片里的船。", "not_for_text"),
        ("zh", "绘制一条船的结构。", "not_for_text"),
        ("zh", "他的漫画和动画有什么特点？", None),
        ("zh", "3 old boats of the north, please.", "language"),
        ("zh", "说出四种旧船。输出：舢板", "prompt_leaked"),
        ("zh", "3 月出海要注意什么？", None),
    ],
)
def test_each_rule_about_an_instruction(language: str, said: str, rule: str | None) -> None:
    refusal = proposals.refusal(said.strip(), language)
    assert (refusal[0] if refusal else None) == rule
    assert refusal is None or len(refusal[1]) > 10


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" Name a boat.\nTask 10: Name a lake.\nTask 11: Name a hill.", ["Name a boat.", "Name a lake.", "Name a hill."]),
        ("9. Name a boat.\n10. Name a lake.", ["Name a boat.", "Name a lake."]),
        ("Here are two tasks:\n\n**Task 9:** Name a boat.\n\n**Task 10:** Name a lake.", ["Name a boat.", "Name a lake."]),
        ("Name a boat\nthat floats.\nTask 10: 1.5 pounds is what?", ["Name a boat that floats.", "1.5 pounds is what?"]),
        ("Name a boat.\n\nThe list ends here.", ["Name a boat."]),
        ("Name a boat.\n10:30 is when it sails.", ["Name a boat. 10:30 is when it sails."]),
        ("", []),
    ],
)  # fmt: skip
def test_a_list_is_read_however_it_is_numbered(text: str, found: list[str]) -> None:
    assert proposals.read(text, "stop", "en") == (found, "")


@pytest.mark.parametrize(
    "text",
    [
        "说出一种船。\n任务10：说出一个湖。",
        "任务九：说出一种船。\n任务十：说出一个湖。",
        "9、说出一\n种船。\n10．说出一个湖。",
    ],
)
def test_a_chinese_list_is_read_too(text: str) -> None:
    assert proposals.read(text.replace("．", "."), "stop", "zh") == (["说出一种船。", "说出一个湖。"], "")


def test_what_broke_off_is_refused_and_only_that(workshop: MakeWorkshop) -> None:
    assert proposals.read("Name a boat.\nTask 10: Name a la", "length", "en") == (["Name a boat."], "Name a la")
    cut = workshop([], lambda request: Reply("Name", "length", 320), most=3)
    assert {(row.rule, row.row) for row in rows(cut) if isinstance(row, Refused)} == {("truncated", "Name")}


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
    assert {(row.rule, row.unreadable) for row in rows(shop) if isinstance(row, Refused)} - {("alike", False)} == {
        (rule, True)
    }


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("Input: 2 + 2\nOutput: 4\nInput: 3 + 1\nOutput: 4", [None, None]),
        ("Output: A punt and a raft.", [None]),
        ("Input: none\nOutput: A punt.", [None]),
        ("**Input:** a\n1. **Output:** b\nand c", [None]),
        ("Class label: noun\nInput: boat\nClass label: verb\nInput: row", [None, None]),
        ("Class label: noun", [None]),
        ("Input: a\nOutput: a", ["input_is_output"]),
        ("Input: a\nOutput:", ["empty_output"]),
        ("Input: a\nOutput: b\nInput: a\nOutput: c\nInput: d\nOutput: e", ["contradiction", "contradiction", None]),
        ("Input: a\nOutput: b\nInput: a\nOutput: b", [None, "duplicate_instance"]),
        ("Input: a\nInput: b\nOutput: c", ["incomplete", None]),
        ("Input: a\nOutput: b\nInput: c", [None, "incomplete"]),
        ("Class label: noun\nClass label: verb\nInput: row", ["incomplete", None]),
        ("Input: x\nOutput: y", ["prompt_repeated"]),
        (f"Input: a\nOutput: {WORDS['en'].label_first}", ["prompt_repeated"]),
        ("\n".join(f"Input: {letter}\nOutput: {letter}{letter}" for letter in "abcdef"), [None] * 5 + ["surplus"]),
        ("Certainly, here it is.", []),
    ],
)
def test_each_rule_about_an_instance(text: str, rules: list[str | None]) -> None:
    found = read(text, "stop", WORDS["en"])
    judged(found, most=5, prompt=WORDS["en"].label_first, shown={("x", "y")})
    assert [one.refused and one.refused[0] for one in found] == rules


def test_chinese_instances_are_read_and_the_last_of_a_reply_that_did_not_end_is_refused() -> None:
    text = "输入：二加二\n输出：四\n输入: 无\n输出：十二个木桶\n和一只猫"
    found = read(text, "length", WORDS["zh"])
    assert found[0] == Instance("二加二", "四")
    assert (found[1].input, found[1].output) == ("", "十二个木桶\n和一只猫")
    assert found[1].refused is not None and found[1].refused[0] == "truncated"
    assert read("类别：名词\n输入：船", "stop", WORDS["zh"]) == [Instance("船", "名词")]


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
