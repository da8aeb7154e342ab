"""The wire: a name is resolved once, every address it has is checked, and the connection goes to one that was checked.

    unfit("93.184.215.14")   → None
    unfit("169.254.169.254") → "not an address of the public internet"

So a name that answers differently the second time (DNS re-binding) gains nothing: nobody asks a second time. Each read and
write also ends at one deadline, however slowly the other side drips.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from threading import Thread
from typing import Any

import httpcore

from tasks.archive.found import Refused

Resolve = Callable[[str, int], list[str]]

SPECIAL = [
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # public by its number, yet the metadata service of a cloud
        "192.0.0.0/24",  # protocol assignments; another such service
        "192.88.99.0/24",  # relays to 6to4
        "2001::/23",  # Teredo and other tunnels
        "2001:db8::/32",
        "2002::/16",  # 6to4: holds an IPv4 address
        "3fff::/20",  # documentation
    )
]
"""Not for us, whatever Python's table of public networks says (3.11 counts most of these in)."""
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All of the public IPv6 internet; NAT64, mapped and compatible IPv4 lie outside."""


def resolve(host: str, port: int) -> list[str]:
    """Numeric addresses of a host, in the resolver's order. Raises OSError, also for a name that cannot be one."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host[:80]!r} cannot be a name") from error
    return list(dict.fromkeys(str(place[4][0]) for place in found))


def unfit(number: str, *, loopback: bool = False) -> str | None:
    """Why a numeric address must not be connected to; None where it may."""
    address = ipaddress.ip_address(number)
    if loopback and address.is_loopback:
        return None
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return "not an address of the public internet"
    if address.version == 6 and address not in GLOBAL_UNICAST:
        return "an IPv6 address outside the public internet, or one that holds an IPv4 address"
    if any(address in network for network in SPECIAL):
        return "an address with a special meaning"
    return None


class Checked(httpcore.NetworkBackend):
    """Connects to checked addresses only, until a deadline (of time.monotonic)."""

    def __init__(self, resolve: Resolve, deadline: float, *, loopback: bool) -> None:
        self.resolve = resolve
        self.deadline = deadline
        self.loopback = loopback

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address that answers. Raises Refused where one of them is not public."""
        numbers = self._resolved(host.strip("[]"), port)
        for number in numbers:
            if reason := unfit(number, loopback=self.loopback):
                raise Refused("private_address", f"{host} leads to {number}: {reason}")
        for last, number in enumerate(numbers, start=1):
            try:
                stream = httpcore.SyncBackend().connect_tcp(number, port, timeout=left(self.deadline))
            except httpcore.ConnectError:
                if last == len(numbers):
                    raise
            else:
                return Timed(stream, self.deadline)
        raise httpcore.ConnectError(f"{host} has no address")

    def _resolved(self, host: str, port: int) -> list[str]:
        """The resolver keeps no deadline of its own, so it runs beside us."""
        answer: list[list[str] | OSError] = []

        def ask() -> None:
            try:
                answer.append(self.resolve(host, port))
            except OSError as error:
                answer.append(error)

        thread = Thread(target=ask, daemon=True)
        thread.start()
        thread.join(left(self.deadline))
        if not answer:
            raise httpcore.ConnectTimeout(f"{host} was not resolved in time")
        if isinstance(answer[0], OSError):
            raise httpcore.ConnectError(f"{host} cannot be resolved") from answer[0]
        return answer[0]


class Timed(httpcore.NetworkStream):
    """A connection of which every step ends at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self.stream = stream
        self.deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Some bytes, at the latest at the deadline."""
        return self.stream.read(max_bytes, left(self.deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all bytes."""
        self.stream.write(buffer, left(self.deadline))

    def close(self) -> None:
        """Hang up."""
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Speak TLS from here on; the certificate must be of the name, not of the number."""
        return Timed(self.stream.start_tls(ssl_context, server_hostname, left(self.deadline)), self.deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the connection below knows."""
        return self.stream.get_extra_info(info)


def left(deadline: float) -> float:
    """Seconds until the deadline. Raises httpcore.ReadTimeout when it is past."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise httpcore.ReadTimeout("the deadline is past")
    return seconds
