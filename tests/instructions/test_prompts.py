"""Prompts are data: each file is held to what is asked, and to the bytes that the journal knows."""

from pathlib import Path

import pytest

from tasks.completions import Request
from tasks.errors import ParamsError
from tasks.instructions import questions
from tasks.instructions.makers import ask, back_translate, constrain
from tasks.instructions.prompts import prompts_of, read_prompts

PARAMS = Path(__file__).parents[2] / "params"
ASK, QUESTIONS, BACK, CONSTRAIN = (prompts_of(maker, PARAMS) for maker in (ask, questions, back_translate, constrain))
SAID = {"en": ("A bell rings.", "When does it ring?"), "zh": ("钟响了。", "什么时候响？")}


def requests(language: str) -> dict[str, Request]:
    """One of each that was asked when prompts stood in code."""
    (text, more), chinese = SAID[language], language == "zh"
    answer, question = ("答案", "问题") if chinese else ("Answer", "Question")
    shown = [(text, more)]
    return {
        "question": QUESTIONS.request("question", language, f"{text}\n{answer}: {more}", max_new_tokens=48),
        "answer": QUESTIONS.request("answer", language, f"{text}\n{question}: {more}", max_new_tokens=48),
        "prose": BACK.request("prose", language, text, max_new_tokens=64, more=shown),
        "code": BACK.request("code", language, text, max_new_tokens=64, more=shown),
        "score": BACK.request("score", language, f"{more}\n{answer}: {text}", max_new_tokens=8),
        "constrain": CONSTRAIN.request(
            "answer", language, text, max_new_tokens=96, temperature=0.7, top_p=0.95, sample=3
        ),
    }  # fmt: skip


KEYS = {
    "en": {
        "question": "8d3084a0a9281a38ef8d0bf6fe414bc28497ede45537a6346b38ef65e94e1a75",
        "answer": "b15a5ec208fb1585e2a0ef0d4b9f258bbb68fbe45f92391b5a4598d84fcf6d59",
        "prose": "9e86aae24a745b4badc4816fe8c5a2ac167fd8570055547f1a59e6c55feffee8",
        "code": "8e788d301a2e908ff496a45379b211bca3165f88449637dbedd8cc650fad7b7f",
        "score": "b157fca56dfac764869e33bd6e10074859e26706270018664a2cf7189d15e2e9",
        "constrain": "9ef3546b673d0631960c4281650a7800399ce14fe75b16abb18947259590bf2d",
    },
    "zh": {
        "question": "a13b53fb96af3311f594db920cbd76c2c0fb83f6f7facd429fbb2c285aa500c0",
        "answer": "3a0f77fc96cc47e3f1a3cbe8b93333410980c481ff5c7f85f16d5f526965254c",
        "prose": "3e59bd28937b0951cebcdb8b4134dc427ec0109e0f4da41349023109270e33ab",
        "code": "ffc318c5317f8c545b8106b29305a6f4de2b511dbabc012971c332ffefa1bc8b",
        "score": "c0a5d7c9fd3d2c6232dbc02bfd95161878ab8db10d4422437c32a60d13fa1d9d",
        "constrain": "2cf046f434719ca892a80c34db17c6cf40dee28963afca5cba8e9c12768e508e",
    },
}
"""Worked out from the code that held the prompts, before they were moved."""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_answers_in_a_journal_are_still_those_to_the_same_requests(language: str) -> None:
    assert {name: request.key("m") for name, request in requests(language).items()} == KEYS[language]


def test_ask_is_as_before_too() -> None:
    request = ASK.request("function", "en", "Open a door.", max_new_tokens=40)
    assert request.key("m") == "ea9304ffaec1d9905d3da8e3db2b84901059b2220e80b66afa91ff4ee9b5c813"


ANSWER = 'answer: {en: {%s task: "Say.", examples: [["a", "b"]]}, zh: %s}'
CHINESE = '{task: "说。", examples: [["甲", "乙"]]}'


def test_labels_stand_before_what_is_given_and_wanted_and_are_usual_ones_where_none_are_named(tmp_path: Path) -> None:
    file = tmp_path / "answer.yaml"
    file.write_text(ANSWER % ("labels: [Line, Reply],", CHINESE), encoding="utf-8")
    prompts = read_prompts(file, ["answer"])
    assert prompts.request("answer", "en", "c", max_new_tokens=1).prompt == "Line: c\nReply:"
    assert prompts.request("answer", "zh-Hans", "丙", max_new_tokens=1).prompt == "输入: 丙\n输出:"
    assert prompts.request("answer", "fr", "c", max_new_tokens=1, more=[("d", "e")]).prefix == (
        "Say.\n\nLine: a\nReply: b\n\nLine: d\nReply: e\n\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ANSWER % ("labels: [One],", CHINESE), "labels"),
        (ANSWER % ("", "[]"), "zh"),
        ("answer: 3", "answer.yaml"),
        (ANSWER % ("stop: x,", CHINESE), "stop"),
        (ANSWER % ("", '{task: " ", examples: [["甲", "乙"]]}'), "empty"),
        (ANSWER % ("", '{task: "说。", examples: []}'), "examples"),
        ("summon: 3", "lacks answer"),
    ],
)
def test_a_file_that_holds_no_prompts_is_refused_with_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "answer.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ParamsError, match=said):
        read_prompts(file, ["answer"])
