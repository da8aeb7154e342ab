r"""An address in words → its parts, or the reason why nobody is asked.

    parse("HTTP://Example.org/a b")            Refused bad_address
    parse("http://example.org:80/页?q=1#top")  Address("http", "example.org", 80, "/%E9%A1%B5?q=1")

One strict grammar instead of a lenient one and a check: what two programs could read in two ways (user names, backslashes,
digits of other scripts, percent signs in the host) is no address. Who is asked is decided by `hosts` alone, and what the
name leads to is looked at again when it is resolved (network.py).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from tasks.archive.found import Refused

FORM = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.ASCII | re.DOTALL)
AUTHORITY = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?", re.IGNORECASE | re.ASCII)
UNFIT = re.compile(r"[\x00-\x20\x7f\\\x85\xa0\u2028\u2029]")
LONGEST = 2048
"""Characters of an address, as most servers allow."""
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Whom to ask (scheme, host, port) for what (target: path and query)."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def place(self) -> str:
        """Host and path, without the query: what pages that are variants of one another share."""
        return f"{self.authority}{self.target.partition('?')[0]}"

    @property
    def authority(self) -> str:
        """The host, and the port where it is not the usual one."""
        return self.host if self.port == PORTS[self.scheme] else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    def is_of(self, hosts: Collection[str]) -> bool:
        """Whether `hosts` names this host; without a port an entry means the usual ones, 80 and 443."""
        usual = self.port == PORTS[self.scheme]
        return f"{self.host}:{self.port}" in hosts or (usual and self.host in hosts)

    def joined(self, reference: str) -> str:
        """What a link on this page leads to, in words."""
        try:
            return urljoin(str(self), reference.strip())
        except ValueError:
            return reference


def parse(text: str) -> Address:
    """The parts of an address. Raises Refused bad_address for all but plain http and https."""
    text = text.strip()
    if len(text) > LONGEST:
        raise Refused("bad_address", f"has {len(text)} characters, more than {LONGEST}")
    form = FORM.fullmatch(text)
    if not form or UNFIT.search(text):
        raise Refused("bad_address", "is no address of the form http://host/path or https://host/path")
    scheme, authority, target = form[1].lower(), AUTHORITY.fullmatch(form[2]), form[3]
    if not authority:
        raise Refused("bad_address", f"names no plain host: {form[2]!r}; no user names, and other scripts as xn--…")
    port = int(authority[2] or PORTS[scheme])
    if not 0 < port < 65536:
        raise Refused("bad_address", f"has port {port}, expected 1 to 65535")
    target = quote(target.encode("utf-8", "backslashreplace"), safe="/?%:@!$&'()*+,;=-._~[]|{}^`\"<>")
    return Address(scheme, authority[1].lower(), port, target if target.startswith("/") else f"/{target}")
