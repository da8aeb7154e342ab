"""Documents → what comparing them needs, in arrays: some 190 bytes a Document in memory, whatever its length.

    prints = fingerprints([Document(id="dd18d1ad38408f7b", text="def getline(…", kind="code", …), …])
    prints.ids[0], prints.lengths[0]   → 0xdd18d1ad38408f7b, 312
    prints.bands.shape                 → (documents, 18)

Shingles, eight bytes each, are as much as the text itself; they go to a file (`Shingles.write`) and come back page by page.
MinHash: Broder, "On the resemblance and containment of documents", 1997; banding: Indyk and Motwani, STOC 1998.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.records import Document
from tasks.script import code_shingles, shingles

BANDS, ROWS = 18, 7
"""126 permutations: a pair with Jaccard 0.8 meets in a band in 98.5 of 100 cases."""
SEED = 1
KINDS = ("prose", "code", "dialogue", "table")

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Shingles:
    """Sorted hashes of each Document's shingles, one after another; of number n from starts[n] to starts[n + 1]."""

    starts: Array
    hashes: Array

    def of(self, number: int) -> Array:
        """Hashes of one Document, uint64, ascending; empty for a text without words."""
        return self.hashes[self.starts[number] : self.starts[number + 1]]

    def write(self, file: Path) -> None:
        """Keep the hashes in a file, for `read`."""
        file.write_bytes(self.hashes.data)  # numpy's own tofile does not say that the disk is full

    @classmethod
    def read(cls, file: Path, starts: Array) -> "Shingles":
        """Hashes of a file, in memory only where they are looked at."""
        empty = starts[-1] == 0  # nothing can be mapped of an empty file
        return cls(starts, np.empty(0, np.uint64) if empty else np.memmap(file, np.uint64, mode="r"))


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Arrays of equal length, a place a Document."""

    ids: Array
    """The 16 hex digits of the id as uint64."""
    kinds: Array
    """Place in KINDS, uint8."""
    lengths: Array
    """Characters, int64."""
    exact: Array
    """[n, 2] uint64 of the text without regard to case and spaces; of an empty text, of its id."""
    bands: Array
    """[n, BANDS] uint64: Documents that agree in one may be near duplicates."""
    worded: Array
    """Whether there are shingles at all, bool."""

    def __len__(self) -> int:
        return len(self.ids)

    def longest_first(self) -> Array:
        """Numbers of the Documents by length, of equally long ones the lower id first."""
        return np.lexsort((self.ids, -self.lengths))

    def some(self, chosen: Array) -> "Fingerprints":
        """Those that a mask or an index array chooses."""
        return Fingerprints(*(getattr(self, name)[chosen] for name in self.__slots__))


def fingerprints(documents: Sequence[Document]) -> tuple[Fingerprints, Shingles]:
    """Of each Document in the order given."""
    from rensa import RMinHash

    sets = [code_shingles(document.text) if document.kind == "code" else shingles(document.text) for document in documents]
    tokens = RMinHash.hash_token_sets(sets)
    rows = RMinHash.digest_matrix_from_token_hash_sets(tokens, BANDS * ROWS, SEED).to_rows() if documents else []
    own = _ascending(tokens)
    prints = Fingerprints(
        ids=np.array([int(document.id, 16) for document in documents], dtype=np.uint64),
        kinds=np.array([KINDS.index(document.kind) for document in documents], dtype=np.uint8),
        lengths=np.array([len(document.text) for document in documents], dtype=np.int64),
        exact=np.frombuffer(b"".join(map(_exact, documents)), dtype=np.uint64).reshape(-1, 2),
        bands=_bands(np.array(rows, dtype=np.uint64).reshape(-1, BANDS, ROWS)),
        worded=np.diff(own.starts) > 0,
    )
    return prints, own


def joined(parts: Sequence[Fingerprints]) -> Fingerprints:
    """Parts one after another."""
    return Fingerprints(*(np.concatenate([getattr(part, name) for part in parts]) for name in Fingerprints.__slots__))


def _ascending(tokens: Sequence[Sequence[int]]) -> Shingles:
    """Hashes of each Document sorted, each once: `np.unique` of each, six times as fast."""
    sizes = np.array([len(own) for own in tokens], dtype=np.int64)
    ends = np.cumsum(sizes)
    hashes = np.fromiter(chain.from_iterable(tokens), dtype=np.uint64, count=int(sizes.sum()))
    for end, size in zip(ends.tolist(), sizes.tolist(), strict=True):
        hashes[end - size : end].sort()
    first = np.ones(len(hashes), dtype=bool)
    first[1:] = hashes[1:] != hashes[:-1]
    first[(ends - sizes)[sizes > 0]] = True
    counted = np.concatenate([[0], np.cumsum(first)])
    return Shingles(counted[np.concatenate([[0], ends])], hashes[first])


def _exact(document: Document) -> bytes:
    same = document.text.strip() if document.kind == "code" else " ".join(document.text.casefold().split())
    return sha256(f"{document.kind}\n{same}".encode() if same else bytes.fromhex(document.id)).digest()[:16]


def _bands(rows: Array) -> Array:
    """[n, BANDS] of [n, BANDS, ROWS]: a polynomial over the rows, modulo 2**64, that tells bands apart, too."""
    factor = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no digit is lost
    keys = np.arange(1, BANDS + 1, dtype=np.uint64) * np.ones((len(rows), 1), dtype=np.uint64)
    for row in range(ROWS):
        keys = (keys ^ rows[:, :, row]) * factor
        keys ^= keys >> np.uint64(29)
    return keys
