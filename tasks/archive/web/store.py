"""What servers answered, kept: bodies by their hash, the last answer at each address, and looks by their hash.

    bodies    sha256 → bytes as sent, unpacked
    answers   address → hash of the last body there, its type, ETag and Last-Modified: to ask «has it changed?»
    looks     hash → every page that one look at a source found; params/sources.lock names a source's look by its hash

SQLite in WAL mode, flushed at each commit, like the journal of answers of models. The file may be deleted: pages are then
asked for again, and must be what the lock pins.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import EnvironmentFault
from tasks.sqlite_file import opened

TABLES = (
    "CREATE TABLE IF NOT EXISTS bodies (sha256 TEXT PRIMARY KEY, body BLOB)",
    "CREATE TABLE IF NOT EXISTS answers (address TEXT PRIMARY KEY, sha256 TEXT, type TEXT, etag TEXT, modified TEXT)",
    "CREATE TABLE IF NOT EXISTS looks (sha256 TEXT PRIMARY KEY, look TEXT)",
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The last good answer of a server at an address."""

    address: str
    sha256: str
    type: str
    """Content-Type as sent, with its charset."""
    etag: str
    modified: str


class Store:
    """The file .cache/web/store.sqlite; each method opens it for itself."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def answer(self, address: str, longest: int) -> Answer | None:
        """The last answer at an address, if its body is here, whole, and of at most `longest` bytes."""
        row = self._row("SELECT * FROM answers WHERE address = ?", address)
        body = self.body(row[1]) if row else None
        return Answer(*row) if row and body is not None and len(body) <= longest else None

    def body(self, sha256: str) -> bytes | None:
        """The body with this hash; None where it is missing or damaged."""
        row = self._row("SELECT body FROM bodies WHERE sha256 = ?", sha256)
        body: bytes | None = row[0] if row and hash_of(row[0]) == sha256 else None
        return body

    def look(self, sha256: str) -> str | None:
        """The look with this hash; None where it is missing or damaged."""
        row = self._row("SELECT look FROM looks WHERE sha256 = ?", sha256)
        look: str | None = row[0] if row and hash_of(row[0].encode()) == sha256 else None
        return look

    def keep(self, answer: Answer, body: bytes) -> None:
        """Keep an answer with its body; on return both are on the disk."""
        row = (answer.address, answer.sha256, answer.type, answer.etag, answer.modified)
        with self._opened() as database, database:
            database.execute("INSERT OR REPLACE INTO bodies VALUES (?, ?)", (answer.sha256, body))
            database.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", row)

    def keep_look(self, look: str) -> str:
        """Keep a look; its hash."""
        sha256 = hash_of(look.encode())
        with self._opened() as database, database:
            database.execute("INSERT OR REPLACE INTO looks VALUES (?, ?)", (sha256, look))
        return sha256

    def _row(self, query: str, key: str) -> tuple[Any, ...] | None:
        with self._opened() as database:
            row: tuple[Any, ...] | None = database.execute(query, (key,)).fetchone()
        return row

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with opened(self.file, TABLES) as database:
                yield database
        except (sqlite3.DatabaseError, OSError) as error:
            raise EnvironmentFault(
                f"The store of web pages {self.file} cannot be used ({error}). Free space or permissions; if it is damaged, "
                "delete it: pages are then asked for again."
            ) from error


def hash_of(body: bytes) -> str:
    """SHA-256 as 64 hex digits."""
    return hashlib.sha256(body).hexdigest()
