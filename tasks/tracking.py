"""Numbers of a run, written to a local append-only file: the outbox.

    numbers = Numbers.open(workspace, "model")
    numbers.metric("train/loss", 1.25, step=10)

adds lines to .cache/tracking/<run>.jsonl. A stage imports no MLflow, so a dead tracking server stops nothing;
tasks/to_mlflow/ takes the lines to MLflow, each once, whenever it answers.
"""

import json
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.workspace import Workspace

PARENT = "ZHILING_TRACKING_PARENT"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The outbox of one run of one stage."""

    file: Path

    @classmethod
    def open(cls, workspace: Workspace, stage: str) -> "Numbers":
        """Start a run; its parent, if any, is the key in ZHILING_TRACKING_PARENT."""
        numbers = cls(outboxes(workspace) / f"{uuid.uuid4().hex}.jsonl")
        numbers.file.parent.mkdir(parents=True, exist_ok=True)
        numbers._line("run", run=numbers.key, stage=stage, parent=os.environ.get(PARENT, ""), process=process(os.getpid()))
        return numbers

    @property
    def key(self) -> str:
        """What children of this run find in ZHILING_TRACKING_PARENT."""
        return self.file.stem

    def params(self, values: Mapping[str, Any]) -> None:
        """What the run was asked to do."""
        self._line("params", values={name: str(value) for name, value in values.items()})

    def metric(self, name: str, value: float, step: int = 0) -> None:
        """One number at one step."""
        self._line("metric", name=name, value=float(value), step=step)

    def tag(self, name: str, value: str) -> None:
        """A word about the run."""
        self._line("tag", name=name, value=value)

    def texts(self, files: Mapping[str, str]) -> None:
        """Small text files to stand beside the run, by name."""
        for name, text in files.items():
            self._line("text", name=name, text=text)

    def input(self, path: str, digest: str) -> None:
        """A data set the run read, by DVC's md5."""
        self._line("input", path=path, digest=digest)

    def end(self, status: str) -> None:
        """FINISHED, FAILED or KILLED (MLflow's words)."""
        self._line("end", status=status)

    def _line(self, kind: str, **content: Any) -> None:
        line = json.dumps({"kind": kind, "ms": time.time_ns() // 1_000_000, **content}, ensure_ascii=False)
        with self.file.open("ab") as stream:  # bytes: one write a line, so that threads never mix theirs
            stream.write(line.encode("utf-8", "replace") + b"\n")


def outboxes(workspace: Workspace) -> Path:
    """The folder of all outboxes of a checkout."""
    return workspace.cache / "tracking"


def process(pid: int) -> str:
    """A living process as "<pid> <start time>", so that a later process with the same number is not taken for it.

    "" where there is none, or a zombie. Without /proc (macOS) the number alone must do.
    """
    if not Path("/proc/self/stat").exists():
        return str(pid) if _answers(pid) else ""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    fields = stat.rpartition(")")[2].split()  # the name before it may hold spaces: man 5 proc, fields 3 and 22
    return "" if fields[0] in "ZX" else f"{pid} {fields[19]}"


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
