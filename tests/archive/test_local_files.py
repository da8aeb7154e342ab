"""Files as users have them: broken lines go to quarantine with their place, and the rest goes on."""

import gzip
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.archive.found import Unreadable
from tasks.archive.local_files import documents, pin
from tasks.archive.settings import Columns, LocalFiles
from tasks.errors import InputError
from tasks.records import Document, Dropped
from tasks.shards import as_json, read_rows
from tests.archive.made_files import docx, epub, paragraph, pdf_of_forms, pdf_of_pages, xhtml

PLAIN = Columns(text="text", title="", language="", group="", id="", license="", html=False)


def source(path: str = "in", columns: Columns = PLAIN, longest: int = 1000) -> LocalFiles:
    return LocalFiles(
        kind="local_files",
        name="notes",
        license="CC0-1.0",
        path=path,
        document_kind="prose",
        columns=columns,
        longest_record=longest,
    )


def put(root: Path, name: str, data: bytes | str) -> Path:
    file = root / "in" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return file


def read(root: Path, asked: LocalFiles | None = None) -> tuple[list[Document], list[Unreadable]]:
    found = list(documents(asked or source(), root))
    return [one for one in found if isinstance(one, Document)], [one for one in found if isinstance(one, Unreadable)]


def jsonl(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", "Hello, 指令."),
        ("a.md", "Hello, 指令."),
        ("a.TXT", "Hello, 指令."),
        ("a.rst", "Hello, 指令."),
        ("a.html", "<title>a</title><p>Hello, 指令.</p>"),
        ("a.htm.gz", gzip.compress("<p>Hello, 指令.".encode(), mtime=0)),
        ("a.xhtml", xhtml("<p>Hello, 指令.</p>")),
        ("a.pdf", pdf_of_pages(["Hello, 指令."])),
        ("a.docx", docx(paragraph("Hello, 指令."))),
        ("a.epub", epub({"a.xhtml": xhtml("Hello, 指令.")})),
        ("a.json", '{"text": "Hello, 指令."}'),
        ("a.json", '[{"text": "Hello, 指令."}]'),
        ("a.jsonl", '\n{"text": "Hello, 指令."}\n\n'),
        ("a.ndjson", '{"text": "Hello, 指令."}\n'),
        ("a.csv", 'text,n\r\n"Hello, 指令.",1\r\n'),
        ("a.tsv", "text\tn\nHello, 指令.\t1\n"),
        ("a.tsv", 'n\ttext\n1\t"Hello, 指令."\n'),
        ("a.txt.gz", gzip.compress("Hello, 指令.".encode(), mtime=0)),
        ("a.csv.gz", gzip.compress('text\n"Hello, 指令."\n'.encode(), mtime=0)),
        ("a.txt", b"\xef\xbb\xbf" + "Hello, 指令.".encode()),
        ("a.jsonl", b"\xef\xbb\xbf" + '{"text": "Hello, 指令."}'.encode()),
        ("a.csv", b"\xef\xbb\xbf" + 'text\n"Hello, 指令."'.encode()),
    ],
)
def test_every_format_gives_its_text_as_found(tmp_path: Path, name: str, data: bytes | str) -> None:
    put(tmp_path, name, data)
    (document,), aside = read(tmp_path)
    assert document.text == "Hello, 指令."
    assert document.source.startswith(f"notes:{name}")
    assert not aside


@pytest.mark.parametrize("name", ["a.parquet", "a.parquet.gz"])
def test_parquet_too(tmp_path: Path, name: str) -> None:
    table = BytesIO()
    pq.write_table(pa.table({"text": ["one", None, "three" * 300], "n": [1, 2, 3]}), table)
    put(tmp_path, name, gzip.compress(table.getvalue()) if name.endswith(".gz") else table.getvalue())
    (document,), aside = read(tmp_path)
    assert document.text == "one"
    assert [(one.rule, one.reason.removeprefix("notes:").split(":")[0]) for one in aside] == [
        ("no_text", f"{name}, row 2"),
        ("too_long", f"{name}, row 3"),
    ]


