"""Texts as vectors of their characters, and which of a row of texts is unlike all before it.

    vectors = Vectors(["Sort the names.", "Sort the names!", "为什么等？"])
    unlike(vectors, [0, 1, 2], most=0.9)   → {1: 0}: the second is too much like the first, which stays

TF-IDF over runs of two and three characters, hashed into 2,048 places with a sign (Weinberger et al. 2009, arXiv:0902.2206):
no model, no words, so Chinese is as good as English. Values are whole numbers, whose sums of products float32 holds exactly:
no order of adding, no number of threads can move a cosine.
"""

from collections.abc import Callable, Sequence

import numpy as np

from tasks.instructions.overlap import normal
from tasks.shingles import Array, runs_of

PLACES = 2048
SCALE = 1024
"""Length of a vector: its square is 2**20, far below the 2**24 up to which float32 counts."""
AT_ONCE = 256


class Vectors:
    """One of each text; kept sparse, and laid out for those that are looked at."""

    def __init__(self, texts: Sequence[str]) -> None:
        grams = [np.unique(_grams(text), return_counts=True) for text in texts]
        known, held = np.unique(np.concatenate([np.empty(0, np.uint64), *(own for own, _ in grams)]), return_counts=True)
        rarity = np.log((1 + len(texts)) / (1 + held)) + 1
        self._rows = [(own, (1 + np.log(counts)) * rarity[np.searchsorted(known, own)]) for own, counts in grams]

    def dense(self, places: Sequence[int]) -> Array:
        """[n, PLACES] float32 of whole numbers."""
        laid_out = [self._dense(*self._rows[place]) for place in places]
        return np.array(laid_out, np.float32).reshape(len(places), PLACES)

    @staticmethod
    def _dense(grams: Array, weights: Array) -> Array:
        signs = np.where(grams >> np.uint64(63), -1.0, 1.0)
        row = np.bincount((grams % np.uint64(PLACES)).astype(np.int64), weights * signs, PLACES)
        whole: Array = np.rint(row * (SCALE / max(float(np.sqrt((row * row).sum())), 1e-9)))
        return whole


def unlike(
    vectors: Vectors, order: Sequence[int], *, most: float, wanted: Callable[[int], bool] = lambda place: True
) -> tuple[list[int], dict[int, int]]:
    """Places that stay, each with a cosine of at most `most` to all before it that stay; and whom the others are too like.

    `wanted` is asked of each that would stay, in order; where it says no, the place is in neither.
    """
    kept: list[int] = []
    alike: dict[int, int] = {}
    chosen = np.empty((len(order), PLACES), np.float32)
    for start in range(0, len(order), AT_ONCE):
        some = order[start : start + AT_ONCE]
        block = vectors.dense(some)
        first = len(kept)
        likeness, within = _cosines(block, chosen[:first]), _cosines(block, block)
        rows: list[int] = []
        for row, place in enumerate(some):
            nearest = _nearest(likeness[row], [within[row, other] for other in rows])
            if nearest[0] > most:
                alike[place] = kept[nearest[1]]
            elif wanted(place):
                chosen[len(kept)] = block[row]
                kept.append(place)
                rows.append(row)
    return kept, alike


def _nearest(before: Array, here: Sequence[float]) -> tuple[float, int]:
    """The greatest cosine and where it is, among those kept before this block and those of this block."""
    every = np.concatenate([before, np.array(here)])
    return (float(every.max()), int(every.argmax())) if every.size else (0.0, -1)


def _cosines(one: Array, other: Array) -> Array:
    lengths = [np.sqrt((some.astype(np.float64) ** 2).sum(axis=1)) for some in (one, other)]
    cosines: Array = (one @ other.T).astype(np.float64) / np.maximum(np.outer(*lengths), 1e-9)
    return cosines


def _grams(text: str) -> Array:
    characters = list(normal(text).casefold())
    return np.concatenate([runs_of(characters, size) for size in (2, 3)])
