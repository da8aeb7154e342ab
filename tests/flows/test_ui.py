"""`make ui` over the small road: the servers, the schedule, runs by the API as the page makes them, cancelling, stopping."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from ruamel.yaml import YAML

from flows import ui
from tasks.errors import EnvironmentFault
from tasks.workspace import Workspace

ROOT = Path(__file__).parents[2]
LIVES = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)']); time.sleep(99)"
)
LONG = {"targets": ["model"], "refresh": False, "changes": {"model": {"steps": 100_000}}}
"""Trains until somebody stops it."""


class Served:
    """A checkout and its `make ui`, which a test may stop: the next that needs it starts it again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server: subprocess.Popen[str] | None = None

    def up(self) -> "Served":
        if self.server is None or self.server.poll() is not None:
            environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "MLFLOW"))}
            environment["HOME"] = str(self.folder / "home")
            command, pipe = [sys.executable, "-m", "flows.ui"], subprocess.PIPE
            self.server = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=pipe, stderr=pipe, text=True)
            self.prefect, self.mlflow = addresses(self.server)
        return self

    def down(self) -> None:
        if self.server:
            self.server.terminate()
            self.server.communicate()

    def family(self) -> list[psutil.Process]:
        """All that `make ui` started, directly or not."""
        assert self.server
        return psutil.Process(self.server.pid).children(recursive=True)

    def at_work(self) -> list[psutil.Process]:
        """Its processes that make a stage: the run the worker started, the stage, the ranks, and who sends their numbers."""
        words = ("flow-run execute", "prefect.engine", "tasks.")
        return [member for member in self.family() if any(word in " ".join(member.cmdline()) for word in words)]

    def losses(self) -> int:
        """How many steps of training have noted a loss."""
        return sum(box.read_text().count('"train/loss"') for box in (self.folder / ".cache/tracking").glob("*.jsonl"))


def addresses(server: subprocess.Popen[str]) -> list[str]:
    """What the table says to open: Prefect, MLflow."""
    assert server.stdout and server.stderr
    said = ""
    while "Ctrl-C" not in said:
        line = server.stdout.readline()
        assert line, server.stderr.read()
        said += line
    return re.findall(r"(http://127\.0\.0\.1:\d+) ", said)


def eventually(done: Callable[[], Any], seconds: float = 120.0) -> Any:
    until = time.monotonic() + seconds
    while not (result := done()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.3)
    return result


def gone(crew: list[psutil.Process], seconds: float) -> None:
    """Wait for the end of processes; those that stay are named."""
    _, alive = psutil.wait_procs(crew, timeout=seconds)
    assert not alive, alive


class Prefect:
    """The REST API, as the page uses it."""

    def __init__(self, address: str) -> None:
        self.api = f"{address}/api"

    def call(self, path: str, content: dict[str, Any] | None = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self.api}/{path}", body, {"content-type": "application/json"})
        while True:
            try:
                with urllib.request.urlopen(request, timeout=30) as response:
                    return json.loads(response.read())
            except urllib.error.HTTPError as error:
                if error.code != 503:  # SQLite was busy: Prefect's own client asks again too
                    raise
                error.close()
                time.sleep(1)

    def run(self, name: str, **parameters: Any) -> str:
        deployment = self.call(f"deployments/name/whole/{name}")["id"]
        return str(self.call(f"deployments/{deployment}/create_flow_run", {"parameters": parameters})["id"])

    def state(self, run: str) -> str:
        return str(self.call(f"flow_runs/{run}")["state"]["name"])

    def stop(self, run: str) -> None:
        """Press Cancel."""
        self.call(f"flow_runs/{run}/set_state", {"state": {"type": "CANCELLING", "name": "Cancelling"}})


