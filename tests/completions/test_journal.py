"""The journal keeps what was written, whatever happens next, and tells apart all that decides an answer."""

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.completions import Journal, Reply, Request
from tasks.errors import EnvironmentFault

A, B = ("a", 9), ("b", 9)


def reply(text: str) -> Reply:
    return Reply(text, "stop", len(text))


def test_what_was_written_is_read_and_the_rest_is_not_there(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "cache" / "journal.sqlite")
    assert journal.read([A]) == {}
    journal.write({A: reply("ä\x00指令"), B: reply("")})
    assert Journal(journal.file).read([A, B, ("c", 9)]) == {A: reply("ä\x00指令"), B: reply("")}


def test_the_first_reply_to_a_key_stays(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.write({A: reply("first")})
    journal.write({A: reply("second"), B: reply("new")})
    assert journal.read([A, B]) == {A: reply("first"), B: reply("new")}


def test_a_temperature_of_0_is_that_of_0_0() -> None:
    assert Request("a", 9, temperature=0, top_p=1).key("m") == Request("a", 9, temperature=0.0, top_p=1.0).key("m")


def test_thousands_of_keys_and_several_writers_at_once_are_fine(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    parts = [{(f"{part}-{number}", 9): reply(str(number)) for number in range(600)} for part in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(journal.write, parts))
    assert len(journal.read([key for part in parts for key in part])) == 2400


@pytest.mark.whole  # seconds
def test_all_who_open_a_new_journal_at_once_get_in(tmp_path: Path) -> None:
    for number in range(40):  # one in thirty failed before
        journal = Journal(tmp_path / f"{number}.sqlite")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(journal.write, [{(str(writer), 9): reply("yes")} for writer in range(8)]))
        assert len(journal.read([(str(writer), 9) for writer in range(8)])) == 8


@pytest.mark.whole  # a process that imports torch first
def test_what_was_written_survives_a_kill(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tasks.completions import Journal, Reply\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "for number in range(10**6):\n"
        "    journal.write({(str(number), 9): Reply(str(number), 'stop', 1)}); print(number, flush=True)\n"
    )
    file = tmp_path / "journal.sqlite"
    with subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(5)]
        os.kill(process.pid, signal.SIGKILL)
    assert len(Journal(file).read([(line.strip(), 9) for line in said])) == 5


def test_a_damaged_journal_says_that_it_may_be_deleted(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    file.write_bytes(b"this is no database" * 100)
    with pytest.raises(EnvironmentFault, match="delete it"):
        Journal(file).read([A])
    with pytest.raises(EnvironmentFault, match="cannot be used"):
        Journal(tmp_path).read([A])


def test_it_is_flushed_at_each_commit(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    with journal._opened() as database:
        assert database.execute("PRAGMA synchronous").fetchone() == (2,)
    with sqlite3.connect(journal.file) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_all_that_decides_an_answer_makes_another_key() -> None:
    requests = [
        Request("prompt", 48),
        Request("", 48, prefix="prompt"),
        Request("rompt", 48, prefix="p"),
        Request("prompt", 48, stop=("\n", "\n")),
        Request("prompt", 48, stop=()),
        Request("prompt", 48, temperature=0.5),
        Request("prompt", 48, top_p=0.5),
        Request("prompt", 48, sample=1),
        Request("prompt", 48, schema="{}"),
        Request("prompt", 48, messages=(("user", "prompt"),)),
        Request("prompt", 48, messages=(("system", "prompt"),)),
    ]
    assert len({request.key(model) for request in requests for model in ("one", "another")}) == 2 * len(requests)
    assert Request("\ud800", 48).key("one")  # a lone surrogate is a text like any other


def test_more_room_asks_the_truncated_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    cut, ended = Reply("one two", "length", 2), Reply("yes", "stop", 2)
    journal.write({("cut", 2): cut, ("ended", 4): ended})
    assert journal.read([("cut", 2), ("ended", 4)]) == {("cut", 2): cut, ("ended", 4): ended}
    assert journal.read([("cut", 9), ("ended", 9)]) == {("ended", 9): ended}


def test_less_room_gives_what_a_new_journal_would(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.write({("a", 9): Reply("one two three", "stop", 4)})
    assert journal.read([("a", 4)])
    assert not journal.read([("a", 3)])
