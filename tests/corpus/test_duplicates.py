"""Alike is alike in English and Chinese, short or long; what is not stays, in whatever order it came."""

import json
import random
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.corpus.duplicates import exact_duplicates, near_duplicates
from tasks.corpus.script import shingles
from tasks.records import Document, document_id

ENGLISH = [f"{a}{b}" for a, b in product(("ba", "do", "ki", "lu", "me", "so"), ("ran", "tel", "vos", "wim", "zup"))]
PAIRS = (Path(__file__).parents[1] / "golden" / "corpus" / "duplicates.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
CHINESE = [chr(0x4E00 + number) for number in range(300)]


def document(text: str, kind: str = "prose") -> Document:
    return Document(document_id("toy", "a", "", text), text, "", "", kind, "toy:a", "CC0-1.0")


def kept(texts: list[str], threshold: float = 0.8) -> set[str]:
    return {one.text for one, reason in near_duplicates(map(document, texts), threshold) if reason is None}


def jaccard(one: str, other: str) -> float:
    first, second = set(shingles(one)), set(shingles(other))
    return len(first & second) / len(first | second)


@pytest.mark.parametrize("pair", [json.loads(pair) for pair in PAIRS], ids=lambda pair: pair["one"][:20])
def test_golden_pairs(pair: dict[str, str]) -> None:
    both = [document(pair["one"], pair["kind"]), document(pair["other"], pair["kind"])]
    exact = [reason for _, reason in exact_duplicates(both) if reason]
    near = [reason for _, reason in near_duplicates(both, 0.8) if reason]
    assert bool(exact) == (pair["alike"] == "exact")
    assert bool(near) == (pair["alike"] in ("exact", "near"))


def test_a_reason_names_the_one_that_stays_and_how_alike_they_are() -> None:
    long, short = "one two three four five six seven eight nine ten", "one two three four five six seven eight nine"
    verdicts = {one.text: reason for one, reason in near_duplicates([document(short), document(long)], 0.8)}
    assert verdicts == {long: None, short: f"0.88 like {document(long).id}"}
    (_, reason), (_, none) = sorted(exact_duplicates([document("A  b"), document("a b")]), key=lambda one: len(one[0].text))
    assert (reason, none) == (f"same text as {document('A  b').id}", None)


def test_texts_of_two_kinds_are_never_duplicates() -> None:
    both = [document("def f(a, b): return a", "code"), document("def f(a, b): return a", "prose")]
    assert all(reason is None for _, reason in (*exact_duplicates(both), *near_duplicates(both, 0.5)))


def test_no_distinct_short_texts_are_merged() -> None:
    source = random.Random(7)
    short = {" ".join(source.choices(ENGLISH, k=source.randint(1, 4))) for _ in range(1500)}
    short |= {"".join(source.choices(CHINESE, k=source.randint(1, 4))) for _ in range(1500)}
    assert kept(sorted(short)) == short


@pytest.mark.parametrize(("alphabet", "joint", "length"), [(ENGLISH, " ", 120), (CHINESE, "", 120)])
def test_nearly_all_pairs_more_alike_than_the_threshold_are_found(alphabet: list[str], joint: str, length: int) -> None:
    source = random.Random(11)
    pairs_alike = []
    while len(pairs_alike) < 200:
        one = source.choices(alphabet, k=length)
        other = list(one)
        for place in source.sample(range(length), 2):
            other[place] = source.choice(alphabet)
        texts = joint.join(one), joint.join(other)
        if 0.8 <= jaccard(*texts) < 1:
            pairs_alike.append(texts)
    stays = kept([text for pair in pairs_alike for text in pair])
    found = sum(not (one in stays and other in stays) for one, other in pairs_alike)
    assert found >= 0.95 * len(pairs_alike)


@given(st.lists(st.text("ab c甲乙丙。", max_size=30), max_size=12), st.randoms(use_true_random=False))
def test_order_leaves_no_trace_and_those_that_go_have_a_keeper(texts: list[str], source: random.Random) -> None:
    documents = [document(text) for text in dict.fromkeys(texts)]
    verdicts = {one.id: reason for one, reason in near_duplicates(documents, 0.8)}
    shuffled = source.sample(documents, len(documents))
    assert {one.id: reason for one, reason in near_duplicates(shuffled, 0.8)} == verdicts
    assert verdicts.keys() == {one.id for one in documents}
    for reason in verdicts.values():
        assert reason is None or verdicts[reason.split()[-1]] is None
