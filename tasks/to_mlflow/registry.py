"""Versions of the model in MLflow's registry, by reference: DVC keeps the bytes, MLflow the name, the numbers and the alias.

    promote(workspace, name="zhiling", digest="0cc1….dir", facts={"base": "…"}, metrics={"exact_match": 0.7},
            numbers=numbers, champion=True)     # → "3": aliases challenger and champion point at version 3

The same digest is the same version, however often it is promoted. An alias moves only when all else stands.

data/server/promoted.json says which version should be there, and DVC may bring that back without running anything, or MLflow
may have been emptied: `reconcile` has the registry follow. It is called by the server stage, after every run and by hand.
"""

import json
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

CHALLENGER = "challenger"
DIGEST = "dvc.md5"
PATH = "data/model"


def reconcile(workspace: Workspace, numbers: Numbers | None = None) -> str:
    """Register what data/server/promoted.json names, unless that was done last; → what was done, "" for nothing.

    `numbers` is the run that promotes (default: a new one). Raises EndpointError when MLflow does not answer.
    """
    file = workspace.data / "server" / "promoted.json"
    promoted = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if not promoted or _last(workspace) == promoted["md5"]:
        return ""
    if numbers is None:
        numbers = Numbers.open(workspace, "server")
        numbers.end("FINISHED")
    name, tuned = promoted["name"], promoted["scores"]
    wins = becomes_champion(promoted["rows"], tuned["exact"], bearer(workspace, name, "champion"))
    facts = {fact: promoted[fact] for fact in ("foundation", "model", "rows", "dtype")}
    version = promote(
        workspace,
        name=name,
        digest=promoted["md5"],
        facts={**facts, "few_shot": promoted["verdict"]["few_shot"]},
        metrics=tuned,
        numbers=numbers,
        champion=wins,
    )
    aliases = "challenger and champion" if wins else "challenger; the champion answers these rows better and stays"
    return f"registered {name} version {version}: {aliases}"


def becomes_champion(rows: str, exact: float, champion: Mapping[str, str] | None) -> bool:
    """Whether a model that passed the gate takes the alias from the champion (its tags in the registry, or None).

    Scores on the same rows are compared by exact match; a tie goes to the newcomer. Scores on other rows cannot be
    compared: the newcomer, which passed the gate on today's rows, then takes the alias.
    """
    return champion is None or champion.get("rows") != rows or exact >= float(champion["metric/exact"])


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
        for alias in ("champion", CHALLENGER) if champion else (CHALLENGER,):
            mlflow.set_registered_model_alias(name, alias, version)
    except failures() as error:
        raise _unreachable(workspace, str(error)) from error
    with closing(Notes.open(workspace, address(workspace))) as notes:
        notes.note(CHALLENGER, digest, 0)
    return version


def bearer(workspace: Workspace, name: str, alias: str) -> dict[str, str] | None:
    """The tags of the version that bears the alias, and its `version` and `digest`; None where there is none yet.

    Raises EndpointError when MLflow does not answer.
    """
    file = local_file(address(workspace))
    if file and not file.exists():
        return None
    try:
        found = client(workspace).get_model_version_by_alias(name, alias)
    except failures() as error:
        # MLflow's two ways of saying that there is none: no such model, and a model without the alias
        if getattr(error, "error_code", "") in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise _unreachable(workspace, str(error)) from error
    return {**found.tags, "version": str(found.version), "digest": found.tags[DIGEST]}


def _last(workspace: Workspace) -> str:
    """The digest last promoted from here to this MLflow, as far as we noted; "" where its database is gone."""
    file = local_file(address(workspace))
    if file and not file.exists():
        return ""
    with closing(Notes.open(workspace, address(workspace))) as notes:
        return notes.run(CHALLENGER)


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
        f"MLflow at {shown(address(workspace))} did not answer for its registry: {' '.join(trouble.split())[:300]}. "
        "Nothing was promoted, and no number is lost. Start it (`make ui`), or correct or unset MLFLOW_TRACKING_URI, and "
        "run again."
    )
