"""Grounded questions and dialogues: answers known before they are asked, asked back, cited, and refused with a reason."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tasks.completions import Failure, Reply, Request
from tasks.instructions import questions
from tasks.instructions.makers import dialogue, grounded
from tasks.instructions.prompts import prompts_of
from tasks.instructions.workshop import Refused, Workshop
from tasks.records import Document, Pair

MakeWorkshop = Callable[..., Workshop]
Answer = Callable[[Request], Any]

KEEPER = "The keeper rows 12 miles to the shore. His lamp burns whale oil since 1871. A dog named Biscuit guards the door."
MILL = "The mill grinds 9 sacks before noon. Its wheel was carved by Anna Holt. Children feed the ducks at dusk."
TOWER = "守塔人每周划船12里去买面粉。灯塔每隔15秒闪一次光。他养的狗叫“饼干”，整夜看门。"
FARM = "果园里种着300棵梨树。梨子在九月成熟，装进木箱里运走。"


def document(text: str, name: str, language: str = "en") -> Document:
    return Document(f"{name:0>16}", text, language, name, "prose", f"toy:{name}", "CC0-1.0")


DOCUMENTS = [document(KEEPER, "a"), document(MILL, "b"), document(TOWER, "c", "zh-Hans"), document(FARM, "d", "zh")]
IS_BACK = re.compile(r"\n(?:Question|问题): (.*)\n(?:Answer|答案):\Z")


def parts(request: Request) -> tuple[str, str, bool]:
    """Passage, second line without its label, and whether the answer is wanted."""
    _, told = request.prompt.split(": ", 1)
    passage, second, _ = told.split("\n")
    return passage, second.split(": ", 1)[1], bool(IS_BACK.search(request.prompt))


def gapped(request: Request) -> str:
    """Asks for what stands at the gap of a sentence, and finds it by what stands around."""
    passage, second, back = parts(request)
    if back:
        before, after = re.fullmatch(r"(?:What is missing in: |缺了什么：)(.*)…(.*)[?？]", second).groups()  # type: ignore[union-attr]
        return re.search(re.escape(before) + "(.*?)" + re.escape(after) + "[.。]", passage)[1]  # type: ignore[index]
    chinese = request.prompt.startswith("文章")
    [sentence] = [one for one in re.split(r"(?<=[.。])\s*", passage) if second in one]
    frame = "缺了什么：{}？" if chinese else "What is missing in: {}?"
    return frame.format(sentence.rstrip(".。").replace(second, "…"))


def asked(shop: Workshop, round_trip: bool = True) -> list[Pair | Refused]:
    return list(grounded.rows(shop, prompts_of(questions, shop.params), longest_passage=330, round_trip=round_trip))


def talked(shop: Workshop, longest: int = 600) -> list[Pair | Refused]:
    return list(dialogue.rows(shop, prompts_of(questions, shop.params), longest=longest, round_trip=True))


def test_answer_and_citation_stand_in_the_passage_in_both_languages(workshop: MakeWorkshop) -> None:
    rows = asked(workshop(DOCUMENTS, gapped))
    assert {row.language for row in rows if isinstance(row, Pair)} == {"en", "zh"}
    for row in rows:
        assert isinstance(row, Pair), row
        [origin] = [one for one in DOCUMENTS if one.id == row.parents[0]]
        citation = json.loads(row.label)["citation"]
        assert row.output in citation and citation in row.input and row.input in origin.text
        assert row.output not in row.instruction
        assert (row.task, row.split, row.source, row.maker) == ("question", "train", origin.source, "grounded@1 scripted")


def test_an_answer_that_does_not_come_back_is_refused_unless_nobody_asks(workshop: MakeWorkshop) -> None:
    def forgetful(request: Request) -> str:
        return "no idea at all" if parts(request)[2] else gapped(request)

    assert {row.rule for row in asked(workshop(DOCUMENTS, forgetful)) if isinstance(row, Refused)} == {"round_trip"}
    assert all(isinstance(row, Pair) for row in asked(workshop(DOCUMENTS, forgetful), round_trip=False))


def test_the_way_back_does_not_tell_the_answer(workshop: MakeWorkshop) -> None:
    shop = workshop(DOCUMENTS, gapped)
    asked(shop)
    for request in shop.teacher.model.requests:  # type: ignore[attr-defined]
        if parts(request)[2]:
            assert "…" in parts(request)[1]


def says(english: str, chinese: str) -> Answer:
    """One reply for each language; {} in it stands for the answer."""
    return lambda request: (english if request.prompt.startswith("Passage") else chinese).format(parts(request)[1])


@pytest.mark.parametrize(
    ("answer", "rules", "unreadable"),
    [
        (says("Rows to shore, burns oil, grinds sacks.", "守塔人每周划船，果园种着梨树。"), {"no_question"}, False),
        (lambda request: Reply("What is missing", "length", 48), {"no_question"}, False),
        (says("What does a penguin eat in winter?", "企鹅冬天吃什么？"), {"ungrounded"}, False),
        (says("What is {}?", "什么是{}？"), {"tells_answer"}, False),
        (says("守塔人每周划船去做什么？", "What is it?"), {"other_language"}, False),
        (says("When did Lake Orrin freeze?", "奥林湖是哪一年结冰的？"), {"leaked_prompt"}, False),
        (says("What? " + "x" * 200 + "?", "什么" * 50 + "？"), {"no_instruction"}, False),
        (lambda request: Failure("deadline", "60 s"), {"deadline"}, True),
    ],
)
def test_each_rule_refuses_what_it_is_for(workshop: MakeWorkshop, answer: Answer, rules: set[str], unreadable: bool) -> None:
    rows = asked(workshop(DOCUMENTS, answer))
    assert len(rows) == len(DOCUMENTS)
    assert {(row.rule, row.unreadable) for row in rows if isinstance(row, Refused)} >= {(rule, unreadable) for rule in rules}
    assert not [row for row in rows if isinstance(row, Pair)]


def test_a_failure_on_the_way_back_is_told_apart(workshop: MakeWorkshop) -> None:
    shop = workshop(DOCUMENTS, lambda request: Failure("deadline", "60 s") if parts(request)[2] else gapped(request))
    assert {(row.rule, row.unreadable) for row in asked(shop) if isinstance(row, Refused)} == {("deadline", True)}


@pytest.mark.parametrize("maker", [asked, talked])
def test_the_same_documents_in_any_order_make_the_same_rows(
    workshop: MakeWorkshop, maker: Callable[[Workshop], list[Pair | Refused]]
) -> None:
    assert maker(workshop(DOCUMENTS, gapped)) == maker(workshop(DOCUMENTS[::-1], gapped))


@pytest.mark.parametrize(("maker", "calls"), [(asked, 2), (talked, 6)])
def test_a_document_more_costs_only_its_own_calls(
    workshop: MakeWorkshop, maker: Callable[[Workshop], list[Pair | Refused]], calls: int
) -> None:
    maker(workshop(DOCUMENTS, gapped))
    new = document("The inn keeps 7 beds free. Travellers pay Old Marta there. Soup costs 3 coins.", "e")
    shop = workshop([*DOCUMENTS, new], gapped)
    rows = maker(shop)
    assert shop.teacher.asked.total() == calls and len(rows) == len(DOCUMENTS) + 1


def test_a_long_document_gives_many_passages_the_first_of_each_before_any_second(workshop: MakeWorkshop) -> None:
    long = document(f"{KEEPER}\n\n{MILL}", "long")
    rows = asked(workshop([long, document("The inn keeps 7 beds free for late guests.", "short")], gapped))
    assert [row.source for row in rows if isinstance(row, Pair)].count("toy:long") == 2
    assert rows[-1].source == "toy:long"  # type: ignore[union-attr]


def test_a_dialogue_brings_its_passage_first_and_cites_a_sentence_a_turn(workshop: MakeWorkshop) -> None:
    rows = talked(workshop(DOCUMENTS, gapped))
    assert {row.language for row in rows if isinstance(row, Pair)} == {"en", "zh"}
    for row in rows:
        assert isinstance(row, Pair), row
        passage = row.history[0][0].partition("\n")[0]
        said = [*(answer for _, answer in row.history), row.output]
        citations = json.loads(row.label)["citations"]
        assert len(set(citations)) == len(said) in (2, 3)
        assert all(answer in citation and citation in passage for answer, citation in zip(said, citations, strict=True))
        assert [passage.index(citation) for citation in citations] == sorted(map(passage.index, citations))


def forgets(*words: str) -> Answer:
    """Finds every answer again but those to questions with one of these words."""
    return lambda request: (
        "Nobody." if parts(request)[2] and any(word in parts(request)[1] for word in words) else gapped(request)
    )


def test_a_turn_that_does_not_hold_is_left_out(workshop: MakeWorkshop) -> None:
    [row] = talked(workshop(DOCUMENTS[:1], forgets("lamp")))
    assert isinstance(row, Pair) and len(row.history) == 1


def test_one_turn_is_no_dialogue(workshop: MakeWorkshop) -> None:
    [row] = talked(workshop(DOCUMENTS[:1], forgets("lamp", "dog")))
    assert isinstance(row, Refused) and row.rule == "few_turns" and row.reason.count("round_trip") == 2


def test_turns_that_ask_the_same_are_no_dialogue(workshop: MakeWorkshop) -> None:
    shop = workshop(DOCUMENTS[:1], lambda request: "Which keeper, lamp, dog, door?")
    [row] = dialogue.rows(shop, prompts_of(questions, shop.params), longest=600, round_trip=False)
    assert isinstance(row, Refused) and row.rule == "same_question"


def test_a_dialogue_that_a_model_cannot_hold_is_refused(workshop: MakeWorkshop) -> None:
    [row] = talked(workshop(DOCUMENTS[:1], gapped), longest=200)
    assert isinstance(row, Refused) and row.rule == "long_dialogue"


def test_a_dialogue_with_a_turn_never_answered_is_set_aside(workshop: MakeWorkshop) -> None:
    shop = workshop(
        DOCUMENTS[:1], lambda request: Failure("deadline", "60 s") if "Biscuit" in parts(request)[1] else gapped(request)
    )
    [row] = talked(shop)
    assert isinstance(row, Refused) and (row.rule, row.unreadable) == ("deadline", True)


def test_languages_that_we_cannot_ask_in_are_passed_over(workshop: MakeWorkshop) -> None:
    assert asked(workshop([replace(DOCUMENTS[0], language="fr"), replace(DOCUMENTS[1], language="")], gapped)) == []
