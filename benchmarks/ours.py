"""Duplicates alone, as the corpus stage finds them and as the peers run theirs: `python -m benchmarks.ours IN OUT`.

Reads IN/<language>/documents/*.parquet and writes those that stay to OUT/<language>/documents/.
"""

import sys
from collections import Counter
from functools import partial
from pathlib import Path

from tasks.corpus.fingerprints import fingerprints
from tasks.corpus.make import duplicates
from tasks.corpus.parts import Part
from tasks.corpus.settings import Duplicates
from tasks.parallel import in_processes
from tasks.records import Document
from tasks.shards import new_folder, read_rows, read_shard

LANGUAGES = ("en", "zh")


def near(source: Path, out: Path) -> None:
    """Keep one of those that are alike, in each language."""
    shards = [shard for language in LANGUAGES for shard in sorted((source / language / "documents").glob("*.parquet"))]
    out.mkdir(parents=True)
    parts = in_processes(partial(_part, aside=out), shards, workers=2)
    for language in LANGUAGES:
        own = [part for part in parts if part.file.name.startswith(language)]
        gone = duplicates(own, Duplicates(near=0.8, semantic=None), out)
        with new_folder(out / language) as folder:
            rows = read_rows(source / language, "documents", Document)
            folder.rows("documents", (row for row in rows if row.id not in gone), Document)


def _part(shard: Path, aside: Path) -> Part:
    prints, shingles = fingerprints(list(read_shard(shard, Document)))
    file = aside / f"{shard.parents[1].name}-{shard.name}"
    shingles.write(file.with_suffix(".u64"))
    return Part(file, len(prints), prints, shingles.starts, Counter())


if __name__ == "__main__":
    near(Path(sys.argv[1]), Path(sys.argv[2]))
