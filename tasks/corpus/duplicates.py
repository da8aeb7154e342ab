"""Documents that say the same as another: exactly, or nearly, also when they are short or Chinese.

Of two that are alike the longer stays, of equally long ones the one with the lower id, in whatever order they came. Every
dropped one is alike to one that stays, and no two that stay are alike (as far as banding finds them, below).

Near duplicates: MinHash (Broder 1997) over shingles, 126 permutations in 18 bands of 7 rows, so that a pair with Jaccard 0.8
meets in a band in 98.5 of 100 cases; each pair that meets is then measured by its true Jaccard similarity.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Any

from tqdm import tqdm

from tasks.corpus.script import code_shingles, shingles
from tasks.records import Document

BANDS, ROWS = 18, 7
SEED = 1
BLOCK = 1000
"""Documents whose signatures are in memory at a time."""

Verdict = tuple[Document, str | None]


def exact_duplicates(documents: Iterable[Document]) -> Iterator[Verdict]:
    """Each document, the longest first, with the reason to drop it, or None."""
    first: dict[tuple[str, bytes], str] = {}
    for document in _longest_first(documents):
        same = " ".join(document.text.casefold().split()) if document.kind != "code" else document.text.strip()
        key = (document.kind, sha256(same.encode()).digest())
        keeper = first.setdefault(key, document.id) if same else document.id
        yield document, None if keeper == document.id else f"same text as {keeper}"


def near_duplicates(documents: Iterable[Document], threshold: float) -> Iterator[Verdict]:
    """Each document, the longest first, with the reason to drop it, or None. Only texts of one kind are compared.

    `threshold` is the Jaccard similarity of shingles, 0 to 1. A text without words is like no other.
    """
    import numpy as np

    buckets: dict[tuple[str, int, bytes], list[int]] = defaultdict(list)
    stays: list[tuple[str, Any]] = []
    for document, hashes, signature in _signed(list(_longest_first(documents))):
        keys = [(document.kind, band, signature[band].tobytes()) for band in range(BANDS)] if hashes.size else []
        rivals = sorted({number for key in keys for number in buckets.get(key, ())})
        likeness = [_jaccard(hashes, stays[number][1]) for number in rivals]
        best = int(np.argmax(likeness)) if likeness else -1
        if likeness and likeness[best] >= threshold:
            yield document, f"{likeness[best]:.2f} like {stays[rivals[best]][0]}"
            continue
        for key in keys:
            buckets[key].append(len(stays))
        stays.append((document.id, hashes))
        yield document, None


def _longest_first(documents: Iterable[Document]) -> list[Document]:
    return sorted(documents, key=lambda document: (-len(document.text), document.id))


def _signed(documents: list[Document]) -> Iterator[tuple[Document, Any, Any]]:
    """Each document with the sorted hashes of its shingles (uint64) and its MinHash signature (uint32, bands × rows)."""
    import numpy as np
    from rensa import RMinHash

    for start in tqdm(range(0, len(documents), BLOCK), desc="near duplicates", unit="k documents"):
        block = documents[start : start + BLOCK]
        sets = [code_shingles(document.text) if document.kind == "code" else shingles(document.text) for document in block]
        hashes = RMinHash.hash_token_sets(sets)
        rows = RMinHash.digest_matrix_from_token_hash_sets(hashes, BANDS * ROWS, SEED).to_rows()
        signatures = np.array(rows, dtype=np.uint32).reshape(-1, BANDS, ROWS)
        for document, own, signature in zip(block, hashes, signatures, strict=True):
            yield document, np.unique(np.array(own, dtype=np.uint64)), signature


def _jaccard(one: Any, other: Any) -> float:
    """Shared hashes over all hashes of two sorted arrays."""
    import numpy as np

    shared = np.intersect1d(one, other, assume_unique=True).size
    return float(shared / (one.size + other.size - shared))
