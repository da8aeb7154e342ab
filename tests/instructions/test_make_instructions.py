"""data/instructions/ as a whole, over a toy corpus: sides, books, counts by family, equal bytes, exports, preview."""

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions.budget import NO_CAP
from tasks.errors import InputError, ParamsError
from tasks.instructions.make import make, screen_of
from tasks.instructions.makers.settings import Ask, Constrain, SelfInstruct
from tasks.instructions.preview import preview
from tasks.instructions.publish import write_preferences
from tasks.instructions.settings import InstructionsParams, Selecting, Templates
from tasks.params import load
from tasks.records import Document, Dropped, Pair, Preference, pair_id
from tasks.shards import new_folder, read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace
from tests.instructions.pages import pages

ROOT = Path(__file__).parents[2]
USUAL = load(InstructionsParams, ROOT / "params/instructions.yaml")
ASK_ONE, ASK_ALL = (replace(USUAL.makers, ask=Ask(rows=rows)) for rows in (1, 100))
FEW = {"train_rows_per_family": 8, "test_rows_per_family": 4, "teacher": replace(USUAL.teacher, budget=NO_CAP)}


def made(folder: Path, documents: list[Document], **changes: object) -> Workspace:
    """A workspace with the real templates, these documents, and its data/instructions."""
    workspace = Workspace(folder)
    shutil.copytree(ROOT / "params", workspace.params, dirs_exist_ok=True)
    with new_folder(workspace.data / "corpus") as out:
        out.rows("documents", documents, Document)
    with new_folder(workspace.data / "archive") as out:
        out.rows("pairs", [], Pair)
    make(replace(USUAL, **{**FEW, **changes}), workspace, Numbers.open(workspace, "instructions"))  # type: ignore[type-var]
    return workspace


def pairs(workspace: Workspace, split: str) -> list[Pair]:
    return list(read_rows(workspace.data / "instructions", split, Pair))


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory, module_documents: list[Document]) -> Workspace:
    return made(tmp_path_factory.mktemp("once"), module_documents)


@pytest.fixture
def workspace(tmp_path: Path, made_once: Workspace) -> Workspace:
    return Workspace(Path(shutil.copytree(made_once.root, tmp_path / "here")))


def test_no_source_and_no_question_is_on_both_sides(workspace: Workspace) -> None:
    train, test = pairs(workspace, "train"), pairs(workspace, "test")
    for told in (
        lambda pair: pair.source,
        lambda pair: (pair.instruction, pair.input),
        lambda pair: (pair.task, pair.input),
    ):
        assert not {told(pair) for pair in train} & {told(pair) for pair in test}
    assert {pair.split for pair in test} == {"test"}


def test_families_and_languages_have_the_rows_asked_for(workspace: Workspace) -> None:
    counts = Counter((pair.task, pair.language) for pair in pairs(workspace, "train"))
    assert counts["json", "en"] == 6
    assert counts["json", "zh"] == 2
    assert max(counts.values()) == 6


def test_ids_are_those_of_the_content_and_rows_are_sorted_by_them(workspace: Workspace) -> None:
    rows = pairs(workspace, "train")
    assert [row.id for row in rows] == sorted(pair_id(row.instruction, row.input, row.output) for row in rows)


def test_the_books_balance_and_dropped_rows_say_why(workspace: Workspace) -> None:
    folder = workspace.data / "instructions"
    books = read_manifest(folder)["books"]
    dropped = list(read_rows(folder, "dropped", Dropped))
    assert books["in"] == len(pairs(workspace, "train")) + len(pairs(workspace, "test")) + len(dropped)
    assert all(row.stage == "instructions" and row.reason and json.loads(row.row)["task"] for row in dropped)


def test_prose_goes_to_replay_or_to_perplexity_by_its_side(workspace: Workspace) -> None:
    folder = workspace.data / "instructions"
    replay, prose = ({document.source for document in read_rows(folder, name, Document)} for name in ("replay", "prose"))
    assert not replay & prose
    assert len(replay | prose) == 8
    assert replay >= {pair.source for pair in pairs(workspace, "train")}


def test_equal_documents_in_whatever_order_give_equal_bytes(
    workspace: Workspace, tmp_path: Path, toy_documents: list[Document]
) -> None:
    again = made(tmp_path / "again", toy_documents[::-1])
    assert read_manifest(again.data / "instructions") == read_manifest(workspace.data / "instructions")


