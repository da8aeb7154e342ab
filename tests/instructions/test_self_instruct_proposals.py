"""What a teacher proposes as new instructions: how its list is read, and every rule that refuses one of them."""

from collections.abc import Callable

import pytest

from tasks.completions import Reply
from tasks.instructions.makers import proposals
from tasks.instructions.workshop import Refused, Workshop
from tests.instructions.sailor import kind_of, rows

MakeWorkshop = Callable[..., Workshop]


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
        ("zh", "用三句话刻画一个小气的船长。", None),
        ("zh", "早上网络为什么慢？", None),
        ("zh", "请画一艘旧船。", "not_for_text"),
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
