"""Which constraints are drawn for an instruction: readable, met by an answer that stays, never two that bar each other."""

from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.checks import failed, read, written
from tasks.errors import ParamsError
from tasks.instructions.constraints.about import About
from tasks.instructions.constraints.choice import MOST, Chosen, chosen, go_together
from tasks.instructions.constraints.draws import DRAWS
from tasks.instructions.constraints.wording import Language, read_kinds, said

FOLDER = Path(__file__).parents[2] / "params/constraints"
KINDS = read_kinds(FOLDER)
LESS, LEAST = "less than", "at least"

LONG_EN = "The old lamp on the pier tells ships where the harbour is, and the LAMP burns all night. Fishermen trust it."
LONG_ZH = "灯塔在夜里为船只指路，渔民靠灯塔找到港口。没有灯塔，船只就找不到港口，容易在夜里触礁。"
PIECES = [
    "灯塔",
    "港口",
    "船只",
    "在夜里",
    "。",
    "，",
    "？",
    "- ",
    "* ",
    "1、",
    "①",
    "\n",
    "***",
    "<<灯>>",
    "[名]",
    "「好」",
    "P.S.",
    "三",
]
WORDS = st.lists(st.sampled_from([*LONG_EN.split(), *PIECES]), max_size=30)
TEXTS = WORDS.map(" ".join) | WORDS.map("".join) | st.text(max_size=60)


def about(language: Language, *, stays: bool) -> About:
    if language == "en":
        return About("Explain what a lamp does in a harbour.", "harbour, lamp, beacon", LONG_EN, "en", stays)
    return About("说明灯塔在港口有什么用处。", "灯塔、港口、码头、码头", LONG_ZH, "zh", stays)


@given(TEXTS, TEXTS, TEXTS, st.integers(0, 10**6), st.booleans(), st.sampled_from(["en", "zh"]))
def test_what_is_drawn_is_readable_goes_together_and_is_met_by_an_answer_that_stays(
    instruction: str, input: str, answer: str, seed: int, stays: bool, language: Language
) -> None:
    of = About(instruction, input, answer, language, stays)
    some = chosen(KINDS, of, Random(seed))
    assert some == chosen(KINDS, of, Random(seed))
    assert len(some) <= MOST
    assert [read(one.constraint)[0] for one in some] == [one.name for one in some]
    assert all(go_together(KINDS, one, other) for one, other in combinations(some, 2))
    if stays:
        assert failed([one.constraint for one in some], answer) == []


@given(TEXTS, TEXTS, TEXTS, st.integers(0, 10**6), st.booleans(), st.sampled_from(sorted(DRAWS)))
def test_each_kind_draws_arguments_that_can_be_read(
    instruction: str, input: str, answer: str, seed: int, stays: bool, name: str
) -> None:
    for language in KINDS[name].say:
        arguments = DRAWS[name](Random(seed), About(instruction, input, answer, language, stays))
        if arguments is not None:
            read(written(name, arguments))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_kind_is_asked_for_sooner_or_later(language: Language) -> None:
    names = {one.name for seed in range(400) for one in chosen(KINDS, about(language, stays=False), Random(seed))}
    assert names == {name for name, kind in KINDS.items() if language in kind.say}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_answer_that_stays_meets_several_kinds(language: Language) -> None:
    names = {one.name for seed in range(200) for one in chosen(KINDS, about(language, stays=True), Random(seed))}
    assert len(names) >= 8


def test_nothing_is_said_of_one_word_that_it_could_hardly_fail() -> None:
    of = About("Which function?", "load / dump", "dump", "en", stays=True)
    assert [chosen(KINDS, of, Random(seed)) for seed in range(50)] == [[]] * 50


def test_what_the_instruction_asks_already_is_not_asked_again() -> None:
    of = About("Say it in capitals.", "", "READ A FILE", "en", stays=True)
    names = {one.name for seed in range(50) for one in chosen(KINDS, of, Random(seed))}
    told = {one.name for seed in range(50) for one in chosen(KINDS, of, Random(seed), told=["upper"])}
    assert "change_case:english_capital" in names
    assert "change_case:english_capital" not in told


LINE = "Copies each page of a table into the header and keeps what the reader asked for in its own order."
LINE_ZH = "把表格中的每一页都抄写到页眉里，并且保留读者要求的顺序，不改变其中任何内容。"


