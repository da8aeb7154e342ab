"""distilabel's MinHashDedup step, in the one process that it runs in: `python near_distilabel.py equal IN OUT`.

Runs of 5 characters (its words want a download of nltk's), 128 permutations, threshold 0.8.
"""

import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from distilabel.steps import MinHashDedup

SIZE = 5


def near(source, out):
    for language in ("en", "zh"):
        step = MinHashDedup(name="near", tokenizer="ngrams", n=SIZE, threshold=0.8)
        step.load()
        for file in sorted((source / language / "documents").glob("*.parquet")):
            table = pq.read_table(file)
            (rows,) = step.process([{"text": text} for text in table["text"].to_pylist()])
            stays = [row["keep_row_after_minhash_filtering"] for row in rows]
            pq.write_table(table.filter(pa.array(stays)), out / f"{language}-{file.name}")


def shingles(text):
    return {text[start : start + SIZE] for start in range(len(text) - SIZE + 1)}


if __name__ == "__main__":
    source, out = Path(sys.argv[2]), Path(sys.argv[3])
    if source.is_file():
        with open(out, "w") as found, open(source) as pairs:
            for pair in map(json.loads, pairs):
                one, other = shingles(pair["one"]), shingles(pair["other"])
                found.write(f"{len(one & other) / max(len(one | other), 1)}\n")
    else:
        out.mkdir(parents=True)
        near(source, out)
