"""`python -m flows.whole` and `dvc repro` are one road: the contract, on a toy graph with the real DVC."""

import asyncio
import os
import random
import signal
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tasks.errors import EndpointError, EnvironmentFault, ParamsError

KILLS = int(os.environ.get("ZHILING_KILLS", "5"))
REPORT = "pages\n" * 2 + "words\n" * 2 + "tallies\n" * 2 + "report\n" * 2

pytestmark = pytest.mark.whole


def test_both_ways_write_the_same_lock_and_find_each_other_up_to_date(toy, other_toy):
    assert set(toy.ran().values()) == {"Ran"}
    assert toy.text("report") == REPORT
    assert "Data and pipelines are up to date." in toy.repro().stdout

    assert other_toy.repro().returncode == 0
    assert other_toy.lock() == toy.lock()
    assert set(other_toy.ran().values()) <= {"UpToDate"}
    assert other_toy.lock() == toy.lock()


def test_the_lock_has_dvcs_order_though_neighbours_end_in_another(toy, other_toy):
    (toy.root / "params/pages.yaml").write_text("lines: 2\nseconds: 1.0\n")
    (other_toy.root / "params/pages.yaml").write_text("lines: 2\nseconds: 1.0\n")
    assert list(toy.ran()) != ["pages", "tallies", "words", "report"]
    other_toy.repro()
    assert toy.lock() == other_toy.lock()


def test_a_change_reaches_the_file_and_the_lock_and_makes_only_what_hangs_on_it(toy):
    toy.ran()
    states = toy.ran("--change", "words.lines=3")
    assert states == {"pages": "UpToDate", "tallies": "UpToDate", "words": "Ran", "report": "Ran"}
    assert (toy.root / "params/words.yaml").read_text() == "lines: 3  # of text\nseconds: 0.05\n"
    assert "lines: 3" in toy.lock()
    assert toy.text("words").count("words") == 3

    assert toy.ran("--change", "words.lines=2")["words"] == "Restored"
    assert toy.text("report") == REPORT


def test_a_wrong_change_touches_nothing_and_names_the_file(toy):
    before = [path.read_bytes() for path in sorted((toy.root / "params").iterdir())]
    done = toy.whole("--change", "pages.lines=7", "--change", "words.lines=many")
    assert done.returncode == 2
    assert "params/words.yaml: lines = 'many'" in done.stderr
    assert [path.read_bytes() for path in sorted((toy.root / "params").iterdir())] == before
    assert not (toy.root / "data").exists()


def test_a_change_that_only_the_stage_can_refuse_is_named_with_what_undoes_it(toy):
    with (toy.root / "tasks/words/make.py").open("a") as code:
        code.write(
            "    from tasks.errors import InputError\n    if params.lines == 9: raise InputError('Nine is too many.')\n"
        )
    done = toy.whole("--change", "words.lines=9")
    undo = "params/words.yaml was changed before; `git checkout params/words.yaml` undoes it."
    assert (done.returncode, done.stderr.splitlines()[-1]) == (3, f"whole: words: Nine is too many. {undo}")
    again = toy.whole("--change", "words.lines=9")
    assert again.returncode == 3 and "undoes" not in again.stderr


def test_targets_stop_the_road_and_an_unknown_one_is_named(toy):
    assert set(toy.ran("words")) == {"pages", "words"}
    done = toy.whole("wrods")
    assert done.returncode == 2
    assert "'wrods'" in done.stderr and "words" in done.stderr


def test_force_makes_again_what_is_up_to_date(toy):
    toy.ran()
    states = toy.ran("--force", "words")
    assert states == {"pages": "UpToDate", "words": "Ran"}


def test_a_changed_line_of_code_makes_its_stage_and_stops_where_bytes_are_equal(toy):
    toy.ran()
    with (toy.root / "tasks/words/make.py").open("a") as code:
        code.write("# the same result, said differently\n")
    assert toy.ran() == {"pages": "UpToDate", "tallies": "UpToDate", "words": "Ran", "report": "UpToDate"}


def test_a_failing_stage_gives_its_own_words_and_exit_code_and_leaves_the_rest(toy):
    make = toy.root / "tasks/words/make.py"
    good = make.read_text()
    make.write_text(good + "    from tasks.errors import IntegrityError\n    raise IntegrityError('The words are wrong.')\n")
    done = toy.whole()
    assert done.returncode == 6
    assert done.stderr.strip().splitlines()[-1] == "whole: words: The words are wrong."
    make.write_text(good)
    states = toy.ran()
    assert (states["pages"], states["tallies"], states["words"]) == ("UpToDate", "UpToDate", "Ran")


