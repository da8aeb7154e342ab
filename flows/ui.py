"""Prefect's server with a worker for prefect.yaml, and MLflow, on 127.0.0.1 until Ctrl-C. `make ui` starts it.

    python -m flows.ui

    Prefect   http://127.0.0.1:4200   start a run, watch its stages, see the schedule
    MLflow    http://127.0.0.1:5000   numbers of all runs, versions of the model

What they keep is in .cache/ (prefect/, mlflow.db), what they say in .cache/ui/*.log. When one of them dies the others are
stopped, and the exit code is 4 (EnvironmentFault).
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from tasks.errors import EnvironmentFault, exit_code_of
from tasks.to_mlflow.client import address, answers, shown
from tasks.workspace import Workspace, here

POOL = "zhiling"
START_SECONDS = 180.0
STOP_SECONDS = 8.0
ASKED_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Children = dict[str, subprocess.Popen[bytes]]


def serve(workspace: Workspace, say: Callable[[str], object]) -> None:
    """Start all, say where they are, and stay. Raises EnvironmentFault when one dies or never answers."""
    prefect, backend = f"http://127.0.0.1:{free_port(4200)}", address(workspace)
    tracking = f"http://127.0.0.1:{free_port(5000)}" if backend.startswith("sqlite:") else ""
    environment = settings(workspace, prefect)
    children: Children = {}

    def start(name: str, *words: str) -> None:
        children[name] = launch(workspace, environment, name, words)

    def finish(name: str, *words: str) -> None:
        start(name, *words)
        wait(workspace, children, lambda: children[name].poll() == 0)
        del children[name]

    try:
        start("prefect", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port_of(prefect))
        if tracking:
            finish("send", "tasks.to_mlflow")  # makes the database before the server looks for it
            start("mlflow", *mlflow(workspace, backend, port_of(tracking)))
        wait(workspace, children, lambda: answers(f"{prefect}/api/health", "true"))
        # One run at a time in one checkout, whichever deployment it comes from. The worker makes the pool.
        start("worker", "prefect", "worker", "start", "--pool", POOL, "--type", "process", "--limit", "1")
        wait(workspace, children, lambda: answers(f"{prefect}/api/work_pools/{POOL}", '"READY"'))
        finish("deploy", "prefect", "--no-prompt", "deploy", "--all")
        wait(workspace, children, lambda: not tracking or answers(f"{tracking}/health", "OK"))
        say(table(prefect, tracking or shown(backend)))
        wait(workspace, children, lambda: False, seconds=float("inf"))
    finally:
        for number in ASKED_TO_END:
            signal.signal(number, signal.SIG_IGN)  # asked twice, it still ends in order
        end(children)


def settings(workspace: Workspace, prefect: str) -> dict[str, str]:
    """Environment of all children: everything in this checkout, nothing sent anywhere, the page talks to our port."""
    home = (workspace.cache / "prefect").resolve()
    home.mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "DO_NOT_TRACK": "true",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # seven helper processes that nobody here asks
        "PREFECT_API_URL": f"{prefect}/api",
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_API_URL": f"{prefect}/api",
        "PREFECT_WORKER_QUERY_SECONDS": "2",  # how long a click on Run waits, at most
    }


def mlflow(workspace: Workspace, backend: str, port: str) -> Sequence[str]:
    """The words of MLflow's server over the checkout's own database."""
    artifacts = str((workspace.cache / "mlartifacts").resolve())
    where = ("--host", "127.0.0.1", "--port", port, "--workers", "1")
    return ("mlflow", "server", *where, "--backend-store-uri", backend, "--artifacts-destination", artifacts)


def table(prefect: str, tracking: str) -> str:
    """What to open, and how another terminal finds the server."""
    return (
        f"\n  Prefect   {prefect}   start a run, watch its stages, see the schedule\n"
        f"  MLflow    {tracking}   numbers of all runs, versions of the model\n\n"
        f"  In another terminal: export PREFECT_API_URL={prefect}/api\n"
        "  Ctrl-C stops them all.\n\n"
    )


def launch(workspace: Workspace, environment: Mapping[str, str], name: str, words: Sequence[str]) -> subprocess.Popen[bytes]:
    """`python -m` words in a process group of its own, so that Ctrl-C reaches it only through us, and all of it at once."""
    log = log_of(workspace, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=workspace.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait(workspace: Workspace, children: Children, done: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    """Look twice a second whether it is done and whether all still live. Raises EnvironmentFault if not."""
    until = time.monotonic() + seconds
    while not done():
        for name, child in children.items():
            if child.poll() is not None and not done():
                raise EnvironmentFault(f"{name} ended with exit code {child.returncode}. {last_words(workspace, name)}")
        if time.monotonic() > until:
            names = ", ".join(children)
            raise EnvironmentFault(f"No answer within {seconds:.0f} s from one of {names}; see .cache/ui/ and try again.")
        time.sleep(0.5)


def end(children: Children) -> None:
    """Stop all and what they started, last first: politely for some seconds, then for good."""
    until = time.monotonic() + STOP_SECONDS
    # A worker gives each run a session of its own, so its group is not enough: remember the tree while it stands.
    family = [member for child in children.values() for member in tree(child.pid)]
    for child in reversed(children.values()):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=max(until - time.monotonic(), 0))
    for member in alive:
        member.kill()
    psutil.wait_procs(alive, timeout=2)
    for child in children.values():
        child.wait()


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def free_port(first: int) -> int:
    """The first port from `first` on that nobody on this machine listens at."""
    for port in range(first, first + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise EnvironmentFault(f"Ports {first} to {first + 99} of 127.0.0.1 are all taken. Stop some servers and run again.")


def port_of(url: str) -> str:
    """http://127.0.0.1:4200 → 4200"""
    return url.rpartition(":")[2]


def log_of(workspace: Workspace, name: str) -> Path:
    """Where a child's output goes."""
    return workspace.cache / "ui" / f"{name}.log"


def last_words(workspace: Workspace, name: str) -> str:
    """The end of a child's log, for the message that it died."""
    lines = log_of(workspace, name).read_text(encoding="utf-8", errors="replace").split("\n")
    return f"Its last words, in {log_of(workspace, name)}: " + " / ".join(
        line.strip() for line in lines[-6:] if line.strip()
    )


def main() -> int:
    """The command: 0 after Ctrl-C or SIGTERM, else the error's exit code, with its message on stderr."""
    for number in ASKED_TO_END:
        signal.signal(number, signal.default_int_handler)  # all three raise KeyboardInterrupt
    try:
        sys.stderr.write("ui: starting Prefect and MLflow, half a minute …\n")
        return exit_code_of("ui", lambda: serve(here(), lambda text: (sys.stdout.write(text), sys.stdout.flush())))
    except KeyboardInterrupt:
        sys.stderr.write("ui: all stopped.\n")
        return 0


if __name__ == "__main__":
    sys.exit(main())
