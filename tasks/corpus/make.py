"""data/archive/ → data/corpus/: Documents worth reading in documents/, all others in dropped/, each with rule and reason."""

import time
from collections.abc import Iterable
from functools import partial

from tasks.cards.card import write_card
from tasks.corpus.clean import Refusal, clean_shard
from tasks.corpus.duplicates import Verdict, exact_duplicates, near_duplicates
from tasks.corpus.settings import CorpusParams
from tasks.errors import InputError
from tasks.ledger import Books
from tasks.parallel import Each, in_processes
from tasks.records import Document, Dropped
from tasks.shards import new_folder, read_manifest
from tasks.tracking import Numbers
from tasks.workspace import Workspace


def make(params: CorpusParams, workspace: Workspace, numbers: Numbers, each: Each | None = None) -> None:
    """Write data/corpus/, sorted by id, so that the order of the archive leaves no trace. Raises InputError."""
    start = time.monotonic()
    archive = workspace.data / "archive"
    shards = [archive / name for name in read_manifest(archive)["files"] if name.startswith("documents/")]
    books = Books("corpus")
    run = each or in_processes(params.workers)
    documents: list[Document] = []
    for shard in run(partial(clean_shard, params=params), shards):
        books.took(len(shard))
        documents += _kept(shard, books)
    documents = _kept(_named(exact_duplicates(documents), "exact_duplicate"), books)
    documents = _kept(_named(near_duplicates(documents, params.near_duplicate), "near_duplicate"), books)
    books.gave(len(documents))
    facts = books.balance()
    if not documents:
        raise InputError(f"No document of {archive} is left: dropped {facts['dropped']}. Loosen params/corpus.yaml.")
    with new_folder(workspace.data / "corpus") as out:
        out.rows("documents", sorted(documents, key=lambda document: document.id), Document)
        out.rows("dropped", sorted(books.dropped, key=lambda row: row.id), Dropped)
        out.facts["books"] = facts
        numbers.texts(write_card(out, "corpus", before=archive))
    numbers.metric("documents", len(documents))
    for rule, count in facts["dropped"].items():
        numbers.metric(f"dropped/{rule}", count)
    numbers.metric("seconds", time.monotonic() - start)


def _named(verdicts: Iterable[Verdict], rule: str) -> Iterable[tuple[Document, Refusal | None]]:
    return ((document, (rule, reason) if reason else None) for document, reason in verdicts)


def _kept(verdicts: Iterable[tuple[Document, Refusal | None]], books: Books) -> list[Document]:
    """Documents no rule refused; the others go into the books."""
    kept = []
    for document, refusal in verdicts:
        if refusal:
            books.drop(document.id, *refusal, document)
        else:
            kept.append(document)
    return kept
