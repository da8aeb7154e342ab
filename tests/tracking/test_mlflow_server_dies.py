"""A real MLflow server, killed while numbers are on their way: after the next start none is missing, none doubled."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from typing import Any

import pytest

from tasks.to_mlflow.client import address, client, experiment
from tasks.to_mlflow.outbox import Notes
from tasks.to_mlflow.sender import Sender, send
from tasks.tracking import Numbers, outboxes
from tasks.workspace import Workspace

# MLflow 3.17 uses what SQLAlchemy 2.1 deprecates.
pytestmark = [pytest.mark.whole, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

WRITER = """
import os, time
from pathlib import Path
from tasks.to_mlflow.sender import Sender
from tasks.tracking import Numbers
from tasks.workspace import Workspace
workspace = Workspace(Path("."))
numbers = Numbers.open(workspace, "model")
numbers.metric("loss", 1.0)
with Sender(workspace, seconds=0.2):
    print("ready", flush=True)
    time.sleep(99)
"""


def sent_up_to(workspace: Workspace, numbers: Numbers) -> int:
    with closing(Notes.open(workspace, address(workspace))) as notes:
        return notes.position(numbers.key)


def losses(workspace: Workspace) -> list[int]:
    mlflow = client(workspace)
    [run] = mlflow.search_runs([experiment(mlflow, workspace)])
    return sorted(metric.step for metric in mlflow.get_metric_history(run.info.run_id, "loss"))


@pytest.mark.timeout(400)
def test_a_server_killed_in_mid_run_gets_every_number_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, mlflow_server: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    (workspace.root / "dvc.yaml").touch()
    numbers = Numbers.open(workspace, "model")
    with mlflow_server(workspace.root, port) as first, Sender(workspace, seconds=0.1):
        for step in range(3000):
            numbers.metric("loss", 1 / (step + 1), step)
            if step == 1500:
                while not sent_up_to(workspace, numbers):
                    time.sleep(0.02)
                os.killpg(first.pid, signal.SIGKILL)
                first.wait()
        began = time.monotonic()
    assert time.monotonic() - began < 30
    waiting = send(workspace)
    assert 0 < waiting.left < 3001 and "answer" in waiting.trouble

    with mlflow_server(workspace.root, port):
        numbers.end("FINISHED")
        sent = send(workspace)
        assert (sent.left, sent.trouble) == (0, "")
        assert losses(workspace) == list(range(3000))
        (outboxes(workspace) / "sent.db").unlink()
        send(workspace)
        assert losses(workspace) == list(range(3000))


@pytest.mark.timeout(120)
def test_a_server_that_hangs_is_left_after_a_bounded_time(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    Numbers.open(workspace, "model").metric("loss", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        assert send(workspace).left == 2
        assert time.monotonic() - began < 10


@pytest.mark.timeout(120)
def test_three_senders_at_once_make_one_database_and_each_run_once(workspace: Workspace) -> None:
    (workspace.root / "dvc.yaml").touch()
    (workspace.cache / "mlflow.db").unlink()
    for name in ("archive", "corpus", "model"):
        Numbers.open(workspace, name).end("FINISHED")
    command = [sys.executable, "-m", "tasks.to_mlflow"]
    pipe = subprocess.PIPE
    senders = [subprocess.Popen(command, cwd=workspace.root, stdout=pipe, stderr=pipe, text=True) for _ in range(3)]
    try:
        said = [sender.communicate()[0] for sender in senders]
    finally:
        for sender in senders:
            sender.kill()
    assert [sender.returncode for sender in senders] == [0, 0, 0], said
    assert sum("6 lines of 3 runs" in line for line in said) == 1
    mlflow = client(workspace)
    assert len(mlflow.search_runs([experiment(mlflow, workspace)])) == 3


@pytest.mark.timeout(120)
def test_when_the_flow_is_killed_its_sender_marks_the_run_killed_and_goes(workspace: Workspace) -> None:
    (workspace.root / "dvc.yaml").touch()
    with subprocess.Popen([sys.executable, "-c", WRITER], cwd=workspace.root, stdout=subprocess.PIPE) as flow:
        try:
            assert flow.stdout and flow.stdout.readline() == b"ready\n"
            time.sleep(0.5)
        finally:
            flow.kill()
        flow.stdout.read()  # ends when the sender, who inherited it, is gone
    mlflow = client(workspace)
    [run] = mlflow.search_runs([experiment(mlflow, workspace)])
    assert run.info.status == "KILLED"
