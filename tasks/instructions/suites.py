"""Test suites that training rows are kept apart from: files of prompts that params/instructions.yaml names.

    suites: ["shared/suites/*.jsonl"]   with lines like {"prompt": "Why does the ferry wait?", "answer": "For the tide."}
    read_suites(globs, root)            → {"shared/suites/sea.jsonl": [Pair(id="row 1", instruction="Why does …", …)]}

Files are jsonl or parquet with a column `prompt` and one row at least; other columns are not read. Nothing is fetched.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.errors import InputError, ParamsError
from tasks.instructions.screen.refusal import tokens
from tasks.records import Pair
from tasks.shards import sha256_of

COLUMN = "prompt"
_KEY = "suites in params/instructions.yaml"


def read_suites(globs: Sequence[str], root: Path) -> dict[str, list[Pair]]:
    """The items of each file by its path from `root`, in the order of paths.

    Raises ParamsError for a glob that finds no file or leaves the repository, InputError for a file that cannot be read.
    """
    files = sorted({file for glob in globs for file in _found(glob, root)})
    return {file.relative_to(root).as_posix(): [_item(text, number) for number, text in _prompts(file)] for file in files}


def digests(names: Sequence[str], root: Path) -> Mapping[str, str]:
    """The sha256 of each file, for the manifest: dvc does not watch them."""
    return {name: sha256_of(root / name) for name in names}


def _found(glob: str, root: Path) -> list[Path]:
    if not glob or PurePath(glob).is_absolute() or ".." in PurePath(glob).parts:
        raise ParamsError(f"{_KEY} names {glob!r}; expected a path or glob below the repository root.")
    try:
        files = [file for file in root.glob(glob) if file.is_file()]
    except ValueError as error:  # of pathlib: `a**`
        raise ParamsError(f"{_KEY} names {glob!r}, which is no glob: {error}.") from error
    if not files:
        raise ParamsError(f"{_KEY} names {glob!r}, which no file matches. Put the suite there or take the entry out.")
    return files


def _prompts(file: Path) -> Iterator[tuple[int, str]]:
    """Row number, from 1, and prompt. Raises InputError."""
    rows = {".jsonl": _jsonl, ".parquet": _parquet}.get(file.suffix)
    if rows is None:
        raise InputError(f"{file}: {file.suffix or 'no suffix'} is neither .jsonl nor .parquet. Convert it ({_KEY}).")
    number = 0
    for number, prompt in rows(file):
        if not isinstance(prompt, str) or not tokens(prompt):
            raise InputError(f"{file}, row {number}: {COLUMN!r} is no text with a word in it. Mend or take out the row.")
        try:
            prompt.encode()
        except UnicodeEncodeError as error:  # JSON lets half of a surrogate pair pass
            half = f"{COLUMN!r} holds half a character at {error.start}"
            raise InputError(f"{file}, row {number}: {half}. Mend or take out the row.") from error
        yield number, prompt
    if not number:
        raise InputError(f"{file} holds no row: nothing would be kept apart from it. Fill it, or take it out ({_KEY}).")


def _jsonl(file: Path) -> Iterator[tuple[int, object]]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{file}, row {number}: no JSON ({error}). Mend or take out the line.") from error
        if not isinstance(row, dict):
            raise InputError(f"{file}, row {number}: no JSON object, such as {{{COLUMN!r}: …}}. Mend or take out the line.")
        if COLUMN not in row:
            raise _without_column(f"{file}, row {number}", list(row))
        yield number, row[COLUMN]


def _parquet(file: Path) -> Iterator[tuple[int, object]]:
    try:
        names = pq.read_schema(file).names
        column = pq.read_table(file, columns=[COLUMN]) if COLUMN in names else None
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file} cannot be read as parquet ({error}). Write it again.") from error
    if column is None:
        raise _without_column(str(file), names)
    yield from enumerate(column[COLUMN].to_pylist(), start=1)


def _without_column(place: str, names: Sequence[str]) -> InputError:
    there = ", ".join(repr(name[:40]) for name in names[:20]) or "none"
    return InputError(f"{place}: no column {COLUMN!r}; there are {there}. Rename the one that holds the questions.")


def _item(prompt: str, number: int) -> Pair:
    return Pair(
        id=f"row {number}",
        instruction=prompt,
        input="",
        output="",
        history=(),
        language="",
        task="",
        maker="suite",
        parents=(),
        source="",
        constraints=(),
        label="",
        license="",
        split="test",
    )
