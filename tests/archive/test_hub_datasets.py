"""Data sets of a hub, read as they come: a real server on 127.0.0.1 speaks the hub's API, and `datasets` asks it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tasks.archive.hub_datasets import documents
from tasks.archive.lock import refresh
from tasks.archive.settings import ArchiveParams, Columns, HubDatasets
from tasks.errors import EndpointError
from tasks.params import load
from tasks.records import Document, Pair
from tasks.shards import read_rows
from tasks.workspace import Workspace

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """A hub with one data set, org/set, at one commit: files by path. A file that is None is listed and cannot be had."""

    port: int = 0
    files: dict[str, bytes | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bytes_sent: int = 0


class Handler(BaseHTTPRequestHandler):
    """The routes that `datasets` asks: the commit, its folders, and ranges of its files."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.hub.asked.append(path)
        if path == f"/api/datasets/org/set/revision/{COMMIT}":
            siblings = [{"rfilename": name} for name in self.hub.files]
            self.answer_json({"id": "org/set", "sha": COMMIT, "private": False, "tags": [], "siblings": siblings})
        elif folder := re.fullmatch(rf"/api/datasets/org/set/tree/{COMMIT}/?(.*)", path):
            self.answer_json(list(self.listed(folder[1])))
        elif (file := re.fullmatch(rf"/datasets/org/set/resolve/{COMMIT}/(.*)", path)) and self.hub.files.get(file[1]):
            self.answer_file(self.hub.files[file[1]] or b"")
        else:
            known = COMMIT in path
            self.answer(404, b"{}", {"X-Error-Code": "EntryNotFound" if known else "RevisionNotFound"})

    do_HEAD = do_GET

    def listed(self, folder: str) -> Iterator[dict[str, Any]]:
        """What is in one folder alone; data/ is the only one there is."""
        if not folder:
            yield {"type": "directory", "path": "data", "oid": "0" * 40}
        for name, data in self.hub.files.items() if folder == "data" else ():
            oid = hashlib.sha1(name.encode()).hexdigest()
            yield {"type": "file", "path": name, "size": len(data or b"what was there"), "oid": oid}

    def answer_file(self, data: bytes) -> None:
        headers = {"ETag": f'"{hashlib.sha1(data).hexdigest()}"', "X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if asked is None:
            self.answer(200, data, headers)
            return
        first, last = int(asked[1]), min(int(asked[2]), len(data) - 1)
        part = data[first : last + 1]
        self.hub.bytes_sent += len(part)
        self.answer(206, part, {**headers, "Content-Range": f"bytes {first}-{last}/{len(data)}"})

    def answer_json(self, value: Any) -> None:
        self.answer(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *words: object) -> None:
            """Who reads a file as it comes hangs up when he has enough."""

    server = Server(("127.0.0.1", 0), type("OfHub", (Handler,), {"hub": hub}))
    hub.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield hub
    server.shutdown()
    thread.join()
    server.server_close()


TEXT = """\
allow_unknown_license: false
sources:
  - kind: hub_datasets
    name: set
    license: MIT
    path: org/set
    revision: {commit}
    subset: ""
    split: {split}
    document_kind: prose
    columns: {{text: text, title: "", language: "", group: "", id: id, license: "", html: false}}
"""
CHATS = """\
  - kind: hub_instructions
    name: chats
    license: MIT
    path: org/set
    revision: {commit}
    subset: ""
    split: test
    rows: {{format: messages, language: "", group: "", id: id}}
"""
Archive = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def archive(tmp_path: Path, hub: Hub) -> Archive:
    """`python -m tasks.archive` in a process of its own, whose hub is ours."""

    def run(sources: str, *, commit: str = COMMIT, split: str = "train") -> subprocess.CompletedProcess[str]:
        workspace = Workspace(tmp_path)
        workspace.params.mkdir(exist_ok=True)
        shutil.copy(ROOT / "dvc.yaml", tmp_path)
        (workspace.params / "archive.yaml").write_text(sources.format(commit=commit, split=split))
        refresh(load(ArchiveParams, workspace.params / "archive.yaml"), workspace)
        here = {"PYTHONPATH": str(ROOT), "HF_ENDPOINT": f"http://127.0.0.1:{hub.port}", "HF_HOME": str(tmp_path / "home")}
        return subprocess.run(
            [sys.executable, "-m", "tasks.archive"],
            cwd=tmp_path, env={**os.environ, **here}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def rows(name: str, number: int) -> bytes:
    """Rows that are texts and conversations at once: all files of a data set have the same columns."""
    return b"".join(json.dumps(row(f"{name}{at}")).encode() + b"\n" for at in range(number))


def row(id: str) -> dict[str, Any]:
    turns = [{"role": "user", "content": f"question {id}"}, {"role": "assistant", "content": f"answer {id}"}]
    return {"id": id, "text": f"{id} {'.' * 80}", "messages": turns}


@pytest.mark.whole
def test_a_data_set_is_read_at_its_commit_in_order_and_kept_nowhere(tmp_path: Path, hub: Hub, archive: Archive) -> None:
    hub.files = {f"data/train-0000{part}.jsonl": rows("abc"[part], 3000) for part in (0, 1, 2)}
    hub.files["data/test-00000.jsonl"] = rows("t", 3)
    done = archive(TEXT + CHATS)
    assert done.returncode == 0, done.stderr
    read = list(read_rows(tmp_path / "data/archive", "documents", Document))
    assert [document.source for document in read] == [f"set:train#{name}{at}" for name in "abc" for at in range(3000)]
    pairs = list(read_rows(tmp_path / "data/archive", "pairs", Pair))
    assert [(pair.instruction, pair.output, pair.source) for pair in pairs] == [
        (f"question t{at}", f"answer t{at}", f"chats:test#t{at}") for at in range(3)
    ]
    assert {path for path in hub.asked if "/resolve/" in path or "/tree/" in path or "/revision/" in path} == {
        path for path in hub.asked if COMMIT in path
    }
    caches = [file for place in (".cache", "home") for file in (tmp_path / place).rglob("*") if file.is_file()]
    kept = sum(file.stat().st_size for file in caches)
    assert kept < 100_000 < hub.bytes_sent
    first = (tmp_path / "data/archive/manifest.json").read_bytes()
    assert archive(TEXT + CHATS).returncode == 0
    assert (tmp_path / "data/archive/manifest.json").read_bytes() == first


@pytest.mark.whole
@pytest.mark.parametrize("second", [None, b'{"id": "b0", "text": '])
def test_a_data_set_that_ends_in_the_middle_names_the_row_and_publishes_nothing(
    tmp_path: Path, hub: Hub, archive: Archive, second: bytes | None
) -> None:
    hub.files = {"data/train-00000.jsonl": rows("a", 500), "data/train-00001.jsonl": second}
    done = archive(TEXT)
    assert done.returncode == EndpointError.exit_code, done.stderr
    said = done.stderr.strip().splitlines()[-1]
    assert "Source set: the data set org/set at 0123456789ab could not be read beyond row 500: " in said
    assert not (tmp_path / "data/archive").exists()


@pytest.mark.whole
@pytest.mark.parametrize("wrong", [{"commit": "f" * 40}, {"split": "train[:5]"}, {"split": "dev"}])
def test_a_commit_or_a_split_that_is_not_there_says_what_to_do(hub: Hub, archive: Archive, wrong: dict[str, str]) -> None:
    hub.files = {"data/train-00000.jsonl": rows("a", 5)}
    done = archive(TEXT, **wrong)
    assert done.returncode == EndpointError.exit_code, done.stderr
    said = done.stderr.strip().splitlines()[-1]
    assert "could not be had from the hub: " in said and "revision in params/archive.yaml" in said


def test_rows_before_a_broken_one_are_read_and_the_error_counts_them(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set/a.jsonl").write_bytes(rows("a", 3))
    (tmp_path / "set/b.jsonl").write_bytes(b'{"id": "b0", "text": ')
    source = HubDatasets(
        kind="hub_datasets",
        name="set",
        license="MIT",
        path=str(tmp_path / "set"),
        revision=COMMIT,
        subset="",
        split="train",
        document_kind="prose",
        columns=Columns(text="text", title="", language="", group="", id="id", license="", html=False),
    )
    found = documents(source, tmp_path / "cache")
    assert [next(found).id != "" for _ in range(3)] == [True] * 3
    with pytest.raises(EndpointError, match="beyond row 3"):
        next(found)
