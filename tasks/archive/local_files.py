"""Files of this machine → Documents: what cannot be read goes to quarantine, and the rest goes on.

notes/a.txt             one Document                source notes:a.txt
notes/b.jsonl           one Document a line         source notes:b.jsonl#<id>, or #<hash of the text> without an id column
notes/c.tar.gz          one Document a file in it   source notes:c.tar.gz!inner/d.txt, in the order in which they lie there
notes/b.jsonl, group    one Document a line         source notes:<group>, so that a page and its translations, in
                                                    whichever file, lie on one side of the split

Of a source of instruction_files each row gives Pairs (pairs.py), and files without rows are refused.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BufferedIOBase, BytesIO
from itertools import takewhile
from os.path import isdir, isfile, islink
from pathlib import Path, PurePath, PurePosixPath

from tasks.archive import titles
from tasks.archive.child import SECONDS_TO_READ, Child
from tasks.archive.columns import documents_of
from tasks.archive.containers.names import LONGEST_NAME, Member
from tasks.archive.containers.tarred import tar_members
from tasks.archive.containers.zipped import zip_members
from tasks.archive.encoding import decoded
from tasks.archive.found import Found, Label
from tasks.archive.lines import KEPT_OF_LONG, whole
from tasks.archive.opening import opened
from tasks.archive.packed import PACKINGS, Budget, unpacked
from tasks.archive.pairs import pairs_of
from tasks.archive.refused import Refused
from tasks.archive.rows import Rows, csv_rows, json_rows, jsonl_rows, parquet_rows, tsv_rows
from tasks.archive.settings import InstructionFiles, LocalFiles
from tasks.errors import InputError
from tasks.ledger import LONGEST_RAW

TABLES: dict[str, Callable[[BufferedIOBase, int], Rows]] = {
    ".csv": csv_rows,
    ".json": json_rows,
    ".jsonl": jsonl_rows,
    ".ndjson": jsonl_rows,
    ".parquet": parquet_rows,
    ".tsv": tsv_rows,
}
DOCUMENTS = {".docx": "docx", ".epub": "epub", ".htm": "html", ".html": "html", ".pdf": "pdf", ".xhtml": "xhtml"}
"""Formats that a child reads, and what it calls the work (child.py)."""
TEXTS: dict[str, Callable[[str], str]] = {".md": titles.of_markdown, ".rst": titles.of_rst, ".txt": lambda text: ""}
"""Texts that are kept as they stand, and how they tell their title."""
CONTAINERS: dict[str, Callable[[BufferedIOBase, Budget], Iterator[Member]]] = {
    ".tar": lambda stream, budget: tar_members(stream),  # what it is packed in spends the budget
    ".zip": zip_members,
}
SHORT = {".tbz2": (".tar", ".bz2"), ".tgz": (".tar", ".gz"), ".txz": (".tar", ".xz"), ".tzst": (".tar", ".zst")}
LONGEST_PARQUET = 2**26
"""Bytes of a parquet file that is packed, and so held in memory to be sought in; an unpacked one may have any length."""


def documents(source: LocalFiles | InstructionFiles, root: Path) -> Iterator[Found]:
    """Documents or Pairs of every file, in the order of their names. Raises InputError where the path leads to no file."""
    label = Label(source.name, source.license, source.document_kind if isinstance(source, LocalFiles) else "dialogue")
    base, files = _files(source, root)
    with Child(SECONDS_TO_READ, source.longest_record) as child:
        reader = _Reader(source, label, child)
        for file in files:
            locator = _locator(file, base)
            try:
                with opened(file, base) as stream:
                    yield from reader.stream(stream, locator, Budget(os.fstat(stream.fileno()).st_size))
            except Refused as refused:
                yield label.unreadable(locator, refused)
            except OSError as error:
                yield label.unreadable(locator, Refused("unreadable", f"{type(error).__name__}: {error.strerror or error}"))


def pin(source: LocalFiles | InstructionFiles, root: Path) -> dict[str, str | int]:
    """Digest of the names and contents of all files."""
    base, files = _files(source, root)
    digest = hashlib.sha256()
    for file in files:
        try:
            with opened(file, base) as stream:
                held = hashlib.file_digest(stream, "sha256").hexdigest()
        except Refused as refused:
            held = refused.rule
        except OSError:
            held = "unreadable"
        digest.update(f"{_locator(file, base)}\n{held}\n".encode())
    return {"files": len(files), "sha256": digest.hexdigest()}


def _files(source: LocalFiles | InstructionFiles, root: Path) -> tuple[Path, list[Path]]:
    """The folder to stay in, and the files in it that are asked for; names that begin with a dot are left alone."""
    where = f"Source {source.name}: {source.path}"
    parts = Path(source.path).parts
    fixed = list(takewhile(lambda part: not set(part) & set("*?["), parts))
    base, pattern = root.joinpath(*fixed), "/".join(parts[len(fixed) :]) or "**/*"
    if ".." in parts:
        raise InputError(f"{where} goes up by `..`; name the folder itself as `path` in params/archive.yaml.")
    if isfile(base):
        return base.parent, [base]
    try:
        files = [file for file in base.glob(pattern) if not _is_open_folder(file) and not _is_hidden(file.relative_to(base))]
    except OSError as error:
        raise InputError(
            f"{where} changed while it was looked through ({error.strerror}). Run the same command again."
        ) from error
    if not files:
        raise InputError(
            f"{where} leads to no file. "
            "Expected a file, a folder with files, or a pattern; change `path` in params/archive.yaml."
        )
    return base, sorted(files, key=lambda file: _locator(file, base))


def _is_open_folder(path: Path) -> bool:
    """A folder that is not looked into, a link or a locked one, is no such: it is told of as a file that cannot be read."""
    return isdir(path) and not islink(path) and os.access(path, os.R_OK | os.X_OK, effective_ids=True)


def _is_hidden(path: PurePath) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _locator(file: Path, base: Path) -> str:
    """Path from the base, with slashes."""
    return _as_text(file.relative_to(base).as_posix())


def _as_text(name: str) -> str:
    """A name; NUL, and bytes that are not UTF-8, as escapes."""
    return name.replace("\0", "\\x00").encode("utf-8", "backslashreplace").decode("utf-8")


def _suffixes(name: str) -> tuple[str, str]:
    """c.tar.gz → (".tar", ".gz"), a.txt → (".txt", "")."""
    path = PurePosixPath(name.lower())
    if path.suffix in PACKINGS:
        return PurePosixPath(path.stem).suffix, path.suffix
    return SHORT.get(path.suffix, (path.suffix, ""))


def _stem(name: str) -> str:
    """inner/Node.js 18.txt.gz → Node.js 18"""
    suffix, packing = _suffixes(name)
    last = PurePosixPath(name).name
    return last[: -len(suffix + packing)]


@dataclass(frozen=True, slots=True)
class _Reader:
    """What one source's files are read with."""

    source: LocalFiles | InstructionFiles
    label: Label
    child: Child

    def stream(self, stream: BufferedIOBase, name: str, budget: Budget, inside: str = "") -> Iterator[Found]:
        """What is found in a file, or in a member of one: at least one. Raises Refused."""
        suffix, packing = _suffixes(name)
        if suffix not in (*TABLES, *DOCUMENTS, *TEXTS, *CONTAINERS):
            known = ", ".join(known[1:] for known in sorted([*TABLES, *DOCUMENTS, *TEXTS, *CONTAINERS]))
            raise Refused("unknown_format", f"{suffix or 'no suffix'}; known: {known}")
        if suffix in CONTAINERS and (inside or (packing and suffix == ".zip")):
            raise Refused("nested", f"is a {suffix[1:]} within another file; unpack it once")
        body: BufferedIOBase = unpacked(stream, packing, budget) if packing else stream
        if suffix == ".parquet" and (packing or inside):
            body = _sought(body)
        empty = True
        for found in self._of_suffix(suffix, body, _as_text(name), budget, inside):
            empty = False
            yield found
        if empty:
            raise Refused("empty", "holds nothing to read")

    def _of_suffix(self, suffix: str, stream: BufferedIOBase, name: str, budget: Budget, inside: str) -> Iterator[Found]:
        locator = f"{inside}{name}"
        if suffix in CONTAINERS:
            yield from self._members(CONTAINERS[suffix](stream, budget), locator, budget)
        elif suffix in TABLES:
            yield from self._of_rows(TABLES[suffix](stream, self.source.longest_record), locator)
        elif isinstance(self.source, InstructionFiles):
            known = ", ".join(known[1:] for known in TABLES)
            raise Refused("unknown_format", f"{suffix} has no rows; instruction data is read from {known}")
        else:
            title, text = _read(suffix, whole(stream, self.source.longest_record), self.child)
            yield self.label.document(locator, title or _stem(name), text)

    def _of_rows(self, rows: Rows, locator: str) -> Iterator[Found]:
        if isinstance(self.source, InstructionFiles):
            return pairs_of(rows, self.label, self.source.rows, locator)
        return documents_of(rows, self.label, self.source.columns, locator)

    def _members(self, members: Iterable[Member], container: str, budget: Budget) -> Iterator[Found]:
        for name, member in members:
            try:
                if isinstance(member, Refused):
                    raise member
                if not _is_hidden(PurePosixPath(name)):
                    yield from self.stream(member, name, budget, f"{container}!")
            except Refused as refused:
                yield self.label.unreadable(f"{container}!{_as_text(name[:LONGEST_NAME])}" if name else container, refused)


def _sought(stream: BufferedIOBase) -> BytesIO:
    if len(body := stream.read(LONGEST_PARQUET + 1)) > LONGEST_PARQUET:
        raise Refused(
            "too_long", f"more than {LONGEST_PARQUET} bytes of parquet, packed; leave it unpacked", body[:KEPT_OF_LONG]
        )
    return BytesIO(body)


def _read(suffix: str, body: bytes, child: Child) -> tuple[str, str]:
    """Title, "" where it tells none, and text of a document."""
    if suffix in TEXTS:
        text = decoded(body)
        return TEXTS[suffix](text), text
    try:
        answer = child.ask(DOCUMENTS[suffix], body)
    except Refused as refused:
        refused.raw = body[:LONGEST_RAW]
        raise
    return answer["title"], answer["text"]
