"""Which files of a model folder may be published, and which folders are refused.

    model.safetensors config.json tokenizer.json            → these three
    model.safetensors config.json pytorch_model.bin         → refused: a pickle runs code when it is read
    config.json with {"auto_map": {"AutoModel": "x.Y"}}     → refused: it asks for code from the folder

Nothing here is loaded: names, first bytes and JSON keys decide.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from tasks.errors import InputError, IntegrityError

WEIGHTS = ("model.safetensors", "model-*.safetensors")
WANTED = (
    *WEIGHTS,
    "model.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "LICENSE*",
    "NOTICE*",
    "*TERMS*",
)
RUNS_CODE = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".h5", ".py", ".pyc", ".so", ".dll", ".dylib")
ASKS_FOR_CODE = {
    "auto_map",
    "custom_generate",
    "custom_pipelines",
    "trust_remote_code",
    "attn_implementation",  # `org/name` makes transformers fetch a kernel from the hub
    "_attn_implementation",
    "_attn_implementation_internal",
}
PICKLE_OR_ZIP = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")


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


def screened(folder: Path) -> tuple[Path, ...]:
    """The files of a model folder to publish, in order of name.

    Raises InputError, naming the file, where the folder holds pickles or code, asks for code, or lacks a part.
    """
    present = sorted(file for file in folder.rglob("*") if file.is_file())
    for file in present:
        if file.suffix.lower() in RUNS_CODE:
            raise InputError(
                f"{file} can run code when it is loaded. A foundation is safetensors, JSON and text only: "
                "convert the weights to safetensors and leave this file out."
            )
    wanted = tuple(file for file in present if file.parent == folder and _matches(file.name, WANTED))
    _all_there(folder, {file.name for file in wanted})
    for file in wanted:
        _harmless(file)
    return wanted


def checked_sha256(weights: Sequence[Path], expected: str, source: str) -> str:
    """SHA-256 of files joined in the order given. Raises IntegrityError where another is expected; "" expects nothing."""
    digest = hashlib.sha256()
    for file in weights:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    found = digest.hexdigest()
    if expected and found != expected:
        raise IntegrityError(
            f"The weights of {source} have SHA-256 {found}, params/foundation.yaml: sha256 expects {expected}. "
            "If the source was changed on purpose put its new hash there; else fetch or install it again."
        )
    return found


def is_weights(file: Path) -> bool:
    """Whether a file of a model folder holds weights."""
    return _matches(file.name, WEIGHTS)


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _all_there(folder: Path, names: set[str]) -> None:
    if "config.json" not in names:
        raise InputError(f"{folder} holds no config.json, so it is not a whole model (an adapter alone is none).")
    if not any(_matches(name, WEIGHTS) for name in names):
        raise InputError(f"{folder} holds no model*.safetensors. Save the model with save_pretrained and name that folder.")
    if not names & {"tokenizer.json", "vocab.json", "vocab.txt"}:
        raise InputError(f"{folder} holds no tokenizer.json. Save the tokenizer there, too: tokenizer.save_pretrained.")
    if "model.safetensors.index.json" in names:
        index = _json(folder / "model.safetensors.index.json")
        if missing := sorted(set(index.get("weight_map", {}).values()) - names):
            raise InputError(f"{folder / 'model.safetensors.index.json'} names {missing[0]!r}, which is not in {folder}.")


def _harmless(file: Path) -> None:
    with file.open("rb") as stream:
        start = stream.read(4)
    if start.startswith(PICKLE_OR_ZIP):
        raise InputError(f"{file} is a pickle or an archive under another name; a foundation may not hold one.")
    if is_weights(file):
        try:
            with safe_open(file, framework="numpy"):
                pass
        except SafetensorError as error:
            raise InputError(f"{file} is not safetensors, or was cut short ({error}). Save or fetch it again.") from error
    elif file.suffix == ".json":
        for key, value in _entries(_json(file)):
            if key in ASKS_FOR_CODE and value:
                raise InputError(
                    f"{file} sets {key!r} to {value!r}: it asks for code that is not part of transformers. "
                    "Choose a model that transformers knows, or remove the key if the model needs none."
                )


def _json(file: Path) -> Any:
    try:
        value = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is not JSON ({error}). Save or fetch the model again.") from error
    if not isinstance(value, dict):
        raise InputError(f"{file} holds a {type(value).__name__}, expected an object.")
    return value


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, however deep."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, dict):
            yield from inner.items()
            waiting.extend(inner.values())
        elif isinstance(inner, list):
            waiting.extend(inner)
