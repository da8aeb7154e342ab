"""No source, Document or Pair is on both sides, however long the chain of makers between."""

from dataclasses import replace

import pytest

from tasks.errors import IntegrityError
from tasks.instructions.split import check_split
from tasks.records import Pair

ROW = Pair(
    id="a",
    instruction="Explain the tide.",
    input="",
    output="Water rises.",
    history=(),
    language="en",
    task="explain",
    maker="open@1 scripted",
    parents=("doc-a",),
    source="toy:sea",
    constraints=(),
    label="",
    license="MIT",
    split="train",
)
TEST = replace(ROW, id="t", parents=("doc-t",), source="toy:land", split="test")


def row(id: str, *parents: str, source: str = "toy:sea") -> Pair:
    return replace(ROW, id=id, parents=parents, source=source)


def test_sides_that_have_nothing_in_common_pass() -> None:
    check_split([ROW, row("b", "a"), row("c", "b", "doc-c"), row("d", "c")], [TEST])
    check_split([], [TEST])
    check_split([ROW], [])


@pytest.mark.parametrize(
    ("train", "named"),
    [
        ([row("b", "doc-b", source="toy:land")], "source toy:land"),
        ([row("b", "doc-t")], "doc-t"),
        ([row("b", "t")], "doc-t"),
        ([row("t", "doc-b")], "is on both sides"),
        ([row("b", "doc-b", "doc-t"), row("c", "b")], "doc-t"),
        ([row("b", "a"), row("c", "b"), row("d", "c", "t")], "doc-t"),
    ],
    ids=["source", "document", "test row", "the row itself", "second parent", "chain"],
)
def test_what_is_on_both_sides_stops_the_stage(train: list[Pair], named: str) -> None:
    for order in (train, train[::-1]):
        with pytest.raises(IntegrityError, match=named):
            check_split([ROW, *order], [TEST])


def test_a_chain_ends_on_either_side() -> None:
    held_out = [replace(TEST, id="u", parents=("t",)), replace(TEST, id="t", parents=("a",))]
    with pytest.raises(IntegrityError, match="a is on both sides"):
        check_split([ROW], held_out)


def test_the_source_of_a_ready_made_row_counts_through_its_children() -> None:
    ready = replace(TEST, id="r", parents=(), source="toy:chat")
    with pytest.raises(IntegrityError, match="both sides"):
        check_split([row("b", "r")], [ready])


def test_rows_made_of_each_other_end_the_search() -> None:
    check_split([row("b", "c"), row("c", "b")], [TEST])
