"""data-juicer's cleaning chain, a language at a time: `python chain_data_juicer.py MODEL IN OUT`.

The operators nearest to our rules; thresholds as ours where there is one. MODEL is fastText's lid.176.ftz, which stands in
the folder DATA_JUICER_MODELS_CACHE for the lid.176.bin that it would download.
"""

import os
import shutil
import sys
from pathlib import Path

from near_data_juicer import TOKENS


def operators(language):
    shortest = 40 if language == "en" else 12
    return [
        {"fix_unicode_mapper": {"normalization": "NFC"}},
        {"clean_email_mapper": {}},
        {"clean_ip_mapper": {}},
        {"language_id_score_filter": {"lang": language, "min_score": 0.3}},
        {"text_length_filter": {"min_len": shortest}},
        {"alphanumeric_filter": {"min_ratio": 0.5}},
        {"special_characters_filter": {"max_ratio": 0.5}},
        {"character_repetition_filter": {"rep_len": 10, "max_ratio": 0.5}},
        {"word_repetition_filter": {"lang": language, "rep_len": 10, "max_ratio": 0.5}},
        {"words_num_filter": {"lang": language, "min_num": 1}},
        {"document_deduplicator": {"lowercase": True}},
        {"document_minhash_deduplicator": {"tokenization": TOKENS[language]}},
    ]


if __name__ == "__main__":
    model, source, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    os.environ["DATA_JUICER_MODELS_CACHE"] = str(out / "models")
    (out / "models").mkdir(parents=True)
    shutil.copy(model, out / "models" / "lid.176.bin")
    from data_juicer_run import run

    for language in TOKENS:
        run(operators(language), source / language / "documents", out / language)
