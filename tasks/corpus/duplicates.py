"""Documents that say the same as another: exactly, or nearly, also when they are short or Chinese.

    keepers = exact_duplicates(prints)                      # number of the one that stays, or -1, for each Document
    keepers, likeness = near_duplicates(prints, shingles, 0.8)

Of two that are alike the longer stays, of equally long ones the one with the lower id, in whatever order they came. Every
dropped one is alike to one that stays, and no two that stay are alike (as far as banding finds them): greedy, and not by
connected components, where a chain of small changes would swallow texts that are not alike at all.
"""

from collections import defaultdict
from collections.abc import Callable
from math import ceil

import numpy as np
from tqdm import tqdm

from tasks.corpus.fingerprints import Fingerprints
from tasks.minhash import BANDS, jaccard
from tasks.shingles import Array

STAYS = -1
CROWD = 32
"""So many Documents in a band are pages of one template rather than copies: comparing each with each would never end."""
COUNTERS = 1 << 22
"""Shingles are counted by their last bits, in 16 MB: two that share a counter look less rare than they are, no more."""

Rarest = tuple[list[int], list[int]]
"""Shingles of a Document, the more and the fewer rarest."""


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
    rivalled, in_crowd, crowds = _shared_bands(prints)
    order = order[rivalled[order]]
    banded: dict[int, list[int]] = defaultdict(list)
    crowded = RarestShared(shingles, order[in_crowd[order]], threshold)
    for number in tqdm(order.tolist(), desc="near duplicates", unit="document"):
        own, bands = shingles(number), set(prints.bands[number].tolist()) - crowds
        rarest = crowded.rarest(own) if in_crowd[number] else ([], [])
        rivals = {rival for band in bands for rival in banded.get(band, ())} | crowded.rivals(rarest)
        alike = [(jaccard(own, shingles(rival)), rival) for rival in rivals if prints.kinds[rival] == prints.kinds[number]]
        # Of equally like ones the first that stayed.
        best, rival = max(alike, key=lambda found: (found[0], *_first(prints, found[1])), default=(0.0, STAYS))
        if rival != STAYS and best >= threshold:
            keepers[number], likeness[number] = rival, best
            continue
        for band in bands:
            banded[band].append(number)
        crowded.add(number, rarest)
    return keepers, likeness


class RarestShared:
    """Documents by their rarest shingles, for those of a crowded band: pages of one template, which share all the others.

    Of two texts with Jaccard similarity t or more, the one with n shingles, no fewer than the other's m, has one of its
    rarest (1 - t) n + 1 among the other's rarest (1 - t) / (1 + t) m + 1. Nothing alike is missed, and what is frequent is
    never looked up. Bayardo, Ma and Srikant, "Scaling up all pairs similarity search", WWW 2007, section 4; Xiao et al.,
    "Efficient similarity joins for near duplicate detection", WWW 2008, section 3.
    """

    def __init__(self, shingles: Callable[[int], Array], numbers: Array, threshold: float) -> None:
        self.least = (threshold, 2 * threshold / (1 + threshold))
        self.found: tuple[dict[int, list[int]], dict[int, list[int]]] = defaultdict(list), defaultdict(list)
        self.times = np.zeros(COUNTERS, dtype=np.uint32)
        for number in numbers.tolist():
            np.add.at(self.times, shingles(number) % COUNTERS, 1)

    def rarest(self, own: Array) -> Rarest:
        """The more and the fewer rarest of a Document, without those that no other Document has."""
        times = self.times[own % COUNTERS]
        order = np.lexsort((own, times))
        ranked, shared = own[order], times[order] > 1
        more, few = (len(own) - ceil(least * len(own) - 1e-9) + 1 for least in self.least)
        return ranked[:more][shared[:more]].tolist(), ranked[:few][shared[:few]].tolist()

    def rivals(self, rarest: Rarest) -> set[int]:
        """All added so far that may be alike."""
        (more, few), (by_more, by_few) = rarest, self.found
        smaller = {rival for shingle in more for rival in by_few.get(shingle, ())}
        larger = {rival for shingle in few for rival in by_more.get(shingle, ())}
        return smaller | larger

    def add(self, number: int, rarest: Rarest) -> None:
        """Have it found from now on."""
        for found, shingles in zip(self.found, rarest, strict=True):
            for shingle in shingles:
                found[shingle].append(number)


def _first(prints: Fingerprints, number: int) -> tuple[int, int]:
    return int(prints.lengths[number]), -int(prints.ids[number])


def _shared_bands(prints: Fingerprints) -> tuple[Array, Array, set[int]]:
    """Which Documents share a band with another (most share none, and need not be walked through), which of them one with a
    crowd, and the bands of crowds."""
    rivalled, in_crowd = np.zeros((2, len(prints)), dtype=bool)
    crowds: set[int] = set()
    for band in range(BANDS):
        keys, place, times = np.unique(prints.bands[:, band], return_inverse=True, return_counts=True)
        rivalled |= times[place] > 1
        in_crowd |= times[place] > CROWD
        crowds.update(keys[times > CROWD].tolist())
    return rivalled & prints.worded, in_crowd, crowds
