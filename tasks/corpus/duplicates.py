"""Documents that say the same as another: exactly, or nearly, also when they are short or Chinese.

    keepers = exact_duplicates(prints)                      # number of the one that stays, or -1, for each Document
    keepers, likeness = near_duplicates(prints, shingles, 0.8)

Of two that are alike the longer stays, of equally long ones the one with the lower id, in whatever order they came. Every
dropped one is alike to one that stays, and no two that stay are alike (as far as banding finds them): greedy, and not by
connected components, where a chain of small changes would swallow texts that are not alike at all.
"""

from collections import defaultdict
from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from tasks.corpus.fingerprints import BANDS, Fingerprints
from tasks.corpus.shingles import Array

STAYS = -1


def exact_duplicates(prints: Fingerprints) -> Array:
    """For each Document the number of the one with the same text that stays, or STAYS."""
    order = prints.longest_first()
    _, first, group = np.unique(prints.exact[order], axis=0, return_index=True, return_inverse=True)
    keepers = np.empty(len(prints), dtype=np.int64)
    keepers[order] = order[first[group.reshape(-1)]]
    keepers[keepers == np.arange(len(prints))] = STAYS
    return keepers


def near_duplicates(prints: Fingerprints, shingles: Callable[[int], Array], threshold: float) -> tuple[Array, Array]:
    """For each Document the number of the one like it that stays, or STAYS, and their Jaccard similarity.

    `threshold` is the least similarity of shingles, 0 to 1; `shingles` gives a Document's own, ascending. Only texts of one
    kind are compared, and a text without words is like no other.
    """
    keepers, likeness = np.full(len(prints), STAYS, dtype=np.int64), np.zeros(len(prints))
    order = prints.longest_first()
    order = order[_has_rivals(prints)[order]]
    buckets: dict[int, list[int]] = defaultdict(list)
    for number in tqdm(order.tolist(), desc="near duplicates", unit="document"):
        keys, own = prints.bands[number].tolist(), shingles(number)
        rivals = {rival for key in keys for rival in buckets.get(key, ())}
        alike = [(_jaccard(own, shingles(rival)), rival) for rival in rivals if prints.kinds[rival] == prints.kinds[number]]
        # Of equally like ones the first that stayed.
        best, rival = max(alike, key=lambda found: (found[0], *_first(prints, found[1])), default=(0.0, STAYS))
        if rival != STAYS and best >= threshold:
            keepers[number], likeness[number] = rival, best
            continue
        for key in keys:
            buckets[key].append(number)
    return keepers, likeness


def _first(prints: Fingerprints, number: int) -> tuple[int, int]:
    return int(prints.lengths[number]), -int(prints.ids[number])


def _has_rivals(prints: Fingerprints) -> Array:
    """Whether a Document shares a band with another; most share none, and need not be walked through."""
    found = np.zeros(len(prints), dtype=bool)
    for band in range(BANDS):
        _, place, times = np.unique(prints.bands[:, band], return_inverse=True, return_counts=True)
        found |= times[place] > 1
    return found & prints.worded


def _jaccard(one: Array, other: Array) -> float:
    """Shared hashes over all hashes of two ascending arrays."""
    shared = np.intersect1d(one, other, assume_unique=True).size
    return float(shared / (one.size + other.size - shared))
