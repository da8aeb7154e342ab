"""Which weights a version means, and whether it beats the champion.

dvc_digest(Path("data/model"))                                    # → "0cc175b9c0f1b6a831c399e269772661.dir"
becomes_champion("a1b2", 0.74, {"rows": "a1b2", "metric/exact": "0.71"})   # → True
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from tasks.shards import md5_of


def dvc_digest(folder: Path) -> str:
    """The md5 under which DVC keeps a folder: of the sorted list of its files with their md5.

    Computed here, not read from dvc.lock, which speaks of the last `dvc repro` and not of what lies in the folder.
    """
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    listing = [{"md5": md5_of(files[name]), "relpath": name} for name in sorted(files)]
    return hashlib.md5(json.dumps(listing, sort_keys=True).encode(), usedforsecurity=False).hexdigest() + ".dir"


def becomes_champion(rows: str, exact: float, champion: Mapping[str, str] | None) -> bool:
    """Whether a model that passed the gate takes the alias from the champion (its tags in the registry, or None).

    Scores on the same rows are compared by exact match; a tie goes to the newcomer. Scores on other rows cannot be
    compared: the newcomer, which passed the gate on today's rows, then takes the alias.
    """
    return champion is None or champion.get("rows") != rows or exact >= float(champion["metric/exact"])
