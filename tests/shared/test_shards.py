"""Published folders: whole or absent, equal rows equal bytes, and damage is found."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import EnvironmentFault, InputError, IntegrityError
from tasks.records import SCHEMAS, Document, Dropped, Pair, Preference, Words, content_id
from tasks.shards import new_folder, publish_text, read_manifest, read_rows, verify, write_shard
from tests.mounts import mounted

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
documents = st.lists(st.builds(Document, *[texts] * len(Document.__slots__)), max_size=8)


def document(text: str) -> Document:
    return Document(content_id(text), text, "en", "title", "prose", "toy:a", "CC0-1.0")


def publish(folder: Path, rows: list[Document], rows_per_shard: int = 10) -> None:
    with new_folder(folder) as out:
        out.rows("documents", rows, Document, rows_per_shard)
        out.facts["books"] = {"in": len(rows)}


def tree(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@given(documents)
def test_rows_come_back_as_they_went_in(tmp_path_factory: pytest.TempPathFactory, rows: list[Document]) -> None:
    folder = tmp_path_factory.mktemp("round") / "toy"
    publish(folder, rows, rows_per_shard=3)
    assert list(read_rows(folder, "documents", Document)) == rows
    assert sum(facts.get("rows", 0) for facts in read_manifest(folder)["files"].values()) == len(rows)


def test_a_pair_with_history_comes_back_as_it_went_in(tmp_path: Path) -> None:
    pair = Pair(
        "1", "say", "a", "b", (("你好", "hi"),), "zh", "toy", "hand@1", ("d1", "d2"), "toy:a", ("json",), "", "CC0", "train"
    )
    with new_folder(tmp_path / "toy") as out:
        out.rows("train", [pair], Pair)
    assert list(read_rows(tmp_path / "toy", "train", Pair)) == [pair]


def test_every_field_of_a_record_has_its_column() -> None:
    assert {kind.__name__: schema.names for kind, schema in SCHEMAS.items()} == {
        kind.__name__: list(kind.__slots__) for kind in (Document, Pair, Preference, Words, Dropped)
    }


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    rows = [document(word) for word in ("one", "二", "three\u2028lines")]
    publish(tmp_path / "a", rows)
    publish(tmp_path / "b", rows)
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_an_error_in_the_middle_leaves_the_old_folder_and_no_rest(tmp_path: Path) -> None:
    publish(tmp_path / "toy", [document("old")])
    before = tree(tmp_path / "toy")
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "toy") as out:
        out.rows("documents", [document("new")], Document)
        _ = 1 / 0
    assert tree(tmp_path / "toy") == before
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


KILLED = """
import os, signal, sys
from pathlib import Path
from tasks.records import Document
from tasks.shards import new_folder
with new_folder(Path(sys.argv[1])) as out:
    out.rows("documents", [Document("1", "new", "en", "", "prose", "toy:a", "CC0")], Document)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_kill_in_the_middle_leaves_the_old_folder_and_the_next_try_succeeds(tmp_path: Path) -> None:
    publish(tmp_path / "toy", [document("old")])
    before = tree(tmp_path / "toy")
    child = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "toy")], check=False)
    assert child.returncode == -signal.SIGKILL
    assert tree(tmp_path / "toy") == before
    publish(tmp_path / "toy", [document("new")])
    assert [row.text for row in read_rows(tmp_path / "toy", "documents", Document)] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["toy"]


def test_an_unfinished_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "toy" / "documents").mkdir(parents=True)
    write_shard(tmp_path / "toy" / "documents" / "00000.parquet", [document("a")], Document)
    with pytest.raises(InputError, match="dvc repro toy"):
        list(read_rows(tmp_path / "toy", "documents", Document))


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "gone"])
def test_damage_to_any_file_is_found_and_named(tmp_path: Path, damage: str) -> None:
    publish(tmp_path / "toy", [document("a")])
    verify(tmp_path / "toy")
    file = tmp_path / "toy" / "documents" / "00000.parquet"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    {
        "flip": lambda: file.write_bytes(data),
        "cut": lambda: file.write_bytes(data[:-1]),
        "empty": lambda: file.write_bytes(b""),
        "gone": file.unlink,
    }[damage]()
    with pytest.raises(IntegrityError, match=r"00000\.parquet"):
        verify(tmp_path / "toy")