@pytest.mark.parametrize(
    ("name", "data", "rule", "says"),
    [
        ("a.jsonl", b'{"text": "good"}\n{"text": "ba', "broken_json", "line 2"),
        ("a.jsonl", b'{"text": "good"}\n["text"]\n', "broken_json", "expected an object"),
        ("a.jsonl", b'{"text": "good"}\n' + b"[" * 900, "broken_json", "line 2"),
        ("a.jsonl", b'{"text": "good"}\n{"text": ' + b"1" * 900 + b"}", "no_text", "is int"),
        ("a.jsonl", b'{"text": "good"}\n{"txt": "no"}\n', "no_text", "the row has txt"),
        ("a.jsonl", b'{"text": "good"}\n{"text": "\xff"}\n', "not_utf8", "0xff"),
        ("a.jsonl", b'{"text": "good"}\n{"text": "\\u0000"}\n', "nul", "NUL at character 0"),
        ("a.jsonl", b'{"text": "good"}\n{"text": "\\ud800"}\n', "lone_surrogate", "surrogate"),
        ("a.jsonl", b'{"text": "good"}\n{"text": "  "}\n', "empty", "no text"),
        ("a.jsonl", b'{"text": "good"}\n{"text": "' + b"x" * 2000 + b'"}\n', "too_long", "longest_record"),
        ("a.json", b'[{"text": "good"}, 7]', "broken_json", "item 2"),
        ("a.csv", b"text,n\ngood,1\nbad\n", "broken_row", "1 fields"),
        ("a.csv", b'text,n\ngood,1\n"open,2\n', "broken_row", "not closed"),
        ("a.csv", b'text,n\ngood,1\n"open' + b"\n" * 2000, "broken_row", "within 1000 bytes"),
    ],
)
def test_a_bad_record_is_quarantined_with_its_place_and_the_good_one_goes_on(
    tmp_path: Path, name: str, data: bytes, rule: str, says: str
) -> None:
    put(tmp_path, name, data)
    good, (bad,) = read(tmp_path)
    assert [document.text for document in good] == ["good"]
    assert bad.rule == rule
    assert says in bad.reason
    assert bad.reason.startswith(f"notes:{name}")


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("b.txt", b"", "empty"),
        ("b.txt", b"\xff\xfe", "empty"),
        ("b.txt", b"\x89PNG\r\n\x1a\n\xff\0\0", "not_text"),
        ("b.jsonl", b"\n\n", "empty"),
        ("b.csv", b"text\n", "empty"),
        ("b.tsv", "text\tn\na\t1\n".encode("utf-16"), "not_utf8"),
        ("b.txt", b"a\0b", "nul"),
        ("b.txt", b"x" * 1001, "too_long"),
        ("b.html", b"<script>x</script>", "empty"),
        ("b.htm", b"<meta charset=utf-8>" + bytes(range(128, 256)), "not_text"),
        ("b.xhtml", b"<!DOCTYPE x [<!ENTITY i 'x'>]><html>&i;</html>", "entities"),
        ("b.pdf", b"%PDF-1.7", "broken_pdf"),
        ("b.docx", b"PK", "broken_zip"),
        ("b.docx", docx(paragraph("  ")), "empty"),
        ("b.docx", docx(paragraph("x" * 9001)), "too_long"),
        ("b.epub", epub({}), "empty"),
        ("b.json", b"{", "broken_json"),
        ("b.csv", b"\xff\n", "not_utf8"),
        ("b.parquet", b"PAR1", "unreadable"),
        ("b.parquet.gz", b"PAR1", "unreadable"),
        ("b.parquet.gz", gzip.compress(b"PAR1" * 100, mtime=0), "unreadable"),
        ("b.parquet.gz", gzip.compress(b"PAR1" * 100, mtime=0)[:-12], "cut_off"),
        ("b.txt.gz", b"no gzip", "unreadable"),
        ("b.txt.gz", gzip.compress(b"hello" * 100, mtime=0)[:-12], "cut_off"),
        ("b.exe", b"MZ", "unknown_format"),
        ("b", b"text", "unknown_format"),
    ],
)
def test_a_bad_file_is_quarantined_and_the_next_one_read(tmp_path: Path, name: str, data: bytes, rule: str) -> None:
    put(tmp_path, name, data)
    put(tmp_path, "c.txt", "good")
    good, (bad,) = read(tmp_path)
    assert [document.text for document in good] == ["good"]
    assert bad.rule == rule
    assert bad.reason.startswith(f"notes:{name}: ")


