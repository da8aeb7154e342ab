"""What the screen asks of rows that a model wrote, in English and in Chinese, and of no others."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.instructions.screen import Screen, admitted
from tasks.ledger import Books
from tasks.records import Pair
from tasks.shingles import runs_of

ENGLISH = Pair(
    id="e",
    instruction="Explain to a new sailor why the ferry waits for the tide.",
    input="",
    output="The harbour is too shallow at low water, so it leaves when the tide is in.",
    history=(),
    language="en",
    task="explain",
    maker="open@1 scripted",
    parents=("d",),
    source="toy:harbour",
    constraints=(),
    label="",
    license="MIT",
    split="train",
)
CHINESE = replace(
    ENGLISH,
    id="z",
    language="zh",
    instruction="请向新水手解释渡轮为什么要等潮水。",
    output="低潮时港口太浅，所以渡轮等涨潮以后才离开。",
)
SPELT = replace(ENGLISH, instruction="Spell this word backwards.", input="lantern", output="nretnal", task="open")
RHYMED = replace(SPELT, id="r", instruction="Name a rhyme for the word below, and use both in a line.", output="a cistern")
PASSAGE = "The old ferry leaves the harbour at six in the morning and returns after dark, but never in a storm."
LONG_ZH = "渡轮每天早上六点离开旧港口，天黑以后才回来，遇到暴风雨的时候停开，乘客可以在码头的小屋里买票。"


@pytest.fixture
def screen() -> Screen:
    return Screen(max_prompt=1000, max_answer=1000, max_ready=2000, private=("email", "secret"))


def rule_of(screen: Screen, pair: Pair) -> str | None:
    refusal = screen.refuses(pair)
    return refusal[0] if refusal else None


@pytest.mark.parametrize("pair", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_a_good_row_passes(screen: Screen, pair: Pair) -> None:
    assert screen.refuses(pair) is None


REFUSED = [
    (ENGLISH, {"output": "It leaves at high wat\ufffd"}, "damaged"),
    (ENGLISH, {"output": "…!"}, "no_word"),
    (ENGLISH, {"output": "When the tide is in.\nInput: Why is it late?"}, "leaked_prompt"),
    (CHINESE, {"output": "涨潮以后离开。\n输入：它为什么迟到？"}, "leaked_prompt"),
    (ENGLISH, {"output": "As an AI language model, I know no tides."}, "about_itself"),
    (CHINESE, {"output": "作为一个人工智能模型，我不知道潮水的时间。"}, "about_itself"),
    (ENGLISH, {"output": "I'm sorry, but that is beyond me."}, "refusal"),
    (ENGLISH, {"output": "I cannot help with this question."}, "refusal"),
    (CHINESE, {"output": "抱歉，我无法回答这个问题。"}, "refusal"),
    (ENGLISH, {"output": "Explain to a new sailor why the ferry waits for the tide: it waits."}, "said_again"),
    (ENGLISH, {"input": PASSAGE, "output": f"Because {PASSAGE}"}, "said_again"),
    (CHINESE, {"input": LONG_ZH, "output": f"因为{LONG_ZH}"}, "said_again"),
    (ENGLISH, {"output": "It waits and it waits and " * 4 + "it waits."}, "repetition"),
    (CHINESE, {"output": "它在等潮水" * 4 + "。"}, "repetition"),
    (CHINESE, {"instruction": "请说明渡轮这一次为什么又停在港口里。", "output": "它在等潮水" * 4 + "。"}, "repetition"),
    (ENGLISH, {"output": "It is low.\nIt waits.\nIt is low.\nIt is low."}, "repetition"),
    (ENGLISH, {"output": "The harbour is shallow (at low water."}, "truncated"),
    (CHINESE, {"output": "港口太浅（低潮的时候。"}, "truncated"),
    (ENGLISH, {"output": "It needs three things to leave:"}, "truncated"),
    (CHINESE, {"output": "它离开需要三个条件，"}, "truncated"),
    (ENGLISH, {"output": "It waits for high water because"}, "truncated"),
    (ENGLISH, {"output": "```\nferry.wait(tide)"}, "truncated"),
    (ENGLISH, {"instruction": "Explain the following:"}, "truncated"),
    (
        ENGLISH,
        {"output": "Der Hafen ist bei Niedrigwasser zu flach, deshalb wartet die Fähre auf die Flut."},
        "answer_language",
    ),
    (ENGLISH, {"output": "低潮时港口太浅，所以渡轮等涨潮以后才离开。"}, "answer_language"),
    (
        CHINESE,
        {"output": "The harbour is too shallow at low water, so the ferry waits until the tide is in."},
        "answer_language",
    ),
    (ENGLISH, {"output": "Ask the harbour master: wei.zhang@harbour-office.cn."}, "private"),
]


@pytest.mark.parametrize(("pair", "changes", "rule"), REFUSED)
def test_each_rule_has_a_row_by_a_model_that_trips_it(screen: Screen, pair: Pair, changes: dict, rule: str) -> None:
    assert rule_of(screen, replace(pair, **changes)) == rule


@pytest.mark.parametrize("maker", ["templates/explain@1", "ready/chats"])
@pytest.mark.parametrize(("pair", "changes", "rule"), REFUSED)
def test_no_rule_for_models_touches_other_rows(screen: Screen, pair: Pair, changes: dict, rule: str, maker: str) -> None:
    assert screen.refuses(replace(pair, **changes, maker=maker)) is None


@pytest.mark.parametrize(
    ("pair", "changes"),
    [
        (ENGLISH, {"instruction": "Write an apology to the passengers.", "output": "I'm sorry that the ferry is late."}),
        (
            ENGLISH,
            {"output": "I'm sorry to hear it. " + " ".join(f"w{n}" for n in range(90))},
        ),
        (ENGLISH, {"instruction": "Write a product description of a ferry.", "output": "Description: a broad white ship."}),
        (ENGLISH, {"input": PASSAGE, "output": "The old ferry leaves the harbour at six."}),
        (ENGLISH, {"instruction": "Correct the spelling.", "input": f"{PASSAGE} Allways.", "output": f"{PASSAGE} Always."}),
        (CHINESE, {"instruction": "改正这段话里的错别字。", "input": f"{LONG_ZH}在见。", "output": f"{LONG_ZH}再见。"}),
        (ENGLISH, {"instruction": "Repeat the word tide twelve times.", "output": " ".join(["tide"] * 12)}),
        (CHINESE, {"instruction": "请把潮水这个词写十二遍。", "output": "潮水" * 12}),
        (ENGLISH, {"output": " ".join(["0"] * 16)}),
        (ENGLISH, {"instruction": "Which smiley is sad?", "output": "The sad one is :("}),
        (ENGLISH, {"instruction": "Fill the gap: salt ____ pepper.", "output": "and"}),
        (
            ENGLISH,
            {
                "instruction": "Translate into German.",
                "input": "The harbour is shallow.",
                "output": "Der Hafen ist bei Niedrigwasser viel zu flach.",
            },
        ),
        (
            ENGLISH,
            {"instruction": "Summarise the text.", "input": LONG_ZH, "output": "渡轮早上离开，天黑回来，暴风雨时停开。"},
        ),
        (
            CHINESE,
            {
                "instruction": "把这段文字写成一句话。",
                "input": PASSAGE,
                "output": "The ferry leaves at six and returns after dark.",
            },
        ),
    ],
)
def test_what_was_asked_for_is_no_fault(screen: Screen, pair: Pair, changes: dict) -> None:
    assert screen.refuses(replace(pair, **changes)) is None


def test_neither_reason_nor_dropped_row_shows_what_is_private(screen: Screen) -> None:
    books = Books("instructions")
    row = replace(ENGLISH, output="Ask wei.zhang@harbour-office.cn.", constraints=("json",))  # fails this, too, later
    assert admitted(row, screen, books) is None
    [dropped] = books.dropped
    assert (dropped.rule, dropped.reason) == ("private", "holds email")
    assert json.loads(dropped.row)["output"] == "Ask <EMAIL>."


def test_a_model_may_ask_different_things_of_one_input(screen: Screen) -> None:
    assert screen.refuses(SPELT) is None
    assert screen.refuses(RHYMED) is None
    assert screen.refuses(replace(RHYMED, id="r2")) is not None


@pytest.mark.parametrize(
    ("pair", "changes"),
    [
        (ENGLISH, {"instruction": "Explain to a new sailor, why the ferry WAITS for the tide!"}),
        (CHINESE, {"instruction": "请向新水手解释，渡轮为什么要等潮水？"}),
    ],
)
def test_nearly_the_same_question_is_refused_and_names_its_twin(screen: Screen, pair: Pair, changes: dict) -> None:
    assert screen.refuses(replace(pair, maker="templates/x@1")) is None
    refusal = screen.refuses(replace(pair, **changes, id="2", task="other"))
    assert refusal is not None
    assert refusal[0] == "near_duplicate"
    assert f"like {pair.id}" in refusal[1]


def test_many_questions_may_be_asked_of_one_passage_and_one_of_many(screen: Screen) -> None:
    other = "A lighthouse keeper counts the ships that pass at night and writes their names into a heavy book."
    for instruction, about in [
        ("When does it leave?", PASSAGE),
        ("When does it return?", PASSAGE),
        ("When does it leave?", other),
    ]:
        row = replace(ENGLISH, instruction=instruction, input=about, output="At six.", task=instruction)
        assert screen.refuses(row) is None


SHORT = st.lists(st.sampled_from(["c", "c++", "a", "b", "1", "2", "+", "-", "船", "潮", "港", "水"]), min_size=1, max_size=4)


@given(st.lists(SHORT, min_size=2, max_size=12, unique_by=lambda words: "".join(words).replace(" ", "")))
def test_short_texts_that_differ_are_never_merged(texts: list[list[str]]) -> None:
    screen = Screen(max_prompt=1000, max_answer=1000, max_ready=2000)
    for place, text in enumerate(texts):
        row = replace(ENGLISH, instruction="".join(text), language="", task=str(place), output="It is a boat.")
        refusal = screen.refuses(row)
        assert refusal is None or refusal[0] != "near_duplicate", refusal


def test_runs_of_tokens_are_in_their_order_and_equal_where_the_tokens_are() -> None:
    runs = runs_of(["a", "b", "a", "b", "c"], 2).tolist()
    assert len(runs) == 4
    assert runs[0] == runs[2]
    assert len(set(runs)) == 3
    assert runs_of(["a"], 2).size == 0
