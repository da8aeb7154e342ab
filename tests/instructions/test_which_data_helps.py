"""Arms of training data are compared on the same questions, and a difference is told from luck."""

import json
import re
import shutil
from pathlib import Path

import pytest

from benchmarks import which_data_helps
from benchmarks.which_data_helps import COLUMNS, FIRST, Question, compare, requests_of_form, run
from tasks.errors import InputError
from tasks.params import write
from tasks.records import Document, Pair
from tasks.shards import new_folder
from tasks.workspace import Workspace

ROOT = Path(__file__).parents[2]
REQUESTS = ROOT / "benchmarks/format_following.yaml"


def question(number: int, answer: str | None = "yes") -> Question:
    return Question(str(number), f"source {number}", "Say yes.", "", ("upper",), answer)


def test_requests_of_form_are_distinct_and_in_their_language() -> None:
    asked = requests_of_form(REQUESTS)
    assert len({one.instruction for one in asked}) == len({one.id for one in asked}) == len(asked) == 80
    assert all(bool(re.search("[一-鿿]", one.instruction)) == one.id.startswith("zh") for one in asked)


def test_no_request_of_form_is_met_by_saying_nothing_or_by_saying_it_again() -> None:
    for one in requests_of_form(REQUESTS):
        assert one.marks("") == one.marks(one.instruction) == one.marks(f"{one.instruction} ") == {"form": 0.0}


def test_marks_are_of_what_the_question_has() -> None:
    assert question(0).marks(" YES\n") == {"exact": 0.0, "form": 1.0}
    assert question(0, answer=None).marks("no") == {"form": 0.0}


def test_a_gain_on_all_questions_is_told_from_none() -> None:
    questions = {"held-out": [question(number) for number in range(30)], "form": [question(99, answer=None)]}

    def marks(right: float) -> dict[str, dict[str, float]]:
        return {one.id: {"exact": right, "form": 1.0} for some in questions.values() for one in some}

    found = compare(
        {FIRST: [marks(0), marks(0)], "same": [marks(0)], "better": [marks(1), marks(1)]}, questions, {"same": 7}
    )
    first, same, better = ([cell.strip() for cell in line.split("|")[1:-1]] for line in found.splitlines()[2:5])
    assert len(first) == len(COLUMNS)
    assert (first[2], first[3], same[1], same[3]) == ("0.000 ± 0.000", "", "7", "+0.000 [+0.000, +0.000]")
    assert better[3] == "+1.000 [+1.000, +1.000]"


@pytest.mark.whole
def test_two_arms_learn_answer_and_are_not_made_twice(
    tmp_path: Path,
    toy_documents: list[Document],
    tiny_foundation: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home, scratch = Workspace(tmp_path / "home"), tmp_path / "scratch"
    shutil.copytree(ROOT / "params", home.params)
    write(home.params / "model.yaml", {"steps": 2, "rows_per_step": 3, "rows_at_once": 2, "replay_share": 0.0})
    write(home.params / "instructions.yaml", {"train_rows_per_family": 8, "test_rows_per_family": 1})
    home.data.mkdir()
    shutil.copytree(tiny_foundation, home.data / "foundation")
    with new_folder(home.data / "corpus") as out:
        out.rows("documents", toy_documents, Document)
    with new_folder(home.data / "archive") as out:
        out.rows("pairs", [], Pair)
    monkeypatch.setitem(which_data_helps.ARMS, "fewer", ["instructions.train_rows_per_family=4"])
    found = run(home, scratch, names=["fewer"], seeds=[0])
    assert [line.split(" | ")[0] for line in found.splitlines()[4:] if line] == [
        f"| {name}" for name in ("base, zero-shot", FIRST, "fewer")
    ]
    assert set(json.loads((scratch / "marks.json").read_text(encoding="utf-8"))) == {"base, zero-shot", FIRST, "fewer"}
    shutil.rmtree(home.data / "corpus")
    assert run(home, scratch, names=["fewer"], seeds=[0]) == found
    write(home.params / "model.yaml", {"steps": 3})
    with pytest.raises(InputError, match="was begun with other files"):
        run(home, scratch, names=["fewer"], seeds=[0])
