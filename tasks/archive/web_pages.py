"""Pages of the web → Documents: the main text of each, its title, and the language where the page says it.

http://example.org/tea?v=2  →  Document(title="Tea", text="…", source="site:example.org/tea"), id by the whole address

Two acts, apart (docs/decisions/0008): `look` asks the world, and `params/sources.lock` pins what it found; `documents` reads
.cache/web/ by that pin and asks nobody, unless a body is missing there, which must then be the one that was pinned.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from tasks.archive.child import Child
from tasks.archive.found import Found, Label, Refused
from tasks.archive.settings import WebPages
from tasks.archive.web import warc
from tasks.archive.web.address import parse
from tasks.archive.web.ask import Limits
from tasks.archive.web.look import Page, as_text, fetch_missing, of_text
from tasks.archive.web.look import look as pages_now
from tasks.archive.web.store import Store
from tasks.archive.web.visit import Visitor, is_passing
from tasks.errors import EndpointError
from tasks.ledger import LONGEST_RAW
from tasks.records import content_id
from tasks.workspace import Workspace

Pin = dict[str, str | int]

SECONDS_TO_READ = 30.0
"""For the main text of one page; a long one takes a tenth of a second."""
UNASKED = ("kind", "license", "name", "seconds_between", "seconds_per_page", "warc")
"""Settings that do not decide which pages are asked for."""


def look(source: WebPages, workspace: Workspace, before: Pin | None) -> Pin:
    """Ask the world, keep what it says in .cache/web/, and return the pin of that."""
    with _visitor(source, workspace) as visitor:
        known = visitor.store.look(str(before.get("sha256"))) if before else None
        pages = pages_now(source, visitor, {page.asked: page for page in of_text(known or "")})
        return _pin(source, workspace, visitor.store, pages)


def held(source: WebPages, workspace: Workspace, locked: Pin | None) -> Pin:
    """The pin of what .cache/web/ holds: `locked` itself where all of it is there, and nobody is asked.

    A look that is missing is looked for again; of a body that is missing, the address is asked once more.
    Raises IntegrityError where that has another body now, EndpointError where a page cannot be had just now.
    """
    if locked is None or locked.get("asked") != _asked(source):
        return {"asked": _asked(source)}
    with _visitor(source, workspace) as visitor:
        text = visitor.store.look(str(locked.get("sha256")))
        pages = pages_now(source, visitor, {}) if text is None else of_text(text)
        for page in pages if text is not None else ():
            if page.sha256 and visitor.store.body(page.sha256) is None:
                fetch_missing(page, visitor)
        pin = _pin(source, workspace, visitor.store, pages)
    failing = [page for page in pages if is_passing(page.rule)]
    if failing and pin["sha256"] != locked["sha256"]:
        raise EndpointError(
            f"Source {source.name}: .cache/web/ does not hold what params/sources.lock pins; {len(failing)} pages cannot "
            f"be had now, such as {failing[0].asked}: {failing[0].reason}. Try again later, or bring .cache/web/ back."
        )
    return pin


def documents(source: WebPages, workspace: Workspace, pin: Pin) -> Iterator[Found]:
    """Documents of the pages that are pinned, then of the WARC files."""
    label, store = Label(source.name, source.license, "prose"), _store(workspace)
    with Child(SECONDS_TO_READ) as child:
        for page in of_text(store.look(str(pin["sha256"])) or ""):
            body = Refused(page.rule, page.reason) if page.rule else store.body(page.sha256) or b""
            yield _document(page.at or page.asked, body, page.type, label, child)
        for file in warc.files_of(source.warc, workspace.root):
            try:
                for address, body, type in warc.records(file, source.longest_page):
                    yield _document(address, body, type, label, child)
            except Refused as refused:
                yield label.unreadable(file.name, refused)


def _document(address: str, body: bytes | Refused, type: str, label: Label, child: Child) -> Found:
    try:
        if isinstance(body, Refused):
            raise body
        at = parse(address)
        page = child.ask("page", body, type)
        return label.document(str(at), page["title"], page["text"], language=page["language"], group=at.place)
    except Refused as refused:
        refused.raw = refused.raw or (body[:LONGEST_RAW] if isinstance(body, bytes) else b"")
        return label.unreadable(address or "the list of pages", refused)


def _pin(source: WebPages, workspace: Workspace, store: Store, pages: list[Page]) -> Pin:
    pin: Pin = {"asked": _asked(source), "pages": len(pages), "sha256": store.keep_look(as_text(pages))}
    if files := warc.files_of(source.warc, workspace.root):
        pin["warc"] = warc.digest_of(files)
    return pin


def _asked(source: WebPages) -> str:
    """A hash of the settings that decide what is asked: with others, the look that is pinned says nothing."""
    return content_id(*(f"{name}={value!r}" for name, value in sorted(asdict(source).items()) if name not in UNASKED))


@contextmanager
def _visitor(source: WebPages, workspace: Workspace) -> Iterator[Visitor]:
    limits = Limits(source.longest_page, source.seconds_per_page, source.loopback)
    with Child(SECONDS_TO_READ) as child:
        yield Visitor(source.hosts, source.seconds_between, limits, _store(workspace), child)


def _store(workspace: Workspace) -> Store:
    return Store(workspace.cache / "web" / "store.sqlite")
