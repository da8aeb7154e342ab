"""A workspace whose MLflow database is a copy of one made once: MLflow takes half a second to make its tables."""

import shutil
from pathlib import Path

import pytest

from tasks.to_mlflow.client import client
from tasks.tracking import PARENT
from tasks.workspace import Workspace


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = Workspace(tmp_path_factory.mktemp("empty"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        client(workspace)
    return workspace.cache / "mlflow.db"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_mlflow: Path) -> Workspace:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv(PARENT, raising=False)
    (tmp_path / ".cache").mkdir()
    shutil.copy(empty_mlflow, tmp_path / ".cache" / "mlflow.db")
    return Workspace(tmp_path)
