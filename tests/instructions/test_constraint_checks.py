"""What each kind of IFEval's constraints, and each Chinese one, calls a good answer and a bad one, in its languages."""

import json
from pathlib import Path
from typing import Any

import pytest

from tasks.checks import failed, named, passes, read, written
from tasks.checks.counting import occurrences, sentences
from tasks.checks.kinds import KINDS
from tasks.errors import ParamsError
from tasks.instructions.constraints.wording import read_kinds

SAID = read_kinds(Path(__file__).parents[2] / "params/constraints")

# (name, arguments, language, good, bad)
SHOWN: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("keywords:existence", {"keywords": ["lamp", "pier"]}, "en", "A Lamp on the pier.", "Lamps on the pier."),
    ("keywords:existence", {"keywords": ["灯塔"]}, "zh", "岸上的灯塔亮了。", "岸上的灯亮了。"),
    (
        "keywords:frequency", {"keyword": "key", "frequency": 2, "relation": "at least"},
        "en", "Key by key.", "A key, keys.",
    ),
    (
        "keywords:frequency", {"keyword": "key", "frequency": 2, "relation": "less than"},
        "en", "A key, keys.", "Key by key.",
    ),
    ("keywords:frequency", {"keyword": "船", "frequency": 2, "relation": "at least"}, "zh", "船来船往。", "船来了。"),
    ("keywords:forbidden_words", {"forbidden_words": ["sea"]}, "en", "A seat.", "The Sea!"),
    ("keywords:forbidden_words", {"forbidden_words": ["大海"]}, "zh", "海很大。", "大海很深。"),
    (
        "keywords:letter_frequency", {"letter": "s", "let_frequency": 3, "let_relation": "at least"},
        "en", "Sass.", "As is",
    ),
    (
        "keywords:letter_frequency", {"letter": "s", "let_frequency": 3, "let_relation": "less than"},
        "en", "As is", "Sass.",
    ),
    ("language:response_language", {"language": "en"}, "en", "The lamp on the pier is lit.", "码头上的灯亮着。"),
    (
        "language:response_language", {"language": "en"},
        "en", "The lamp on the pier is lit.", "Die Lampe am Hafen leuchtet.",
    ),
    ("language:response_language", {"language": "zh"}, "zh", "码头上的灯亮着。", "The lamp on the pier is lit."),
    (
        "length_constraints:number_sentences", {"num_sentences": 2, "relation": "at least"},
        "en", "One. Two!", "e.g. one.",
    ),
    (
        "length_constraints:number_sentences", {"num_sentences": 2, "relation": "less than"},
        "en", "See Dr. Li.", "One? Two",
    ),
    (
        "length_constraints:number_sentences", {"num_sentences": 2, "relation": "at least"},
        "zh", "好。走吧！", "好，走吧！",
    ),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "en", "One.\n***\nTwo.", "One.\nTwo."),
    (
        "length_constraints:number_paragraphs", {"num_paragraphs": 2},
        "en", "One. *** Two.\n***", "One.\n***\n***\nTwo.",
    ),
    (
        "length_constraints:number_paragraphs", {"num_paragraphs": 2},
        "zh", "一段。\n***\n二段。", "一段。\n***\n二段。\n***\n三段。",
    ),
    (
        "length_constraints:number_words", {"num_words": 3, "relation": "at least"},
        "en", "It is on.", "Is on.",
    ),
    (
        "length_constraints:number_words", {"num_words": 3, "relation": "less than"},
        "en", "Is, on!", "It is on.",
    ),
    ("length_constraints:number_words", {"num_words": 4, "relation": "less than"}, "zh", "灯亮了。", "灯都亮了。"),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "then"},
        "en", "It is dark.\nThen the lamp is lit.", "It is dark.\nThence we go.",
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "then"},
        "en", "It is dark.\n\n\"Then the lamp is lit.\"", "Dark.\nThen light.\nDay.",
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        {"num_paragraphs": 2, "nth_paragraph": 1, "first_word": "天黑"},
        "zh", "天黑了。\n灯亮了。", "灯亮了。\n天黑了。",
    ),
    (
        "detectable_content:number_placeholders", {"num_placeholders": 2},
        "en", "Dear [name], see [place].", 'Dear [name], [], ["a"], [1, 2], a[0].',
    ),
    (
        "detectable_content:number_placeholders", {"num_placeholders": 2},
        "zh", "【姓名】您好，请到[地址]。", "【姓名】您好。",
    ),
    (
        "detectable_content:postscript", {"postscript_marker": "P.S."},
        "en", "Come soon.\np. s. Bring bread.", "Come soon. P.S.",
    ),
    (
        "detectable_content:postscript", {"postscript_marker": "P.P.S"},
        "en", "Come. P.P.S. Bring bread.", "Come. P.S. Bring.",
    ),
    ("detectable_content:postscript", {"postscript_marker": "附言："}, "zh", "早点来。\n附言：带上面包。", "早点来。附言"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "en", "Two:\n- a\n* b", "- a\n- b\n- c"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "zh", "- 甲\n- 乙", "甲\n乙"),
    ("detectable_format:constrained_response", {}, "en", "My answer is no.", "No."),
    ("detectable_format:constrained_response", {}, "zh", "我的回答是：否。", "否。"),
    (
        "detectable_format:number_highlighted_sections", {"num_highlights": 2},
        "en", "*One* and **two parts**.", "* One * and *two*.",
    ),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 1}, "zh", "这是*重点*。", "这是** **。"),
    (
        "detectable_format:multiple_sections", {"section_spliter": "Section", "num_sections": 2},
        "en", "Section 1\nDawn.\nSection 2\nDusk.", "Section 1\nSee Section 2.",
    ),
    (
        "detectable_format:multiple_sections", {"section_spliter": "小节", "num_sections": 2},
        "zh", "小节 1\n早晨。\n小节2\n傍晚。", "小节 1\n早晨。",
    ),
    ("detectable_format:json_format", {}, "en", '```json\n{"a": 1}\n```', "42"),
    ("detectable_format:json_format", {}, "zh", '["灯"]', "{'灯': 1}"),
    ("detectable_format:title", {}, "en", "<<A walk>>\nWe went.", "<A walk>\nWe went. << >>"),
    ("detectable_format:title", {}, "zh", "<<山行>>\n走吧。", "《山行》\n走吧。"),
    ("combination:two_responses", {}, "en", "Yes.\n******\nNo.", "Yes.\n******\nYes."),
    ("combination:two_responses", {}, "zh", "去。******不去。", "去。***不去。"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Who?"}, "en", "who? Me.", "Who?"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "谁？"}, "zh", "谁？我。", "我。谁？"),
    (
        "startend:end_checker", {"end_phrase": "Any other questions?"},
        "en", 'It is. "any other questions?"', "Any other questions? No.",
    ),
    ("startend:end_checker", {"end_phrase": "还有吗？"}, "zh", "“没有了。还有吗？”", "还有吗？没有了。"),
    ("startend:quotation", {}, "en", '"We went."', 'We "went".'),
    ("startend:quotation", {}, "zh", "「走了。」", "「走了。”"),
    (
        "change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "at least"},
        "en", "USE the LAMP", "Use the LAMP",
    ),
    (
        "change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "less than"},
        "en", "Use the LAMP", "USE LAMP",
    ),
    ("change_case:english_capital", {}, "en", "THE LAMP IS LIT.", "THE LAMP is LIT."),
    ("change_case:english_lowercase", {}, "en", "the lamp is lit.", "The lamp is lit."),
    ("punctuation:no_comma", {}, "en", "Rain and wind", "Rain, wind"),
    ("punctuation:no_comma", {}, "zh", "风、雨", "风，雨"),
    ("chinese:characters", {"low": 2, "high": 3}, "zh", "灯亮了。", "灯都亮了。"),
    ("chinese:script", {"script": "simplified"}, "zh", "这个文件。", "這個文件。"),
    ("chinese:script", {"script": "traditional"}, "zh", "這個文件。", "这个文件。"),
    ("chinese:full_width_punctuation", {}, "zh", "版本是 3.14，见 os.path。", "版本是 3.14, 对吗？"),
    ("chinese:ends_with_full_stop", {}, "zh", "他说：“走。”", "走！"),
    ("chinese:no_latin_letters", {}, "zh", "打开文件。", "打开 file。"),
    ("chinese:no_digits", {}, "zh", "有三盏灯。", "有 3 盏灯。"),
    ("chinese:sentences", {"num_sentences": 2}, "zh", "走吗？走！", "走吗？走"),
    ("chinese:starts_with", {"start": "首先"}, "zh", "首先开灯。", "开灯，首先。"),
    ("chinese:list_items", {"num_items": 2, "mark": "1、"}, "zh", "步骤：\n1、开门\n2、关灯", "1、开门\n1、关灯"),
    ("chinese:list_items", {"num_items": 2, "mark": "一、"}, "zh", "一、开门\n二、关灯", "一、开门\n二、关灯\n三、走"),
    ("chinese:list_items", {"num_items": 2, "mark": "①"}, "zh", "①开门\n②关灯", "①开门\n②"),
    ("chinese:list_items", {"num_items": 2, "mark": "1."}, "zh", "1. 开门\n2. 关灯", "1、开门\n2、关灯"),
    ("chinese:four_character_lines", {"num_lines": 2}, "zh", "风平浪静，\n灯火通明。", "风平浪静，灯火通明。"),
    ("chinese:no_repeated_sentence", {}, "zh", "走吧。好。", "走吧。走吧。"),
    ("chinese:corner_quotes", {"num_quotes": 2}, "zh", "他说「好」，她说『走』。", "他说「好」，她说“走”。"),
    ("chinese:short_sentences", {"most_characters": 4}, "zh", "灯亮了。船来了！", "灯亮了，船来了。"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "language", "good", "bad"), SHOWN)
