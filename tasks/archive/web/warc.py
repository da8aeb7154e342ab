"""WARC files, crawls that others made → their pages. Nobody is asked; a page that cannot be used is refused by itself.

crawl.warc.gz with a response of http://a.org/1  →  ("http://a.org/1", b"<html>…", "text/html")
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tasks.archive.found import Refused
from tasks.archive.web.ask import joined, too_large
from tasks.archive.web.visit import PAGES
from tasks.errors import InputError
from tasks.shards import sha256_of

Record = tuple[str, bytes | Refused, str]
"""Address, body or its refusal, and content type."""


def files_of(patterns: tuple[str, ...], root: Path) -> list[Path]:
    """The files that paths or patterns lead to, sorted. Raises InputError where one leads nowhere."""
    found: list[Path] = []
    for pattern in patterns:
        some = (
            [file for file in root.glob(pattern) if file.is_file()] if not Path(pattern).is_absolute() else [Path(pattern)]
        )
        if not some or not all(file.is_file() for file in some):
            raise InputError(f"`warc` in params/archive.yaml: {pattern} leads to no file.")
        found += some
    return sorted(set(found))


def digest_of(files: list[Path]) -> str:
    """Digest of names and contents."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}\n{sha256_of(file)}\n".encode())
    return digest.hexdigest()


def records(file: Path, longest: int) -> Iterator[Record]:
    """The responses in a file, in their order. Raises Refused where the file cannot be read on."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with file.open("rb") as stream:
        try:
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response, auto_decode="transfer"):
                address = (record.headers.get("WARC-Target-URI") or "").strip("<>")
                type = (record.http_headers.get("Content-Type") if record.http_headers else "") or ""
                try:
                    yield address, _body(record, type, longest), type
                except Refused as refused:
                    yield address, refused, type
        except OSError as error:
            raise Refused("unreadable", f"cannot be read on: {error}") from error


def _body(record: Any, type: str, longest: int) -> bytes:
    if not record.http_headers or record.http_headers.status_code is None:
        raise Refused("not_text", "is no HTTP response")
    if (status := record.http_headers.status_code) != 200:
        raise Refused(f"http_{status}", f"the server answered {status}")
    if type.partition(";")[0].strip().lower() not in PAGES:
        raise Refused("not_text", f"is {type or 'of no type'!r}, expected {', '.join(sorted(PAGES))}")
    body = record.reader.read(longest + 1)
    if len(body) > longest:
        raise too_large(longest)
    if len(body) < record.content_length and not record.http_headers.get("Transfer-Encoding"):
        raise Refused("cut_off", f"has {len(body)} bytes of {record.content_length}")
    encoding = (record.http_headers.get("Content-Encoding") or "").lower()
    # Many crawlers unpack the body and leave the header as it was.
    return joined([body], longest, packed=True) if "gzip" in encoding and body.startswith(b"\x1f\x8b") else body
