"""Rows of one maker → how different they are: for the manifest.

    diversity(pairs)   → {"instructions": 412, "languages": {"en": 0.76, "zh": 0.24}, "tasks": {"open": 381},
                          "openings": {"distinct": 143, "most": {"name": 21, …}}, "lengths": {"en": [4, 9, 12, 16, 48]},
                          "nearest": {"0.0": 12, …, "0.6": 31}}

Wang et al. 2022 (arXiv:2212.10560, section 3.2) show verbs and nouns, lengths, and ROUGE-L with the nearest seed. Verbs and
nouns need a parser of English; what instructions begin with needs none, and is told of Chinese as well.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from tasks.instructions.pool import Pool
from tasks.records import Pair
from tasks.script import words

MOST = 10
"""Openings that are named."""
QUANTILES = (0.0, 0.25, 0.5, 0.75, 1.0)


def diversity(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Of the different instructions of some rows, in their order; tasks are counted by row."""
    said = {pair.instruction: pair.language for pair in pairs}
    openings = Counter(opening(text) for text in said)
    lengths = defaultdict(list)
    for text, language in said.items():
        lengths[language].append(len(words(text)))
    languages = Counter(said.values())
    return {
        "instructions": len(said),
        "languages": {name: round(rows / len(said), 4) for name, rows in sorted(languages.items())},
        "tasks": dict(sorted(Counter(pair.task for pair in pairs).items())),
        "openings": {"distinct": len(openings), "most": dict(sorted(openings.items(), key=_most_first)[:MOST])},
        "lengths": {language: _quantiles(some) for language, some in sorted(lengths.items())},
        "nearest": nearest(list(said)),
    }


def opening(text: str) -> str:
    """The first word, in Chinese the first two characters: "Name a boat." → "name", "说出一种船。" → "说出"."""
    some = words(text)[:2]
    return "".join(some[: 1 if text[:1].isascii() else 2])


def nearest(texts: Sequence[str]) -> dict[str, int]:
    """How many have a ROUGE-L of 0.0 to 0.1, 0.1 to 0.2, … with the nearest of those before them; 1.0 stands alone."""
    pool, counts = Pool(), Counter[str]()
    for text in texts:
        counts[f"{int(10 * pool.nearest(text).f + 1e-9) / 10:.1f}"] += 1
        pool.add(text)
    return dict(sorted(counts.items()))


def _most_first(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _quantiles(values: Sequence[int]) -> list[int]:
    """The least, the quartiles and the most."""
    ordered = sorted(values)
    return [ordered[int(share * (len(ordered) - 1) + 0.5)] for share in QUANTILES]
