"""The journal of answers: each request that was ever answered, by a hash of all that decides the answer.

    journal = Journal(workspace.cache / "completions.sqlite")
    journal.write({key: Reply(raw="HELLO\n\n", finish="stop", new_tokens=3)})
    journal.read([key])

SQLite in WAL mode, flushed at each commit (synchronous=FULL): what was written survives a kill and a power cut. The raw
reply is kept, so that a change of how it is cut or screened asks nobody again. Deleting the file costs time, never a result.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import EnvironmentFault
from tasks.records import content_hash
from tasks.sqlite_file import opened

TABLE = "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, raw TEXT, finish TEXT, new_tokens INTEGER) WITHOUT ROWID"
KEYS_AT_ONCE = 500
"""SQLite takes at most 999 values in a statement of its older builds."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote, uncut."""

    raw: str
    finish: str
    new_tokens: int


class Journal:
    """Answers on disk; each method opens the file for itself, so threads and processes may share it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self, keys: Sequence[str]) -> dict[str, Reply]:
        """The replies that are known, by key."""
        known = {}
        with self._opened() as database:
            for start in range(0, len(keys), KEYS_AT_ONCE):
                some = keys[start : start + KEYS_AT_ONCE]
                places = ",".join("?" * len(some))
                for key, *rest in database.execute(f"SELECT * FROM replies WHERE key IN ({places})", some):
                    known[key] = Reply(*rest)
        return known

    def write(self, replies: Mapping[str, Reply]) -> None:
        """Keep replies, all or none of them; on return they are on the disk. A key that is known keeps its first reply."""
        rows = [(key, reply.raw, reply.finish, reply.new_tokens) for key, reply in replies.items()]
        with self._opened() as database, database:
            database.executemany("INSERT OR IGNORE INTO replies VALUES (?, ?, ?, ?)", rows)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with opened(self.file, [TABLE]) as database:
                yield database
        except (sqlite3.DatabaseError, OSError) as error:
            raise EnvironmentFault(
                f"The journal of answers {self.file} cannot be used ({error}). Free space or permissions; if it is damaged, "
                "delete it: answers are then asked again. Nothing else was lost."
            ) from error


def key_of(prefix: str, prompt: str, *, identity: str, max_new_tokens: int, stop: Sequence[str]) -> str:
    """64 hex digits over all that decides an answer."""
    return content_hash(prefix, prompt, identity, str(max_new_tokens), *stop)
