"""WARC files, crawls that others made → their pages. Nobody is asked; a page that cannot be used is refused by itself.

crawl.warc.gz with a response of http://a.org/1  →  ("http://a.org/1", b"<html>…", "text/html")
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tasks.archive.found import Refused
from tasks.archive.web.ask import joined, too_large
from tasks.archive.web.visit import PAGES
from tasks.errors import InputError
from tasks.shards import sha256_of

CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})[^\r\n]{0,100}\r\n")
"""The line that begins a chunk: its length, and extensions that nobody uses."""
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
            for record in ArchiveIterator(stream, record_types=WarcRecordType.response):
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
        raise Refused("not_text", f"is {type[:40] or 'of no type'!r}, expected {', '.join(sorted(PAGES))}")
    body: bytes = record.reader.read(longest + 1)
    if len(body) > longest:
        raise too_large(longest)
    if len(body) < record.content_length:
        raise Refused("cut_off", f"has {len(body)} bytes of {record.content_length}")
    # Many crawlers join the chunks and unpack the body, and leave the headers as they were.
    if "chunked" in (record.http_headers.get("Transfer-Encoding") or "").lower() and CHUNK.match(body):
        body = unchunked(body)
    encoding = (record.http_headers.get("Content-Encoding") or "").lower()
    return joined([body], longest, packed=True) if "gzip" in encoding and body.startswith(b"\x1f\x8b") else body


def unchunked(body: bytes) -> bytes:
    r"""b"3\r\none\r\n0\r\n\r\n" → b"one". Raises Refused cut_off where the last chunk, of length 0, is not reached."""
    parts: list[bytes] = []
    place = 0
    while chunk := CHUNK.match(body, place):
        size = int(chunk[1], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(body[chunk.end() : chunk.end() + size])
        place = chunk.end() + size + 2
    raise Refused("cut_off", "its chunks end early")
