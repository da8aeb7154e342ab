"""Models and prose → what tuning cost: how much more the tuned model is surprised by text it was not tuned on.

texts = prose(root, ["LICENSE"], documents, characters=8000)
read(base, tokenizer, texts, window=512, desc="base")   # → {"LICENSE": 11.1, "held-out prose": 16.8}
"""

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tasks.causal_lm import perplexity
from tasks.errors import InputError, IntegrityError
from tasks.records import Document

HELD_OUT = "held-out prose"


def prose(root: Path, files: Sequence[str], documents: Iterable[Document], *, characters: int) -> dict[str, str]:
    """Name → first characters of each file under `root`, and of the held-out documents, joined in the order of their ids.

    Raises InputError where a file cannot be read.
    """
    texts = {name: _text(root / name)[:characters] for name in files}
    together = "\n\n".join(document.text for document in sorted(documents, key=lambda document: document.id))
    return texts | ({HELD_OUT: together[:characters]} if together else {})


def read(model: Any, tokenizer: Any, texts: Mapping[str, str], *, window: int, desc: str) -> dict[str, float]:
    """Perplexity of each text. Raises IntegrityError where a model's weights make it no finite number."""
    perplexities = {}
    for name, text in tqdm(texts.items(), desc=desc, unit="text"):
        perplexities[name] = perplexity(model, tokenizer, text, window)
        if not isfinite(perplexities[name]):
            raise IntegrityError(
                f"The perplexity of {name} is {perplexities[name]} ({desc}): the weights hold NaN or infinity. "
                "Lower learning_rate in params/model.yaml and run again."
            )
    return perplexities


def compared(base: Mapping[str, float], tuned: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """For each text both perplexities, and tuned ÷ base as `ratio`; to 4 decimals."""
    return {
        name: {"base": round(before, 4), "tuned": round(tuned[name], 4), "ratio": round(tuned[name] / before, 4)}
        for name, before in base.items()
    }


def _text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}, named in prose_files of params/scores.yaml, cannot be read as UTF-8 text ({error})."
        ) from error
    return text
