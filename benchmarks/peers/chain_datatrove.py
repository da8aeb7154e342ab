"""datatrove's cleaning chain, a language at a time: `python chain_datatrove.py MODEL IN OUT`.

ftfy, language (fastText), Gopher's repetition and quality rules, personal data; MinHash with its defaults in four steps.
Its rules with the limits of params/corpus.yaml, so that about the same Documents go through all steps: with Gopher's own,
nearly every short Chinese text is refused at once. MODEL is fastText's lid.176.ftz.
"""

import sys
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.filters import GopherQualityFilter, GopherRepetitionFilter, LanguageFilter
from datatrove.pipeline.formatters import FTFYFormatter, PIIFormatter
from datatrove.pipeline.readers import JsonlReader, ParquetReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.lid import FT176LID
from datatrove.utils.logging import logger

CODE = {"en": "en", "zh": "cmn"}  # "zh" would be Hakka in Latin letters, which cuts at spaces
DUPLICATE = ((5, 0.65), (6, 0.63), (7, 0.61), (8, 0.59), (9, 0.57), (10, 0.55))
TOP = {"en": ((2, 0.4), (3, 0.4), (4, 0.45)), "zh": ((2, 0.6), (3, 0.6), (4, 0.6))}
QUALITY = {
    "en": {"min_doc_words": 8, "max_non_alpha_words_ratio": 0.5, "min_stop_words": 1},
    "zh": {
        "min_doc_words": 5,
        "min_avg_word_length": None,
        "max_avg_word_length": None,
        "max_non_alpha_words_ratio": 0.4,
        "min_stop_words": None,
        "max_ellipsis_lines_ratio": 0.6,
    },
}


class LocalModel(FT176LID):
    """The model from a file instead of from the network."""

    def __init__(self, languages, file):
        super().__init__(languages)
        self.file = file

    @property
    def model(self):
        if self._model is None:
            from fasttext.FastText import _FastText

            self._model = _FastText(self.file)
        return self._model


def chain(model, documents, out, language):
    aside, tasks = out / "aside" / language, len(list(documents.glob("*.parquet")))
    of_language = LanguageFilter([language], language_threshold=0.3)
    of_language.model = LocalModel([language], model)
    sign = MinhashDedupSignature(str(aside / "signatures"), language=CODE[language])
    rules = [
        ParquetReader(str(documents), text_key="text", id_key="id"),
        FTFYFormatter(normalization="NFC"),
        of_language,
        GopherRepetitionFilter(0.3, 0.3, 0.4, 0.2, TOP[language], DUPLICATE, language=CODE[language]),
        GopherQualityFilter(language=CODE[language], **QUALITY[language]),
        PIIFormatter(),
        JsonlWriter(str(aside / "clean")),
    ]
    clean = JsonlReader(str(aside / "clean"))
    run(rules, tasks, aside / "0")
    run([clean, sign], tasks, aside / "1")
    run([MinhashDedupBuckets(str(aside / "signatures"), str(aside / "pairs"))], sign.config.num_buckets, aside / "2")
    run([MinhashDedupCluster(str(aside / "pairs"), str(aside / "removed"))], 1, aside / "3")
    run([clean, MinhashDedupFilter(str(aside / "removed")), JsonlWriter(str(out / language))], tasks, aside / "4")


def run(steps, tasks, logs):
    LocalPipelineExecutor(steps, tasks=tasks, workers=2, logging_dir=str(logs)).run()


if __name__ == "__main__":
    logger.remove()
    for language in ("en", "zh"):
        chain(sys.argv[1], Path(sys.argv[2]) / language / "documents", Path(sys.argv[3]), language)
