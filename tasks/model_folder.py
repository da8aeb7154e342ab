"""Which files of a model folder may be read and published, and which folders are refused; and one commit of the hub.

    model.safetensors config.json tokenizer.json            → these three
    model.safetensors config.json pytorch_model.bin         → refused: a pickle runs code when it is read
    config.json with {"auto_map": {"AutoModel": "x.Y"}}     → refused: it asks for code from the folder

Nothing here is loaded: names, first bytes and JSON keys decide. `where` is what named the model, for messages.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from tasks.errors import EndpointError, InputError, IntegrityError, ParamsError

WEIGHTS = ("model.safetensors", "model-*.safetensors")
WANTED = (
    *WEIGHTS,
    "model.safetensors.index.json",
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "LICENSE*",
    "NOTICE*",
    "*TERMS*",
)
SENTENCE_PIECES = ("source.spm", "target.spm", "spiece.model", "sentencepiece.bpe.model")
"""Tokenizers of translation models that have no tokenizer.json; the package sentencepiece reads them."""
WANTED_OF_TRANSLATORS = (*WANTED, *SENTENCE_PIECES)
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


def screened(folder: Path, wanted: Sequence[str] = WANTED) -> tuple[Path, ...]:
    """The files of a model folder that match `wanted`, in order of name.

    Raises InputError, naming the file, where the folder holds pickles or code, asks for code, or lacks a part.
    """
    present = sorted(file for file in folder.rglob("*") if file.is_file())
    for file in present:
        if file.suffix.lower() in RUNS_CODE:
            raise InputError(
                f"{file} can run code when it is loaded. A model is safetensors, JSON and text only: "
                "convert the weights to safetensors and leave this file out."
            )
    files = tuple(file for file in present if file.parent == folder and _matches(file.name, wanted))
    _all_there(folder, {file.name for file in files})
    for file in files:
        _harmless(file)
    return files


def checked_sha256(weights: Sequence[Path], expected: str, source: str, where: str) -> str:
    """SHA-256 of files joined in the order given. Raises IntegrityError where another is expected; "" expects nothing."""
    digest = hashlib.sha256()
    for file in weights:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    found = digest.hexdigest()
    if expected and found != expected:
        raise IntegrityError(
            f"The weights of {source} have SHA-256 {found}, {where}: sha256 expects {expected}. "
            "If the source was changed on purpose put its new hash there; else fetch or install it again."
        )
    return found


def fetched(place: str, cache: Path, *, where: str, wanted: Sequence[str] = WANTED) -> Path:
    """`<org/name>@<commit>` of the Hugging Face hub as a folder in the cache.

    Only what is wanted is fetched, so a pickle beside the safetensors never arrives. Raises ParamsError for another place,
    EndpointError where the hub does not give it.
    """
    from httpx import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    matched = re.fullmatch(r"([\w.-]+/[\w.-]+)@([0-9a-f]{40})", place)
    if not matched:
        raise ParamsError(
            f"{where}: 'hub:{place}', expected hub:<org/name>@<revision> with the 40 hex digits of "
            "a commit: a branch or a tag may hold another model tomorrow."
        )
    name, revision = matched.groups()
    try:
        return Path(snapshot_download(name, revision=revision, cache_dir=cache, allow_patterns=list(wanted)))
    except (HTTPError, HfHubHTTPError, LocalEntryNotFoundError) as error:
        raise EndpointError(
            f"The hub did not give {name} at {revision}: {_first_line(error)} Check the name, the revision and the "
            f"network (a gated model wants HF_TOKEN in the environment), or use path: in {where}."
        ) from error


def _first_line(error: Exception) -> str:
    """What an error says first; its name, where it says nothing (a timeout of httpx)."""
    return next(iter(str(error).splitlines()), f"{type(error).__name__}.")


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
    if not names & {"tokenizer.json", "vocab.json", "vocab.txt", *SENTENCE_PIECES}:
        raise InputError(f"{folder} holds no tokenizer.json. Save the tokenizer there, too: tokenizer.save_pretrained.")
    if "model.safetensors.index.json" in names:
        index = _json(folder / "model.safetensors.index.json")
        if missing := sorted(set(index.get("weight_map", {}).values()) - names):
            raise InputError(f"{folder / 'model.safetensors.index.json'} names {missing[0]!r}, which is not in {folder}.")


def _harmless(file: Path) -> None:
    with file.open("rb") as stream:
        start = stream.read(4)
    if start.startswith(PICKLE_OR_ZIP):
        raise InputError(f"{file} is a pickle or an archive under another name; a model may not hold one.")
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
