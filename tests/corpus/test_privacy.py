"""Personal data and secrets become placeholders, what only looks like them stays; counted, idempotent, shown nowhere."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.planted import CHECKSUM_TYPES, PLANTED, SECRETS, lookalikes, planted
from benchmarks.privacy import scores
from tasks.corpus.make import make
from tasks.corpus.settings import CorpusParams, Privacy
from tasks.errors import ParamsError
from tasks.params import check, load, read
from tasks.placeholders import gained, placeholder
from tasks.privacy import FINDERS, TYPES, private, replaced
from tasks.records import Document, Dropped, document_id
from tasks.shards import new_folder, read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.why.dropped import counted
from tasks.why.story import story
from tasks.workspace import Workspace

GOLDEN = Path(__file__).parents[1] / "golden" / "corpus" / "privacy.jsonl"
PAIRS = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").split("\n") if line]
PARAMS = Path("params/corpus.yaml")
SENTENCE = "Whoever finds the ferry closed at night may ask the harbour office for the next one, which is at six."
MAIL, PHONE = "anna@corp.de", "13812345678"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair['type']}-{pair['text'][:20]}")
def test_golden_pairs(pair: dict[str, str]) -> None:
    text, count = replaced(pair["text"], TYPES)
    assert text == pair["private"]
    assert count == Counter({pair["type"]: number} if (number := text.count(placeholder(pair["type"]))) else {})


@pytest.mark.parametrize("type", TYPES)
def test_each_type_has_pairs_that_are_replaced_and_that_stay(type: str) -> None:
    changed = [pair["text"] != pair["private"] for pair in PAIRS if pair["type"] == type]
    assert sum(changed) >= 6 and len(changed) - sum(changed) >= 6


def test_planted_data_are_found_and_look_alikes_are_not() -> None:
    by_type, failed = scores([*planted(2, 10), *lookalikes(2, 10)])
    for type, score in by_type.items():
        assert score.recall >= (0.99 if type in CHECKSUM_TYPES else 0.95), (type, score, failed)
        assert score.precision >= 0.97, (type, score, failed)


def test_secrets_of_twenty_issuers_and_more_are_planted() -> None:
    assert len(SECRETS) >= 20 and set(PLANTED) == set(TYPES)


bits = st.one_of(
    st.sampled_from([pair["text"] for pair in PAIRS]),
    st.sampled_from([sentence.text for sentence in planted(3, 2)]),
    st.text("19486.-: +@()＠１aXk_/=\"'<>\n电话，", max_size=12),
)
texts = st.lists(bits, max_size=5).map("".join)


@given(texts)
def test_what_was_replaced_once_stays_as_it_is(text: str) -> None:
    once, _ = replaced(text, TYPES)
    assert replaced(once, TYPES) == (once, Counter())


@given(texts)
def test_all_but_the_placeholders_stays_letter_for_letter(text: str) -> None:
    after, count = replaced(text, TYPES)
    assert gained(text, after) == Counter({placeholder(type): number for type, number in count.items()})
    at = 0
    for piece in split_at_placeholders(after):
        at = text.index(piece, at) + len(piece)


def split_at_placeholders(text: str) -> list[str]:
    for type in TYPES:
        text = text.replace(placeholder(type), "\0")
    return text.split("\0")


@given(texts, st.sets(st.sampled_from(TYPES)))
def test_only_types_asked_for_are_replaced_in_whatever_order_they_stand(text: str, types: set[str]) -> None:
    after, count = replaced(text, sorted(types))
    assert set(count) <= types
    assert replaced(text, sorted(types, reverse=True)) == (after, count)


@given(st.text(max_size=100))
def test_no_text_breaks_a_finder_and_no_span_leaves_it(text: str) -> None:
    for finder in FINDERS.values():
        assert all(0 <= start < end <= len(text) for start, end in finder(text))


@pytest.mark.parametrize(
    "bit", ["a@", "@a.b", "-----BEGIN PRIVATE KEY-----\n", "eyJ0.", "+1 (2", "1.2.3.4.", "4111 ", "://a:b"]
)
def test_a_long_text_made_to_be_slow_is_not(bit: str) -> None:
    replaced(bit * 20_000, TYPES)  # a pattern that goes back and forth would run into the timeout of the tests


def test_title_and_text_are_replaced_and_counted_together() -> None:
    before = Document("0" * 16, f"Mail {MAIL}.", "en", f"To {MAIL}", "prose", "toy:a", "CC0-1.0")
    after, count = private(before, TYPES)
    assert after == replace(before, text="Mail <EMAIL>.", title="To <EMAIL>")
    assert count == {"email": 2}
    assert private(before, []) == (before, Counter())


def test_of_two_types_at_one_place_the_surer_one_has_it() -> None:
    assert replaced("amqp://shop:k3Jx9Qw@mail.corp.de/x", TYPES)[0] == "amqp://shop:<SECRET>@mail.corp.de/x"
    # Gansu's identity numbers begin as the cards of UnionPay do.
    assert replaced("620102199003070069", ["card"])[0] == "<CARD>"
    assert replaced("620102199003070069", ["card", "id_number"])[0] == "<ID_NUMBER>"


def test_settings_and_finders_name_the_same_types() -> None:
    asked = load(CorpusParams, PARAMS).privacy.replace
    assert set(asked) == set(TYPES)
    assert check(Privacy, {"replace": list(TYPES)}, PARAMS).replace == TYPES
    with pytest.raises(ParamsError, match=r"privacy\.replace\.0 = 'e-mail'"):
        check(CorpusParams, {**read(PARAMS), "privacy": {"replace": ["e-mail"]}}, PARAMS)


def corpus(root: Path, texts: list[str], types: tuple[Any, ...] = TYPES, workers: int = 1) -> Workspace:
    workspace = Workspace(root)
    with new_folder(workspace.data / "archive") as out:
        rows = [Document(document_id("toy", "a", "", text), text, "en", "", "prose", "toy:a", "CC0-1.0") for text in texts]
        out.rows("documents", rows, Document, 1)
    params = replace(load(CorpusParams, PARAMS), workers=workers, privacy=Privacy(replace=types))
    make(params, workspace, Numbers.open(workspace, "corpus"))
    return workspace


TEXTS = [
    f"{SENTENCE} {MAIL}",
    f"Call {PHONE}.",
    f"{SENTENCE} {MAIL.replace('anna', 'bob')}",
    f"Nobody is named here: {SENTENCE}",
]


def test_no_file_of_the_corpus_holds_what_was_replaced_not_even_of_a_dropped_row(tmp_path: Path) -> None:
    made = corpus(tmp_path, TEXTS).data / "corpus"
    (short, twin) = sorted(read_rows(made, "dropped", Dropped), key=lambda row: row.rule, reverse=True)
    assert (short.rule, json.loads(short.row)["text"]) == ("too_short", "Call <PHONE>.")
    # Two texts that differ in an address alone say the same.
    assert twin.rule == "exact_duplicate"
    held = "".join(
        f"{row}" for table, kind in (("documents", Document), ("dropped", Dropped)) for row in read_rows(made, table, kind)
    )
    shown = (made / "card.md").read_text() + "".join(path.read_text() for path in (tmp_path / ".cache/tracking").glob("*"))
    assert "<EMAIL>" in held and "Nobody is named" in held
    assert not [secret for secret in (MAIL, "bob@", PHONE) if secret in held + shown]


def test_what_was_replaced_is_counted_in_manifest_and_card_and_numbers(tmp_path: Path) -> None:
    made = corpus(tmp_path, TEXTS).data / "corpus"
    counts = dict.fromkeys(TYPES, 0) | {"email": 2, "phone": 1}
    assert read_manifest(made)["privacy"] == counts
    assert "| email | 2 |\n| phone | 1 |\n| card | 0 |" in (made / "card.md").read_text()
    lines = [json.loads(line) for path in (tmp_path / ".cache/tracking").glob("*") for line in path.read_text().splitlines()]
    told = {line["name"]: line["value"] for line in lines if line.get("name", "").startswith("replaced/")}
    assert told == {f"replaced/{type}": count for type, count in counts.items()}


def test_an_empty_list_replaces_nothing(tmp_path: Path) -> None:
    made = corpus(tmp_path, TEXTS, types=()).data / "corpus"
    assert MAIL in "".join(row.text for row in read_rows(made, "documents", Document))
    assert read_manifest(made)["privacy"] == {} and "Not looked for." in (made / "card.md").read_text()


def test_why_says_how_many_were_replaced_and_shows_none(tmp_path: Path) -> None:
    data = corpus(tmp_path, [f"{MAIL} {MAIL} {PHONE} {SENTENCE}", f"Call {PHONE}.", TEXTS[3]]).data
    told = [story(data, row.id) for row in read_rows(data / "archive", "documents", Document)]
    assert sorted(" ".join(line.split()) for one in told for line in one.splitlines() if "replaced" in line) == [
        "replaced 1 <PHONE>",
        "replaced 2 <EMAIL>, 1 <PHONE>",
    ]
    shown = "".join([*told, *counted(data, samples=3)])
    assert not [secret for secret in (MAIL, PHONE) if secret in shown]


@pytest.mark.whole
def test_workers_leave_no_trace_in_the_counts(tmp_path: Path) -> None:
    texts = [f"{number}. {SENTENCE} a{number}@corp.de" for number in range(5)]
    manifests = {
        (corpus(tmp_path / str(workers), texts, workers=workers).data / "corpus/manifest.json").read_bytes()
        for workers in (1, 3)
    }
    assert len(manifests) == 1