def test_columns_of_another_kind_are_refused(tmp_path: Path) -> None:
    publish(tmp_path / "toy", [document("a")])
    with pytest.raises(InputError, match="columns of Pair"):
        list(read_rows(tmp_path / "toy", "documents", Pair))


def test_a_folder_that_cannot_be_made_is_an_environment_fault(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(EnvironmentFault, match="Nothing was published"):
        publish(tmp_path / "data" / "toy", [])


def test_a_file_that_cannot_be_read_for_a_folder_is_named_and_not_blamed_on_the_folder(tmp_path: Path) -> None:
    with (
        pytest.raises(EnvironmentFault, match=r"other/here\.txt: No such file") as fault,
        new_folder(tmp_path / "toy") as out,
    ):
        out.text("here.txt", (tmp_path / "other" / "here.txt").read_text())
    assert "Could not write" not in str(fault.value)
    assert "Nothing was published" in str(fault.value)


@pytest.mark.parametrize("how", ["rows", "text", "copy"])
def test_a_full_disk_is_blamed_on_the_folder_however_it_is_written(tmp_path: Path, how: str) -> None:
    long = "".join(content_id(str(number)) for number in range(20_000))
    (tmp_path / "disk").mkdir()
    (tmp_path / "long.txt").write_text(long)
    with mounted(tmp_path / "disk", "size=64k"):
        with (
            pytest.raises(EnvironmentFault, match=r"Could not write \S+/disk/toy: .*No space left"),
            new_folder(tmp_path / "disk" / "toy") as out,
        ):
            if how == "rows":
                out.rows("documents", [document(long)], Document)
            elif how == "text":
                out.text("long.txt", long)
            else:
                shutil.copyfile(tmp_path / "long.txt", out.path / "long.txt")
        assert not list((tmp_path / "disk").iterdir())


def test_every_broken_byte_of_a_manifest_is_damage_or_changes_no_file(tmp_path: Path) -> None:
    publish(tmp_path / "data" / "toy", [document("a")])
    manifest = tmp_path / "data" / "toy" / "manifest.json"
    good = manifest.read_bytes()
    files = read_manifest(manifest.parent)["files"]
    for place in range(len(good)):
        for bad in (good[:place], good[:place] + b"\xff" + good[place + 1 :], good[:place] + b"_" + good[place + 1 :]):
            manifest.write_bytes(bad)
            try:
                verify(manifest.parent)
                assert {name: facts["sha256"] for name, facts in read_manifest(manifest.parent)["files"].items()} == {
                    name: facts["sha256"] for name, facts in files.items()
                }
            except IntegrityError as error:
                assert "dvc repro toy" in str(error)


def test_damage_in_a_cache_is_no_business_of_dvc(tmp_path: Path) -> None:
    folder = tmp_path / ".cache" / "step-000040"
    publish(folder, [])
    (folder / "manifest.json").write_bytes(b"{")
    with pytest.raises(IntegrityError, match=r"Delete .*step-000040 and run the same command again") as error:
        verify(folder)
    assert "dvc" not in str(error.value)


def test_a_text_in_a_read_only_folder_is_an_environment_fault(tmp_path: Path) -> None:
    with mounted(tmp_path, "ro"), pytest.raises(EnvironmentFault, match="Read-only"):
        publish_text(tmp_path / "a.yaml", "new")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_keeps_the_old_text(tmp_path: Path) -> None:
    publish_text(tmp_path / "a.yaml", "old")
    full = tmp_path / f".a.yaml.{os.getpid()}.partial"
    full.symlink_to("/dev/full")
    with pytest.raises(EnvironmentFault, match="No space left"):
        publish_text(tmp_path / "a.yaml", "new")
    assert (tmp_path / "a.yaml").read_text(encoding="utf-8") == "old"
    assert not full.is_symlink()
