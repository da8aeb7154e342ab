"""Which rows stay within a budget: exact, balanced, the same in whatever order; and what IFD and vectors say."""

import json
import math
import shutil
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch

from tasks.causal_lm import load_model, load_tokenizer, prompt_ids
from tasks.chat import prompt
from tasks.completions import Journal
from tasks.errors import InputError
from tasks.instructions.ifd import ifd
from tasks.instructions.kept_ifd import AT_ONCE, ifd_of
from tasks.instructions.select import MOST_ALIKE, NO_HELP, quotas, select
from tasks.instructions.similarity import Vectors, unlike
from tasks.records import Pair, pair_id
from tests.instructions.test_decontamination import HAN, PLAIN, words

ROOT = Path(__file__).parents[2]


def row(seed: int, task: str = "explain", language: str = "en") -> Pair:
    chance = Random(seed)
    said = " ".join(words(chance, 12)) if language == "en" else "".join(chance.choices(HAN, k=20))
    pair = replace(PLAIN, instruction=f"{said}?", output=" ".join(words(chance, 5)), task=task, language=language)
    return replace(pair, id=pair_id(pair.instruction, pair.input, pair.output))


ROWS = [
    *(row(number) for number in range(50)),
    *(row(number, language="zh") for number in range(50, 70)),
    *(row(number, task="json") for number in range(70, 100)),
]
SCORES = {pair.id: Random(pair.id).uniform(0.1, 0.99) for pair in ROWS}
EITHER = pytest.mark.parametrize("scores", [None, SCORES], ids=["random", "deita"])


@EITHER
@pytest.mark.parametrize("budget", [1, 7, 33, 99, 100, 500])
def test_the_budget_is_met_exactly_and_nothing_is_lost(budget: int, scores: dict[str, float] | None) -> None:
    chosen = select(ROWS, budget=budget, seed=0, scores=scores)
    assert len(chosen.kept) == chosen.facts["kept"] == min(budget, len(ROWS))
    assert sorted([*chosen.kept, *(pair for pair, _ in chosen.left)], key=lambda pair: pair.id) == sorted(
        ROWS, key=lambda pair: pair.id
    )
    assert {rule for _, (rule, _) in chosen.left} <= {"not_selected"}


@EITHER
def test_tasks_and_languages_keep_their_shares(scores: dict[str, float] | None) -> None:
    chosen = select(ROWS, budget=10, seed=0, scores=scores)
    counts = Counter((pair.task, pair.language) for pair in chosen.kept)
    assert counts == {("explain", "en"): 5, ("explain", "zh"): 2, ("json", "en"): 3}


@EITHER
def test_the_order_in_which_rows_come_changes_nothing(scores: dict[str, float] | None) -> None:
    one, other = (select(rows, budget=33, seed=0, scores=scores) for rows in (ROWS, ROWS[::-1]))
    assert one == other


def test_another_seed_draws_others_and_one_more_row_changes_few() -> None:
    first = {pair.id for pair in select(ROWS, budget=50, seed=0).kept}
    assert first != {pair.id for pair in select(ROWS, budget=50, seed=1).kept}
    assert len(first & {pair.id for pair in select([*ROWS, row(200)], budget=50, seed=0).kept}) >= 48


def test_the_remainders_decide_what_whole_numbers_leave_over() -> None:
    sizes = {("a", "en"): 5, ("b", "en"): 3, ("c", "en"): 2}
    assert quotas(sizes, 7) == {("a", "en"): 4, ("b", "en"): 2, ("c", "en"): 1}
    assert quotas(sizes, 10) == quotas(sizes, 99) == sizes
    for budget in range(1, 10):
        assert sum(quotas(sizes, budget).values()) == budget


