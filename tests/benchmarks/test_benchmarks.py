"""The texts that benchmarks measure with are what they are said to be, and the benchmarks run (without peers)."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import cleaning_chain, measure, near_duplicates, scale, steps
from benchmarks.corpora import farthest
from benchmarks.settings import Settings, settings
from benchmarks.table import ratio
from benchmarks.texts import LANGUAGES, Texts, Variant, jaccard, short_texts, stream
from tasks.script import words


@pytest.fixture(scope="module")
def texts() -> Texts:
    return Texts(seed=1)


@pytest.mark.whole
def test_the_same_seed_gives_the_same_documents_and_another_seed_others(texts: Texts) -> None:
    assert texts.document("zh", 5) == Texts(1).document("zh", 5)
    assert texts.document("zh", 5) != Texts(2).document("zh", 5)


@pytest.mark.whole
def test_documents_are_far_apart_and_variants_as_alike_as_they_say(texts: Texts) -> None:
    for language in LANGUAGES:
        mean, most = farthest(texts, language, 150)
        assert mean < 0.01 and most < 0.4
    variants = [one for one in stream(texts, 200, 200, dirt=0.1) if isinstance(one, Variant)]
    assert all(one.jaccard == jaccard(one.original.text, one.document.text) for one in variants)
    assert sum(one.jaccard >= 0.8 for one in variants) > 0.7 * len(variants)


@pytest.mark.whole
def test_short_texts_are_short_and_all_differ(texts: Texts) -> None:
    short = [one.text for one in short_texts(texts, 2000)]
    assert len(set(short)) == 2000
    assert all(len(words(text)) <= 4 or len(text) <= 10 for text in short)


def test_a_ratio_has_the_widest_spread_that_two_runs_give() -> None:
    assert ratio([8.0, 12.0, 10.0], [2.0, 2.5]) == "4.4 (3.2 to 6.0)"


def small(scratch: Path) -> Settings:
    sizes = ["--documents", "200", "--variants", "60", "--sizes", "100", "300"]
    return settings([*sizes, "--repeats", "1", "--scratch", str(scratch)])


@pytest.mark.whole  # seconds
def test_a_run_counts_what_it_leaves_behind_and_waits_for_nothing_else(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.5: pass"
    leaves = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {busy!r}])"
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        measured = measure.run([sys.executable, "-c", leaves], tmp_path / "log", {})
        assert other.poll() is None
        other.communicate(b"\n")
    assert measured.cpu >= 0.5
    with pytest.raises(RuntimeError, match=r"ended with 3: no disk"):
        measure.run([sys.executable, "-c", "import sys; print('no disk'); sys.exit(3)"], tmp_path / "log", {})


@pytest.mark.whole
def test_near_duplicates_are_found_and_nothing_else_is(tmp_path: Path) -> None:
    (row,) = [line for line in near_duplicates.compare(small(tmp_path)).splitlines() if line.startswith("| zhiling")]
    cells = dict(zip(near_duplicates.COLUMNS, row.strip("| ").split(" | "), strict=True))
    assert float(cells["recall en"]) >= 0.95 and float(cells["recall zh"]) >= 0.95
    assert float(cells["precision en"]) >= 0.99 and float(cells["precision zh"]) >= 0.99
    assert cells[near_duplicates.COLUMNS[-1]] == "0"


@pytest.mark.whole
def test_the_chain_and_its_growth_are_measured(tmp_path: Path) -> None:
    assert "| zhiling |" in cleaning_chain.compare(small(tmp_path))
    assert "Exponents" in scale.compare(small(tmp_path))
    assert "floor" in steps.compare(small(tmp_path))