@pytest.fixture(scope="module")
def made(walked_road, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(walked_road.copy(tmp_path_factory.mktemp("served") / "road").root)
    try:
        yield served
    finally:
        served.down()


@pytest.fixture
def served(made: Served) -> Served:
    return made.up()


@pytest.mark.whole
@pytest.mark.timeout(300)
def test_a_run_made_by_the_api_with_changed_parameters_completes(served: Served) -> None:
    api = Prefect(served.prefect)
    run = api.run("corpus", targets=["corpus"], changes={"corpus": {"quality": {"segmented": {"shortest": 41}}}})
    assert eventually(lambda: (state := api.state(run)) in ("Completed", "Failed", "Crashed") and state) == "Completed"
    assert "    shortest: 41 " in (served.folder / "params/corpus.yaml").read_text(encoding="utf-8")
    stages = YAML(typ="safe").load((served.folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    assert stages["corpus"]["params"]["params/corpus.yaml"]["quality"]["segmented"]["shortest"] == 41
    tasks = api.call("task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
    assert {(task["name"].split("-")[0], task["state"]["name"]) for task in tasks} == {
        ("archive", "UpToDate"),
        ("corpus", "Ran"),
    }


@pytest.mark.whole
@pytest.mark.timeout(300)
def test_the_nightly_schedule_is_there_and_the_page_talks_to_its_own_port(served: Served) -> None:
    api = Prefect(served.prefect)
    [schedule] = api.call("deployments/name/whole/nightly")["schedules"]
    assert schedule["active"] and schedule["schedule"]["cron"] == "0 3 * * *"
    nightly = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}, "tags": {"all_": ["auto-scheduled"]}}}
    planned = eventually(lambda: api.call("flow_runs/filter", nightly))
    assert all("03:00:00" in run["expected_start_time"] for run in planned)
    with urllib.request.urlopen(f"{served.prefect}/ui-settings", timeout=10) as response:
        assert json.loads(response.read())["api_url"] == f"{served.prefect}/api"


@pytest.mark.whole
@pytest.mark.timeout(300)
def test_servers_listen_on_this_machine_alone_and_send_nothing_home(served: Served) -> None:
    ears = [
        connection.laddr.ip
        for member in served.family()
        for connection in member.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(ears) >= 2
    assert set(ears) <= {"127.0.0.1", "::1"}
    assert Prefect(served.prefect).call("admin/settings")["server"]["analytics_enabled"] is False
    [mlflow, *_] = [member for member in served.family() if "mlflow" in member.cmdline()]
    assert mlflow.environ()["MLFLOW_DISABLE_TELEMETRY"] == "true"
    said = subprocess.run(
        [Path(sys.executable).with_name("dvc"), "config", "core.analytics"],
        cwd=served.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "false\n"
    assert urllib.request.urlopen(f"{served.mlflow}/health", timeout=10).status == 200
    assert (served.folder / ".cache" / "mlflow.db").exists()


@pytest.mark.whole
@pytest.mark.timeout(400)
def test_runs_wait_for_one_in_training_and_cancelling_or_ctrl_c_ends_all_its_processes(served: Served) -> None:
    api = Prefect(served.prefect)
    steps = served.losses()
    first = api.run("nightly", **LONG)
    eventually(lambda: served.losses() > steps)
    crew = served.at_work()
    assert {"tasks.model", "tasks.model.train"} <= {word for member in crew for word in member.cmdline()}
    same, other = api.run("nightly", **LONG), api.run("scores", **LONG)
    eventually(lambda: {api.state(same), api.state(other)} <= {"Late", "AwaitingConcurrencySlot"})  # it is their time
    assert api.state(first) == "Running"

    api.stop(first)
    eventually(lambda: api.state(first) == "Cancelled")
    gone(crew, seconds=60)  # 30 are Prefect's own: it then kills what is left of a run that was asked to end

    eventually(lambda: "Running" in (api.state(same), api.state(other)))
    assert {api.state(same), api.state(other)} != {"Running"}
    steps = served.losses()
    eventually(lambda: served.losses() > steps)
    family = [*served.family(), *crew]
    began = time.monotonic()
    assert served.server
    served.server.send_signal(signal.SIGINT)
    assert served.server.wait(20) == 0
    assert time.monotonic() - began < 12
    assert not [member for member in family if member.is_running()]


@pytest.mark.whole  # seconds
def test_when_one_dies_all_stop_and_the_message_names_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    (tmp_path / "lives.py").write_text(LIVES, encoding="utf-8")
    (tmp_path / "dies.py").write_text("import sys; print('no disk'); sys.exit(3)", encoding="utf-8")
    children = {name: ui.launch(workspace, dict(os.environ), name, [name]) for name in ("lives", "dies")}
    try:
        with pytest.raises(EnvironmentFault, match=r"dies ended with exit code 3.*no disk"):
            ui.wait(workspace, children, lambda: False)
        family = eventually(lambda: psutil.Process(children["lives"].pid).children())
    finally:
        ui.end(children)
    assert len(family) == 1
    assert not [member for member in family if member.is_running()]


def test_what_never_answers_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="No answer within 0 s"):
        ui.wait(Workspace(tmp_path), {}, lambda: False, seconds=0)


def test_a_taken_port_gives_the_next() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert ui.free_port(port) > port


def test_prefect_yaml_names_no_path_of_a_machine_and_a_deployment_for_each_stage() -> None:
    text = (ROOT / "prefect.yaml").read_text(encoding="utf-8")
    deployments = YAML(typ="safe").load(text)["deployments"]
    stages = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    assert {deployment["name"] for deployment in deployments} == {"nightly", *stages}
    assert all(deployment["parameters"] == {"targets": [deployment["name"]]} for deployment in deployments[1:])
    assert not re.search(r"(?m)(^|\s)/[a-z]", re.sub("#.*", "", text))
