"""Documents that mean the same as another, by embeddings that the user brings: vectors of any model, of any language.

    embeddings.parquet   id: string (of a Document of the archive), vector: list<float>

    means = Embeddings.read(Path("embeddings.parquet"), sha256)
    keepers, likeness = semantic_duplicates(prints, means, 0.95)

Each is compared with all that stay before it, longest first as with near duplicates. Approximate neighbours would be faster,
and not the same every time: 20,000 vectors of 384 numbers take 8 s on two cores, twice as many four times as long. It
is SemDeDup without its clusters (Abbas et al. 2023, arXiv 2303.09540, section 3).
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tasks.corpus.duplicates import STAYS
from tasks.corpus.fingerprints import Fingerprints
from tasks.errors import InputError, IntegrityError
from tasks.shards import sha256_of
from tasks.shingles import Array

BLOCK = 1024
"""Documents compared at a time."""
DIGITS = 4
"""To which a cosine is rounded: the last bits of a matrix product are the processor's."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors of length one by the id of a Document."""

    ids: Array
    """[n] uint64, ascending."""
    vectors: Array
    """[n, size] float32."""

    @classmethod
    def read(cls, file: Path, sha256: str) -> "Embeddings":
        """Vectors of a parquet file. Raises InputError for another shape of it, IntegrityError for another hash."""
        if not file.is_file():
            raise InputError(
                f"{file} is missing. Name a parquet file in params/corpus.yaml: duplicates.semantic.embeddings."
            )
        if (found := sha256_of(file)) != sha256:
            raise IntegrityError(
                f"{file} has sha256 {found}, params/corpus.yaml says {sha256 or 'nothing'}. Write the former into "
                "duplicates.semantic.sha256 if these are the vectors you mean."
            )
        try:
            table = pq.read_table(file, columns=["id", "vector"])
            ids = np.array([int(id, 16) for id in table["id"].to_pylist()], dtype=np.uint64)
            vectors = np.stack(table["vector"].to_numpy()).astype(np.float32)
            lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        except (pa.ArrowException, ValueError, TypeError) as error:
            raise InputError(
                f"{file}: expected the columns id (16 hex digits of a Document) and vector (as many numbers in each row, "
                f"at least one row): {' '.join(str(error).split())[:200]}."
            ) from error
        if len(np.unique(ids)) < len(ids) or not (np.isfinite(lengths).all() and lengths.all()):
            raise InputError(f"{file}: each id must be there once, and each vector finite and longer than zero.")
        order = np.argsort(ids)
        return cls(ids[order], (vectors / lengths)[order])

    def of(self, ids: Array) -> Array:
        """[len(ids)] places of the ids among the vectors, -1 where there is none."""
        places = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[places] == ids, places, -1)


def semantic_duplicates(prints: Fingerprints, means: Embeddings, threshold: float) -> tuple[Array, Array]:
    """For each Document the number of the one most like it that stays, or STAYS, and the cosine of their vectors.

    `threshold` is the least cosine, 0 to 1. Only Documents of one kind are compared; one without a vector stays.
    """
    keepers, likeness = np.full(len(prints), STAYS, dtype=np.int64), np.zeros(len(prints))
    places = means.of(prints.ids)
    order = prints.longest_first()
    for kind in np.unique(prints.kinds):
        own = order[(prints.kinds[order] == kind) & (places[order] >= 0)]
        stay = own[:0]
        for start in range(0, len(own), BLOCK):
            block = own[start : start + BLOCK]
            vectors = means.vectors[places[block]]
            before, cosines = _nearest(vectors, means.vectors, places[stay])
            within = np.round(vectors @ vectors.T, DIGITS)
            goes = np.zeros(len(block), dtype=bool)
            for at, number in enumerate(block.tolist()):
                keeper, cosine = (int(stay[before[at]]), cosines[at]) if len(stay) else (STAYS, -1.0)
                beside = np.where(goes[:at], -1.0, within[at, :at])
                if at and beside.max() > cosine:
                    keeper, cosine = int(block[beside.argmax()]), beside.max()
                if keeper != STAYS and cosine >= threshold:
                    goes[at], keepers[number], likeness[number] = True, keeper, cosine
            stay = np.concatenate([stay, block[~goes]])
    return keepers, likeness


def _nearest(vectors: Array, all_vectors: Array, places: Array) -> tuple[Array, Array]:
    """For each vector the index into `places` of the one most like it, of equally like ones the first, and the cosine."""
    best, cosines = np.zeros(len(vectors), dtype=np.int64), np.full(len(vectors), -1.0)
    for start in range(0, len(places), BLOCK):
        found = np.round(vectors @ all_vectors[places[start : start + BLOCK]].T, DIGITS)
        at = found.argmax(axis=1)
        value = found[np.arange(len(vectors)), at]
        better = value > cosines
        best[better], cosines[better] = start + at[better], value[better]
    return best, cosines
