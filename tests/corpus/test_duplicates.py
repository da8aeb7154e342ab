"""Alike is alike in English and Chinese, short or long; what is not stays, in whatever order it came."""

import json
import random
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.corpus.duplicates import STAYS, RarestShared, exact_duplicates, near_duplicates
from tasks.corpus.fingerprints import fingerprints, joined
from tasks.records import Document, document_id
from tasks.script import code_shingles, is_unsegmented, shingles, words
from tasks.shingles import Array, Shingles

ENGLISH = [f"{a}{b}" for a, b in product(("ba", "do", "ki", "lu", "me", "so"), ("ran", "tel", "vos", "wim", "zup"))]
PAIRS = (Path(__file__).parents[1] / "golden" / "corpus" / "duplicates.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
CHINESE = [chr(0x4E00 + number) for number in range(300)]


def document(text: str, kind: str = "prose") -> Document:
    return Document(document_id("toy", "a", "", text), text, "", "", kind, "toy:a", "CC0-1.0")


def exact(documents: list[Document]) -> dict[str, str]:
    """Id of the one that stays, by the id of each that goes."""
    keepers = exact_duplicates(fingerprints(documents)[0]).tolist()
    return {one.id: documents[at].id for one, at in zip(documents, keepers, strict=True) if at != STAYS}


def near(documents: list[Document], threshold: float = 0.8) -> dict[str, tuple[str, float]]:
    """Id of the one that stays, and the likeness, by the id of each that goes."""
    prints, own = fingerprints(documents)
    found = zip(documents, *near_duplicates(prints, own.of, threshold), strict=True)
    return {one.id: (documents[at].id, round(float(likeness), 2)) for one, at, likeness in found if at != STAYS}


def kept(texts: list[str]) -> set[str]:
    documents = [document(text) for text in texts]
    gone = near(documents)
    return {one.text for one in documents if one.id not in gone}


def jaccard(one: str, other: str) -> float:
    first, second = set(shingles(one)), set(shingles(other))
    return len(first & second) / len(first | second)


@pytest.mark.parametrize("pair", [json.loads(pair) for pair in PAIRS], ids=lambda pair: pair["one"][:20])
def test_golden_pairs(pair: dict[str, str]) -> None:
    both = [document(pair["one"], pair["kind"]), document(pair["other"], pair["kind"])]
    assert bool(exact(both)) == (pair["alike"] == "exact")
    assert bool(near(both)) == (pair["alike"] in ("exact", "near"))


def test_the_longer_one_stays_and_it_is_said_how_alike_they_are() -> None:
    long = document("one two three four five six seven eight nine ten")
    short = document("one two three four five six seven eight nine")
    assert near([short, long]) == {short.id: (long.id, 0.88)}
    assert exact([document("a b"), document("A  b")]) == {document("a b").id: document("A  b").id}


def test_texts_of_two_kinds_are_never_duplicates() -> None:
    both = [document("def f(a, b): return a", "code"), document("def f(a, b): return a", "prose")]
    assert not exact(both) and not near(both, 0.5)


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


def pages_of_a_template(count: int, fields: int, values: int) -> list[str]:
    """Texts of 120 words, all the same but for `fields` of them, which have one of `values` values each."""
    source = random.Random(5)
    template = source.choices(ENGLISH, k=120)
    pages = []
    for _ in range(count):
        page = list(template)
        for field in range(fields):
            page[3 + field * 110 // fields] = f"value{source.randrange(values)}"
        pages.append(" ".join(page))
    return sorted(set(pages))


@pytest.mark.parametrize("fields", [3, 5, 8])
@pytest.mark.parametrize("values", [4, 10_000])
def test_of_the_pages_of_a_template_those_stay_that_comparing_each_with_each_lets_stay(fields: int, values: int) -> None:
    texts = pages_of_a_template(200, fields, values)
    stays: list[str] = []
    for one in sorted(map(document, texts), key=lambda one: (-len(one.text), int(one.id, 16))):
        if all(jaccard(one.text, other) < 0.8 for other in stays):
            stays.append(one.text)
    assert kept(texts) == set(stays)


@given(
    st.integers(40, 300), st.integers(40, 300), st.integers(0, 40), st.floats(0.3, 1.0), st.randoms(use_true_random=False)
)
def test_two_alike_meet_by_their_rarest_shingles_whichever_came_first(
    first: int, second: int, shared_with_others: int, threshold: float, source: random.Random
) -> None:
    hashes = np.array(source.sample(range(10**9), first + second), dtype=np.uint64)
    shared = source.randint(1, min(first, second))
    one, other = np.sort(hashes[:first]), np.sort(np.concatenate([hashes[:shared], hashes[first : first + second - shared]]))
    others = [np.sort(np.array(source.sample(hashes.tolist(), 20), dtype=np.uint64)) for _ in range(shared_with_others)]
    sets = [one, other, *others]
    if shared / (first + second - shared) < threshold:
        threshold = shared / (first + second - shared)  # just alike
    for number in (0, 1):
        index = RarestShared(sets.__getitem__, np.arange(len(sets)), threshold)
        index.add(number, index.rarest(sets[number]))
        assert index.rivals(index.rarest(sets[1 - number])) == {number}


def test_pages_of_a_template_that_are_not_alike_are_hardly_compared() -> None:
    texts = pages_of_a_template(1000, 6, 10**6)
    prints, own = fingerprints([document(text) for text in texts])
    looked_at: list[int] = []

    def shingles_of(number: int) -> Array:
        looked_at.append(number)
        return own.of(number)

    keepers, _ = near_duplicates(prints, shingles_of, 0.8)
    assert set(keepers.tolist()) == {STAYS}
    assert len(looked_at) < 10 * len(texts)  # each with each: half a million


@given(st.lists(st.text("ab c甲乙丙。", max_size=30), max_size=12), st.randoms(use_true_random=False))
def test_order_leaves_no_trace_and_those_that_go_have_a_keeper(texts: list[str], source: random.Random) -> None:
    documents = [document(text) for text in dict.fromkeys(texts)]
    gone = near(documents)
    assert near(source.sample(documents, len(documents))) == gone
    assert gone.keys() <= {one.id for one in documents}
    assert not gone.keys() & {keeper for keeper, _ in gone.values()}


@given(st.text(st.characters(max_codepoint=127), max_size=40))
def test_ascii_is_cut_into_the_same_words_as_any_other_text(text: str) -> None:
    assert [*words(text), "é"] == words(f"{text} é")


@given(st.lists(st.text("ab1_ c甲乙丙。+", max_size=40), min_size=2, max_size=6), st.sampled_from(["prose", "code"]))
def test_numbers_of_shingles_are_shared_as_the_shingles_themselves_are(texts: list[str], kind: str) -> None:
    _, own = fingerprints([document(text, kind) for text in texts])
    written = [set(code_shingles(text) if kind == "code" else shingles(text)) for text in texts]
    for (one, first), (other, second) in combinations(enumerate(written), 2):
        assert len(own.of(one)) == len(first)
        # A short text is one shingle, which a run of as many words of a longer script is not.
        same_size = kind == "code" or is_unsegmented(texts[one]) == is_unsegmented(texts[other])
        assert not same_size or len(np.intersect1d(own.of(one), own.of(other))) == len(first & second)


def test_parts_joined_are_as_one_and_shingles_come_back_from_a_file(tmp_path: Path) -> None:
    documents = [document(text) for text in ("one two three four five", "一二三四五六七", "", "...")]
    prints, own = fingerprints(documents)
    halves = [fingerprints(documents[:2]), fingerprints(documents[2:])]
    assert joined([half[0] for half in halves]).bands.tolist() == prints.bands.tolist()
    own.write(tmp_path / "shingles")
    back = Shingles.read(tmp_path / "shingles", own.starts)
    assert [back.of(number).tolist() for number in range(4)] == [own.of(number).tolist() for number in range(4)]
    assert [len(own.of(number)) for number in range(4)] == [3, 3, 0, 0]
