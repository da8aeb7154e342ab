"""data/archive/ → data/corpus/: Documents worth reading in documents/, all others in dropped/, each with rule and reason;
words/, a row a Document in their order, where it is asked for.

Texts are in memory a shard a worker, or a bucket, at a time; of all Documents at once only their fingerprints are.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from tasks.cards.card import write_card
from tasks.corpus.clean import Refusal
from tasks.corpus.duplicates import STAYS, exact_duplicates, near_duplicates
from tasks.corpus.fingerprints import Fingerprints, joined
from tasks.corpus.parts import Part, dropped, kept, prepare
from tasks.corpus.perplexity import check_model
from tasks.corpus.segmentation import segmented
from tasks.corpus.semantic import Embeddings, semantic_duplicates
from tasks.corpus.settings import CorpusParams, Duplicates, Semantic
from tasks.errors import InputError
from tasks.ledger import Books
from tasks.parallel import in_processes
from tasks.privacy import replaced
from tasks.records import Document, Dropped, Words
from tasks.shards import ROWS_PER_SHARD, Folder, new_folder, read_manifest, read_shard
from tasks.shingles import Array
from tasks.tracking import Numbers
from tasks.workspace import Workspace

MOST_OPEN = 256
"""Files of shingles held open at once: of ten million Documents there are more than a process may open."""


def make(params: CorpusParams, workspace: Workspace, numbers: Numbers) -> None:
    """Write data/corpus/, sorted by id, so that the order of the archive leaves no trace. Raises InputError."""
    start = time.monotonic()
    if params.quality.perplexity:
        check_model(params.quality.perplexity, workspace.root)
    archive = workspace.data / "archive"
    files = read_manifest(archive)["files"]
    shards = [name for name in files if name.startswith("documents/")]
    buckets = max(1, sum(files[name]["rows"] for name in shards) // ROWS_PER_SHARD)
    with _scratch(workspace) as scratch:
        pairs = [(archive / name, scratch / f"{number:05}.arrow") for number, name in enumerate(shards)]
        work = partial(prepare, params=params, buckets=buckets, root=workspace.root)
        parts = in_processes(work, pairs, workers=params.workers)
        late = duplicates(parts, params.duplicates, workspace.root)
        books = Books("corpus")
        books.took(sum(part.rows for part in parts))
        with new_folder(workspace.data / "corpus") as out:
            places = [part.file for part in parts]
            books.gave(out.rows("documents", kept(places, buckets, late), Document))
            if params.words:
                out.rows("words", map(segmented, _written(out)), Words)
            out.rows("dropped", books.dropping(dropped(places, buckets, late)), Dropped)
            out.facts["books"] = facts = books.balance()
            types = params.privacy.replace
            out.facts["privacy"] = private = {name: sum(part.replaced[name] for part in parts) for name in types}
            if not facts["out"]:
                raise InputError(f"No document of {archive} is left: dropped {facts['dropped']}. Loosen params/corpus.yaml.")
            numbers.texts(write_card(out, "corpus", before=archive, private=lambda text: replaced(text, types)[0]))
    numbers.metric("documents", facts["out"])
    for rule, count in facts["dropped"].items():
        numbers.metric(f"dropped/{rule}", count)
    for name, count in private.items():
        numbers.metric(f"replaced/{name}", count)
    numbers.metric("seconds", time.monotonic() - start)


def duplicates(parts: Sequence[Part], params: Duplicates, root: Path) -> dict[str, Refusal]:
    """Rule and reason by id for each Document that says the same as one that stays; `root` is where paths begin."""
    prints = joined([part.prints for part in parts])
    exact = exact_duplicates(prints)
    stay = np.flatnonzero(exact == STAYS)
    shingles = _reader(parts)
    near, likeness = np.full(len(stay), STAYS), np.zeros(len(stay))
    if params.near is not None:
        near, likeness = near_duplicates(prints.some(stay), lambda number: shingles(int(stay[number])), params.near)
    late = {_id(prints, one): ("exact_duplicate", f"same text as {_id(prints, exact[one])}") for one in _gone(exact)}
    for one in _gone(near):
        reason = f"{likeness[one]:.2f} like {_id(prints, stay[near[one]])}"
        late[_id(prints, stay[one])] = ("near_duplicate", reason)
    if params.semantic:
        late |= _semantic(prints.some(stay[near == STAYS]), params.semantic, root)
    return late


def _semantic(prints: Fingerprints, params: Semantic, root: Path) -> dict[str, Refusal]:
    embeddings = Embeddings.read(root / params.embeddings, params.sha256)
    if without := int((embeddings.of(prints.ids) < 0).sum()):
        sys.stderr.write(f"corpus: {without} of {len(prints)} documents have no vector in {params.embeddings}, and stay.\n")
    keepers, likeness = semantic_duplicates(prints, embeddings, params.likeness)
    return {
        _id(prints, one): ("semantic_duplicate", f"{likeness[one]:.2f} like {_id(prints, keepers[one])} in meaning")
        for one in _gone(keepers)
    }


def _reader(parts: Sequence[Part]) -> Callable[[int], Array]:
    """Shingles of a Document by its number among those of all parts."""
    firsts = np.cumsum([0, *(len(part.prints) for part in parts)])
    held = lru_cache(MOST_OPEN)(lambda part: parts[part].shingles())

    def read(number: int) -> Array:
        part = int(np.searchsorted(firsts, number, side="right")) - 1
        return held(part).of(number - int(firsts[part]))

    return read


def _gone(keepers: Array) -> list[int]:
    gone: list[int] = np.flatnonzero(keepers != STAYS).tolist()
    return gone


def _id(prints: Fingerprints, number: int) -> str:
    return f"{int(prints.ids[number]):016x}"


def _written(out: Folder) -> Iterator[Document]:
    for shard in sorted((out.path / "documents").glob("*.parquet")):
        yield from read_shard(shard, Document)


@contextmanager
def _scratch(workspace: Workspace) -> Iterator[Path]:
    """An empty folder for the parts, gone afterwards; a kill leaves it to the next run."""
    folder = workspace.cache / "corpus"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
