"""The only writer of published files: a folder or a file is there whole, or not at all.

    with new_folder(Path("data/corpus")) as folder:
        folder.rows("documents", documents)
        folder.rows("dropped", dropped)
        folder.facts["books"] = books

builds data/.corpus.partial/ and, when the block ends without error, writes its manifest last, flushes every file and
renames it to data/corpus/. A kill at any moment leaves the old folder, or none, and a .partial that the next try sweeps.
Rows lie in `<name>/00000.parquet`, `<name>/00001.parquet`, …; manifest.json holds for each file its sha256, bytes and rows.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import EnvironmentFault, InputError, IntegrityError
from tasks.records import SCHEMAS, Record

SCHEMA_VERSION = 1
ROWS_PER_SHARD = 10_000
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)

R = TypeVar("R", bound=Record)


@dataclass
class Folder:
    """A folder in the making. `facts` go into the manifest beside the files."""

    path: Path
    facts: dict[str, Any] = field(default_factory=dict)
    _rows: dict[str, int] = field(default_factory=dict)

    def rows(self, name: str, rows: Iterable[Record], kind: type[Record], rows_per_shard: int = ROWS_PER_SHARD) -> int:
        """Write rows as `<name>/00000.parquet`, …, in the order given; at least one shard, even an empty one."""
        (self.path / name).mkdir(parents=True)
        total = 0
        for number, batch in enumerate(_batches(rows, rows_per_shard)):
            write_shard(self.path / name / f"{number:05}.parquet", batch, kind)
            self._rows[f"{name}/{number:05}.parquet"] = len(batch)
            total += len(batch)
        return total

    def table(self, name: str, table: pa.Table) -> None:
        """Write a table of any schema as one parquet file (zstd), for other tools."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, file, compression="zstd")
        self._rows[name] = table.num_rows

    def text(self, name: str, text: str) -> None:
        """Write a text file, UTF-8, newlines as given."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8"))

    def json(self, name: str, value: Any) -> None:
        """Write a value as sorted, indented JSON."""
        self.text(name, as_json(value))

    def manifest(self) -> dict[str, Any]:
        """What manifest.json will hold: schema version, facts, and sha256, bytes and rows of each file."""
        files = {}
        for file in sorted(file for file in self.path.rglob("*") if file.is_file()):
            name = file.relative_to(self.path).as_posix()
            rows = {"rows": self._rows[name]} if name in self._rows else {}
            files[name] = {"bytes": file.stat().st_size, "sha256": sha256_of(file), **rows}
        return {"schema_version": SCHEMA_VERSION, **self.facts, "files": files}


@contextmanager
def new_folder(final: Path) -> Iterator[Folder]:
    """A Folder that becomes `final`, replacing what is there, when the block ends without error.

    Raises EnvironmentFault where the disk is full, the folder cannot be written, or the block cannot read another file;
    `final` is then as it was.
    """
    partial, old = final.parent / f".{final.name}.partial", final.parent / f".{final.name}.old"
    try:
        for rest in (partial, old):
            if rest.exists():
                shutil.rmtree(rest)
        partial.mkdir(parents=True)
        folder = Folder(partial)
        yield folder
        folder.json("manifest.json", folder.manifest())
        for path in [*partial.rglob("*"), partial]:
            _flush(path)
        if final.exists():
            final.rename(old)
        partial.rename(final)
        _flush(final.parent)
        if old.exists():
            shutil.rmtree(old)
    except EnvironmentFault:
        raise
    except OSError as error:
        raise _fault(error, final, (partial, old)) from error
    finally:
        if partial.exists():
            shutil.rmtree(partial, ignore_errors=True)


def publish_text(path: Path, text: str) -> None:
    """Write one text file whole: aside, flushed, renamed, folder flushed."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(text.encode("utf-8"))
        _flush(partial)
        partial.replace(path)
        _flush(path.parent)
    except OSError as error:
        raise EnvironmentFault(
            f"Could not write {path}: {error.strerror or error}. Free space or permissions, then run again."
        ) from error
    finally:
        with suppress(OSError):  # a read-only folder refuses this, too
            partial.unlink()


