"""What holds for the corpus of any archive: the books, the order, the workers, and that clean text stays as it is."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.corpus.make import make
from tasks.corpus.settings import CorpusParams
from tasks.params import load
from tasks.records import Document, Dropped, document_id
from tasks.shards import new_folder, read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

SENTENCES = (
    "The harbour master counts the boats every evening before the lamps are lit.",
    "Bread is baked at four in the morning and carried to the market by cart.",
    "Whoever wants to cross the river waits for the ferry and pays on the other side.",
    "港口的管理员每天晚上点灯之前都要数一遍船只的数量。",
    "面包在清晨四点出炉，然后用马车送到集市上去卖。",
    "想要過河的人在岸邊等待渡船，到了對岸以後再付船資。",
    "Der Hafenmeister zählt jeden Abend die Boote, bevor die Lampen angezündet werden.",
    "Write to ada.lovelace@analytical-engines.org or call +44 20 7946 0958 in the morning.",
    "<p class='note'>Read&nbsp;the <b>whole</b> page</p>",
    "All rights reserved.",
    "| 1 | 2 | 3 |",
    "\x1b[31mred\x1b[0m and \u202ehidden\u202c and zero\u200bwidth and \u2028 a line",
    "cafÃ© doesnâ€™t open",
)
lines = st.one_of(
    st.sampled_from(SENTENCES), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
)
texts = st.lists(lines, min_size=1, max_size=6).map("\n".join).filter(str.strip)
rows = st.tuples(
    texts, st.sampled_from(["prose", "code", "dialogue", "table"]), st.sampled_from(["", "en", "zh", "zh-TW", "de"])
)
GOOD = ("The one text that always stays: ships leave the harbour in the morning and come home at night.", "prose", "en")
archives = st.lists(rows, max_size=12).map(lambda some: [GOOD, *some])

often = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
seldom = settings(often, max_examples=2)


def documents(some: Sequence[tuple[str, str, str]]) -> list[Document]:
    rows = [
        Document(document_id("toy", str(at), "", text), text, language, "", kind, f"toy:{at}", "CC0-1.0")
        for at, (text, kind, language) in enumerate(some)
    ]
    return rows


def corpus(root: Path, rows: Sequence[Document], workers: int = 1) -> Path:
    workspace = Workspace(root)
    with new_folder(workspace.data / "archive") as out:
        out.rows("documents", rows, Document, 3)
    params = replace(load(CorpusParams, Path("params/corpus.yaml")), workers=workers)
    make(params, workspace, Numbers.open(workspace, "corpus"))
    return workspace.data / "corpus"


@pytest.mark.whole
@often
@given(archives)
def test_each_row_is_kept_or_dropped_with_a_reason_and_counted_once(some: list[tuple[str, str, str]]) -> None:
    archive = documents(some)
    with TemporaryDirectory() as folder:
        made = corpus(Path(folder), archive)
        kept = [row.id for row in read_rows(made, "documents", Document)]
        dropped = list(read_rows(made, "dropped", Dropped))
        books = read_manifest(made)["books"]
    assert sorted([*kept, *(row.id for row in dropped)]) == sorted(row.id for row in archive)
    assert all(row.rule and row.reason for row in dropped)
    assert (books["in"], books["out"], sum(books["dropped"].values())) == (len(archive), len(kept), len(dropped))


@pytest.mark.whole
@often
@given(archives, st.randoms(use_true_random=False))
def test_the_order_of_the_archive_leaves_no_trace(some: list[tuple[str, str, str]], shuffled: random.Random) -> None:
    archive = documents(some)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        made = corpus(Path(one), archive)
        shuffled.shuffle(archive)
        assert (made / "manifest.json").read_bytes() == (corpus(Path(other), archive) / "manifest.json").read_bytes()


@pytest.mark.whole
@seldom
@given(archives)
def test_the_number_of_workers_leaves_no_trace(some: list[tuple[str, str, str]]) -> None:
    archive = documents(some)
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        made = corpus(Path(one), archive)
        assert (made / "manifest.json").read_bytes() == (corpus(Path(other), archive, 3) / "manifest.json").read_bytes()


@pytest.mark.whole
@often
@given(archives)
def test_cleaning_what_is_clean_changes_nothing(some: list[tuple[str, str, str]]) -> None:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        clean = list(read_rows(corpus(Path(one), documents(some)), "documents", Document))
        again = corpus(Path(other), clean)
        assert list(read_rows(again, "documents", Document)) == clean
        assert not list(read_rows(again, "dropped", Dropped))
