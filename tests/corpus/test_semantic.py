"""Documents that mean the same by the user's own vectors; the result is that of comparing every pair."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.corpus import semantic
from tasks.corpus.duplicates import STAYS
from tasks.corpus.fingerprints import Fingerprints, fingerprints
from tasks.corpus.make import make
from tasks.corpus.semantic import Embeddings, semantic_duplicates
from tasks.corpus.settings import CorpusParams, Semantic
from tasks.errors import InputError, IntegrityError
from tasks.params import load
from tasks.records import Document, Dropped, document_id
from tasks.shards import new_folder, read_rows, sha256_of
from tasks.tracking import Numbers
from tasks.workspace import Workspace


def documents(texts: list[str], kind: str = "prose") -> list[Document]:
    return [Document(document_id("toy", "a", "", text), text, "", "", kind, "toy:a", "CC0-1.0") for text in texts]


def file_of(path: Path, ids: list[str], vectors: list[list[float]]) -> tuple[Path, str]:
    pq.write_table(pa.table({"id": ids, "vector": vectors}), path)
    return path, sha256_of(path)


def every_pair(prints: Fingerprints, vectors: np.ndarray, threshold: float) -> list[int]:
    """The definition, a Document at a time: the most alike of those that stay, if alike enough."""
    keepers = [STAYS] * len(prints)
    stay: list[int] = []
    for number in prints.longest_first().tolist():
        rivals = [one for one in stay if prints.kinds[one] == prints.kinds[number]]
        cosines = [round(float(vectors[one] @ vectors[number]), 4) for one in rivals]
        if cosines and max(cosines) >= threshold:
            keepers[number] = rivals[cosines.index(max(cosines))]
        else:
            stay.append(number)
    return keepers


@pytest.mark.parametrize("block", [1, 7, 1024])
def test_the_result_is_that_of_comparing_every_pair(tmp_path: Path, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(semantic, "BLOCK", block)  # a size of the work, which the result must not show
    rng = np.random.default_rng(3)
    texts = ["word " * (1 + number % 5) + str(number) for number in range(60)]
    rows = [*documents(texts[:40]), *documents(texts[40:], "dialogue")]
    centres = rng.normal(size=(8, 16))
    vectors = centres[rng.integers(8, size=60)] + 0.15 * rng.normal(size=(60, 16))
    means = Embeddings.read(*file_of(tmp_path / "e.parquet", [row.id for row in rows], vectors.tolist()))
    prints, _ = fingerprints(rows)
    keepers, likeness = semantic_duplicates(prints, means, 0.9)
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    assert keepers.tolist() == every_pair(prints, unit, 0.9)
    assert 5 < (keepers != STAYS).sum() < 60
    assert (likeness[keepers != STAYS] >= 0.9).all()


def test_one_without_a_vector_stays(tmp_path: Path) -> None:
    rows = documents(["a cat sat", "a cat sat there", "a dog"])
    means = Embeddings.read(*file_of(tmp_path / "e.parquet", [row.id for row in rows[:2]], [[1, 0], [2, 0]]))
    prints, _ = fingerprints(rows)
    assert semantic_duplicates(prints, means, 0.95)[0].tolist() == [1, STAYS, STAYS]


@pytest.mark.parametrize(
    ("ids", "vectors", "says"),
    [
        (["0000000000000001"], [[0.0, 0.0]], "longer than zero"),
        (["0000000000000001"] * 2, [[1.0], [1.0]], "each id must be there once"),
        (["0000000000000001", "0000000000000002"], [[1.0], [1.0, 2.0]], "as many numbers in each row"),
        (["one"], [[1.0]], "16 hex digits"),
        ([], [], "at least one row"),
    ],
)
def test_vectors_that_cannot_be_used_are_named(tmp_path: Path, ids, vectors, says) -> None:
    with pytest.raises(InputError, match=says):
        Embeddings.read(*file_of(tmp_path / "e.parquet", ids, vectors))


def test_the_stage_drops_what_means_the_same_and_names_the_one_that_stays(tmp_path: Path) -> None:
    rows = documents(
        [
            "The harbour master counts the boats every evening before the lamps are lit.",
            "Each night, ahead of lighting the lamps, someone at the port makes a tally of ships.",
            "Bread is baked at four in the morning and carried to the market by cart.",
        ]
    )
    workspace = Workspace(tmp_path)
    with new_folder(workspace.data / "archive") as out:
        out.rows("documents", rows, Document)
    _, found = file_of(tmp_path / "e.parquet", [row.id for row in rows], [[1, 0], [1, 0.01], [0, 1]])
    params = load(CorpusParams, Path("params/corpus.yaml"))
    wanted = Semantic(embeddings="e.parquet", sha256=found, likeness=0.95)
    params = replace(params, workers=1, duplicates=replace(params.duplicates, semantic=wanted))
    make(params, workspace, Numbers.open(workspace, "corpus"))
    (gone,) = read_rows(workspace.data / "corpus", "dropped", Dropped)
    assert (gone.id, gone.rule, gone.reason) == (rows[0].id, "semantic_duplicate", f"1.00 like {rows[1].id} in meaning")


def test_other_vectors_than_those_meant_are_refused_with_their_hash(tmp_path: Path) -> None:
    file, found = file_of(tmp_path / "e.parquet", ["0000000000000001"], [[1.0]])
    with pytest.raises(IntegrityError, match=found):
        Embeddings.read(file, "0" * 64)
    with pytest.raises(InputError, match="missing"):
        Embeddings.read(tmp_path / "none.parquet", "")
