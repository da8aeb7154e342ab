"""How much of a text its n-grams make, in shares of the characters of its words.

    Ngrams("to be or not to be".split()).top(2)       →  0.62   ("to be", twice: 8 of 13 characters)
    Ngrams("to be or not to be".split()).repeated(2)  →  0.31   (the second "to be")

Numbers stand for words and for their runs, so that a sort finds what is alike.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""Odd, so that no word is lost."""
_LENGTH = np.uint64(0xFFFFFF)
"""The bits of a run's number that hold its characters: 16 million, and 40 are left to tell it from others."""


class Ngrams:
    """Runs of n words."""

    def __init__(self, words: Sequence[str]) -> None:
        number = dict(zip(words, range(len(words)), strict=True))
        self._words = np.fromiter(map(number.__getitem__, words), np.uint64, len(words))
        self._ends = np.zeros(len(words) + 1, np.uint64)
        np.cumsum(np.fromiter(map(len, words), np.uint64, len(words)), out=self._ends[1:])

    def top(self, size: int) -> float:
        """Share of the run that makes most, all its occurrences counted, at most 1."""
        runs, counts = np.unique(self._runs(size), return_counts=True)
        return min(1.0, self._share(((runs & _LENGTH) * counts.astype(np.uint64)).max(initial=0)))

    def repeated(self, size: int) -> float:
        """Share within runs that came before, where they overlap counted once."""
        runs = self._runs(size)
        order = np.argsort(runs, kind="stable")
        later = order[1:][runs[order[1:]] == runs[order[:-1]]]
        changes = np.bincount(later, minlength=len(self._ends)) - np.bincount(later + size, minlength=len(self._ends))
        return self._share(np.diff(self._ends)[np.cumsum(changes)[:-1] > 0].sum())

    def repeated_at_most(self, size: int) -> float:
        """What `repeated` is no more than: each run that came before counted in full."""
        runs = np.sort(self._runs(size))
        return self._share((runs[1:][runs[1:] == runs[:-1]] & _LENGTH).sum())

    def _share(self, characters: np.uint64) -> float:
        return float(characters) / max(float(self._ends[-1]), 1.0)

    def _runs(self, size: int) -> NDArray[np.uint64]:
        """A number for each run: a polynomial of those of its words modulo 2**64, its last bits the run's characters."""
        count = max(0, len(self._words) - size + 1)
        runs = self._words[:count]
        for place in range(1, size):
            runs = runs * _FACTOR + self._words[place : place + count]
        return (runs * _FACTOR & ~_LENGTH) | (self._ends[size : size + count] - self._ends[:count])