def test_another_seed_gives_other_rows(workspace: Workspace, tmp_path: Path, toy_documents: list[Document]) -> None:
    other = made(tmp_path / "other", toy_documents, seed=1)
    assert pairs(other, "train") != pairs(workspace, "train")


def test_one_more_document_changes_few_rows(workspace: Workspace, tmp_path: Path, toy_documents: list[Document]) -> None:
    text = toy_documents[0].text.replace("read_archive", "weigh_archive")
    new = replace(toy_documents[0], id="0123456789abcdef", text=text, title="archives.weigh_archive")
    more = made(tmp_path / "more", [*toy_documents, new])
    before, after = ({pair.id for pair in pairs(place, "train")} for place in (workspace, more))
    assert len(before & after) >= 0.8 * len(before)


def test_one_long_document_costs_its_own_row_and_stops_nothing(tmp_path: Path, toy_documents: list[Document]) -> None:
    long = replace(toy_documents[7], id="0123456789abcdef", text="It goes " + "on and " * 900 + "on. It ends. It is long.")
    workspace = made(tmp_path / "long", [*toy_documents, long], train_rows_per_family=100)
    assert not [pair for split in ("train", "test") for pair in pairs(workspace, split) if long.id in pair.parents]
    assert len(pairs(workspace, "train")) > 100


def test_numbers_tell_rows_by_family_and_language(workspace: Workspace) -> None:
    [outbox] = (workspace.cache / "tracking").glob("*.jsonl")
    lines = [json.loads(line) for line in outbox.read_text(encoding="utf-8").splitlines()]
    metrics = {line["name"]: line["value"] for line in lines if line["kind"] == "metric"}
    assert metrics["train/rows"] == len(pairs(workspace, "train"))
    assert metrics["test/rows/json"] == 4
    assert "seconds" in metrics


def teacher(workspace: Workspace) -> tuple[int, int]:
    """How many requests the last run put to the foundation, and how many it found in the journal."""
    last = max(workspace.cache.glob("tracking/*.jsonl"), key=lambda outbox: outbox.stat().st_mtime_ns)
    lines = [json.loads(line) for line in last.read_text(encoding="utf-8").splitlines()]
    told = {line["name"]: int(line["value"]) for line in lines if line["kind"] == "metric"}
    return told["teacher/asked"], told["teacher/reused"]


@pytest.mark.whole
def test_the_foundation_is_asked_once_and_its_useless_replies_are_kept_with_reasons(
    tmp_path: Path, toy_documents: list[Document], tiny_foundation: Path
) -> None:
    (tmp_path / "data").mkdir()
    shutil.copytree(tiny_foundation, tmp_path / "data/foundation")
    for time in ("first", "second"):
        workspace = made(tmp_path, toy_documents, makers=ASK_ONE, tries_per_row=3)
        books = read_manifest(workspace.data / "instructions")["books"]
        assert books["dropped"]["no_question"] == 3, time
        assert teacher(workspace) == {"first": (3, 0), "second": (0, 3)}[time]
    made(tmp_path, toy_documents, makers=ASK_ALL)
    learnt = next(document for document in toy_documents if document.source == pairs(workspace, "train")[0].source)
    new = replace(learnt, id="0123456789abcdef", text=learnt.text.replace("Read", "Weigh"))
    known = sum(teacher(workspace))
    made(tmp_path, [*toy_documents, new], makers=ASK_ALL)
    assert teacher(workspace) == (1, known)


@pytest.mark.whole
def test_constraints_that_answers_meet_make_rows_of_their_own_task_and_ask_nothing(
    tmp_path: Path, toy_documents: list[Document], tiny_foundation: Path
) -> None:
    manifests = []
    for name, documents in (("one", toy_documents), ("other", toy_documents[::-1])):
        shutil.copytree(tiny_foundation, tmp_path / name / "data/foundation")
        found = replace(USUAL.makers, constrain=Constrain(rows=10, samples=0))
        workspace = made(tmp_path / name, documents, makers=found, tries_per_row=9)
        assert teacher(workspace) == (0, 0)
        manifests.append(read_manifest(workspace.data / "instructions"))
    rows = [pair for pair in pairs(workspace, "train") if pair.task == "constrain"]
    assert len(rows) == manifests[0]["makers"]["constrain"]["kept"] == 10
    assert {pair.parents[0] for pair in rows} <= {pair.id for pair in pairs(workspace, "train")}
    assert not (workspace.data / "instructions/preferences").exists()
    assert manifests[0] == manifests[1]


