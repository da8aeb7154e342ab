"""One request, one reply: no redirects, no cookies, no environment, and never more bytes or seconds than allowed.

ask(parse("http://example.org/"), Limits(longest=8_000_000, seconds=20), …)  →  Reply(200, {"etag": …}, b"<html>…")
"""

import ssl
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import certifi
import httpcore

from tasks.archive.found import Refused
from tasks.archive.web.address import Address
from tasks.archive.web.network import Checked, Resolve

AGENT = "zhiling-archive"
"""Our name in robots.txt."""
USER_AGENT = f"{AGENT}/0.1 (text collection; follows robots.txt as {AGENT})"


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one reply may take."""

    longest: int
    """Bytes, as sent and also unpacked."""
    seconds: float
    loopback: bool
    """Whether 127.0.0.0/8 and ::1 may be asked: for tests."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server sent; headers by lower-case name, and a body only with status 200."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(address: Address, headers: dict[str, str], limits: Limits, resolve: Resolve) -> Reply:
    """Send a GET. Raises Refused: private_address, unreachable, too_slow, cut_off, too_large, unknown_encoding."""
    backend = Checked(resolve, time.monotonic() + limits.seconds, loopback=limits.loopback)
    url = httpcore.URL(
        scheme=address.scheme, host=address.host.strip("[]"), port=address.port, target=address.target.encode()
    )
    sent: dict[bytes | str, bytes | str] = {
        "Host": address.authority,
        "User-Agent": USER_AGENT,
        "Accept": "text/html, application/xhtml+xml, text/plain, application/xml;q=0.9",
        "Accept-Encoding": "gzip",
        "Connection": "close",  # a fresh connection each time: a kept one may end just as we ask
    }
    sent.update({name: value.encode("latin-1") for name, value in headers.items()})  # an ETag may hold any byte
    tls = ssl.create_default_context(cafile=certifi.where()) if address.scheme == "https" else None
    try:
        with (
            httpcore.HTTPConnection(url.origin, ssl_context=tls, network_backend=backend) as connection,
            connection.stream("GET", url, headers=sent) as response,
        ):
            got = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            body = _body(response.iter_stream(), got, limits.longest) if response.status == 200 else b""
            return Reply(response.status, got, body)
    except httpcore.TimeoutException as error:
        raise Refused("too_slow", f"took more than {limits.seconds:g} seconds") from error
    except httpcore.NetworkError as error:
        raise Refused("unreachable", f"{address.authority} could not be reached, or hung up") from error
    except httpcore.ProtocolError as error:
        raise Refused("cut_off", "the reply ends early, or is no HTTP") from error


def _body(chunks: Iterable[bytes], headers: dict[str, str], longest: int) -> bytes:
    if headers.get("content-length", "").isdigit() and int(headers["content-length"]) > longest:
        raise too_large(longest)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise Refused("unknown_encoding", f"is sent as {encoding[:40]!r}, though only gzip was offered")
    return joined(_bounded(chunks, longest), longest, packed=encoding.endswith("gzip"))


def joined(chunks: Iterable[bytes], longest: int, *, packed: bool) -> bytes:
    """All bytes, unpacked where gzip packed them, a little at a time. Raises Refused too_large and cut_off."""
    parts = list(_unpacked(chunks, longest) if packed else _bounded(chunks, longest))
    return b"".join(parts)


def too_large(longest: int) -> Refused:
    """The refusal of a body that is longer than allowed."""
    return Refused("too_large", f"more than {longest} bytes (`longest_page` in params/archive.yaml)")


def _bounded(chunks: Iterable[bytes], longest: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > longest:
            raise too_large(longest)
        yield chunk


def _unpacked(chunks: Iterable[bytes], longest: int) -> Iterator[bytes]:
    """Never more than one byte beyond the limit comes out, whatever a few bytes promise to become."""
    room, unpacker = longest + 1, zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            part = unpacker.decompress(chunk, room)
            room -= len(part)
            if room <= 0:
                raise too_large(longest)
            yield part
            if unpacker.eof:
                return
    except zlib.error as error:
        raise Refused("cut_off", "is said to be gzip, and is not") from error
    raise Refused("cut_off", "ends in the middle of its gzip")
