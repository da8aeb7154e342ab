"""The databases source on a real PostgreSQL, started here; skipped with its reason where no server is installed."""

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pg8000.dbapi
import pytest

from tasks.archive.database import reading
from tasks.archive.databases import documents, pin, rows
from tasks.archive.lock import refresh
from tasks.archive.make import make
from tasks.archive.settings import ArchiveParams, Columns, Databases
from tasks.errors import EndpointError, InputError
from tasks.records import Document
from tasks.tracking import Numbers
from tasks.workspace import Workspace

pytestmark = pytest.mark.whole

PASSWORD = "sw0rd"
TEXT = Columns(text="body", title="", language="", group="", id="", license="", html=False)
UUIDS = [uuid.UUID(int=number) for number in (5, 1, 2**127, 77)]


@dataclass
class Server:
    """A PostgreSQL of our own on 127.0.0.1."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def say(self, *statements: str) -> list[Any]:
        """Run statements, each on its own; the rows of the last."""
        login = {"user": "postgres", "password": PASSWORD, "host": "127.0.0.1", "port": self.port}
        connection = pg8000.dbapi.connect(**login)
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        found = list(cursor.fetchall()) if cursor.description else []
        connection.close()
        return found


def programs() -> Path:
    """The folder of initdb and postgres, the newest where there are several. Skips the test where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    if not found and (other := shutil.which("initdb")):
        found = [Path(other).resolve()]
    if not found:
        pytest.skip("PostgreSQL is not installed (no initdb): `apt install postgresql` to run this test")
    return found[-1].parent


@pytest.fixture
def started() -> Iterator[Callable[[], Server]]:
    """Starts servers in folders of their own, and ends and removes them."""
    cleanup: list[Callable[[], object]] = []

    def start() -> Server:
        bin, folder = programs(), Path(tempfile.mkdtemp(prefix="zhiling-pg-"))
        cleanup.append(lambda: shutil.rmtree(folder))
        as_user = {"user": "nobody"} if os.getuid() == 0 else {}  # PostgreSQL refuses to run as root
        (folder / "password").write_text(PASSWORD)
        if as_user:
            for path in (folder, folder / "password"):
                shutil.chown(path, "nobody")
        initdb = [bin / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "scram-sha-256", "-N", "-E", "UTF8"]
        initdb += ["--locale=C.UTF-8", "--pwfile", folder / "password"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **as_user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "shared_buffers": "16MB",
            "fsync": "off",
        }
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        command = [bin / "postgres", "-D", folder / "data", "-p", str(port), *words]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **as_user)
        cleanup.append(lambda: (process.kill(), process.wait()))
        return answering(Server(process, port))

    yield start
    for clean in reversed(cleanup):
        clean()


def answering(server: Server) -> Server:
    """The server, once it answers."""
    for _ in range(300):
        try:
            server.say("SELECT 1")
            return server
        except (pg8000.dbapi.Error, OSError):
            assert server.process.poll() is None, "postgres ended at once"
            time.sleep(0.1)
    raise TimeoutError("postgres does not answer")


def source(**changes: Any) -> Databases:
    shop = Databases(
        kind="databases",
        name="shop",
        license="CC0-1.0",
        url_variable="SHOP_URL",
        schema="",
        table="notes",
        key="id",
        rows_per_page=100,
        longest_record=1000,
        document_kind="prose",
        columns=TEXT,
    )
    return replace(shop, **changes)


