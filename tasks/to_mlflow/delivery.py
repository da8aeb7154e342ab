"""Bring lines of outboxes to MLflow so that doing it twice changes nothing.

Of two equal metrics (name, value, step, millisecond), parameters, tags or inputs MLflow keeps one, and a run is found again
by its tag `zhiling.run`. So a kill between sending and noting costs nothing: the lines go once more.
"""

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from tasks.to_mlflow.client import client, experiment, failures, open_run
from tasks.to_mlflow.outbox import Line, Notes, Outbox
from tasks.tracking import outboxes
from tasks.workspace import Workspace

if TYPE_CHECKING:
    from mlflow import MlflowClient

T = TypeVar("T")

LINES_AT_ONCE = 500
METRICS_AT_ONCE = 1000  # MLflow's own limit
WORDS_AT_ONCE = 20  # parameters or tags: a request of the longest ones stays under MLflow's megabyte
LONGEST_PARAM, LONGEST_TAG, LONGEST_NAME, LONGEST_DIGEST = 6000, 8000, 250, 36  # characters, MLflow's limits


@dataclass
class Delivery:
    """One attempt; counts what arrived."""

    workspace: Workspace
    notes: Notes
    lines: int = 0
    runs: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    def bring(self, boxes: list[Outbox]) -> str:
        """Send all; returns what stopped it, or what MLflow refuses for good, or ""."""
        try:
            self._bring(boxes)
        except failures() as error:
            if getattr(error, "error_code", "") != "RESOURCE_DOES_NOT_EXIST":
                return _one_line(error)
            self.notes.forget()  # somebody emptied MLflow since: the next attempt brings everything once more
            return "MLflow lost runs it had; everything goes again"
        return f"{len(self.refused)} refused, first {self.refused[0]}" if self.refused else ""

    def _bring(self, boxes: list[Outbox]) -> None:
        mlflow = client(self.workspace)
        home = experiment(mlflow, self.workspace)
        for box in boxes:
            run = self._run(mlflow, home, box.key)
            self.runs.add(run)
            while chunk := _chunk(box, self.notes.position(box.key)):
                self._facts(mlflow, run, [fact for line, _ in chunk for fact in _facts(line)])
                self.notes.note(box.key, run, chunk[-1][1])
                self.lines += len(chunk)

    def _run(self, mlflow: "MlflowClient", home: str, key: str) -> str:
        """MLflow's id of the run with this key, its parents made before it."""
        if known := self.notes.run(key):
            return known
        head = Outbox(outboxes(self.workspace) / f"{key}.jsonl").head()
        parent = self._run(mlflow, home, head["parent"]) if head.get("parent") else ""
        name = str(head.get("stage", "whole"))  # a parent whose outbox is gone can only have been the whole road
        run = open_run(mlflow, home, key=key, name=name, parent=parent, ms=int(head.get("ms", time.time() * 1000)))
        self.notes.note(key, run, self.notes.position(key))
        return run

    def _facts(self, mlflow: "MlflowClient", run: str, facts: list[Line]) -> None:
        """Put facts; halve what MLflow calls invalid until the one it refuses stands alone, and pass that over."""
        try:
            _put(mlflow, run, facts)
        except failures() as error:
            if getattr(error, "error_code", "") != "INVALID_PARAMETER_VALUE":
                raise
            if len(facts) == 1:
                self.refused.append(f"{json.dumps(facts[0], ensure_ascii=False)[:150]}: {_one_line(error)}")
                return
            middle = len(facts) // 2
            self._facts(mlflow, run, facts[:middle])
            self._facts(mlflow, run, facts[middle:])


def _chunk(box: Outbox, start: int) -> list[tuple[Line, int]]:
    return [pair for pair, _ in zip(box.lines(start), range(LINES_AT_ONCE), strict=False)]


def _facts(line: Line) -> list[Line]:
    """A line as single facts: {"kind": "params", "values": {"a": "1", "b": "2"}} → two of kind `param`."""
    if line["kind"] != "params":
        return [line]
    return [{"kind": "param", "name": name, "value": value} for name, value in line["values"].items()]


def _put(mlflow: "MlflowClient", run: str, facts: list[Line]) -> None:
    from mlflow.entities import Dataset, DatasetInput, Metric, Param, RunTag

    def of(kind: str) -> list[Line]:
        return [fact for fact in facts if fact["kind"] == kind]

    for metrics in _slices(
        [Metric(mlflow_name(f["name"]), f["value"], f["ms"], f["step"]) for f in of("metric")], METRICS_AT_ONCE
    ):
        mlflow.log_batch(run, metrics=metrics)
    for params in _slices([Param(mlflow_name(f["name"]), f["value"][:LONGEST_PARAM]) for f in of("param")], WORDS_AT_ONCE):
        mlflow.log_batch(run, params=params)
    for tags in _slices([RunTag(mlflow_name(f["name"]), f["value"][:LONGEST_TAG]) for f in of("tag")], WORDS_AT_ONCE):
        mlflow.log_batch(run, tags=tags)
    for f in of("input"):
        source = json.dumps({"path": f["path"], "md5": f["digest"]})
        mlflow.log_inputs(run, [DatasetInput(Dataset(f["path"], f["digest"][:LONGEST_DIGEST], "dvc", source))])
    for f in of("text"):
        _put_text(mlflow, run, f)
    for f in of("end"):
        mlflow.set_terminated(run, f["status"], f["ms"])


def _put_text(mlflow: "MlflowClient", run: str, fact: Line) -> None:
    from mlflow.exceptions import MlflowException

    try:
        mlflow.log_text(run, fact["text"], fact["name"])
    except ImportError as error:  # a store such as S3 wants a package of its own: refused, so that the numbers go on
        raise MlflowException.invalid_parameter_value(str(error)) from error


def _slices(items: list[T], size: int) -> list[list[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def mlflow_name(name: str) -> str:
    """A name as MLflow takes it: its letters, 250 at most. `exact_match[zh]` → `exact_match_zh_`."""
    return "".join(letter if letter.isalnum() or letter in "_/.- :" else "_" for letter in name)[:LONGEST_NAME]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
