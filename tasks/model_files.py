"""What the files of a model folder tell about it, without loading it: no torch, no weights read.

digest(Path("data/foundation"))              → "3f0c…", 16 hex digits for all that decides its answers
has_chat_template(Path("data/foundation"))   → False: it continues text
"""

import json
from fnmatch import fnmatch
from pathlib import Path

from tasks.errors import InputError
from tasks.records import content_id
from tasks.shards import read_manifest

DECIDES_ANSWERS = ("*.safetensors", "*config.json", "tokenizer*", "vocab*", "merges.txt", "added_tokens.json", "*.jinja")


def digest(folder: Path) -> str:
    """16 hex digits for all that decides a model's answers: weights, configuration, tokenizer, by the manifest's hashes."""
    files = read_manifest(folder)["files"]
    names = [name for name in sorted(files) if any(fnmatch(name, pattern) for pattern in DECIDES_ANSWERS)]
    return content_id("model", *(part for name in names for part in (name, files[name]["sha256"])))


def has_chat_template(folder: Path) -> bool:
    """Whether its tokenizer has one, as transformers looks for it: in files of their own, else in tokenizer_config.json.

    Raises InputError where that is no JSON.
    """
    if any(folder.glob("additional_chat_templates/*.jinja")):
        return True
    if (alone := folder / "chat_template.jinja").is_file():
        return alone.stat().st_size > 0
    config = folder / "tokenizer_config.json"
    try:
        return config.is_file() and bool(json.loads(config.read_text(encoding="utf-8")).get("chat_template"))
    except (ValueError, AttributeError) as error:
        raise InputError(f"{config} is no JSON object ({error}). Make it again: `dvc repro {folder.name}`.") from error
