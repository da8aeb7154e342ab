"""One rank of the training: `torchrun … -m tasks.model.train .cache/model/<key>/job.json`, started by tasks/model/ranks.py.

Takes the rows and the newest whole checkpoint, learns the steps that are left, and leaves result/ (rank 0).
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from tqdm import tqdm

from tasks.errors import TrainingError, ZhilingError
from tasks.learning import learning_rate
from tasks.model import checkpoints
from tasks.model.batches import labels_in, steps_of
from tasks.model.job import Job
from tasks.model.learner import Learner, Outcome
from tasks.model.ranks import die_with_parent
from tasks.model.rows import Row, unpacked
from tasks.model.weights import save, start
from tasks.shards import new_folder
from tasks.tracking import Numbers

Plan = list[tuple[list[Row], list[Row]]]
"""For each step its answers and its stretches of plain text."""


def main(job: Job) -> None:
    """Train in this process as one of the ranks that torchrun's environment names."""
    params = job.params
    device = _join(job)
    model = start(job.foundation, method=params.method, rank=params.rank, seed=params.seed, precision=params.precision).to(
        device
    )
    learner = Learner(model, padding=job.padding, bf16=params.precision == "bf16", at_once=params.rows_at_once)
    plan = steps_of(params, unpacked(job.answers.read_bytes()), unpacked(job.replay.read_bytes()))
    outcomes = _learn(learner, job, plan)
    if dist.get_rank() == 0:
        with new_folder(job.result) as out:
            save(model, out.path, foundation=job.foundation, precision=params.precision)
            out.json("training.json", _facts(learner, outcomes, plan))
    dist.barrier()


def _join(job: Job) -> torch.device:
    """Meet the other ranks; the device this one computes on. Raises TrainingError where fewer or more came than asked."""
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # it is in no stub
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    rank, ranks = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    if ranks != job.params.ranks:
        raise TrainingError(f"{ranks} ranks came, params/model.yaml asks for {job.params.ranks}.")
    store = dist.FileStore(str(job.meeting), ranks)  # type: ignore[attr-defined]  # torch does not list it
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo", store=store, rank=rank, world_size=ranks)
    return device


def _learn(learner: Learner, job: Job, plan: Plan) -> list[Outcome]:
    """All steps from the newest checkpoint on; what every step saw, the earlier ones included."""
    params = job.params
    numbers = Numbers(job.numbers) if dist.get_rank() == 0 else None
    found = checkpoints.newest(job.scratch)  # every rank looks before any may write
    outcomes = checkpoints.read(found, learner) if found else []
    dist.barrier()
    bar = tqdm(total=params.steps, initial=len(outcomes), desc="model", unit="step", disable=numbers is None)
    with bar:
        for step in range(len(outcomes), params.steps):
            began = time.monotonic()
            rate = learning_rate(step, steps=params.steps, peak=params.learning_rate, warmup=params.warmup_steps)
            answers, replay = plan[step]
            try:
                outcomes.append(learner.step(answers, replay, replay_weight=params.replay_weight, rate=rate))
            except TrainingError as error:
                raise TrainingError(f"At step {step + 1} of {params.steps} {error}") from error
            speed = sum(len(row.ids) for row in (*answers, *replay)) / (time.monotonic() - began)
            if numbers is not None:
                _tell(numbers, bar, step + 1, {"loss": outcomes[-1].loss, "lr": rate, "tokens_per_second": speed})
            if (step + 1) % params.checkpoint_every == 0 and step + 1 < params.steps and numbers is not None:
                checkpoints.write(job.scratch, learner, outcomes)
    return outcomes


def _tell(numbers: Numbers, bar: Any, step: int, values: dict[str, float]) -> None:
    for name, value in values.items():
        numbers.metric(f"train/{name}", value, step)
    bar.set_postfix_str(f"loss {values['loss']:.3f}, {values['tokens_per_second']:.0f} tokens/s", refresh=False)
    bar.update()


def _facts(learner: Learner, outcomes: list[Outcome], plan: Plan) -> dict[str, Any]:
    """What can be told of a run and comes out the same when it is run again: no times, no speeds."""
    return {
        "steps": len(outcomes),
        "rows": sum(len(answers) for answers, _ in plan),
        "replay_rows": sum(len(replay) for _, replay in plan),
        "tokens": sum(len(row.ids) for step in plan for rows in step for row in rows),
        "label_tokens": sum(labels_in(answers) for answers, _ in plan),
        "replay_label_tokens": sum(labels_in(replay) for _, replay in plan),
        "trained_parameters": sum(weight.numel() for weight in learner.weights.values()),
        "parameters": sum(weight.numel() for weight in learner.model.parameters()),
        "loss": [round(outcome.loss, 4) for outcome in outcomes],
        "replay_loss": [round(outcome.replay_loss, 4) for outcome in outcomes],
        "gradient_norm": [round(outcome.norm, 4) for outcome in outcomes],
    }


def _run(file: Path) -> int:
    """`main` for torchrun: an expected error leaves its paragraph in the scratch folder for the stage to tell."""
    die_with_parent()
    job = Job.read(file)
    try:
        main(job)
    except ZhilingError as error:
        job.failure(int(os.environ["RANK"])).write_text(str(error), encoding="utf-8")
        return error.exit_code
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()
    return 0


if __name__ == "__main__":
    sys.exit(_run(Path(sys.argv[1])))
