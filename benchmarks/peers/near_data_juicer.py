"""data-juicer's document_minhash_deduplicator, a language at a time: `python near_data_juicer.py (default|equal) IN OUT`.

default  its own settings, with what it recommends for each language: 5 words at spaces, zh 5 characters; 256 hashes, 0.7
equal    3 words at spaces, zh 5 characters; 18 bands of 7
"""

import json
import sys
from pathlib import Path

TOKENS = {"en": "space", "zh": "character"}
EQUAL = {"num_permutations": 126, "num_bands": 18, "num_rows_per_band": 7}


def settings(mode, language):
    if mode == "default":
        return {"tokenization": TOKENS[language]}
    return {"tokenization": TOKENS[language], "window_size": 3 if language == "en" else 5, **EQUAL}


def shingles(text, mode, language):
    """As DocumentMinhashDeduplicator.compute_hash cuts them."""
    size = settings(mode, language).get("window_size", 5)
    tokens = text.lower().split() if language == "en" else text.lower()
    return {tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)}


if __name__ == "__main__":
    mode, source, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if source.is_file():
        with open(out, "w") as found, open(source) as pairs:
            for pair in map(json.loads, pairs):
                one, other = (shingles(pair[side], mode, pair["language"]) for side in ("one", "other"))
                found.write(f"{len(one & other) / max(len(one | other), 1)}\n")
    else:
        from data_juicer_run import run

        for language in TOKENS:
            operator = {"document_minhash_deduplicator": settings(mode, language)}
            run([operator], source / language / "documents", out / language)
