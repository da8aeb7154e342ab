"""A model that is safetensors already: a folder on this machine, or one commit on the Hugging Face hub.

from_path("models/tiny-llama", "", cache)                                       → Brought(files=(config.json, …), …)
from_hub("org/name@0123456789abcdef0123456789abcdef01234567", "", cache)        → the same, fetched to cache/hub first
"""

import json
import re
from importlib.metadata import version
from pathlib import Path

from tasks.causal_lm import load_tokenizer
from tasks.errors import EndpointError, InputError, ParamsError
from tasks.foundation.screen import WANTED, Brought, checked_sha256, is_weights, screened


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
    """The model of one commit. Only what is wanted is fetched, so a pickle beside the safetensors never arrives."""
    matched = re.fullmatch(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})", place)
    if not matched:
        raise ParamsError(
            f"params/foundation.yaml: source = 'hub:{place}', expected hub:<org/name>@<revision> with the 40 hex digits of "
            "a commit: a branch or a tag may hold another model tomorrow."
        )
    name, revision = matched.groups()
    folder = _fetch(name, revision, cache / "hub")
    notice = f"The model is {name} of the Hugging Face hub; its licence and terms stand at https://huggingface.co/{name}.\n"
    return _brought(folder, expected, f"hub:{place}", notice)


def _brought(folder: Path, expected: str, source: str, notice: str) -> Brought:
    files = screened(folder)
    sha256 = checked_sha256([file for file in files if is_weights(file)], expected, source)
    _refuse_unreadable(folder)
    return Brought(files, source, sha256, notice)


def _fetch(name: str, revision: str, cache: Path) -> Path:
    from httpx import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, revision=revision, cache_dir=cache, allow_patterns=list(WANTED)))
    except (HTTPError, HfHubHTTPError, LocalEntryNotFoundError) as error:
        raise EndpointError(
            f"The hub did not give {name} at {revision}: {_first_line(error)} Check the name, the revision and the "
            "network (a gated model wants HF_TOKEN in the environment), or use package: or path: in params/foundation.yaml."
        ) from error


def _first_line(error: Exception) -> str:
    """What an error says first; its name, where it says nothing (a timeout of httpx)."""
    return next(iter(str(error).splitlines()), f"{type(error).__name__}.")


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
