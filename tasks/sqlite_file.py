"""A SQLite file that threads and processes share: a write-ahead log, flushed at each commit, tables made where missing.

with opened(Path(".cache/completions.sqlite"), ["CREATE TABLE IF NOT EXISTS …"]) as database, database: …
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SECONDS = 60.0
"""How long a writer waits for the others."""


@contextmanager
def opened(file: Path, tables: Sequence[str]) -> Iterator[sqlite3.Connection]:
    """A connection for one piece of work. Raises sqlite3.DatabaseError and OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(file, timeout=SECONDS)
    try:
        _write_ahead(database)
        database.execute("PRAGMA synchronous=FULL")
        for table in tables:
            database.execute(table)
        yield database
    finally:
        database.close()


def _write_ahead(database: sqlite3.Connection) -> None:
    """Switch to the write-ahead log. While another does that to a new file SQLite fails at once, whatever its timeout."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            database.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
