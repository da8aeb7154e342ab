"""The whole stage on a tiny model: what it publishes, the same bytes twice, and what it refuses."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from tasks.causal_lm import IGNORED, label_loss, load_model, load_tokenizer, prompt_ids
from tasks.chat import prompt, shot
from tasks.errors import InputError, IntegrityError, ParamsError
from tasks.model_files import digest
from tasks.params import load
from tasks.precision import fastest
from tasks.records import Document, Pair, document_id, pair_id
from tasks.scores.losses import answer_losses
from tasks.scores.make import make
from tasks.scores.settings import ScoresParams
from tasks.scores.table import read, table
from tasks.shards import new_folder, verify
from tasks.tracking import Numbers
from tasks.workspace import Workspace

PARAMS = Path(__file__).parents[2] / "params" / "scores.yaml"
SMALL = {"rows_per_task": 3, "max_new_tokens": 4, "prose_characters": 300, "window": 32}


def pair(number: int, task: str, split: str) -> Pair:
    instruction, answer = f"Say it: {task}.", f"WORD {number}"
    facts = (f"templates/{task}@1", (), f"docs:{split}{number}", ("upper", "one_line"), "", "PSF-2.0", split)
    return Pair(pair_id(instruction, str(number), answer), instruction, str(number), answer, (), "en", task, *facts)


def lay_out(root: Path, foundation: Path) -> Workspace:
    """A checkout in which the model is the foundation itself, so that tuning changed nothing."""
    workspace = Workspace(root)
    (root / "dvc.yaml").write_text("stages: {scores: {deps: [LICENSE]}}\n")
    (root / "LICENSE").write_text("Grant of Copyright License. Subject to the terms and conditions of this License. " * 4)
    shutil.copytree(foundation, workspace.data / "foundation")
    with new_folder(workspace.data / "instructions") as out:
        for split, numbers in (("train", range(5)), ("test", range(5, 9))):
            out.rows(split, [pair(number, task, split) for number in numbers for task in ("upper", "say")], Pair)
        text = "A quick brown fox jumps over the lazy dog; return the number of words in it."
        out.rows(
            "prose", [Document(document_id("docs", "x", "", text), text, "en", "", "prose", "docs:x", "PSF-2.0")], Document
        )
    with new_folder(workspace.data / "model") as out:
        for file in (workspace.data / "foundation").iterdir():
            if file.name != "manifest.json":
                shutil.copyfile(file, out.path / file.name)
        out.facts["foundation"] = digest(workspace.data / "foundation")
    return workspace


def score(workspace: Workspace, **changes: Any) -> dict[str, Any]:
    make(replace(load(ScoresParams, PARAMS), **{**SMALL, **changes}), workspace, Numbers.open(workspace, "scores"))
    return read(workspace.data / "scores")


@pytest.fixture
def workspace(tmp_path: Path, tiny_foundation: Path) -> Iterator[Workspace]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a model waits for its threads more than it computes
    yield lay_out(tmp_path, tiny_foundation)
    torch.set_num_threads(threads)


def test_a_model_that_learnt_nothing_is_scored_reported_and_not_passed(workspace: Workspace) -> None:
    scores = score(workspace)
    verify(workspace.data / "scores")
    overall = scores["overall"]
    assert overall["rows"] == 6
    assert overall["systems"]["tuned"] == overall["systems"]["base_zero_shot"]
    assert overall["differences"]["tuned - base_zero_shot"]["exact"]["verdict"] == "no evidence of change"
    assert {text["ratio"] for text in scores["forgetting"].values()} == {1.0}
    assert list(scores["forgetting"]) == ["LICENSE", "held-out prose"]
    assert scores["verdict"]["passed"] is False
    assert "NOT PASSED" in table(scores)
    assert "nothing is promoted" in (workspace.data / "scores" / "report.html").read_text()


def test_every_row_stands_in_the_answers_with_every_system(workspace: Workspace) -> None:
    score(workspace)
    lines = (workspace.data / "scores" / "answers.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["task"] for row in rows] == ["say"] * 3 + ["upper"] * 3
    for row in rows:
        assert list(row["systems"]) == ["majority", "base_zero_shot", "base_few_shot", "tuned"]
        assert row["systems"]["majority"] == {"answer": "WORD 0", "exact": 0.0, "rouge_l": 0.5, "format": 1.0, "loss": None}
        assert row["systems"]["tuned"]["loss"] == row["systems"]["base_zero_shot"]["loss"] > 0
    numbers = (workspace.cache / "tracking").glob("*.jsonl")
    assert any('"tuned/exact"' in line for file in numbers for line in file.read_text().splitlines())


def test_the_loss_after_solved_examples_is_that_of_the_whole_text(workspace: Workspace) -> None:
    model, tokenizer = load_model(workspace.data / "foundation"), load_tokenizer(workspace.data / "foundation")
    pairs = [pair(number, task, "test") for number in range(3) for task in ("upper", "say")]
    shots = {row.id: "".join(shot(pair(number, row.task, "train")) for number in range(5, 8)) for row in pairs[:-1]}
    losses = answer_losses(model, tokenizer, pairs, before=shots, desc="few-shot")
    for row in pairs:
        opening = prompt_ids(tokenizer, shots.get(row.id, ""))  # longer than the sliding window of 32 tokens
        asked, answered = (
            tokenizer(prompt(row.instruction, row.input) + end, add_special_tokens=False)["input_ids"]
            for end in ("", row.output)
        )
        ids = [*opening, *answered, tokenizer.eos_token_id]
        labels = torch.tensor([[IGNORED] * len(opening + asked) + ids[len(opening + asked) :]])
        total, tokens = label_loss(model, torch.tensor([ids]), torch.ones_like(labels), labels)
        assert losses[row.id] == pytest.approx(total.item() / tokens, rel=1e-4)


def test_what_was_asked_and_what_was_known_is_told(workspace: Workspace, capsys: Any) -> None:
    score(workspace, rows_per_task=2)
    scores = score(workspace)
    assert "base_few_shot: 2 asked, 4 known" in capsys.readouterr().err.splitlines()
    last = max((workspace.cache / "tracking").glob("*.jsonl"), key=lambda file: file.stat().st_mtime_ns)
    told = {line["name"]: line["value"] for line in map(json.loads, last.read_text().splitlines()) if "name" in line}
    assert (told["base_few_shot/asked"], told["base_few_shot/reused"]) == (2, 4)
    assert told["base_few_shot/loss"] == scores["overall"]["systems"]["base_few_shot"]["loss"] > 0
    assert scores["dtype"] == fastest()


@pytest.mark.whole  # seconds
def test_the_same_again_gives_the_same_bytes_with_and_without_the_journal(workspace: Workspace) -> None:
    score(workspace)
    first = content(workspace.data / "scores")
    shutil.rmtree(workspace.cache)
    score(workspace, rows_per_task=1)
    assert content(workspace.data / "scores") != first
    score(workspace)
    assert content(workspace.data / "scores") == first


@pytest.mark.whole
@pytest.mark.filterwarnings(
    "ignore:.is_gradient_checkpointing:FutureWarning"
)  # peft 0.21 reads what transformers 5.23 renamed
def test_an_adapter_is_scored_as_the_model_it_makes(workspace: Workspace) -> None:
    from peft import LoraConfig, get_peft_model

    foundation = load_model(workspace.data / "foundation")
    tuned = get_peft_model(foundation, LoraConfig(r=2, target_modules="all-linear", init_lora_weights=False))
    with new_folder(workspace.data / "model") as out:
        tuned.save_pretrained(out.path)
        out.facts["foundation"] = digest(workspace.data / "foundation")
    scores = score(workspace)
    systems = scores["overall"]["systems"]
    assert systems["tuned"]["loss"] != systems["base_zero_shot"]["loss"]
    assert scores["forgetting"]["LICENSE"]["ratio"] != 1.0


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def no_model(workspace: Workspace) -> None:
    shutil.rmtree(workspace.data / "model")


def no_weights(workspace: Workspace) -> None:
    (workspace.data / "model" / "model.safetensors").unlink()


def no_instructions(workspace: Workspace) -> None:
    (workspace.data / "instructions" / "manifest.json").unlink()


def no_prose_file(workspace: Workspace) -> None:
    (workspace.root / "LICENSE").unlink()


def prose_that_dvc_does_not_watch(workspace: Workspace) -> None:
    (workspace.root / "dvc.yaml").write_text("stages: {scores: {deps: [data/model]}}\n")


def another_foundation(workspace: Workspace) -> None:
    with new_folder(workspace.data / "foundation") as out:
        out.text("model.safetensors", "other")


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        (no_model, InputError, r"model/manifest\.json is missing"),
        (no_weights, InputError, r"holds no \*\.safetensors"),
        (no_instructions, InputError, "dvc repro instructions"),
        (no_prose_file, InputError, "prose_files"),
        (prose_that_dvc_does_not_watch, ParamsError, "prose_files names 'LICENSE'.*Add it in dvc.yaml"),
        (another_foundation, IntegrityError, "dvc repro model"),
    ],
)
def test_what_is_missing_or_of_another_run_is_named_and_nothing_is_published(
    workspace: Workspace, spoil: Callable[[Workspace], None], error: type[Exception], words: str
) -> None:
    spoil(workspace)
    with pytest.raises(error, match=words):
        score(workspace)
    assert not (workspace.data / "scores").exists()
