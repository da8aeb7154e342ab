"""A folder of files as nobody wants them: each is told of with its reason, the good ones are read, nothing falls over."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import asdict
from pathlib import Path

import pytest

from tasks.archive.found import Found, Unreadable
from tasks.archive.local_files import documents, pin
from tasks.records import Document, Dropped
from tasks.shards import as_json, read_manifest, read_rows
from tests.archive.malformed_files import ANY, CLASSES, LONGEST, files
from tests.archive.test_local_files import put, source

GOOD = {f"{letter}-good.txt": f"good {letter}" for letter in "abc"}

MEASURED = """
import re
from pathlib import Path
from tasks.archive.lock import refresh
from tasks.archive.make import make
from tasks.archive.settings import ArchiveParams
from tasks.params import load
from tasks.tracking import Numbers
from tasks.workspace import here

params = load(ArchiveParams, Path("params/archive.yaml"))
refresh(params, here())
make(params, here(), Numbers.open(here(), "archive"))
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def archived(root: Path, longest: int = LONGEST) -> int:
    """Make the archive of in/ in a process of its own; the most memory that it had, in bytes."""
    (root / "params").mkdir(exist_ok=True)
    (root / "dvc.yaml").touch()
    asked = {"allow_unknown_license": False, "sources": [asdict(source(longest=longest))]}
    (root / "params" / "archive.yaml").write_text(as_json(asked))
    environment = os.environ | {"PYTHONPATH": os.getcwd()}
    command = [sys.executable, "-c", MEASURED]
    done = subprocess.run(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout.splitlines()[-1]) * 1024


def place_of(found: Found | Dropped) -> str:
    """The file that something was found in."""
    place = found.source if isinstance(found, Document) else found.reason.partition(": ")[0]
    return place.removeprefix("notes:").partition("!")[0].partition("#")[0].partition(", ")[0]


@pytest.mark.whole
def test_each_of_hundreds_of_malformed_files_is_accounted_for(tmp_path: Path) -> None:
    for name, text in GOOD.items():
        put(tmp_path, name, text)
    before = archived(tmp_path)
    made = files()
    assert len(made) >= 300 and len(CLASSES) >= 30
    for name, (_, data) in made.items():
        put(tmp_path, name, data)
    after = archived(tmp_path)
    assert after < before + 200 * 2**20

    archive = tmp_path / "data" / "archive"
    kept = list(read_rows(archive, "documents", Document))
    aside = list(read_rows(archive, "quarantined", Dropped))
    outcomes: dict[str, set[str]] = defaultdict(set)
    for row in [*kept, *aside]:
        outcomes[place_of(row)].add("kept" if isinstance(row, Document) else row.rule)
    assert set(outcomes) == {*made, *GOOD}
    assert {document.text for document in kept} >= set(GOOD.values())
    for kind, (rules, _) in CLASSES.items():
        told = set().union(*(outcomes[name] for name, (its, _) in made.items() if its == kind))
        assert told <= rules if rules is ANY else told - {"duplicate_row"} == rules, kind
    assert all(row.rule and row.reason for row in aside)
    books = read_manifest(archive)["books"]
    assert books["in"] == len(kept) + len(aside) == books["out"] + sum(books["quarantined"].values())

    first = (archive / "manifest.json").read_bytes()
    archived(tmp_path)
    assert (archive / "manifest.json").read_bytes() == first


def test_what_is_no_plain_file_is_told_of_and_not_waited_for(tmp_path: Path) -> None:
    put(tmp_path, "z.txt", "good")
    inside = tmp_path / "in"
    os.mkfifo(inside / "pipe.txt")
    (inside / "folder.txt").mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(inside / "socket.txt"))
    expected = ["pipe.txt", "socket.txt"]
    if os.geteuid() == 0:
        os.mknod(inside / "device.txt", 0o020666, os.makedev(1, 5))
        expected = ["device.txt", *expected]
    start = time.monotonic()
    *aside, good = documents(source(), tmp_path)
    assert isinstance(good, Document)
    assert [(place_of(one), one.rule) for one in aside if isinstance(one, Unreadable)] == [
        (name, "unreadable") for name in expected
    ]
    assert time.monotonic() - start < 5


