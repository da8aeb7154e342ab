"""What tests of the foundation share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.foundation.make import make
from tasks.foundation.settings import FoundationParams
from tasks.params import check
from tasks.tracking import Numbers
from tasks.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty checkout."""
    return Workspace(tmp_path / "checkout")


@pytest.fixture
def bring(workspace: Workspace) -> Callable[..., Path]:
    """Make data/foundation of a source, and an expected hash if there is one."""

    def bring(source: str, sha256: str = "") -> Path:
        params = check(FoundationParams, {"source": source, "sha256": sha256}, Path("params/foundation.yaml"))
        make(params, workspace, Numbers.open(workspace, "foundation"))
        return workspace.data / "foundation"

    return bring
