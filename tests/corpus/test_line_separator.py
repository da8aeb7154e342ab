"""U+2028 within a text parts no record on its way: file → archive → corpus, in every format that holds rows."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.archive import make as archive
from tasks.archive.lock import refresh
from tasks.archive.settings import ArchiveParams, Columns, LocalFiles
from tasks.corpus.make import make
from tasks.corpus.settings import CorpusParams
from tasks.params import load
from tasks.records import Document
from tasks.shards import read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

TEXTS = {
    "jsonl": "The ferry leaves the old harbour at six.\u2028It comes back before the market closes.",
    "csv": "Bread is baked at four in the morning,\u2028carried to the market by cart\u2029and sold before noon.",
    "parquet": "Whoever wants to cross the river waits.\u2028\u2029The bridge was never mended after the flood.",
}


def put(folder: Path) -> None:
    folder.mkdir()
    (folder / "a.jsonl").write_text(json.dumps({"text": TEXTS["jsonl"]}, ensure_ascii=False) + "\n", encoding="utf-8")
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as table:
        csv.writer(table).writerows([["text", "n"], [TEXTS["csv"], "1"]])
    pq.write_table(pa.table({"text": [TEXTS["parquet"]]}), folder / "a.parquet")


@pytest.mark.parametrize("kind", ["prose", "code"])
def test_a_record_stays_one(tmp_path: Path, kind: str) -> None:
    workspace = Workspace(tmp_path)
    workspace.params.mkdir()
    put(tmp_path / "in")
    columns = Columns(text="text", title="", language="", group="", id="", license="", html=False)
    source = LocalFiles(
        kind="local_files", name="a", license="CC0-1.0", path="in", document_kind=kind, columns=columns, longest_record=1000
    )
    sources = ArchiveParams(sources=(source,), allow_unknown_license=False)
    refresh(sources, workspace)
    archive.make(sources, workspace, Numbers.open(workspace, "archive"))
    assert texts(workspace.data / "archive") == set(TEXTS.values())
    make(replace(load(CorpusParams, Path("params/corpus.yaml")), workers=1), workspace, Numbers.open(workspace, "corpus"))
    in_lines = {text.replace("\u2028", "\n").replace("\u2029", "\n") for text in TEXTS.values()}
    assert texts(workspace.data / "corpus") == (in_lines if kind == "prose" else set(TEXTS.values()))


def texts(folder: Path) -> set[str]:
    return {row.text for row in read_rows(folder, "documents", Document)}
