"""A data set of the Hugging Face hub, at one commit → Documents, one a row, or the Pairs of rows that are ready-made.

`load_dataset("org/name", revision="40 hex digits", split="train", streaming=True)`
                                                                source name:train#<id, or hash of the text>

Rows come in the order of the data set's files, one at a time: no more than a piece of one file is in memory or on disk.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path

from tasks.archive.columns import documents_of
from tasks.archive.found import Found, Label
from tasks.archive.pairs import pairs_of
from tasks.archive.rows import Row
from tasks.archive.settings import HubDatasets, HubInstructions
from tasks.errors import EndpointError


def documents(source: HubDatasets | HubInstructions, cache: Path) -> Iterator[Found]:
    """Documents or Pairs of one split; what little `datasets` keeps lies in `cache`.

    Raises EndpointError where the hub, the data set or the commit cannot be had, also after some rows.
    """
    numbered = ((f"row {number}", row) for number, row in enumerate(_rows(source, cache), start=1))
    if isinstance(source, HubInstructions):
        return pairs_of(numbered, Label(source.name, source.license, "dialogue"), source.rows, source.split)
    label = Label(source.name, source.license, source.document_kind)
    return documents_of(numbered, label, source.columns, source.split)


def _rows(source: HubDatasets | HubInstructions, cache: Path) -> Iterator[Row]:
    from datasets import load_dataset  # slow to import, and only this kind of source needs it
    from datasets.exceptions import DatasetsError
    from httpx import HTTPError
    from pyarrow import ArrowException

    number = 0
    try:
        rows = load_dataset(
            source.path,
            source.subset or None,
            revision=source.revision,
            split=source.split,
            streaming=True,
            cache_dir=str(cache),
        )
        for row in rows:
            number += 1
            yield dict(row)
    # TypeError, OverflowError, EOFError, zlib.error: what pyarrow and gzip say of files that are not as they should be.
    except (
        OSError,
        ValueError,
        TypeError,
        OverflowError,
        EOFError,
        zlib.error,
        ArrowException,
        DatasetsError,
        HTTPError,
    ) as error:
        raise _unreadable(source, number, error) from error


def _unreadable(source: HubDatasets | HubInstructions, number: int, error: Exception) -> EndpointError:
    why = " ".join(f"{type(error).__name__}: {error} {error.__cause__ or ''}".split())
    where = f"could not be read beyond row {number}" if number else "could not be had from the hub"
    return EndpointError(
        f"Source {source.name}: the data set {source.path} at {source.revision[:12]} {where}: {why}. "
        "Check the network, and id, subset, split and revision in params/archive.yaml; "
        "or fetch it once where there is a network, export it to parquet, and name that as a source of files."
    )


def pin(source: HubDatasets | HubInstructions) -> dict[str, str | int]:
    """The commit says it all."""
    return {"path": source.path, "revision": source.revision}
