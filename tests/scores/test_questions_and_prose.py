"""Which rows are asked, with which examples, beside which prose: by content alone, whatever the order."""

from pathlib import Path
from random import Random

import pytest

from tasks.errors import InputError
from tasks.records import Document, Pair, document_id, pair_id
from tasks.scores.forgetting import compared, prose
from tasks.scores.questions import examples, held_out, majority


def pair(number: int, *, task: str = "upper", language: str = "en", output: str = "") -> Pair:
    instruction, answer = f"Say {number} in {language}.", output or f"{task.upper()} {number}"
    facts = ("templates/t@1", (), f"docs:{number}", (), "", "PSF-2.0", "")
    return Pair(pair_id(instruction, "", answer), instruction, "", answer, (), language, task, *facts)


TRAIN = [pair(number, task=task) for task in ("upper", "json") for number in range(10)]
CHINESE = [pair(number, language="zh") for number in range(20, 24)]


def test_each_task_gives_at_most_its_share_whatever_the_order() -> None:
    asked = held_out(TRAIN, rows_per_task=4)
    assert [row.task for row in asked] == ["json"] * 4 + ["upper"] * 4
    assert held_out(Random(1).sample(TRAIN, len(TRAIN)), rows_per_task=4) == asked
    assert held_out(TRAIN, rows_per_task=100) == sorted(TRAIN, key=lambda row: (row.task, row.id))


def test_nothing_held_out_is_an_error_with_a_remedy() -> None:
    with pytest.raises(InputError, match=r"params/instructions\.yaml"):
        held_out([], rows_per_task=4)


def test_examples_are_solved_rows_of_the_same_task() -> None:
    asked = [pair(100), pair(101, task="json")]
    upper, json = examples(asked, TRAIN, shots=3, draws=1, seed=0).values()
    assert upper.count("### Answer\nUPPER ") == 3
    assert json.count("### Answer\nJSON ") == 3
    assert upper.endswith("\n\n")


def test_examples_are_in_the_language_of_the_question_where_there_are_enough() -> None:
    asked = [pair(100, language="zh")]
    [enough] = examples(asked, [*TRAIN, *CHINESE], shots=4, draws=1, seed=0).values()
    assert enough.count("in zh.") == 4
    [too_few] = examples(asked, [*TRAIN, *CHINESE], shots=5, draws=1, seed=0).values()
    assert too_few.count("### Task") == 5


def test_rows_share_a_few_draws_that_only_the_seed_changes() -> None:
    asked = [pair(number) for number in range(100, 140)]
    drawn = examples(asked, TRAIN, shots=3, draws=2, seed=0)
    assert len(set(drawn.values())) == 2
    assert examples(asked[::-1], TRAIN[::-1], shots=3, draws=2, seed=0) == drawn
    assert examples(asked, TRAIN, shots=3, draws=2, seed=1) != drawn


def test_too_few_training_rows_is_an_error_that_names_the_task_and_the_key() -> None:
    with pytest.raises(InputError, match=r"'json' has 0 rows .* too few for shots = 3.*params/scores\.yaml"):
        examples([pair(1, task="json")], [pair(2)], shots=3, draws=1, seed=0)


def test_the_majority_answer_is_the_commonest_and_ties_go_by_code_point() -> None:
    train = [pair(1, output="b"), pair(2, output="b"), pair(3, output="a"), *(pair(4, task="t", output=o) for o in "zy")]
    assert majority(train) == {"upper": "b", "t": "y"}


def document(text: str) -> Document:
    return Document(document_id("docs", text, "", text), text, "en", "", "prose", f"docs:{text}", "PSF-2.0")


def test_prose_is_the_named_files_and_the_held_out_documents_each_clipped(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("Grant of Copyright License.", encoding="utf-8")
    documents = [document("One."), document("Two."), document("Three.")]
    texts = prose(tmp_path, ["LICENSE"], documents, characters=12)
    assert texts["LICENSE"] == "Grant of Cop"
    assert len(texts["held-out prose"]) == 12
    assert texts == prose(tmp_path, ["LICENSE"], documents[::-1], characters=12)
    assert list(prose(tmp_path, ["LICENSE"], [], characters=12)) == ["LICENSE"]


@pytest.mark.parametrize("name", ["MISSING", "folder", "binary"])
def test_prose_that_cannot_be_read_names_the_key(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=f"{name}, named in prose_files of params/scores.yaml"):
        prose(tmp_path, [name], [], characters=12)


def test_forgetting_is_the_ratio_of_perplexities() -> None:
    assert compared({"LICENSE": 10.0}, {"LICENSE": 12.5}) == {"LICENSE": {"base": 10.0, "tuned": 12.5, "ratio": 1.25}}
