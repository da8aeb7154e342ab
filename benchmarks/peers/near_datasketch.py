"""datasketch's MinHash and MinHashLSH, signatures by two processes: `python near_datasketch.py equal IN OUT`.

126 permutations in 18 bands of 7; 3 words, or 5 Chinese characters, by a regex.
"""

import json
import re
import sys
from multiprocessing import Pool
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasketch import MinHash, MinHashLSH

WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
BANDS, ROWS = 18, 7


def shingles(text, language):
    words, size = WORD.findall(text.lower()), 3 if language == "en" else 5
    return {" ".join(words[start : start + size]) for start in range(max(len(words) - size + 1, 1))}


def signatures(job):
    file, language = job
    table = pq.read_table(file)
    sets = [[one.encode() for one in shingles(text, language)] for text in table["text"].to_pylist()]
    return table, MinHash.bulk(sets, num_perm=BANDS * ROWS)


def near(source, out):
    for language in ("en", "zh"):
        files = sorted((source / language / "documents").glob("*.parquet"))
        index = MinHashLSH(num_perm=BANDS * ROWS, params=(BANDS, ROWS))
        with Pool(2) as pool:
            for table, found in pool.imap(signatures, [(file, language) for file in files]):
                stays = [keep(index, one, sign) for one, sign in zip(table["id"].to_pylist(), found, strict=False)]
                pq.write_table(table.filter(pa.array(stays)), out / f"{language}{len(index.keys)}.parquet")


def keep(index, one, sign):
    if index.query(sign):
        return False
    index.insert(one, sign)
    return True


if __name__ == "__main__":
    source, out = Path(sys.argv[2]), Path(sys.argv[3])
    if source.is_file():
        with open(out, "w") as found, open(source) as pairs:
            for pair in map(json.loads, pairs):
                one, other = (shingles(pair[side], pair["language"]) for side in ("one", "other"))
                found.write(f"{len(one & other) / max(len(one | other), 1)}\n")
    else:
        out.mkdir(parents=True)
        near(source, out)
