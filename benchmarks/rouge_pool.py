"""Claim: the nearest of all earlier instructions by ROUGE-L, at 0.5 µs a pair or less, and in Chinese too.

    python -m benchmarks.rouge_pool --documents 52000 --repeats 3 --peers .cache/peers

Instructions are drawn from made-up words (characters in Chinese) by Zipf's law, some 12 words or 20 characters long. First
all contenders, in turns, compare the same new ones with the same pool, and must find the same figures; then we alone build a
whole pool, where each instruction is compared with all before it. One process, one thread each.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory

from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist

from benchmarks.measure import Run, interleaved
from benchmarks.settings import Settings, settings
from benchmarks.table import ratio, table
from tasks.instructions.pool import Pool
from tasks.rouge import tokens

SCRIPT = Path(__file__).parent / "peers/rouge_pairs.py"
COLUMNS = ("instructions", "by", "runs", "pairs", "µs a pair", "CPU µs", "pairs/s", "we are faster", "by CPU")
WHOLE = ("instructions", "pairs", "minutes", "CPU minutes", "CPU µs a pair", "refused at 0.7")
SIZE, NEW = 4_000, 20
"""Instructions in the pool of a contest, and those that each contender compares with it."""
FOOT = (
    "First, each of 20 new instructions with each of 4,000; all find the same F-measures to 1e-12. Medians with the "
    "least and the most. In Chinese rouge_score finds no token and is given ours. Then pools in which every instruction is "
    "compared with all before it.\n"
)
WORDS, CHARACTERS = 20_000, 3_000
"""Of a made-up language."""
LENGTHS = {"en": (12, 5), "zh": (20, 7)}
"""Mean and spread of tokens in an instruction."""

Found = list[float]
"""For each new instruction the F-measure of its nearest."""


def compare(wanted: Settings) -> str:
    """Both tables; `documents` is the number of instructions in a whole pool."""
    peer = wanted.peers / "venv/bin/python" if wanted.peers else None
    rows = [row for language in LENGTHS for row in contest(language, repeats=wanted.repeats, peer=peer)]
    pools = [whole(language, wanted.documents) for language in LENGTHS]
    return table(COLUMNS, rows) + table(WHOLE, pools) + FOOT


def instructions(language: str, count: int, seed: int) -> list[str]:
    """Made up; the rank of a word decides how often it comes (Zipf)."""
    chance = Random(f"{language} {seed}")
    known = [f"w{rank}" for rank in range(WORDS)] if language == "en" else [chr(0x4E00 + rank) for rank in range(CHARACTERS)]
    weights = list(accumulate(1 / (rank + 3) for rank in range(len(known))))
    mean, spread = LENGTHS[language]
    between = " " if language == "en" else ""
    return [
        between.join(chance.choices(known, cum_weights=weights, k=max(4, round(chance.gauss(mean, spread)))))
        for _ in range(count)
    ]


def contest(language: str, *, repeats: int, peer: Path | None) -> list[list[object]]:
    """Rows of the table. Raises RuntimeError where two contenders find different figures."""
    texts = instructions(language, SIZE + NEW, seed=1)
    pool, asked = texts[:SIZE], texts[SIZE:]
    found: dict[str, Found] = {}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "texts.json"
        file.write_text(json.dumps({"pool": list(map(tokens, pool)), "new": list(map(tokens, asked))}), encoding="utf-8")
        filled = Pool(pool)
        starts: dict[str, Callable[[], tuple[Run, Found]]] = {
            "zhiling, Pool.nearest": lambda: _timed(lambda: [filled.nearest(text).f for text in asked]),
            "RapidFuzz, cdist of all": lambda: _timed(lambda: _by_cdist(pool, asked)),
        }
        if peer:
            starts["rouge_score, tokens known"] = lambda: _peer(peer, file, "tokens")
        if peer and language == "en":  # in Chinese it finds no token
            starts["rouge_score, score()"] = lambda: _peer(peer, file, "score")
        runs = interleaved({name: _noting(name, start, found) for name, start in starts.items()}, repeats, enough=60)
    ours = found["zhiling, Pool.nearest"]
    for name, theirs in found.items():
        if any(abs(one - other) > 1e-12 for one, other in zip(ours, theirs, strict=True)):
            raise RuntimeError(f"{name} finds other figures than Pool.nearest in {language}.")
    return [_row(language, name, some, runs["zhiling, Pool.nearest"], SIZE * NEW) for name, some in runs.items()]


def whole(language: str, count: int) -> list[object]:
    """A row: a pool built one by one, each compared with all before it."""
    texts, pool, refused = instructions(language, count, seed=2), Pool(), 0
    clock, cpu = time.perf_counter(), time.process_time()
    for text in texts:
        refused += pool.nearest(text).f >= 0.7
        pool.add(text)
    seconds, used, pairs = time.perf_counter() - clock, time.process_time() - cpu, count * (count - 1) // 2
    each = f"{used / pairs * 1e6:.4f}"
    return [f"{count:,} {language}", f"{pairs:,}", f"{seconds / 60:.2f}", f"{used / 60:.2f}", each, refused]


def _by_cdist(pool: Sequence[str], asked: Sequence[str]) -> Found:
    """All pairs, words as characters of a string (of a private plane, so that none is half of a pair)."""
    places: dict[str, str] = {}

    def coded(text: str) -> str:
        return "".join(places.setdefault(token, chr(0xF0000 + len(places))) for token in tokens(text))

    mine, theirs = list(map(coded, asked)), list(map(coded, pool))
    common = cdist(mine, theirs, scorer=LCSseq.similarity, workers=1)
    return [
        max(2 * int(shared) / (len(one) + len(other)) for shared, other in zip(row, theirs, strict=True))
        for one, row in zip(mine, common, strict=True)
    ]


def _timed(work: Callable[[], Iterable[float]]) -> tuple[Run, Found]:
    clock, cpu = time.perf_counter(), time.process_time()
    found = list(work())
    return Run(time.perf_counter() - clock, time.process_time() - cpu, peak=0), found


def _peer(python: Path, file: Path, how: str) -> tuple[Run, Found]:
    done = subprocess.run([python, str(SCRIPT), str(file), how], stdout=subprocess.PIPE, check=True)
    told = json.loads(done.stdout)
    return Run(told["seconds"], told["cpu"], peak=0), told["best"]


def _noting(name: str, start: Callable[[], tuple[Run, Found]], found: dict[str, Found]) -> Callable[[], Run]:
    def run() -> Run:
        one, found[name] = start()
        return one

    return run


def _row(language: str, name: str, runs: Sequence[Run], ours: Sequence[Run], pairs: int) -> list[object]:
    rates = sorted(one.seconds / pairs * 1e6 for one in runs)
    faster = ratio([one.seconds for one in runs], [one.seconds for one in ours])
    by_cpu = ratio([one.cpu for one in runs], [one.cpu for one in ours])
    used = f"{median(one.cpu for one in runs) / pairs * 1e6:.3g}"
    spread = f"{median(rates):.3g} ({rates[0]:.3g} to {rates[-1]:.3g})"
    return [language, name, len(runs), f"{pairs:,}", spread, used, f"{1e6 / median(rates):,.0f}", faster, by_cpu]


if __name__ == "__main__":
    sys.stdout.write(compare(settings()))
