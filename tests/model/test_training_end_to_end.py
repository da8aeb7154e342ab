"""The whole stage with torchrun on a tiny model: one rank or two, killed or not, the same result; a bad run, none."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.causal_lm import label_loss, load_model, load_tokenizer, prompt_ids
from tasks.errors import IntegrityError, ParamsError, TrainingError
from tasks.model.make import make
from tasks.model.settings import ModelParams
from tasks.model_files import digest
from tasks.precision import multiplies_bf16
from tasks.shards import new_folder, read_manifest
from tasks.stage import run
from tasks.workspace import Workspace

Ask = Callable[[ModelParams], None]
pytestmark = pytest.mark.whole


@pytest.fixture
def train(checkout: Workspace, ask: Ask) -> Callable[[ModelParams], dict[str, bytes]]:
    """Run the stage; the files it published."""

    def trained(params: ModelParams) -> dict[str, bytes]:
        ask(params)
        run("model", ModelParams, make, checkout)
        folder = checkout.data / "model"
        return {
            file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()
        }

    return trained


def losses(files: dict[str, bytes]) -> list[float]:
    facts: dict[str, list[float]] = json.loads(files["training.json"])
    return [*facts["loss"], *facts["replay_loss"]]


def steps_learnt(checkout: Workspace) -> list[int]:
    """The steps of which the last run told a loss."""
    last = max((checkout.cache / "tracking").glob("*.jsonl"), key=lambda file: file.stat().st_mtime_ns)
    lines = [json.loads(line) for line in last.read_text(encoding="utf-8").splitlines()]
    return [line["step"] for line in lines if line.get("name") == "train/loss"]


def start(checkout: Workspace) -> subprocess.Popen[bytes]:
    """The stage as a user starts it, in a process group of its own."""
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root), "ZHILING_TEST": str(checkout.root)}
    command = [sys.executable, "-m", "tasks.model"]
    return subprocess.Popen(command, cwd=checkout.root, env=environment, stderr=subprocess.PIPE, start_new_session=True)


def wait_for_checkpoint(checkout: Workspace) -> None:
    deadline = time.monotonic() + 90
    while not list((checkout.cache / "model").glob("*/step-*/manifest.json")):
        assert time.monotonic() < deadline, "no checkpoint in 90 s"
        time.sleep(0.01)


def running(checkout: Workspace) -> dict[int, list[bytes]]:
    """Environments of the living processes of a stage that `start` started, by process id."""
    mark, found = f"ZHILING_TEST={checkout.root}".encode(), {}
    for entry in Path("/proc").iterdir():
        try:
            variables = (entry / "environ").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:  # ended between two looks, or another user's
            continue
        if mark in variables:
            found[int(entry.name)] = variables
    return found


def expect_all_ended(checkout: Workspace, process: subprocess.Popen[bytes]) -> bytes:
    """Wait for the stage, its launcher and its ranks to be gone; what was written to stderr."""
    _, errors = process.communicate(timeout=60)
    deadline = time.monotonic() + 30
    while left := running(checkout):
        assert time.monotonic() < deadline, f"still running: {sorted(left)}"
        time.sleep(0.05)
    return errors


def test_two_ranks_learn_what_one_learns(train: Any, small: ModelParams) -> None:
    one, two = train(small), train(replace(small, ranks=2, rows_at_once=1))
    assert losses(two) == pytest.approx(losses(one), rel=1e-4)


def test_the_same_run_gives_the_same_bytes_and_leaves_no_checkpoint(
    train: Any, small: ModelParams, checkout: Workspace
) -> None:
    first, second = train(small), train(small)
    assert first == second
    assert {"adapter_model.safetensors", "adapter_config.json", "training.json", "manifest.json"} <= set(first)
    assert not (checkout.cache / "model").exists()
    assert str(checkout.root).encode() not in b"".join(first.values())
    manifest = read_manifest(checkout.data / "model")
    assert manifest["foundation"] == digest(checkout.data / "foundation")
    assert manifest["books"] == {"in": 12, "out": 12, "dropped": {}, "quarantined": {}}


def test_auto_is_what_this_processor_multiplies_fastest_and_the_manifest_tells(
    train: Any, small: ModelParams, checkout: Workspace
) -> None:
    here = "bf16" if multiplies_bf16() else "fp32"
    asked = train(replace(small, precision=here))
    assert train(replace(small, precision="auto")) == asked
    assert read_manifest(checkout.data / "model")["precision"] == here


def test_the_published_adapter_answers_better_than_the_base(train: Any, small: ModelParams, checkout: Workspace) -> None:
    import torch

    train(replace(small, steps=20))
    base = checkout.data / "foundation"
    row = torch.tensor([prompt_ids(load_tokenizer(base), "### Answer\nALPHA BETA")])
    before, _ = label_loss(load_model(base), row, torch.ones_like(row), row)
    after, _ = label_loss(load_model(base, checkout.data / "model"), row, torch.ones_like(row), row)
    assert after.item() < before.item() - 2  # nats


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_killed_run_goes_on_to_the_same_bytes(
    train: Any, small: ModelParams, checkout: Workspace, ask: Ask, method: Any
) -> None:
    params = replace(small, method=method, steps=60, learning_rate=0.001, checkpoint_every=5)
    ask(params)
    process = start(checkout)
    wait_for_checkpoint(checkout)
    process.kill()
    expect_all_ended(checkout, process)
    assert not (checkout.data / "model").exists()
    assert list((checkout.cache / "model").glob("*/step-*"))
    resumed, learnt = train(params), steps_learnt(checkout)
    assert learnt[0] > 5 and learnt[-1] == 60 and len(learnt) < 60
    assert len(json.loads(resumed["training.json"])["loss"]) == 60
    assert resumed == train(params)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_stage_takes_its_ranks_along(checkout: Workspace, small: ModelParams, ask: Ask, number: int) -> None:
    ask(replace(small, steps=100_000, ranks=2, checkpoint_every=5))
    process = start(checkout)
    wait_for_checkpoint(checkout)
    assert len(running(checkout)) == 4  # the stage, torchrun, two ranks
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    expect_all_ended(checkout, process)


def test_a_loss_that_leaves_the_numbers_publishes_nothing(train: Any, small: ModelParams, checkout: Workspace) -> None:
    with pytest.raises(TrainingError, match=r"At step \d of 6 the loss is .*Lower learning_rate"):
        train(replace(small, method="full", learning_rate=1e38, warmup_steps=0))
    assert not (checkout.data / "model").exists()


def test_a_lost_rank_is_named(checkout: Workspace, small: ModelParams, ask: Ask) -> None:
    ask(replace(small, steps=100_000, ranks=2, checkpoint_every=5))
    process = start(checkout)
    wait_for_checkpoint(checkout)
    os.kill(next(pid for pid, variables in running(checkout).items() if b"RANK=1" in variables), signal.SIGKILL)
    errors = expect_all_ended(checkout, process)
    assert process.returncode == TrainingError.exit_code
    assert b"Rank 1 of 2 was killed by SIGKILL" in errors.splitlines()[-1]


def test_a_foundation_that_is_not_what_it_was_is_refused(
    train: Any, small: ModelParams, checkout: Workspace, tmp_path: Path
) -> None:
    real = (checkout.data / "foundation").resolve()
    (checkout.data / "foundation").unlink()
    with new_folder(checkout.data / "foundation") as out:
        for file in real.iterdir():
            if file.name != "manifest.json":
                (out.path / file.name).write_bytes(file.read_bytes())
    weights = checkout.data / "foundation" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(IntegrityError, match=r"model\.safetensors is not what"):
        train(small)


@pytest.mark.parametrize(
    "changes",
    [
        {"rows_per_step": 1, "ranks": 2, "replay_share": 0.0},
        {"rows_per_step": 4, "ranks": 4},
        {"rows_per_step": 1, "replay_share": 0.6},
    ],
)
def test_ranks_that_would_wait_for_ever_are_refused(train: Any, small: ModelParams, changes: dict[str, Any]) -> None:
    with pytest.raises(ParamsError, match=r"rows_per_step = \d less .* answers a step for ranks = \d"):
        train(replace(small, **changes))


def test_plain_text_asked_for_and_not_there_is_an_error_with_the_key(
    train: Any, small: ModelParams, checkout: Workspace
) -> None:
    with pytest.raises(ParamsError, match=r"replay_share = 0\.25 asks for plain text"):
        train(replace(small, replay_tokens=8))  # no stretch so short is kept


def listening(pids: set[int]) -> set[str]:
    """Addresses, in /proc's hexadecimal, on which these processes wait for connections."""
    owned = set()
    for pid in pids:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # closed between two looks
                owned.add(os.readlink(handle))
    lines = [line.split() for table in ("tcp", "tcp6") for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]]
    return {line[1].split(":")[0] for line in lines if line[3] == "0A" and f"socket:[{line[9]}]" in owned}


def test_nobody_from_outside_can_reach_a_training(checkout: Workspace, small: ModelParams, ask: Ask) -> None:
    ask(replace(small, steps=100_000, ranks=2, checkpoint_every=5))
    process = start(checkout)
    wait_for_checkpoint(checkout)
    addresses = listening(set(running(checkout)))
    process.send_signal(signal.SIGTERM)
    expect_all_ended(checkout, process)
    assert addresses == {"0100007F"}  # 127.0.0.1
