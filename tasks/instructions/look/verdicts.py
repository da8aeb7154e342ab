"""Verdicts of people, a line of JSON each, in feedback/verdicts.jsonl: appended whole, never rewritten.

    verdicts = Verdicts(Path("feedback/verdicts.jsonl"))
    verdicts.add(Verdict(id="4e80…", group="kept", by="evolve@1", verdict="fix", output="Better."))
    verdicts.latest[subject("kept", "4e80…", "evolve@1")].verdict     → "fix"; a later one replaces it, both stay in the file

The folder is no output of a stage, so that a rerun leaves it alone.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from pydantic import TypeAdapter, ValidationError

from tasks.errors import InputError

VERDICTS = ("keep", "drop", "fix")
GROUPS = ("kept", "dropped", "quarantined")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says of one row."""

    id: str
    group: str
    """kept, dropped or quarantined: what had become of the row."""
    by: str
    """Maker of a row that was kept, rule of any other."""
    verdict: str
    """keep, drop or fix."""
    output: str = ""
    """The answer as it should be, for a fix."""


class Verdicts:
    """All verdicts of a file; safe to share by threads, and the file by processes."""

    def __init__(self, file: Path) -> None:
        """Raises InputError for a line that is no verdict. What a kill left unfinished at the end was never a verdict."""
        self.file = file
        self.latest = {subject(verdict.group, verdict.id, verdict.by): verdict for verdict in _read(file)}
        self._one = Lock()

    def add(self, verdict: Verdict) -> None:
        """Append, and flush to the disk before it counts."""
        with self._one:
            _append(self.file, json.dumps(asdict(verdict), ensure_ascii=False, sort_keys=True).encode() + b"\n")
            self.latest[subject(verdict.group, verdict.id, verdict.by)] = verdict


def subject(group: str, id: str, by: str) -> tuple[str, str, str]:
    """What a verdict is about: a row that was kept, whoever made it; of any other what its rule did with it."""
    return group, id, "" if group == "kept" else by


def is_fix(group: str, before: str, after: str) -> bool:
    """Whether an answer mends a row: one that was kept, with an answer that says something else."""
    return group == "kept" and bool(after.strip()) and after != before


def _read(file: Path) -> Iterator[Verdict]:
    if not file.exists():
        return
    adapter = TypeAdapter(Verdict)
    *whole, _ = file.read_bytes().split(b"\n")
    for number, line in enumerate(whole, start=1):
        try:
            verdict = adapter.validate_json(line)
        except ValidationError as error:
            raise InputError(f"{file}:{number} is no verdict: {line[:80]!r}. Mend or remove the line.") from error
        if verdict.verdict not in VERDICTS or verdict.group not in GROUPS:
            raise InputError(
                f"{file}:{number}: {verdict.verdict!r} of {verdict.group!r} is none of {VERDICTS} of {GROUPS}. "
                "Mend or remove the line."
            )
        yield verdict


def _append(file: Path, line: bytes) -> None:
    """Under a lock, after the last whole line: half a line that a kill left behind goes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "r+b") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        end = opened.read().rfind(b"\n") + 1
        opened.truncate(end)
        opened.seek(end)
        opened.write(line)
        opened.flush()
        os.fsync(opened.fileno())
