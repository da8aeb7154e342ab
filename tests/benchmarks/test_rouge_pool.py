"""The benchmark of the pool: the same instructions each time, and contenders that agree."""

import pytest

from benchmarks.rouge_pool import LENGTHS, contest, instructions, whole
from tasks.rouge import tokens


def test_instructions_are_the_same_each_time_and_as_long_as_said() -> None:
    for language, (mean, _) in LENGTHS.items():
        texts = instructions(language, 400, seed=1)
        assert texts == instructions(language, 400, seed=1) != instructions(language, 400, seed=2)
        assert abs(sum(len(tokens(text)) for text in texts) / 400 - mean) < 1


@pytest.mark.whole  # seconds
def test_comparing_all_pairs_finds_the_same_as_the_pool() -> None:
    for language in LENGTHS:
        rows = contest(language, repeats=1, peer=None)
        assert [row[1] for row in rows] == ["zhiling, Pool.nearest", "RapidFuzz, cdist of all"]


def test_a_whole_pool_counts_each_pair_once() -> None:
    assert whole("en", 200)[:2] == ["200 en", "19,900"]
