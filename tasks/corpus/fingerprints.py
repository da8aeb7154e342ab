"""Documents → what comparing them needs, in arrays: some 190 bytes a Document in memory, whatever its length.

    prints = fingerprints([Document(id="dd18d1ad38408f7b", text="def getline(…", kind="code", …), …])
    prints.ids[0], prints.lengths[0]   → 0xdd18d1ad38408f7b, 312
    prints.bands.shape                 → (documents, 18)

Shingles, eight bytes each, are as much as the text itself; they go to a file (`Shingles.write`) and come back page by page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from tasks.minhash import bands_of
from tasks.records import Document
from tasks.script import SYMBOLS_IN_SHINGLE, symbols_and_words, words
from tasks.shingles import Array, Shingles, shingles_of

KINDS = ("prose", "code", "dialogue", "table")


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
    own = _shingles(documents)
    prints = Fingerprints(
        ids=np.array([int(document.id, 16) for document in documents], dtype=np.uint64),
        kinds=np.array([KINDS.index(document.kind) for document in documents], dtype=np.uint8),
        lengths=np.array([len(document.text) for document in documents], dtype=np.int64),
        exact=np.frombuffer(b"".join(map(_exact, documents)), dtype=np.uint64).reshape(-1, 2),
        bands=bands_of(own),
        worded=np.diff(own.starts) > 0,
    )
    return prints, own


def joined(parts: Sequence[Fingerprints]) -> Fingerprints:
    """Parts one after another."""
    return Fingerprints(*(np.concatenate([getattr(part, name) for part in parts]) for name in Fingerprints.__slots__))


def _shingles(documents: Sequence[Document]) -> Shingles:
    """Of words, or of characters where the script sets no space; of code, of all that is written."""
    tokens = [symbols_and_words(one.text) if one.kind == "code" else words(one.text) for one in documents]
    return shingles_of(tokens, [SYMBOLS_IN_SHINGLE if one.kind == "code" else 0 for one in documents])


def _exact(document: Document) -> bytes:
    same = document.text.strip() if document.kind == "code" else " ".join(document.text.casefold().split())
    return sha256(f"{document.kind}\n{same}".encode() if same else bytes.fromhex(document.id)).digest()[:16]