@pytest.mark.parametrize(
    ("instruction", "answer", "language", "checks", "not_asked"),
    [
        ("Say what it does.", LINE, "en", ["sentence"], "length_constraints:number_sentences"),
        ("Say what it does.", LINE, "en", ["one_line"], "length_constraints:number_sentences"),
        ("Describe it in one sentence.", LINE, "en", [], "length_constraints:number_sentences"),
        ("用一句话说明它。", LINE_ZH, "zh", [], "length_constraints:number_sentences"),
        ("Give the beginning.", LINE.upper(), "en", ["upper", "max_words"], "length_constraints:number_words"),
        ("Write the first five words.", LINE, "en", [], "length_constraints:number_words"),
        ("写出开头，不超过四十个字。", LINE_ZH, "zh", [], "chinese:characters"),
        ("写出开头。", LINE_ZH, "zh", ["max_words"], "chinese:characters"),
        ("Name them.", "- oak\n- ash\n- elm", "en", ["list"], "detectable_format:number_bullet_lists"),
        ("Make a list.", "- oak\n- ash\n- elm", "en", [], "detectable_format:number_bullet_lists"),
        ("写成编号列表。", "1. 橡树\n2. 白蜡树", "zh", ["list"], "chinese:list_items"),
        ("Head it.", "Fetch A PAGE And Keep IT In The Header", "en", ["title"], "change_case:capital_word_frequency"),
        ("Write it as JSON.", '["oak", "ash"]', "en", [], "detectable_format:json_format"),
    ],
)
def test_what_a_row_asks_in_its_checks_or_in_words_is_not_asked_again(
    instruction: str, answer: str, language: Language, checks: list[str], not_asked: str
) -> None:
    def names(instruction: str, told: list[str]) -> set[str]:
        of = About(instruction, "", answer, language, stays=True)
        return {one.name for seed in range(200) for one in chosen(KINDS, of, Random(seed), told)}

    assert not_asked in names("Go on." if language == "en" else "继续。", [])
    assert not_asked not in names(instruction, checks)


def test_a_check_that_a_row_has_is_not_added_again() -> None:
    of = About("Go on.", "", LINE, "en", stays=True)
    told = ["punctuation:no_comma"]
    assert not any(one.name in told for seed in range(100) for one in chosen(KINDS, of, Random(seed), told))


def test_no_word_of_the_instruction_is_forbidden_or_wanted_in_any_form_where_the_answer_stays() -> None:
    asked = 'Summarise this documentation by copying its first sentence, under the key "header".'
    given = "A copy of each page is made. Documented sentences are copied, and the summaries of a lamp stay as they are."
    of = About(asked, given, LINE, "en", stays=True)
    some = [one for seed in range(300) for one in chosen(KINDS, of, Random(seed))]
    forbidden = {word for one in some for word in one.arguments.get("forbidden_words", [])}
    wanted = {word for one in some for word in [*one.arguments.get("keywords", []), one.arguments.get("keyword")]}
    assert "lamp" in forbidden and "table" in wanted
    assert not forbidden & {"copy", "copied", "copying", "sentence", "sentences"}
    assert not {"header", "copies"} & wanted


def test_no_word_of_a_chinese_instruction_is_forbidden_where_the_answer_stays() -> None:
    of = About("抄写灯塔的说明，不改灯塔。", "灯塔，码头，灯塔，码头。", LINE_ZH, "zh", stays=True)
    some = [one for seed in range(300) for one in chosen(KINDS, of, Random(seed))]
    assert {word for one in some for word in one.arguments.get("forbidden_words", [])} == {"码头"}


def test_one_sentence_is_not_told_to_repeat_none() -> None:
    some = {
        answer: {
            one.name
            for seed in range(200)
            for one in chosen(KINDS, About("继续。", "", answer, "zh", stays=True), Random(seed))
        }
        for answer in (LINE_ZH, LONG_ZH)
    }
    assert "chinese:no_repeated_sentence" in some[LONG_ZH] - some[LINE_ZH]