def test_of_two_started_at_once_one_runs_and_the_other_names_it(toy):
    first = toy.start("--change", "pages.seconds=60", "--change", "tallies.seconds=60")
    try:
        lock = toy.root / ".cache/workspace.lock"
        while not (lock.exists() and lock.read_text()):
            time.sleep(0.05)
        second = toy.whole()
        assert second.returncode == 4
        assert f"process {first.pid}" in second.stderr
        assert toy.run("python", "-m", "tasks.words").returncode == 4
        assert first.poll() is None
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
    toy.ran("--change", "pages.seconds=0.0", "--change", "tallies.seconds=0.0")
    assert toy.text("report") == REPORT


def test_what_was_made_goes_to_a_remote_and_another_checkout_takes_it_from_there(toy, other_toy, tmp_path):
    for road in (toy, other_toy):
        assert road.run("dvc", "remote", "add", "--default", "store", str(tmp_path / "store")).returncode == 0
    done = toy.whole()
    assert done.returncode == 0, done.stderr
    assert "pushed: " in done.stderr
    (other_toy.root / "dvc.lock").write_text(toy.lock())
    pulled = other_toy.run("dvc", "pull")
    assert pulled.returncode == 0, pulled.stderr
    assert other_toy.text("report") == REPORT


def test_an_endpoint_that_failed_is_tried_again_and_nothing_else():
    from prefect.states import exception_to_failed_state

    from flows.deployed import an_endpoint_failed

    tried_again = {
        type(error): an_endpoint_failed(None, None, asyncio.run(exception_to_failed_state(error)))
        for error in (
            EndpointError("no answer"),
            ParamsError("rank = 0"),
            EnvironmentFault("a full disk"),
            ValueError("a bug"),
        )
    }
    assert [kind for kind, again in tried_again.items() if again] == [EndpointError]


def test_a_truncated_object_in_the_cache_is_noticed_and_made_again(toy):
    toy.ran()
    lock = toy.lock()
    (text,) = [
        path
        for path in (toy.root / ".dvc/cache/files").rglob("*")
        if path.is_file() and path.read_bytes() == REPORT.encode()
    ]
    text.chmod(0o644)
    text.write_bytes(b"")
    text.chmod(0o444)
    assert toy.ran() == {"pages": "UpToDate", "tallies": "UpToDate", "words": "UpToDate", "report": "Ran"}
    assert (toy.lock(), toy.text("report")) == (lock, REPORT)


@pytest.mark.timeout(120 + 90 * KILLS)
def test_killed_anywhere_the_next_run_ends_in_the_same_bytes(toy):
    began = time.monotonic()
    toy.ran()
    whole_run, lock = time.monotonic() - began, toy.lock()
    when = random.Random(20261123)
    for kill in range(KILLS):
        toy.forget()
        running = toy.start()
        try:
            time.sleep(whole_run * (kill + when.random()) / KILLS)  # a point in each slice of the walk
        finally:
            os.killpg(running.pid, signal.SIGKILL)
            running.communicate()
        if kill % 2:
            assert toy.repro().returncode == 0
            # DVC adds what is missing at the end; the order is the only thing that a kill may leave to it.
            assert yaml(toy.lock()) == yaml(lock), f"kill {kill}"
        else:
            toy.ran()
            assert toy.lock() == lock, f"kill {kill}"
        assert toy.text("report") == REPORT
        assert not list((toy.root / "data").glob(".*"))


def test_children_end_when_the_run_alone_is_killed(toy):
    running = toy.start("--change", "pages.seconds=60", "--change", "tallies.seconds=60")
    children: list[int] = []
    while len(children) < 2:
        time.sleep(0.1)
        children = [
            pid for pid in _children_of(running.pid) if b"tasks.pages" in _words(pid) or b"tasks.tallies" in _words(pid)
        ]
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    deadline = time.monotonic() + 30  # they may still be importing
    while any(_words(pid) for pid in children):
        assert time.monotonic() < deadline, "a child outlived its run"
        time.sleep(0.05)
    assert set(toy.ran("--change", "pages.seconds=0.0", "--change", "tallies.seconds=0.0").values()) == {"Ran"}


def yaml(text: str) -> object:
    return YAML(typ="safe").load(text)


def _children_of(pid: int) -> list[int]:
    listed = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for children in listed for child in children]


def _words(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