@pytest.mark.whole
def test_what_hangs_swells_or_crashes_a_parser_costs_itself_alone_and_twice_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.archive.local_files.SECONDS_TO_READ", 0.5)
    put(tmp_path, "a.pdf", pdf_of_forms(4, 30, b"q Q " * 20_000))
    put(tmp_path, "b.html", "<div>" * 1_000_000)
    put(tmp_path, "c.docx", docx(paragraph("&i;"), prolog="<!DOCTYPE x [<!ENTITY i 'x'>]>"))
    put(tmp_path, "d.epub", epub({"../../../canary.txt": ""}))
    put(tmp_path, "e.pdf", pdf_of_pages(["第一页"], ["page two"], title="茶"))
    put(tmp_path, "f.md", "---\ntitle: Tea\n---\nBoil water.")
    put(tmp_path, "g.rst", "Tea\n===\n\n.. include:: /etc/passwd\n")
    good, bad = read(tmp_path, source(longest=10**7))
    assert [(one.title, one.text) for one in good] == [
        ("茶", "第一页\n\npage two"),
        ("Tea", "---\ntitle: Tea\n---\nBoil water."),
        ("Tea", "Tea\n===\n\n.. include:: /etc/passwd\n"),
    ]
    assert [(one.rule, one.reason.removeprefix("notes:").split(":")[0]) for one in bad] == [
        ("too_costly", "a.pdf"),
        ("too_deep", "b.html"),
        ("entities", "c.docx"),
        ("missing_member", "d.epub"),
    ]
    assert (good, bad) == read(tmp_path, source(longest=10**7))


def test_links_out_of_the_folder_pipes_and_links_to_nowhere_are_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "good.txt", "good")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "secret.txt")
    (tmp_path / "in" / "lost.txt").symlink_to(tmp_path / "in" / "none.txt")
    (tmp_path / "in" / "loop.txt").symlink_to("loop.txt")
    (tmp_path / "in" / "inside.txt").symlink_to("good.txt")
    os.mkfifo(tmp_path / "in" / "pipe.txt")
    good, bad = read(tmp_path)
    assert [document.text for document in good] == ["good", "good"]
    assert [(one.rule, one.reason.removeprefix("notes:").split(":")[0]) for one in bad] == [
        ("outside", "link.txt"),
        ("unreadable", "loop.txt"),
        ("unreadable", "lost.txt"),
        ("unreadable", "pipe.txt"),
    ]
    assert pin(source(), tmp_path)["files"] == 6


def test_a_folder_behind_a_link_is_told_of(tmp_path: Path) -> None:
    put(tmp_path, "deep/a.txt", "good")
    (tmp_path / "in" / "link").symlink_to("deep")
    good, bad = read(tmp_path)
    assert [document.source for document in good] == ["notes:deep/a.txt"]
    assert [(one.rule, one.reason.removeprefix("notes:").split(":")[0]) for one in bad] == [("unreadable", "link")]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Node.js 18.txt", "Node.js 18"),
        ("3.14.md.gz", "3.14"),
        ("a.html", "a"),
        ("b.TXT", "b"),
        ("deep/v1.2 of tea.txt", "v1.2 of tea"),
    ],
)
def test_a_file_without_a_title_has_its_name_without_the_endings(tmp_path: Path, name: str, title: str) -> None:
    put(tmp_path, name, gzip.compress(b"good") if name.endswith(".gz") else "good")
    assert [document.title for document in read(tmp_path)[0]] == [title]


@pytest.mark.parametrize(
    "odd",
    [
        pa.array([2**50, 0], pa.timestamp("ms")),
        pa.array([2**30, 0], pa.date32()),
        pa.array([2**62, 0], pa.duration("ms")),
        pa.array([0, None], pa.timestamp("s", tz="No/Where")),
        pa.StructArray.from_arrays([pa.array([1, 2])] * 2, names=["x", "x"], mask=pa.array([False, True])),
    ],
)
def test_what_python_cannot_hold_in_any_column_of_a_parquet_costs_its_row(tmp_path: Path, odd: pa.Array) -> None:
    body = BytesIO()
    pq.write_table(pa.table({"text": ["one", "two"], "odd": odd}), body)
    put(tmp_path, "a.parquet", body.getvalue())
    good, bad = read(tmp_path)
    assert [document.text for document in good] == ["two"]
    assert [(one.rule, one.reason.partition(" holds")[0]) for one in bad] == [
        ("broken_row", "notes:a.parquet, row 1: column 'odd'")
    ]


def test_of_two_columns_of_one_name_none_is_taken_for_the_other(tmp_path: Path) -> None:
    body = BytesIO()
    pq.write_table(pa.Table.from_arrays([pa.array(["one"]), pa.array(["two"])], names=["text", "text"]), body)
    put(tmp_path, "a.parquet", body.getvalue())
    put(tmp_path, "b.csv", "text,text\none,two\n")
    put(tmp_path, "c.csv", "text,,\nthree,,\n")  # as spreadsheets write empty columns
    good, bad = read(tmp_path)
    assert [document.text for document in good] == ["three"]
    assert [one.rule for one in bad] == ["duplicate_column", "duplicate_column"]


