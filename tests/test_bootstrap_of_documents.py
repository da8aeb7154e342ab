"""The interval: free of order, equal under a seed, wider where rows of a document agree, and about right in coverage."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.bootstrap import Interval, interval, wilson

WORDS = {
    Interval(0.2, 0.1, 0.3): "better",
    Interval(-0.2, -0.3, -0.1): "worse",
    Interval(0.2, 0.0, 0.3): "no evidence of change",
}


@pytest.mark.parametrize("found", WORDS)
def test_an_interval_that_holds_zero_is_no_evidence(found: Interval) -> None:
    assert found.verdict == WORDS[found]


rows = st.lists(st.tuples(st.floats(-1, 1), st.sampled_from("abcdef")), min_size=1, max_size=30)


@given(rows, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_show(some: list[tuple[float, str]], random: Random) -> None:
    shuffled = random.sample(some, len(some))
    assert of(some, seed=3) == of(shuffled, seed=3)


@given(rows)
def test_the_mean_lies_within_the_bounds_of_the_data(some: list[tuple[float, str]]) -> None:
    found = of(some, seed=0)
    assert -1 <= found.low <= found.high <= 1
    assert found.mean == pytest.approx(sum(value for value, _ in some) / len(some))


def of(some: list[tuple[float, str]], seed: int) -> Interval:
    return interval([value for value, _ in some], [cluster for _, cluster in some], resamples=200, seed=seed)


def test_the_seed_decides() -> None:
    values, documents = [row**2 / 900 for row in range(30)], [str(row) for row in range(30)]
    one, again, other = (interval(values, documents, resamples=2000, seed=seed) for seed in (1, 1, 2))
    assert one == again != other


def test_all_rows_alike_leave_no_doubt_but_a_single_document_leaves_every_doubt() -> None:
    assert interval([1, 1, 1], ["a", "b", "c"], resamples=2000, seed=0) == Interval(1.0, 1.0, 1.0)
    assert interval([1, 1, 1], ["a", "a", "a"], resamples=2000, seed=0) == Interval(1.0, -1.0, 1.0)


def test_rows_that_agree_within_a_document_count_for_less() -> None:
    values = [float(document % 2) for document in range(20) for _ in range(10)]
    by_document = interval(values, [str(row // 10) for row in range(200)], resamples=2000, seed=0)
    by_row = interval(values, [str(row) for row in range(200)], resamples=2000, seed=0)
    assert by_document.high - by_document.low > 2.5 * (by_row.high - by_row.low)


def test_about_95_of_100_intervals_hold_the_truth() -> None:
    """40 documents of 1 to 5 rows, whose shared part makes rows alike; the true mean is 0.2. Drawn 150 times."""
    random = np.random.default_rng(0)
    held = 0
    for trial in range(150):
        sizes = random.integers(1, 6, size=40)
        documents = np.repeat(np.arange(40), sizes)
        values = np.clip(0.2 + random.normal(0, 0.2, size=40)[documents] + random.normal(0, 0.1, size=len(documents)), -1, 1)
        found = interval(values.tolist(), documents.astype(str).tolist(), resamples=2000, seed=trial)
        held += found.low <= 0.2 <= found.high
    assert 0.91 <= held / 150 <= 0.98


def test_names_and_values_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="shorter"):
        interval([1.0, 0.0], ["a"], resamples=2000, seed=0)


def test_wilson_gives_the_textbook_interval() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 5)[0] == pytest.approx(0) and wilson(5, 5)[1] == pytest.approx(1)
