"""Which weights a version means: DVC's md5 of a folder, and the folder with an md5.

dvc_digest(Path("data/model"))                                    # → "0cc175b9c0f1b6a831c399e269772661.dir"
laid_out(workspace, "0cc175b9c0f1b6a831c399e269772661.dir")       # → Path("data/model"), or a copy below .cache/champion
"""

import hashlib
import json
import shutil
from pathlib import Path

from tasks.shards import md5_of
from tasks.workspace import Workspace


def dvc_digest(folder: Path) -> str:
    """The md5 under which DVC keeps a folder: of the sorted list of its files with their md5.

    Computed here, not read from dvc.lock, which speaks of the last `dvc repro` and not of what lies in the folder.
    """
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    listing = [{"md5": md5_of(files[name]), "relpath": name} for name in sorted(files)]
    return hashlib.md5(json.dumps(listing, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"


def laid_out(workspace: Workspace, digest: str) -> Path | None:
    """A folder with this md5: data/model, or one copied from DVC's cache and hashed; None where the cache lacks it."""
    copy = workspace.cache / "champion" / digest
    for folder in (workspace.data / "model", copy):
        if folder.is_dir() and dvc_digest(folder) == digest:
            return folder
    listing = _object(workspace, digest)
    if not listing.is_file() or md5_of(listing) != digest.removesuffix(".dir"):
        return None
    shutil.rmtree(copy.parent, ignore_errors=True)  # an earlier champion, or half a copy
    for entry in json.loads(listing.read_bytes()):
        file = _object(workspace, entry["md5"])
        if not file.is_file():
            return None
        (copy / entry["relpath"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy / entry["relpath"])
    return copy if dvc_digest(copy) == digest else None


def _object(workspace: Workspace, digest: str) -> Path:
    return workspace.root / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
