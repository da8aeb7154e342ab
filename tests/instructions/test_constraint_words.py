"""Which words, clauses and languages constraints are drawn from: those that a reader of the row would choose."""

from random import Random
from typing import Any

import pytest

from tasks.instructions.constraints.about import About, terms
from tasks.instructions.constraints.draws import DRAWS


def test_terms_of_chinese_come_again_and_hold_no_grammar() -> None:
    assert terms("灯塔在港口。港口的灯塔很高。", "zh") == ["港口", "灯塔"]
    assert terms("总进程数，运行的进程数", "zh") == terms("函数名是什么？参数名有哪些？", "zh") == []
    assert terms("This Lamp, that lamp: json_dump and a pier", "en") == ["lamp", "pier"]


def drawn(name: str, of: About) -> list[dict[str, Any] | None]:
    """What a kind wants of an instruction, by all of some seeds."""
    return [DRAWS[name](Random(seed), of) for seed in range(20)]


@pytest.mark.parametrize("name", ["chinese:script", "language:response_language"])
def test_a_language_that_the_instruction_names_is_not_asked_for_again(name: str) -> None:
    for asked in ("用繁体中文续写一句话。", "Add a line in Simplified Chinese."):
        assert drawn(name, About(asked, "飛鳥盡。", "良弓藏。", "zh", stays=True)) == [None] * 20
    assert None not in drawn(name, About("续写一句话。", "飛鳥盡。", "良弓藏。", "zh", stays=True))


@pytest.mark.parametrize(
    "name", ["length_constraints:number_words", "keywords:forbidden_words", "keywords:letter_frequency"]
)
def test_words_are_not_asked_for_in_english_of_an_answer_in_chinese(name: str) -> None:
    of = About(
        "Give only the last clause of the sentence.",
        "有约不来过夜半，闲敲 chess 棋子落灯花。",
        "闲敲 chess 棋子落灯花。",
        "en",
        stays=True,
    )
    assert drawn(name, of) == [None] * 20


def test_a_chinese_answer_is_told_to_begin_and_end_with_a_clause_of_its_own() -> None:
    of = About("写两句。", "", "飞鸟尽，良弓藏。", "zh", stays=True)
    assert drawn("chinese:starts_with", of) == [{"start": "飞鸟尽"}] * 20
    assert drawn("startend:end_checker", of) == [{"end_phrase": "良弓藏。"}] * 20
    whole = About("写一句。", "", "良弓藏。", "zh", stays=True)
    assert drawn("chinese:starts_with", whole) == drawn("startend:end_checker", whole) == [None] * 20
