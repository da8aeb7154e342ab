"""What is looked at without a model: passages, spans, scores, what two texts share, and wordings that will not do."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.instructions import questions
from tasks.instructions.facts_of_prose import joined_sentences
from tasks.instructions.makers import back_translate
from tasks.instructions.overlap import f1, holds, longest_run, share_found
from tasks.instructions.passages import passages
from tasks.instructions.prompts import prompts_of
from tasks.instructions.rating import rating
from tasks.instructions.spans import spans
from tasks.instructions.wording import no_question, unfit

PARAMS = Path(__file__).parents[2] / "params"
ASKED, BACK = prompts_of(questions, PARAMS), prompts_of(back_translate, PARAMS)
SCORES = [
    *("4", "4.", "Score: 4.", "**4**", "4/5", "4 out of 5", "The score is 4", "Rating: 4", "four", "Four.", "４"),
    *("评分：4", "评分：四分", "4分", "得分是4。", "四"),
]
NO_SCORES = [
    "",
    "10",
    "0",
    "6",
    "1/10",
    "4/10",
    "10/10",
    "4.5",
    "4-5",
    "4 or 5",
    "-4",
    "44",
    "1 0",
    "good",
    "十",
    "四十",
    "五点",
    "4\n2",
]


@pytest.mark.parametrize("reply", SCORES)
def test_a_score_is_read_however_it_is_said(reply: str) -> None:
    assert rating(reply) == 4


@pytest.mark.parametrize("reply", NO_SCORES)
def test_what_is_no_score_from_1_to_5_is_not_guessed(reply: str) -> None:
    assert rating(reply) is None


@given(st.integers())
def test_a_number_is_itself_or_nothing(number: int) -> None:
    assert rating(str(number)) == (number if 1 <= number <= 5 else None)
    assert rating(f"Score: {number}/5") == (number if 1 <= number <= 5 else None)


@given(st.text())
def test_any_reply_is_a_score_of_the_scale_or_none(reply: str) -> None:
    assert rating(reply) in {None, 1, 2, 3, 4, 5}


def test_passages_are_whole_sentences_that_fit() -> None:
    text = "It rains. We stay here. Then we go.\n\n* a list\n\n下雨了。我们不走。\n\nMany things follow, e.g."
    runs = passages(text, longest=24)
    assert [joined_sentences(run) for run in runs] == ["It rains. We stay here.", "Then we go.", "下雨了。我们不走。"]


@pytest.mark.parametrize(
    ("sentence", "language", "found"),
    [
        ("The keeper rows 12 miles to Port Anders.", "en", ["12 miles", "Port Anders"]),
        ('They call the bell "Old Tom" at night.', "en", ["Old Tom"]),
        ("The roof was mended by village carpenters.", "en", ["village carpenters"]),
        ("It is so.", "en", []),
        ("守塔人叫它“老汤姆”。", "zh", ["老汤姆"]),
        ("灯塔每隔15秒闪一次。", "zh", ["15秒"]),
        ("这座灯塔有三层。", "zh", ["三层"]),
        ("港口每年接待3万人。", "zh", ["3万人"]),
        ("全程30公里，要走两百多分钟。", "zh", ["30公里", "两百多分钟"]),
        ("渡轮要走十分钟才到对岸。", "zh", ["十分钟"]),
        ("守塔人说这本书第三章讲的是怎样修船。", "zh", ["第三章"]),
        ("这座灯塔是港务局在1956年3月5日建成的。", "zh", ["1956年3月5日"]),
        ("百分之三十的人住在岸边。", "zh", ["百分之三十"]),
        ("天冷得十分厉害，灯塔四周结了冰。", "zh", ["灯塔四周结"]),
        ("墙上挂着旧航海图。", "zh", ["旧航海图"]),
        ("是的。", "zh", []),
    ],
)
def test_an_answer_is_a_quotation_a_number_a_name_or_a_run_of_content(
    sentence: str, language: str, found: list[str]
) -> None:
    assert spans(sentence, language) == found


@given(st.text(max_size=80), st.sampled_from(["en", "zh"]))
def test_every_span_is_in_its_sentence_once(sentence: str, language: str) -> None:
    assert all(sentence.count(span) == 1 for span in spans(sentence, language))


def test_overlap_counts_words_in_english_and_characters_in_chinese() -> None:
    assert f1("the red door", "A RED door.") == 1
    assert f1("十五秒钟", "十五秒") == pytest.approx(6 / 7)
    assert f1("１５ 秒", "15秒") == 1
    assert longest_run("open the red door", "the red door shuts") == 3
    assert holds("In 1956, it froze.", "1956") and not holds("In 19567 ways.", "1956") and not holds("anything", "…")
    assert share_found("Explain doors.", "A door shuts.") == 1
    assert share_found("解释灯塔的高度。", "灯塔指引船只。") == 0.5


EN = ("The keeper rows 12 miles to Port Anders every week.", "12 miles")
ZH = ("守塔人每周划船去安德斯港买面粉。", "安德斯港")


@pytest.mark.parametrize(
    ("text", "language", "rule"),
    [
        ("How far does the keeper row every week?", "en", None),
        ("", "en", "no_instruction"),
        ("One. Two. Three keepers?", "en", "no_instruction"),
        ("How far does the keeper row?\nAnd why?", "en", "no_instruction"),
        (f"How far does the {'keeper ' * 30}row?", "en", "no_instruction"),
        ("守塔人每周划船多远？", "en", "other_language"),
        ("Question: How far does the keeper row?", "en", "leaked_prompt"),
        ("How many passengers does the ferry carry?", "en", "leaked_prompt"),
        ("How does the keeper row 12 miles?", "en", "tells_answer"),
        ("How do penguins survive winter storms?", "en", "ungrounded"),
        ("守塔人每周划船去哪里买面粉？", "zh", None),
        ("Where does the keeper go?", "zh", "other_language"),
        ("渡轮可以坐多少乘客？", "zh", "leaked_prompt"),
        ("守塔人怎样去安德斯港？", "zh", "tells_answer"),
        ("企鹅冬天吃什么东西生活？", "zh", "ungrounded"),
    ],
)
def test_a_wording_that_will_not_do_is_refused_by_its_rule(text: str, language: str, rule: str | None) -> None:
    about, answer = EN if language == "en" else ZH
    refusal = unfit(text, about=about, answer=answer, prompt=ASKED.prompt("question", language), language=language)
    assert (refusal[0] if refusal else None) == rule


@pytest.mark.parametrize("text", ["He rows.", "Is it far?", "How far? How long?", "他划船。", "远吗？"])
def test_what_asks_for_nothing_is_no_question(text: str) -> None:
    language = "en" if text.isascii() else "zh"
    refusal = no_question(text, language)
    assert refusal is not None and refusal[0] == "no_question"


@pytest.mark.parametrize(
    "text", ["灯塔有多高？", "船有多重？", "誰看守燈塔？", "渡輪甚麼時候開？", "為何要等？", "等幾天？"]
)
def test_chinese_asks_with_many_words_in_both_scripts(text: str) -> None:
    assert no_question(text, "zh") is None


def test_our_own_examples_pass_our_own_rules() -> None:
    for language in ("en", "zh"):
        for _, question in ASKED.prompt("question", language).examples:
            assert no_question(question, language) is None
        for given_, answer in ASKED.prompt("answer", language).examples:
            assert holds(given_.split("\n")[0], answer)
        assert sorted(rating(score) or 0 for _, score in BACK.prompt("score", language).examples) == [1, 2, 3, 4, 5]
        for kind in ("prose", "code"):
            for given_, wording in BACK.prompt(kind, language).examples:
                bare = replace(BACK.prompt(kind, language), examples=[("", "")])
                body = given_ if kind == "code" else given_.partition(": ")[2] or given_.partition("：")[2]
                refusal = unfit(wording, about=given_, answer=body, prompt=bare, language=language)
                assert refusal is None, refusal
