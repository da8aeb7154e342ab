"""data/server/ from data/scores/: the version that passed the gate, registered; or why there is none.

promoted.json   a passed gate: which weights (`md5` is DVC's), under which name, and their headline numbers
refused.json    a failed gate: the reasons. Nothing is registered and no alias moves

The folder says what the gate decided, and is the same wherever it is made. MLflow's registry says which versions there have
been: `challenger` is the newest that passed, `champion` the one to beat. tasks/to_mlflow/registry.py has it
follow the folder.
"""

import json
import sys
from typing import Any

from tasks.errors import IntegrityError
from tasks.model_files import digest
from tasks.server.settings import ServerParams
from tasks.server.versions import dvc_digest
from tasks.shards import new_folder, verify
from tasks.to_mlflow import registry
from tasks.tracking import Numbers
from tasks.workspace import Workspace


def make(params: ServerParams, workspace: Workspace, numbers: Numbers) -> None:
    """Register and publish, or refuse and publish why.

    Raises IntegrityError where the scores are of other weights, EndpointError where MLflow does not answer.
    """
    foundation, model, scores = (workspace.data / noun for noun in ("foundation", "model", "scores"))
    for folder in (foundation, model, scores):
        verify(folder)
    summary = json.loads((scores / "summary.json").read_text(encoding="utf-8"))
    _refuse_strangers(summary, {"foundation": digest(foundation), "model": digest(model)})
    facts = {name: summary[name] for name in ("foundation", "model", "rows")}
    if not summary["verdict"]["passed"]:
        _publish(workspace, "refused.json", {**facts, "reasons": summary["verdict"]["reasons"]})
        numbers.tag("promoted", "no")
        _say(["The gate is not passed: nothing is registered and no alias moves.", *summary["verdict"]["reasons"]])
        return
    overall = summary["overall"]
    promoted = {"scores": overall["systems"]["tuned"], "differences": overall["differences"], "verdict": summary["verdict"]}
    which = {"name": params.name, "md5": dvc_digest(model), "dtype": summary["dtype"]}
    _publish(workspace, "promoted.json", {**facts, **which, **promoted})
    done = registry.reconcile(workspace, numbers) or "registered before"
    numbers.tag("promoted", done)
    _say([f"{done.capitalize()}. Talk to the champion: make chat"])


def _refuse_strangers(summary: dict[str, Any], found: dict[str, str]) -> None:
    for noun, known in found.items():
        if summary[noun] != known:
            raise IntegrityError(
                f"data/scores is of {noun} {summary[noun]}, but data/{noun} is {known}. "
                "Score what is there: `dvc repro scores`."
            )


def _publish(workspace: Workspace, name: str, content: dict[str, Any]) -> None:
    with new_folder(workspace.data / "server") as out:
        out.json(name, content)


def _say(lines: list[str]) -> None:
    sys.stderr.write("".join(f"server: {line}\n" for line in lines))