def test_names_of_all_kinds_are_read_and_told_apart(tmp_path: Path) -> None:
    names = [
        b"new\nline.txt",
        b"x" * 251 + b".txt",
        b"latin-\xe9.txt",
        "茶.txt".encode(),
        b"tab\t.txt",
        b" .txt",
        b"back\\slash.txt",
    ]
    (tmp_path / "in").mkdir()
    for name in names:
        Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/" + name)).write_bytes(b"of " + name.hex().encode())
    found = list(documents(source(), tmp_path))
    assert {one.text for one in found if isinstance(one, Document)} == {f"of {name.hex()}" for name in names}
    assert len({one.source for one in found if isinstance(one, Document)}) == len(names)
    assert pin(source(), tmp_path)["files"] == len(names)


def test_what_we_may_not_read_is_told_of() -> None:
    root = Path(tempfile.mkdtemp())
    root.chmod(0o755)
    try:
        for name in ("z.txt", "locked.txt", "shut/a.txt", "listed/a.txt"):
            put(root, name, name)
        for name, mode in {"locked.txt": 0, "shut": 0, "listed": 0o744}.items():
            (root / "in" / name).chmod(mode)
        us = os.geteuid()
        os.seteuid(us or 65534)  # to root all files are open
        try:
            found = list(documents(source(), root))
            pinned = pin(source(), root)
        finally:
            os.seteuid(us)
        assert [one.text for one in found if isinstance(one, Document)] == ["z.txt"]
        assert {(place_of(one), one.rule) for one in found if isinstance(one, Unreadable)} >= {
            ("locked.txt", "unreadable"),
            ("listed", "unreadable"),
            ("shut", "unreadable"),
        }
        assert str(root) not in repr(found)
        assert pinned["files"] == len(found)
    finally:
        for name in ("shut", "listed"):
            (root / "in" / name).chmod(0o755)
        shutil.rmtree(root)


@pytest.mark.parametrize("change", ["shrinks", "grows", "vanishes", "is another"])
def test_a_file_that_changes_while_it_is_read_stops_nothing(tmp_path: Path, change: str) -> None:
    rows = "".join(f'{{"text": "row {number} {"x" * 90}"}}\n' for number in range(5000))
    first, second = put(tmp_path, "a.jsonl", rows), put(tmp_path, "b.txt", "second")
    put(tmp_path, "c.txt", "third")
    found = documents(source(), tmp_path)
    begun = [next(found) for _ in range(3)]
    if change == "shrinks":
        os.truncate(first, len(rows) // 2)
    elif change == "grows":
        with first.open("a") as file:
            file.write('{"text": "one more"}\n')
    elif change == "vanishes":
        first.unlink()
        second.unlink()
    else:
        first.rename(tmp_path / "was")
        first.write_text("{}")
    rest = list(found)
    texts = [one.text for one in [*begun, *rest] if isinstance(one, Document)]
    assert texts[0].startswith("row 0 ") and texts[-1] == "third"
    assert {one.rule for one in rest if isinstance(one, Unreadable)} <= {"broken_json", "unreadable"}
    if change == "vanishes":
        assert [place_of(one) for one in rest if isinstance(one, Unreadable)] == ["b.txt"]


@pytest.mark.whole
def test_a_line_of_a_gigabyte_costs_no_memory_and_the_next_is_read(tmp_path: Path) -> None:
    put(tmp_path, "z.txt", "good")
    before = archived(tmp_path)
    for name, size in {"a.jsonl": 10**9, "b.csv": 3 * 10**8}.items():
        os.truncate(put(tmp_path, name, '{"text": "'), size)
    with (tmp_path / "in" / "a.jsonl").open("ab") as file:
        file.write(b'\n{"text": "after it"}\n')
    after = archived(tmp_path)
    archive = tmp_path / "data" / "archive"
    assert [document.text for document in read_rows(archive, "documents", Document)] == ["after it", "good"]
    assert [row.rule for row in read_rows(archive, "quarantined", Dropped)] == ["too_long"] * 2
    assert after < before + 200 * 2**20