# Every two kinds that go together can be met by one answer: arguments for each kind, and answers that meet many at once.
ARGUMENTS: dict[Language, list[tuple[str, dict[str, Any]]]] = {
    "en": [
        ("keywords:existence", {"keywords": ["lamp"]}),
        ("keywords:frequency", {"keyword": "pier", "frequency": 2, "relation": LEAST}),
        ("keywords:frequency", {"keyword": "pier", "frequency": 2, "relation": LESS}),
        ("keywords:forbidden_words", {"forbidden_words": ["storm"]}),
        ("keywords:letter_frequency", {"letter": "e", "let_frequency": 3, "let_relation": LEAST}),
        ("keywords:letter_frequency", {"letter": "s", "let_frequency": 6, "let_relation": LESS}),
        ("language:response_language", {"language": "en"}),
        ("length_constraints:number_sentences", {"num_sentences": 2, "relation": LEAST}),
        ("length_constraints:number_sentences", {"num_sentences": 3, "relation": LESS}),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 2}),
        ("length_constraints:number_words", {"num_words": 8, "relation": LEAST}),
        ("length_constraints:number_words", {"num_words": 15, "relation": LESS}),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "then"}),
        ("detectable_content:number_placeholders", {"num_placeholders": 1}),
        ("detectable_content:postscript", {"postscript_marker": "P.S."}),
        ("detectable_format:number_bullet_lists", {"num_bullets": 2}),
        ("detectable_format:constrained_response", {}),
        ("detectable_format:number_highlighted_sections", {"num_highlights": 1}),
        ("detectable_format:multiple_sections", {"section_spliter": "Section", "num_sections": 2}),
        ("detectable_format:json_format", {}),
        ("detectable_format:title", {}),
        ("combination:two_responses", {}),
        ("combination:repeat_prompt", {"prompt_to_repeat": "Who lit it?"}),
        ("startend:end_checker", {"end_phrase": "Any other questions?"}),
        ("startend:quotation", {}),
        ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": LEAST}),
        ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": LESS}),
        ("change_case:english_capital", {}),
        ("change_case:english_lowercase", {}),
        ("punctuation:no_comma", {}),
    ],
    "zh": [
        ("keywords:existence", {"keywords": ["港口"]}),
        ("keywords:frequency", {"keyword": "灯塔", "frequency": 2, "relation": LEAST}),
        ("keywords:frequency", {"keyword": "灯塔", "frequency": 3, "relation": LESS}),
        ("keywords:forbidden_words", {"forbidden_words": ["风暴"]}),
        ("language:response_language", {"language": "zh"}),
        ("length_constraints:number_sentences", {"num_sentences": 2, "relation": LEAST}),
        ("length_constraints:number_sentences", {"num_sentences": 4, "relation": LESS}),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 2}),
        ("length_constraints:number_words", {"num_words": 9, "relation": LEAST}),
        ("length_constraints:number_words", {"num_words": 45, "relation": LESS}),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "随后"}),
        ("detectable_content:number_placeholders", {"num_placeholders": 1}),
        ("detectable_content:postscript", {"postscript_marker": "附言："}),
        ("detectable_format:number_bullet_lists", {"num_bullets": 2}),
        ("detectable_format:constrained_response", {}),
        ("detectable_format:number_highlighted_sections", {"num_highlights": 1}),
        ("detectable_format:multiple_sections", {"section_spliter": "小节", "num_sections": 2}),
        ("detectable_format:json_format", {}),
        ("detectable_format:title", {}),
        ("combination:two_responses", {}),
        ("combination:repeat_prompt", {"prompt_to_repeat": "谁点的灯？"}),
        ("startend:end_checker", {"end_phrase": "还有其他问题吗？"}),
        ("startend:quotation", {}),
        ("punctuation:no_comma", {}),
        ("chinese:characters", {"low": 9, "high": 45}),
        ("chinese:script", {"script": "simplified"}),
        ("chinese:full_width_punctuation", {}),
        ("chinese:ends_with_full_stop", {}),
        ("chinese:no_latin_letters", {}),
        ("chinese:no_digits", {}),
        ("chinese:sentences", {"num_sentences": 2}),
        ("chinese:starts_with", {"start": "首先"}),
        ("chinese:list_items", {"num_items": 2, "mark": "一、"}),
        ("chinese:four_character_lines", {"num_lines": 2}),
        ("chinese:no_repeated_sentence", {}),
        ("chinese:corner_quotes", {"num_quotes": 1}),
        ("chinese:short_sentences", {"most_characters": 25}),
    ],
}
# Two parts of an answer, each way they may be put together, what may stand first and last: every product is a witness.
PARTS: dict[Language, list[tuple[str, str]]] = {
    "en": [
        ("<<The pier>> The *lamp* by [name] is RED HOT.", "Then the pier is bright."),
        ("<<A>> a *lamp* [name]", "then oil"),
    ],
    "zh": [("<<灯>>*港口*灯塔「很亮」【姓名】灯塔亮。", "随后关灯。")],
}
SHAPES: dict[Language, list[str]] = {
    "en": [
        "{} {}",
        "{}\n***\n{}",
        "{}\n{}",
        "\n- {}\n- {}",
        "\nSection 1\n{}\nSection 2\n{}",
        "{}\n******\n{}",
        '["{} {}"]',
    ],
    "zh": [
        "{}{}",
        "{}\n***\n{}",
        "{}\n{}",
        "\n- {}\n- {}",
        "\n小节 1\n{}\n小节 2\n{}",
        "{}\n******\n{}",
        '["{}{}"]',
        "\n一、{}\n二、{}",
    ],
}
FIRST: dict[Language, list[str]] = {"en": ["", "Who lit it? "], "zh": ["", "谁点的灯？", "首先"]}
LAST: dict[Language, list[str]] = {
    "en": ["", " P.S. Oil.", " Any other questions?"],
    "zh": ["", "附言：带油。", "还有其他问题吗？"],
}
QUOTED: dict[Language, str] = {"en": '"{}"', "zh": "“{}”"}


