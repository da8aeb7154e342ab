"""The pool of instructions: its nearest is the one that comparing with each by hand finds, in both languages."""

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.instructions.pool import Nearest, Pool
from tasks.rouge import rouge_l, tokens

GOLDEN = Path(__file__).parents[1] / "shared/rouge_score_0.1.2.json"
"""Pairs of invented texts and the F-measure of rougeL that Google's rouge-score 0.1.2 gives them, without stemming."""
TEXT = st.lists(st.sampled_from([*"港口船帆", "a", "boat", "sails", "to", "the", "old"]), max_size=9).map(" ".join)


def by_hand(texts: list[str], text: str) -> Nearest:
    """The first of the highest; a text without a token is like nothing here."""
    scores = [rouge_l(text, other) if tokens(text) else 0.0 for other in texts]
    best = max(scores, default=0.0)
    return Nearest(best, texts[scores.index(best)]) if best else Nearest(0.0, "")


@given(st.lists(TEXT, max_size=60), TEXT)
def test_the_nearest_is_the_first_with_the_highest_rouge_l(texts: list[str], text: str) -> None:
    assert Pool(texts).nearest(text) == by_hand(texts, text)


@pytest.mark.parametrize("letters", ["abcdefghijklmnopqrstuvwxyz", "船帆桨锚港湾潮汐灯塔礁岛渔网缆绳舵轮甲板桅杆货舱海图"])
def test_in_a_pool_of_many_the_nearest_is_found_too(letters: str) -> None:
    chance = Random(letters)
    texts = [" ".join(chance.choices(letters, k=chance.randint(1, 14))) for _ in range(700)]
    pool = Pool(texts[:600])
    for text in texts[600:]:
        assert pool.nearest(text) == by_hand(texts[:600], text)


def test_it_agrees_with_rouge_score_on_english() -> None:
    rows = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert len(rows) > 400
    for one, other, f in rows:
        assert Pool([one]).nearest(other).f == pytest.approx(f, abs=1e-12)


def test_it_is_right_in_chinese_where_rouge_score_finds_no_token() -> None:
    pool = Pool(["把下面的词按长度排序。", "列举三条向北流的河。", "Sort these words by length."])
    near = pool.nearest("把下面的名字按长度排序！")
    assert near == Nearest(2 * 9 / (10 + 11), "把下面的词按长度排序。")
    assert pool.nearest("列举三条向北流的河").f == 1.0
    assert pool.nearest("Sort these names by length").text == "Sort these words by length."


def test_what_is_added_is_compared_with_from_then_on() -> None:
    pool = Pool()
    assert pool.nearest("Name a boat.") == Nearest(0.0, "")
    pool.add("Name a boat.")
    assert pool.nearest("Name a boat!") == Nearest(1.0, "Name a boat.")
    assert pool.nearest("…") == Nearest(0.0, "")


def test_words_do_not_run_out_where_characters_would() -> None:
    pool = Pool(" ".join(f"w{number}" for number in range(start, start + 100)) for start in range(0, 60_000, 100))
    assert pool.nearest("w55300 w55301 w55302").text.startswith("w55300 ")
    assert pool.nearest("w59999").f == pytest.approx(2 / 101)
