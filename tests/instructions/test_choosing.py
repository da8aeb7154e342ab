"""Which documents become rows, on which side and in which language: one more document changes little."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import InputError
from tasks.instructions.choose import in_chinese, ranked, sides
from tasks.records import Document

SOURCES = [f"toy:{number}" for number in range(200)]


def test_a_share_of_the_sources_is_held_out() -> None:
    assert 30 <= Counter(sides(SOURCES, seed=0, test_share=0.2).values())["test"] <= 50


def test_a_new_source_moves_no_other_to_the_other_side() -> None:
    before, after = (sides(sources, seed=0, test_share=0.2) for sources in (SOURCES, [*SOURCES, "toy:new"]))
    assert before == {source: after[source] for source in SOURCES}


@given(st.sets(st.text(max_size=8), min_size=2, max_size=12), st.integers(), st.floats(0.01, 0.99))
def test_both_sides_have_a_source(sources: set[str], seed: int, share: float) -> None:
    assert set(sides(sources, seed=seed, test_share=share).values()) == {"train", "test"}


def test_one_source_cannot_be_split() -> None:
    with pytest.raises(InputError, match="at least two"):
        sides(["toy:one"], seed=0, test_share=0.2)


def test_every_source_has_its_turn_before_any_has_a_second(toy_documents: list[Document]) -> None:
    sources = [document.source for document in ranked(toy_documents, seed=0, family="json")]
    assert len(set(sources[:8])) == len(set(sources[8:16])) == 8


def test_the_order_does_not_depend_on_the_order_of_documents(toy_documents: list[Document]) -> None:
    ordered = ranked(toy_documents, seed=0, family="json")
    assert ordered == ranked(toy_documents[::-1], seed=0, family="json")
    assert ordered != ranked(toy_documents, seed=1, family="json")
    assert ordered != ranked(toy_documents, seed=0, family="count")


def test_a_new_document_leaves_the_others_in_their_order(toy_documents: list[Document]) -> None:
    new = replace(toy_documents[0], id="f" * 16)
    before, after = (ranked(documents, seed=0, family="json") for documents in (toy_documents, [*toy_documents, new]))
    elsewhere = [document for document in before if document.source != new.source]
    assert [document for document in after if document.source != new.source] == elsewhere


def test_a_share_of_the_documents_is_asked_about_in_chinese(toy_documents: list[Document]) -> None:
    asked = [in_chinese(document, seed=seed, family="json", share=0.25) for document in toy_documents for seed in range(10)]
    assert 0.2 < sum(asked) / len(asked) < 0.3
