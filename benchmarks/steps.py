"""Where the corpus stage's time goes, step by step on one core, and the floor below which no Python of ours could come.

    python -m benchmarks.steps

The floor is Arrow alone: the same parquet file read and written again, not a text looked at.
"""

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

from benchmarks.cleaning_chain import DIRT
from benchmarks.corpora import write_all
from benchmarks.settings import Settings, settings
from benchmarks.table import table
from benchmarks.texts import Texts
from tasks.corpus.clean import cleaned
from tasks.corpus.fingerprints import fingerprints
from tasks.corpus.settings import CorpusParams
from tasks.params import load
from tasks.records import Document
from tasks.shards import read_shard, write_shard

DOCUMENTS = 2_000


def compare(wanted: Settings) -> str:
    """The table: microseconds of CPU a Document."""
    place = wanted.scratch / "steps"
    shutil.rmtree(place, ignore_errors=True)
    write_all(place, Texts(wanted.seed, wanted.text), DOCUMENTS, 0, dirt=DIRT)
    shard, params = place / "documents" / "00000.parquet", load(CorpusParams, Path("params/corpus.yaml"))
    documents = list(read_shard(shard, Document))
    steps: dict[str, Callable[[], object]] = {
        "read": lambda: list(read_shard(shard, Document)),
        "clean (normalise, language, rules)": lambda: [cleaned(document, params) for document in documents],
        "fingerprints (shingles, MinHash, SHA-256)": lambda: fingerprints(documents),
        "write": lambda: write_shard(place / "again.parquet", documents, Document),
        "floor: Arrow reads and writes": lambda: pq.write_table(
            pq.read_table(shard), place / "floor.parquet", compression="zstd"
        ),
    }
    rows = [[name, f"{_cost(step, wanted.repeats):.0f}"] for name, step in steps.items()]
    characters = sum(len(document.text) for document in documents) // DOCUMENTS
    return (
        table(("step", "CPU µs/document"), rows)
        + f"Documents of {characters} characters in the mean, half of them Chinese.\n"
    )


def _cost(step: Callable[[], object], repeats: int) -> float:
    """Microseconds of CPU a Document, median; the first run, which imports, is left out."""
    costs = []
    for _ in range(repeats + 1):
        start = time.process_time()
        step()
        costs.append(time.process_time() - start)
    return median(costs[1:]) / DOCUMENTS * 1e6


if __name__ == "__main__":
    sys.stdout.write(compare(settings()))
