"""The instruction writer: trained on the Pairs that are there, it gives the same rows again, and each refusal has a rule."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.completions import Request
from tasks.errors import InputError
from tasks.instructions.makers.writer import Pupil
from tasks.instructions.workshop import Refused, Workshop
from tasks.instructions.writer.examples import example, examples, shown
from tasks.instructions.writer.network import Writer, begun
from tasks.instructions.writer.training import trained
from tasks.records import Document, Pair, pair_id
from tasks.workspace import Workspace
from tests.completions.tiny_translators import tiny_translator

MakeWorkshop = Callable[..., Workshop]


def document(text: str, name: str, language: str) -> Document:
    return Document(f"{name:0>16}", text, language, name, "prose", f"toy:{name}", "CC0-1.0")


ENGLISH = document("A compass needle turns until it points to the north. Keep iron away from the needle.", "compass", "en")
CHINESE = document("磁针会一直转动，直到指向北方为止。磁针附近不要放铁器。", "磁针", "zh-Hans")


def pair(instruction: str, output: str, language: str) -> Pair:
    identity = pair_id(instruction, "", output)
    return Pair(
        identity, instruction, "", output, (), language, "explain", "templates/x@1", (), "toy:x", (), "", "MIT", "train"
    )


PAIRS = [
    pair("Explain how a compass needle behaves.", ENGLISH.text, "en"),
    pair("说明磁针怎样指向北方。", CHINESE.text, "zh-Hans"),
]


@pytest.fixture(scope="module")
def writer() -> Writer:
    return trained(examples(PAIRS), steps=60, seed=0).writer


PUPIL = Pupil(start="", steps=60, longest_answer=160, least_score=5)
"""Of all tests: what it has learnt once it need not learn again."""


def rows(shop: Workshop, pupil: Pupil = PUPIL) -> list[Any]:
    return list(pupil.rows(shop))


def says(score: str) -> Callable[[Request], str]:
    return lambda request: score


def test_what_is_read_is_the_language_the_answer_and_its_text() -> None:
    about = replace(PAIRS[1], input="磁针")
    assert example(about) == (shown("zh", CHINESE.text, "磁针"), "说明磁针怎样指向北方。")
    assert examples(PAIRS) == examples(PAIRS[::-1])
    assert examples([replace(PAIRS[0], history=(("a", "b"),)), replace(PAIRS[0], language="fr")]) == []


def test_it_learns_to_write_what_it_was_shown_in_both_languages(writer: Writer) -> None:
    requests = [Request(read, 64, stop=()) for read, _ in examples(PAIRS)]
    assert [said[0][1].raw for said in writer.replies(requests)] == [wanted for _, wanted in examples(PAIRS)]


def test_an_answer_does_not_depend_on_its_companions(writer: Writer) -> None:
    requests = [Request(shown("en", text), 16, stop=()) for text in ("oil", "A wick draws up oil, and more of it.", "风")]
    together = [said[0][1] for said in writer.replies(requests)]
    assert together == [next(writer.replies([request]))[0][1] for request in requests]


def test_the_same_pairs_and_seed_give_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = (trained(examples(PAIRS), steps=3, seed=seed).writer for seed in (0, 0, 1))
    assert (first.weights, first.identity) == (again.weights, again.identity)
    assert first.identity != other.identity


def test_nothing_to_learn_from_is_said(workshop: MakeWorkshop) -> None:
    with pytest.raises(InputError, match="no Pairs to learn from"):
        rows(workshop([ENGLISH], says("5")))


def test_a_passage_becomes_the_answer_and_the_row_says_who_wrote_and_who_judged(
    workshop: MakeWorkshop, writer: Writer
) -> None:
    made = rows(workshop([ENGLISH, CHINESE], says("5"), pairs=PAIRS))
    assert all(isinstance(row, Pair) for row in made), made
    assert {(row.instruction, row.output, row.source) for row in made} == {
        (PAIRS[0].instruction, ENGLISH.text, "toy:compass"),
        (PAIRS[1].instruction, CHINESE.text, "toy:磁针"),
    }
    assert {row.maker for row in made} == {f"writer@1 {writer.identity} scripted"}


@pytest.mark.parametrize(("said", "rule"), [("2", "low_score"), ("well", "no_score")])
def test_what_the_teacher_does_not_score_enough_is_refused(workshop: MakeWorkshop, said: str, rule: str) -> None:
    [row] = rows(workshop([ENGLISH], says(said), pairs=PAIRS))
    assert isinstance(row, Refused) and row.rule == rule


@pytest.mark.whole
def test_an_instruction_about_something_else_is_refused_unjudged(workshop: MakeWorkshop) -> None:
    shop = workshop([ENGLISH], says("5"), pairs=[pair("Name three kinds of cheese.", ENGLISH.text, "en")])
    [row] = rows(shop)
    assert isinstance(row, Refused) and row.rule == "ungrounded" and shop.teacher.asked.total() == 0


@pytest.mark.whole
def test_the_order_of_pairs_and_documents_changes_no_row(workshop: MakeWorkshop) -> None:
    both = [ENGLISH, CHINESE]
    first, again = (Pupil(start="", steps=60, longest_answer=160, least_score=5) for _ in range(2))
    made = rows(workshop(both, says("5"), pairs=PAIRS), first)
    assert made == rows(workshop(both[::-1], says("5"), pairs=PAIRS[::-1]), again)


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_it_goes_on_from_a_model_that_is_there_and_from_what_it_became(tmp_path: Path, kind: str) -> None:
    workspace = Workspace(tmp_path)
    tiny_translator(kind, tmp_path / "models/tiny")
    asked = [Request(shown("en", ENGLISH.text), 24, stop=()), Request(shown("zh", CHINESE.text), 24, stop=())]
    as_it_is = trained(examples(PAIRS), steps=0, seed=0, start=begun("path:models/tiny", workspace))
    assert list(as_it_is.writer.replies(asked)) == list(begun("path:models/tiny", workspace).replies(asked))
    first, again = (trained(examples(PAIRS), steps=6, seed=0, start=begun("path:models/tiny", workspace)) for _ in range(2))
    assert first.losses == again.losses and first.losses[-1] < first.losses[0] and not as_it_is.losses
    assert first.writer.identity == again.writer.identity != as_it_is.writer.identity
    (tmp_path / "kept").mkdir()
    for name, content in first.writer.files().items():
        (tmp_path / "kept" / name).write_bytes(content)
    kept = begun("path:kept", workspace)
    assert kept.weights == first.writer.weights and list(kept.replies(asked)) == list(first.writer.replies(asked))


def test_a_model_to_begin_with_that_is_none_is_named(tmp_path: Path) -> None:
    tiny_translator("marian", tmp_path / "marian")
    with pytest.raises(InputError, match=r"path:marian is a marian; expected one of t5, mt5, bart"):
        begun("path:marian", Workspace(tmp_path))
    with pytest.raises(InputError, match=r"no-such is not a folder.*makers\.writer\.start"):
        begun("path:no-such", Workspace(tmp_path))
    with pytest.raises(InputError, match=r"random weights writes nothing: raise makers\.writer\.steps"):
        trained(examples(PAIRS), steps=0, seed=0)


def test_the_maker_begins_with_the_model_that_params_name(workshop: MakeWorkshop) -> None:
    shop = workshop([ENGLISH], says("5"), pairs=PAIRS)
    with pytest.raises(InputError, match="no-such is not a folder"):
        rows(shop, Pupil(start="path:no-such", steps=2, longest_answer=160, least_score=5))


def test_no_candidate_no_training(workshop: MakeWorkshop) -> None:
    assert rows(workshop([], says("5"))) == []
