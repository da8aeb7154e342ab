"""How a visitor behaves: asks listed hosts only, at their pace, as their robots.txt allows, and says what it has already.

    visitor.get("http://example.org/a", PAGES)  →  Answer("http://example.org/b", "9f…", "text/html", …), after a redirect

Each hop of a redirect is an address like the first: listed, allowed by robots.txt, resolved and checked again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tasks.archive.child import Child
from tasks.archive.found import Refused
from tasks.archive.web.address import Address, parse
from tasks.archive.web.ask import AGENT, Limits, Reply, ask
from tasks.archive.web.network import Resolve, resolve
from tasks.archive.web.store import Answer, Store, hash_of

HOPS = 5
GIVE_UP = 10
"""Failures in a row after which a host is left alone until the next look: it may be down, or tired of us."""
REDIRECTS = (301, 302, 303, 307, 308)
LONGEST_ROBOTS = 512_000
"""Bytes; RFC 9309 asks for 500 KiB."""
LONGEST_DELAY = 60.0
"""A host that wants more seconds between two requests is left alone."""
PAGES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
"""Types of a page that is text."""
ANY: frozenset[str] = frozenset()
PASSING = ("cut_off", "http_408", "http_429", "robots_unreachable", "too_slow", "unreachable")
"""With any http_5xx: what may be over tomorrow."""


@dataclass
class Visitor:
    """Asks the web on behalf of one source, for the time of one look."""

    hosts: tuple[str, ...]
    seconds_between: float
    """Between two requests to one host."""
    limits: Limits
    store: Store
    child: Child
    resolve: Resolve = resolve
    _robots: dict[str, Answer | Refused | None] = field(default_factory=dict)
    _next: dict[str, float] = field(default_factory=dict)
    """When a host may be asked again, by its authority."""
    _failed: dict[str, int] = field(default_factory=dict)
    """Failures in a row, by authority."""

    def get(self, text: str, types: frozenset[str], longest: int = 0) -> Answer:
        """What is at an address, fetched or found unchanged, of one of the types. Raises Refused."""
        address, limits = parse(text), replace(self.limits, longest=longest or self.limits.longest)
        if self._failed.get(address.authority, 0) >= GIVE_UP:
            raise Refused("unreachable", f"{address.authority} failed {GIVE_UP} times in a row, and was asked no more")
        try:
            answer = self._followed(address, types, limits, self._allow)
        except Refused as refused:
            in_a_row = self._failed.get(address.authority, 0) + 1
            self._failed[address.authority] = in_a_row if is_passing(refused.rule) else 0
            raise
        self._failed[address.authority] = 0
        return answer

    def _followed(self, address: Address, types: frozenset[str], limits: Limits, allow: Callable[[Address], None]) -> Answer:
        """The answer at the end of at most five redirects, all within the seconds of one page."""
        left, begun = limits.seconds, str(address)
        for _ in range(HOPS + 1):
            try:
                allow(address)
                self._wait(address)
                start = time.monotonic()
                reply, known = self._asked(address, types, replace(limits, seconds=left))
                left -= time.monotonic() - start
            except Refused as refused:
                if str(address) == begun:
                    raise
                raise Refused(refused.rule, f"redirects to {address}: {refused}") from refused
            if reply.status not in REDIRECTS:
                return self._answer(address, reply, known, types)
            location = reply.headers.get("location", "").encode("latin-1")
            address = parse(address.joined(location.decode("utf-8", "replace")))  # unescaped UTF-8, as Chinese sites send it
        raise Refused("too_many_redirects", f"more than {HOPS} redirects")

    def _asked(self, address: Address, types: frozenset[str], limits: Limits) -> tuple[Reply, Answer | None]:
        """The reply, and the answer kept from before if the server was asked whether it has changed."""
        known = self.store.answer(str(address), limits.longest)
        if known and not _is_of(known.type, types):
            known = None
        headers = {"If-None-Match": known.etag, "If-Modified-Since": known.modified} if known else {}
        return ask(address, {name: said for name, said in headers.items() if said}, limits, self.resolve), known

    def _answer(self, address: Address, reply: Reply, known: Answer | None, types: frozenset[str]) -> Answer:
        if reply.status == 304 and known:
            return known
        if reply.status != 200:
            raise Refused(f"http_{reply.status}", f"the server answered {reply.status}")
        type = reply.headers.get("content-type", "")[:200]
        if not _is_of(type, types):
            raise Refused("not_text", f"is {type[:40] or 'of no type'!r}, expected {', '.join(sorted(types))}")
        etag, modified = reply.headers.get("etag", ""), reply.headers.get("last-modified", "")
        answer = Answer(str(address), hash_of(reply.body), type, etag, modified)
        self.store.keep(answer, reply.body)
        return answer

    def _allow(self, address: Address) -> None:
        """Raises Refused where the host is not listed, or its robots.txt says no or cannot be had."""
        self._check_listed(address)
        said = self._robots_of(address)
        if said is None:
            return
        body = self.store.body(said.sha256) or b""
        answer = self.child.ask("robots", body, AGENT, str(address))
        if not answer["allowed"]:
            raise Refused("robots", f"{said.address} disallows it for {AGENT}")
        if (delay := answer["delay"] or 0.0) > LONGEST_DELAY:
            raise Refused(
                "robots", f"{said.address} asks for {delay:g} seconds between requests, more than {LONGEST_DELAY:g}"
            )
        if delay > self.seconds_between and address.authority in self._next:
            self._next[address.authority] += delay - self.seconds_between

    def _check_listed(self, address: Address) -> None:
        if not address.is_of(self.hosts):
            raise Refused("other_host", f"{address.authority} is not among the `hosts` of this source")

    def _robots_of(self, address: Address) -> Answer | None:
        """The host's robots.txt; None where it has none. Raises Refused robots_unreachable."""
        at = replace(address, target="/robots.txt")
        if str(at) not in self._robots:
            self._robots[str(at)] = self._fetched_robots(at)
        held = self._robots[str(at)]
        if isinstance(held, Refused):
            raise held
        return held

    def _fetched_robots(self, at: Address) -> Answer | Refused | None:
        try:
            return self._followed(at, ANY, replace(self.limits, longest=LONGEST_ROBOTS), self._check_listed)
        except Refused as refused:
            # RFC 9309: a server that has none lets everybody in, one that cannot say lets nobody in.
            if refused.rule.startswith("http_4") and refused.rule != "http_429":
                return None
            if refused.rule == "private_address":
                return refused
            return Refused("robots_unreachable", f"{at} cannot be had, so nothing is allowed: {refused.rule}, {refused}")

    def _wait(self, address: Address) -> None:
        """Sleep until the host may be asked again."""
        now = time.monotonic()
        time.sleep(max(0.0, self._next.get(address.authority, now) - now))
        self._next[address.authority] = time.monotonic() + self.seconds_between


def is_passing(rule: str) -> bool:
    """Whether a refusal may be over tomorrow, so that what a page said before still stands."""
    return rule in PASSING or rule.startswith("http_5")


def _is_of(type: str, types: frozenset[str]) -> bool:
    return not types or type.partition(";")[0].strip().lower() in types
