"""The engines are compared at equal work: same prompts, same number of new tokens."""

from pathlib import Path

import pytest
import torch

from benchmarks.local_completions import BATCHES, COLUMNS, READ_AT_ONCE, SHARED, Load, _timed, compare, endless, workloads


@pytest.mark.whole
def test_every_contender_is_measured_on_a_tiny_model(tiny_foundation: Path) -> None:
    with torch.random.fork_rng():
        found = compare(endless(tiny_foundation), [Load("toy", "The quick ", ("brown fox", "指令", "lazy"), 3)], repeats=1)
    rows = [line.strip("| ").split(" | ") for line in found.splitlines() if line.startswith("| toy")]
    others = [
        *(f"generate, {size} at once" for size in BATCHES),
        *(f"generate_batch, {some} tokens at once" for some in READ_AT_ONCE),
    ]
    assert [row[1] for row in rows] == ["zhiling", *others]
    assert all(len(row) == len(COLUMNS) for row in rows)


def test_a_contender_that_writes_less_is_no_contender() -> None:
    with pytest.raises(RuntimeError, match="2 new tokens were written, and 3"):
        _timed(lambda: 2, wanted=3)()


@pytest.mark.whole  # seconds
def test_prompts_are_distinct_and_share_what_they_are_said_to(tiny_foundation: Path) -> None:
    tokenizer = endless(tiny_foundation).tokenizer
    distinct, shared = workloads(tokenizer, count=6, new=2)
    assert len(set(distinct.prompts)) == 6 and distinct.prompts == shared.prompts and not distinct.prefix
    assert len(tokenizer(shared.prefix)["input_ids"]) > SHARED - 20
