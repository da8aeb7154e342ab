"""What people get wrong: each ends in one paragraph with the thing and the remedy, and nothing is left half-written."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tasks.shards import read_manifest
from tests.mounts import mounted

pytestmark = [pytest.mark.whole, pytest.mark.timeout(300)]


def put(road, file: str, before: str, after: str) -> None:
    """Replace a piece of a file, or the whole of it where `before` is empty."""
    path = road.root / file
    path.parent.mkdir(exist_ok=True)
    text = path.read_text(encoding="utf-8") if before else ""
    assert before in text
    path.write_text(text.replace(before, after) if before else after, encoding="utf-8")


MISTAKES = [
    # what is changed: file, piece, by what; the stage that meets it; its exit code; what it must say
    ("params/corpus.yaml", "shortest:", "shortst:", "corpus", 2, ".shortest'?"),
    ("params/corpus.yaml", "shortest: 40", "shortest: forty", "corpus", 2, "shortest = 'forty'"),
    ("params/model.yaml", "rank: 2", "rank: 0", "model", 2, "rank = 0"),
    ("params/model.yaml", "steps: 4", "# steps", "model", 2, "'steps' is missing"),
    ("params/model.yaml", "method: lora", "method: qlora", "model", 2, "'lora' or 'full'"),
    ("params/scores.yaml", "", "a: [1", "scores", 2, "not valid YAML"),
    ("params/scores.yaml", "", "a: !!python/name:os.system\n", "scores", 2, "not valid YAML"),
    ("params/archive.yaml", "name: notes", "name: python_docs", "archive", 2, "give each a name of its own"),
    ("params/archive.yaml", "kind: local_files", "kind: local_file", "archive", 2, "local_files"),
    ("params/archive.yaml", "path: notes", "path: nodes", "archive", 3, "nodes"),
    ("params/archive.yaml", "- json", "- jsno", "archive", 3, "did you mean 'json'"),
    ("params/foundation.yaml", "path:tiny", "path:elsewhere", "foundation", 3, "elsewhere"),
    ("params/foundation.yaml", "path:tiny", "package:no-such-model-gguf", "foundation", 3, "pip install"),
    ("params/foundation.yaml", "path:tiny", "scratch", "foundation", 2, "scratch"),
    ("params/foundation.yaml", "path:tiny", "hub:google/gemma@main", "foundation", 2, "revision"),
    ("params/foundation.yaml", "sha256: ", f"sha256: '{'0' * 64}' # ", "foundation", 6, "sha256"),
    ("tiny/pytorch_model.bin", "", "a pickle", "foundation", 3, "pytorch_model.bin"),
    ("tiny/config.json", "{", '{"auto_map": {"AutoModel": "here.Model"},', "foundation", 3, "auto_map"),
    ("notes/ferry.md", "storms", "snow", "archive", 6, "tasks.archive.refresh"),
    ("params/templates/upper.yaml", "when:", "whne:", "instructions", 2, "did you mean 'when'"),
    ("params/templates/upper.yaml", "kinds: [prose, code]", "kinds: [prose, cod]", "instructions", 2, "kinds"),
]


@pytest.mark.parametrize(("file", "before", "after", "stage", "code", "says"), MISTAKES)
def test_a_mistake_is_named_with_its_remedy(walked_road, tmp_path, file, before, after, stage, code, says):
    road = walked_road.copy(tmp_path / "road")
    before_run = road.data()
    put(road, file, before, after)
    done = road.run(sys.executable, "-m", f"tasks.{stage}")
    told = [line for line in done.stderr.splitlines() if line.startswith(f"{stage}: ")]
    assert (done.returncode, len(told)) == (code, 1), done.stderr
    assert says in told[0]
    assert "Traceback" not in done.stderr
    assert road.data() == before_run


def test_a_stage_before_its_time_says_what_to_make_first(small_road):
    done = small_road.run(sys.executable, "-m", "tasks.corpus")
    assert done.returncode == 3
    assert "dvc repro archive" in done.stderr


def test_a_damaged_folder_is_not_built_upon(walked_road, tmp_path):
    road = walked_road.copy(tmp_path / "road")
    shard = next((road.root / "data/corpus/documents").iterdir())
    shard.chmod(0o644)
    shard.write_bytes(shard.read_bytes()[:100])
    done = road.run(sys.executable, "-m", "tasks.instructions")
    assert done.returncode == 6
    assert str(shard.name) in done.stderr


def test_outside_a_checkout_a_stage_says_where_to_go(walked_road, tmp_path):
    environment = walked_road.environment | {"PYTHONPATH": str(walked_road.root)}
    done = subprocess.run(
        [sys.executable, "-m", "tasks.corpus"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 4
    assert "no dvc.yaml" in done.stderr


BAD_NOTES = {
    "broken.jsonl": b'{"text": "a good line, long enough to be one"}\n{"text": \n{"text": "another good line of text"}\n',
    "nul.txt": b"a text with \0 in it",
    "two_encodings.txt": "Übergang über die Brücke".encode() + "Übergang über die Brücke".encode("latin-1"),
    "empty.md": b"  \n",
    "long.txt": b"x" * 200_000,
    "picture.png": b"\x89PNG",
    "twice.jsonl": b'{"text": "one and the same line of text"}\n' * 2,
}


def test_bad_files_are_set_aside_with_a_reason_and_the_rest_goes_on(small_road):
    for name, data in BAD_NOTES.items():
        (small_road.root / "notes" / name).write_bytes(data)
    assert small_road.run(sys.executable, "-m", "tasks.archive.refresh").returncode == 0
    done = small_road.run(sys.executable, "-m", "tasks.archive")
    assert done.returncode == 0, done.stderr
    books = read_manifest(small_road.root / "data/archive")["books"]
    quarantined = books["quarantined"]
    assert {"broken_json", "nul", "not_text", "empty", "too_long", "unknown_format", "duplicate_row"} <= set(quarantined)
    assert books["in"] == books["out"] + sum(quarantined.values())


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """A folder that takes no file; root, who may write anywhere, gets one that is mounted so."""
    if os.geteuid() == 0:
        with mounted(folder, "ro"):
            yield
        return
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)


def test_a_full_disk_leaves_nothing_half_written_and_goes_on_with_space(small_road):
    data = small_road.root / "data"
    data.mkdir()
    with mounted(data, "size=64k"):
        done = small_road.run(sys.executable, "-m", "tasks.foundation")
        assert done.returncode == 4, done.stderr
        assert "No space left" in done.stderr
        assert list(data.iterdir()) == []
    assert small_road.run(sys.executable, "-m", "tasks.foundation").returncode == 0


def test_a_read_only_folder_is_named(small_road):
    data = small_road.root / "data"
    data.mkdir()
    with read_only(data):
        done = small_road.run(sys.executable, "-m", "tasks.foundation")
        assert list(data.iterdir()) == []
    assert done.returncode == 4, done.stderr
    assert str(data.name) in done.stderr and ("Read-only" in done.stderr or "Permission denied" in done.stderr)
