"""Packed bytes → a stream of what is in them, in bounded memory, and no more of it than a bomb should get.

unpacked(stream of a.jsonl.gz, ".gz", Budget(1_000))  →  a stream; after 16 MiB and 300 KB it raises Refused too_packed

Concatenated streams are one. What comes before a cut is given, then Refused cut_off is raised.
"""

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from tarfile import TarError
from typing import Protocol, cast

from tasks.archive.refused import Refused

RATIO = 300
"""Unpacked bytes that a packed one may give: text gives three to thirty, a log a hundred, a bomb a thousand and more."""
FREE = 2**24
"""Bytes that a small file may give whatever its ratio."""
MOST = 2**36
"""Bytes that any one file may give."""
MEMORY = 2**27
"""Bytes that a packer's window may take: as much as `xz -9` needs."""
CHUNK = 2**16


class Readable(Protocol):
    """What gives at most `size` bytes, and none at its end."""

    def read(self, size: int, /) -> bytes: ...


class Budget:
    """What may still be unpacked of one file, by all that is in it."""

    def __init__(self, packed: int) -> None:
        self.most = min(FREE + RATIO * packed, MOST)
        self.left = self.most

    def spend(self, size: int) -> None:
        """Raises Refused too_packed where it is used up."""
        self.left -= size
        if self.left < 0:
            raise Refused("too_packed", f"unpacks to more than {self.most} bytes; the rest of it is not read")


class Unpacking(io.RawIOBase):
    """A stream that spends a budget, says in our words why it ends early, and says so again if it is asked again."""

    def __init__(self, source: Readable, budget: Budget) -> None:
        self.source = source
        self.budget = budget
        self.failure: Refused | None = None

    def readable(self) -> bool:
        """True: BufferedReader asks."""
        return True

    def readinto(self, buffer: "bytearray | memoryview") -> int:  # type: ignore[override]
        """Fill the buffer. Raises Refused: too_packed, cut_off, unreadable."""
        if self.failure is None:
            try:
                data = self.source.read(len(buffer))
                self.budget.spend(len(data))
            except Refused as refused:
                self.failure = refused
            except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, TarError) as error:
                self.failure = refusal_of(error)
        if self.failure:
            raise self.failure
        buffer[: len(data)] = data
        return len(data)


def unpacked(packed: io.BufferedIOBase, suffix: str, budget: Budget) -> io.BufferedReader:
    """What is in a stream packed by .gz, .bz2, .zst or .xz."""
    return io.BufferedReader(Unpacking(PACKINGS[suffix](packed), budget), CHUNK)


class _Engine(Protocol):
    """A decompressor as bz2 and lzma have it."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib as an _Engine. Python's gzip module reads a header byte by byte, however long it is."""

    def __init__(self) -> None:
        self.engine = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        return self.engine.eof

    @property
    def needs_input(self) -> bool:
        return not self.engine.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self.engine.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self.engine.decompress(self.engine.unconsumed_tail + data, max_length)


class _Streams:
    """Streams of an engine, one after the other, with zeros between them as tapes have them."""

    def __init__(self, packed: io.BufferedIOBase, begin: Callable[[], _Engine]) -> None:
        self.packed = packed
        self.begin = begin
        self.engine = begin()
        self.begun = False

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes. Raises EOFError where a stream is cut off."""
        while True:
            more, wanted = b"", self.engine.needs_input
            if self.engine.eof:
                more = self.engine.unused_data.lstrip(b"\0") or self.packed.read(CHUNK).lstrip(b"\0")
                if not more:
                    return b""
                self.engine = self.begin()
            elif wanted:
                more = self.packed.read(CHUNK)
            self.begun = self.begun or bool(more)
            if data := self.engine.decompress(more, size):
                return data
            if wanted and not more and not self.engine.eof:
                if self.begun:
                    raise EOFError
                return b""  # an empty file is packed well enough


class _Zstd:
    """pyarrow gives nothing of a read that meets a cut, so reads are small."""

    def __init__(self, packed: io.BufferedIOBase) -> None:
        import pyarrow as pa

        self.stream = pa.input_stream(packed, compression="zstd")

    def read(self, size: int, /) -> bytes:
        return cast(bytes, self.stream.read(min(size, 512)))


PACKINGS: dict[str, Callable[[io.BufferedIOBase], Readable]] = {
    ".bz2": lambda packed: _Streams(packed, bz2.BZ2Decompressor),
    ".gz": lambda packed: _Streams(packed, _Gzip),
    ".xz": lambda packed: _Streams(packed, lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, MEMORY)),
    ".zst": _Zstd,
}


def refusal_of(error: Exception) -> Refused:
    """What ended the reading, in our words: cut_off or unreadable."""
    words = str(error)
    if isinstance(error, EOFError) or "Truncated" in words or "unexpected end" in words:
        return Refused("cut_off", "ends early: what comes before is kept")
    return Refused("unreadable", f"cannot be read on: {words or type(error).__name__}")
