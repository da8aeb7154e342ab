"""What a teacher gives as instances of an instruction: how they are read, and every rule that refuses one of them."""

import pytest

from tasks.instructions.makers.instances import Instance, judged, read
from tests.instructions.sailor import WORDS


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
