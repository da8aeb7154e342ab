"""One look at the world for a source: which pages it names, and what is at each; a list, kept by its hash.

    {"asked": "http://a.org/", "at": "http://a.org/home", "sha256": "9f…", "type": "text/html", "rule": "", "reason": ""}
    {"asked": "http://a.org/old", "at": "", …, "rule": "http_404", "reason": "the server answered 404"}

No times and no headers that change by themselves: an unchanged world gives an equal list.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from tqdm import tqdm

from tasks.archive.found import Refused
from tasks.archive.settings import WebPages
from tasks.archive.web.address import LONGEST, parse
from tasks.archive.web.ask import joined
from tasks.archive.web.store import Answer
from tasks.archive.web.visit import ANY, PAGES, Visitor, is_passing
from tasks.errors import IntegrityError

DEEPEST = 2
"""A sitemap may name sitemaps, which may name pages (the standard's one level, and one more that is met)."""
MOST_SITEMAPS = 200
MOST_NAMED = 1_000_000
"""Addresses that sitemaps may name before the rest is not even counted."""
LONGEST_LIST = 52_428_800
"""Bytes of a sitemap or feed, unpacked: the standard's limit."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a look found at one address: a body, or a rule that refused it."""

    asked: str
    at: str = ""
    """Its address after redirects."""
    sha256: str = ""
    type: str = ""
    rule: str = ""
    reason: str = ""


def look(source: WebPages, visitor: Visitor, before: dict[str, Page]) -> list[Page]:
    """Every page of a source, in the order of their addresses; refusals of sitemaps and feeds are among them."""
    named: dict[str, None] = {}
    refused: list[Page] = []
    for found in _named(source, visitor):
        if isinstance(found, Page):
            refused.append(found)
        elif len(named) < MOST_NAMED:
            named.setdefault(found)
    wanted, rest = list(named)[: source.pages], len(named) - source.pages
    if rest > 0:
        reason = f"{rest} more pages are named than the {source.pages} that `pages` in params/archive.yaml allows"
        refused.append(Page(asked="", rule="too_many_pages", reason=reason))
    pages = [_page(address, visitor, before) for address in tqdm(wanted, desc=f"{source.name}: looking", unit=" pages")]
    return sorted([*pages, *refused], key=lambda page: (page.asked, page.rule))


def as_text(pages: Iterable[Page]) -> str:
    """A look as JSON, one page a line."""
    return "\n".join(json.dumps(asdict(page), ensure_ascii=False, sort_keys=True) for page in pages)


def of_text(text: str) -> list[Page]:
    """The pages in a look."""
    return [Page(**json.loads(line)) for line in text.split("\n") if line]


def fetch_missing(page: Page, visitor: Visitor) -> None:
    """Fetch the body that a look pins. Raises IntegrityError where there is another one now, or none."""
    try:
        now = visitor.get(page.at, PAGES).sha256
    except Refused as refused:
        now = f"{refused.rule} ({refused})"
    if now != page.sha256:
        raise IntegrityError(
            f"{page.at} is not what params/sources.lock pins: {now[:60]} now, {page.sha256[:12]} then, and .cache/web/ "
            "holds that no more. Take the pages as they are by `python -m tasks.archive.refresh`, or bring back .cache/web/."
        )


def _named(source: WebPages, visitor: Visitor) -> Iterator[str | Page]:
    """Addresses of pages from the three places that may name them, and what could not be read of these."""
    for address in source.addresses:
        yield _tidy(address)
    budget = [MOST_SITEMAPS]
    for sitemap in source.sitemaps:
        yield from _of_list(sitemap, "sitemap", visitor, budget)
    for feed in source.feeds:
        yield from _of_list(feed, "feed", visitor, [1])


def _of_list(address: str, kind: str, visitor: Visitor, budget: list[int], depth: int = 0) -> Iterator[str | Page]:
    budget[0] -= 1
    try:
        if depth > DEEPEST or budget[0] < 0:
            raise Refused("too_many_sitemaps", f"more than {MOST_SITEMAPS} sitemaps, or {DEEPEST} levels of them")
        answer = _list_at(address, visitor)
        lists = _read_list(answer.sha256, kind, visitor)
    except Refused as refused:
        yield Page(asked=address, rule=refused.rule, reason=f"{kind}: {refused}")
        return
    for page in lists["pages"]:
        yield _tidy(parse(answer.address).joined(page))
    for sitemap in lists.get("sitemaps", []):
        if budget[0] < 0:
            return
        yield from _of_list(sitemap, kind, visitor, budget, depth + 1)


def _list_at(address: str, visitor: Visitor) -> Answer:
    """The list, or what it was the last time where it cannot be had tonight: its pages must not vanish with it."""
    try:
        return visitor.get(address, ANY, LONGEST_LIST)
    except Refused as refused:
        old = visitor.store.answer(_tidy(address), LONGEST_LIST)
        if old and is_passing(refused.rule):
            return old
        raise


def _read_list(sha256: str, kind: str, visitor: Visitor) -> dict[str, list[str]]:
    body = visitor.store.body(sha256) or b""
    if body.startswith(b"\x1f\x8b"):
        body = joined([body], LONGEST_LIST, packed=True)
    lists: dict[str, list[str]] = visitor.child.ask(kind, body)
    return lists


def _tidy(address: str) -> str:
    """An address as we would write it, so that two spellings are one page; what is none stays, to be refused by name."""
    try:
        return str(parse(address))
    except Refused:
        return address[: LONGEST + 1]


def _page(address: str, visitor: Visitor, before: dict[str, Page]) -> Page:
    try:
        answer = visitor.get(address, PAGES)
    except Refused as refused:
        old = before.get(address)
        if is_passing(refused.rule) and old and old.sha256 and visitor.store.body(old.sha256) is not None:
            return old
        return Page(asked=address, rule=refused.rule, reason=str(refused))
    return Page(asked=address, at=answer.address, sha256=answer.sha256, type=answer.type)
