"""U+2028 within a text parts no record on its way: file → archive → corpus, in every format that holds rows."""

import csv
import json
from dataclasses import replace
from io import StringIO
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

TEXT = "The ferry leaves the old harbour at six.\u2028It comes back before the market closes.\u2029Nobody waits."
LINES = TEXT.replace("\u2028", "\n").replace("\u2029", "\n")


def put(folder: Path, format: str) -> None:
    folder.mkdir()
    if format == "jsonl":
        (folder / "a.jsonl").write_text(json.dumps({"text": TEXT}, ensure_ascii=False) + "\n", encoding="utf-8")
    elif format == "csv":
        table = StringIO()
        csv.writer(table).writerows([["text", "n"], [TEXT, "1"]])
        (folder / "a.csv").write_text(table.getvalue(), encoding="utf-8", newline="")
    else:
        pq.write_table(pa.table({"text": [TEXT]}), folder / "a.parquet")


@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
@pytest.mark.parametrize(("kind", "cleaned"), [("prose", LINES), ("code", TEXT)])
def test_a_record_stays_one(tmp_path: Path, format: str, kind: str, cleaned: str) -> None:
    workspace = Workspace(tmp_path)
    workspace.params.mkdir()
    put(tmp_path / "in", format)
    columns = Columns(text="text", title="", language="", group="", id="", license="")
    source = LocalFiles(
        kind="local_files", name="a", license="CC0-1.0", path="in", document_kind=kind, columns=columns, longest_record=1000
    )
    sources = ArchiveParams(sources=(source,), allow_unknown_license=False)
    refresh(sources, workspace)
    archive.make(sources, workspace, Numbers.open(workspace, "archive"))
    assert [row.text for row in read_rows(workspace.data / "archive", "documents", Document)] == [TEXT]
    make(replace(load(CorpusParams, Path("params/corpus.yaml")), workers=1), workspace, Numbers.open(workspace, "corpus"))
    assert [row.text for row in read_rows(workspace.data / "corpus", "documents", Document)] == [cleaned]
