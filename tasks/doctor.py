"""Repairs what a kill or a power cut left behind, before a run: `python -m tasks.doctor`, then `dvc repro`.

DVC writes its lock files in place and trusts its cache by name: a kill in the wrong microsecond leaves an empty rwlock, half
a dvc.lock or a truncated object, and every later command fails on it or believes it. Each repair is told in one line, and
takes away nothing that making again would not give back: at worst a stage runs once more.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tasks.errors import exit_code_of
from tasks.shards import md5_of, publish_text
from tasks.tracking import process
from tasks.workspace import Workspace, command, here, locked

MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")


def examine(workspace: Workspace) -> list[str]:
    """Repair what needs it; what was done, a sentence each. The caller holds the workspace lock."""
    (workspace.root / ".dvc/tmp/site/repo").mkdir(parents=True, exist_ok=True)  # DVC would make it writable by everyone
    said = [*_sweep(workspace), *_drop_dead_rwlock(workspace.root / ".dvc/tmp/rwlock")]
    said += [*_drop_bad_objects(workspace), *_mend_lock(workspace)]
    remember(workspace)
    return said


def remember(workspace: Workspace) -> None:
    """Keep a copy of dvc.lock, which is known to be good, to restore it from."""
    lock, copy = _lock(workspace), _copy_of_lock(workspace)
    if lock.exists() and (not copy.exists() or copy.read_bytes() != lock.read_bytes()):
        publish_text(copy, lock.read_text(encoding="utf-8"))


def _sweep(workspace: Workspace) -> Iterator[str]:
    """Half-written files and folders of tasks/shards.py."""
    for folder in (workspace.root, workspace.params, workspace.data):
        for rest in sorted([*folder.glob(".*.partial"), *folder.glob(".*.old")]):
            shutil.rmtree(rest) if rest.is_dir() else rest.unlink()
            yield f"Removed {rest}, half-written when a run was killed."


def _drop_dead_rwlock(path: Path) -> Iterator[str]:
    """DVC's list of who reads and writes what: useless when unreadable, or when nobody in it lives."""
    if not path.exists():
        return
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        holders = [*entries.get("write", {}).values(), *(one for many in entries.get("read", {}).values() for one in many)]
        dead = bool(holders) and not any(_lives(holder["pid"], holder["cmd"]) for holder in holders)
    except (ValueError, KeyError, TypeError, AttributeError):
        dead = True
    if dead:
        path.unlink()
        yield f"Removed {path}: the DVC process that wrote it was killed."


def _lives(pid: int, words: str) -> bool:
    """Whether a process lives and is the one meant, not another that got its number after a restart."""
    shown = Path(f"/proc/{pid}/cmdline")
    if not process(pid) or not shown.exists():
        return bool(process(pid))
    return words in shown.read_bytes().replace(b"\0", b" ").decode(errors="replace")


def _drop_bad_objects(workspace: Workspace) -> Iterator[str]:
    """Objects of the cache that are not what their name says. Sizes are compared always, contents where a size differs."""
    for out in _outs(_lock(workspace)):
        objects = _objects(workspace, out)
        if _agree(out, objects):
            continue
        for path in sorted({path for path in objects if path.exists()}):
            if md5_of(path) != path.parent.name + path.name.removesuffix(".dir"):
                path.unlink()
                yield f"Removed {path}, a damaged part of {out['path']} in DVC's cache; the stage will run again."


def _mend_lock(workspace: Workspace) -> Iterator[str]:
    lock, copy = _lock(workspace), _copy_of_lock(workspace)
    if not lock.exists() or _is_whole(workspace, lock):
        return
    committed = subprocess.run(["git", "show", "HEAD:./dvc.lock"], cwd=workspace.root, capture_output=True, text=True)
    if copy.exists() and _is_whole(workspace, copy):
        publish_text(lock, copy.read_text(encoding="utf-8"))
        yield f"Restored {lock} from {copy}: it was cut short when DVC was killed."
    elif committed.returncode == 0:
        publish_text(lock, committed.stdout)
        yield f"Restored {lock} from git: it was cut short when DVC was killed."
    else:
        lock.unlink()
        yield f"Removed {lock}, cut short when DVC was killed; finished stages come back from DVC's run cache."


def _is_whole(workspace: Workspace, lock: Path) -> bool:
    """Whether a dvc.lock parses, each stage in it has outputs with full hashes, and the cache contradicts no size."""
    outs = _outs(lock)
    return bool(outs) and all(
        _agree(out, objects) or not all(path.exists() for path in objects)
        for out, objects in ((out, _objects(workspace, out)) for out in outs)
    )


def _outs(lock: Path) -> list[dict[str, Any]]:
    """The outputs in a dvc.lock; [] where it is missing or damaged."""
    try:
        stages = YAML(typ="safe").load(lock.read_text(encoding="utf-8"))["stages"]
        outs = [out for stage in stages.values() for out in stage["outs"]]
        sound = all(MD5.fullmatch(out["md5"]) and out["path"] and int(out["size"]) >= 0 for out in outs)
    except (OSError, YAMLError, KeyError, TypeError, AttributeError, ValueError):
        return []
    return outs if sound else []


def _objects(workspace: Workspace, out: dict[str, Any]) -> list[Path]:
    """Where the cache has an output: a file's object, or a folder's listing and what it lists."""
    cache = workspace.root / ".dvc/cache/files/md5"
    first = cache / out["md5"][:2] / out["md5"][2:]
    if first.suffix != ".dir":
        return [first]
    return [first, *(cache / digest[:2] / digest[2:] for digest in _listed(first))]


def _agree(out: dict[str, Any], objects: list[Path]) -> bool:
    """Whether all objects are there, with the total size and number that dvc.lock has."""
    is_folder = out["md5"].endswith(".dir")
    files = objects[1:] if is_folder else objects
    if not all(path.exists() for path in objects) or (is_folder and len(files) != out.get("nfiles")):
        return False
    return bool(sum(path.stat().st_size for path in files) == out["size"])


def _listed(listing: Path) -> list[str]:
    """Digests in a folder's listing; [] where the listing is missing or damaged."""
    try:
        return [entry["md5"] for entry in json.loads(listing.read_bytes())]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _lock(workspace: Workspace) -> Path:
    return workspace.root / "dvc.lock"


def _copy_of_lock(workspace: Workspace) -> Path:
    return workspace.cache / "dvc.lock"


def visit() -> None:
    """Examine the current checkout, for those who run `dvc repro` by hand."""
    workspace = here()
    with locked(workspace, command()):
        sys.stdout.writelines(f"{line}\n" for line in examine(workspace))


if __name__ == "__main__":
    sys.exit(exit_code_of("doctor", visit))
