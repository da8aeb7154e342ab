"""Instructions that evolve: every operator, every way to fail, and what goes back into the pool."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions import Failure, Reply, Request
from tasks.errors import ParamsError
from tasks.instructions.makers import elimination, evolve
from tasks.instructions.prompts import Prompts, read_prompts
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.records import Pair, pair_id

MakeWorkshop = Callable[..., Workshop]
FILE = Path(__file__).parents[2] / "params/prompts/evolve.yaml"


@pytest.fixture
def prompts() -> Prompts:
    return read_prompts(FILE, evolve.PROMPTS)


def pair(instruction: str, language: str = "en", task: str = "talk") -> Pair:
    return Pair(
        id=pair_id(instruction, "", "yes"), instruction=instruction, input="", output="yes", history=(), language=language,
        task=task, maker="ready/toy", parents=(), source=f"toy:{instruction}", constraints=(), label="", license="MIT",
        split="train",
    )  # fmt: skip


ENGLISH = [pair(f"Say what boat number {number} carries.") for number in range(24)]
CHINESE = [pair(f"说出第{number}号渡轮运的是什么。", language="zh") for number in range(24)]


def teacher(request: Request) -> str:
    """Writes one clause more, finds nothing equal, and answers everything alike."""
    task, about = request.messages[0][1], request.messages[-1][1]
    if task.startswith("Do the two") or task.startswith("这两条"):
        return " Not equal" if task.isascii() else " 不同"
    if task.startswith("Follow") or task.startswith("按照"):
        return " Coal and salt." if task.isascii() else " 煤和盐。"
    return f" {about.rstrip('.')}, and name its captain." if task.isascii() else f" {about.rstrip('。')}，并说出船长的名字。"


def rows(shop: Workshop, prompts: Prompts, rounds: int = 2) -> list[Made]:
    return list(evolve.rows(shop, prompts, rounds=rounds))


def test_what_evolved_takes_the_place_of_what_it_came_from(workshop: MakeWorkshop, prompts: Prompts) -> None:
    made = rows(workshop([], teacher, pairs=ENGLISH, most=48), prompts)
    first, second = made[:24], made[24:]
    assert all(isinstance(row, Pair) for row in made)
    assert [row.parents for row in second] == [(row.id,) for row in first]  # type: ignore[union-attr]
    assert {row.source for row in made} == {row.source for row in ENGLISH}  # type: ignore[union-attr]
    assert second[0].instruction.count("and name its captain") == 2  # type: ignore[union-attr]


def test_chinese_is_asked_for_and_answered_in_chinese(workshop: MakeWorkshop, prompts: Prompts) -> None:
    made = rows(workshop([], teacher, pairs=CHINESE, most=24), prompts, rounds=1)
    assert {row.output for row in made if isinstance(row, Pair)} == {"煤和盐。"}
    assert {row.language for row in made if isinstance(row, Pair)} == {"zh"}


def test_operators_are_all_used_and_named(workshop: MakeWorkshop, prompts: Prompts) -> None:
    many = [pair(f"Say what boat number {number} carries.") for number in range(300)]
    made = rows(workshop([], teacher, pairs=many, most=300), prompts, rounds=1)
    used = Counter(row.maker.split("/")[1] for row in made if isinstance(row, Pair))
    assert set(used) == set(evolve.OPERATORS)
    assert min(used.values()) > 25


def test_what_failed_goes_back_as_it_was(workshop: MakeWorkshop, prompts: Prompts) -> None:
    def judge(request: Request) -> str:
        return "Equal" if request.messages[0][1].startswith("Do the two") else teacher(request)

    made = rows(workshop([], judge, pairs=ENGLISH[:6], most=12), prompts)
    assert {row.rule for row in made if isinstance(row, Refused)} == {"no_gain"}
    assert [row.id for row in made] == [row.id for row in made[:6]] * 2
    assert {row.how.split("/")[1] for row in made if isinstance(row, Refused)} == {"1", "2"}


def test_the_same_seed_gives_the_same_rows_in_whatever_order(workshop: MakeWorkshop, prompts: Prompts) -> None:
    asked = rows(workshop([], teacher, pairs=ENGLISH, most=48), prompts)
    assert rows(workshop([], teacher, pairs=ENGLISH[::-1], most=48), prompts) == asked
    assert rows(workshop([], teacher, pairs=ENGLISH, most=48, seed=1), prompts) != asked


def test_no_more_is_tried_than_allowed(workshop: MakeWorkshop, prompts: Prompts) -> None:
    assert len(rows(workshop([], teacher, pairs=ENGLISH, most=10), prompts)) == 10


def test_a_reply_that_never_came_is_told_apart_and_one_that_did_not_end_is_refused(
    workshop: MakeWorkshop, prompts: Prompts
) -> None:
    never = rows(workshop([], lambda request: Failure("deadline", "60 s"), pairs=ENGLISH), prompts, rounds=1)
    assert {(row.rule, row.unreadable) for row in never if isinstance(row, Refused)} == {("deadline", True)}
    cut = rows(workshop([], lambda request: Reply("Say", "length", 96), pairs=CHINESE), prompts, rounds=1)
    assert {row.rule for row in cut if isinstance(row, Refused)} == {"truncated"}


def test_words_added_are_noted_by_operator(workshop: MakeWorkshop, prompts: Prompts) -> None:
    shop = workshop([], teacher, pairs=ENGLISH, most=24)
    rows(shop, prompts, rounds=1)
    assert {figure for figures in shop.notes.values() for figure in figures} == {4}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("Name a boat.", "Name a boat and its captain.", None),
        ("Name a boat.", "", "empty"),
        ("Name a boat.", "…", "empty"),
        ("Name a boat.", "Name a boat!", "no_gain"),
        ("说出一艘船。", "说出一艘船！", "no_gain"),
        ("说出一艘船。", "说出一艘船和它的船长。", None),
        ("Name a boat.", "#Rewritten Prompt#: name a boat and its captain.", "prompt_leaked"),
        ("说出一艘船。", "改写后的指令：说出一艘船和它的船长。", "prompt_leaked"),
        ("Name a boat.", "Describe a lighthouse in at most thirty words and mention its light.", "prompt_leaked"),
        ("Name a boat.", "Name a boat. " * 30, "grown"),
    ],
)
def test_an_instruction_that_gained_nothing_is_refused(prompts: Prompts, old: str, new: str, rule: str | None) -> None:
    refusal = elimination.instruction(old, new, prompts.texts(), breadth=False)
    assert (refusal[0] if refusal else None) == rule


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("Not equal", None), ("Not equal.", None), ("不同。", None), ("Equal", "no_gain"), ("相同", "no_gain"),
        ("", "no_verdict"), ("They are not equal", "no_verdict"), ("Equal Not equal", "no_verdict"),
    ],
)  # fmt: skip
def test_only_a_verdict_that_can_be_read_lets_pass(said: str, rule: str | None) -> None:
    refusal = elimination.verdict("Name a boat.", said)
    assert (refusal[0] if refusal else None) == rule


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("Coal and salt.", None), ("煤和盐。", None), ("The captain was sorry. " + "He sailed on. " * 30, None),
        ("I cannot swim, so I wait on the shore.", None), ("对不起，我不知道。", "refusal"),
        ("Sorry, I do not know.", "refusal"), ("As an AI I have no boats.", "about_itself"),
        ("作为一个人工智能，我没有船。", "about_itself"), ("", "says_nothing"), ("…!", "says_nothing"),
        ("Yes, it is.", "says_nothing"), ("好的。", "says_nothing"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_refused(said: str, rule: str | None) -> None:
    refusal = elimination.answer(said, "Say what the captain said.")
    assert (refusal[0] if refusal else None) == rule


def test_an_apology_that_was_asked_for_is_an_answer() -> None:
    assert elimination.answer("I'm sorry that we rang the bell so late.", "Write an apology to the neighbours.") is None
    assert elimination.answer("对不起，我昨晚敲钟太晚了。", "给邻居写一句道歉的话。") is None


def test_only_what_is_in_english_or_chinese_evolves_and_never_more_rows_than_may_be_tried(
    workshop: MakeWorkshop, prompts: Prompts
) -> None:
    german = [replace(pair, language="de") for pair in ENGLISH]
    assert rows(workshop([], teacher, pairs=german, most=24), prompts, rounds=2) == []
    assert len(rows(workshop([], teacher, pairs=ENGLISH, most=1), prompts, rounds=2)) == 1


def test_a_prompt_file_that_lacks_or_has_too_much_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="lacks summon"):
        read_prompts(FILE, [*evolve.PROMPTS, "summon"])
    with pytest.raises(ParamsError, match="nobody asks answer"):
        read_prompts(FILE, [name for name in evolve.PROMPTS if name != "answer"])
    file = tmp_path / "evolve.yaml"
    file.write_text(
        'answer: {en: {task: "Say.", examples: [["a", "b\\n\\nc"]]}, zh: {task: "说。", examples: [["a", "b"]]}}'
    )
    with pytest.raises(ParamsError, match="blank line"):
        read_prompts(file, ["answer"])