def test_a_kind_tells_a_good_answer_from_a_bad_one(
    name: str, arguments: dict[str, Any], language: str, good: str, bad: str
) -> None:
    constraint = written(name, arguments)
    assert failed([constraint], good) == []
    assert failed([constraint], bad) == [constraint]


def test_every_kind_is_shown_in_each_language_it_is_said_in() -> None:
    assert {(name, language) for name, _, language, _, _ in SHOWN} == {
        (name, language) for name, kind in SAID.items() for language in kind.say
    }


def test_there_are_the_25_of_ifeval_and_more() -> None:
    ours = {name for name in KINDS if name.startswith("chinese:")}
    assert len(set(KINDS) - ours) == 25
    assert len(ours) == 13


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "answer", ["", " ", "\n", "\0", "[" * 3000, "*" * 3000, "." * 3000 + "a", " " * 3000, "<<" * 1500, "𝟙²①", "中文。" * 50]
)
def test_no_answer_breaks_or_stalls_a_kind(name: str, answer: str) -> None:
    arguments = next(arguments for shown, arguments, *_ in SHOWN if shown == name)
    assert passes(written(name, arguments), answer) in (True, False)


def test_a_constraint_is_read_as_it_was_written() -> None:
    constraint = written("keywords:existence", {"keywords": ['a "b": c', "词"]})
    assert constraint == 'keywords:existence:{"keywords":["a \\"b\\": c","词"]}'
    name, wanted = read(constraint)
    assert (name, json.loads(wanted)) == ("keywords:existence", {"keywords": ['a "b": c', "词"]})
    assert written("chinese:characters", {"low": 1, "high": 2}) == written("chinese:characters", {"high": 2, "low": 1})


