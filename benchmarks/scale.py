"""Claim: time and memory of the corpus stage grow in step with the Documents, not faster.

    python -m benchmarks.scale --sizes 10000 100000 1000000    # 20 minutes for the last; make bench leaves it out

Generated Documents of the same mean length in each; the exponent is the slope of a straight line through the logarithms
(least squares): 1 is linear. State is what the stage holds of all Documents at once, in bytes a Document.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.cleaning_chain import DIRT, corpus_stage, workspace
from benchmarks.corpora import write_all
from benchmarks.measure import Run
from benchmarks.settings import Settings, settings
from benchmarks.table import table
from benchmarks.texts import LANGUAGES, Texts
from tasks.corpus.fingerprints import fingerprints
from tasks.shards import read_manifest

COLUMNS = ("documents", "archive MB", "seconds", "CPU s", "documents/s", "CPU µs/document", "peak MB", "kept")


def compare(wanted: Settings) -> str:
    """The table, and below it the exponents."""
    texts = Texts(wanted.seed, wanted.text)
    rows, runs = [], []
    for size in wanted.sizes:
        root = wanted.scratch / "scale" / f"{size}"
        shutil.rmtree(root, ignore_errors=True)
        write_all(root / "data" / "archive", texts, size, size // 10, dirt=DIRT)
        workspace(root)
        runs.append(corpus_stage(wanted, root))
        rows.append(_row(runs[-1], size + size // 10, root))
        sys.stderr.write(table(COLUMNS, rows[-1:]))  # an hour may pass before the next is done
        shutil.rmtree(root)
    return table(COLUMNS, rows) + _foot(texts, wanted, runs)


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Slope of the logarithm of the values over that of the sizes, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])


def state_bytes(texts: Texts) -> tuple[int, int]:
    """Bytes a Document of what the stage holds in memory of all at once, and of the shingles that it keeps in a file."""
    prints, own = fingerprints([texts.document(LANGUAGES[number % 2], number) for number in range(1000)])
    held = sum(int(getattr(prints, name).nbytes) for name in prints.__slots__) + int(own.starts.nbytes)
    return held // len(prints), int(own.hashes.nbytes) // len(prints)


def _row(measured: Run, size: int, root: Path) -> list[str]:
    archive = sum(file.stat().st_size for file in (root / "data" / "archive").rglob("*.parquet"))
    return [
        f"{size:,}",
        f"{archive / 1e6:,.0f}",
        f"{measured.seconds:,.1f}",
        f"{measured.cpu:,.1f}",
        f"{size / measured.seconds:,.0f}",
        f"{measured.cpu / size * 1e6:,.0f}",
        f"{measured.peak / 1e6:,.0f}",
        f"{read_manifest(root / 'data' / 'corpus')['books']['out']:,}",
    ]


def _foot(texts: Texts, wanted: Settings, runs: Sequence[Run]) -> str:
    held, in_file = state_bytes(texts)
    foot = f"State: {held} bytes a Document in memory, {in_file:,} in a file (shingles). A run each.\n"
    if len(runs) > 1:
        by: dict[str, list[float]] = {
            "seconds": [one.seconds for one in runs],
            "CPU seconds": [one.cpu for one in runs],
            "peak": [float(one.peak) for one in runs],
        }
        slopes = ", ".join(f"{name} {exponent(wanted.sizes, values):.2f}" for name, values in by.items())
        foot += f"Exponents over the number of Documents (1 is linear): {slopes}.\n"
    return foot


if __name__ == "__main__":
    sys.stdout.write(compare(settings()))
