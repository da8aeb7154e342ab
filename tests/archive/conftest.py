"""A child that reads documents, and a real web site on 127.0.0.1: what it was asked is kept, what it answers is a table."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tasks.archive.child import Child
from tasks.archive.settings import WebPages

Answer = bytes | tuple[int, dict[str, str], bytes] | Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """Paths and what they answer: a page, (status, headers, body), or a function that writes what it likes."""

    port: int = 0
    pages: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    served: list[str] = field(default_factory=list)
    """Paths answered with a body."""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def at(self, path: str) -> str:
        return f"http://{self.host}{path}"

    def source(self, *paths: str, **changes: object) -> WebPages:
        """A source that asks this site for some paths."""
        usual: dict[str, object] = dict(
            kind="web_pages",
            name="site",
            license="CC0-1.0",
            hosts=(self.host,),
            addresses=tuple(self.at(path) for path in paths),
            sitemaps=(),
            feeds=(),
            warc=(),
            pages=100,
            seconds_between=0.0,
            longest_page=100_000,
            seconds_per_page=10.0,
            loopback=True,
        )
        return WebPages(**{**usual, **changes})  # type: ignore[arg-type]


def article(about: str) -> bytes:
    """A page with a menu, some paragraphs and a footer."""
    words = f"This paragraph tells what there is to say about {about}, in some words more than a menu has. " * 3
    return (
        f"<html lang='en-GB'><head><title>{about}</title></head><body><nav><a href='/'>Home</a> <a href='/x'>Shop</a></nav>"
        f"<article><h1>{about}</h1><p>{words}</p><p>{words}</p></article><footer>All rights reserved</footer></body></html>"
    ).encode()


@pytest.fixture
def site() -> Iterator[Site]:
    """A site without robots.txt and without pages; it knows ETags."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            answer = site.pages.get(self.path, (404, {}, b""))
            if callable(answer):
                answer(self)
                return
            html = {"Content-Type": "text/html; charset=utf-8"}
            status, headers, body = (200, html, answer) if isinstance(answer, bytes) else answer
            tag = f'"{hashlib.sha256(body).hexdigest()[:8]}"'
            if status == 200 and self.headers.get("If-None-Match") == tag:
                status, body = 304, b""
            elif status == 200:
                site.served.append(self.path)
                headers = {"ETag": tag, **headers}
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers if status != 304 else {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *words: object) -> None:
            """We hang up on pages that are too long: no news."""

    server = Server(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def about() -> Callable[[str], bytes]:
    """Pages about anything."""
    return article


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    """Reads documents for the tests of one file."""
    with Child(30) as child:
        yield child
