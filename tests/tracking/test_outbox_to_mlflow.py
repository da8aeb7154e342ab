"""Numbers written to an outbox arrive in MLflow once each, whatever happens on the way. Real MLflow over SQLite files."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tasks.to_mlflow.client import client, experiment, shown
from tasks.to_mlflow.outbox import Outbox
from tasks.to_mlflow.sender import send
from tasks.tracking import PARENT, Numbers, outboxes, process
from tasks.workspace import Workspace

pytestmark = pytest.mark.whole  # ten seconds: MLflow makes its tables

DIGEST = "0" * 32 + ".dir"


def runs(workspace: Workspace) -> dict[str, object]:
    mlflow = client(workspace)
    return {run.info.run_name: run for run in mlflow.search_runs([experiment(mlflow, workspace)])}


def history(workspace: Workspace, run: str, name: str) -> list[tuple[int, float]]:
    found = client(workspace).get_metric_history(runs(workspace)[run].info.run_id, name)
    return [(metric.step, metric.value) for metric in found]


def test_all_a_stage_says_arrives_under_its_parent(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Numbers.open(workspace, "whole")
    monkeypatch.setenv(PARENT, whole.key)
    model = Numbers.open(workspace, "model")
    model.params({f"param {n}": n for n in range(45)})
    model.input("data/instructions", DIGEST)
    model.tag("device", "cpu")
    for step in range(3):
        model.metric("train/loss", 3.0 - step, step)
    model.end("FINISHED")

    sent = send(workspace)

    assert (sent.lines, len(sent.runs), sent.left, sent.trouble) == (9, 2, 0, "")
    found = runs(workspace)
    assert found["model"].data.tags["mlflow.parentRunId"] == found["whole"].info.run_id
    assert found["model"].info.status == "FINISHED"
    assert found["whole"].info.status == "RUNNING"
    assert len(found["model"].data.params) == 45
    assert found["model"].data.tags["device"] == "cpu"
    [read] = found["model"].inputs.dataset_inputs
    assert (read.dataset.name, read.dataset.digest) == ("data/instructions", DIGEST)
    assert history(workspace, "model", "train/loss") == [(0, 3.0), (1, 2.0), (2, 1.0)]


def test_a_card_stands_beside_its_run(workspace: Workspace) -> None:
    numbers = Numbers.open(workspace, "corpus")
    numbers.texts({"card.md": "# 卡片\n", "drops.svg": "<svg/>"})
    numbers.end("FINISHED")
    assert not send(workspace).left
    artifacts = {path.name: path.read_text() for path in (workspace.cache / "mlartifacts").rglob("*.*") if path.is_file()}
    assert artifacts == {"card.md": "# 卡片\n", "drops.svg": "<svg/>"}


def test_lines_sent_twice_are_there_once(workspace: Workspace) -> None:
    numbers = Numbers.open(workspace, "scores")
    numbers.params({"seed": 7})
    numbers.input("data/model", DIGEST)
    for step in range(30):
        numbers.metric("loss", float("nan") if step == 3 else 1.0, step)
    send(workspace)
    (outboxes(workspace) / "sent.db").unlink()  # as after a kill between sending and noting
    again = send(workspace)
    numbers.metric("loss", 0.5, 30)
    last = send(workspace)

    assert (again.lines, last.lines) == (33, 1)
    assert [step for step, _ in history(workspace, "scores", "loss")] == list(range(31))
    assert len(runs(workspace)) == 1
    assert len(runs(workspace)["scores"].inputs.dataset_inputs) == 1


def test_a_deleted_mlflow_gets_everything_again(workspace: Workspace) -> None:
    Numbers.open(workspace, "corpus").metric("rows", 8)
    send(workspace)
    for file in workspace.cache.glob("mlflow.db*"):
        file.unlink()
    assert send(workspace).lines == 2


def test_a_value_that_mlflow_refuses_is_named_and_holds_up_nothing(workspace: Workspace) -> None:
    numbers = Numbers.open(workspace, "model")
    numbers.params({"rank": 8, "steps": 100})
    numbers.params({"rank": 16, "seed": 1})
    numbers.metric("loss", 1.0)
    sent = send(workspace)
    assert sent.left == 0
    assert "1 refused" in sent.trouble and "rank" in sent.trouble
    assert runs(workspace)["model"].data.params == {"rank": "8", "steps": "100", "seed": "1"}
    assert history(workspace, "model", "loss") == [(0, 1.0)]


def test_long_values_and_odd_names_are_cut_to_what_mlflow_takes(workspace: Workspace) -> None:
    numbers = Numbers.open(workspace, "instructions")
    numbers.params({"prompt": "问" * 9000, "x" * 300: 1})
    numbers.metric("exact_match[zh]", 0.5)
    numbers.tag("lone surrogate", "\ud800")
    assert send(workspace).trouble == ""
    params = runs(workspace)["instructions"].data.params
    assert len(params["prompt"]) == 6000 and "x" * 250 in params
    assert history(workspace, "instructions", "exact_match_zh_") == [(0, 0.5)]


def test_lines_cut_by_a_full_disk_lose_no_whole_line(tmp_path: Path) -> None:
    whole = json.dumps({"kind": "metric", "ms": 1, "name": "loss", "value": 1.0, "step": 0})
    box = Outbox(tmp_path / "run.jsonl")
    box.file.write_text(whole + "\n" + whole[:30] + whole + "\n" + whole[:40] + "\n" + whole[:50], encoding="utf-8")
    assert [line["kind"] for line, _ in box.lines(0)] == ["metric", "metric", "cut"]


def test_a_run_whose_process_died_is_killed_and_a_living_one_is_not(workspace: Workspace) -> None:
    script = f"""if True:
        from pathlib import Path
        from tasks.tracking import Numbers
        from tasks.workspace import Workspace
        Numbers.open(Workspace(Path({str(workspace.root)!r})), "model").metric("loss", 1.0)
    """
    subprocess.run([sys.executable, "-c", script], check=True)
    Numbers.open(workspace, "scores")
    send(workspace)
    send(workspace)
    assert {name: run.info.status for name, run in runs(workspace).items()} == {"model": "KILLED", "scores": "RUNNING"}


def test_a_process_number_used_again_is_not_taken_for_the_dead_one() -> None:
    number, _, start = process(os.getpid()).partition(" ")
    assert number == str(os.getpid()) and process(os.getpid()) == f"{number} {start}"
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    assert child.stdin
    assert process(child.pid) not in (f"{child.pid} {start}", "")
    child.stdin.close()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # a zombie now
    assert process(child.pid) == ""
    child.wait()
    assert process(child.pid) == ""


def test_a_server_that_does_not_answer_stops_nothing(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        Numbers.open(workspace, "archive").metric("rows", 3)
        began = time.monotonic()
        sent = send(workspace)
    assert time.monotonic() - began < 5
    assert (sent.lines, sent.left) == (0, 2)
    assert "2 wait" in str(sent) and "does not answer" in str(sent) and "\n" not in str(sent)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert send(workspace).lines == 2


def test_a_broken_database_is_reported_in_one_line(workspace: Workspace) -> None:
    Numbers.open(workspace, "archive")
    (workspace.cache / "mlflow.db").write_bytes(b"not a database" * 100)
    sent = send(workspace)
    assert sent.left == 1 and "not a database" in sent.trouble and "\n" not in str(sent)


def test_passwords_are_not_shown() -> None:
    assert shown("https://me:secret@mlflow.example/x") == "https://mlflow.example/x"
    assert shown("sqlite:////a/b.db") == "sqlite:////a/b.db"


def test_writing_numbers_imports_no_mlflow() -> None:
    script = "import sys, tasks.tracking, tasks.to_mlflow.sender; sys.exit('mlflow' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_an_outbox_made_but_not_yet_begun_is_left_alone(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "run.jsonl")
    box.file.touch()
    box.close_if_dead()
    assert box.file.read_bytes() == b""
