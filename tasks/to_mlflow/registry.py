"""Versions of the model in MLflow's registry, by reference: DVC keeps the bytes, MLflow the name, the numbers and the alias.

    promote(workspace, name="zhiling", digest="0cc1….dir", facts={"base": "…"}, metrics={"exact_match": 0.7},
            numbers=numbers, champion=True)     # → "3": aliases challenger and champion point at version 3

The same digest is the same version, however often it is promoted. An alias moves only when all else stands.
"""

import time
from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING

from tasks.errors import EndpointError
from tasks.to_mlflow.client import address, client, experiment, failures, local_file, shown
from tasks.to_mlflow.delivery import mlflow_name
from tasks.to_mlflow.outbox import Notes
from tasks.to_mlflow.sender import send
from tasks.tracking import Numbers
from tasks.workspace import Workspace

if TYPE_CHECKING:
    from mlflow import MlflowClient

DIGEST = "dvc.md5"
PATH = "data/model"


def promote(
    workspace: Workspace,
    *,
    name: str,
    digest: str,
    facts: Mapping[str, str],
    metrics: Mapping[str, float],
    numbers: Numbers,
    champion: bool,
) -> str:
    """Register the weights with this DVC md5, point `challenger` at them, and `champion` too if so told; → the version.

    `numbers` is the run that promotes: it is sent first, and the model hangs under it with `metrics`.
    Raises EndpointError when MLflow does not answer: a promotion that waits in a drawer would surprise somebody later,
    so none is made, and running the stage again makes it.
    """
    sent = send(workspace)
    if sent.left and sent.trouble:
        raise _unreachable(workspace, sent.trouble)
    with closing(Notes.open(workspace, address(workspace))) as notes:
        run = notes.run(numbers.key)
    words = {**facts, **{f"metric/{metric}": f"{value:.6g}" for metric, value in metrics.items()}}
    tags = {DIGEST: digest} | {mlflow_name(word): value for word, value in words.items()}
    try:
        mlflow = client(workspace)
        version = _version(mlflow, name, digest)
        if not version:
            _registered(mlflow, name)
            model = _model(mlflow, experiment(mlflow, workspace), run, name=name, tags=tags)
            _measure(mlflow, run, model, metrics)
            made = mlflow.create_model_version(name, f"dvc:{PATH}#{digest}", run_id=run, model_id=model, tags=tags)
            version = str(made.version)
        for alias in ("challenger", "champion") if champion else ("challenger",):
            mlflow.set_registered_model_alias(name, alias, version)
    except failures() as error:
        raise _unreachable(workspace, str(error)) from error
    return version


def champion(workspace: Workspace, name: str) -> dict[str, str] | None:
    """The tags of the version that bears the alias, and its `version` and `digest`; None where there is none yet.

    Raises EndpointError when MLflow does not answer.
    """
    file = local_file(address(workspace))
    if file and not file.exists():
        return None
    try:
        found = client(workspace).get_model_version_by_alias(name, "champion")
    except failures() as error:
        # MLflow's two ways of saying that there is none: no such model, and a model without the alias
        if getattr(error, "error_code", "") in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise _unreachable(workspace, str(error)) from error
    return {**found.tags, "version": str(found.version), "digest": found.tags[DIGEST]}


def _version(mlflow: "MlflowClient", name: str, digest: str) -> str:
    found = mlflow.search_model_versions(f"name = '{name}' and tags.`{DIGEST}` = '{digest}'")
    return str(min(int(version.version) for version in found)) if found else ""


def _registered(mlflow: "MlflowClient", name: str) -> None:
    if not mlflow.search_registered_models(f"name = '{name}'"):
        mlflow.create_registered_model(name)


def _model(mlflow: "MlflowClient", home: str, run: str, *, name: str, tags: dict[str, str]) -> str:
    """The id of MLflow's record of the weights; made where missing. It is `external`: MLflow is given no file."""
    found = mlflow.search_logged_models([home], f"tags.`{DIGEST}` = '{tags[DIGEST]}'", max_results=1)
    if found:
        return str(found[0].model_id)
    tags = {**tags, "mlflow.model.isExternal": "true"}
    params = {"path": PATH, DIGEST: tags[DIGEST]}
    model = mlflow.create_logged_model(home, name=name, source_run_id=run, tags=tags, params=params)
    return str(mlflow.finalize_logged_model(model.model_id, "READY").model_id)


def _measure(mlflow: "MlflowClient", run: str, model: str, metrics: Mapping[str, float]) -> None:
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    mlflow.log_batch(
        run, metrics=[Metric(mlflow_name(key), value, now, 0, model_id=model) for key, value in metrics.items()]
    )


def _unreachable(workspace: Workspace, trouble: str) -> EndpointError:
    return EndpointError(
        f"MLflow at {shown(address(workspace))} did not take the promotion: {' '.join(trouble.split())[:300]}. Nothing was "
        "promoted, and no number is lost. Start it (`make ui`), or correct or unset MLFLOW_TRACKING_URI, and run again."
    )
