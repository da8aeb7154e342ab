"""Addresses of machines in the public network, as spans of a text.

    ip_addresses("from 93.184.216.34, version 120.11.60.99")   →  [(5, 18)]
    ip_addresses("192.168.100.200, 2001:db8::1, 8.8.8.8")      →  []

Left alone: private and documentation networks (RFC 1918, 5737, 3849), networks (x.y.z.0/24), versions, section numbers, and
the name servers that every handbook quotes.
"""

import re
from collections.abc import Iterator
from ipaddress import IPv6Network, ip_address

SHORTEST_IPV4 = 10
"""Of shorter ones, 5.0.0.62 and 12.10.2.1, most are versions and sections; of 100 addresses hardly two are as short."""
# That none begins within a word is asked after the first character: `re` is quick where a class stands at the head.
_IPV4 = re.compile(r"[0-9](?<![\w.-][0-9])(?<!\w/[0-9])\d{0,2}(?:\.\d{1,3}){3}(?!\w|\.\d|-\w|/(?:[12]?\d|3[01])\b)", re.A)
_IPV6 = re.compile(r"2(?<![\w:.]2)[0-9A-Fa-f]{3}:[0-9A-Fa-f:]{2,34}(?![\w.]|:|/\d)", re.A)
_VERSION = re.compile(
    r"(?i)(?:\bv|version|versions|release|ver\.?|build|section|chapter|§|版本|版|第|章|节)\s*(?:is|:|=|号|为|是)?\s*\Z"
)
_IN_USE = IPv6Network("2000::/3")
_NAME_SERVERS = {
    *("208.67.222.222", "208.67.220.220", "149.112.112.112"),
    *("114.114.114.114", "114.114.115.115", "119.29.29.29", "180.76.76.76"),
    *("2001:4860:4860::8888", "2001:4860:4860::8844", "2606:4700:4700::1111", "2606:4700:4700::1001", "2400:3200::1"),
}
"""The others, such as 8.8.8.8, are short."""


def ip_addresses(text: str) -> Iterator[tuple[int, int]]:
    """Versions 4 and 6."""
    for found in _IPV4.finditer(text) if "." in text else ():
        if _is_somebodys(found[0]) and not _VERSION.search(text, max(0, found.start() - 12), found.start()):
            yield found.span()
    for found in _IPV6.finditer(text) if ":" in text else ():
        if _is_somebodys(found[0]):
            yield found.span()


def _is_somebodys(written: str) -> bool:
    try:
        address = ip_address(written)
    except ValueError:
        return False
    if not address.is_global or address.is_multicast or str(address) in _NAME_SERVERS:
        return False
    return address in _IN_USE if address.version == 6 else len(written) >= SHORTEST_IPV4 and not written.endswith(".0")
