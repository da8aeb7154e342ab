"""ROUGE-L against values worked out by hand, and against its definition."""

from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.rouge import rouge_l, tokens


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        # Lin 2004, section 3.1: "police kill the gunman" shares 3 words in order, "the gunman kill police" 2, of 4 each.
        ("police kill the gunman", "police killed the gunman", 3 / 4),
        ("the gunman kill police", "police killed the gunman", 2 / 4),
        ("the gunman police killed", "police killed the gunman", 2 / 4),
        # The example of the README of Google's rouge_score: 5 tokens in common, of 8 and 9.
        ("The quick brown dog jumps on the log.", "The quick brown fox jumps over the lazy dog", 2 * 5 / (8 + 9)),
        ("解析字符串", "解析一个字符串", 2 * 5 / (5 + 7)),
        ("返回 list 的长度", "返回列表的长度", 2 * 5 / (6 + 7)),
        ("Hello, WORLD!", "hello world", 1.0),
        ("", "hello", 0.0),
        ("->", "->", 1.0),
        ("->", "=>", 0.0),
    ],
)
def test_worked_examples(answer: str, reference: str, expected: float) -> None:
    assert rouge_l(answer, reference) == pytest.approx(expected)


def test_tokens_are_words_of_spaced_scripts_and_characters_of_chinese() -> None:
    assert tokens("json.loads(s) 解析 JSON 字符串，见 snake_case") == [
        *("json", "loads", "s", "解", "析", "json", "字", "符", "串", "见", "snake", "case")
    ]
    assert tokens("naïve Ωmega") == ["naïve", "ωmega"]


def longest_common(a: tuple[str, ...], b: tuple[str, ...]) -> int:
    """The definition, without any care for speed."""

    @lru_cache(None)
    def length(i: int, j: int) -> int:
        if i == len(a) or j == len(b):
            return 0
        return 1 + length(i + 1, j + 1) if a[i] == b[j] else max(length(i + 1, j), length(i, j + 1))

    return length(0, 0)


words = st.lists(st.sampled_from(["a", "b", "c", "你", "好"]), max_size=8).map(" ".join)


@given(words, words)
def test_equals_the_f_measure_of_the_longest_common_subsequence(answer: str, reference: str) -> None:
    said, expected = tuple(answer.split()), tuple(reference.split())
    common = longest_common(said, expected)
    precision, recall = (common / len(said) if said else 0), (common / len(expected) if expected else 0)
    f_measure = 2 * precision * recall / (precision + recall) if common else 0.0
    assert rouge_l(answer, reference) == pytest.approx(1.0 if answer == reference else f_measure)
    assert rouge_l(answer, reference) == rouge_l(reference, answer)
