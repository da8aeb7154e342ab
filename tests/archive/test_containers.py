"""Zips, tars and packed files: read member by member, in bounded memory, and what is wrong with one costs one row."""

import bz2
import gzip
import lzma
import stat
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.archive.found import Unreadable
from tasks.archive.local_files import documents
from tasks.archive.packed import FREE, RATIO
from tasks.archive.refused import Refused
from tasks.archive.rows import parquet_rows
from tasks.archive.settings import Columns, LocalFiles
from tasks.records import Document

COLUMNS = Columns(text="text", title="", language="", group="", id="", license="", html=False)
FILES = {"b.txt": "Hello, 指令.", "deep/a.jsonl": '{"text": "one"}\n{"text": "two"}\nbroken\n', "deep/.hidden.txt": "no"}


def zstd(data: bytes) -> bytes:
    return pa.compress(data, codec="zstd", asbytes=True)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd,
}


def read(root: Path, longest: int = 1000) -> tuple[list[Document], list[Unreadable]]:
    source = LocalFiles(
        kind="local_files", name="notes", license="CC0-1.0", path="in", document_kind="prose", columns=COLUMNS,
        longest_record=longest,
    )  # fmt: skip
    found = list(documents(source, root))
    return [one for one in found if isinstance(one, Document)], [one for one in found if isinstance(one, Unreadable)]


def put(root: Path, name: str, data: bytes) -> None:
    (root / "in").mkdir(exist_ok=True)
    (root / "in" / name).write_bytes(data)


def zipped(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return whole.getvalue()


def tarred(members: dict[str, bytes | str], format: int = tarfile.PAX_FORMAT) -> bytes:
    whole = BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=format) as archive:
        for name, data in members.items():
            info, body = tarfile.TarInfo(name), data.encode() if isinstance(data, str) else data
            info.size = len(body)
            archive.addfile(info, BytesIO(body))
    return whole.getvalue()


def rules(aside: list[Unreadable]) -> list[tuple[str, str]]:
    return [(one.rule, one.reason.removeprefix("notes:").partition(":")[0]) for one in aside]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.zip", zipped(FILES)),
        ("a.zip", zipped(FILES, zipfile.ZIP_STORED)),
        ("a.tar", tarred(FILES)),
        ("a.tar", tarred(FILES, tarfile.GNU_FORMAT)),
        ("a.tgz", gzip.compress(tarred(FILES), mtime=0)),
        *((f"a.tar{suffix}", pack(tarred(FILES))) for suffix, pack in PACKERS.items()),
    ],
)
def test_members_are_read_as_files_are_in_their_order(tmp_path: Path, name: str, data: bytes) -> None:
    put(tmp_path, name, data)
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["Hello, 指令.", "one", "two"]
    assert (good[0].source, good[0].title) == (f"notes:{name}!b.txt", "b")
    assert good[1].source.startswith(f"notes:{name}!deep/a.jsonl#")
    assert rules(aside) == [("broken_json", f"{name}!deep/a.jsonl, line 3")]


@pytest.mark.parametrize("suffix", PACKERS)
def test_packed_files_may_be_of_several_streams_and_of_none(tmp_path: Path, suffix: str) -> None:
    pack = PACKERS[suffix]
    put(tmp_path, f"a.txt{suffix}", pack(b"one, ") + pack(b"two"))
    put(tmp_path, f"b.txt{suffix}", b"")
    put(tmp_path, f"c.txt{suffix}", b"no such thing")
    put(tmp_path, f"d.txt{suffix}", pack(b"text") + b"and something else")
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["one, two"]
    assert [rule for rule, _ in rules(aside)] == ["empty", "unreadable", "unreadable"]


def test_zeros_behind_a_gzip_are_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a.txt.gz", gzip.compress(b"one") + bytes(100_000) + gzip.compress(b" two") + bytes(7))
    assert [document.text for document in read(tmp_path)[0]] == ["one two"]


