"""Bytes → lines of strict UTF-8, and whole texts, never more than `longest` bytes of one record in memory.

    list(lines(BytesIO(b"one\nmuch too long\ntwo"), longest=5))  →  [(1, b"one\n"), (2, Refused too_long), (3, b"two")]

A line ends with \n alone: U+2028 and its like are characters of a text.
"""

import codecs
from collections.abc import Iterator
from io import BufferedIOBase

from tasks.archive.found import Refused
from tasks.ledger import LONGEST_RAW

KEPT_OF_LONG = 4096
"""Bytes of a record that is too long which quarantine shows."""
PIECE = 2**16
"""Bytes read at a time of what is long."""
BOM = codecs.BOM_UTF8
WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def lines(stream: BufferedIOBase, longest: int) -> Iterator[tuple[int, bytes | Refused]]:
    """Numbered lines, without the byte order mark of the first; a longer one is skipped and yields its refusal."""
    number = 0
    while line := stream.readline(longest + 1):
        number += 1
        if number == 1:
            _check_marks(line)
        if len(line) <= longest:
            yield number, line.removeprefix(BOM) if number == 1 else line
            continue
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(PIECE)
        yield number, _too_long(line, longest)


def whole(stream: BufferedIOBase, longest: int) -> bytes:
    """All bytes of a file without byte order mark. Raises Refused where there are more than `longest`.

    Of a packed file that ends early quarantine shows what came before.
    """
    pieces: list[bytes] = []
    left = longest + 1
    try:
        while piece := stream.read1(min(left, PIECE)):
            pieces.append(piece)
            left -= len(piece)
    except Refused as refused:
        refused.raw = b"".join(pieces)[:LONGEST_RAW]
        raise
    data = b"".join(pieces)
    if len(data) > longest:
        raise _too_long(data, longest)
    return data.removeprefix(BOM)


def _check_marks(line: bytes) -> None:
    """Raises Refused once for a table of UTF-16 or UTF-32, whose bytes do not part into lines."""
    if line.startswith(WIDE):
        raise Refused("not_utf8", "begins with the mark of UTF-16 or UTF-32; save it as UTF-8", line[:KEPT_OF_LONG])


def utf_8(data: bytes) -> str:
    """Text of strict UTF-8. Raises Refused that names the first wrong byte."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", f"byte {error.start} is 0x{data[error.start]:02x}: not UTF-8", data) from error


def _too_long(data: bytes, longest: int) -> Refused:
    return Refused("too_long", f"more than {longest} bytes (`longest_record` in params/archive.yaml)", data[:KEPT_OF_LONG])
