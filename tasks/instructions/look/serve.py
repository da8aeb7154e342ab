"""Rows and verdicts → a page on 127.0.0.1 for whoever knows its token.

    with Server(rows, verdicts, port=0) as server:
        server.url              → "http://127.0.0.1:40123/?token=…"
        server.serve_forever()

Another page in the same browser knows no token, and a name that leads here by DNS is refused by its Host.
"""

import secrets
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tasks.instructions.look.page import finished, page
from tasks.instructions.look.sample import Shown
from tasks.instructions.look.verdicts import VERDICTS, Verdict, Verdicts, is_fix, subject

MOST_BYTES = 4 << 20
"""Of a form: an answer, percent-encoded."""
SECONDS = 30
"""A browser that says nothing for so long is hung up on."""


class Server(ThreadingHTTPServer):
    """Serves one sample; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, rows: Sequence[Shown], verdicts: Verdicts, *, port: int) -> None:
        """Raises OSError where the port is taken."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.rows, self.verdicts, self.token = rows, verdicts, secrets.token_urlsafe(24)

    @property
    def url(self) -> str:
        """Where the page is, with the token."""
        return f"http://127.0.0.1:{self.server_port}/?token={self.token}"

    def said(self, at: int) -> Verdict | None:
        """The verdict on a row."""
        row = self.rows[at]
        return self.verdicts.latest.get(subject(row.group, row.id, row.by))

    def next_open(self, at: int) -> int | None:
        """The first row without verdict from `at` on, and from the first on then."""
        order = [*range(at, len(self.rows)), *range(min(at, len(self.rows)))]
        return next((place for place in order if self.said(place) is None), None)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = SECONDS

    def do_GET(self) -> None:
        """The row asked for, else the first without verdict."""
        address = urlsplit(self.path)
        asked = _fields(address.query)
        if not self._allowed(asked.get("token", "")):
            return self._refuse(403, "Open the address that the command printed.")
        if address.path != "/":
            return self._refuse(404, "There is nothing here.")
        at = _place(asked["at"], len(self.server.rows)) if "at" in asked else self.server.next_open(0)
        if "at" in asked and at is None:
            return self._refuse(404, "There is no such row.")
        self._show(at)

    def do_POST(self) -> None:
        """Write a verdict, then go to the next row without one."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return self._refuse(413, "The form is too long.")
        form = _fields(self.rfile.read(int(length)).decode("utf-8", "replace"))
        if not self._allowed(form.get("token", "")):
            return self._refuse(403, "Open the address that the command printed.")
        at = _place(form.get("at", ""), len(self.server.rows))
        verdict = form.get("verdict", "")
        if self.path != "/verdict" or at is None or verdict not in VERDICTS:
            return self._refuse(400, "This is no verdict on a row.")
        row, output = self.server.rows[at], form.get("output", "").replace("\r\n", "\n")
        if verdict == "fix" and not is_fix(row.group, row.output, output):
            return self._refuse(400, "A fix is a changed answer to a kept row. Go back and edit it.")
        said = Verdict(row.id, row.group, row.by, verdict, output if verdict == "fix" else "")
        self.server.verdicts.add(said)
        following = self.server.next_open(at + 1)
        self.send_response(303)
        self.send_header("Location", f"/?token={self.server.token}" + ("" if following is None else f"&at={following}"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _allowed(self, token: str) -> bool:
        hosts = {f"{name}:{self.server.server_port}" for name in ("127.0.0.1", "localhost")}
        known = secrets.compare_digest(token.encode(), self.server.token.encode())
        return known and self.headers.get("Host", "") in hosts

    def _show(self, at: int | None) -> None:
        nonce, rows, token = secrets.token_urlsafe(12), self.server.rows, self.server.token
        if at is None:
            text = finished(len(rows), token, nonce)
        else:
            said = self.server.said(at)
            text = page(rows[at], at=at, rows=len(rows), token=token, nonce=nonce, said=said)
        self._send(200, text, "text/html", nonce)

    def _refuse(self, status: int, text: str) -> None:
        self._send(status, text, "text/plain", "")

    def _send(self, status: int, text: str, kind: str, nonce: str) -> None:
        body = text.encode("utf-8", "replace")
        own = f"'nonce-{nonce}'" if nonce else "'none'"
        policy = f"default-src 'none'; style-src {own}; script-src {own}; form-action 'self'"
        policy += "; base-uri 'none'; frame-ancestors 'none'"
        self.send_response(status)
        for name, value in {
            "Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(body)), "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
        }.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a line for each request would show the token."""


def _fields(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}


def _place(text: str, rows: int) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 and int(text) < rows else None
