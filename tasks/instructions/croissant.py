"""Parquet files of a data-set folder → croissant.json, which data-set search and loaders of Croissant read.

    metadata(folder, {"train": "data/train.parquet"}, licenses=["MIT"], languages=["en"])
    → {"@type": "sc:Dataset", "distribution": [{"contentUrl": "data/train.parquet", …}], "recordSet": [{"field": …}]}

Format: MLCommons Croissant 1.1, https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html. `url`, `creator` and
`datePublished` are left to whoever publishes: the data do not say them, and a date would change the bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tasks.shards import sha256_of

CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
_TERMS = (
    *("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileObject"),
    *("fileProperty", "fileSet", "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField"),
    *("path", "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField"),
    "transform",
)
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
}
"""The one that the specification asks for, word by word."""


def metadata(folder: Path, files: Mapping[str, str], *, licenses: Sequence[str], languages: Sequence[str]) -> dict[str, Any]:
    """Croissant metadata of parquet files that lie in `folder`: a file object and a record set for each.

    `files` are paths relative to the folder by the name of the record set. Raises TypeError for a column that is neither
    text, nor a list of text of any depth, nor a list of structs of text.
    """
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": "zhiling-instructions",
        "description": "Instructions with their answers, made by Zhiling; README.md beside this file tells of what and how.",
        "license": list(licenses),
        "inLanguage": list(languages),
        "distribution": [_file(folder, name, path) for name, path in files.items()],
        "recordSet": [_records(folder / path, name) for name, path in files.items()],
    }


def _file(folder: Path, name: str, path: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{name}-file",
        "name": f"{name}-file",
        "description": f"The rows of {name}.",
        "contentUrl": path,
        "contentSize": f"{(folder / path).stat().st_size} B",
        "encodingFormat": "application/x-parquet",
        "sha256": sha256_of(folder / path),
    }


def _records(file: Path, name: str) -> dict[str, Any]:
    columns = pq.read_schema(file)
    fields = [_field(column.name, column.type, f"{name}/{column.name}", f"{name}-file") for column in columns]
    return {"@type": "cr:RecordSet", "@id": name, "name": name, "key": {"@id": f"{name}/id"}, "field": fields}


def _field(column: str, kind: pa.DataType, id: str, file: str) -> dict[str, Any]:
    source = {"fileObject": {"@id": file}, "extract": {"column": column}}
    depth = 0
    while pa.types.is_list(kind):
        kind, depth = kind.value_type, depth + 1
    told: dict[str, Any] = {"@type": "cr:Field", "@id": id, "name": id}
    if depth:
        told |= {"isArray": True, "arrayShape": ",".join(["-1"] * depth)}
    if pa.types.is_struct(kind):
        return told | {"subField": list(_parts(kind, id, source))}
    return told | {"dataType": _data_type(kind), "source": source}


def _parts(kind: pa.StructType, id: str, source: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for part in kind:
        inner, path = f"{id}/{part.name}", {"transform": {"jsonPath": part.name}}
        told = {"@type": "cr:Field", "@id": inner, "name": inner, "dataType": _data_type(part.type)}
        yield told | {"source": {**source, **path}}


def _data_type(kind: pa.DataType) -> str:
    if not pa.types.is_string(kind):
        raise TypeError(
            f"Croissant metadata are written for columns of text, not {kind}. Teach tasks/instructions/croissant.py."
        )
    return "sc:Text"
