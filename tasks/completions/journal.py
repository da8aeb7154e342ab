"""The journal of answers: each request that was ever answered, by a hash of all that decides the answer.

    journal = Journal(workspace.cache / "completions.sqlite")
    journal.write({(key, 48): Reply(raw="HELLO\n\n", finish="stop", new_tokens=3)})
    journal.read([(key, 48), (key, 96), (key, 2)])   # → the first two: an answer that is whole is good for more room

SQLite in WAL mode, flushed at each commit (synchronous=FULL): what was written survives a kill and a power cut. The raw
reply is kept, so that a change of how it is cut or screened asks nobody again. Deleting the file costs time, never a result.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tasks.completions.exchange import Reply, ending
from tasks.errors import EnvironmentFault
from tasks.sqlite_file import opened

TABLE = """CREATE TABLE IF NOT EXISTS answers (key TEXT, max_new_tokens INTEGER, raw TEXT, finish TEXT, new_tokens INTEGER,
    prompt_tokens INTEGER, reasoning TEXT, PRIMARY KEY (key, max_new_tokens)) WITHOUT ROWID"""
KEYS_AT_ONCE = 500
"""SQLite takes at most 999 values in a statement of its older builds."""

Key = tuple[str, int]
"""Request.key, and the max_new_tokens it was asked with."""


class Journal:
    """Answers on disk; each method opens the file for itself, so threads and processes may share it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self, keys: Sequence[Key], stops: Mapping[str, Sequence[str]] | None = None) -> dict[Key, Reply]:
        """The replies that are known: asked with the same room, or whole within it.

        `stops` holds, by Request.key, the strings that make an answer whole where it holds one; a reply that ended by itself
        is whole without.
        """
        kept: dict[str, dict[int, Reply]] = defaultdict(dict)
        names = list(dict.fromkeys(name for name, _ in keys))
        with self._opened() as database:
            for start in range(0, len(names), KEYS_AT_ONCE):
                some = names[start : start + KEYS_AT_ONCE]
                places = ",".join("?" * len(some))
                for name, room, *rest in database.execute(f"SELECT * FROM answers WHERE key IN ({places})", some):
                    kept[name][room] = Reply(*rest)
        found = {
            (name, room): _good_for(room, kept[name], (stops or {}).get(name, ())) for name, room in keys if name in kept
        }
        return {key: reply for key, reply in found.items() if reply is not None}

    def write(self, replies: Mapping[Key, Reply]) -> None:
        """Keep replies, all or none of them; on return they are on the disk. A key that is known keeps its first reply."""
        rows = [
            (*key, reply.raw, reply.finish, reply.new_tokens, reply.prompt_tokens, reply.reasoning)
            for key, reply in replies.items()
        ]
        with self._opened() as database, database:
            database.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

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


def _good_for(room: int, kept: Mapping[int, Reply], stop: Sequence[str]) -> Reply | None:
    """What a request with that room would be answered, as far as it is known."""
    if room in kept:
        return kept[room]
    whole = (reply for _, reply in sorted(kept.items()) if reply.new_tokens <= room and ending(reply, stop) == "stop")
    return next(whole, None)
