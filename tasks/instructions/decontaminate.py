"""Rows to learn from that give items of a test suite away: the same question, nearly the same, or most of its words.

    suites = Suites({"data/instructions/test": test, "shared/suites/sea.jsonl": items})
    suites.refusal(pair)   → ("contaminated", "holds 83% of row 7 of shared/suites/sea.jsonl in runs of 8 words, …"), or None
    suites.told()          → {"data/instructions/test": {"items": 240, "items_hit": 3, "rows": 3, "same": 0, …}, …}

Three tests, each in English words and Chinese characters:
    same      the prompts are the same but for case, full-width forms, spaces and punctuation
    near      shingles with a Jaccard similarity of 0.8, counted exactly, without MinHash
    covered   more than half of an item's tokens stand in the row in runs of 8 words (Tülu 3, Lambert et al. 2024,
              arXiv:2411.15124, section 3.2), of 13 characters in Chinese; GPT-3 has 13 words (Brown et al. 2020, appendix C)

What an item has in common with many others is wording, and gives nothing away. Of rows by template the wording is known: the
instruction; only what they are about must be new, or, to be near, both. Of others, runs that stand in more than ten items.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tasks.instructions.overlap import normal
from tasks.instructions.screen.refusal import Refusal, prompt_of, tokens
from tasks.minhash import jaccard
from tasks.records import Pair
from tasks.script import is_unsegmented
from tasks.shingles import Array, runs_of, shingles_of

WORDS_IN_RUN, CHARACTERS_IN_RUN = 8, 13
MOST_COVERED = 0.5
"""Share of an item's tokens that a row may hold."""
LEAST_ALIKE = 0.8
MOST_ITEMS = 10
"""A run that stands in more items of a suite is wording."""

HOW = ("same", "near", "covered")


@dataclass(frozen=True, slots=True)
class Leak:
    """A row gives an item away."""

    suite: str
    item: str
    """Its id."""
    how: str
    overlap: float
    """Jaccard similarity, or share of the item's tokens; 1 where it is the same."""
    unit: str
    """What its runs are made of."""

    @property
    def reason(self) -> str:
        """In words."""
        twin = f"{self.item} of {self.suite}"
        if self.how == "same":
            return f"asks the same as {twin}"
        if self.how == "near":
            return f"{self.overlap:.2f} like {twin}, at least {LEAST_ALIKE}"
        return f"holds {self.overlap:.0%} of {twin} in runs of {self.unit}, more than {MOST_COVERED:.0%}"


@dataclass(frozen=True, slots=True)
class _Item:
    suite: str
    id: str
    asked: Array
    """Shingles of the instruction, where it is a template's wording; else none."""
    about: Array
    """Shingles of what is its own."""
    size: int
    """Tokens in a run."""
    runs: Array
    """Numbers of the runs of what is its own, in their order."""
    own: Array
    """Which of them are no wording."""

    @property
    def unit(self) -> str:
        return f"{self.size} {'words' if self.size == WORDS_IN_RUN else 'characters'}"

    def covered(self, runs: Array) -> float:
        """Share of its tokens within runs that another text has too."""
        return _tokens_in(self.own & np.isin(self.runs, runs), self.size) / max(_tokens_in(self.own, self.size), 1)


