"""Reach MLflow: its address, whether it answers, a client that gives up soon, the experiment, a run by its key.

The address is MLFLOW_TRACKING_URI, else sqlite:////…/.cache/mlflow.db of the checkout: no server needed.
"""

import os
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tasks.workspace import Workspace

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "zhiling"
KEY = "zhiling.run"
SQLITE = "sqlite:///"
PROBE_SECONDS = 3.0
ENVIRONMENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # the outbox is our retry; MLflow's seven would block for four minutes
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds
}


def address(workspace: Workspace) -> str:
    """The tracking URI."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"{SQLITE}{workspace.cache.resolve() / 'mlflow.db'}"


def shown(where: str) -> str:
    """An address without user name and password."""
    parts = urlsplit(where)
    return where.replace(f"{parts.netloc}", parts.netloc.rpartition("@")[2], 1) if "@" in parts.netloc else where


def local_file(where: str) -> Path | None:
    """The SQLite file behind an address, if that is what it is."""
    return Path(where.removeprefix(SQLITE)) if where.startswith(SQLITE) else None


def answers(url: str, word: str = "", seconds: float = PROBE_SECONDS) -> bool:
    """Whether a GET brings an answer that has the word in it; without a word any answer will do, also a refusal."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as response:
            return word in response.read().decode(errors="replace")
    except urllib.error.HTTPError:
        return not word
    except (OSError, ValueError, HTTPException):  # ValueError: an address without http://
        return False


def failures() -> tuple[type[Exception], ...]:
    """What MLflow's client raises when its other side is dead, half-dead or broken."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    return (MlflowException, SQLAlchemyError, OSError, ValueError)  # ValueError: half a JSON answer


def client(workspace: Workspace) -> "MlflowClient":
    """A client without telemetry and with short timeouts; a local database is made first. One process at a time."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    where = address(workspace)
    file = local_file(where)
    if file and not file.exists():
        _make_database(file)
    return MlflowClient(tracking_uri=where, registry_uri=where)


def _make_database(file: Path) -> None:
    """Make MLflow's tables aside and rename: a kill in the middle would leave a schema that no upgrade can mend."""
    import logging

    from mlflow.db import upgrade

    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    partial.unlink(missing_ok=True)
    assert upgrade.callback
    upgrade.callback(f"{SQLITE}{partial}")
    partial.replace(file)


def experiment(mlflow: "MlflowClient", workspace: Workspace) -> str:
    """The id of the one experiment, made where missing."""
    known = mlflow.get_experiment_by_name(EXPERIMENT)
    if known:
        return str(known.experiment_id)
    # A server knows its own place for artifacts; a bare database would take the current folder.
    folder = (workspace.cache / "mlartifacts").resolve().as_uri() if local_file(address(workspace)) else None
    return str(mlflow.create_experiment(EXPERIMENT, artifact_location=folder))


def open_run(mlflow: "MlflowClient", home: str, *, key: str, name: str, parent: str, ms: int) -> str:
    """The id of the run tagged with `key` in experiment `home`; made, under the run `parent` if any, where missing."""
    for run in mlflow.search_runs([home], f"tags.`{KEY}` = '{key}'", max_results=1):
        return str(run.info.run_id)
    tags = {KEY: key} | ({"mlflow.parentRunId": parent} if parent else {})
    return str(mlflow.create_run(home, start_time=ms, tags=tags, run_name=name).info.run_id)
