"""Versions in MLflow's registry: one a digest, aliases where the caller said, no weights copied."""

import socket
from pathlib import Path

import pytest

from tasks.errors import EndpointError
from tasks.to_mlflow.client import client
from tasks.to_mlflow.registry import bearer, promote
from tasks.tracking import Numbers
from tasks.workspace import Workspace

pytestmark = pytest.mark.whole  # ten seconds: MLflow makes its tables

FIRST, SECOND = "1" * 32 + ".dir", "2" * 32 + ".dir"


def promoted(workspace: Workspace, digest: str, becomes_champion: bool) -> str:
    return promote(
        workspace,
        name="zhiling",
        digest=digest,
        facts={"base": "gemma-3-270m"},
        metrics={"exact_match": 0.75},
        numbers=Numbers.open(workspace, "server"),
        champion=becomes_champion,
    )


def test_there_is_no_champion_before_the_first(workspace: Workspace) -> None:
    assert bearer(workspace, "zhiling", "champion") is None
    assert not Path(workspace.cache / "tracking").exists()
    promoted(workspace, FIRST, False)
    assert bearer(workspace, "zhiling", "champion") is None
    assert bearer(workspace, "another", "champion") is None


def test_a_champion_stays_until_a_challenger_is_promoted_over_it(workspace: Workspace) -> None:
    assert promoted(workspace, FIRST, True) == "1"
    assert promoted(workspace, SECOND, False) == "2"
    first = bearer(workspace, "zhiling", "champion")
    assert first and (first["version"], first["digest"], first["base"]) == ("1", FIRST, "gemma-3-270m")
    assert first["metric/exact_match"] == "0.75"
    assert client(workspace).get_model_version_by_alias("zhiling", "challenger").version == 2
    assert promoted(workspace, SECOND, True) == "2"
    second = bearer(workspace, "zhiling", "champion")
    assert second and second["digest"] == SECOND


def test_the_same_digest_is_the_same_version(workspace: Workspace) -> None:
    assert [promoted(workspace, FIRST, True) for _ in range(3)] == ["1", "1", "1"]
    mlflow = client(workspace)
    assert len(mlflow.search_model_versions("name = 'zhiling'")) == 1


def test_a_version_refers_to_its_run_and_to_dvc_and_holds_no_file(workspace: Workspace) -> None:
    promoted(workspace, FIRST, True)
    mlflow = client(workspace)
    version = mlflow.get_model_version("zhiling", "1")
    assert version.source == f"dvc:data/model#{FIRST}"
    run = mlflow.get_run(version.run_id)
    assert run.info.run_name == "server"
    [model] = mlflow.search_logged_models([run.info.experiment_id])
    assert [(metric.key, metric.value) for metric in model.metrics] == [("exact_match", 0.75)]
    assert not (workspace.cache / "mlartifacts").exists()


def test_a_promotion_that_mlflow_cannot_take_is_an_error_with_the_remedy(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{nobody.getsockname()[1]}")
        with pytest.raises(EndpointError, match="make ui"):
            promoted(workspace, FIRST, True)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert promoted(workspace, FIRST, True) == "1"
