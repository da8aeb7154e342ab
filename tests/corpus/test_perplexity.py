"""The base model as judge of texts: off by default; with limits, the same verdicts whatever the workers and threads."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tasks.causal_lm import load_model, load_tokenizer, perplexity
from tasks.corpus.make import make
from tasks.corpus.perplexity import WINDOW, out_of_limits, with_perplexity
from tasks.corpus.settings import CorpusParams, Perplexity, PerplexityLimits
from tasks.errors import InputError
from tasks.model_files import digest
from tasks.params import load
from tasks.records import Document, Dropped, document_id
from tasks.shards import new_folder, read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

FERRY = "The ferry that leaves the old harbour at six carries letters, bread and people to the islands. "
LONG = [
    FERRY + " ".join(f"On the {day} day it is late, and nobody on the pier is surprised." for day in days)
    for days in (("first", "second", "third", "fourth"), ("last", "longest", "coldest", "darkest"))
]
LONG_ZH = (
    "六点从老码头开出的渡船把信件、面包和客人送到各个岛上。有时候它来得晚，站在栈桥上的人谁也不觉得奇怪，"
    "他们早就知道海上的风从来不守时，于是就坐下来喝一杯热茶。"
)
SHORT = "A cache keeps what was dear to make near to where it is used."
CODE = (
    "def total(numbers, *, start=0):\n    '''Return the sum of the numbers.'''\n    return sum(numbers, start)"
    + "  # sum" * 60
)


def document(text: str, kind: str = "prose") -> Document:
    return Document(document_id("toy", "a", "", text), text, "", "", kind, "toy:a", "CC0-1.0")


DOCUMENTS = [*map(document, [*LONG, LONG_ZH, SHORT]), document(CODE, "code")]


def judge(model: Path, *, lowest: float | None = None, highest: float | None = None, zh: float | None = None) -> Perplexity:
    return Perplexity(
        model=str(model),
        digest=digest(model),
        characters=300,
        segmented=PerplexityLimits(lowest=lowest, highest=highest),
        unsegmented=PerplexityLimits(lowest=None, highest=zh),
    )


def corpus(root: Path, perplexity: Perplexity, workers: int = 1, documents: Sequence[Document] = DOCUMENTS) -> Path:
    workspace = Workspace(root)
    params = load(CorpusParams, Path("params/corpus.yaml"))
    with new_folder(workspace.data / "archive") as out:
        out.rows("documents", documents, Document, 2)
    params = replace(params, workers=workers, quality=replace(params.quality, perplexity=perplexity))
    make(params, workspace, Numbers.open(workspace, "corpus"))
    return workspace.data / "corpus"


def test_no_model_is_asked_unless_one_is_named() -> None:
    assert load(CorpusParams, Path("params/corpus.yaml")).quality.perplexity is None


def test_limits_are_those_of_the_script_and_a_text_at_the_limit_stays() -> None:
    limits = PerplexityLimits(lowest=3, highest=1000)
    assert out_of_limits(2.94, limits) == ("low_perplexity", "perplexity 2.9, under 3")
    assert out_of_limits(1001, limits) == ("high_perplexity", "perplexity 1001.0, over 1000")
    assert [out_of_limits(value, limits) for value in (3, 1000)] == [None, None]
    assert out_of_limits(1e9, PerplexityLimits(lowest=None, highest=None)) is None


@pytest.mark.whole
def test_prose_out_of_limits_is_dropped_and_code_and_short_texts_are_not_asked(
    tmp_path: Path, tiny_foundation: Path
) -> None:
    made = corpus(tmp_path, judge(tiny_foundation, highest=1))
    dropped = {row.id: row.rule for row in read_rows(made, "dropped", Dropped)}
    assert dropped == {document(text).id: "high_perplexity" for text in LONG}
    assert read_manifest(made)["books"]["out"] == 3
    made = corpus(tmp_path, judge(tiny_foundation, lowest=1e6, zh=1))
    assert sorted(row.rule for row in read_rows(made, "dropped", Dropped)) == ["high_perplexity", *["low_perplexity"] * 2]


def test_the_text_refused_before_is_not_read_again(tiny_foundation: Path) -> None:
    before = (document(LONG[0]), ("too_long", "because"))
    assert with_perplexity([before], judge(tiny_foundation, highest=1), Path()) == [before]


def test_the_threads_of_the_machine_change_no_digit(tiny_foundation: Path) -> None:
    threads = torch.get_num_threads()
    verdicts = [(document(text), None) for text in [*LONG, LONG_ZH]]
    try:
        found = []
        for count in (1, 2):
            torch.set_num_threads(count)
            found.append(with_perplexity(verdicts, judge(tiny_foundation, highest=1, zh=1), Path()))
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)
    assert found[0] == found[1]
    exact = perplexity(load_model(tiny_foundation), load_tokenizer(tiny_foundation), LONG[0][:300], WINDOW)
    assert found[0][0][1] == ("high_perplexity", f"perplexity {exact:.1f}, over 1")


@pytest.mark.whole
def test_one_worker_and_two_give_the_same_bytes(tmp_path: Path, tiny_foundation: Path) -> None:
    asked = judge(tiny_foundation, highest=1)
    made = [corpus(tmp_path / str(workers), asked, workers) for workers in (1, 2)]
    assert len({(folder / "manifest.json").read_bytes() for folder in made}) == 1


def test_another_model_than_the_one_meant_stops_the_stage(tmp_path: Path, tiny_foundation: Path) -> None:
    wrong = replace(judge(tiny_foundation), digest="0" * 16)
    with pytest.raises(InputError, match=rf"digest is '0{{16}}', but the model in .* has '{digest(tiny_foundation)}'"):
        corpus(tmp_path, wrong)
