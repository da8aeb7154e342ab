"""Back-translation: the answer is the text's own, the instruction is the teacher's, and only what scores enough is kept."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tasks.completions import Failure, Reply, Request
from tasks.instructions.makers import back_translate
from tasks.instructions.prompts import prompts_of
from tasks.instructions.workshop import Refused, Workshop
from tasks.records import Document, Pair

MakeWorkshop = Callable[..., Workshop]
Answer = Callable[[Request], Any]


def document(text: str, name: str, language: str = "en", kind: str = "prose") -> Document:
    title = f"toys.{name}" if kind == "code" else name.capitalize()
    return Document(f"{name:0>16}", text, language, title, kind, f"toy:{name}", "CC0-1.0")


ENGLISH = document("A compass needle turns until it points to the north. Keep iron away from the needle.", "compass")
CHINESE = document("磁针会一直转动，直到指向北方为止。磁针附近不要放铁器。", "磁针", "zh-Hans")
CODE = document(
    'def halve(apples):\n    """Halve all apples."""\n    return [apple / 2 for apple in apples]', "halve", kind="code"
)
DOCUMENTS = [ENGLISH, CHINESE, CODE]
WORDING = {
    "Text": "Explain how a compass needle behaves.",
    "文字": "说明磁针怎样指向北方。",
    "Function": "Write a Python function halve(apples) that halves apples.",
    "函数": "写一个 Python 函数 halve(apples)，把 apples 分成两半。",
}


def label_of(request: Request) -> str:
    return request.prompt.partition(":")[0]


def judges(score: object, **wordings: str) -> Answer:
    """A teacher with one wording for each kind of text, and one score for all."""
    return lambda request: score if label_of(request) in ("Instruction", "指令") else (WORDING | wordings)[label_of(request)]


def rows(shop: Workshop, least_score: int = 5, rounds: int = 1, longest: int = 160) -> list[Pair | Refused]:
    prompts = prompts_of(back_translate, shop.params)
    return list(back_translate.rows(shop, prompts, longest_answer=longest, least_score=least_score, rounds=rounds))


def test_the_answer_is_the_texts_own_in_english_chinese_and_code(workshop: MakeWorkshop) -> None:
    made = rows(workshop(DOCUMENTS, judges("5"), chinese_share=0.0))
    assert all(isinstance(row, Pair) for row in made), made
    by_parent = {row.parents[0]: row for row in made if isinstance(row, Pair)}
    assert by_parent[ENGLISH.id].output == ENGLISH.text and by_parent[CHINESE.id].output == CHINESE.text
    assert by_parent[CODE.id].output == "def halve(apples):\n    return [apple / 2 for apple in apples]"
    assert {(row.language, row.task) for row in by_parent.values()} == {("en", "explain"), ("zh", "explain"), ("en", "code")}
    assert {row.maker for row in by_parent.values()} == {"back_translate@1 scripted"}


def test_code_is_asked_about_in_chinese_in_the_share_wanted(workshop: MakeWorkshop) -> None:
    [row] = rows(workshop([CODE], judges("5"), chinese_share=1.0))
    assert isinstance(row, Pair) and (row.language, row.task) == ("zh", "code")


def test_the_score_decides_and_is_kept(workshop: MakeWorkshop) -> None:
    shop = workshop([ENGLISH], judges("4"))
    [row] = rows(shop)
    assert isinstance(row, Refused) and row.rule == "low_score" and not row.unreadable
    [row] = rows(shop, least_score=4)
    assert isinstance(row, Pair) and json.loads(row.label) == {"score": 4}


@pytest.mark.parametrize(
    ("answer", "rule", "unreadable"),
    [
        (judges("10"), "no_score", True),
        (judges(Failure("deadline", "60 s")), "deadline", True),
        (lambda request: Failure("deadline", "60 s"), "deadline", True),
        (lambda request: Reply("Explain how a compass", "length", 64), "no_instruction", False),
        (judges("5", Text="Say one. Say two. Say compass."), "no_instruction", False),
        (judges("5", Text="What does this passage say about a compass needle?"), "points_at_text", False),
        (judges("5", Text="What is the purpose of this compass needle?"), "points_at_text", False),
        (judges("5", Text="说明磁针怎样指向北方。"), "other_language", False),
        (judges("5", Text="Explain how a lantern burns oil."), "leaked_prompt", False),
        (judges("5", Text="Text: a compass needle"), "leaked_prompt", False),
        (judges("5", Text="Why is it that a compass needle turns until it points to the north?"), "tells_answer", False),
        (judges("5", Text="Describe the migration of penguins."), "ungrounded", False),
    ],
)
def test_each_rule_refuses_what_it_is_for(workshop: MakeWorkshop, answer: Answer, rule: str, unreadable: bool) -> None:
    [row] = rows(workshop([ENGLISH], answer))
    assert isinstance(row, Refused) and (row.rule, row.unreadable) == (rule, unreadable)
    assert row.row == ("10" if rule == "no_score" else ENGLISH)


@pytest.mark.parametrize(
    ("wording", "rule"),
    [
        ("这段文字怎样说明磁针？", "points_at_text"),
        ("该命令怎样让磁针指向北方？", "points_at_text"),
        ("這段文字怎樣說明磁針？", "points_at_text"),
        ("根据本文说明磁针的方向。", "points_at_text"),
        ("根据以下文字说明磁针的方向。", "points_at_text"),
        ("磁针应该指向哪里？", None),
        ("零度以下磁针指向哪里？", None),
        ("日本文化里磁针指向哪里？", None),
    ],
)
def test_an_instruction_that_points_at_what_is_not_shown_is_refused(
    workshop: MakeWorkshop, wording: str, rule: str | None
) -> None:
    [row] = rows(workshop([CHINESE], judges("5", 文字=wording)))
    assert (row.rule if isinstance(row, Refused) else None) == rule


def test_an_answer_stands_alone(workshop: MakeWorkshop) -> None:
    method = document("def turn(self):\n    return self.angle", "Wheel.turn", kind="code")
    long = document("def count():\n    return " + " + ".join(map(str, range(90))), "count", kind="code")
    leaning = document("It turns until it points to the north, and stays there.", "needle")
    short = document("It rains.", "rain")
    assert rows(workshop([method, long, leaning, short], judges("5"))) == []


def many() -> list[Document]:
    names = ("needle", "lamp", "wheel", "kettle", "ladder", "anchor", "barrel", "saddle")
    return [document(f"The {name} is kept in the old shed. Wipe the {name} with a dry cloth.", name) for name in names]


def named(request: Request) -> str:
    """Scores 5; otherwise asks how to keep the thing that the text names."""
    if label_of(request) == "Instruction":
        return "5"
    name = request.prompt.partition("The ")[2].partition(" ")[0]
    return f"How is a {name} kept?"


def test_each_candidate_is_tried_in_one_round_and_later_rounds_see_what_was_kept(workshop: MakeWorkshop) -> None:
    shop = workshop(many(), named)
    made = rows(shop, rounds=2)
    assert sorted(row.parents[0] for row in made if isinstance(row, Pair)) == sorted(one.id for one in many())
    requests = [one for one in shop.teacher.model.requests if label_of(one) == "Text"]  # type: ignore[attr-defined]
    first, second = sorted({request.prefix for request in requests}, key=len)
    assert second.startswith(first) and second.removeprefix(first).count("Instruction: How is a ") == 3
    shown = [one for one in many() if one.text in second]
    assert len(shown) == 3
    tried_second = [request.prompt for request in requests if request.prefix == second]
    assert not any(one.text in prompt for one in shown for prompt in tried_second)


def test_the_same_documents_in_any_order_make_the_same_rows(workshop: MakeWorkshop) -> None:
    assert rows(workshop(many(), named), rounds=2) == rows(workshop(many()[::-1], named), rounds=2)


def test_a_document_more_costs_only_its_own_calls(workshop: MakeWorkshop) -> None:
    rows(workshop(many()[1:], named))
    shop = workshop(many(), named)
    assert len(rows(shop)) == len(many())
    assert shop.teacher.asked.total() == 2
