"""A zip → the files in it, in the order of its directory.

zip of b.txt, ../../etc/passwd and a link c  →  ("b.txt", stream), ("../../etc/passwd", Refused outside), ("c", Refused …)

What is in it stands at its end: of a zip that is cut off nothing can be read.
"""

import io
import stat
import struct
import zipfile
from collections.abc import Iterator
from typing import IO, cast

from tasks.archive.containers.names import MEMBERS, Member, Names, no_file
from tasks.archive.encoding import decoded
from tasks.archive.packed import CHUNK, Budget, Unpacking
from tasks.archive.refused import Refused

LONGEST_DIRECTORY = 2**23
"""Bytes of what a zip says of its members, all held in memory at once: 100,000 with names of forty characters."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The others Python unpacks in steps without a limit: 4 KiB of bzip2 may be 4 GiB."""
ENCRYPTED = 0x1 | 0x40 | 0x2000
UTF_8 = 0x800
"""The flag of a name in UTF-8."""
LOCAL_HEADER = 30
"""Bytes before a member, without its name."""
BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError, OSError, struct.error)


def zip_members(stream: io.BufferedIOBase, budget: Budget) -> Iterator[Member]:
    """The files in a zip, in the order of its directory."""
    try:
        archive = zipfile.ZipFile(cast(IO[bytes], _Guarded(stream)))
        _check_apart(archive.infolist(), archive.start_dir)
    except Refused as refused:
        yield "", refused
        return
    except BROKEN as error:
        yield "", _no_zip(stream, error)
        return
    names, members = Names(), archive.infolist()
    for info, name in zip(members, _as_meant(members), strict=True):
        if info.is_dir():
            continue
        try:
            names.check(name)
            _check_zipped(info)
            yield name, io.BufferedReader(Unpacking(archive.open(info), budget), CHUNK)
        except Refused as refused:
            yield name, refused
        except BROKEN as error:
            yield name, Refused("unreadable", f"not readable: {error}")


def _check_apart(members: list[zipfile.ZipInfo], end: int) -> None:
    """Raises Refused for a zip whose members share bytes: of a megabyte they would make a petabyte."""
    if len(members) > MEMBERS:
        raise Refused("too_many_members", f"has {len(members)} members, more than {MEMBERS}")
    before = 0
    for info in sorted(members, key=lambda info: info.header_offset):
        if info.header_offset < before:
            raise Refused("overlapping", "one of its members lies on top of another, as only a bomb's do")
        before = info.header_offset + LOCAL_HEADER + info.compress_size
    if before > end:
        raise Refused("overlapping", "the last member lies on top of the directory, as only a bomb's does")


def _as_meant(members: list[zipfile.ZipInfo]) -> list[str]:
    """Names; those not marked as UTF-8 zipfile takes for cp437, and Windows in China writes them in GBK."""
    names = [info.orig_filename for info in members]
    unmarked = [number for number, info in enumerate(members) if not info.flag_bits & UTF_8]
    try:
        meant = decoded("\n".join(names[number] for number in unmarked).encode("cp437")).split("\n")
    except Refused:  # too few to tell
        return names
    if len(meant) == len(unmarked):  # no name has a line of its own
        for number, name in zip(unmarked, meant, strict=True):
            names[number] = name
    return names


def _check_zipped(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & ENCRYPTED:
        raise Refused("encrypted", "is encrypted")
    if (kind := stat.S_IFMT(info.external_attr >> 16)) not in (0, stat.S_IFREG):
        raise no_file("a link" if kind == stat.S_IFLNK else "a device or the like")
    if info.compress_type not in METHODS:
        raise Refused("unknown_format", f"is packed by method {info.compress_type}; known: {METHODS}")


def _no_zip(stream: io.BufferedIOBase, error: Exception) -> Refused:
    stream.seek(0)
    if isinstance(error, zipfile.BadZipFile) and stream.read(4) == b"PK\3\4" and "not a zip" in str(error):
        return Refused("cut_off", "ends before its directory, which says what is in it: none of it can be read")
    return Refused("unreadable", f"not readable as zip: {error}")


class _Guarded:
    """A zip of which zipfile reads no more at once than a directory may have."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self.stream = stream
        self.seek = stream.seek
        self.seekable = stream.seekable
        self.tell = stream.tell

    def read(self, size: int = -1) -> bytes:
        """Raises Refused too_many_members."""
        if size > LONGEST_DIRECTORY:
            raise Refused("too_many_members", f"has a directory of {size} bytes, more than {LONGEST_DIRECTORY}")
        return self.stream.read(size)