@pytest.mark.parametrize(
    ("constraint", "told"),
    [
        ("keywords:existence", "it lacks keywords, a list of texts"),
        ("keywords:existence:lamp", "needs a JSON object of keywords"),
        ('keywords:existence:{"keywords":[]}', r"keywords = \[\] is not a list of texts"),
        ('keywords:existence:{"keywords":["a"],"n":1}', "it has n, which is no argument of it"),
        (
            'length_constraints:number_words:{"num_words":true,"relation":"at least"}',
            "num_words = True is not a whole number",
        ),
        ('length_constraints:number_words:{"num_words":3,"relation":"about"}', "'less than' or 'at least'"),
        ("punctuation:no_comma:[]", "a JSON object of nothing"),
        ("punctuation:no_dash", "names no check"),
        ('keywords:letter_frequency:{"letter":"ab","let_frequency":1,"let_relation":"at least"}', "is not one letter"),
    ],
)
def test_a_wrong_constraint_is_told_with_what_it_lacks(constraint: str, told: str) -> None:
    with pytest.raises(ParamsError, match=told):
        read(constraint)


def test_names_of_templates_and_of_ifeval_do_not_meet() -> None:
    assert named("title") == "title"
    assert named("detectable_format:title") == "detectable_format:title"


def test_sentences_end_at_marks_and_not_at_titles_numbers_or_lines() -> None:
    assert sentences("See Dr. Li. Why? 好。走吧！") == ["See Dr. Li.", "Why?", "好。", "走吧！"]
    assert sentences("1. Open it\n2. It costs 3.14") == ["1. Open it\n2. It costs 3.14"]
    assert sentences("他说：“走。”她走了") == ["他说：“走。”", "她走了"]
    assert sentences("!?") == []


def test_terms_are_whole_words_also_beside_han() -> None:
    assert occurrences("key", "Key, keys, 用key排序") == 2
    assert occurrences("c++", "C++ and c+++") == 2
    assert occurrences("文件", "文件夹里的文件") == 2


def test_the_guide_names_every_kind_with_its_arguments_languages_and_bars() -> None:
    guide = Path(__file__).parents[2] / "docs/guide/constraints.md"
    lines = [line for line in guide.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert [[cell.strip() for cell in line.strip("|").split(" | ")][:4] for line in lines] == [
        [f"`{name}`", ", ".join(KINDS[name].arguments) or "–", ", ".join(sorted(kind.say)), ", ".join(kind.bars) or "–"]
        for name, kind in SAID.items()
    ]
