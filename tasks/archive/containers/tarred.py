"""A tar → the files in it, in their order, read as they pass; tars one after the other are one.

tar of b.txt, ../../etc/passwd and a link c  →  ("b.txt", stream), ("../../etc/passwd", Refused outside), ("c", Refused …)

A member must be read before the next is asked for. Of a tar that is cut off, what comes before the cut is given.
"""

import io
import struct
import tarfile
from collections.abc import Iterator
from typing import cast

from tasks.archive.containers.names import MEMBERS, Member, Names, no_file
from tasks.archive.packed import CHUNK, Budget, Readable, Unpacking, refusal_of
from tasks.archive.refused import Refused

LONG = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
LONGEST_HEADER = 2**16
"""Bytes of what a tar says of one member beside its plain header: long names and the like."""


def tar_members(stream: io.BufferedIOBase) -> Iterator[Member]:
    """The files in a tar, in their order; tars one after the other are one."""
    names, members = Names(), 0
    try:
        tar = _Tar.open(fileobj=stream, mode="r|", bufsize=tarfile.BLOCKSIZE, encoding="utf-8", ignore_zeros=True)
        while info := tar.next():
            members += 1
            if members > MEMBERS:
                raise Refused("too_many_members", f"has more than {MEMBERS} members; the rest is not read")
            tar.members = []  # type: ignore[attr-defined]  # tarfile would keep all
            if info.isdir():
                continue
            if refused := _refused(info, names):
                yield info.name, refused
                continue
            member = Unpacking(cast(Readable, tar.extractfile(info)), Budget(info.size))
            yield info.name, io.BufferedReader(member, CHUNK)
            if member.failure:  # told already, and there is no way past it
                return
    except Refused as refused:
        yield "", refused
    except (tarfile.TarError, ValueError, OSError, RecursionError, struct.error) as error:
        yield "", refusal_of(error)


def _refused(info: tarfile.TarInfo, names: Names) -> Refused | None:
    try:
        names.check(info.name)
        if info.issym() or info.islnk():
            raise no_file("a link")
        if not info.isreg() or info.issparse():
            raise no_file("sparse" if info.issparse() else "a device or the like")
    except Refused as refused:
        return refused
    return None


class _Header(tarfile.TarInfo):
    """A header that is broken or missing is refused, where tarfile takes it for the end; long ones are not read."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> "_Header":
        """The next header. Raises Refused: cut_off, unreadable."""
        try:
            return super().fromtarfile(tarfile_)
        except tarfile.EOFHeaderError:  # type: ignore[attr-defined]
            cast(_Tar, tarfile_).ended = True
            raise
        except tarfile.EmptyHeaderError as error:  # type: ignore[attr-defined]
            if cast(_Tar, tarfile_).ended:
                raise
            raise Refused("cut_off", "ends without its end mark: what comes before is kept") from error
        except tarfile.TruncatedHeaderError as error:  # type: ignore[attr-defined]
            raise Refused("cut_off", "ends within a header: what comes before is kept") from error
        except tarfile.InvalidHeaderError as error:  # type: ignore[attr-defined]
            raise Refused("unreadable", f"has a header that is none: {error}; what comes before is kept") from error

    def _proc_member(self, tarfile_: tarfile.TarFile) -> tarfile.TarInfo:
        # tarfile's own hook. It reads these whole, and a sparse map without a limit.
        if self.type == tarfile.GNUTYPE_SPARSE or (self.type in LONG and self.size > LONGEST_HEADER):
            raise Refused("unreadable", "has a sparse file or a header without measure; what comes before is kept")
        return super()._proc_member(tarfile_)  # type: ignore[misc, no-any-return]

    def _proc_gnusparse_10(self, next: object, pax_headers: object, tarfile_: object) -> None:
        raise Refused("unreadable", "has a sparse file; what comes before is kept")


class _Tar(tarfile.TarFile):
    tarinfo = _Header
    ended = False
