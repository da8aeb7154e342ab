"""What `make demo` must have reached, read from its results. `.ci/run` asks after the demo; no other run does."""

import json
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.demo, pytest.mark.timeout(300)]


def test_the_tuned_model_beats_the_base_without_and_with_examples_and_forgets_little():
    scores = json.loads((ROOT / "data/scores/summary.json").read_text(encoding="utf-8"))
    overall = scores["overall"]
    assert overall["rows"] >= 140
    for baseline, least in {"base_zero_shot": 0.4, "base_few_shot": 0.2}.items():
        gain = overall["differences"][f"tuned - {baseline}"]["exact"]
        assert gain["mean"] >= least and gain["low"] > 0, f"over {baseline}: {gain}"
    assert {name: text["ratio"] for name, text in scores["forgetting"].items() if text["ratio"] > 1.5} == {}


def test_it_is_promoted_and_answers():
    assert (ROOT / "data/server/promoted.json").is_file()
    question = "Write the sentence in upper case.\nThe road is open.\n\n"
    command = [ROOT / ".venv/bin/python", "-m", "tasks.server.chat"]
    said = subprocess.run(command, cwd=ROOT, input=question, capture_output=True, text=True, check=True)
    assert said.stdout.strip()


def test_dvc_alone_finds_all_of_it_up_to_date():
    said = subprocess.run(["make", "repro"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "Data and pipelines are up to date." in said.stdout
