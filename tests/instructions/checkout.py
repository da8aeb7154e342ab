"""A checkout in a folder of the test, and its instructions stage as a process of its own.

checkout(folder, documents, makers={"ask": {"rows": 5}}, teacher={"backend": {...}})
done = start(folder); done.communicate()
published(folder)   → {"data/instructions/manifest.json": b"…", …}
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tasks.params import read, write
from tasks.records import Document, Pair
from tasks.shards import new_folder

ROOT = Path(__file__).parents[2]


def checkout(folder: Path, documents: Sequence[Document], **changes: Mapping[str, Any]) -> Path:
    """The real params with changes to params/instructions.yaml, key by key, a corpus and an empty archive."""
    shutil.copytree(ROOT / "params", folder / "params")
    shutil.copy(ROOT / "dvc.yaml", folder)
    params = read(folder / "params/instructions.yaml") | {"train_rows_per_family": 4, "test_rows_per_family": 2}
    for name, changed in changes.items():
        params[name] = {key: _over(value, changed.get(key)) for key, value in params[name].items()}
    write(folder / "params/instructions.yaml", params)
    corpus(folder, documents)
    with new_folder(folder / "data/archive") as out:
        out.rows("pairs", [], Pair)
    return folder


def _over(old: Any, new: Any) -> Any:
    """A maker keeps what is not named; anything else is replaced."""
    return old if new is None else old | new if isinstance(old, dict) and set(new) <= set(old) else new


def corpus(folder: Path, documents: Sequence[Document]) -> None:
    """Publish data/corpus, over the one that is there."""
    with new_folder(folder / "data/corpus") as out:
        out.rows("documents", documents, Document)


def start(folder: Path, *options: str, **environment: str) -> subprocess.Popen[str]:
    """`python [options] -m tasks.instructions` there, in a group of its own."""
    return subprocess.Popen(
        [sys.executable, *options, "-m", "tasks.instructions"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def published(folder: Path) -> dict[str, bytes]:
    """All files of data/instructions."""
    files = sorted(path for path in (folder / "data/instructions").rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
