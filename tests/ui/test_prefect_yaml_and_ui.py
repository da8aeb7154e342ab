"""`make ui` over a toy road: the servers, the schedule, runs by the API as the page makes them, cancelling, stopping."""

import json
import os
import re
import shutil
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
Serving = tuple[Path, subprocess.Popen[str], list[str]]
LIVES = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(99)']); time.sleep(99)"
)
TOY = '''
import subprocess, sys
from pathlib import Path
from prefect import flow

@flow
def whole(targets: list[str] | None = None, seconds: float = 0.0) -> str:
    """Sleep in a child process, and note it."""
    subprocess.run([sys.executable, "-c", f"import time; time.sleep({seconds}) # sleeper"], check=True)
    with Path("done.txt").open("a") as done:
        done.write(f"{targets} {seconds}\\n")
    return "done"
'''


def checkout(folder: Path) -> Path:
    (folder / "flows").mkdir()
    (folder / "dvc.yaml").touch()
    for file in ("prefect.yaml", "flows/__init__.py", "flows/ui.py"):
        shutil.copy(ROOT / file, folder / file)
    (folder / "flows" / "deployed.py").write_text(TOY, encoding="utf-8")
    return folder


def addresses(server: subprocess.Popen[str]) -> list[str]:
    """What the table says to open: Prefect, MLflow."""
    assert server.stdout and server.stderr
    said = ""
    while "Ctrl-C" not in said:
        line = server.stdout.readline()
        assert line, server.stderr.read()
        said += line
    return re.findall(r"(http://127\.0\.0\.1:\d+) ", said)


def eventually(done: Callable[[], Any], seconds: float = 90.0) -> Any:
    until = time.monotonic() + seconds
    while not (result := done()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.3)
    return result


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


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = checkout(tmp_path_factory.mktemp("toy"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT", "MLFLOW"))}
    environment["HOME"] = str(folder / "home")
    command, pipe = [sys.executable, "-m", "flows.ui"], subprocess.PIPE
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True) as server:
        try:
            yield folder, server, addresses(server)
        finally:
            server.terminate()


def sleepers(folder: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "cwd"]):
        if "# sleeper" in " ".join(process.info["cmdline"] or []) and process.info["cwd"] == str(folder):
            found.append(process)
    return found


@pytest.mark.whole
@pytest.mark.timeout(300)
def test_a_run_made_by_the_api_with_changed_parameters_completes(serving: Serving) -> None:
    folder, _, [prefect, mlflow] = serving
    api = Prefect(prefect)
    assert urllib.request.urlopen(f"{mlflow}/health", timeout=10).status == 200
    assert (folder / ".cache" / "mlflow.db").exists()
    run = api.run("corpus", seconds=0.25)
    eventually(lambda: api.state(run) == "Completed")
    assert (folder / "done.txt").read_text(encoding="utf-8") == "['corpus'] 0.25\n"
    assert not (folder / "home").exists()


@pytest.mark.whole
@pytest.mark.timeout(300)
def test_the_nightly_schedule_is_there_and_the_page_talks_to_its_own_port(serving: Serving) -> None:
    _, _, [prefect, _] = serving
    api = Prefect(prefect)
    [schedule] = api.call("deployments/name/whole/nightly")["schedules"]
    assert schedule["active"] and schedule["schedule"]["cron"] == "0 3 * * *"
    planned = eventually(lambda: api.call("flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}))
    assert all("03:00:00" in run["expected_start_time"] for run in planned)
    with urllib.request.urlopen(f"{prefect}/ui-settings", timeout=10) as response:
        assert json.loads(response.read())["api_url"] == f"{prefect}/api"


@pytest.mark.whole
@pytest.mark.timeout(300)
def test_a_second_run_waits_and_a_cancelled_one_leaves_no_process(serving: Serving) -> None:
    folder, _, [prefect, _] = serving
    api = Prefect(prefect)
    first = api.run("nightly", seconds=600)
    eventually(lambda: sleepers(folder))
    second = api.run("nightly", seconds=0.5)
    third = api.run("scores", seconds=0.75)
    time.sleep(8)
    assert len(sleepers(folder)) == 1
    assert {api.state(second), api.state(third)} <= {"AwaitingConcurrencySlot", "Scheduled", "Late", "Pending"}
    api.call(f"flow_runs/{first}/set_state", {"state": {"type": "CANCELLING", "name": "Cancelling"}})
    eventually(lambda: api.state(first) == "Cancelled")
    eventually(lambda: not sleepers(folder), seconds=10)
    eventually(lambda: api.state(second) == "Completed" and api.state(third) == "Completed", seconds=150)


@pytest.mark.whole
@pytest.mark.timeout(300)
def test_ctrl_c_stops_all_within_ten_seconds_and_a_run_in_progress_too(serving: Serving) -> None:
    folder, server, addresses = serving  # the last test that needs it
    Prefect(addresses[0]).run("model", seconds=600)
    eventually(lambda: sleepers(folder))
    family = psutil.Process(server.pid).children(recursive=True)
    began = time.monotonic()
    server.send_signal(signal.SIGINT)
    assert server.wait(20) == 0
    assert time.monotonic() - began < 12
    assert len(family) > 4
    assert not [member for member in family if member.is_running()]
    for address in addresses:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", int(ui.port_of(address)))) != 0


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
