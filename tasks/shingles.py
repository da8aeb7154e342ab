"""Tokens of texts → numbers of their shingles: what tasks/script.py calls shingles, without writing a single one of them.

    shingles_of([["a", "b", "c", "d"], …]).of(0)   →  two numbers, of "a b c" and of "b c d"
    runs_of(["a", "b", "c", "d"], 2)                →  three numbers, of "a b", "b c" and "c d", in their order

Each different token of all texts is hashed once; a shingle's number is a polynomial of those of its tokens. Equal shingles
have equal numbers, on every machine; others as good as never (64 bits).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.script import CHARACTERS_IN_SHINGLE, WORDS_IN_SHINGLE, unsegmented_characters

Array = NDArray[Any]
FACTOR = np.uint64(0x9E3779B97F4A7C15)
"""Odd, so that no digit is lost."""


@dataclass(frozen=True, slots=True)
class Shingles:
    """Sorted numbers of each text's shingles, one after another; of text n from starts[n] to starts[n + 1]."""

    starts: Array
    hashes: Array

    def of(self, number: int) -> Array:
        """Those of one text, uint64, ascending; empty for a text without words."""
        return self.hashes[self.starts[number] : self.starts[number + 1]]

    def write(self, file: Path) -> None:
        """Keep the numbers in a file, for `read`."""
        file.write_bytes(self.hashes.data)  # numpy's own tofile does not say that the disk is full

    @classmethod
    def read(cls, file: Path, starts: Array) -> "Shingles":
        """Numbers of a file, in memory only where they are looked at."""
        empty = starts[-1] == 0  # nothing can be mapped of an empty file
        return cls(starts, np.empty(0, np.uint64) if empty else np.memmap(file, np.uint64, mode="r"))


def shingles_of(tokens: Sequence[Sequence[str]], sizes: Sequence[int] = ()) -> Shingles:
    """Of each text in the order given; `sizes` says of how many tokens; 0, and none at all, leaves it to the script.

    A text of fewer tokens is one shingle, one without any has none.
    """
    counts = np.array([len(own) for own in tokens], dtype=np.int64)
    hashes, unsegmented = _hashes(tokens, counts)
    by_script = np.where(3 * unsegmented >= np.maximum(counts, 1), CHARACTERS_IN_SHINGLE, WORDS_IN_SHINGLE)
    told = np.array(sizes or [0] * len(tokens), dtype=np.int64)
    wanted = np.minimum(np.where(told > 0, told, by_script), counts)
    amounts = np.where(counts > 0, counts - wanted + 1, 0)
    return _ascending(_runs(hashes, counts, wanted, amounts), amounts)


def runs_of(tokens: Sequence[str], size: int) -> Array:
    """[n] uint64: a number for each run of `size` tokens of one text, in their order; none where there are fewer tokens."""
    counts = np.array([len(tokens)], dtype=np.int64)
    amounts = np.maximum(counts - size + 1, 0)
    return _runs(_hashes([tokens], counts)[0], counts, np.array([size]), amounts)


def _hashes(tokens: Sequence[Sequence[str]], counts: Array) -> tuple[Array, Array]:
    """A number for each token, of all texts one after another; and how many of each text are characters of a
    script that sets no space between words."""
    from rensa import RMinHash

    vocabulary = list(dict.fromkeys(chain.from_iterable(tokens)))
    if not vocabulary:
        return np.empty(0, np.uint64), np.zeros(len(counts), np.int64)
    place = dict(zip(vocabulary, range(len(vocabulary)), strict=True))
    places = np.fromiter(map(place.__getitem__, chain.from_iterable(tokens)), np.int64, counts.sum())
    numbers = np.array(RMinHash.hash_token_sets([vocabulary])[0], dtype=np.uint64)
    alone = np.array([unsegmented_characters(token) > 0 for token in vocabulary], dtype=np.int64)
    before = np.concatenate([[0], np.cumsum(alone[places])])
    ends = np.cumsum(counts)
    return numbers[places], before[ends] - before[ends - counts]


def _runs(hashes: Array, counts: Array, sizes: Array, amounts: Array) -> Array:
    """A number for each run of `sizes` tokens, `amounts` of them a text."""
    firsts, outs = np.cumsum(counts) - counts, np.cumsum(amounts) - amounts
    runs = np.empty(amounts.sum(), np.uint64)
    for size in np.unique(sizes[sizes > 0]).tolist():
        chosen = np.flatnonzero(sizes == size)
        places = _ranges(firsts[chosen], amounts[chosen])
        own = hashes[places] + np.uint64(size)
        for step in range(1, size):
            own = (own ^ (own >> np.uint64(29))) * FACTOR + hashes[places + step]
        runs[_ranges(outs[chosen], amounts[chosen])] = (own ^ (own >> np.uint64(32))) * FACTOR
    return runs


def _ranges(starts: Array, amounts: Array) -> Array:
    """For each start the numbers from it on, as many as its amount says, one range after another."""
    ends = np.cumsum(amounts)
    return np.repeat(starts - (ends - amounts), amounts) + np.arange(amounts.sum())


def _ascending(runs: Array, amounts: Array) -> Shingles:
    """Numbers of each text sorted, each once: `np.unique` of each, six times as fast."""
    ends = np.cumsum(amounts)
    for end, amount in zip(ends.tolist(), amounts.tolist(), strict=True):
        runs[end - amount : end].sort()
    first = np.ones(len(runs), dtype=bool)
    first[1:] = runs[1:] != runs[:-1]
    first[(ends - amounts)[amounts > 0]] = True
    counted = np.concatenate([[0], np.cumsum(first)])
    return Shingles(counted[np.concatenate([[0], ends])], runs[first])
