"""What a walk leaves in MLflow, and that a tracking server killed in the middle of a training loses no number of it."""

import os
import signal
import socket
import sys
import time

import pytest
from ruamel.yaml import YAML

from tasks.to_mlflow.client import client, experiment
from tasks.workspace import Workspace, digests

# MLflow 3.17 uses what SQLAlchemy 2.1 deprecates.
pytestmark = [pytest.mark.whole, pytest.mark.timeout(400), pytest.mark.filterwarnings("ignore::DeprecationWarning")]

STEPS = 120
SEND = (sys.executable, "-m", "tasks.to_mlflow")


def yaml(file) -> dict:
    return YAML(typ="safe").load(file.read_text(encoding="utf-8"))


def test_a_walk_is_one_run_with_a_run_for_each_stage_its_parameters_and_dvcs_digests(walked_road, tmp_path, monkeypatch):
    road = walked_road.copy(tmp_path / "road")
    database = f"sqlite:///{road.root}/.cache/mlflow.db"
    road.environment["MLFLOW_TRACKING_URI"] = database
    sent = road.run(*SEND)
    assert sent.returncode == 0, sent.stderr
    assert " of 8 runs sent to sqlite:" in sent.stdout

    monkeypatch.setenv("MLFLOW_TRACKING_URI", database)
    workspace = Workspace(road.root)
    mlflow, md5, stages = client(workspace), digests(workspace), yaml(road.root / "dvc.yaml")["stages"]
    runs = {run.info.run_name: run for run in mlflow.search_runs([experiment(mlflow, workspace)])}
    assert runs.keys() == {"whole", *stages}
    assert {path: runs["whole"].data.tags[path] for path in md5} == md5
    for noun, stage in stages.items():
        run, params = runs[noun], yaml(road.root / f"params/{noun}.yaml")
        assert run.info.status == "FINISHED"
        assert run.data.tags["mlflow.parentRunId"] == runs["whole"].info.run_id
        assert run.data.params.keys() == params.keys()
        read = {used.dataset.name: used.dataset.digest for used in run.inputs.dataset_inputs}
        assert read == {path: md5[path] for path in stage["deps"] if path in md5}
    assert runs["model"].data.params["steps"] == "4"
    assert runs["scores"].data.metrics.keys() >= {"tuned/exact", "base_zero_shot/exact"}


def test_a_server_killed_in_mid_training_gets_every_step_once_when_it_is_back(
    walked_road, tmp_path, monkeypatch, mlflow_server
):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
    road = walked_road.copy(tmp_path / "road")
    road.environment["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{port}"
    workspace = Workspace(road.root)
    with mlflow_server(tmp_path, port) as server:
        running = road.start("model", "--no-refresh", "--change", f"model.steps={STEPS}")
        try:
            while not steps_of_the_long_training(workspace):
                assert running.poll() is None, running.stderr.read()
                time.sleep(0.1)
            os.killpg(server.pid, signal.SIGKILL)
            said = running.communicate()[1]
        finally:
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == 0, said
    assert "model: Ran" in said
    assert road.run(*SEND).returncode == 5

    with mlflow_server(tmp_path, port):
        before = steps_of_the_long_training(workspace)
        assert 0 < len(before) < STEPS
        sent = road.run(*SEND)
        assert sent.returncode == 0, sent.stdout + sent.stderr
        assert steps_of_the_long_training(workspace) == list(range(1, STEPS + 1))
        assert road.run(*SEND).returncode == 0
        assert steps_of_the_long_training(workspace) == list(range(1, STEPS + 1))


def steps_of_the_long_training(workspace: Workspace) -> list[int]:
    """The steps whose loss the server has, each as often as it has it."""
    mlflow = client(workspace)
    runs = mlflow.search_runs([experiment(mlflow, workspace)], f"params.steps = '{STEPS}'")
    return sorted(metric.step for run in runs for metric in mlflow.get_metric_history(run.info.run_id, "train/loss"))
