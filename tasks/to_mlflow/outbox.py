"""Read outboxes (.cache/tracking/<run>.jsonl) and remember how far each was sent (.cache/tracking/sent.db).

for line, end in Outbox(file).lines(0):     # {"kind": "metric", "name": "loss", …}, 127
    notes.note(key, run, end)
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.tracking import outboxes, process
from tasks.workspace import Workspace

Line = dict[str, Any]
LONGEST_END = 200
PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Outbox:
    """One run's file: lines in the order they were written, the first of kind `run`."""

    file: Path

    @property
    def key(self) -> str:
        """The run's own key."""
        return self.file.stem

    @property
    def size(self) -> int:
        """Bytes up to now."""
        return self.file.stat().st_size

    def head(self) -> Line:
        """The line that opened the run; {} where there is none."""
        return next((line for line, _ in self.lines(0)), {}) if self.file.exists() else {}

    def lines(self, start: int) -> Iterator[tuple[Line, int]]:
        """Whole lines from byte `start` on, each with the byte after it. What a crash cut short has kind `cut`."""
        with self.file.open("rb") as stream:
            stream.seek(start)
            for raw in stream:
                if not raw.endswith(b"\n"):
                    return
                start += len(raw)
                whole = raw[max(raw.rfind(b'{"kind": '), 0) :]  # a cut line has no newline of its own before the next
                try:
                    yield json.loads(whole), start
                except ValueError:
                    yield {"kind": "cut"}, start

    def close_if_dead(self) -> None:
        """Write the `end` that a killed process could not, where it had begun. Of several ends the last counts."""
        with self.file.open("rb") as stream:
            stream.seek(max(self.size - LONGEST_END, 0))
            tail = stream.read()
        head = self.head()
        writer = str(head.get("process", ""))
        if not head or b'{"kind": "end"' in tail or (writer and process(int(writer.split()[0])) == writer):
            return
        end = {"kind": "end", "ms": int(self.file.stat().st_mtime * 1000), "status": "KILLED"}
        with self.file.open("ab") as stream:
            stream.write((b"" if tail.endswith(b"\n") else b"\n") + json.dumps(end).encode() + b"\n")


@dataclass(frozen=True, slots=True)
class Notes:
    """How far each outbox was sent to one address, and as which MLflow run. A note is on disk when `note` returns."""

    base: sqlite3.Connection
    where: str

    @classmethod
    def open(cls, workspace: Workspace, where: str) -> "Notes":
        """The notes of a checkout for one tracking address."""
        outboxes(workspace).mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(outboxes(workspace) / "sent.db", isolation_level=None, timeout=PATIENCE)
        base.execute("create table if not exists sent (place, key, run, bytes int, primary key (place, key))")
        return cls(base, where)

    def position(self, key: str) -> int:
        """Bytes of an outbox that MLflow has."""
        return self._row(key)[1]

    def run(self, key: str) -> str:
        """MLflow's id of a run, or ""."""
        return self._row(key)[0]

    def note(self, key: str, run: str, position: int) -> None:
        """Remember both."""
        self.base.execute("insert or replace into sent values (?, ?, ?, ?)", (self.where, key, run, position))

    def forget(self) -> None:
        """MLflow no longer has what was sent there: begin again."""
        self.base.execute("delete from sent where place = ?", (self.where,))

    def close(self) -> None:
        """Let go of the file."""
        self.base.close()

    def _row(self, key: str) -> tuple[str, int]:
        row = self.base.execute("select run, bytes from sent where place = ? and key = ?", (self.where, key)).fetchone()
        return (str(row[0]), int(row[1])) if row else ("", 0)
