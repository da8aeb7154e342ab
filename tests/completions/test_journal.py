"""The journal keeps what was written, whatever happens next, and tells apart all that decides an answer."""

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.completions.journal import Journal, Reply, key_of
from tasks.errors import EnvironmentFault


def reply(text: str) -> Reply:
    return Reply(text, "stop", len(text))


def test_what_was_written_is_read_and_the_rest_is_not_there(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "cache" / "journal.sqlite")
    assert journal.read(["a"]) == {}
    journal.write({"a": reply("ä\x00指令"), "b": reply("")})
    assert Journal(journal.file).read(["a", "b", "c"]) == {"a": reply("ä\x00指令"), "b": reply("")}


def test_the_first_reply_to_a_key_stays(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.write({"a": reply("first")})
    journal.write({"a": reply("second"), "b": reply("new")})
    assert journal.read(["a", "b"]) == {"a": reply("first"), "b": reply("new")}


def test_thousands_of_keys_and_several_writers_at_once_are_fine(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    parts = [{f"{part}-{number}": reply(str(number)) for number in range(600)} for part in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(journal.write, parts))
    assert len(journal.read([key for part in parts for key in part])) == 2400


def test_all_who_open_a_new_journal_at_once_get_in(tmp_path: Path) -> None:
    for number in range(40):  # one in thirty failed before
        journal = Journal(tmp_path / f"{number}.sqlite")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(journal.write, [{str(writer): reply("yes")} for writer in range(8)]))
        assert len(journal.read([str(writer) for writer in range(8)])) == 8


@pytest.mark.whole  # a process that imports torch first
def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tasks.completions.journal import Journal, Reply\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "for number in range(10**6):\n"
        "    journal.write({str(number): Reply(str(number), 'stop', 1)}); print(number, flush=True)\n"
    )
    file = tmp_path / "journal.sqlite"
    with subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(5)]
        os.kill(process.pid, signal.SIGKILL)
    assert len(Journal(file).read([line.strip() for line in said])) == 5


def test_a_damaged_journal_says_that_it_may_be_deleted(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    file.write_bytes(b"this is no database" * 100)
    with pytest.raises(EnvironmentFault, match="delete it"):
        Journal(file).read(["a"])
    with pytest.raises(EnvironmentFault, match="cannot be used"):
        Journal(tmp_path).read(["a"])


def test_it_is_flushed_at_each_commit(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    with journal._opened() as database:
        assert database.execute("PRAGMA synchronous").fetchone() == (2,)
    with sqlite3.connect(journal.file) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_all_that_decides_an_answer_makes_another_key() -> None:
    keys = {
        key_of("", "prompt", identity="model", max_new_tokens=48, stop=("\n\n",)),
        key_of("prompt", "", identity="model", max_new_tokens=48, stop=("\n\n",)),
        key_of("p", "rompt", identity="model", max_new_tokens=48, stop=("\n\n",)),
        key_of("", "prompt", identity="another", max_new_tokens=48, stop=("\n\n",)),
        key_of("", "prompt", identity="model", max_new_tokens=49, stop=("\n\n",)),
        key_of("", "prompt", identity="model", max_new_tokens=48, stop=("\n", "\n")),
        key_of("", "prompt", identity="model", max_new_tokens=48, stop=()),
    }
    assert len(keys) == 7
    assert key_of("", "\ud800", identity="model", max_new_tokens=48, stop=())  # a lone surrogate is a text like any other
