"""A process beside us that parses what strangers wrote, and is killed when that takes too long.

    with Child(seconds=30) as child:
        child.ask("page", b"<title>Hi</title>…", "text/html")   →  {"title": "Hi", "text": "…", "language": ""}
        child.ask("pdf", b"%PDF-1.7…")                          →  {"title": "Hi", "text": "…"}

It has 2 GiB, no secrets in its environment, and dies with us. A parser that runs away, eats memory or crashes costs one
document, which goes to quarantine, and the start of another child: a tenth of a second.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socketpair
from threading import Event, Timer
from typing import Any

from tasks.archive.refused import Refused
from tasks.errors import EnvironmentFault
from tasks.workspace import end_with_parent

ROOT = Path(__file__).parents[2]
MEMORY = 2 * 2**30
"""Bytes of address space: ten times what a long page takes."""
LONGEST_ANSWER = 2**28
"""Bytes of a text: the longest page that may be asked for."""
SECONDS_TO_READ = 60.0
"""For one document; a book of a thousand pages takes some seconds."""
LONGEST_REASON = 500
"""Characters; names in a zip may have thousands."""
ROOM = 4096
"""Bytes of an answer beside the text: a title, or the reason of a refusal."""
OUT_OF_MEMORY = ("MemoryError", f"signal {signal.SIGABRT}")
"""How Python and lxml end where memory does, and PDFium."""
ENDINGS = ("out_of_memory", "unreadable")
"""Rules for documents that end the child; another one might have read them."""
PASSED_ON = ("LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH")


class Child:
    """At most one process, started when it is first needed."""

    def __init__(self, seconds: float, longest: int = LONGEST_ANSWER) -> None:
        self.seconds = seconds
        self.longest = longest
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *error: object) -> None:
        if self.process:
            self._end()

    def ask(self, work: str, body: bytes, *words: str) -> Any:
        """The answer to one of the works below. Raises Refused: its own, too_costly, too_long, out_of_memory, unreadable."""
        is_used = self.process is not None
        try:
            return self._answer(work, body, *words)
        except Refused as refused:
            if not (is_used and refused.rule in ENDINGS):
                raise
            # What it read before may have left it little memory: a refusal is to say something of this document alone.
            return self._answer(work, body, *words)

    def _answer(self, work: str, body: bytes, *words: str) -> Any:
        process = self.process or self._start()
        late = Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = Timer(self.seconds, stop)
        timer.start()
        try:
            self.connection.send_bytes(json.dumps([work, *words]).encode())
            self.connection.send_bytes(body)
            answer = json.loads(self.connection.recv_bytes(2 * self.longest + ROOM))
        except (EOFError, OSError) as error:
            raise self._dead(late.is_set()) from error
        finally:
            timer.cancel()
        if late.is_set():
            self._end()  # killed in the moment it answered: the next question needs another
        if "rule" in answer:
            raise Refused(answer["rule"], answer["reason"])
        if len(answer.get("text", "").encode("utf-8", "surrogatepass")) > self.longest:
            raise self._too_long()
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        ours, theirs = socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tasks.archive.child", str(theirs.fileno()), str(os.getpid())],
                cwd=ROOT,
                env={name: os.environ[name] for name in PASSED_ON if name in os.environ} | {"PYTHONHASHSEED": "0"},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
        self.connection = Connection(ours.detach())
        try:
            self.connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise _not_installed(self._end()) from error
        return self.process

    def _dead(self, late: bool) -> Refused:
        is_long = not self.connection.readable  # recv_bytes closes this side when an answer is longer than it may be
        why = self._end()
        if why.startswith(("ImportError", "ModuleNotFoundError")):
            raise _not_installed(why)
        if late:
            return Refused("too_costly", f"took more than {self.seconds:g} seconds to read")
        if is_long:
            return self._too_long()
        if why.startswith(OUT_OF_MEMORY):
            return Refused("out_of_memory", f"took more than {MEMORY >> 30} GiB to read")
        # The kind of error alone: its message may hold memory addresses, which differ each time.
        return Refused("unreadable", f"the parser ended with {why.partition(':')[0]}")

    def _too_long(self) -> Refused:
        return Refused("too_long", f"its text has more than {self.longest} bytes")

    def _end(self) -> str:
        """Kill and bury it; the last line it wrote, or the signal it died of."""
        assert self.process
        self.connection.close()
        try:
            # One that hung up is about to end, and its last words are worth a second.
            _, errors = self.process.communicate(timeout=1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, errors = self.process.communicate()
        status, self.process = self.process.returncode, None
        said = errors.decode("utf-8", "replace").strip().splitlines()
        return f"signal {-status}" if status < 0 else said[-1] if said else f"exit code {status}"


def _not_installed(why: str) -> EnvironmentFault:
    return EnvironmentFault(f"The process that reads documents cannot work: {why}. Install what is missing: `make demo`.")


def _works() -> dict[str, Callable[..., Any]]:
    """What may be asked, imported by the child alone."""
    from tasks.archive.documents import docx, epub, html, pdf
    from tasks.archive.web import reading

    return {
        "docx": docx.read,
        "epub": epub.read,
        "feed": reading.feed,
        "html": html.read,
        "page": reading.page,
        "pdf": pdf.read,
        "robots": reading.robots,
        "sitemap": reading.sitemap,
        "xhtml": html.read_xhtml,
    }


def serve(connection: Connection) -> None:
    """Answer until the other side hangs up. Whatever a parser raises ends this process, and is its last line."""
    import logging

    logging.disable()
    works = _works()
    connection.send_bytes(b"ready")
    while True:
        try:
            work, *words = json.loads(connection.recv_bytes())
            body = connection.recv_bytes()
        except EOFError:
            return
        try:
            answer = works[work](body, *words)
        except Refused as refused:
            answer = {"rule": refused.rule, "reason": refused.reason[:LONGEST_REASON]}
        connection.send_bytes(json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    end_with_parent(int(sys.argv[2]), signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # no child of its own, unless root runs it
    serve(Connection(int(sys.argv[1])))
