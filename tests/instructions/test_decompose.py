"""Instructions taken apart: what is a list of steps, what is no decomposition, and the rows that come of one."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.completions import Failure, Reply, Request, Spent
from tasks.instructions.estimate import costs
from tasks.instructions.makers import decompose
from tasks.instructions.makers.steps import alone, coverage, steps, unfit
from tasks.instructions.mix import collected
from tasks.instructions.prompts import prompts_of
from tasks.instructions.screen import Screen
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.ledger import Books
from tasks.records import Pair, pair_id

MakeWorkshop = Callable[..., Workshop]
PROMPTS = prompts_of(decompose, Path(__file__).parents[2] / "params")
RIVERS = "Name five rivers of Norway and sort them by length in one sentence."
RIVERS_ZH = "说出挪威的五条河流，按长度排序，用一句话作答。"
GOOD = ("Name five rivers of Norway.", "Sort them by length.", "Answer in one sentence.")
GOOD_ZH = ("说出挪威的五条河流。", "按长度排序。", "用一句话作答。")


def pair(instruction: str, language: str = "en", given: str = "", **changes: object) -> Pair:
    return replace(
        Pair(
            id=pair_id(instruction, given, "yes"), instruction=instruction, input=given, output="yes", history=(),
            language=language, task="talk", maker="ready/toy", parents=(), source=f"toy:{instruction}",
            constraints=("json",), label='"x"', license="MIT", split="train",
        ),
        **changes,
    )  # fmt: skip


THINGS = ("boats", "bells", "lamps", "wheels", "kettles", "ladders", "anchors", "barrels")
ENGLISH = [pair(f"Name three old {thing} and describe the colour of the biggest.") for thing in THINGS]
CHINESE = [
    pair(f"说出三种古老的{thing}，描述最大的那种的颜色。", "zh") for thing in ("渡船", "铜钟", "油灯", "车轮", "水壶")
]


def listed(*found: str) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(found, 1))


def teacher(request: Request) -> str:
    """Splits at the join, and answers every step alike."""
    about, chinese = request.messages[-1][1], not request.messages[0][1].isascii()
    if request.prompt.endswith(("Answer:", "回答:")):
        return " 青瓷、黄铜、乌木。" if chinese else " Oak, tin and brass ones."
    first, second = about.rstrip(".。").split("，描述" if chinese else " and describe ")
    return listed(f"{first}。", f"描述{second}。") if chinese else listed(f"{first}.", f"Describe {second}.")


def rows(shop: Workshop, least: float = 0.6) -> list[Made]:
    return list(decompose.rows(shop, PROMPTS, least_coverage=least))


def test_each_instruction_gives_its_steps_and_the_answer_to_one(workshop: MakeWorkshop) -> None:
    made = rows(workshop([], teacher, pairs=[*ENGLISH, *CHINESE]))
    assert all(isinstance(row, Pair) for row in made), made
    before = {one.id: one for one in [*ENGLISH, *CHINESE]}
    for whole, step in zip(made[::2], made[1::2], strict=True):
        assert isinstance(whole, Pair) and isinstance(step, Pair)
        parent = before[whole.parents[0]]
        assert step.parents == whole.parents
        assert whole.input == parent.instruction and whole.instruction in decompose.WORDINGS[parent.language]
        assert step.instruction == (steps(whole.output) or ())[0]
        for row, how in ((whole, "list"), (step, "step")):
            assert (row.maker, row.task) == (f"decompose/{how}@1 scripted", f"decompose_{how}")
            assert (row.source, row.license, row.language) == (parent.source, "MIT", parent.language)
            assert (row.split, row.constraints, row.id) == ("train", (), pair_id(row.instruction, row.input, row.output))
    assert Counter(row.output for row in made[1::2] if isinstance(row, Pair)) == {
        "Oak, tin and brass ones.": 8,
        "青瓷、黄铜、乌木。": 5,
    }


def test_requirements_are_yes_or_no_questions_one_for_each_step_in_its_language(workshop: MakeWorkshop) -> None:
    [english, step] = rows(workshop([], teacher, pairs=ENGLISH[:1]))
    [chinese, _] = rows(workshop([], teacher, pairs=CHINESE[:1]))
    assert isinstance(english, Pair) and isinstance(step, Pair) and isinstance(chinese, Pair)
    questions = [
        f'Does the answer do this: "{said}"?' for said in ("Name three old boats", "Describe the colour of the biggest")
    ]
    assert json.loads(english.label) == {"requirements": questions}
    assert json.loads(step.label) == {"requirements": questions[:1]}
    assert json.loads(chinese.label) == {
        "requirements": ["回答是否做到了：“说出三种古老的渡船”？", "回答是否做到了：“描述最大的那种的颜色”？"]
    }


def test_the_same_seed_gives_the_same_rows_in_whatever_order(workshop: MakeWorkshop) -> None:
    made = rows(workshop([], teacher, pairs=ENGLISH))
    assert rows(workshop([], teacher, pairs=ENGLISH[::-1])) == made
    assert rows(workshop([], teacher, pairs=ENGLISH, seed=1)) != made


def test_no_more_is_tried_than_allowed(workshop: MakeWorkshop) -> None:
    shop = workshop([], teacher, pairs=ENGLISH, most=6)
    assert len(rows(shop)) == 6 and shop.teacher.asked["decompose"] == 6


def test_less_is_the_beginning_of_more_also_where_some_give_one_row(workshop: MakeWorkshop) -> None:
    def cannot_split_lamps(request: Request) -> str:
        return "no list" if "lamps" in request.prompt or "bells" in request.prompt else teacher(request)

    shop = workshop([], cannot_split_lamps, pairs=ENGLISH)
    every = rows(shop)
    assert len(every) == 14
    for most in range(15):
        assert rows(replace(shop, most=most)) == every[:most]
    assert sum(
        (cost for cost in costs(partial(decompose.rows, prompts=PROMPTS, least_coverage=0.6), shop, 14)), Spent()
    ) == (shop.teacher.account.spent)


def test_what_says_little_is_in_another_language_or_goes_on_a_talk_is_not_tried() -> None:
    little = [pair("Say it."), pair("Nenne drei Boote und beschreibe sie.", "de"), pair("说吧。", "zh")]
    talk = replace(ENGLISH[0], history=(("Hi", "Ho"),))
    assert decompose.askable([*little, talk, ENGLISH[1]], seed=0) == [ENGLISH[1]]


def test_the_books_balance_and_both_ways_are_counted(workshop: MakeWorkshop) -> None:
    shop, books = workshop([], teacher, pairs=[*ENGLISH, *CHINESE], most=60), Books("instructions")
    maker = ("decompose", 1000, partial(decompose.rows, prompts=PROMPTS, least_coverage=0.6))
    pairs, _, tally = collected(maker, shop, Screen(max_prompt=480, max_answer=160, max_ready=600), books)
    assert books.balance()["in"] == tally.tried == 26
    assert tally.kept + tally.refused.total() == 26 and len(pairs) == tally.kept > 0
    assert {way: some.tried for way, some in tally.ways.items()} == {"list": 13, "step": 13}
    assert len(shop.notes["coverage"]) == 13


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ("1. Sort them.\n2. Stop.", ("Sort them.", "Stop.")),
        (" 1) Sort them.\n2)Stop.\n", ("Sort them.", "Stop.")),
        ("１．排序。\n２、停。", ("排序。", "停。")),
        ("1. Sort them.\n3. Stop.", None),
        ("2. Sort them.\n1. Stop.", None),
        ("Steps:\n1. Sort them.", None),
        ("- Sort them.\n- Stop.", None),
        ("1.\n2. Stop.", None),
        ("", None),
    ],
)
def test_only_a_list_numbered_from_1_is_read(reply: str, found: tuple[str, ...] | None) -> None:
    assert steps(reply) == found


@given(st.lists(st.text("ab é写。", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=20))
def test_what_was_listed_is_read_again(found: list[str]) -> None:
    assert steps(listed(*found)) == tuple(found)


@pytest.mark.parametrize(
    ("found", "instruction", "rule"),
    [
        (GOOD, RIVERS, None),
        (GOOD_ZH, RIVERS_ZH, None),
        (GOOD[:1], RIVERS, "step_count"),
        (GOOD * 3, RIVERS, "step_count"),
        ((*GOOD[:2], "用一句话作答。"), RIVERS, "other_language"),
        ((*GOOD_ZH[:2], "Answer in one sentence."), RIVERS_ZH, "other_language"),
        ((GOOD[0], "Mention its light."), RIVERS, "leaked_prompt"),
        ((GOOD_ZH[0], "提到它的灯光。"), RIVERS_ZH, "leaked_prompt"),
        ((*GOOD, "Sort them by the length."), RIVERS, "same_step"),
        ((*GOOD_ZH, "按照长度排序。"), RIVERS_ZH, "same_step"),
        ((*GOOD, "Mention a penguin."), RIVERS, "unrelated_step"),
        ((*GOOD[:2], "Answer in lower case."), RIVERS, "unrelated_step"),
        ((*GOOD_ZH, "提到一只企鹅。"), RIVERS_ZH, "unrelated_step"),
        ((*GOOD_ZH[:2], "全部大写。"), RIVERS_ZH, "unrelated_step"),
        (("Name five rivers and describe Norway.", GOOD[1]), RIVERS, "not_atomic"),
        (("Name five rivers. Stay in Norway.", GOOD[1]), RIVERS, "not_atomic"),
        ((RIVERS.replace("and", "to"), "Answer in a sentence."), RIVERS, "not_atomic"),
        (("说出五条河流，然后说出挪威。", GOOD_ZH[1]), RIVERS_ZH, "not_atomic"),
        (("说出五条河流，并写下长度。", GOOD_ZH[2]), RIVERS_ZH, "not_atomic"),
        (("说明什么是并发。", "写出并发的例子。"), "说明什么是并发，写出例子。", None),
    ],
)
def test_what_is_no_decomposition_is_refused_by_its_rule(found: tuple[str, ...], instruction: str, rule: str | None) -> None:
    language = "en" if instruction.isascii() else "zh"
    shown = [wanted for _, wanted in PROMPTS.prompt("split", language).examples]
    refusal = unfit(found, instruction, language, shown)
    assert (refusal[0] if refusal else None) == rule


def test_coverage_is_the_share_of_content_in_all_steps_together() -> None:
    assert coverage(RIVERS, GOOD) == 1
    assert coverage("Name five rivers of Norway.", ["Name rivers."]) == pytest.approx(1 / 3)
    assert coverage("说出河流，排序。", ["说出河流。"]) == 0.75
    assert coverage(RIVERS, []) == 0


def test_a_step_stands_alone_where_it_needs_no_other() -> None:
    assert alone(GOOD, has_input=False) == [GOOD[0]]
    assert alone(("Find the verbs.", "Find the nouns.", "Count them.", "Use one line."), has_input=True) == [
        "Find the verbs.",
        "Find the nouns.",
    ]
    assert alone(("Find the verbs.", "Find the nouns."), has_input=False) == ["Find the verbs."]
    assert alone(("找出动词。", "找出其他名词。", "把它们排序。", "写成三行。"), has_input=True) == [
        "找出动词。",
        "找出其他名词。",
    ]
    assert alone(("Sort them.", "Stop."), has_input=False) == []
    assert alone(("说明应该怎样喂猫。", "说明猫尤其怕什么。", "說明這隻貓。"), has_input=True) == [
        "说明应该怎样喂猫。",
        "说明猫尤其怕什么。",
    ]


def replying(split: object = None, answer: object = None) -> Callable[[Request], object]:
    return lambda request: (answer if request.prompt.endswith(("Answer:", "回答:")) else split) or teacher(request)


@pytest.mark.parametrize(
    ("split", "answer", "rules"),
    [
        (Failure("deadline", "60 s"), None, [("deadline", "list", True)]),
        (Reply("1. Name", "length", 128), None, [("truncated", "list", False)]),
        ("Name three old boats, then stop.", None, [("no_list", "list", True)]),
        (listed("Name three old boats."), None, [("step_count", "list", False)]),
        (listed("Name old things.", "Stop at three."), None, [("low_coverage", "list", False)]),
        (
            listed("Describe the colour of their biggest.", "Name three old boats."),
            None,
            [(None, "list", False), ("leans_back", "step", False)],
        ),
        (None, Failure("deadline", "60 s"), [(None, "list", False), ("deadline", "step", True)]),
        (None, Reply("Oak", "length", 128), [(None, "list", False), ("truncated", "step", False)]),
        (None, "Sorry, I do not know.", [(None, "list", False), ("refusal", "step", False)]),
        (None, "…", [(None, "list", False), ("says_nothing", "step", False)]),
    ],
)
def test_what_makes_no_row_says_why(
    workshop: MakeWorkshop, split: object, answer: object, rules: list[tuple[str | None, str, bool]]
) -> None:
    made = rows(workshop([], replying(split, answer), pairs=ENGLISH[:1]))
    found = [
        (row.rule, row.how, row.unreadable)
        if isinstance(row, Refused)
        else (None, row.maker.split("/")[1].split("@")[0], False)
        for row in made
        if isinstance(row, Refused | Pair)
    ]
    assert found == rules


def test_a_reply_that_is_no_list_is_kept_whole(workshop: MakeWorkshop) -> None:
    said = "Here you are.\n\nInstruction: next"
    [row] = rows(workshop([], replying(said), pairs=ENGLISH[:1]))
    assert isinstance(row, Refused) and (row.rule, row.row) == ("no_list", said)


def test_the_input_goes_with_the_step(workshop: MakeWorkshop) -> None:
    one = pair("Find the nouns in the text and find the verbs.", given="A bell rings.")
    shop = workshop([], replying(listed("Find the nouns in the text.", "Find the verbs.")), pairs=[one])
    [_, step] = rows(shop)
    assert isinstance(step, Pair) and step.input == "A bell rings." and step.instruction.startswith("Find the ")
    [_, asked] = shop.teacher.model.requests  # type: ignore[attr-defined]
    assert asked.prompt == f"Instruction: {step.instruction}\nA bell rings.\nAnswer:"


def test_the_teacher_is_asked_in_the_rows_language(workshop: MakeWorkshop) -> None:
    shop = workshop([], teacher, pairs=CHINESE[:1])
    rows(shop)
    for request in shop.teacher.model.requests:  # type: ignore[attr-defined]
        assert not any("A" <= letter <= "z" for letter in request.prefix + request.prompt)


def test_our_own_examples_pass_our_own_rules() -> None:
    for language in ("en", "zh"):
        for instruction, reply in PROMPTS.prompt("split", language).examples:
            found = steps(reply) or ()
            assert unfit(found, instruction, language, shown=()) is None
            assert coverage(instruction, found) >= 0.8 and alone(found, has_input=False)
