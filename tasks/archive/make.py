"""sources → data/archive/: Documents exactly as found; what could not be read lies in quarantined/ with its reason."""

import sys
import time
from collections import Counter
from collections.abc import Iterator

from tqdm import tqdm

from tasks.archive import databases, hub_datasets, local_files, lock, python_docs, web_pages
from tasks.archive.found import Found, Unreadable
from tasks.archive.licenses import check_licenses, spdx
from tasks.archive.settings import ArchiveParams, Databases, HubDatasets, PythonDocs, Source, WebPages
from tasks.cards.card import write_card
from tasks.errors import InputError, ParamsError
from tasks.ledger import Books
from tasks.records import Document, Dropped
from tasks.shards import new_folder
from tasks.tracking import Numbers
from tasks.workspace import Workspace

ROWS_PER_SHARD = 1000
"""Shards are what the corpus stage shares out among its workers."""


def make(params: ArchiveParams, workspace: Workspace, numbers: Numbers) -> None:
    """Write data/archive/. Raises ParamsError, InputError, EndpointError, and IntegrityError off the pins."""
    start = time.monotonic()
    _check_names(params.sources)
    check_licenses(params)
    lock.check(params, workspace)
    books = Books("archive")
    with new_folder(workspace.data / "archive") as out:
        documents = tqdm(_documents(params, workspace, books), desc="archive", unit=" documents")
        out.rows("documents", documents, Document, ROWS_PER_SHARD)
        out.rows("quarantined", books.quarantined, Dropped)
        out.facts["books"] = books.balance()
        numbers.texts(write_card(out, "archive"))
        # Files that changed while they were read would not be what the lock says.
        lock.check(params, workspace)
    if aside := len(books.quarantined):
        sys.stderr.write(
            f"archive: {aside} records set aside: `python -m tasks.why --dropped --stage archive --samples 3`\n"
        )
    numbers.metric("documents", books.rows_out)
    numbers.metric("quarantined", len(books.quarantined))
    numbers.metric("seconds", time.monotonic() - start)


def _documents(params: ArchiveParams, workspace: Workspace, books: Books) -> Iterator[Document]:
    """Documents of all sources, each id once. Raises InputError for a source without any."""
    seen: set[str] = set()
    for source in params.sources:
        before, refused = books.rows_out, Counter[str]()
        for found in _read(source, workspace):
            books.took()
            if isinstance(found, Unreadable):
                refused[f"{found.rule} ({found.reason})"] += 1
                books.quarantine(found.id, found.rule, found.reason, found.raw)
            elif not params.allow_unknown_license and not spdx(found.license):
                reason = f"{found.source}: its license is {found.license!r} (`allow_unknown_license` in params/archive.yaml)"
                refused[f"unknown_license ({reason})"] += 1
                books.quarantine(found.id, "unknown_license", reason, found)
            elif found.id in seen:
                books.quarantine(found.id, "duplicate_row", f"{found.source}: the same title and text came before", found)
            else:
                seen.add(found.id)
                books.gave()
                yield found
        if books.rows_out == before:
            raise InputError(_empty(source, refused))


def _read(source: Source, workspace: Workspace) -> Iterator[Found]:
    if isinstance(source, PythonDocs):
        return python_docs.documents(source)
    if isinstance(source, HubDatasets):
        return hub_datasets.documents(source, workspace.cache / "datasets")
    if isinstance(source, WebPages):
        return web_pages.documents(source, workspace, lock.read(workspace)[source.name])
    if isinstance(source, Databases):
        return databases.documents(source, workspace.root)
    return local_files.documents(source, workspace.root)


def _check_names(sources: tuple[Source, ...]) -> None:
    if not sources:
        raise ParamsError("params/archive.yaml: `sources` is empty; name at least one.")
    for name, times in Counter(source.name for source in sources).items():
        if times > 1:
            raise ParamsError(f"params/archive.yaml: {times} sources are named {name!r}; give each a name of its own.")


def _empty(source: Source, refused: Counter[str]) -> str:
    why = f" {refused.total()} records were refused, the first by {next(iter(refused))}." if refused else ""
    return f"Source {source.name} holds no document.{why} Change or remove it in params/archive.yaml."
