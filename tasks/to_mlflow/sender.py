"""Take every outbox of a checkout to MLflow, each line once, whenever MLflow answers.

    send(workspace)    # → 412 lines of 8 runs sent to sqlite:////…/.cache/mlflow.db

`with Sender(workspace):` does the same every few seconds in a child process, so that a flow sees its numbers live and pays
neither for importing MLflow nor for a server that hangs.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from select import select
from types import TracebackType

from tasks.to_mlflow.client import address, answers, local_file, shown
from tasks.to_mlflow.delivery import Delivery
from tasks.to_mlflow.outbox import PATIENCE, Notes, Outbox
from tasks.tracking import outboxes
from tasks.workspace import Workspace

FOLLOW = "--follow"


@dataclass(frozen=True, slots=True)
class Sent:
    """What one `send` did: lines and runs delivered, lines still waiting, and what stood in the way, if anything."""

    where: str
    lines: int = 0
    runs: frozenset[str] = frozenset()
    left: int = 0
    trouble: str = ""

    def __str__(self) -> str:
        """One line for people."""
        said = f"{self.lines} lines of {len(self.runs)} runs sent to {self.where}"
        if self.left:
            said += f"; {self.left} wait in .cache/tracking for the next run or `python -m tasks.to_mlflow`"
        return f"{said} ({self.trouble})" if self.trouble else said


def send(workspace: Workspace) -> Sent:
    """Deliver what waits. A dead or broken MLflow raises nothing: it is named in `trouble`, and the lines stay.

    Another sender of this checkout is waited for, up to half a minute. With nothing to send, MLflow is not imported.
    """
    where = address(workspace)
    with _alone(workspace) as alone, closing(Notes.open(workspace, where)) as notes:
        file = local_file(where)
        if alone and file and not file.exists():
            notes.forget()
        boxes = [Outbox(path) for path in sorted(outboxes(workspace).glob("*.jsonl"))]
        if not alone:
            return Sent(shown(where), left=_waiting(boxes, notes), trouble="another sender is at work")
        for box in boxes:
            box.close_if_dead()
        boxes = [box for box in boxes if notes.position(box.key) < box.size]
        if not boxes:
            return Sent(shown(where))
        if where.startswith("http") and not answers(f"{where.rstrip('/')}/health"):
            return Sent(shown(where), left=_waiting(boxes, notes), trouble="it does not answer")
        delivery = Delivery(workspace, notes)
        trouble = delivery.bring(boxes)
        return Sent(shown(where), delivery.lines, frozenset(delivery.runs), _waiting(boxes, notes), trouble)


def _waiting(boxes: list[Outbox], notes: Notes) -> int:
    return sum(1 for box in boxes for _ in box.lines(notes.position(box.key)))


@contextmanager
def _alone(workspace: Workspace) -> Iterator[bool]:
    """One sender at a time: two would make a run twice, or MLflow's tables at once. Yields whether it is us."""
    outboxes(workspace).mkdir(parents=True, exist_ok=True)
    with (outboxes(workspace) / "sender.lock").open("w", encoding="utf-8") as stream:
        until = time.monotonic() + PATIENCE
        while not (ours := _flocked(stream.fileno())) and time.monotonic() < until:
            time.sleep(0.1)
        yield ours


def _flocked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Sender:
    """A child process that sends every `seconds` while the block runs, and the rest when it ends.

    It lives on a pipe: when this process dies, however hard, the child sends what is left, marks the run killed, and goes.
    """

    def __init__(self, workspace: Workspace, seconds: float = 5.0) -> None:
        self.command = [sys.executable, "-m", "tasks.to_mlflow", FOLLOW, str(seconds)]
        self.root = workspace.root

    def __enter__(self) -> "Sender":
        """Start the child."""
        self.child = subprocess.Popen(self.command, cwd=self.root, stdin=subprocess.PIPE)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Have the rest sent, in bounded time: what is not, goes with the next run."""
        try:
            self.child.communicate(b"end", timeout=2 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def follow(workspace: Workspace, seconds: float) -> Sent:
    """Send now and then until stdin ends; Ctrl-C is meant for the parent, whose death ends stdin."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.nice(10)
    lines, runs = 0, frozenset[str]()
    while not select([sys.stdin], [], [], seconds)[0]:
        sent = send(workspace)
        lines, runs = lines + sent.lines, runs | sent.runs
    if not os.read(sys.stdin.fileno(), 1):
        time.sleep(1.0)  # the parent was killed: give the kernel time to bury it, so that its runs are seen to be dead
    sent = send(workspace)
    return replace(sent, lines=lines + sent.lines, runs=runs | sent.runs)
