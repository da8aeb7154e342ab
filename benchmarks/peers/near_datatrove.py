"""datatrove's MinHash in its four steps, a language at a time: `python near_datatrove.py (default|equal) IN OUT`.

default  its own settings: 5-grams of spaCy's words (zh: jieba's), 14 bands of 8
equal    ours: 3 words or 5 Chinese characters by a regex, 18 bands of 7
"""

import json
import re
import sys
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import ParquetWriter
from datatrove.utils.logging import logger
from datatrove.utils.word_tokenizers import WordTokenizer

CODE = {"en": "en", "zh": "cmn"}  # "zh" would be Hakka in Latin letters, which cuts at spaces
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")


class RegexWords(WordTokenizer):
    """Words as Zhiling cuts them."""

    def word_tokenize(self, text):
        return WORD.findall(text)

    def sent_tokenize(self, text):
        raise NotImplementedError

    def span_tokenize(self, text):
        raise NotImplementedError


def signature(mode, language, folder):
    if mode == "default":
        return MinhashDedupSignature(folder, MinhashConfig(), language=CODE[language])
    config = MinhashConfig(n_grams=3 if language == "en" else 5, num_buckets=18, hashes_per_bucket=7)
    return MinhashDedupSignature(folder, config, language=RegexWords())


def near(mode, documents, out, language):
    aside, tasks = out / "aside" / language, len(list(documents.glob("*.parquet")))
    sign = signature(mode, language, str(aside / "signatures"))
    reader = ParquetReader(str(documents), text_key="text", id_key="id")
    pairs = MinhashDedupBuckets(str(aside / "signatures"), str(aside / "pairs"), config=sign.config)
    cluster = MinhashDedupCluster(str(aside / "pairs"), str(aside / "removed"), config=sign.config)
    keep = [reader, MinhashDedupFilter(str(aside / "removed")), ParquetWriter(str(out / language))]
    run([reader, sign], tasks, aside / "1")
    run([pairs], sign.config.num_buckets, aside / "2")
    run([cluster], 1, aside / "3")
    run(keep, tasks, aside / "4")


def run(steps, tasks, logs):
    LocalPipelineExecutor(steps, tasks=tasks, workers=2, logging_dir=str(logs)).run()


def jaccards(mode, pairs, out):
    """Similarity of pairs by the shingles that are compared here."""
    with open(out, "w") as found, open(pairs) as lines:
        for pair in map(json.loads, lines):
            sign = signature(mode, pair["language"], str(Path(out).parent / "none"))
            one, other = (set(sign.get_shingles(pair[side]).ravel().tolist()) for side in ("one", "other"))
            found.write(f"{len(one & other) / max(len(one | other), 1)}\n")


if __name__ == "__main__":
    logger.remove()
    mode, source, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if source.is_file():
        jaccards(mode, source, out)
    else:
        for language in ("en", "zh"):
            near(mode, source / language / "documents", out, language)