class Suites:
    """Test suites as rows are compared with them, and what was found so far."""

    def __init__(self, suites: Mapping[str, Sequence[Pair]]) -> None:
        self._sizes = {name: len(pairs) for name, pairs in suites.items()}
        self._same: dict[tuple[str, ...], list[_Item]] = {}
        items = []
        for name, pairs in suites.items():
            ordered = sorted(pairs, key=lambda pair: pair.id)
            for pair, item in zip(ordered, _items(name, ordered), strict=True):
                if key := tuple(_words(_whole(pair))):
                    self._same.setdefault(key, []).append(item)
                items.append(item)
        self._worded = _Holders([item for item in items if item.asked.size], "about")
        self._plain = _Holders([item for item in items if not item.asked.size], "about")
        self._runs = _Holders(items, "runs")
        self._rows: Counter[tuple[str, str]] = Counter()
        self._hit: dict[str, set[str]] = {name: set() for name in suites}

    def refusal(self, pair: Pair) -> Refusal | None:
        """Why a row must not be learnt from, by the item that it gives away most; it is counted with every suite it hits."""
        if not (found := self.leaks(pair)):
            return None
        for suite, how in {leak.suite: leak.how for leak in reversed(found)}.items():
            self._rows[suite, how] += 1
        for leak in found:
            self._hit[leak.suite].add(leak.item)
        return "contaminated", found[0].reason

    def leaks(self, pair: Pair) -> list[Leak]:
        """Each item that a row gives away, once, what is most alike first."""
        whole = _words(_whole(pair))
        found = [(item, "same", 1.0) for item in self._same.get(tuple(whole), ())]
        found += [(item, "near", alike) for item, alike in self._near(pair, whole)]
        found += [(item, "covered", share) for item, share in self._covered(whole + _words(pair.output))]
        best: dict[tuple[str, str], Leak] = {}
        for item, how, overlap in sorted(found, key=lambda leak: (HOW.index(leak[1]), -leak[2], leak[0].suite, leak[0].id)):
            best.setdefault((item.suite, item.id), Leak(item.suite, item.id, how, overlap, item.unit))
        return list(best.values())

    def told(self) -> dict[str, dict[str, Any]]:
        """Of each suite: its items, how many of them were hit, and the rows that hit them, in all and by how."""
        return {
            name: {"items": size, "items_hit": len(self._hit[name]), "rows": sum(self._rows[name, how] for how in HOW)}
            | {how: self._rows[name, how] for how in HOW}
            for name, size in self._sizes.items()
        }

    def _near(self, pair: Pair, whole: list[str]) -> list[tuple[_Item, float]]:
        shingles = shingles_of([_words(pair.instruction), _words(_about(pair)), whole])
        asked, about, both = (shingles.of(number) for number in range(3))
        worded = [(item, min(jaccard(about, item.about), jaccard(asked, item.asked))) for item in self._worded.of(about)]
        plain = [(item, jaccard(both, item.about)) for item in self._plain.of(both)]
        return [(item, alike) for item, alike in worded + plain if alike >= LEAST_ALIKE]

    def _covered(self, said: list[str]) -> list[tuple[_Item, float]]:
        runs = np.concatenate([runs_of(said, size) for size in (WORDS_IN_RUN, CHARACTERS_IN_RUN)])
        shares = [(item, item.covered(runs)) for item in self._runs.of(np.unique(runs))]
        return [(item, share) for item, share in shares if share > MOST_COVERED]


@dataclass
class _Holders:
    """Which items hold a number: all numbers of all items, sorted."""

    items: list[_Item]
    kind: str
    _numbers: Array = field(init=False)
    _places: Array = field(init=False)

    def __post_init__(self) -> None:
        own = [np.unique(getattr(item, self.kind)) for item in self.items]
        numbers = np.concatenate([np.empty(0, np.uint64), *own])
        places = np.repeat(np.arange(len(own)), [len(some) for some in own])
        order = np.argsort(numbers, kind="stable")
        self._numbers, self._places = numbers[order], places[order]

    def of(self, numbers: Array) -> list[_Item]:
        """Items that hold any of some different numbers."""
        low, high = (np.searchsorted(self._numbers, numbers, side) for side in ("left", "right"))
        there = high > low
        found = [self._places[one:other] for one, other in zip(low[there].tolist(), high[there].tolist(), strict=True)]
        return [self.items[place] for place in np.unique(np.concatenate(found)).tolist()] if found else []


def _items(suite: str, pairs: Sequence[Pair]) -> list[_Item]:
    """Items of one suite, in their order."""
    own = [_own(pair) for pair in pairs]
    said = [_words(text) for text in own]
    about = shingles_of(said)
    asked = shingles_of([_words(pair.instruction) if _is_worded(pair) else [] for pair in pairs])
    sizes = [CHARACTERS_IN_RUN if is_unsegmented(text) else WORDS_IN_RUN for text in own]
    runs = [runs_of(some, size) for some, size in zip(said, sizes, strict=True)]
    numbers, counts = np.unique(np.concatenate([np.empty(0, np.uint64), *map(np.unique, runs)]), return_counts=True)
    wording = numbers[counts > MOST_ITEMS]
    return [
        _Item(suite, pair.id, asked.of(place), about.of(place), sizes[place], runs[place], ~np.isin(runs[place], wording))
        for place, pair in enumerate(pairs)
    ]


def _is_worded(pair: Pair) -> bool:
    """Whether the instruction is what a template says of everything."""
    return pair.maker.startswith("templates/") and bool(pair.input)


def _own(pair: Pair) -> str:
    """What distinguishes an item from others."""
    return _about(pair) if _is_worded(pair) else _whole(pair)


def _about(pair: Pair) -> str:
    return "\n".join([*(said for turn in pair.history for said in turn), pair.input])


def _whole(pair: Pair) -> str:
    return "\n".join(prompt_of(pair))


def _words(text: str) -> list[str]:
    return tokens(normal(text))


def _tokens_in(runs: Array, size: int) -> int:
    """Tokens that stand in one run at least, of those that are marked, each a token after the one before."""
    marked = np.zeros(len(runs) + size, np.int64)
    starts = np.flatnonzero(runs)
    marked[starts] += 1
    marked[starts + size] -= 1
    return int((np.cumsum(marked) > 0).sum())
