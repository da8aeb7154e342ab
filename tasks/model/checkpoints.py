"""Where a killed run goes on: trained weights, the optimizer's two moments, the step and the losses so far.

    .cache/model/<key>/step-000040/{state.safetensors, progress.json, manifest.json}

The key is a digest of all that decides the result, so a checkpoint is never continued under other parameters or data. A
folder appears whole, its manifest last; the newest whose hashes hold is taken, two are kept. No pickles.
"""

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from tasks.errors import InputError, IntegrityError
from tasks.model.learner import Learner, Outcome
from tasks.shards import new_folder, verify

KEPT = 2
MOMENTS = ("exp_avg", "exp_avg_sq")


def newest(folder: Path) -> Path | None:
    """The last whole checkpoint of a run, or None; broken ones are passed over."""
    for candidate in sorted(folder.glob("step-*"), reverse=True):
        try:
            verify(candidate)
        except (IntegrityError, InputError):
            continue
        return candidate
    return None


def write(folder: Path, learner: Learner, outcomes: list[Outcome]) -> None:
    """Keep what `read` needs to go on after `len(outcomes)` steps; drop all but the newest two."""
    tensors = {}
    for name, weight in learner.weights.items():
        tensors[f"weight.{name}"] = weight.detach().contiguous()
        for moment in MOMENTS:
            tensors[f"{moment}.{name}"] = learner.optimizer.state[weight][moment].contiguous()
    with new_folder(folder / f"step-{len(outcomes):06}") as out:
        save_file(tensors, out.path / "state.safetensors")
        out.json("progress.json", [[outcome.loss, outcome.replay_loss, outcome.norm] for outcome in outcomes])
    for old in sorted(folder.glob("step-*"))[:-KEPT]:
        shutil.rmtree(old)


def read(checkpoint: Path, learner: Learner) -> list[Outcome]:
    """Put a checkpoint's state into a learner, bit for bit; what the steps so far saw."""
    tensors = load_file(checkpoint / "state.safetensors", device=str(learner.device))
    outcomes = [Outcome(*values) for values in json.loads((checkpoint / "progress.json").read_text(encoding="utf-8"))]
    for name, weight in learner.weights.items():
        with torch.no_grad():
            weight.copy_(tensors[f"weight.{name}"])
        learner.optimizer.state[weight] = {
            "step": torch.tensor(float(len(outcomes)), device=weight.device),  # a fused optimizer wants all in one place
            **{moment: tensors[f"{moment}.{name}"] for moment in MOMENTS},
        }
    return outcomes
