"""Which rows make which step: every row before any again, like lengths together, the same for the same seed."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tasks.causal_lm import IGNORED
from tasks.model.batches import dealt, labels_in, schedule, tensors
from tasks.model.rows import Row

LENGTHS = st.lists(st.integers(2, 99), min_size=1, max_size=40)


@given(LENGTHS, st.integers(1, 30), st.integers(1, 9), st.integers(0, 5))
def test_steps_are_full_and_no_row_comes_twice_before_all_came(lengths: list[int], steps: int, size: int, seed: int) -> None:
    plan = schedule(lengths, steps, size, seed)
    times = Counter(row for batch in plan for row in batch)
    assert [len(batch) for batch in plan] == [size] * steps
    assert max(times.values()) - min(times[row] for row in range(len(lengths))) <= 1
    assert plan == schedule(lengths, steps, size, seed)


def test_another_seed_is_another_order() -> None:
    assert schedule(range(2, 66), 8, 8, seed=0) != schedule(range(2, 66), 8, 8, seed=1)


def test_rows_of_like_length_meet() -> None:
    lengths = [10 + 7 * number % 90 for number in range(128)]
    spread = [
        max(lengths[row] for row in batch) - min(lengths[row] for row in batch) for batch in schedule(lengths, 16, 8, 0)
    ]
    assert max(spread) < 15


@given(LENGTHS, st.integers(1, 4), st.integers(1, 8))
def test_the_ranks_share_a_step_without_loss(lengths: list[int], ranks: int, at_once: int) -> None:
    rows = [Row([number] * length, 1) for number, length in enumerate(lengths)]
    shares = [dealt(rows, rank=rank, ranks=ranks, at_once=at_once) for rank in range(ranks)]
    together = [row for share in shares for batch in share for row in batch]
    assert sorted(row.ids[0] for row in together) == list(range(len(rows)))
    assert all(len(batch) <= at_once for share in shares for batch in share)


def test_padding_and_prompt_carry_no_label() -> None:
    ids, mask, labels = tensors([Row([2, 5, 6, 1], 2), Row([2, 7, 1], 1)], padding=0)
    assert ids.tolist() == [[2, 5, 6, 1], [2, 7, 1, 0]]
    assert mask.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert labels.tolist() == [[IGNORED, IGNORED, 6, 1], [IGNORED, 7, 1, IGNORED]]
    assert labels_in([Row([2, 5, 6, 1], 2), Row([2, 7, 1], 1)]) == int((labels != IGNORED).sum()) == 4
