"""sources → data/archive/: text exactly as found; what could not be read is kept with its reason.

documents      of the sources of text
pairs          of the sources whose rows are instruction data already; often none
quarantined    of both
"""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator

from tqdm import tqdm

from tasks.archive import databases, hub_datasets, local_files, lock, python_docs, web_pages
from tasks.archive.found import Found, Unreadable
from tasks.archive.licenses import check_licenses, spdx
from tasks.archive.settings import (
    ArchiveParams,
    Databases,
    HubDatasets,
    HubInstructions,
    OfPairs,
    PythonDocs,
    Source,
    WebPages,
)
from tasks.cards.card import write_card
from tasks.errors import InputError, ParamsError
from tasks.ledger import Books
from tasks.records import Document, Dropped, Pair
from tasks.shards import new_folder
from tasks.tracking import Numbers
from tasks.workspace import Workspace

ROWS_PER_SHARD = 1000
"""Shards are what the corpus stage shares out among its workers."""


def make(params: ArchiveParams, workspace: Workspace, numbers: Numbers) -> None:
    """Write data/archive/. Raises ParamsError, InputError, EndpointError, and IntegrityError off the pins."""
    start = time.monotonic()
    _check_names(params.sources)
    of_text = [source for source in params.sources if not isinstance(source, OfPairs)]
    of_pairs = [source for source in params.sources if isinstance(source, OfPairs)]
    check_licenses(params)
    lock.check(params, workspace)
    books = Books("archive")
    with new_folder(workspace.data / "archive") as out:
        found = tqdm(_rows(of_text, params, workspace, books), desc="archive", unit=" documents")
        documents = out.rows("documents", found, Document, ROWS_PER_SHARD)
        found = tqdm(_rows(of_pairs, params, workspace, books), desc="archive", unit=" pairs", disable=not of_pairs)
        pairs = out.rows("pairs", found, Pair)
        out.rows("quarantined", books.quarantined, Dropped)
        out.facts["books"] = books.balance()
        numbers.texts(write_card(out, "archive"))
        # Files that changed while they were read would not be what the lock says.
        lock.check(params, workspace)
    if aside := len(books.quarantined):
        sys.stderr.write(
            f"archive: {aside} records set aside: `python -m tasks.why --dropped --stage archive --samples 3`\n"
        )
    numbers.metric("documents", documents)
    numbers.metric("pairs", pairs)
    numbers.metric("quarantined", len(books.quarantined))
    numbers.metric("seconds", time.monotonic() - start)


def _rows(sources: Iterable[Source], params: ArchiveParams, workspace: Workspace, books: Books) -> Iterator[Document | Pair]:
    """Documents or Pairs of the sources, each id once. Raises InputError for a source without any."""
    seen: set[str] = set()
    for source in sources:
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
                same = "conversation up to this answer" if isinstance(found, Pair) else "title and text"
                books.quarantine(found.id, "duplicate_row", f"{found.source}: the same {same} came before", found)
            else:
                seen.add(found.id)
                books.gave()
                yield found
        if books.rows_out == before:
            raise InputError(_empty(source, refused))


def _read(source: Source, workspace: Workspace) -> Iterator[Found]:
    if isinstance(source, PythonDocs):
        return python_docs.documents(source)
    if isinstance(source, HubDatasets | HubInstructions):
        return hub_datasets.documents(source, workspace.cache / "datasets")
    if isinstance(source, WebPages):
        return web_pages.documents(source, workspace, lock.read(workspace)[source.name])
    if isinstance(source, Databases):
        return databases.documents(source, workspace.root)
    return local_files.documents(source, workspace.root)


def _check_names(sources: tuple[Source, ...]) -> None:
    if not sources:
        raise ParamsError("params/archive.yaml: `sources` is empty; name at least one.")
    if all(isinstance(source, OfPairs) for source in sources):
        raise ParamsError(
            "params/archive.yaml: no source is of text. What is ready-made goes beside rows made of text, and without text "
            "there is nothing to measure forgetting by. Keep a source of text, such as python_docs."
        )
    for name, times in Counter(source.name for source in sources).items():
        if times > 1:
            raise ParamsError(f"params/archive.yaml: {times} sources are named {name!r}; give each a name of its own.")


def _empty(source: Source, refused: Counter[str]) -> str:
    why = f" {refused.total()} records were refused, the first by {next(iter(refused))}." if refused else ""
    what = "pair" if isinstance(source, OfPairs) else "document"
    return f"Source {source.name} holds no {what}.{why} Change or remove it in params/archive.yaml."
