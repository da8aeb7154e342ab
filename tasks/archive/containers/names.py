"""Names in a zip or tar: text for a locator, checked as they come; nothing is ever opened by them.

"b/a.txt"  →  fine        "b/../../a.txt", "C:\\a.txt", "/a.txt", "%2e%2e/a.txt"  →  Refused outside
"""

import io
import re
import unicodedata
from urllib.parse import unquote

from tasks.archive.refused import Refused
from tasks.records import content_id

MEMBERS = 100_000
"""The most: each may cost a row in quarantine."""
LONGEST_NAME = 1024
"""Characters; a tar or zip allows 64 Ki, and 100,000 of these would have to be remembered."""

Member = tuple[str, io.BufferedReader | Refused]
"""Name and bytes; a refusal without a name is one of the container itself."""


class Names:
    """Names of a container's members, checked as they come."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def check(self, name: str) -> None:
        """Raises Refused: long_name, outside, duplicate_name."""
        if len(name) > LONGEST_NAME:
            raise Refused("long_name", f"has a name of {len(name)} characters, more than {LONGEST_NAME}")
        if leads_out(name):
            raise Refused("outside", "has a name that leads out of the container")
        if (id := content_id(name)) in self.seen:
            raise Refused("duplicate_name", "has the name of one before it")
        self.seen.add(id)


def leads_out(name: str) -> bool:
    """Whether some program that unpacks might write elsewhere: `..`, /, C:, \\ for /, NUL, %2e%2e and their look-alikes."""
    for _ in range(3):  # %25252e would take as many rounds as it has digits
        name = unquote(name)
    plain = unicodedata.normalize("NFKC", name).replace("\\", "/")
    parts = [part.strip() for part in plain.split("/")]
    return "\0" in plain or not plain or not parts[0] or ".." in parts or re.match(r"[A-Za-z]:", plain) is not None


def no_file(what: str) -> Refused:
    """The refusal of a link, a device and the like."""
    return Refused("not_a_file", f"is {what}: only plain files are read out of a container")
