"""A model that is safetensors already: a folder on this machine, or one commit on the Hugging Face hub.

from_path("models/tiny-llama", "", cache)                                       → Brought(files=(config.json, …), …)
from_hub("org/name@0123456789abcdef0123456789abcdef01234567", "", cache)        → the same, fetched to cache/hub first
"""

import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tasks.causal_lm import load_tokenizer
from tasks.errors import InputError
from tasks.model_folder import checked_sha256, fetched, is_weights, screened

WHERE = "params/foundation.yaml"


@dataclass(frozen=True, slots=True)
class Brought:
    """A base model ready to be published: its files, and what is known of its origin."""

    files: tuple[Path, ...]
    source: str
    """As in params/foundation.yaml; of a path only the folder's own name."""
    sha256: str
    """Of the source's weights, joined in order of name."""
    notice: str
    """Licence and terms: the first line is shown, the whole is published."""


def from_path(place: str, expected: str, cache: Path) -> Brought:
    """The model in a folder. Raises InputError where it is missing, incomplete or unsafe, IntegrityError on another hash."""
    folder = Path(place)
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder. Name one that save_pretrained has written in params/foundation.yaml: source."
        )
    notice = f"The model was brought from a folder named {folder.name}; its licence is its maker's.\n"
    return _brought(folder, expected, f"path:{folder.name}", notice)


def from_hub(place: str, expected: str, cache: Path) -> Brought:
    """The model of one commit. Raises as `model_folder.fetched` does, and as `from_path`."""
    folder = fetched(place, cache / "hub", where=WHERE)
    name = place.partition("@")[0]
    notice = f"The model is {name} of the Hugging Face hub; its licence and terms stand at https://huggingface.co/{name}.\n"
    return _brought(folder, expected, f"hub:{place}", notice)


def _brought(folder: Path, expected: str, source: str, notice: str) -> Brought:
    files = screened(folder)
    sha256 = checked_sha256([file for file in files if is_weights(file)], expected, source, WHERE)
    _refuse_unreadable(folder)
    return Brought(files, source, sha256, notice)


def _refuse_unreadable(folder: Path) -> None:
    """Raises InputError where transformers has no causal language model of this kind, or cannot read the tokenizer."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    kind = json.loads((folder / "config.json").read_bytes()).get("model_type")
    if kind not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise InputError(
            f"{folder / 'config.json'} names model_type {kind!r}, of which transformers {version('transformers')} has no "
            "causal language model. Choose one that it has, such as gemma3_text, llama or qwen3."
        )
    load_tokenizer(folder)
