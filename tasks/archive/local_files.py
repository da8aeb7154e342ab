"""Files of this machine → Documents: what cannot be read goes to quarantine, and the rest goes on.

notes/a.txt             one Document                source notes:a.txt
notes/b.jsonl           one Document a line         source notes:b.jsonl#<id>, or #<hash of the text> without an id column
notes/b.jsonl, group    one Document a line         source notes:<group>, so that a page and its translations, in
                                                    whichever file, lie on one side of the split

Of a source of instruction_files each row gives Pairs (pairs.py), and files without rows are refused.
"""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from itertools import takewhile
from os.path import realpath
from pathlib import Path

from tasks.archive.columns import documents_of
from tasks.archive.found import Found, Label, Refused
from tasks.archive.lines import decoded, whole
from tasks.archive.pairs import pairs_of
from tasks.archive.rows import Rows, csv_rows, json_rows, jsonl_rows, parquet_rows
from tasks.archive.settings import InstructionFiles, LocalFiles
from tasks.archive.web_page import text_of
from tasks.errors import InputError
from tasks.shards import sha256_of

TABLES: dict[str, Callable[[BufferedIOBase, int], Rows]] = {
    ".csv": csv_rows,
    ".json": json_rows,
    ".jsonl": jsonl_rows,
    ".parquet": parquet_rows,
}
PAGES = (".htm", ".html")
TEXTS = (".md", ".txt")


def documents(source: LocalFiles | InstructionFiles, root: Path) -> Iterator[Found]:
    """Documents or Pairs of every file, in the order of their names. Raises InputError where the path leads to no file."""
    label = Label(source.name, source.license, source.document_kind if isinstance(source, LocalFiles) else "dialogue")
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


def pin(source: LocalFiles | InstructionFiles, root: Path) -> dict[str, str | int]:
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


def _files(source: LocalFiles | InstructionFiles, root: Path) -> tuple[Path, list[Path]]:
    """The folder to stay in, and the files in it that are asked for; names that begin with a dot are left alone."""
    parts = Path(source.path).parts
    fixed = list(takewhile(lambda part: not set(part) & set("*?["), parts))
    base, pattern = root.joinpath(*fixed), "/".join(parts[len(fixed) :]) or "**/*"
    if base.is_file():
        return base.parent, [base]
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
    if not Path(realpath(file)).is_relative_to(realpath(base)):  # Path.resolve would stop at a link to itself
        raise Refused("outside", "is a link that leads out of the folder")
    if not file.is_file():
        raise Refused("unreadable", "is no plain file, or a link that leads nowhere")


def _of_file(file: Path, locator: str, source: LocalFiles | InstructionFiles, label: Label) -> Iterator[Found]:
    name = file.name.lower()
    suffix = Path(name.removesuffix(".gz")).suffix
    if suffix not in (*TABLES, *PAGES, *TEXTS):
        raise Refused("unknown_format", f"{suffix or 'no suffix'}; known: txt, md, html, json, jsonl, csv, parquet")
    with gzip.open(file) if name.endswith(".gz") else file.open("rb") as stream:
        if suffix in TABLES:
            yield from _of_rows(TABLES[suffix](stream, source.longest_record), source, label, locator)
        elif isinstance(source, InstructionFiles):
            raise Refused("unknown_format", f"{suffix} has no rows; instruction data is read from json, jsonl, csv, parquet")
        else:
            title, text = "", decoded(whole(stream, source.longest_record))
            if suffix in PAGES:
                title, text = text_of(text)
            yield label.document(locator, title or file.name.split(".")[0], text)


def _of_rows(rows: Rows, source: LocalFiles | InstructionFiles, label: Label, locator: str) -> Iterator[Found]:
    if isinstance(source, InstructionFiles):
        return pairs_of(rows, label, source.rows, locator)
    return documents_of(rows, label, source.columns, locator)
