"""One checkout: where its folders are, and the lock that lets one run at a time write them.

The lock is `flock` on .cache/workspace.lock. A child that inherits the descriptor (its number stands in ZHILING_LOCK_FD)
works under its parent's lock, and keeps it held should the parent be killed: an orphan and a new run never write together.
Such a child also ends when its parent does (`end_with_parent`, Linux).
"""

import ctypes
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

from tasks.errors import EnvironmentFault

INHERITED = "ZHILING_LOCK_FD"
PARENT = "ZHILING_PARENT_PID"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A checkout of Zhiling, by its root folder."""

    root: Path

    @property
    def params(self) -> Path:
        """params/: what is asked for."""
        return self.root / "params"

    @property
    def data(self) -> Path:
        """data/: a folder a stage, made by stages and versioned by DVC."""
        return self.root / "data"

    @property
    def cache(self) -> Path:
        """.cache/: answers, MLflow's history and registry, numbers on their way, converted models, half-done trainings.

        Never an input that changes a result. The history in it is kept nowhere else; `make clean` leaves that alone.
        """
        return self.root / ".cache"


@contextmanager
def locked(workspace: Workspace, holder: str) -> Iterator[int]:
    """Hold the workspace; yields the descriptor to hand to children. Raises EnvironmentFault naming who holds it."""
    inherited = os.environ.get(INHERITED)
    if inherited and _is_lock(int(inherited), workspace):
        end_with_parent(int(os.environ.get(PARENT, os.getppid())))
        yield int(inherited)
        return
    path = _lock_path(workspace)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = path.read_text(encoding="utf-8").strip() or "another process"
            raise EnvironmentFault(
                f"{workspace.root.resolve()} is in use by {owner}. "
                "Wait for it to end, or stop it, and run the same command again."
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} ({holder})\n".encode(), 0)
        os.set_inheritable(descriptor, True)
        yield descriptor
    finally:
        os.close(descriptor)


def end_with_parent(parent: int, by: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel send this process a signal when its parent, process number `parent`, dies. Only on Linux."""
    if sys.platform != "linux":
        return
    set_death_signal = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
    ctypes.CDLL(None).prctl(set_death_signal, by)
    if os.getppid() != parent:  # it died before the kernel was asked
        os.kill(os.getpid(), by)


def _lock_path(workspace: Workspace) -> Path:
    return workspace.cache / "workspace.lock"


def _is_lock(descriptor: int, workspace: Workspace) -> bool:
    """Whether an inherited descriptor really is this workspace's lock file, and not another file that took its number."""
    try:
        return os.path.samestat(os.fstat(descriptor), _lock_path(workspace).stat())
    except OSError:
        return False


def here() -> Workspace:
    """The workspace of the current folder. Raises EnvironmentFault outside a checkout."""
    if not Path("dvc.yaml").is_file():
        raise EnvironmentFault(
            f"{Path.cwd()} is not the root of a Zhiling checkout (no dvc.yaml). `cd` there and run again."
        )
    return Workspace(Path("."))


def digests(workspace: Workspace) -> dict[str, str]:
    """What DVC knows of the finished outputs: {"data/corpus": "1b2c….dir", …}."""
    lock = workspace.root / "dvc.lock"
    if not lock.exists():
        return {}
    stages = YAML(typ="safe").load(lock.read_text(encoding="utf-8"))["stages"]
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage["outs"]}


def command() -> str:
    """The command line of this process, for people."""
    return " ".join(["python", *sys.argv])
