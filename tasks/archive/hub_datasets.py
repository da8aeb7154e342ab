"""A data set of the Hugging Face hub, at one commit → Documents, one a row.

`load_dataset("org/name", revision="40 hex digits", split="train")`   source name:train#<id, or hash of the text>
"""

from collections.abc import Iterator
from pathlib import Path

from tasks.archive.columns import documents_of
from tasks.archive.found import Found, Label
from tasks.archive.settings import HubDatasets
from tasks.errors import EndpointError


def documents(source: HubDatasets, cache: Path) -> Iterator[Found]:
    """Documents of one split; what `datasets` builds on the way lies in `cache`.

    Raises EndpointError where the hub, the data set or the commit cannot be had.
    """
    from datasets import load_dataset  # slow to import, and only this kind of source needs it
    from datasets.exceptions import DatasetsError
    from httpx import HTTPError

    try:
        rows = load_dataset(
            source.path, source.subset or None, revision=source.revision, split=source.split, cache_dir=str(cache)
        )
    except (OSError, ValueError, DatasetsError, HTTPError) as error:
        why = " ".join(f"{error} {error.__cause__ or ''}".split())
        raise EndpointError(
            f"Source {source.name}: the data set {source.path} at {source.revision[:12]} could not be had from the hub: "
            f"{why}. Check the network, and id, subset, split and revision in params/archive.yaml; "
            "or fetch it once where there is a network, export it to parquet, and name it as a local_files source."
        ) from error
    label = Label(source.name, source.license, source.document_kind)
    numbered = ((f"row {number}", dict(row)) for number, row in enumerate(rows, start=1))
    yield from documents_of(numbered, label, source.columns, source.split)


def pin(source: HubDatasets) -> dict[str, str | int]:
    """The commit says it all."""
    return {"path": source.path, "revision": source.revision}
