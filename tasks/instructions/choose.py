"""Which sources are held out, and in which order a family asks for documents. Hashes decide, so news moves little.

    sides(["python_docs:json", "python_docs:re"], seed=0, test_share=0.5)   # → {"python_docs:json": "test", …}
    ranked(documents, seed=0, family="json")       # first one of every source, then a second of every source, …

One more document changes the place of no document of another source by more than its own turn.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from operator import itemgetter

from tasks.errors import InputError
from tasks.records import Document, Pair, content_id, content_ids


def sides(sources: Iterable[str], *, seed: int, test_share: float) -> dict[str, str]:
    """train or test for each source; at least one of each. Raises InputError for fewer than two sources."""
    lots = {source: _fraction("side", str(seed), source) for source in sorted(set(sources))}
    if len(lots) < 2:
        raise InputError(
            f"data/corpus holds {len(lots)} source(s); train and test need at least two, so that none is on both sides. "
            "Add a source or more files in params/archive.yaml."
        )
    by_lot = sorted(lots, key=lambda source: lots[source])
    held_out = {source for source in lots if lots[source] < test_share} or {by_lot[0]}
    if len(held_out) == len(lots):
        held_out.remove(by_lot[-1])
    return {source: "test" if source in held_out else "train" for source in lots}


def ranked(documents: Sequence[Document], *, seed: int, family: str) -> list[Document]:
    """Documents in the order in which a family may use them, turn by turn over their sources."""
    lots = content_ids(("turn", str(seed), family), (document.id for document in documents))
    drawn = sorted(zip(lots, documents, strict=True), key=itemgetter(0))
    taken: Counter[str] = Counter()
    turns: dict[int, list[Document]] = defaultdict(list)
    for _, document in drawn:
        turns[taken[document.source]].append(document)
        taken[document.source] += 1
    return [document for turn in sorted(turns) for document in turns[turn]]


def ranked_pairs(pairs: Sequence[Pair], *, seed: int, maker: str) -> list[Pair]:
    """Pairs in the order in which a maker may use them, turn by turn over tasks and languages."""
    by_task: dict[tuple[str, str], list[tuple[str, Pair]]] = defaultdict(list)
    for pair in pairs:
        by_task[pair.task, pair.language].append((content_id("turn", str(seed), maker, pair.id), pair))
    turns = [
        (turn, lot, pair)
        for lots in by_task.values()
        for turn, (lot, pair) in enumerate(sorted(lots, key=lambda item: item[0]))
    ]
    return [pair for _, _, pair in sorted(turns, key=lambda item: item[:2])]


def in_chinese(document: Document, *, seed: int, family: str, share: float) -> bool:
    """Whether a family asks about a document in Chinese."""
    return _fraction("language", str(seed), family, document.id) < share


def _fraction(*parts: str) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    return int(content_id(*parts), 16) / 2**64
