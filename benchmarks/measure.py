"""A command → how long it took, how much of the processors, and how much memory, with all the processes that it started.

run([python, "near_datasketch.py", …], log, {})  →  Run(seconds=12.1, cpu=20.3, peak=412_000_000)

Fork servers and pools outlive their parent for a moment and are nobody's children then. This file, run as a program between
us and the command, adopts them (PR_SET_CHILD_SUBREAPER, Linux), so that the kernel counts their time to it; it has no other
children that it could wait for or hold up.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread
from typing import TypeVar

import psutil  # type: ignore[import-untyped]

LOOK_EVERY = 0.2
"""Seconds between two looks at memory."""
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command."""

    seconds: float
    """By the clock."""
    cpu: float
    """Seconds of all processors, user and system, of all its processes."""
    peak: int
    """Bytes of memory of all its processes at once, shared pages counted once (PSS)."""


def run(command: Sequence[str | Path], log: Path, environment: Mapping[str, str], *, folder: Path = Path(".")) -> Run:
    """Start it in a folder with more environment than ours. Raises RuntimeError with the end of the log where it fails."""
    with log.open("wb") as stream:
        done = subprocess.run(
            [sys.executable, "-I", Path(__file__).resolve(), *command],
            stdout=subprocess.PIPE,
            stderr=stream,
            env={**os.environ, **environment},
            cwd=folder,
            check=False,
        )
    if done.returncode:
        end = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {done.returncode}: {end}")
    return Run(**json.loads(done.stdout))


def measure(command: Sequence[str]) -> tuple[Run, int]:
    """Run it, with stderr for all its output, and wait for whatever it leaves behind; its exit code, too."""
    ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=sys.stderr)
    with _Memory() as memory:
        code = child.wait()
        seconds = time.monotonic() - start
    with suppress(ChildProcessError):
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Run(seconds, used.ru_utime + used.ru_stime, memory.peak), code


def interleaved(contenders: Mapping[C, Callable[[], Run]], repeats: int, *, enough: float) -> dict[C, list[Run]]:
    """Runs of each, one after another in turn, so that a slow minute of the machine slows all of them alike.

    One that has run for `enough` seconds is not run again.
    """
    runs: dict[C, list[Run]] = {name: [] for name in contenders}
    for _ in range(repeats):
        for name, start in contenders.items():
            if sum(one.seconds for one in runs[name]) < enough:
                runs[name].append(start())
    return runs


class _Memory:
    """Looks at all below this process until it is told to stop."""

    def __init__(self) -> None:
        self.peak = 0
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY):
            self.peak = max(self.peak, sum(map(_memory, psutil.Process().children(recursive=True))))


def _memory(process: psutil.Process) -> int:
    with suppress(OSError, psutil.Error):
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return 0


if __name__ == "__main__":
    measured, code = measure(sys.argv[1:])
    json.dump(asdict(measured), sys.stdout)
    sys.exit(code if code >= 0 else 128 - code)  # of a signal, as shells say it
