"""What the manifest tells of how different a maker's rows are."""

from tasks.instructions.diversity import diversity, nearest, opening
from tests.instructions.test_evolve import pair

ROWS = [
    pair("Name a boat."),
    pair("Name a boat.", task="list"),
    pair("Name a boat, please."),
    pair("Describe the harbour at night."),
    pair("说出一种船。", language="zh"),
]


def test_different_instructions_are_told_by_language_opening_length_and_nearest() -> None:
    assert diversity(ROWS) == {
        "instructions": 4,
        "languages": {"en": 0.75, "zh": 0.25},
        "tasks": {"list": 1, "talk": 4},
        "openings": {"distinct": 3, "most": {"name": 2, "describe": 1, "说出": 1}},
        "lengths": {"en": [3, 4, 4, 5, 5], "zh": [5, 5, 5, 5, 5]},
        "nearest": {"0.0": 3, "0.8": 1},
    }


def test_no_rows_are_no_fault() -> None:
    assert diversity([])["instructions"] == 0


def test_an_instruction_begins_with_a_word_or_two_characters() -> None:
    assert [opening(text) for text in ("Write it.", "写出它。", "“船”是什么？", "…")] == ["write", "写出", "船是", ""]


def test_the_more_alike_the_higher_they_stand() -> None:
    assert nearest(["a b c d", "a b c e", "a b c d!", "x"]) == {"0.0": 2, "0.7": 1, "1.0": 1}


def test_rows_in_another_order_say_the_same_but_for_who_came_first() -> None:
    one, other = diversity(ROWS), diversity(ROWS[::-1])
    assert {**one, "nearest": 0} == {**other, "nearest": 0}
