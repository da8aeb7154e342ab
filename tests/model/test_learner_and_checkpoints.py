"""A step of learning: its loss does not depend on how rows are cut into passes, and a kill between steps changes nothing."""

import shutil
from pathlib import Path

import pytest
import torch

from tasks.errors import TrainingError
from tasks.model import checkpoints
from tasks.model.learner import Learner, Outcome, learning_rate
from tasks.model.rows import Row
from tasks.model.weights import save, start

ANSWERS = [Row([2, *range(20, 20 + length), 1], prompt) for length, prompt in ((5, 3), (9, 2), (14, 12), (7, 7))]
REPLAY = [Row([2, *range(40, 70)], 1)]


def learner(foundation: Path, at_once: int = 4) -> Learner:
    model = start(foundation, method="full", rank=1, seed=0, precision="fp32")
    return Learner(model, padding=0, bf16=False, at_once=at_once)


def step(pupil: Learner) -> Outcome:
    return pupil.step(ANSWERS, REPLAY, replay_weight=0.5, rate=0.01)


def weights(pupil: Learner) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in pupil.weights.values()]


@pytest.mark.parametrize("at_once", [1, 3])
def test_a_step_in_several_passes_is_the_step_in_one(tiny_foundation: Path, at_once: int) -> None:
    whole, parts = learner(tiny_foundation), learner(tiny_foundation, at_once)
    for _ in range(2):
        one, many = step(whole), step(parts)
        assert many.loss == pytest.approx(one.loss, rel=1e-4)
        assert many.norm == pytest.approx(one.norm, rel=1e-4)


def test_learning_lowers_the_loss_of_what_is_learnt(tiny_foundation: Path) -> None:
    pupil = learner(tiny_foundation)
    outcomes = [step(pupil) for _ in range(4)]
    assert outcomes[-1].loss < outcomes[0].loss - 1
    assert outcomes[-1].replay_loss < outcomes[0].replay_loss


def test_a_step_without_plain_text_is_a_step(tiny_foundation: Path) -> None:
    assert learner(tiny_foundation).step(ANSWERS, [], replay_weight=0.5, rate=0.01).replay_loss == 0.0


def test_a_loss_that_is_no_number_stops_the_run_and_leaves_the_weights(tiny_foundation: Path) -> None:
    pupil = learner(tiny_foundation)
    with torch.no_grad():
        next(iter(pupil.weights.values())).mul_(float("nan"))
    before = weights(pupil)
    with pytest.raises(TrainingError, match=r"the loss is nan.*Lower learning_rate"):
        step(pupil)
    assert all(
        torch.equal(
            new,
            old,
        )
        or old.isnan().any()
        for new, old in zip(weights(pupil), before, strict=True)
    )


def test_a_run_goes_on_from_a_checkpoint_bit_for_bit(tiny_foundation: Path, tmp_path: Path) -> None:
    straight = learner(tiny_foundation)
    outcomes = [step(straight), step(straight)]
    checkpoints.write(tmp_path, straight, outcomes)
    last = step(straight)

    resumed = learner(tiny_foundation)
    found = checkpoints.newest(tmp_path)
    assert found is not None
    assert checkpoints.read(found, resumed) == outcomes
    assert step(resumed) == last
    assert all(torch.equal(new, old) for new, old in zip(weights(resumed), weights(straight), strict=True))


def test_two_checkpoints_are_kept_and_the_newest_whole_one_is_taken(tiny_foundation: Path, tmp_path: Path) -> None:
    pupil = learner(tiny_foundation)
    outcomes = [step(pupil)]
    for count in (1, 2, 3):
        checkpoints.write(tmp_path, pupil, outcomes * count)
    assert [folder.name for folder in sorted(tmp_path.iterdir())] == ["step-000002", "step-000003"]

    cut = tmp_path / "step-000003" / "state.safetensors"
    cut.write_bytes(cut.read_bytes()[:-1])
    assert checkpoints.newest(tmp_path) == tmp_path / "step-000002"
    shutil.rmtree(tmp_path / "step-000002")
    assert checkpoints.newest(tmp_path) is None


def test_the_learning_rate_rises_then_falls_to_a_twentieth() -> None:
    rates = [learning_rate(step, steps=10, peak=1.0, warmup=2) for step in range(10)]
    assert rates[:3] == [0.5, 1.0, 1.0]
    assert rates == sorted(rates[:1]) + sorted(rates[1:], reverse=True)
    assert rates[-1] == pytest.approx(0.05)


def test_a_full_model_is_published_with_its_tokenizer_and_the_same_bytes(tiny_foundation: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
        save(learner(tiny_foundation).model, folder, foundation=tiny_foundation, precision="bf16")
    names = [file.name for file in sorted(folders[0].iterdir())]
    assert {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"} <= set(names)
    assert all((folders[0] / name).read_bytes() == (folders[1] / name).read_bytes() for name in names)
