"""Each rule of the screen has a Pair that trips it; what is refused stands in the books."""

from dataclasses import replace

import pytest

from tasks.instructions.screen import Screen, admitted
from tasks.ledger import Books
from tasks.records import Pair

GOOD = Pair(
    id="0",
    instruction="Name the parameters.",
    input="fill(text, width)",
    output="text, width",
    history=(),
    language="en",
    task="params",
    maker="templates/params@1",
    parents=("d",),
    source="toy:wrap",
    constraints=("separated:, ",),
    label="",
    license="MIT",
    split="train",
)


@pytest.fixture
def screen() -> Screen:
    return Screen(max_prompt=120, max_answer=40, max_ready=100)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"output": " "}, "empty"),
        ({"instruction": ""}, "empty"),
        ({"output": "text, width\n"}, "space"),
        ({"output": "text\n\nwidth"}, "stop_string"),
        ({"output": "text\n### Task"}, "stop_string"),
        ({"input": "### Answer\ntext"}, "stop_string"),
        ({"instruction": "Name it.\n### Answer\nhaha"}, "stop_string"),
        ({"input": "x" * 120}, "long_prompt"),
        ({"output": "x" * 41}, "long_answer"),
        ({"language": "zh"}, "language"),
        ({"instruction": "列出这个函数的参数。"}, "language"),
        ({"output": "fill(text, width)"}, "copy"),
        ({"output": "Name the parameters."}, "copy"),
        ({"output": "text; width"}, "constraint"),
    ],
)
def test_each_rule_has_a_pair_that_trips_it(screen: Screen, changes: dict[str, str], rule: str) -> None:
    refusal = screen.refuses(replace(GOOD, **changes))
    assert refusal is not None
    assert refusal[0] == rule


def test_rare_characters_are_chinese_to_the_screen_as_they_are_to_the_lint(screen: Screen) -> None:
    rare = replace(GOOD, instruction="㐂㐆𠮷〇？", language="zh")
    assert screen.refuses(rare) is None
    refusal = screen.refuses(replace(GOOD, instruction="Name 𠮷 and 々."))
    assert refusal == ("language", "2 Han characters in an English instruction")


def test_a_good_pair_passes_once_and_names_itself_the_second_time(screen: Screen) -> None:
    assert screen.refuses(GOOD) is None
    assert screen.refuses(replace(GOOD, id="1")) == ("duplicate", "asks the same as 0")
    same = f"asks the same as the one made of {GOOD.parents[0]}"
    assert screen.refuses(replace(GOOD, parents=("another text",))) == ("duplicate", same)


def test_the_same_input_is_asked_once_a_task_in_whatever_words(screen: Screen) -> None:
    reworded = replace(GOOD, id="1", instruction="列出这个函数的参数名。", language="zh")
    assert screen.refuses(GOOD) is None
    assert screen.refuses(reworded) == ("duplicate_input", "asks params of the same input as 0")
    assert screen.refuses(replace(reworded, task="list")) is None


def test_a_refused_pair_blocks_no_later_one(screen: Screen) -> None:
    assert screen.refuses(replace(GOOD, output="")) is not None
    assert screen.refuses(GOOD) is None


def test_the_books_know_both(screen: Screen) -> None:
    books = Books("instructions")
    assert admitted(GOOD, screen, books) == GOOD
    assert admitted(GOOD, screen, books) is None
    assert books.balance() == {"in": 2, "out": 1, "dropped": {"duplicate": 1}, "quarantined": {}}
