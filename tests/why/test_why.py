"""`python -m tasks.why` over a small archive, its corpus and its instructions, all made by the real stages."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.archive.lock import refresh
from tasks.archive.make import make as make_archive
from tasks.archive.settings import ArchiveParams, Columns, InstructionFiles, LocalFiles, ReadyMade
from tasks.corpus.make import make as make_corpus
from tasks.corpus.settings import CorpusParams
from tasks.errors import InputError
from tasks.instructions.make import make as make_instructions
from tasks.instructions.settings import InstructionsParams
from tasks.params import load
from tasks.records import Document, Dropped, Pair
from tasks.shards import new_folder, read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.why.__main__ import main
from tasks.why.dropped import counted
from tasks.why.sources import fates
from tasks.why.story import story
from tasks.workspace import Workspace

ROOT = Path(__file__).parents[2]
SENTENCE = (
    "Deserialize a document to an object of this language, and raise an error where it is broken. Numbers become numbers, "
    "texts become texts, lists become lists, and whatever else there is in it is handed to the function that was given"
)
PROSE = [
    {"title": "loads", "text": f"{SENTENCE}."},
    {"title": "twin", "text": f"{SENTENCE}.".upper()},
    {"title": "near", "text": f"{SENTENCE}, at once."},
    {"title": "short", "text": "Too short."},
    {"title": "empty", "text": ""},
    {"title": "loads", "text": f"{SENTENCE}."},
]
BODIES = {
    "total": "Return the sum of the numbers.",
    "median": "Return the middle one of the numbers.",
    "product": "Multiply all numbers with one another.",
    "spread": "Return how far the largest is from the smallest.",
}
CODE = [
    {
        "title": f"numbers.{name}",
        "text": f"def {name}(numbers, *, start=0):\n    '''{words}'''\n    return {name}_of(numbers, start)\n",
    }
    for name, words in BODIES.items()
]
# The same signature in another module: asked of both, one Pair is refused.
CODE.append(
    {
        "title": "other.total",
        "text": "def total(numbers, *, start=0):\n    for one in numbers:\n        start = start + one\n    yield start\n",
    }
)


CHATS: list[dict[str, Any]] = [
    {"messages": [{"role": "assistant" if at % 2 else "user", "content": text} for at, text in enumerate(said)]}
    for said in (
        ("How are you?", "Fine.", "And at home?", "Fine, too."),
        ("Who is there?",),
        ("Tell me all.", "All. " * 400),
    )
]


def chats() -> InstructionFiles:
    return InstructionFiles(
        kind="instruction_files",
        name="chats",
        license="MIT",
        path="in/chats.jsonl",
        rows=ReadyMade(format="messages", language="", group="", id=""),
        longest_record=10_000,
    )


def source(name: str, kind: str) -> LocalFiles:
    return LocalFiles(
        kind="local_files",
        name=name,
        license="CC0-1.0",
        path=f"in/{name}.jsonl",
        document_kind=kind,  # type: ignore[arg-type]
        columns=Columns(text="text", title="title", language="", group="", id="", license="", html=False),
        longest_record=10_000,
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("why"))
    shutil.copytree(ROOT / "params", workspace.params)
    shutil.copy(ROOT / "dvc.yaml", workspace.root)
    (workspace.root / "in").mkdir()
    for name, rows in {"prose": PROSE, "code": CODE, "chats": CHATS}.items():
        (workspace.root / "in" / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    sources = ArchiveParams(sources=(source("prose", "prose"), source("code", "code"), chats()), allow_unknown_license=False)
    refresh(sources, workspace)
    make_archive(sources, workspace, Numbers.open(workspace, "archive"))
    corpus = replace(load(CorpusParams, workspace.params / "corpus.yaml"), workers=1)
    make_corpus(corpus, workspace, Numbers.open(workspace, "corpus"))
    few = load(InstructionsParams, workspace.params / "instructions.yaml")
    make_instructions(few, workspace, Numbers.open(workspace, "instructions"))
    return workspace


def by_title(workspace: Workspace, title: str) -> Document:
    documents = read_rows(workspace.data / "archive", "documents", Document)
    return next(document for document in documents if document.title == title)


def lines(workspace: Workspace, id: str) -> list[str]:
    return [" ".join(line.split()) for line in story(workspace.data, id).splitlines()]


def test_a_document_tells_where_it_came_from_and_what_was_made_of_it(workspace: Workspace) -> None:
    document = by_title(workspace, "numbers.median")
    told = lines(workspace, document.id)
    assert told[0] == f"Document {document.id} «numbers.median»"
    assert told[1] == f"from code, {document.source.removeprefix('code:')}"
    assert told[2] == "licence CC0-1.0"
    assert "archive documents/00000.parquet" in told and "corpus documents/00000.parquet" in told
    pairs = {
        (name, pair.id, pair.maker)
        for name in ("train", "test")
        for pair in read_rows(workspace.data / "instructions", name, Pair)
        if document.id in pair.parents
    }
    assert pairs
    assert all(any(line.startswith(f"{name} {id} ") and line.endswith(maker) for line in told) for name, id, maker in pairs)


def test_dropped_pairs_of_a_document_are_told_with_their_rule(workspace: Workspace) -> None:
    dropped = [
        json.loads(row.row) | {"rule": row.rule} for row in read_rows(workspace.data / "instructions", "dropped", Dropped)
    ]
    dropped = [row for row in dropped if row["parents"]]
    assert dropped
    for row in dropped:
        (parent,) = row["parents"]
        assert any(
            line.startswith(f"dropped {row['id']} ") and f", {row['rule']}: " in line for line in lines(workspace, parent)
        )


def test_a_dropped_document_tells_its_rule_and_reason(workspace: Workspace) -> None:
    told = lines(workspace, by_title(workspace, "short").id)
    assert "corpus dropped by too_short: 10 characters, fewer than 40" in told


def test_each_row_of_a_source_tells_its_fate(workspace: Workspace) -> None:
    told = {
        line.split()[1]: " ".join(line.split()[2:]) for line in fates(workspace.data, "prose") if "set aside" not in line
    }
    rows = [row for row in read_rows(workspace.data / "archive", "documents", Document) if row.source.startswith("prose:")]
    assert sorted(told) == sorted(row.id for row in rows)
    kept = {row.id for row in read_rows(workspace.data / "corpus", "documents", Document)}
    assert {id for id, fate in told.items() if fate == "in the corpus"} == kept & told.keys()
    assert told[by_title(workspace, "short").id] == "corpus: too_short (10 characters, fewer than 40)"
    (aside,) = (line for line in fates(workspace.data, "chats:chats.jsonl") if "set aside" in line)
    assert " ".join(aside.split()) == "chats:chats.jsonl, line 2 set aside archive: wrong_turns (ends without an answer)"
    with pytest.raises(InputError, match=r"no row of .*archive comes from there"):
        list(fates(workspace.data, "pros"))


def test_a_duplicate_names_who_was_kept_instead_down_to_the_one_that_stands(workspace: Workspace) -> None:
    kept = by_title(workspace, "near")  # the longest
    near = {by_title(workspace, title).id for title in ("loads", "twin")}
    for id in near:
        told = lines(workspace, id)
        assert any(line == f"kept instead {kept.id} «near»: {kept.text[:99]}…" for line in told), told
    dropped = {row.id: row.rule for row in read_rows(workspace.data / "corpus", "dropped", Dropped)}
    assert {dropped[id] for id in near} == {"exact_duplicate", "near_duplicate"}


def test_a_row_that_came_twice_and_one_that_could_not_be_read(workspace: Workspace) -> None:
    quarantined = {row.rule: row for row in read_rows(workspace.data / "archive", "quarantined", Dropped)}
    twice = lines(workspace, quarantined["duplicate_row"].id)
    assert twice[0].startswith("Document ") and any(
        line.startswith("archive quarantined by duplicate_row:") for line in twice
    )
    empty = lines(workspace, quarantined["empty"].id)
    assert empty[0].startswith("Row ") and any("quarantined by empty: prose:prose.jsonl" in line for line in empty)


def test_a_pair_tells_its_parents_its_maker_and_its_side(workspace: Workspace) -> None:
    for split in ("train", "test"):
        pair = next(pair for pair in read_rows(workspace.data / "instructions", split, Pair) if pair.parents)
        told = lines(workspace, pair.id)
        assert told[0] == f"Pair {pair.id} {pair.task}"
        assert f"maker {pair.maker}" in told and f"split {split}" in told
        assert any(line.startswith(f"made of {pair.parents[0]} «numbers.") for line in told)


def test_a_ready_made_pair_tells_its_source_its_history_and_its_side(workspace: Workspace) -> None:
    pair = next(pair for pair in read_rows(workspace.data / "instructions", "train", Pair) if pair.history)
    told = lines(workspace, pair.id)
    assert told[0] == f"Pair {pair.id} ready"
    assert told[1] == f"from chats, {pair.source.removeprefix('chats:')}" and "chats.jsonl#" in told[1]
    assert "maker ready/chats" in told and "licence MIT" in told and "split train" in told
    assert "history 1 exchanges, the first: How are you?" in told and "instruction And at home?" in told
    assert told[-2:] == ["archive pairs/00000.parquet", "instructions train/00000.parquet"]


def test_a_ready_made_row_that_did_not_go_on_tells_why(workspace: Workspace) -> None:
    long = next(pair for pair in read_rows(workspace.data / "archive", "pairs", Pair) if pair.output.startswith("All."))
    told = lines(workspace, long.id)
    assert "archive pairs/00000.parquet" in told
    assert any(line.startswith("instructions dropped by space: the answer begins or ends with space") for line in told)
    quarantined = {row.rule: row for row in read_rows(workspace.data / "archive", "quarantined", Dropped)}
    told = lines(workspace, quarantined["wrong_turns"].id)
    assert (
        told[0].startswith("Row ")
        and "archive quarantined by wrong_turns: chats:chats.jsonl, line 2: ends without an answer" in told
    )


def test_every_id_has_a_story_and_its_beginning_will_do(workspace: Workspace) -> None:
    for stage, tables in {
        "archive": {"documents": Document, "pairs": Pair, "quarantined": Dropped},
        "corpus": {"dropped": Dropped},
    }.items():
        for table, kind in tables.items():
            for row in read_rows(workspace.data / stage, table, kind):
                assert story(workspace.data, row.id) == story(workspace.data, row.id[:12])


@pytest.mark.parametrize(
    ("id", "says"),
    [
        ("no such id", "An id is 16 hex digits"),
        ("0123456789abcdef0", "An id is 16 hex digits"),
        ("0123456789abcdef", "A text that changed has a new id"),
        ("", "ids begin with ''"),
    ],
)
def test_an_unknown_id_says_what_to_do(workspace: Workspace, id: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        story(workspace.data, id)


def test_before_there_is_data_the_way_to_make_it_is_named(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dvc repro"):
        story(tmp_path, "0")
    shutil.copytree(workspace.data / "archive", tmp_path / "archive")
    with pytest.raises(InputError, match="data/corpus is not made yet: `dvc repro corpus`"):
        story(tmp_path, "0123456789abcdef")
    with pytest.raises(InputError, match="dvc repro corpus"):
        list(counted(tmp_path, stage="corpus"))


def test_dropped_rows_are_counted_as_the_books_have_them(workspace: Workspace) -> None:
    books = {stage: read_manifest(workspace.data / stage)["books"] for stage in ("archive", "corpus", "instructions")}
    wanted = {
        (f"{stage}, {table}", count, rule)
        for stage in books
        for table in ("dropped", "quarantined")
        for rule, count in books[stage][table].items()
    }
    assert {said(line) for line in counted(workspace.data)} == wanted
    assert {said(line)[:2] for line in counted(workspace.data, by="stage", stage="corpus")} == {("corpus, dropped", 3)}


def said(line: str) -> tuple[str, int, str]:
    words = line.split()
    return f"{words[0]} {words[1]}", int(words[2]), " ".join(words[3:])


def test_samples_are_the_lowest_ids_each_time(workspace: Workspace) -> None:
    once, again = (list(counted(workspace.data, stage="instructions", samples=2)) for _ in range(2))
    assert once == again
    rows = list(read_rows(workspace.data / "instructions", "dropped", Dropped))
    rule = rows[0].rule
    lowest = sorted(row.id for row in rows if row.rule == rule)[:2]
    at = next(number for number, line in enumerate(once) if line.endswith(f"  {rule}"))
    assert [line.split()[0] for line in once[at + 1 : at + 2 * len(lowest) : 2]] == lowest


def test_no_such_stage(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="archive, corpus, instructions"):
        list(counted(workspace.data, stage="model"))


def test_the_command_answers_and_ends_as_others_do(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def asked(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["why", *words])
        code = main()
        return code, *capsys.readouterr()

    monkeypatch.chdir(workspace.root)
    id = by_title(workspace, "loads").id
    assert asked(id.upper()[:10]) == (0, story(workspace.data, id), "")
    code, out, err = asked("xyz")
    assert (code, out) == (3, "") and err.startswith("why: No row's id begins with 'xyz'")
    assert asked("--dropped", "--by", "rule", "--stage", "corpus", "--samples", "1")[1].count("\n") == 9
    with pytest.raises(SystemExit):
        asked()


def test_control_characters_of_a_text_do_not_reach_the_terminal(tmp_path: Path) -> None:
    row = Document("00000000000000aa", "\x1b[31mred\u202e", "", "\x1b]0;title\x07", "prose", "a:\x1b[0m", "MIT\x1b")
    write(tmp_path, [row])
    assert all(line.isprintable() for line in story(tmp_path, "00").splitlines())


def write(data: Path, documents: Sequence[Document]) -> None:
    with new_folder(data / "archive") as out:
        out.rows("documents", documents, Document)