def write_shard(path: Path, rows: Sequence[Record], kind: type[Record]) -> None:
    """One parquet file (zstd) of records of one kind. Equal rows give equal bytes."""
    schema = SCHEMAS[kind]
    columns = [pa.array([getattr(row, name) for row in rows], type=schema.field(name).type) for name in schema.names]
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), path, compression="zstd")


def read_rows(folder: Path, name: str, kind: type[R]) -> Iterator[R]:
    """Records of `<folder>/<name>/*.parquet`, in shard order. Raises InputError where they are missing or another kind."""
    shards = sorted((folder / name).glob("*.parquet"))
    if not (folder / "manifest.json").exists() or not shards:
        raise InputError(f"{folder / name} is missing or unfinished. Make it first: `dvc repro {folder.name}`.")
    for shard in shards:
        yield from read_shard(shard, kind)


def read_shard(path: Path, kind: type[R]) -> Iterator[R]:
    """Records of one parquet file, a batch in memory at a time."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise IntegrityError(
            f"{path} is not readable parquet ({error}). Delete {path.parent.parent} and make it again."
        ) from error
    if file.schema_arrow.names != SCHEMAS[kind].names:
        raise InputError(
            f"{path} holds {file.schema_arrow.names}, expected the columns of {kind.__name__}: {SCHEMAS[kind].names}."
        )
    for batch in file.iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            yield kind(**{name: _tupled(value) for name, value in row.items()})


def read_manifest(folder: Path) -> dict[str, Any]:
    """manifest.json of a published folder. Raises InputError where there is none, IntegrityError where it is damaged."""
    path = folder / "manifest.json"
    if not path.exists():
        raise InputError(f"{path} is missing: the folder was never finished. Make it first: `dvc repro {folder.name}`.")
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
        for facts in manifest["files"].values():
            facts["sha256"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntegrityError(f"{path} is damaged ({type(error).__name__}: {error}). {_again(folder)}") from error
    return manifest


def verify(folder: Path) -> None:
    """Re-hash every file a manifest names. Raises IntegrityError that names the first file that differs."""
    for name, facts in read_manifest(folder)["files"].items():
        file = folder / name
        if not file.is_file() or sha256_of(file) != facts["sha256"]:
            raise IntegrityError(f"{file} is not what {folder / 'manifest.json'} says (sha256). {_again(folder)}")


def sha256_of(file: Path) -> str:
    """SHA-256 of a file as 64 hex digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def md5_of(file: Path) -> str:
    """MD5 of a file as 32 hex digits: the name under which DVC keeps it, no protection against anybody."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def as_json(value: Any) -> str:
    """Sorted, indented JSON with a final newline; NaN is refused."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _again(folder: Path) -> str:
    """The way out of damage, to a stage's folder or to one in a cache."""
    if folder.parent.name == "data":
        return f"Delete {folder}, and .dvc/cache where it keeps the damage, then make it again: `dvc repro {folder.name}`."
    return f"Delete {folder} and run the same command again."


def _fault(error: OSError, final: Path, asides: Sequence[Path]) -> EnvironmentFault:
    """What to say of an error while `final` was made: of writing it, or of another file that could not be read for it."""
    place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    ours = place and any(place.is_relative_to(own) or own.is_relative_to(place) for own in (final, *asides))
    why = error.strerror or str(error)
    if ours or error.errno in NO_ROOM:  # of a copy that finds no room, `filename` is what it was copied from
        return EnvironmentFault(
            f"Could not write {final}: {why} ({place if ours else asides[0]}). "
            f"Nothing was published. Free space or permissions on {final.parent} and run the same command again."
        )
    return EnvironmentFault(
        f"Could not make {final}: {f'{place}: ' if place else ''}{why}. Nothing was published. "
        "Mend that and run the same command again."
    )


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tupled(value: Any) -> Any:
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value


def _batches(rows: Iterable[R], size: int) -> Iterator[list[R]]:
    """Lists of at most `size` rows; one empty list where there are no rows."""
    source = iter(rows)
    batch = list(islice(source, size))
    yield batch
    while len(batch) == size and (batch := list(islice(source, size))):
        yield batch
