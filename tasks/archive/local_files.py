"""Files of this machine → Documents: what cannot be read goes to quarantine, and the rest goes on.

notes/a.txt             one Document                source notes:a.txt
notes/b.jsonl           one Document a line         source notes:b.jsonl#<id>, or #<hash of the text> without an id column
notes/b.jsonl, group    one Document a line         source notes:<group>, so that a page and its translations, in
                                                    whichever file, lie on one side of the split
"""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from io import BufferedIOBase
from pathlib import Path

from tasks.archive.found import Found, Label, Refused
from tasks.archive.lines import decoded, whole
from tasks.archive.rows import Row, Rows, csv_rows, json_rows, jsonl_rows, parquet_rows
from tasks.archive.settings import Columns, LocalFiles
from tasks.archive.web_page import text_of
from tasks.errors import InputError
from tasks.records import Document, content_id
from tasks.shards import sha256_of

TABLES: dict[str, Callable[[BufferedIOBase, int], Rows]] = {".csv": csv_rows, ".json": json_rows, ".jsonl": jsonl_rows}
PAGES = (".htm", ".html")
TEXTS = (".md", ".txt")


def documents(source: LocalFiles, root: Path) -> Iterator[Found]:
    """Documents of every file, in the order of their names. Raises InputError where the path leads to no file."""
    label = Label(source.name, source.license, source.document_kind)
    base, files = _files(source, root)
    for file in files:
        locator = _locator(file, base)
        try:
            _check_file(file, base)
            yield from _of_file(file, locator, source, label)
        except Refused as refused:
            yield label.unreadable(locator, refused)
        except (OSError, EOFError, zlib.error) as error:
            yield label.unreadable(locator, Refused("unreadable", f"{type(error).__name__}: {error}"))


def pin(source: LocalFiles, root: Path) -> dict[str, str | int]:
    """Digest of the names and contents of all files."""
    base, files = _files(source, root)
    digest = hashlib.sha256()
    for file in files:
        try:
            _check_file(file, base)
            held = sha256_of(file)
        except Refused as refused:
            held = refused.rule
        except OSError:
            held = "unreadable"
        digest.update(f"{_locator(file, base)}\n{held}\n".encode())
    return {"files": len(files), "sha256": digest.hexdigest()}


def documents_of(rows: Iterable[tuple[str, Row | Refused]], label: Label, columns: Columns, locator: str) -> Iterator[Found]:
    """Documents of the rows of one table; a row with an id seen before in it is refused."""
    seen: set[str] = set()
    for place, row in rows:
        try:
            yield _of_row(row, label, columns, locator, seen)
        except Refused as refused:
            yield label.unreadable(f"{locator}, {place}", refused)


def _files(source: LocalFiles, root: Path) -> tuple[Path, list[Path]]:
    """The folder to stay in, and the files in it that are asked for; names that begin with a dot are left alone."""
    path = root / source.path
    if path.is_file():
        return path.parent, [path]
    base, pattern = path, "**/*"
    if any(character in source.path for character in "*?["):
        fixed = [part for part in path.parts if not any(character in part for character in "*?[")]
        depth = next(index for index, part in enumerate(path.parts) if index >= len(fixed) or part != fixed[index])
        base, pattern = Path(*path.parts[:depth]), "/".join(path.parts[depth:])
    found = base.glob(pattern) if base.is_dir() else ()
    files = [file for file in found if not file.is_dir() and not _is_hidden(file, base)]
    if not files:
        raise InputError(
            f"Source {source.name}: {source.path} leads to no file. "
            "Expected a file, a folder with files, or a pattern; change `path` in params/archive.yaml."
        )
    return base, sorted(files, key=lambda file: _locator(file, base))


def _is_hidden(file: Path, base: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(base).parts)


def _locator(file: Path, base: Path) -> str:
    """Path from the base, with slashes; bytes of a name that are not UTF-8 are written as escapes."""
    return file.relative_to(base).as_posix().encode("utf-8", "backslashreplace").decode("utf-8")


def _check_file(file: Path, base: Path) -> None:
    if not file.resolve().is_relative_to(base.resolve()):
        raise Refused("outside", "is a link that leads out of the folder")
    if not file.is_file():
        raise Refused("unreadable", "is no plain file, or a link that leads nowhere")


def _of_file(file: Path, locator: str, source: LocalFiles, label: Label) -> Iterator[Found]:
    name = file.name.lower()
    suffix = Path(name.removesuffix(".gz")).suffix
    if name.endswith(".parquet"):
        yield from documents_of(parquet_rows(file, source.longest_record), label, source.columns, locator)
        return
    if suffix not in (*TABLES, *PAGES, *TEXTS):
        raise Refused("unknown_format", f"{suffix or 'no suffix'}; known: txt, md, html, json, jsonl, csv, parquet")
    with gzip.open(file) if name.endswith(".gz") else file.open("rb") as stream:
        if suffix in TABLES:
            yield from documents_of(TABLES[suffix](stream, source.longest_record), label, source.columns, locator)
        else:
            title, text = "", decoded(whole(stream, source.longest_record))
            if suffix in PAGES:
                title, text = text_of(text)
            yield label.document(locator, title or file.name.split(".")[0], text)


def _of_row(row: Row | Refused, label: Label, columns: Columns, locator: str, seen: set[str]) -> Document:
    if isinstance(row, Refused):
        raise row
    text = row.get(columns.text)
    if isinstance(text, list) and all(isinstance(turn, str) for turn in text):
        text = "\n".join(text)
    if not isinstance(text, str):
        found = f"is {type(text).__name__}" if columns.text in row else f"is missing; the row has {', '.join(map(str, row))}"
        raise Refused("no_text", f"column {columns.text!r} {found}", repr(row).encode("utf-8", "backslashreplace"))
    title, language, group, id = (_cell(row, name) for name in (columns.title, columns.language, columns.group, columns.id))
    if id in seen:
        raise Refused(
            "duplicate_id", f"{columns.id} {id!r} came before in this file", text.encode("utf-8", "backslashreplace")
        )
    if id:
        seen.add(id)
    return label.document(f"{locator}#{id or content_id(text)}", title, text, language=language, group=group)


def _cell(row: Row, column: str) -> str:
    """A cell as text; "" where there is no such column or nothing in it."""
    value = row.get(column) if column else None
    return "" if value is None else str(value)
