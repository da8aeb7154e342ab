"""data/archive/ as a whole: pinned, balanced, the same bytes each time, and errors that say what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.archive.lock import refresh
from tasks.archive.make import make
from tasks.archive.settings import ArchiveParams, Columns, HubDatasets, LocalFiles, PythonDocs, Source
from tasks.errors import EndpointError, InputError, IntegrityError, ParamsError
from tasks.params import load
from tasks.records import Document, Dropped
from tasks.shards import read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

COLUMNS = Columns(text="text", title="", language="", group="", id="", license="", html=False)
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def files(name: str = "notes", path: str = "in") -> LocalFiles:
    return LocalFiles(
        kind="local_files",
        name=name,
        license="CC0-1.0",
        path=path,
        document_kind="prose",
        columns=COLUMNS,
        longest_record=1000,
    )


def hub(path: str) -> HubDatasets:
    return HubDatasets(
        kind="hub_datasets",
        name="set",
        license="MIT",
        path=path,
        revision=COMMIT,
        subset="",
        split="train",
        document_kind="prose",
        columns=COLUMNS,
    )


JSON_DOCS = PythonDocs(kind="python_docs", name="docs", license="PSF-2.0", packages=("json",), shortest_docstring=80)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "params").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n{"text": "one"}\nbroken\n')
    return Workspace(tmp_path)


@pytest.fixture
def made(workspace: Workspace) -> Callable[..., Path]:
    def run(*sources: Source) -> Path:
        make(ArchiveParams(sources=sources, allow_unknown_license=False), workspace, Numbers.open(workspace, "archive"))
        return workspace.data / "archive"

    return run


def test_the_books_of_two_sources_balance_and_each_id_is_there_once(
    workspace: Workspace, made: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    refresh(ArchiveParams(sources=(files(), JSON_DOCS), allow_unknown_license=False), workspace)
    archive = made(files(), JSON_DOCS)
    assert "archive: 2 records set aside" in capsys.readouterr().err
    documents = list(read_rows(archive, "documents", Document))
    books = read_manifest(archive)["books"]
    assert books["in"] == books["out"] + sum(books["quarantined"].values())
    assert books["quarantined"] == {"broken_json": 1, "duplicate_row": 1}
    assert len({document.id for document in documents}) == len(documents) == books["out"]
    assert [row.row.strip() for row in read_rows(archive, "quarantined", Dropped) if row.rule == "broken_json"] == ["broken"]


@pytest.mark.whole  # seconds
def test_two_runs_give_equal_bytes(workspace: Workspace, made: Callable[..., Path]) -> None:
    refresh(ArchiveParams(sources=(files(), JSON_DOCS), allow_unknown_license=False), workspace)
    first = (made(files(), JSON_DOCS) / "manifest.json").read_bytes()
    assert (made(files(), JSON_DOCS) / "manifest.json").read_bytes() == first


@pytest.mark.whole  # seconds
def test_a_changed_source_stops_the_stage_until_it_is_refreshed(workspace: Workspace, made: Callable[..., Path]) -> None:
    params = ArchiveParams(sources=(files(), JSON_DOCS), allow_unknown_license=False)
    with pytest.raises(InputError, match=r"python -m tasks\.archive\.refresh"):
        made(files(), JSON_DOCS)
    assert refresh(params, workspace) == ["docs", "notes"]
    made(files(), JSON_DOCS)
    (workspace.root / "in" / "b.txt").write_text("three")
    with pytest.raises(IntegrityError, match=r"Source notes .*python -m tasks\.archive\.refresh"):
        made(files(), JSON_DOCS)
    assert refresh(params, workspace) == ["notes"]
    assert "three" in [document.text for document in read_rows(made(files(), JSON_DOCS), "documents", Document)]


def test_refreshing_an_unchanged_world_leaves_the_lock_untouched(workspace: Workspace) -> None:
    lock = workspace.params / "sources.lock"
    refresh(ArchiveParams(sources=(files(), hub("org/set")), allow_unknown_license=False), workspace)
    before = lock.read_bytes(), lock.stat().st_mtime_ns
    assert refresh(ArchiveParams(sources=(files(), hub("org/set")), allow_unknown_license=False), workspace) == []
    assert (lock.read_bytes(), lock.stat().st_mtime_ns) == before
    assert refresh(ArchiveParams(sources=(files(),), allow_unknown_license=False), workspace) == ["set"]


def test_an_empty_source_is_named_with_what_it_held_instead(workspace: Workspace, made: Callable[..., Path]) -> None:
    (workspace.root / "bad").mkdir()
    (workspace.root / "bad" / "a.jsonl").write_text('{"txt": "misnamed"}\n')
    refresh(ArchiveParams(sources=(files(), files("other", "bad")), allow_unknown_license=False), workspace)
    with pytest.raises(InputError, match=r"Source other holds no document\. 1 records were refused.*the row has txt"):
        made(files(), files("other", "bad"))
    assert not (workspace.data / "archive").exists()


def test_sources_need_names_of_their_own(made: Callable[..., Path]) -> None:
    with pytest.raises(ParamsError, match="2 sources are named 'notes'"):
        made(files(), files())
    with pytest.raises(ParamsError, match="empty"):
        made()


def test_a_hub_without_network_says_what_to_do(
    workspace: Workspace, made: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    refresh(ArchiveParams(sources=(hub("org/set"),), allow_unknown_license=False), workspace)
    with pytest.raises(EndpointError, match=r"org/set at 0123456789ab .*source of files"):
        made(hub("org/set"))
    assert not (workspace.data / "archive").exists()


@pytest.mark.whole
def test_a_data_set_in_the_hubs_layout_gives_its_rows(workspace: Workspace, made: Callable[..., Path]) -> None:
    (workspace.root / "in" / "a.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    here = hub(str(workspace.root / "in"))
    refresh(ArchiveParams(sources=(here,), allow_unknown_license=False), workspace)
    documents = list(read_rows(made(here), "documents", Document))
    assert [document.text for document in documents] == ["one", "two"]
    assert documents[0].source.startswith("set:train#")


@pytest.mark.parametrize(("name", "data"), [("a.jsonl", '{"text": "one"}\n{"text": '), ("a.parquet", "no parquet")])
def test_a_data_set_that_cannot_be_read_says_what_to_do(
    workspace: Workspace, made: Callable[..., Path], name: str, data: str
) -> None:
    (workspace.root / "broken").mkdir()
    (workspace.root / "broken" / name).write_text(data)
    here = hub(str(workspace.root / "broken"))
    refresh(ArchiveParams(sources=(here,), allow_unknown_license=False), workspace)
    with pytest.raises(EndpointError, match=r"Source set: .*params/archive\.yaml"):
        made(here)


def test_a_branch_is_no_revision(tmp_path: Path) -> None:
    path = tmp_path / "archive.yaml"
    columns = "{text: text, title: '', language: '', group: '', id: '', license: '', html: false}"
    path.write_text(
        "allow_unknown_license: false\nsources:\n"
        "  - {kind: hub_datasets, name: set, license: MIT, path: org/set, revision: main, subset: '', "
        f"split: train, document_kind: prose, columns: {columns}}}\n"
    )
    with pytest.raises(ParamsError, match=r"revision = 'main'"):
        load(ArchiveParams, path)


def test_the_params_in_git_are_good() -> None:
    assert load(ArchiveParams, Path("params/archive.yaml")).sources
