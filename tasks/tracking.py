"""Numbers of a run: first to a local append-only file, then on to MLflow when it answers.

    numbers = Numbers.open(workspace, "model")
    numbers.metric("train/loss", 1.25, step=10)

A stage writes lines to .cache/tracking/<run>.jsonl and imports no MLflow, so a dead tracking server stops nothing.
`send` (in this file, the only importer of mlflow) replays the lines, each once.
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
        run = uuid.uuid4().hex
        numbers = cls(workspace.cache / "tracking" / f"{run}.jsonl")
        numbers.file.parent.mkdir(parents=True, exist_ok=True)
        numbers._line("run", run=run, stage=stage, parent=os.environ.get(PARENT, ""))
        return numbers

    def params(self, values: Mapping[str, Any]) -> None:
        """What the run was asked to do."""
        self._line("params", values={name: str(value) for name, value in values.items()})

    def metric(self, name: str, value: float, step: int = 0) -> None:
        """One number at one step."""
        self._line("metric", name=name, value=float(value), step=step)

    def tag(self, name: str, value: str) -> None:
        """A word about the run."""
        self._line("tag", name=name, value=value)

    def input(self, path: str, digest: str) -> None:
        """A data set the run read, by DVC's md5."""
        self._line("input", path=path, digest=digest)

    def end(self, status: str) -> None:
        """FINISHED, FAILED or KILLED (MLflow's words)."""
        self._line("end", status=status)

    def _line(self, kind: str, **content: Any) -> None:
        line = json.dumps({"kind": kind, "ms": time.time_ns() // 1_000_000, **content}, ensure_ascii=False)
        with self.file.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