@pytest.mark.whole
def test_lines_of_200_megabytes_cost_no_memory(tmp_path: Path) -> None:
    put(tmp_path, "small.txt", "good")
    before = memory_of_archive(tmp_path)
    big = [f"big.{suffix}" for suffix in ("csv", "html", "json", "jsonl", "jsonl.gz", "pdf", "txt")]
    for name in big:
        file = put(tmp_path, name, "")
        with gzip.open(file, "wb", 1) if name.endswith(".gz") else file.open("wb") as stream:
            for _ in range(200):
                stream.write(b"x" * 10**6)
    after = memory_of_archive(tmp_path)
    aside = list(read_rows(tmp_path / "data" / "archive", "quarantined", Dropped))
    assert [(row.rule, row.reason.removeprefix("notes:").split(":")[0].split(",")[0]) for row in aside] == [
        ("too_long", name) for name in big
    ]
    assert after < before + 20 * 2**20


# Asked of a small process: what Linux calls a child's peak begins with the memory of the process that started it.
MEASURED = """
import resource, subprocess, sys
subprocess.run([sys.executable, "-m", "tasks.archive.refresh"], check=True, stdout=subprocess.DEVNULL)
subprocess.run([sys.executable, "-m", "tasks.archive"], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def memory_of_archive(root: Path) -> int:
    """Make the archive of in/ as a user does; the most memory that it took, in bytes."""
    (root / "params").mkdir(exist_ok=True)
    (root / "dvc.yaml").touch()
    (root / "params" / "archive.yaml").write_text(
        as_json({"allow_unknown_license": False, "sources": [asdict(source(longest=100_000))]})
    )
    command, environment = [sys.executable, "-c", MEASURED], os.environ | {"PYTHONPATH": os.getcwd()}
    done = subprocess.run(command, cwd=root, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return int(done.stdout)


def test_after_an_endless_line_the_next_is_read(tmp_path: Path) -> None:
    put(tmp_path, "a.jsonl", b"x" * 300_000 + b'\n{"text": "good"}\n')
    good, (bad,) = read(tmp_path)
    assert (good[0].text, bad.rule) == ("good", "too_long")


def test_a_page_and_its_translation_in_another_file_share_a_source_by_their_group(tmp_path: Path) -> None:
    put(tmp_path, "en.jsonl", jsonl({"text": "list files", "page": "ls"}, {"text": "copy files", "page": "cp"}))
    put(tmp_path, "zh.jsonl", jsonl({"text": "列出文件", "page": "ls"}))
    columns = Columns(text="text", title="page", language="", group="page", id="", license="", html=False)
    good, _ = read(tmp_path, source(columns=columns))
    assert [(document.source, document.title) for document in good] == [
        ("notes:ls", "ls"),
        ("notes:cp", "cp"),
        ("notes:ls", "ls"),
    ]
    assert len({document.id for document in good}) == 3


def test_without_an_id_a_row_is_known_by_its_text_not_its_place(tmp_path: Path) -> None:
    put(tmp_path, "a.jsonl", jsonl({"text": "one"}, {"text": "two"}))
    before, _ = read(tmp_path)
    put(tmp_path, "a.jsonl", jsonl({"text": "zero"}, {"text": "one"}, {"text": "two"}))
    after, _ = read(tmp_path)
    assert after[1:] == before


def test_the_second_row_with_an_id_is_quarantined(tmp_path: Path) -> None:
    put(tmp_path, "a.jsonl", jsonl({"text": "one", "key": 7}, {"text": "other", "key": 7}, {"text": "two", "key": 8}))
    columns = Columns(text="text", title="", language="", group="", id="key", license="", html=False)
    good, (bad,) = read(tmp_path, source(columns=columns))
    assert [document.source for document in good] == ["notes:a.jsonl#7", "notes:a.jsonl#8"]
    assert (bad.rule, bad.raw) == ("duplicate_id", "other")


def test_turns_become_lines_and_other_columns_title_and_language(tmp_path: Path) -> None:
    put(tmp_path, "a.jsonl", jsonl({"turns": ["你好", "你好！"], "topic": 3, "lang": "zh-TW"}))
    columns = Columns(text="turns", title="topic", language="lang", group="", id="", license="", html=False)
    (document,), _ = read(tmp_path, source(columns=columns))
    assert (document.text, document.title, document.language) == ("你好\n你好！", "3", "zh-TW")


@pytest.mark.parametrize(
    ("setting", "says"),
    [("group", "did you mean 'page'"), ("license", "they have text, page"), ("title", "columns: title")],
)
def test_a_column_that_no_row_has_stops_the_source(tmp_path: Path, setting: str, says: str) -> None:
    put(tmp_path, "a.jsonl", jsonl({"text": "one", "page": "ls"}))
    put(tmp_path, "b.txt", "no table")
    wanted = {"title": "", "language": "", "group": "", "id": "", "license": ""} | {setting: "pagee"}
    if setting == "license":
        wanted["license"] = "terms"
    with pytest.raises(InputError, match=re.escape(says)):
        read(tmp_path, source(columns=Columns(text="text", html=False, **wanted)))


def test_a_column_that_some_rows_have_is_fine(tmp_path: Path) -> None:
    put(tmp_path, "a.jsonl", jsonl({"text": "one"}, {"text": "two", "page": "ls"}))
    put(tmp_path, "b.jsonl", jsonl({"text": "three"}))
    columns = Columns(text="text", title="", language="", group="page", id="", license="", html=False)
    good, bad = read(tmp_path, source(columns=columns))
    assert ([document.text for document in good], bad) == (["one", "two", "three"], [])


def test_code_is_text_and_a_menu_of_a_page_is_not(tmp_path: Path) -> None:
    put(tmp_path, "a.py", "def f():\n    return 1\n")
    put(tmp_path, "b.html", "<nav><a>Home</a></nav><p>Text.</p><footer>Rights</footer>")
    put(tmp_path, "c.markdown", "# Title\n\nText.")
    good, _ = read(tmp_path)
    assert [(document.title, document.text) for document in good] == [
        ("a", "def f():\n    return 1\n"),
        ("b", "Text."),
        ("Title", "# Title\n\nText."),
    ]


def test_html_in_a_column_is_read_as_a_page_is(tmp_path: Path) -> None:
    page = "<meta charset=gb2312><title>渡船</title><style>p {}</style><p>六点<b>开船</b>&amp;回来</p><script>no()</script>"
    rows = [{"text": page, "key": 1}, {"text": page, "key": 2, "head": "船"}, {"text": "<p></p>", "key": 3}]
    put(tmp_path, "a.jsonl", jsonl(*rows) + '{"text": "<p>x\\ud800</p>", "key": 4}\n')
    columns = Columns(text="text", title="head", language="", group="", id="key", license="", html=True)
    good, bad = read(tmp_path, source(columns=columns))
    assert [(document.title, document.text) for document in good] == [("渡船", "六点开船&回来"), ("船", "六点开船&回来")]
    assert sorted(refused.rule for refused in bad) == ["empty", "lone_surrogate"]


def test_a_pattern_a_file_and_a_folder_name_the_same_places(tmp_path: Path) -> None:
    put(tmp_path, "deep/a.txt", "a")
    put(tmp_path, "b.md", "b")
    put(tmp_path, ".hidden/c.txt", "c")
    assert [document.source for document in read(tmp_path)[0]] == ["notes:b.md", "notes:deep/a.txt"]
    assert [document.source for document in read(tmp_path, source("in/**/*.txt"))[0]] == ["notes:deep/a.txt"]
    assert [document.source for document in read(tmp_path, source("in/b.md"))[0]] == ["notes:b.md"]
    for nothing in ("out", "in/*.csv", "out/*.txt"):
        with pytest.raises(InputError, match="leads to no file"):
            read(tmp_path, source(nothing))


def test_the_pin_follows_names_and_contents_alone(tmp_path: Path) -> None:
    file = put(tmp_path, "a.txt", "a")
    before = pin(source(), tmp_path)
    os.utime(file, (1, 1))
    assert pin(source(), tmp_path) == before
    put(tmp_path, "a.txt", "b")
    changed = pin(source(), tmp_path)
    file.rename(file.with_name("b.txt"))
    assert len({pins["sha256"] for pins in (before, changed, pin(source(), tmp_path))}) == 3


@given(st.binary(max_size=300), st.sampled_from(["a.jsonl", "a.csv", "a.json", "a.txt", "a.html", "a.parquet", "a.txt.gz"]))
@pytest.mark.whole  # seconds
def test_no_bytes_stop_the_reading(tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str) -> None:
    root = tmp_path_factory.mktemp("bytes")
    put(root, name, data)
    put(root, "z.txt", "good")
    good, _ = read(root)
    assert good[-1].text == "good"
