"""The members of a zip that is one document (docx, epub), read in memory and never unpacked to a disk.

    members = Zipped(body)
    members.read("word/document.xml")  →  b"<w:document…"

A name is only ever looked up among the members, so `../../etc/passwd` is one that is missing.
"""

import zipfile
import zlib
from io import BytesIO
from typing import Any

from tasks.archive.markup import check_entities, xml
from tasks.archive.refused import Refused

MEMBERS = 20_000
"""The most; a book with a picture for each page has some thousand."""
UNPACKED = 2**28
"""Bytes of all members read, as unpacked: of a bomb, a quarter of a second's work. The longest novels have ten million."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""The two that both formats allow; Python unpacks the others in steps without a limit."""


class Zipped:
    """A zip in memory. Raises Refused: broken_zip, encrypted, too_many_members, too_large."""

    def __init__(self, body: bytes) -> None:
        try:
            self.file = zipfile.ZipFile(BytesIO(body))
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise Refused("broken_zip", f"is no zip: {error}") from error
        self.names = frozenset(self.file.namelist())
        if len(self.names) > MEMBERS:
            raise Refused("too_many_members", f"has {len(self.names)} members, more than {MEMBERS}")
        self.left = UNPACKED

    def read(self, name: str) -> bytes:
        """Bytes of a member; missing is one that is not there."""
        if name not in self.names:
            raise Refused("missing_member", f"has no member {name!r}")
        member = self.file.getinfo(name)
        if member.flag_bits & 1:
            raise Refused("encrypted", f"member {name!r} is encrypted")
        if member.compress_type not in METHODS:
            raise Refused("broken_zip", f"member {name!r} is packed by method {member.compress_type}, not deflate")
        try:
            with self.file.open(member) as stream:
                data = stream.read(self.left + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            raise Refused("broken_zip", f"member {name!r}: {error or 'ends early'}") from error
        if len(data) > self.left:
            raise Refused("too_large", f"unpacks to more than {UNPACKED} bytes")
        self.left -= len(data)
        return data

    def xml(self, name: str, most_tags: int) -> Any:
        """The root of a member that is XML. Raises Refused also for what markup.py refuses."""
        root = xml(self.read(name), most_tags)
        check_entities(root)
        return root
