"""What a kill leaves behind is repaired, in words; what is sound stays untouched."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.doctor import examine
from tasks.workspace import Workspace

TEXT = b"one line\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Workspace:
    """A finished stage `words` with one file, in DVC's cache and dvc.lock."""
    workspace = Workspace(tmp_path)
    for folder in (workspace.params, workspace.data / "words"):
        folder.mkdir(parents=True)
    listing = json.dumps([{"md5": store(workspace, TEXT), "relpath": "text.txt"}]).encode()
    digest = store(workspace, listing, ".dir")
    out = f"    - path: data/words\n      hash: md5\n      md5: {digest}\n      size: {len(TEXT)}\n      nfiles: 1\n"
    (tmp_path / "dvc.lock").write_text(f"schema: '2.0'\nstages:\n  words:\n    cmd: python -m tasks.words\n    outs:\n{out}")
    assert examine(workspace) == []
    return workspace


def store(workspace: Workspace, content: bytes, suffix: str = "") -> str:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest() + suffix
    place(workspace, digest).parent.mkdir(parents=True, exist_ok=True)
    place(workspace, digest).write_bytes(content)
    return digest


def place(workspace: Workspace, digest: str) -> Path:
    return workspace.root / ".dvc/cache/files/md5" / digest[:2] / digest[2:]


def test_a_sound_checkout_is_left_alone(checkout):
    before = {path: path.read_bytes() for path in checkout.root.rglob("*") if path.is_file()}
    assert examine(checkout) == []
    assert {path: path.read_bytes() for path in checkout.root.rglob("*") if path.is_file()} == before


def test_an_empty_checkout_needs_nothing(tmp_path):
    assert examine(Workspace(tmp_path)) == []


def test_a_lock_cut_anywhere_comes_back_from_its_copy(checkout):
    lock = checkout.root / "dvc.lock"
    whole = lock.read_text()
    for length in range(0, len(whole) - 1, 3):  # without the last newline it says the same
        lock.write_text(whole[:length])
        (said,) = examine(checkout)
        assert said.startswith("Restored") and ".cache" in said
        assert lock.read_text() == whole


def test_without_a_copy_a_cut_lock_comes_from_git_and_without_git_goes(checkout):
    lock, copy = checkout.root / "dvc.lock", checkout.cache / "dvc.lock"
    whole = lock.read_text()
    copy.unlink()
    lock.write_text(whole[:50])
    (said,) = examine(checkout)
    assert said.startswith("Removed") and not lock.exists()

    lock.write_text(whole)
    for words in (
        ["init", "-q"],
        ["add", "-f", "dvc.lock"],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "Lock"],
    ):
        subprocess.run(["git", *words], cwd=checkout.root, check=True)
    lock.write_text("")
    (said,) = examine(checkout)
    assert lock.read_text() == whole and "from git" in said


@pytest.mark.parametrize("content", ["", "{", "[]", '{"write": {"data/words": {"pid": 4194305, "cmd": "dvc repro"}}}'])
def test_an_unreadable_or_dead_rwlock_goes(checkout, content):
    rwlock = checkout.root / ".dvc/tmp/rwlock"
    rwlock.write_text(content)
    (said,) = examine(checkout)
    assert not rwlock.exists() and "was killed" in said


def test_the_rwlock_of_a_living_dvc_stays_but_not_of_a_stranger_with_its_number(checkout):
    rwlock = checkout.root / ".dvc/tmp/rwlock"
    mine = " ".join(sys.orig_argv[-2:])
    rwlock.write_text(json.dumps({"read": {"data/words": [{"pid": os.getpid(), "cmd": mine}]}}))
    assert examine(checkout) == []
    rwlock.write_text(json.dumps({"read": {"data/words": [{"pid": os.getpid(), "cmd": "/another/dvc repro"}]}}))
    assert len(examine(checkout)) == 1


def test_half_written_folders_and_files_are_swept(checkout):
    (checkout.data / ".corpus.partial").mkdir()
    (checkout.data / ".corpus.old").mkdir()
    (checkout.params / ".model.yaml.77.partial").write_text("half")
    assert len(examine(checkout)) == 3
    assert [path.name for path in checkout.data.iterdir()] == ["words"]
    assert list(checkout.params.iterdir()) == []


@pytest.mark.parametrize("damage", [b"", TEXT[:4], TEXT + b"more"])
def test_a_cached_object_of_another_size_goes_so_that_dvc_makes_it_again(checkout, damage):
    path = place(checkout, hashlib.md5(TEXT, usedforsecurity=False).hexdigest())
    path.write_bytes(damage)
    (said,) = examine(checkout)
    assert not path.exists() and "data/words" in said
    assert examine(checkout) == []


@pytest.mark.parametrize("damage", [b"", b"[", b"[]"])
def test_a_damaged_listing_goes(checkout, damage):
    (listing,) = (checkout.root / ".dvc/cache").rglob("*.dir")
    listing.write_bytes(damage)
    (said,) = examine(checkout)
    assert not listing.exists() and "data/words" in said


def test_the_command_says_what_it_did(checkout):
    (checkout.root / "dvc.yaml").write_text("stages: {}\n")
    (checkout.data / ".words.partial").mkdir()
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-m", "tasks.doctor"],
        cwd=checkout.root,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "Removed data/.words.partial, half-written when a run was killed.\n"