def test_the_highest_scores_stay_and_reasons_tell_the_score() -> None:
    rows = [row(number) for number in range(20)]
    scores = {pair.id: place / 20 for place, pair in enumerate(rows)}
    chosen = select(rows, budget=5, seed=0, scores=scores)
    assert chosen.kept == rows[:14:-1]
    told = {pair.id: reason for pair, (_, reason) in chosen.left}
    assert told[rows[0].id].startswith("score 0.000, explain in 'en' has its share; select.budget is 5")
    assert chosen.facts["mean_score"] == {"kept": 0.85, "left": 0.35}


def test_rows_whose_instruction_does_not_help_go_first() -> None:
    rows = [row(number) for number in range(4)]
    scores = dict(zip([pair.id for pair in rows], [0.5, NO_HELP, 1.7, 0.4], strict=True))
    chosen = select(rows, budget=4, seed=0, scores=scores, no_help=NO_HELP)
    assert chosen.kept == [rows[0], rows[3]]
    assert {pair.id: rule for pair, (rule, _) in chosen.left} == {rows[1].id: "no_help", rows[2].id: "no_help"}


def test_a_row_much_like_a_better_one_waits_until_nothing_else_is_left() -> None:
    first, twin, other = (replace(row(1), id=id) for id in "abc")
    twin, other = replace(twin, instruction=f"{twin.instruction}!"), replace(row(2), id="c")
    scores = {"a": 0.9, "b": 0.8, "c": 0.1}
    two = select([first, twin, other], budget=2, seed=0, scores=scores)
    assert [pair.id for pair in two.kept] == ["a", "c"]
    assert two.left[0][1][1].startswith(f"score 0.800, more than {MOST_ALIKE} like a")
    rows = [first, twin, replace(other, task="json")]
    forced = select([*rows, replace(row(3), id="d", task="json")], budget=3, seed=0, scores={**scores, "d": 0.05})
    assert forced.facts["kept"] == 3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_vectors_know_what_is_alike(language: str) -> None:
    texts = [row(number, language=language).instruction for number in range(600)]
    texts.append(f"{texts[0]} ")
    texts.append(texts[1] + "！")
    kept, alike = unlike(Vectors(texts), range(len(texts)), most=MOST_ALIKE)
    assert kept == list(range(600)) and alike == {600: 0, 601: 1}


def test_cosines_are_those_of_plain_vectors() -> None:
    texts = [row(number).instruction for number in range(300)]
    vectors = Vectors(texts)
    dense = vectors.dense(range(300)).astype("float64")
    dense /= (dense**2).sum(axis=1, keepdims=True) ** 0.5
    cosines = dense @ dense.T
    most = float(sorted(cosines[cosines < 0.999])[-300])
    naive: list[int] = []
    for place in range(300):
        if all(cosines[place, other] <= most + 1e-9 for other in naive):
            naive.append(place)
    assert unlike(vectors, range(300), most=most + 1e-9)[0] == naive
    assert len(naive) < 300


def test_no_rows_and_texts_without_characters_are_no_trouble() -> None:
    assert select([], budget=3, seed=0, scores={}).kept == []
    assert unlike(Vectors(["", ""]), [0, 1], most=0.9) == ([0, 1], {})


@pytest.fixture(scope="module")
def foundation(tiny_foundation: Path) -> tuple[Any, Any]:
    return load_model(tiny_foundation), load_tokenizer(tiny_foundation)


def test_ifd_is_the_ratio_of_perplexities_worked_out_naively(foundation: tuple[Any, Any]) -> None:
    model, tokenizer = foundation
    pair = replace(row(5), instruction="Say it in upper case.", input="hello", output="HELLO there, 指令")
    answer = tokenizer(pair.output, add_special_tokens=False)["input_ids"]

    def perplexity(before: list[int]) -> float:
        with torch.no_grad():
            odds = torch.log_softmax(model(torch.tensor([[*before, *answer]])).logits[0].double(), dim=-1)
        return math.exp(-sum(float(odds[len(before) + at - 1, token]) for at, token in enumerate(answer)) / len(answer))

    asked = prompt_ids(tokenizer, prompt(pair.instruction, pair.input))
    naive = perplexity(asked) / perplexity([tokenizer.bos_token_id])
    assert ifd(model, tokenizer, pair) == pytest.approx(naive, rel=1e-5)
    assert naive != pytest.approx(1, abs=1e-3)


