"""A licence that nobody knows blocks a source, and a row, unless params allow it."""

import json
from pathlib import Path

import pytest

from tasks.archive.licenses import spdx
from tasks.archive.lock import refresh
from tasks.archive.make import make
from tasks.archive.settings import ArchiveParams, Columns, LocalFiles
from tasks.errors import ParamsError
from tasks.records import Document, Dropped
from tasks.shards import read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

ROWS = [("one", "mit"), ("two", ""), ("three", "see the site"), ("four", None), ("five", "MIT OR LicenseRef-Ours")]


def params(license: str = "CC0-1.0", *, allowed: bool = False) -> ArchiveParams:
    columns = Columns(text="text", title="", language="", group="", id="", license="terms", html=False)
    source = LocalFiles(
        kind="local_files", name="notes", license=license, path="in", document_kind="prose", columns=columns,
        longest_record=1000,
    )  # fmt: skip
    return ArchiveParams(sources=(source,), allow_unknown_license=allowed)


def made(root: Path, asked: ArchiveParams) -> Path:
    for folder in ("params", "in"):
        (root / folder).mkdir(exist_ok=True)
    lines = [json.dumps({"text": text, "terms": terms}) for text, terms in ROWS]
    (root / "in" / "a.jsonl").write_text("\n".join(lines))
    workspace = Workspace(root)
    refresh(asked, workspace)
    make(asked, workspace, Numbers.open(workspace, "archive"))
    return workspace.data / "archive"


def test_each_row_has_its_own_licence_or_its_sources_and_an_unknown_one_is_set_aside(tmp_path: Path) -> None:
    archive = made(tmp_path, params())
    known = {document.text: document.license for document in read_rows(archive, "documents", Document)}
    assert known == {"one": "MIT", "two": "CC0-1.0", "four": "CC0-1.0", "five": "MIT OR LicenseRef-Ours"}
    (aside,) = read_rows(archive, "quarantined", Dropped)
    assert (aside.rule, json.loads(aside.row)["text"]) == ("unknown_license", "three")
    assert "'see the site' (`allow_unknown_license` in params/archive.yaml)" in aside.reason
    assert read_manifest(archive)["books"] == {"in": 5, "out": 4, "dropped": {}, "quarantined": {"unknown_license": 1}}


def test_params_may_allow_licences_that_nobody_knows(tmp_path: Path) -> None:
    archive = made(tmp_path, params("ask them", allowed=True))
    known = [document.license for document in read_rows(archive, "documents", Document)]
    assert known == ["MIT", "ask them", "see the site", "ask them", "MIT OR LicenseRef-Ours"]


@pytest.mark.parametrize("license", ["unknown", "other", "proprietary?", " ", "NONE", "Apache 2.0", "MIT\0", "(" * 999])
def test_a_source_without_a_known_licence_is_refused_before_it_is_read(tmp_path: Path, license: str) -> None:
    with pytest.raises(
        ParamsError, match=r"license .* of source notes is not known\. Name one of .*LicenseRef-.*allow_unknown"
    ):
        made(tmp_path, params(license))
    assert not (tmp_path / "params" / "sources.lock").exists()


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("cc-by-4.0", "CC-BY-4.0"),
        ("apache-2.0 or mit", "Apache-2.0 OR MIT"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("LicenseRef-Company-Terms", "LicenseRef-Company-Terms"),
        ("LicenseRef-", ""),
        ("MIT and", ""),
        ("__import__('os').abort()", ""),
        (" OR ".join(["MIT"] * 10_000), ""),
    ],
)
def test_identifiers_and_expressions_of_spdx_are_known(told: str, known: str) -> None:
    assert spdx(told) == known
