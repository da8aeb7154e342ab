"""Instruction data that is ready-made: Pairs character for character as they came, or the row aside with its rule."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.archive.conversations import exchanges
from tasks.archive.found import Found, Label, Refused, Unreadable
from tasks.archive.local_files import documents
from tasks.archive.lock import refresh
from tasks.archive.make import make
from tasks.archive.pairs import pairs_of
from tasks.archive.settings import ArchiveParams, Columns, InstructionFiles, LocalFiles, ReadyMade, Source
from tasks.errors import InputError, ParamsError
from tasks.records import Document, Dropped, Pair, pair_id
from tasks.shards import read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

ALPACA = {"instruction": "Say it.", "input": "hello", "output": "HELLO", "history": [["hi", "hello"], ["你好", "您好"]]}
TALK = [("hi", "hello"), ("你好", "您好"), ("And now?\n", " Bye\n\n- now")]
LABEL = Label("chats", "CC0-1.0", "dialogue")


def ready(format: str, **columns: str) -> ReadyMade:
    return ReadyMade(format=format, **{"language": "", "group": "", "id": "", **columns})  # type: ignore[arg-type]


def chats(format: str = "messages", path: str = "in", **columns: str) -> InstructionFiles:
    return InstructionFiles(
        kind="instruction_files",
        name="chats",
        license="CC0-1.0",
        path=path,
        rows=ready(format, **columns),
        longest_record=1000,
    )


def read(folder: Path, source: InstructionFiles) -> list[Found]:
    return list(documents(source, folder))


def pairs(found: list[Found]) -> list[Pair]:
    assert all(isinstance(one, Pair) for one in found), found
    return [one for one in found if isinstance(one, Pair)]


def talk(*said: str, format: str = "messages") -> dict[str, Any]:
    """A row in which a user and an assistant speak by turns."""
    if format == "sharegpt":
        return {"conversations": [{"from": "gpt" if at % 2 else "human", "value": text} for at, text in enumerate(said)]}
    return {"messages": [{"role": "assistant" if at % 2 else "user", "content": text} for at, text in enumerate(said)]}


def write(folder: Path, **files: list[dict[str, Any]]) -> None:
    (folder / "in").mkdir(exist_ok=True)
    for name, rows in files.items():
        (folder / "in" / f"{name}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def as_parquet(row: dict[str, Any], file: Path) -> None:
    pq.write_table(pa.Table.from_pylist([row]), file)


def as_csv(row: dict[str, Any], file: Path) -> None:
    cells = [str(value).replace('"', '""') for value in row.values()]
    file.write_text(f"{','.join(row)}\n" + ",".join(f'"{cell}"' for cell in cells) + "\n", encoding="utf-8")


WRITERS: dict[str, Callable[[dict[str, Any], Path], object]] = {
    "a.jsonl": lambda row, file: file.write_text(json.dumps(row) + "\n"),
    "a.json": lambda row, file: file.write_text(json.dumps([row])),
    "a.json.gz": lambda row, file: file.write_bytes(gzip.compress(json.dumps([row]).encode())),
    "a.parquet": as_parquet,
}


@pytest.mark.parametrize("name", WRITERS)
def test_alpaca_gives_a_pair_an_answer_whatever_the_file(tmp_path: Path, name: str) -> None:
    WRITERS[name](ALPACA, tmp_path / name)
    first, second, last = pairs(read(tmp_path, chats("alpaca", name)))
    assert (first.instruction, first.input, first.output, first.history) == ("hi", "", "hello", ())
    assert (second.instruction, second.output, second.history) == ("你好", "您好", (("hi", "hello"),))
    assert (last.instruction, last.input, last.output) == ("Say it.", "hello", "HELLO")
    assert last.history == (("hi", "hello"), ("你好", "您好"))
    assert {(pair.maker, pair.task, pair.license, pair.split) for pair in (first, second, last)} == {
        ("ready/chats", "ready", "CC0-1.0", "")
    }
    assert len({pair.source for pair in (first, second, last)}) == 1
    assert first.source.startswith(f"chats:{name}#")
    assert last.id == pair_id("Say it.", "hello", "HELLO", last.history) != pair_id("Say it.", "hello", "HELLO")


@pytest.mark.parametrize("format", ["sharegpt", "messages"])
@pytest.mark.parametrize("name", WRITERS)
def test_a_conversation_gives_a_pair_an_answer_with_all_before_it(tmp_path: Path, format: str, name: str) -> None:
    WRITERS[name](talk(*(text for turn in TALK for text in turn), format=format), tmp_path / name)
    found = pairs(read(tmp_path, chats(format, name)))
    assert [(pair.instruction, pair.output) for pair in found] == TALK
    assert [pair.history for pair in found] == [(), tuple(TALK[:1]), tuple(TALK[:2])]
    assert {pair.input for pair in found} == {""}


def test_a_row_of_csv_is_one_of_alpaca(tmp_path: Path) -> None:
    as_csv({"instruction": 'Say "it".', "input": "", "output": "one,\ntwo", "history": ""}, tmp_path / "a.csv")
    [pair] = pairs(read(tmp_path, chats("alpaca", "a.csv")))
    assert (pair.instruction, pair.input, pair.output, pair.history) == ('Say "it".', "", "one,\ntwo", ())


def test_an_empty_system_prompt_says_nothing_and_other_names_of_speakers_are_known() -> None:
    turns = [("system", ""), ("human", "hi"), ("assistant", "hello"), ("user", "more"), ("chatgpt", "less")]
    row = {"system": "", "tools": None, "conversations": [{"from": who, "value": text} for who, text in turns]}
    assert exchanges(row, "sharegpt") == [("hi", "", "hello"), ("more", "", "less")]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
SAID = TEXT.filter(lambda text: bool(text.strip()))


@given(st.lists(st.tuples(SAID, SAID), min_size=1, max_size=4), TEXT)
@pytest.mark.whole  # seconds
def test_whatever_is_said_comes_out_as_it_went_in(turns: list[tuple[str, str]], input: str) -> None:
    *earlier, (instruction, output) = turns
    rows: dict[str, dict[str, Any]] = {
        "alpaca": {
            "instruction": instruction,
            "input": input,
            "output": output,
            "history": [list(turn) for turn in earlier],
        },
        **{name: talk(*(text for turn in turns for text in turn), format=name) for name in ("sharegpt", "messages")},
    }
    for format, row in rows.items():
        line = json.dumps(row, ensure_ascii=False).encode()
        found = pairs(list(pairs_of([("line 1", json.loads(line))], LABEL, ready(format), "a.jsonl")))
        assert [(pair.instruction, pair.output) for pair in found] == turns
        assert found[-1].history == tuple(earlier)
        assert found[-1].input == (input if format == "alpaca" else "")


def spoken(*turns: dict[str, Any]) -> dict[str, Any]:
    return {"messages": list(turns)}


USER, ANSWER = {"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}
MALFORMED: list[tuple[str, dict[str, Any], str]] = [
    ("alpaca", {}, "missing_column"),
    ("alpaca", {"instruction": "a"}, "missing_column"),
    ("alpaca", {"instruction": "a", "output": None}, "missing_column"),
    ("alpaca", {"instruction": "a", "output": 7}, "not_text"),
    ("alpaca", {"instruction": "a", "output": {"text": "b"}}, "not_text"),
    ("alpaca", {"instruction": "a", "input": 0, "output": "b"}, "not_text"),
    ("alpaca", {"instruction": ["a"], "output": "b"}, "content_parts"),
    ("alpaca", {"instruction": "", "output": "b"}, "empty_turn"),
    ("alpaca", {"instruction": "a", "output": " \n"}, "empty_turn"),
    ("alpaca", {"instruction": "a", "output": "b", "history": "[]"}, "wrong_history"),
    ("alpaca", {"instruction": "a", "output": "b", "history": [["x"]]}, "wrong_history"),
    ("alpaca", {"instruction": "a", "output": "b", "history": ["xy"]}, "wrong_history"),
    ("alpaca", {"instruction": "a", "output": "b", "history": [["x", None]]}, "not_text"),
    ("alpaca", {"instruction": "a", "output": "b", "history": [["x", ""]]}, "empty_turn"),
    ("alpaca", {"instruction": "a", "output": "b", "system": "Be brief."}, "system_prompt"),
    ("alpaca", {"instruction": "a\0", "output": "b"}, "nul"),
    ("alpaca", {"instruction": "a", "output": "b\ud83d"}, "lone_surrogate"),
    ("messages", {"conversations": []}, "missing_column"),
    ("messages", {"messages": None}, "missing_column"),
    ("messages", {"messages": []}, "no_turns"),
    ("messages", {"messages": "hi"}, "no_turns"),
    ("messages", {"messages": {"role": "user"}}, "no_turns"),
    ("messages", spoken(*["hi"]), "broken_turn"),  # type: ignore[arg-type]
    ("messages", spoken({"content": "hi"}, ANSWER), "broken_turn"),
    ("messages", spoken({"role": None, "content": "hi"}, ANSWER), "broken_turn"),
    ("messages", spoken(USER, {"role": "assistant"}), "broken_turn"),
    ("messages", spoken(USER, {"role": "assistant", "content": None}), "not_text"),
    ("messages", spoken(USER, {"role": "assistant", "content": ""}), "empty_turn"),
    ("messages", spoken({"role": "user", "content": [{"type": "text", "text": "hi"}]}, ANSWER), "content_parts"),
    ("messages", spoken({"role": "narrator", "content": "hi"}, ANSWER), "unknown_role"),
    ("messages", spoken({"role": "system", "content": "Be brief."}, USER, ANSWER), "system_prompt"),
    ("messages", spoken({"role": "developer", "content": " "}, USER, ANSWER), "system_prompt"),
    ("messages", spoken(USER, ANSWER, {"role": "system", "content": ""}), "system_prompt"),
    ("messages", spoken({"role": "system", "content": ""}), "wrong_turns"),
    ("messages", spoken(USER), "wrong_turns"),
    ("messages", spoken(ANSWER, USER), "wrong_turns"),
    ("messages", spoken(USER, USER, ANSWER), "wrong_turns"),
    ("messages", spoken(USER, ANSWER, ANSWER), "wrong_turns"),
    ("messages", spoken(USER, ANSWER, USER), "wrong_turns"),
    ("messages", {**spoken(USER, ANSWER), "images": ["a.png"]}, "content_parts"),
    ("alpaca", {"instruction": "What is it?", "output": "A cat.", "videos": ["a.mp4"]}, "content_parts"),
    ("messages", spoken(USER, {**ANSWER, "content": None, "tool_calls": [{"id": "1"}]}), "tool_turn"),
    ("messages", spoken(USER, {"role": "tool", "content": "7"}, ANSWER), "tool_turn"),
    ("messages", {**spoken(USER, ANSWER), "tools": [{"type": "function"}]}, "tool_turn"),
    ("messages", spoken(USER, {**ANSWER, "weight": 0}), "masked_turn"),
    ("sharegpt", {"conversations": [{"from": "function_call", "value": "{}"}]}, "tool_turn"),
    ("sharegpt", {"conversations": [{"from": "human"}]}, "broken_turn"),
    ("sharegpt", {"conversations": [{"role": "user", "content": "hi"}]}, "broken_turn"),
    ("sharegpt", {"system": "Be brief.", "conversations": [{"from": "human", "value": "hi"}]}, "system_prompt"),
]


@pytest.mark.parametrize(("format", "row", "rule"), MALFORMED)
def test_a_row_that_is_not_as_it_should_be_is_set_aside_whole(format: str, row: dict[str, Any], rule: str) -> None:
    [aside] = pairs_of([("line 3", row)], LABEL, ready(format), "a.jsonl")
    assert isinstance(aside, Unreadable)
    assert aside.rule == rule
    assert aside.reason.startswith("chats:a.jsonl, line 3: ")
    if "\\u" not in aside.raw and not rule.startswith("lone"):
        assert json.loads(aside.raw) == row


def test_malformed_rows_harm_no_neighbour_and_the_books_balance(made: Callable[..., Path], workspace: Workspace) -> None:
    bad = [row for format, row, _ in MALFORMED if format == "messages"]
    good = [talk(f"question {at}", f"answer {at}") for at in range(len(bad))]
    write(workspace.root, a=[row for both in zip(good, bad, strict=True) for row in both])
    (workspace.root / "in/b.jsonl").write_bytes(b'{"messages": [\n\xff\n[1]\n"hi"\n' + b"x" * 2000 + b"\n")
    (workspace.root / "in/c.txt").write_text("no rows")
    (workspace.root / "in/d.parquet").write_bytes(b"PAR1")
    archive = made(chats())
    books = read_manifest(archive)["books"]
    rules = [row.rule for row in read_rows(archive, "quarantined", Dropped)]
    assert books["in"] == books["out"] + len(rules)
    assert sorted(set(rules)) == sorted(
        {rule for format, _, rule in MALFORMED if format == "messages"}
        | {"broken_json", "not_utf8", "too_long", "unknown_format", "unreadable"}
    )
    assert [pair.output for pair in read_rows(archive, "pairs", Pair)] == [f"answer {at}" for at in range(len(bad))]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "params").mkdir()
    (tmp_path / "text.txt").write_text("A text beside them.")
    return Workspace(tmp_path)


@pytest.fixture
def made(workspace: Workspace) -> Callable[..., Path]:
    text = LocalFiles(
        kind="local_files",
        name="notes",
        license="CC0-1.0",
        path="text.txt",
        document_kind="prose",
        columns=Columns(text="text", title="", language="", group="", id="", license="", html=False),
        longest_record=1000,
    )

    def run(*sources: Source, text: Source | None = text) -> Path:
        params = ArchiveParams(sources=(*([text] if text else []), *sources), allow_unknown_license=False)
        refresh(params, workspace)
        make(params, workspace, Numbers.open(workspace, "archive"))
        return workspace.data / "archive"

    return run


def test_documents_and_pairs_lie_apart_and_without_any_there_is_an_empty_table(
    made: Callable[..., Path], workspace: Workspace
) -> None:
    assert list(read_rows(made(), "pairs", Pair)) == []
    write(workspace.root, a=[talk("hi", "hello", "more", "less")])
    archive = made(chats())
    assert [pair.output for pair in read_rows(archive, "pairs", Pair)] == ["hello", "less"]
    assert [document.text for document in read_rows(archive, "documents", Document)] == ["A text beside them."]
    assert read_manifest(archive)["books"] == {"in": 3, "out": 3, "dropped": {}, "quarantined": {}}


@pytest.mark.whole  # seconds
def test_the_same_files_give_the_same_bytes_in_whatever_order_they_came(
    made: Callable[..., Path], workspace: Workspace
) -> None:
    rows = {name: [talk(f"{name} {at}", "yes", f"{at}", "no") for at in range(5)] for name in ("c", "a", "b")}
    write(workspace.root, **rows)
    first = (made(chats()) / "manifest.json").read_bytes()
    assert (made(chats()) / "manifest.json").read_bytes() == first
    for file in (workspace.root / "in").iterdir():
        file.unlink()
    write(workspace.root, **dict(sorted(rows.items())))
    assert (made(chats()) / "manifest.json").read_bytes() == first


def test_a_conversation_that_begins_as_another_did_gives_what_is_new(
    made: Callable[..., Path], workspace: Workspace
) -> None:
    write(workspace.root, a=[talk("hi", "hello", "more", "less"), talk("hi", "hello", "more", "no")])
    archive = made(chats())
    assert [pair.output for pair in read_rows(archive, "pairs", Pair)] == ["hello", "less", "no"]
    [twice] = read_rows(archive, "quarantined", Dropped)
    assert twice.rule == "duplicate_row" and json.loads(twice.row)["instruction"] == "hi"


def test_ids_groups_and_languages_come_from_columns(tmp_path: Path) -> None:
    write(
        tmp_path,
        a=[
            {**talk("hi", "hello"), "number": 7, "page": "tea", "lang": "en"},
            {**talk("你好", "您好"), "number": 8, "page": "tea", "lang": "zh"},
            {**talk("hm", "so"), "number": 9, "page": None, "lang": ""},
            {**talk("again", "so"), "number": 9, "page": "x", "lang": ""},
        ],
    )
    *found, twice = read(tmp_path, chats(id="number", group="page", language="lang"))
    assert [(pair.source, pair.language) for pair in pairs(found)] == [
        ("chats:tea", "en"),
        ("chats:tea", "zh"),
        ("chats:a.jsonl#9", ""),
    ]
    assert isinstance(twice, Unreadable) and twice.rule == "duplicate_id"


def test_a_source_without_pairs_and_a_road_without_text_are_refused(made: Callable[..., Path], workspace: Workspace) -> None:
    write(workspace.root, a=[{"instruction": "of another format"}])
    with pytest.raises(InputError, match=r"Source chats holds no pair\. 1 records were refused.*missing_column"):
        made(chats())
    with pytest.raises(ParamsError, match="no source is of text"):
        made(chats(), text=None)
    assert not (workspace.data / "archive").exists()


def test_brackets_a_thousand_deep_are_set_aside_or_passed_over(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    deep = "".join(f'{{"instruction": "a", "more": {"[" * depth}{"]" * depth}}}\n' for depth in range(100, 1200, 7))
    (tmp_path / "in/a.jsonl").write_text(deep)
    source = chats("alpaca")
    found = [one for one in read(tmp_path, source) if isinstance(one, Unreadable)]
    assert len(found) == deep.count("\n")
    assert {one.rule for one in found} <= {"missing_column", "broken_json", "too_long"}


def test_a_refusal_names_what_it_found() -> None:
    with pytest.raises(Refused, match="turn 2 is the user's, expected the assistant's"):
        exchanges(spoken(USER, USER), "messages")
    with pytest.raises(Refused, match="'narrator'; known: user, human"):
        exchanges(spoken({"role": "narrator", "content": "x"}), "messages")