@pytest.mark.parametrize("suffix", ["", ".gz", ".xz", ".zst"])
def test_of_a_tar_that_is_cut_off_what_comes_before_is_kept(tmp_path: Path, suffix: str) -> None:
    texts = [Random(number).randbytes(5_000).hex() for number in range(40)]
    whole = PACKERS.get(suffix, bytes)(tarred({f"{number:02}.txt": text for number, text in enumerate(texts)}))
    last = -1
    for end in range(0, len(whole), max(1, len(whole) // 8)):
        put(tmp_path, f"a.tar{suffix}", whole[:end])
        good, aside = read(tmp_path, longest=100_000)
        assert [document.text for document in good] == texts[: len(good)]
        assert [one.rule for one in aside] == ["cut_off"]
        assert len(good) >= last
        last = len(good)
    assert last > 20


@pytest.mark.parametrize("suffix", PACKERS)
def test_of_a_text_that_is_cut_off_quarantine_shows_the_beginning(tmp_path: Path, suffix: str) -> None:
    text = Random(1).randbytes(150_000).hex()
    packed = PACKERS[suffix](text.encode())
    put(tmp_path, f"a.txt{suffix}", packed[: len(packed) - 100])
    good, aside = read(tmp_path, longest=10**6)
    assert not good
    assert rules(aside) == [("cut_off", f"a.txt{suffix}")]
    assert (
        suffix == ".bz2" or len(aside[0].raw) > 1000
    )  # of bzip2 a block of 900 KB, of zstd one of 128, comes whole or not at all
    assert text.startswith(aside[0].raw)


def test_a_tar_is_counted_once_not_for_its_packing_and_again_for_its_members(tmp_path: Path) -> None:
    text = b"a line of a log\n" * (FREE // 20)
    data = gzip.compress(tarred({"a.txt": text}))
    assert len(text) < FREE + RATIO * len(data) < 2 * len(text)
    put(tmp_path, "a.tar.gz", data)
    good, aside = read(tmp_path, longest=FREE)
    assert [len(document.text) for document in good] == [len(text)]
    assert not aside


def test_a_zip_without_its_directory_is_one_row(tmp_path: Path) -> None:
    put(tmp_path, "a.zip", zipped(FILES)[:-40])
    assert rules(read(tmp_path)[1]) == [("cut_off", "a.zip")]


def test_names_of_a_zip_from_windows_in_china_are_read_as_meant(tmp_path: Path) -> None:
    meant = ["使用说明.txt", "第一章 安装系统.txt", "第二章 常见的问题.txt"]
    stand_ins = {letter * len(name.encode("gbk")): name for letter, name in zip("abc", meant, strict=True)}
    body = zipped(dict(stand_ins))
    for stand_in, name in stand_ins.items():
        body = body.replace(stand_in.encode(), name.encode("gbk"))
    put(tmp_path, "a.zip", body)
    good, aside = read(tmp_path)
    assert [document.source for document in good] == [f"notes:a.zip!{name}" for name in meant]
    assert [document.title for document in good] == [document.text.partition(".")[0] for document in good]
    assert not aside


def test_a_broken_member_of_a_zip_costs_itself_alone(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": "first " * 20, "b.txt": "second", "c.txt": "third"}, zipfile.ZIP_STORED))
    data[data.index(b"second")] ^= 1
    put(tmp_path, "a.zip", bytes(data))
    good, aside = read(tmp_path)
    assert [document.title for document in good] == ["a", "c"]
    assert rules(aside) == [("unreadable", "a.zip!b.txt")]


def test_a_parquet_in_a_container_is_read(tmp_path: Path) -> None:
    table = BytesIO()
    pq.write_table(pa.table({"text": ["one", "two"]}), table)
    put(tmp_path, "a.zip", zipped({"a.parquet": table.getvalue()}))
    put(tmp_path, "b.tar.zst", zstd(tarred({"a.parquet": table.getvalue()})))
    assert [document.text for document in read(tmp_path)[0]] == ["one", "two"] * 2


def test_a_container_in_a_container_is_refused(tmp_path: Path) -> None:
    put(
        tmp_path,
        "a.zip",
        zipped({"b.zip": zipped(FILES), "c.tar.gz": b"x", "d.txt.gz": gzip.compress(b"fine", mtime=0), "e.tgz": b"x"}),
    )
    put(tmp_path, "b.zip.gz", gzip.compress(zipped(FILES)))
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["fine"]
    assert rules(aside) == [("nested", name) for name in ("a.zip!b.zip", "a.zip!c.tar.gz", "a.zip!e.tgz", "b.zip.gz")]


def test_names_that_come_twice_and_encrypted_members_are_refused(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = BytesIO()
        with zipfile.ZipFile(whole, "w") as archive:
            for text in ("first", "second"):
                archive.writestr("a.txt", text)
    locked = bytearray(zipped({"b.txt": "secret"}))
    for mark in (b"PK\3\4", b"PK\1\2"):
        locked[locked.index(mark) + (6 if mark == b"PK\3\4" else 8)] |= 1
    put(tmp_path, "a.zip", whole.getvalue())
    put(tmp_path, "b.zip", bytes(locked))
    twice = tarred({"a.txt": "first"})[:1024] + tarred({"a.txt": "second"})
    put(tmp_path, "c.tar", twice)
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["first", "first"]
    assert rules(aside) == [
        ("duplicate_name", "a.zip!a.txt"),
        ("encrypted", "b.zip!b.txt"),
        ("duplicate_name", "c.tar!a.txt"),
    ]


def test_links_devices_pipes_and_sparse_files_are_refused(tmp_path: Path) -> None:
    whole = BytesIO()
    kinds = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for kind in kinds:
            info = tarfile.TarInfo(f"{kind.decode()}.txt")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        fine = tarfile.TarInfo("z.txt")
        fine.size = 4
        archive.addfile(fine, BytesIO(b"fine"))
    put(tmp_path, "a.tar", whole.getvalue())
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pipe = zipfile.ZipInfo("pipe.txt")
    pipe.external_attr = (stat.S_IFIFO | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "in" / "b.zip", "w") as zip:
        zip.writestr(link, "/etc/passwd")
        zip.writestr(pipe, "x")
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["fine"]
    assert [one.rule for one in aside] == ["not_a_file"] * (len(kinds) + 2)


def overlapping(members: int) -> bytes:
    """A zip whose directory names one kernel many times, as David Fifield's bomb does."""
    one = zipped({"0.txt": bytes(100_000)})
    body, entry = one[: one.index(b"PK\1\2")], one[one.index(b"PK\1\2") : one.index(b"PK\5\6")]
    directory = b"".join(entry.replace(b"0.txt", f"{number:05}"[-5:].encode()) for number in range(members))
    count, size, offset = (
        members.to_bytes(2, "little"),
        len(directory).to_bytes(4, "little"),
        len(body).to_bytes(4, "little"),
    )
    return body + directory + b"PK\5\6" + bytes(4) + count + count + size + offset + bytes(2)


def test_members_on_top_of_each_other_are_a_bomb(tmp_path: Path) -> None:
    put(tmp_path, "a.zip", overlapping(1000))
    put(tmp_path, "b.zip", zipped(FILES))
    good, aside = read(tmp_path)
    assert len(good) == 3
    assert rules(aside)[0] == ("overlapping", "a.zip")


@pytest.mark.parametrize(
    "kind", ["a.jsonl.gz", "a.jsonl.bz2", "a.jsonl.xz", "a.jsonl.zst", "a.zip", "a.tar.gz", "a.tar.zst"]
)
def test_a_bomb_is_unpacked_up_to_its_ratio_and_no_further(tmp_path: Path, kind: str) -> None:
    text = bytes(2 * FREE + 2**20)
    if kind == "a.zip":
        data = zipped({"a.jsonl": text, "b.txt": "after"})
    else:
        packed = text if "jsonl" in kind else tarred({"a.jsonl": text, "b.txt": "after"})
        data = PACKERS["." + kind.rpartition(".")[2]](packed)
    assert len(text) > FREE + RATIO * len(data)
    put(tmp_path, kind, data)
    put(tmp_path, "z.txt", b"good")
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["good"]
    assert aside[0].rule == "too_packed"
    assert len(aside) <= 2


def test_more_members_than_there_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasks.archive.containers.tarred.MEMBERS", 3)
    monkeypatch.setattr("tasks.archive.containers.zipped.MEMBERS", 3)
    monkeypatch.setattr("tasks.archive.containers.zipped.LONGEST_DIRECTORY", 500)
    put(tmp_path, "a.tar", tarred({f"{number}.txt": f"{number}" for number in range(9)}))
    put(tmp_path, "b.zip", zipped({f"{number}.txt": f"{number}" for number in range(4)}))
    put(tmp_path, "c.zip", zipped({f"{number}.txt": f"{number}" for number in range(20)}))
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["0", "1", "2"]
    assert [one.rule for one in aside] == ["too_many_members"] * 3


def test_headers_without_measure_end_a_tar(tmp_path: Path) -> None:
    def header(type: bytes, size: int) -> bytes:
        info = tarfile.TarInfo("x")
        info.type, info.size = type, size
        return info.tobuf(tarfile.GNU_FORMAT)

    fine = tarred({"a.txt": "fine"})[:1024]
    for kind in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_SPARSE):
        put(tmp_path, "a.tar", fine + header(kind, 2**30) + bytes(2**20))
        good, aside = read(tmp_path)
        assert ([document.text for document in good], [one.rule for one in aside]) == (["fine"], ["unreadable"])
    put(tmp_path, "a.tar", fine + (header(tarfile.XHDTYPE, 0)) * 5000 + fine)
    assert [one.rule for one in read(tmp_path)[1]] == ["unreadable"]


def test_tars_behind_each_other_are_one_and_what_is_no_header_is_told(tmp_path: Path) -> None:
    put(tmp_path, "a.tar", tarred({"a.txt": "one"}) + tarred({"b.txt": "two"}))
    put(tmp_path, "b.tar", tarred({"a.txt": "one"})[:1024] + b"garbage " * 64 + tarred({"b.txt": "two"}))
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["one", "two", "one"]
    assert rules(aside) == [("unreadable", "b.tar")]


whole_files = {
    ".zip": zipped(FILES),
    ".tar": tarred(FILES),
    ".tar.gz": gzip.compress(tarred(FILES), mtime=0),
    ".tar.zst": zstd(tarred(FILES)),
    ".tar.xz": lzma.compress(tarred(FILES)),
    ".txt.bz2": bz2.compress(b"Hello " * 1000),
}


@given(st.sampled_from(sorted(whole_files)), st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=8))
@pytest.mark.whole  # seconds
def test_no_changed_byte_stops_the_reading(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(whole_files[suffix])
    for place, value in changes:
        data[place % len(data)] = value
    root = tmp_path_factory.mktemp("changed")
    put(root, f"a{suffix}", bytes(data))
    put(root, "z.txt", b"good")
    good, aside = read(root, longest=10_000)
    assert good[-1].text == "good"
    assert len(good) + len(aside) > 1


def test_a_packer_that_asks_for_much_memory_gets_none(tmp_path: Path) -> None:
    put(tmp_path, "a.txt.xz", lzma.compress(b"text", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 2**29}]))
    put(tmp_path, "b.txt.xz", lzma.compress(b"text", preset=9))
    good, (bad,) = read(tmp_path)
    assert [document.text for document in good] == ["text"]
    assert (bad.rule, "Memory" in bad.reason) == ("unreadable", True)


@pytest.mark.whole
def test_names_that_are_too_long_are_told_of_by_their_beginning(tmp_path: Path) -> None:
    long = "%" + "25" * 20_000 + "2e/a.txt"
    put(tmp_path, "a.zip", zipped({long: "x", "b.txt": "fine"}))
    put(tmp_path, "b.tar", tarred({long: "x", "c.txt": "fine"}))
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["fine", "fine"]
    assert [(one.rule, len(one.reason) < 1200) for one in aside] == [("long_name", True)] * 2


def test_a_parquet_that_says_it_is_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    table = BytesIO()
    pq.write_table(pa.table({"text": ["x" * 2**25]}), table, compression="zstd", use_dictionary=False)
    put(tmp_path, "a.parquet", table.getvalue())
    assert rules(read(tmp_path)[1]) == [("too_packed", "a.parquet")]


def test_no_changed_byte_of_a_parquets_footer_ends_the_process() -> None:
    table = BytesIO()
    pq.write_table(pa.table({"text": ["one", "two"], "茶": [["a"], ["b"]]}), table)
    chance, rules = Random(1), set()
    for _ in range(1000):
        data = bytearray(table.getvalue())
        for _ in range(3):
            data[chance.randrange(len(data) // 4, len(data))] = chance.randrange(256)
        try:
            list(parquet_rows(BytesIO(data), 1000))
        except Refused as refused:
            rules.add(refused.rule)
    assert "unreadable" in rules