def test_a_real_postgresql_is_read_and_never_written(
    started: Callable[[], Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = started()
    monkeypatch.setenv("SHOP_URL", server.url)
    server.say(
        "CREATE TABLE notes (id bigint PRIMARY KEY, body text)",
        "INSERT INTO notes SELECT n * n + 3000000000 * (n % 2), 'text ' || n FROM generate_series(1, 1000) AS n",
        "CREATE TABLE words (id text PRIMARY KEY, body text)",
        "INSERT INTO words VALUES ('b', '一'), ('A', 'two'), ('%s', 'three'), ('é', NULL), ('', '')",
        "CREATE TABLE ids (id uuid PRIMARY KEY, body text[])",
        *(f"INSERT INTO ids VALUES ('{one}', ARRAY['turn', 'turn {one.int}'])" for one in UUIDS),
        "CREATE TABLE loose (id int, body text)",
        "INSERT INTO loose VALUES (1, 'a'), (NULL, 'b')",
        "CREATE TABLE doubled (id int, body text)",
        "INSERT INTO doubled VALUES (1, 'a'), (2, 'b'), (2, 'c')",
        "CREATE COLLATION lax (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
        "CREATE TABLE cased (id text COLLATE lax, body text)",
        "INSERT INTO cased VALUES ('a', '1'), ('A', '2'), ('b', '3')",
        "CREATE TABLE read_by (who text)",
        "CREATE FUNCTION note_reader() RETURNS text AS $$ INSERT INTO read_by VALUES ('me') RETURNING who $$ LANGUAGE sql",
        "CREATE VIEW nosy AS SELECT id, note_reader() AS body FROM notes",
        'CREATE SCHEMA "odd ""schema"',
        'CREATE TABLE "odd ""schema"."%s; --" ("select" numeric PRIMARY KEY, ":b" text)',
        """INSERT INTO "odd ""schema"."%s; --" VALUES (1.5, 'one'), (10, 'two')""",
        "CREATE MATERIALIZED VIEW kept AS SELECT * FROM notes",
    )
    pages_give_what_one_question_gives(server, tmp_path)
    other_keys_work(tmp_path)
    odd_names_work(server, tmp_path)
    bad_keys_are_refused(tmp_path)
    nothing_is_written(server, tmp_path)
    one_snapshot_is_read(server, tmp_path)
    a_wrong_password_is_not_repeated(server, monkeypatch, tmp_path)


def pages_give_what_one_question_gives(server: Server, root: Path) -> None:
    whole = [tuple(row) for row in server.say("SELECT id, body FROM notes ORDER BY id")]
    for page in (1, 7, 999, 1000, 1001):
        assert [(row["id"], row["body"]) for row in rows(source(rows_per_page=page), root)] == whole
    assert pin(source(rows_per_page=7), root) == pin(source(), root) == pin(source(table="kept"), root)


def other_keys_work(root: Path) -> None:
    assert [row["id"] for row in rows(source(table="words", rows_per_page=1), root)] == ["", "%s", "A", "b", "é"]
    found = list(documents(source(table="words"), root))
    assert [row.rule for row in found if not isinstance(row, Document)] == ["empty", "no_text"]
    assert [row["id"] for row in rows(source(table="ids", rows_per_page=1), root)] == sorted(UUIDS)
    texts = [row.text for row in documents(source(table="ids"), root) if isinstance(row, Document)]
    assert texts == [f"turn\nturn {one.int}" for one in sorted(UUIDS)]


def odd_names_work(server: Server, root: Path) -> None:
    odd = source(schema='odd "schema', table="%s; --", key="select", columns=replace(TEXT, text=":b"), rows_per_page=1)
    assert [row[":b"] for row in rows(odd, root)] == ["one", "two"]
    before = server.say("SELECT count(*) FROM pg_class")
    for name in (
        'notes"; DROP TABLE notes; --',
        "notes; DROP TABLE notes",
        "notes' OR '1'='1",
        "%(a)s",
        "public.notes",
        " ",
    ):
        for asked in (source(table=name), source(schema=name), source(key=name), source(columns=replace(TEXT, text=name))):
            with pytest.raises(InputError, match=r"^Source shop: no (table|column)"):
                list(rows(asked, root))
    assert server.say("SELECT count(*) FROM pg_class") == before


def bad_keys_are_refused(root: Path) -> None:
    for table, says in {"loose": "is NULL", "doubled": "2 comes twice", "cased": "counts there as equal"}.items():
        with pytest.raises(InputError, match=says):
            list(rows(source(table=table, rows_per_page=1), root))


def nothing_is_written(server: Server, root: Path) -> None:
    with pytest.raises(EndpointError, match="cannot execute INSERT in a read-only transaction"):
        list(rows(source(table="nosy"), root))
    with pytest.raises(EndpointError, match="read-only"), reading(source(), root) as connection:
        connection.exec_driver_sql("DELETE FROM notes")
    assert [tuple(row) for row in server.say("SELECT count(*) FROM read_by")] == [(0,)]


def one_snapshot_is_read(server: Server, root: Path) -> None:
    before = [row["body"] for row in rows(source(), root)]
    reader = rows(source(rows_per_page=1), root)
    first = next(reader)
    server.say("DELETE FROM notes WHERE id % 2 = 0", "UPDATE notes SET body = 'changed'")
    assert [row["body"] for row in (first, *reader)] == before


def a_wrong_password_is_not_repeated(server: Server, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.setenv("SHOP_URL", server.url.replace(PASSWORD, "s3cret"))
    with pytest.raises(EndpointError, match="password authentication failed") as raised:
        list(rows(source(), root))
    assert "s3cret" not in str(raised.value)


def test_a_server_killed_in_mid_read_leaves_nothing_half_written(
    started: Callable[[], Server], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    server = started()
    monkeypatch.setenv("SHOP_URL", server.url)
    server.say(
        "CREATE TABLE notes (id int PRIMARY KEY, body text)",
        "INSERT INTO notes SELECT n, 'text ' || n FROM generate_series(1, 20000) AS n",
    )
    workspace, asked = Workspace(tmp_path), ArchiveParams(sources=(source(),), allow_unknown_license=False)
    refresh(asked, workspace)
    make(asked, workspace, Numbers.open(workspace, "archive"))
    before = (workspace.data / "archive" / "manifest.json").read_bytes()
    killer = threading.Thread(
        target=kill_once_there, args=(server, workspace.data / ".archive.partial/documents/00001.parquet")
    )
    killer.start()
    with pytest.raises(EndpointError, match=r"^Source shop: the database of SHOP_URL could not be read") as raised:
        make(asked, workspace, Numbers.open(workspace, "archive"))
    killer.join()
    assert PASSWORD not in str(raised.value) and "Traceback" not in capfd.readouterr().err
    assert (workspace.data / "archive" / "manifest.json").read_bytes() == before
    assert [path.name for path in workspace.data.iterdir()] == ["archive"]


def kill_once_there(server: Server, file: Path) -> None:
    while not file.exists() and server.process.poll() is None:
        time.sleep(0.005)
    server.process.kill()