def witnesses(language: Language) -> Iterator[str]:
    for parts, shape, first, last in product(PARTS[language], SHAPES[language], FIRST[language], LAST[language]):
        text = (first + shape.format(*parts) + last).strip()
        for cased in (text, text.upper(), text.lower()):
            yield from (cased, QUOTED[language].format(cased))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_any_two_that_go_together_can_be_met_by_one_answer(language: Language) -> None:
    drawn = [Chosen(name, arguments, written(name, arguments), "") for name, arguments in ARGUMENTS[language]]
    assert {one.name for one in drawn} == {name for name, kind in KINDS.items() if language in kind.say}
    meets = [
        {one.constraint for one in drawn if not failed([one.constraint], text)} for text in sorted(set(witnesses(language)))
    ]
    unmet = [
        (one.constraint, other.constraint)
        for one, other in combinations(drawn, 2)
        if one.name != other.name
        and go_together(KINDS, one, other)
        and not any({one.constraint, other.constraint} <= met for met in meets)
    ]
    assert unmet == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            ("change_case:english_lowercase", {}),
            ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": LEAST}),
        ),
        (("detectable_format:json_format", {}), ("punctuation:no_comma", {})),
        (("language:response_language", {"language": "en"}), ("chinese:script", {"script": "simplified"})),
        (("keywords:existence", {"keywords": ["lamp"]}), ("keywords:forbidden_words", {"forbidden_words": ["lamp"]})),
        (
            ("keywords:existence", {"keywords": ["sea", "pea"]}),
            ("keywords:letter_frequency", {"letter": "e", "let_frequency": 2, "let_relation": LESS}),
        ),
        (("chinese:no_latin_letters", {}), ("keywords:existence", {"keywords": ["json"]})),
        (("startend:end_checker", {"end_phrase": "Is it so, then?"}), ("punctuation:no_comma", {})),
        (("chinese:no_digits", {}), ("chinese:list_items", {"num_items": 2, "mark": "1、"})),
        (
            ("keywords:frequency", {"keyword": "sea", "frequency": 3, "relation": LEAST}),
            ("length_constraints:number_words", {"num_words": 3, "relation": LESS}),
        ),
    ],
)  # fmt: skip
def test_two_that_no_answer_can_meet_do_not_go_together(one: tuple[str, Any], other: tuple[str, Any]) -> None:
    left, right = (Chosen(name, arguments, written(name, arguments), "") for name, arguments in (one, other))
    assert not go_together(KINDS, left, right)
    assert not go_together(KINDS, right, left)


def test_relations_and_lists_are_said_in_the_language_asked() -> None:
    arguments = {"keyword": "a", "frequency": 2, "relation": LEAST}
    assert said("{keyword} {relation} {frequency}", arguments, "zh") == "a 不少于 2"
    assert said("{n} {relation}", {"n": 2, "relation": LESS}, "en") == "2 fewer than"
    assert said("{words}", {"words": ["a", "b"]}, "en") == '"a", "b"'
    assert said("{words}", {"words": ["甲", "乙"]}, "zh") == "“甲”“乙”"


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("punctuation:no_comma:", "punctuation:no_dash:", "no check is named 'punctuation:no_dash'"),
        ("not_beside: [json]", "not_beside: [jsn]", "not_beside names jsn"),
        ("Do not use any commas.", "Do not use {n} commas.", r"says .* with \['n'\]"),
        ("traits: [shape]", "traits: [form]", "traits"),
        ("Do not use any of these words: {forbidden_words}.", "Do not.", "its arguments are"),
    ],
)
def test_a_wrong_file_is_told_with_its_name(tmp_path: Path, before: str, after: str, told: str) -> None:
    text = (FOLDER / "ifeval.yaml").read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "ifeval.yaml").write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ParamsError, match=rf"(?s)ifeval\.yaml.*{told}"):
        read_kinds(tmp_path)


def test_a_kind_of_which_no_file_says_anything_is_told(tmp_path: Path) -> None:
    (tmp_path / "ifeval.yaml").write_text((FOLDER / "ifeval.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ParamsError, match="says nothing of chinese:characters"):
        read_kinds(tmp_path)
