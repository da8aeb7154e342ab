"""Rows that ask nearly the same as one before them, whoever made either.

near = Near()
near.add(pair)
near.twin(pair)    → (the Pair most like it, 1.0), or None

Two are alike where their instructions are, and what these are about (input and earlier turns) is, too: many questions may be
asked of one passage, and one of many passages. Found by MinHash bands (tasks/minhash.py), then verified on shingles.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from tasks.instructions.screen.refusal import tokens
from tasks.minhash import bands_of, jaccard
from tasks.records import Pair
from tasks.shingles import Array, Shingles, shingles_of

ALIKE = 0.8
"""Least Jaccard similarity of shingles: of 3 words, of 5 characters in unsegmented scripts."""
_APART = np.uint64(0x5851F42D4C957F2D)
"""So that a shingle of an instruction is never one of an input."""

Parts = tuple[Array, Array]
"""Shingles of the instruction, and of what it is about."""


@dataclass
class Near:
    """Pairs in the order in which they were added; those are laid out when the first is looked for."""

    _pairs: list[Pair] = field(default_factory=list)
    _parts: list[Parts] = field(default_factory=list)
    _banded: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, pair: Pair) -> None:
        """Have it found from now on."""
        self._pairs.append(pair)

    def twin(self, pair: Pair) -> tuple[Pair, float] | None:
        """The one most like it, the first of equally like ones, and how like it is."""
        self._lay_out()
        [(parts, bands)] = _laid_out([pair])
        rivals = sorted({rival for band in bands for rival in self._banded.get(band, ())})
        found = [(likeness(parts, self._parts[rival]), -rival) for rival in rivals]
        best, place = max(found, default=(0.0, 0))
        return (self._pairs[-place], best) if best >= ALIKE else None

    def _lay_out(self) -> None:
        for parts, bands in _laid_out(self._pairs[len(self._parts) :]):
            for band in bands:
                self._banded[band].append(len(self._parts))
            self._parts.append(parts)


def likeness(one: Parts, other: Parts) -> float:
    """Jaccard similarity of the parts less alike; two empty parts are the same, a text and none are not."""
    return min(
        1.0 if not mine.size and not yours.size else jaccard(mine, yours) for mine, yours in zip(one, other, strict=True)
    )


def _laid_out(pairs: list[Pair]) -> list[tuple[Parts, list[int]]]:
    """Shingles and bands of each."""
    if not pairs:
        return []
    asked = shingles_of([tokens(pair.instruction) for pair in pairs])
    about = shingles_of(
        [tokens("\n".join([*(said for turn in pair.history for said in turn), pair.input])) for pair in pairs]
    )
    parts = [(asked.of(number), about.of(number)) for number in range(len(pairs))]
    both = [np.sort(np.concatenate([one ^ _APART, other])) for one, other in parts]
    starts = np.concatenate([[0], np.cumsum([len(own) for own in both])])
    bands = bands_of(Shingles(starts, np.concatenate(both)))
    return [(own, band.tolist() if len(all) else []) for own, band, all in zip(parts, bands, both, strict=True)]
