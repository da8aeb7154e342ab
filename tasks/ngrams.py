"""How much of a text its n-grams make, in shares of the characters of its words.

    Ngrams("to be or not to be".split()).top(2)       →  0.62   ("to be", twice: 8 of 13 characters)
    Ngrams("to be or not to be".split()).repeated(2)  →  0.31   (the second "to be")

Numbers stand for words and for their runs, so that a sort finds what is alike.
"""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tasks.shingles import FACTOR

_LENGTH = np.uint64(0xFFFFFF)
"""The bits of a run's number that hold its characters: 16 million, and 40 are left to tell it from others."""


class Ngrams:
    """Runs of n words."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._counts = Counter(words)
        self._characters = max(sum(map(len, words)), 1)

    def top_at_most(self, size: int) -> float:
        """What `top` is no more than: a run comes no oftener than any of its words."""
        return size * max((len(word) * count for word, count in self._counts.items()), default=0) / self._characters

    def repeated_at_most(self) -> float:
        """What `repeated` is no more than: in a run that came before, each word did."""
        return 1 - sum(map(len, self._counts)) / self._characters

    def top(self, size: int) -> float:
        """Share of the run that makes most, all its occurrences counted, at most 1."""
        runs, counts = np.unique(self._runs(size), return_counts=True)
        return min(1.0, float(((runs & _LENGTH) * counts.astype(np.uint64)).max(initial=0)) / self._characters)

    def repeated(self, size: int) -> float:
        """Share within runs that came before, where they overlap counted once."""
        runs = self._runs(size)
        order = np.argsort(runs, kind="stable")
        later = order[1:][runs[order[1:]] == runs[order[:-1]]]
        changes = np.bincount(later, minlength=len(self._ends)) - np.bincount(later + size, minlength=len(self._ends))
        return float(np.diff(self._ends)[np.cumsum(changes)[:-1] > 0].sum()) / self._characters

    @cached_property
    def _numbers(self) -> NDArray[np.uint64]:
        number = {word: place for place, word in enumerate(self._counts)}
        return np.fromiter(map(number.__getitem__, self._words), np.uint64, len(self._words))

    @cached_property
    def _ends(self) -> NDArray[np.uint64]:
        """Characters before each word, and before the end."""
        ends = np.zeros(len(self._words) + 1, np.uint64)
        np.cumsum(np.fromiter(map(len, self._words), np.uint64, len(self._words)), out=ends[1:])
        return ends

    def _runs(self, size: int) -> NDArray[np.uint64]:
        """A number for each run: a polynomial of those of its words modulo 2**64, its last bits the run's characters."""
        count = max(0, len(self._numbers) - size + 1)
        runs = self._numbers[:count]
        for place in range(1, size):
            runs = runs * FACTOR + self._numbers[place : place + count]
        return (runs * FACTOR & ~_LENGTH) | (self._ends[size : size + count] - self._ends[:count])