def test_what_a_suite_asks_leaves_train_and_the_manifest_tells(
    workspace: Workspace, tmp_path: Path, toy_documents: list[Document]
) -> None:
    known = next(pair for pair in pairs(workspace, "train") if pair.task == "returns")
    prompt = f"{known.instruction}\n\n{known.input}"
    (tmp_path / "sea.jsonl").write_text(json.dumps({"prompt": prompt}) + "\n", encoding="utf-8")
    clean = made(tmp_path, toy_documents, suites=("*.jsonl",))
    assert known not in pairs(clean, "train")
    manifest = read_manifest(clean.data / "instructions")
    assert list(manifest["decontaminated"]) == ["data/instructions/test", "sea.jsonl"]
    told = manifest["decontaminated"]["sea.jsonl"]
    assert (told["items"], told["items_hit"], told["same"]) == (1, 1, 1)
    assert list(manifest["suites"]) == ["sea.jsonl"]
    dropped = {row.id: (row.rule, row.reason) for row in read_rows(clean.data / "instructions", "dropped", Dropped)}
    assert dropped[known.id] == ("contaminated", "asks the same as row 1 of sea.jsonl")


def test_the_screen_has_the_kinds_the_corpus_replaced_and_the_words_the_params_block(tmp_path: Path) -> None:
    with new_folder(tmp_path / "data/corpus") as out:
        out.facts["privacy"] = {"phone": 0, "email": 3}
    (tmp_path / "params").mkdir()
    (tmp_path / "params/blocked.txt").write_text("eel\n", encoding="utf-8")
    screen = screen_of(USUAL, Workspace(tmp_path))
    assert screen.private == ["email", "phone"]
    assert screen.blocked


@pytest.mark.parametrize("by", ["random", pytest.param("deita", marks=pytest.mark.whole)])
def test_a_budget_keeps_so_many_rows_and_tells_of_the_others(
    by: str, workspace: Workspace, tmp_path: Path, toy_documents: list[Document], tiny_foundation: Path
) -> None:
    manifests = []
    for name, documents in (("one", toy_documents), ("other", toy_documents[::-1])):
        shutil.copytree(tiny_foundation, tmp_path / name / "data/foundation")
        few = made(tmp_path / name, documents, select=Selecting(budget=40, by=by, least_score=None))
        manifests.append(read_manifest(few.data / "instructions"))
    kept, every = pairs(few, "train"), {pair.id for pair in pairs(workspace, "train")}
    left = [
        row for row in read_rows(few.data / "instructions", "dropped", Dropped) if row.rule in ("not_selected", "no_help")
    ]
    assert manifests[0] == manifests[1]
    assert len(kept) == manifests[0]["selected"]["kept"] == 40
    assert {pair.id for pair in kept} | {row.id for row in left} == every and len(left) == len(every) - 40
    assert pairs(few, "test") == pairs(workspace, "test")


def test_a_budget_for_more_rows_than_there_are_is_told(
    tmp_path: Path, toy_documents: list[Document], capsys: pytest.CaptureFixture[str]
) -> None:
    few = {"templates": Templates(families=("json",)), "select": Selecting(budget=9, by="random", least_score=None)}
    made(tmp_path, toy_documents, **few)
    said = "select: train has 8 rows; select.budget in params/instructions.yaml has room for 9\n"
    assert said in capsys.readouterr().err


def test_a_preference_goes_with_its_pair(workspace: Workspace, tmp_path: Path) -> None:
    stays, goes = pairs(workspace, "train")[:2]
    both = [Preference(pair.id[::-1], pair.instruction, pair.output, "No.", pair.id) for pair in (stays, goes)]
    with new_folder(tmp_path / "folder") as out:
        assert [row.origin for row in write_preferences(out, both, [stays])] == [stays.id]
    assert [row.origin for row in read_rows(tmp_path / "folder", "preferences", Preference)] == [stays.id]
    assert out.facts["preferences"] == {"kept": 1, "left": 1}


