"""A small checkout with a tiny foundation, twelve pairs and some prose: enough to train in a second or two."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from tasks.model.settings import ModelParams
from tasks.records import Document, Pair, document_id, pair_id
from tasks.shards import as_json, new_folder
from tasks.workspace import Workspace

PROSE = "The quick brown fox jumps over the lazy dog, and returns the number of words in it. " * 12


def toy_pair(number: int, output: str = "") -> Pair:
    words = ["alpha", "beta", "gamma", "delta", "指令", "文字"][: 2 + number % 5]
    instruction, about, answer = f"Say it in upper case, {number}.", " ".join(words), output or " ".join(words).upper()
    return Pair(
        id=pair_id(instruction, about, answer),
        instruction=instruction,
        input=about,
        output=answer,
        history=(),
        language="en",
        task="upper",
        maker="test@1",
        parents=(),
        source=f"toy:{number}",
        constraints=(),
        label="",
        license="Apache-2.0",
        split="train",
    )


@pytest.fixture
def small() -> ModelParams:
    return ModelParams(
        method="lora",
        rank=4,
        steps=6,
        rows_per_step=4,
        rows_at_once=4,
        learning_rate=0.01,
        warmup_steps=1,
        max_tokens=192,
        replay_share=0.25,
        replay_tokens=32,
        replay_weight=0.5,
        precision="fp32",
        ranks=1,
        checkpoint_every=2,
        seed=0,
    )


@pytest.fixture
def checkout(tmp_path: Path, tiny_foundation: Path) -> Workspace:
    workspace = Workspace(tmp_path / "checkout")
    workspace.data.mkdir(parents=True)
    (workspace.data / "foundation").symlink_to(tiny_foundation)
    (workspace.root / "dvc.yaml").touch()
    document = Document(document_id("toy", "0", "fox", PROSE), PROSE, "en", "fox", "prose", "toy:0", "Apache-2.0")
    with new_folder(workspace.data / "instructions") as out:
        out.rows("train", [toy_pair(number) for number in range(12)], Pair)
        out.rows("replay", [document], Document)
    return workspace


@pytest.fixture
def ask(checkout: Workspace) -> Callable[[ModelParams], None]:
    """Write params/model.yaml of the checkout (JSON is YAML)."""

    def write(params: ModelParams) -> None:
        checkout.params.mkdir(exist_ok=True)
        (checkout.params / "model.yaml").write_text(as_json(asdict(params)), encoding="utf-8")

    return write
