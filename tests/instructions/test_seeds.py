"""The seeds of self-instruct as they are in params/seeds: enough, of all kinds, far apart, and clean."""

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from tasks.errors import ParamsError
from tasks.instructions.makers import proposals
from tasks.instructions.screen import Screen
from tasks.instructions.seeds import Seed, read_seeds
from tasks.records import Pair, pair_id
from tasks.rouge import rouge_l

FOLDER = Path(__file__).parents[2] / "params/seeds"
SEEDS = read_seeds(FOLDER)


def as_pair(seed: Seed, given: str, wanted: str) -> Pair:
    return Pair(
        id=pair_id(seed.instruction, given, wanted), instruction=seed.instruction, input=given, output=wanted, history=(),
        language=seed.language, task=seed.kind, maker="self_instruct/seed@1 people", parents=(), source=f"seed:{seed.id}",
        constraints=(), label="", license="Apache-2.0", split="train",
    )  # fmt: skip


def test_each_language_has_fifty_and_each_kind_several_in_both() -> None:
    assert min(Counter(seed.language for seed in SEEDS).values()) >= 50
    counts = Counter((seed.kind, seed.language) for seed in SEEDS)
    assert len(counts) == 2 * 10
    assert min(counts.values()) >= 5
    assert all(len(seed.instances) >= 2 for seed in SEEDS if seed.is_classification)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_two_seeds_are_nearly_the_same(language: str) -> None:
    said = [seed.instruction for seed in SEEDS if seed.language == language]
    assert max(rouge_l(one, other) for one, other in combinations(said, 2)) < proposals.MOST_ALIKE


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.instruction)
def test_a_seed_passes_the_rules_for_what_a_teacher_writes(seed: Seed) -> None:
    assert proposals.refusal(seed.instruction, seed.language) is None
    screen = Screen(440, 160, 600)
    assert [screen.refuses(as_pair(seed, *instance)) for instance in seed.instances] == [None] * len(seed.instances)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("language: en\nseeds: []\n", "seeds"),
        ("language: fr\nseeds: [{instruction: Nommez., kind: list, instances: [{input: '', output: x}]}]\n", "language"),
        ("language: en\nseeds: [{instruction: Say., kind: song, instances: [{input: '', output: x}]}]\n", "kind"),
        ("language: en\nseeds: [{instruction: Say., kind: list, instances: [{input: '', output: ''}]}]\n", "output"),
        ('language: en\nseeds: [{instruction: Say., kind: list, instances: [{input: "", output: "a\\n\\nb"}]}]\n', "seed 1"),
    ],
)
def test_a_wrong_seed_is_refused_by_file_and_field(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(ParamsError, match=rf"own\.yaml.*{message}"):
        read_seeds(tmp_path)


def test_a_seed_that_comes_twice_and_a_folder_without_seeds_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"holds no \.yaml"):
        read_seeds(tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(
            "language: en\nseeds: [{instruction: Say., kind: list, instances: [{input: '', output: x}]}]\n"
        )
    with pytest.raises(ParamsError, match=r"b\.yaml: seed 1: 'Say.' comes twice"):
        read_seeds(tmp_path)
