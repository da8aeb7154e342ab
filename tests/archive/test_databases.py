"""The databases source on SQLite: keyset pages, read-only, names that are quoted, and a URL that is never repeated."""

import sqlite3
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.archive.database import reading
from tasks.archive.databases import documents, pin, rows
from tasks.archive.found import Unreadable
from tasks.archive.lock import refresh
from tasks.archive.make import make
from tasks.archive.settings import ArchiveParams, Columns, Databases
from tasks.errors import EndpointError, EnvironmentFault, InputError, IntegrityError, ParamsError
from tasks.params import load
from tasks.records import Document, Dropped
from tasks.shards import read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

SECRET = "sw0rd@fish/%"
BODIES = ["one", "two", None, "", "three", 4, b"\xff\xfe", "nul\0", "five" * 300]
NAMES = [
    'notes"; DROP TABLE notes; --',
    "notes; DROP TABLE notes",
    "notes' OR '1'='1",
    "notes) UNION SELECT sql FROM sqlite_master --",
    "notes--",
    "notes/*",
    "`notes`",
    "[notes]",
    '"notes"',
    "main.notes",
    "notes UNION SELECT * FROM notes",
    "no%stes",
    "%(id)s",
    ":id",
    "?",
    "note\\s",
    "笔记",
    "notes\n; DELETE FROM notes",
    "pragma_table_info('notes')",
    " ",
]