def test_ifd_of_a_row_depends_on_no_other(foundation: tuple[Any, Any], tiny_foundation: Path, tmp_path: Path) -> None:
    rows = [row(1), row(2, language="zh"), row(3)]
    alone = {pair.id: ifd(*foundation, pair) for pair in rows}
    assert ifd_of(rows, tiny_foundation, Journal(tmp_path / "together")) == alone
    assert len(set(alone.values())) == 3
    apart = Journal(tmp_path / "apart")
    assert ifd_of(rows[2:], tiny_foundation, apart) | ifd_of(rows[::-1], tiny_foundation, apart) == alone


def test_figures_that_are_known_ask_no_model(
    tiny_foundation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, journal = [row(number) for number in range(20)], Journal(tmp_path / "journal")
    first = ifd_of(rows, tiny_foundation, journal)
    manifest_alone = tmp_path / "foundation"
    manifest_alone.mkdir()
    shutil.copy(tiny_foundation / "manifest.json", manifest_alone)
    capsys.readouterr()
    assert ifd_of([*rows[::-1], replace(rows[0], id="twin")], manifest_alone, journal) == {
        **first,
        "twin": first[rows[0].id],
    }
    assert capsys.readouterr().err == "IFD: 0 asked, 21 known\n"
    with pytest.raises(InputError, match=r"no \*\.safetensors"):
        ifd_of([replace(rows[0], output="What nobody read.")], manifest_alone, journal)


def test_another_model_is_asked_again(tiny_foundation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal, other = Journal(tmp_path / "journal"), tmp_path / "other"
    ifd_of([row(1)], tiny_foundation, journal)
    shutil.copytree(tiny_foundation, other)
    manifest = json.loads((other / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["config.json"]["sha256"] = "0" * 64
    (other / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    capsys.readouterr()
    ifd_of([row(1)], other, journal)
    assert capsys.readouterr().err.startswith("IFD: 1 asked, 0 known\n")


KILLED = """
from pathlib import Path
from sys import argv
from tasks.completions import Journal
from tasks.instructions.kept_ifd import ifd_of
from tests.instructions.test_select import row
ifd_of([row(number) for number in range(2000)], Path(argv[1]), Journal(Path(argv[2])))
"""


@pytest.mark.whole  # loads torch in a process of its own, to be killed
def test_a_run_that_was_killed_goes_on_where_it_was(
    tiny_foundation: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "journal"
    running = subprocess.Popen([sys.executable, "-c", KILLED, str(tiny_foundation), str(file)], cwd=ROOT)
    try:
        until = time.monotonic() + 90
        while not file.exists() or not kept(file):
            assert running.poll() is None and time.monotonic() < until
            time.sleep(0.02)
    finally:
        running.kill()
        running.wait()
    known = kept(file)
    assert 0 < known < 2000 and known % AT_ONCE == 0
    rows = sorted((row(number) for number in range(2000)), key=lambda pair: pair.id)[: known + 5]
    capsys.readouterr()
    assert ifd_of(rows, tiny_foundation, Journal(file)) == ifd_of(rows, tiny_foundation, Journal(tmp_path / "unkilled"))
    assert capsys.readouterr().err.startswith(f"IFD: 5 asked, {known} known\n")


def kept(file: Path) -> int:
    """Figures in a journal; 0 where its table is not made yet."""
    with closing(sqlite3.connect(file, timeout=60)) as database:
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'answers'").fetchone()
        return int(database.execute("SELECT count(*) FROM answers").fetchone()[0]) if tables else 0
