"""A process beside us that parses what strangers wrote, and is killed when that takes too long.

    with Child(seconds=30) as child:
        child.ask("page", b"<title>Hi</title>…", "text/html")   →  {"title": "Hi", "text": "…", "language": ""}

It has 2 GiB, no secrets in its environment, and dies with us. A parser that runs away, eats memory or crashes costs one
page, which goes to quarantine, and the start of another child: about a second.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from socket import socketpair
from threading import Event, Timer
from typing import Any

from tasks.archive.found import Refused
from tasks.errors import EnvironmentFault
from tasks.workspace import end_with_parent

ROOT = Path(__file__).parents[3]
MEMORY = 2 * 2**30
"""Bytes of address space: ten times what a long page takes."""
PASSED_ON = ("LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH")


class Child:
    """At most one process, started when it is first needed."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *error: object) -> None:
        if self.process:
            self._end()

    def ask(self, work: str, body: bytes, *words: str) -> Any:
        """What tasks.archive.web.reading says. Raises Refused: its own, too_costly or unreadable."""
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
            answer = json.loads(self.connection.recv_bytes())
        except (EOFError, OSError) as error:
            raise self._refused(late.is_set()) from error
        finally:
            timer.cancel()
        if late.is_set():
            self._end()  # killed in the moment it answered: the next question needs another
        if "rule" in answer:
            raise Refused(answer["rule"], answer["reason"])
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        ours, theirs = socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "tasks.archive.web.child", str(theirs.fileno()), str(os.getpid())],
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

    def _refused(self, late: bool) -> Refused:
        why = self._end()
        if why.startswith(("ImportError", "ModuleNotFoundError")):
            raise _not_installed(why)
        if late:
            return Refused("too_costly", f"took more than {self.seconds:g} seconds to read")
        # The kind of error alone: its message may hold memory addresses, which differ each time.
        return Refused("unreadable", f"the parser ended with {why.partition(':')[0]}")

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
        return said[-1] if said else f"signal {-status}" if status < 0 else f"exit code {status}"


def _not_installed(why: str) -> EnvironmentFault:
    return EnvironmentFault(f"The process that reads web pages cannot work: {why}. Install what is missing: `make demo`.")


def serve(connection: Connection) -> None:
    """Answer until the other side hangs up. Whatever a parser raises ends this process, and is its last line."""
    import logging

    from tasks.archive.web import reading

    logging.disable()
    connection.send_bytes(b"ready")
    while True:
        try:
            work, *words = json.loads(connection.recv_bytes())
            body = connection.recv_bytes()
        except EOFError:
            return
        try:
            answer = reading.WORKS[work](body, *words)
        except Refused as refused:
            answer = {"rule": refused.rule, "reason": str(refused)}
        connection.send_bytes(json.dumps(answer).encode())


if __name__ == "__main__":
    end_with_parent(int(sys.argv[2]), signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
    serve(Connection(int(sys.argv[1])))