def source(**changes: Any) -> Databases:
    columns = Columns(text="body", title="", language="", group="", id="", license="", html=False)
    shop = Databases(
        kind="databases",
        name="shop",
        license="CC0-1.0",
        url_variable="SHOP_URL",
        schema="",
        table="notes",
        key="id",
        rows_per_page=3,
        longest_record=1000,
        document_kind="prose",
        columns=columns,
    )
    return replace(shop, **changes)


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes a table notes(id, body) of a key type and rows, and sets SHOP_URL."""

    def fill(rows: list[tuple[Any, Any]], key: str = "INTEGER PRIMARY KEY") -> Path:
        file = tmp_path / "shop.db"
        with closing(sqlite3.connect(file)) as connection, connection:
            connection.execute("DROP TABLE IF EXISTS notes")
            connection.execute(f"CREATE TABLE notes (id {key}, body)")
            connection.executemany("INSERT INTO notes VALUES (?, ?)", rows)
        monkeypatch.setenv("SHOP_URL", f"sqlite:///{file}")
        return file

    return fill


def gaps(count: int) -> list[tuple[int, str]]:
    return [(number * number - 50, f"text {number}") for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7, 30])
@pytest.mark.parametrize("page", [1, 2, 3, 1000])
def test_pages_give_what_one_question_gives(filled: Callable[..., Path], tmp_path: Path, count: int, page: int) -> None:
    filled(gaps(count))
    got = [(row["id"], row["body"]) for row in rows(source(rows_per_page=page), tmp_path)]
    assert got == gaps(count)


def test_text_keys_come_in_their_order_whatever_is_in_them(filled: Callable[..., Path], tmp_path: Path) -> None:
    keys = ["", "a", "B", "b'c", "中", "%s", "é", "10", "9", "😀"]
    filled([(key, f"text {key}") for key in keys], "TEXT PRIMARY KEY")
    assert [row["id"] for row in rows(source(), tmp_path)] == sorted(keys)


def test_keys_beyond_32_bits_are_paged(filled: Callable[..., Path], tmp_path: Path) -> None:
    keys = [-(2**63), -1, 2**31 - 1, 2**31, 2**40, 2**63 - 1]
    filled([(key, "text") for key in keys])
    assert [row["id"] for row in rows(source(rows_per_page=1), tmp_path)] == keys


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ([1, None, 2], "is NULL in a row"),
        ([1, 2, 2, 3], "is not unique: 2 comes twice"),
        ([1, 2, 3, 3, 4], "is not unique: 3 comes twice"),
        ([1.5, 2.5], "holds float"),
        ([b"a"], "holds bytes"),
    ],
)
@pytest.mark.parametrize("page", [1, 2, 3, 100])
def test_a_column_that_is_no_key_is_refused(
    filled: Callable[..., Path], tmp_path: Path, keys: list[Any], says: str, page: int
) -> None:
    filled([(key, "text") for key in keys], "")
    with pytest.raises(InputError, match=f"{says}.*`key`"):
        list(rows(source(rows_per_page=page), tmp_path))


def test_keys_that_only_the_database_holds_for_equal_are_not_passed_over(
    filled: Callable[..., Path], tmp_path: Path
) -> None:
    filled([("a", "one"), ("A", "two"), ("b", "three")], "TEXT COLLATE NOCASE")
    with pytest.raises(InputError, match="counts there as equal"):
        list(rows(source(rows_per_page=1), tmp_path))


def test_rows_that_hold_no_text_are_quarantined_and_the_rest_goes_on(filled: Callable[..., Path], tmp_path: Path) -> None:
    filled(list(enumerate(BODIES)))
    found = list(documents(source(), tmp_path))
    assert [(row.text, row.source) for row in found if isinstance(row, Document)] == [
        ("one", "shop:notes#0"),
        ("two", "shop:notes#1"),
        ("three", "shop:notes#4"),
    ]
    refused = [(row.rule, row.reason) for row in found if isinstance(row, Unreadable)]
    assert refused == [
        ("no_text", "shop:notes, key 2: column 'body' is NULL"),
        ("empty", "shop:notes, key 3: holds no text"),
        ("no_text", "shop:notes, key 5: column 'body' is int"),
        ("no_text", "shop:notes, key 6: column 'body' is bytes"),
        ("nul", "shop:notes, key 7: has a NUL at character 3"),
        ("too_long", "shop:notes, key 8: more than 1000 bytes (`longest_record` in params/archive.yaml)"),
    ]


def test_text_that_is_not_utf8_costs_its_row_alone(filled: Callable[..., Path], tmp_path: Path) -> None:
    with closing(sqlite3.connect(filled([(1, "one"), (2, "two")]))) as connection, connection:
        connection.execute("UPDATE notes SET body = CAST(x'ff41' AS TEXT) WHERE id = 1")
    assert [type(row).__name__ for row in documents(source(), tmp_path)] == ["Unreadable", "Document"]


def test_columns_and_a_view_are_read_as_told(filled: Callable[..., Path], tmp_path: Path) -> None:
    with closing(sqlite3.connect(filled([(1, "one"), (2, "two")]))) as connection, connection:
        connection.execute("""CREATE VIEW "odd ""view" AS SELECT id, body AS "select", 'zh' AS l, 'g' AS "%s" FROM notes""")
    columns = Columns(text="select", title="id", language="l", group="%s", id="select", license="", html=False)
    (one, _) = documents(source(table='odd "view', columns=columns), tmp_path)
    assert isinstance(one, Document)
    assert (one.text, one.title, one.language, one.source) == ("one", "1", "zh", "shop:g")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("field", ["table", "schema", "key", "text"])
def test_a_name_is_a_name_whatever_is_in_it(filled: Callable[..., Path], tmp_path: Path, name: str, field: str) -> None:
    file = filled(gaps(4))
    before = file.read_bytes()
    columns = Columns(text=name, title="", language="", group="", id="", license="", html=False)
    asked = source(columns=columns) if field == "text" else source(**{field: name})
    with pytest.raises((InputError, EndpointError), match=r"^Source shop: "):
        list(rows(asked, tmp_path))
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop.db"]


@pytest.mark.parametrize("name", NAMES)
def test_a_table_and_a_column_that_really_bear_such_a_name_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    with closing(sqlite3.connect(tmp_path / "odd.db")) as connection, connection:
        connection.execute(f"CREATE TABLE {quoted} ({quoted} TEXT PRIMARY KEY)")
        connection.executemany(f"INSERT INTO {quoted} VALUES (?)", [("one",), ("two",)])
    monkeypatch.setenv("SHOP_URL", "sqlite:///odd.db")
    columns = Columns(text=name, title="", language="", group="", id="", license="", html=False)
    asked = source(table=name, key=name, columns=columns, rows_per_page=1)
    assert [row[name] for row in rows(asked, tmp_path)] == ["one", "two"]


@pytest.mark.parametrize(
    "statement", ["DELETE FROM notes", "DROP TABLE notes", "CREATE TABLE more (id)", "PRAGMA user_version=7"]
)
def test_the_connection_cannot_write(filled: Callable[..., Path], tmp_path: Path, statement: str) -> None:
    file = filled(gaps(4))
    before = file.read_bytes()
    with pytest.raises(EndpointError, match="readonly"), reading(source(), tmp_path) as connection:
        connection.exec_driver_sql(statement)
    assert file.read_bytes() == before


def test_a_reading_sees_one_snapshot(filled: Callable[..., Path], tmp_path: Path) -> None:
    file = filled(gaps(9))
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        reader = rows(source(), tmp_path)
        first = next(reader)
        with writer:
            writer.execute("DELETE FROM notes WHERE id > 0")
            writer.execute("UPDATE notes SET body = 'changed'")
        assert [row["body"] for row in (first, *reader)] == [text for _, text in gaps(9)]


def test_a_pin_is_of_the_rows_and_not_of_the_pages(filled: Callable[..., Path], tmp_path: Path) -> None:
    filled(gaps(10))
    one = pin(source(), tmp_path)
    assert one["rows"] == 10 and one == pin(source(rows_per_page=1000), tmp_path)
    filled([*gaps(9), (31, "other")])
    assert pin(source(), tmp_path)["sha256"] != one["sha256"]
    filled([(1, "1"), (2, "x")])
    text = pin(source(), tmp_path)
    filled([(1, 1), (2, "x")])
    assert pin(source(), tmp_path) != text


@pytest.mark.whole  # seconds
def test_the_archive_holds_to_the_pin_and_gives_equal_bytes(filled: Callable[..., Path], tmp_path: Path) -> None:
    workspace, asked = Workspace(tmp_path), ArchiveParams(sources=(source(),), allow_unknown_license=False)
    filled([*enumerate(BODIES), (20, "one")])
    refresh(asked, workspace)
    manifests = []
    for _ in range(2):
        make(asked, workspace, Numbers.open(workspace, "archive"))
        manifests.append((workspace.data / "archive" / "manifest.json").read_bytes())
    assert manifests[0] == manifests[1]
    books = read_manifest(workspace.data / "archive")["books"]
    assert (books["in"], books["out"]) == (10, 4)
    assert len(list(read_rows(workspace.data / "archive", "quarantined", Dropped))) == 6
    filled(gaps(3))
    with pytest.raises(IntegrityError, match=r"Source shop is not what .*rows 3"):
        make(asked, workspace, Numbers.open(workspace, "archive"))


def test_a_near_name_is_proposed(filled: Callable[..., Path], tmp_path: Path) -> None:
    filled(gaps(1))
    with pytest.raises(InputError, match=r"no table 'note' .*did you mean 'notes'"):
        list(rows(source(table="note"), tmp_path))
    with pytest.raises(InputError, match=r"no column 'idx' .*did you mean 'id'"):
        list(rows(source(key="idx"), tmp_path))


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("", InputError, "is not set"),
        ("sw0rd@fish/%", InputError, "holds no SQLAlchemy URL"),
        ("nosuch://u:{}@h/d", EnvironmentFault, "does not know"),
        ("postgresql+psycopg2://u:{}@127.0.0.1:1/d", EnvironmentFault, "pip install psycopg2-binary"),
        ("mysql://u:{}@127.0.0.1:1/d", EnvironmentFault, "pip install mysqlclient"),
        ("sqlite+aiosqlite:///d?password={}", EnvironmentFault, "(pip install aiosqlite|is for asyncio)"),
        ("postgresql://u:{}@127.0.0.1:1/d", EndpointError, "could not be read"),
        ("postgresql://u:{}@127.0.0.1:port/d", InputError, "holds no SQLAlchemy URL"),
        ("postgresql://u:{}@127.0.0.1:1/d?nosuch={}", EndpointError, "could not be read"),
        ("sqlite://", InputError, "names no file"),
        ("sqlite:///sw0rd%40fish.db", InputError, "leads to no file"),
        ("sqlite:///params/sw0rd", EndpointError, "not a database"),
    ],
)
def test_a_url_that_is_no_good_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, error: type[Exception], says: str
) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "sw0rd").write_text("no database, but text " * 100)
    monkeypatch.setenv("SHOP_URL", url.format(*["sw0rd%40fish%2F%25"] * 2))
    with pytest.raises(error, match=says) as raised:
        list(rows(source(), tmp_path))
    assert "sw0rd" not in str(raised.value)


@pytest.mark.parametrize("field", ["url_variable", "schema", "table", "key", "url", "kind"])
def test_a_url_in_params_is_refused_and_not_repeated(tmp_path: Path, field: str) -> None:
    wanted = {
        "kind": "databases",
        "name": "shop",
        "license": "MIT",
        "url_variable": "SHOP_URL",
        "schema": "''",
        "table": "n",
    }
    wanted |= {"key": "id", "rows_per_page": "9", "longest_record": "99", "document_kind": "prose"}
    wanted |= {"columns": "{text: t, title: '', language: '', group: '', id: '', license: '', html: false}"}
    path = tmp_path / "archive.yaml"
    wanted[field] = f"'postgresql://reader:{SECRET}@host/shop'"
    path.write_text(
        "allow_unknown_license: false\nsources:\n  - {"
        + ", ".join(f"{name}: {value}" for name, value in wanted.items())
        + "}\n"
    )
    with pytest.raises(ParamsError) as raised:
        load(ArchiveParams, path)
    assert SECRET not in str(raised.value) and "sw0rd" not in str(raised.value)


@pytest.mark.whole
def test_a_hundred_thousand_rows_need_no_more_memory_than_a_thousand(filled: Callable[..., Path], tmp_path: Path) -> None:
    peaks = []
    for count in (1_000, 100_000):
        filled([(number, f"{number} " + "x" * 500) for number in range(count)])
        tracemalloc.start()
        assert pin(source(rows_per_page=500), tmp_path)["rows"] == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.3