@pytest.mark.whole
def test_a_teacher_that_writes_noise_makes_no_tasks_and_the_books_say_why(
    tmp_path: Path, toy_documents: list[Document], tiny_foundation: Path
) -> None:
    (tmp_path / "data").mkdir()
    shutil.copytree(tiny_foundation, tmp_path / "data/foundation")
    found = replace(USUAL.makers, self_instruct=SelfInstruct(rows=3, instances=2))
    manifests = []
    for _ in range(2):
        workspace = made(tmp_path, toy_documents, makers=found, tries_per_row=2)
        manifests.append(read_manifest(workspace.data / "instructions"))
    tally = manifests[0]["makers"]["self_instruct"]
    assert (tally["tried"], tally["kept"]) == (6, 0)
    assert sum(tally["refused"].values()) == 6
    assert manifests[0]["diversity"] == {}
    assert manifests[0] == manifests[1]


def test_exports_hold_the_train_split_alone(workspace: Workspace) -> None:
    rows = json.loads((workspace.data / "instructions/exports/alpaca.json").read_text(encoding="utf-8"))
    assert [row["output"] for row in rows] == [pair.output for pair in pairs(workspace, "train")]


def test_the_preview_shows_each_wording_in_each_language(workspace: Workspace) -> None:
    shown = list(preview(workspace, ["json"]))
    assert len(shown) == len(set(shown)) == 6
    assert all(row.startswith("== json  params/templates/json.yaml  checks: json:") for row in shown)


def test_the_preview_tells_families_that_fit_nothing_and_refuses_them_where_they_are_asked_for(workspace: Workspace) -> None:
    assert "No document of this corpus makes a row of" in list(preview(workspace, []))[-1]
    with pytest.raises(InputError, match=r"made by cell \(when: keyed is missing in 8 of 8 documents\)"):
        list(preview(workspace, ["cell"]))
    with pytest.raises(InputError, match="No row could be made by"):
        list(preview(workspace, [], strict=True))


def test_the_preview_of_a_maker_names_the_command_for_makers(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ParamsError, match=r"ask is a maker.*python -m tasks\.instructions\.forecast"):
        list(preview(workspace, ["ask"]))
    with pytest.raises(ParamsError, match=r"holds no aks\.yaml"):
        list(preview(workspace, ["aks"]))
    assert list(preview(workspace, ["json"])) and capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("change", "to", "fault"),
    [
        ("  en:\n", "  en:\n    - 写出这个签名。\n", "with Han characters in it"),
        ("  zh:\n", "  zh:\n    - Write it as JSON.\n", "fewer than 4"),
        ("let: {}", "let: {count: parameters | length}", "let count is used nowhere"),
        ("let: {}", "let: {name: signature}", "let name hides the fact of that name"),
        ("  list_key: [", "  spare: [a, b]\n  list_key: [", "style spare is used nowhere"),
        ("  en:\n", "  en:\n    - Say it.\n", "does not say"),
    ],
)
def test_the_lint_names_the_file_the_line_and_the_fault(workspace: Workspace, change: str, to: str, fault: str) -> None:
    file = workspace.params / "templates/json.yaml"
    text = file.read_text(encoding="utf-8")
    assert change in text
    file.write_text(text.replace(change, to, 1), encoding="utf-8")
    with pytest.raises(ParamsError, match=rf"json.yaml:\d+: .*{fault}"):
        list(preview(workspace, ["json"]))


def test_a_family_that_no_file_has_is_refused_with_the_nearest(tmp_path: Path, toy_documents: list[Document]) -> None:
    with pytest.raises(ParamsError, match=r"names 'jsno'.*did you mean 'json'"):
        made(tmp_path, toy_documents, templates=Templates(families=("jsno",)))


def test_no_names_of_families_fill_them_all(tmp_path: Path, toy_documents: list[Document]) -> None:
    workspace = made(tmp_path, [*toy_documents, *pages_of_many_sources()], templates=Templates(families=()))
    # The same page stands on both sides, so test has what train may not have.
    tasks = {pair.task for split in ("train", "test") for pair in pairs(workspace, split)}
    assert len(tasks) > 40
    assert read_manifest(workspace.data / "instructions")["books"]["dropped"]["contaminated"] > 40


def pages_of_many_sources() -> list[Document]:
    return [
        replace(page, id=f"{page.id}{number}", source=f"{page.source}:{number}") for page in pages() for number in range(6)
    ]
