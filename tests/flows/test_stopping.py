"""How a road ends when it does not go well: by Ctrl-C, by a signal, by a failing stage beside one that still works."""

import json
import os
import signal
import sys
import time

import pytest

pytestmark = [pytest.mark.whole, pytest.mark.timeout(240)]


def test_after_ctrl_c_no_further_stage_starts(toy):
    running = toy.start("--change", "pages.seconds=1.0")
    while not list((toy.root / ".cache/tracking").glob("*.jsonl")):
        time.sleep(0.05)
    time.sleep(0.5)
    os.kill(running.pid, signal.SIGINT)  # the run alone: what it has started goes on to its end
    told = running.communicate()[1]
    assert running.returncode == 130, told
    assert "stopped by Ctrl-C" in told
    assert not (toy.root / "data/words").exists()
    assert toy.ran()["report"] == "Ran"


def test_a_failing_stage_says_why_once(toy):
    fail = "    from tasks.errors import IntegrityError\n    raise IntegrityError('The words are wrong.')\n"
    with (toy.root / "tasks/words/make.py").open("a") as code:
        code.write(fail)
    told = toy.whole().stderr
    assert told.count("The words are wrong.") == 1
    assert told.endswith("whole: words: The words are wrong.\n")


@pytest.mark.parametrize(("name", "memory"), [("SIGKILL", True), ("SIGTERM", False)])
def test_only_the_kill_that_the_kernel_sends_is_told_as_want_of_memory(toy, name, memory):
    with (toy.root / "tasks/words/make.py").open("a") as code:
        code.write(f"    import os, signal\n    os.kill(os.getpid(), signal.{name})\n")
    told = toy.whole().stderr
    assert f"was ended by {name}" in told
    assert ("out of memory" in told) == memory


def test_a_run_says_at_its_end_how_long_its_own_work_took(toy):
    told = toy.whole("--change", "pages.seconds=1.0", "--change", "tallies.seconds=1.0").stderr
    [line] = [line for line in told.splitlines() if line.endswith("orchestration")]
    assert line.startswith("4 stages, ")
    took, own = float(line.split()[2]), float(line.split()[-3])
    assert 0 < own < took - 2


def test_an_address_of_prefect_where_nobody_is_stops_nothing_and_is_told(toy):
    toy.environment["PREFECT_API_URL"] = "127.0.0.1:9/api"  # http:// forgotten
    done = toy.whole()
    assert done.returncode == 0, done.stderr
    assert "No Prefect server answers at 127.0.0.1:9/api" in done.stderr


FLOW = """
import os, subprocess, sys
from prefect.settings import PREFECT_API_URL
from prefect.testing.utilities import prefect_test_harness

with prefect_test_harness(server_startup_timeout=120):
    server = os.environ | {"PREFECT_API_URL": PREFECT_API_URL.value()}
    subprocess.run([sys.executable, "-m", "flows.whole", "--no-refresh", "archive", "foundation"], env=server)
"""


def test_under_prefect_too_a_failed_stage_ends_the_run_after_its_neighbours(small_road):
    (small_road.root / "notes/ferry.md").unlink()  # archive fails in a second; foundation works for some
    done = small_road.run(sys.executable, "-c", FLOW)
    assert "archive" in done.stderr
    ended = {}
    for outbox in (small_road.root / ".cache/tracking").glob("*.jsonl"):
        lines = [json.loads(line) for line in outbox.read_text().splitlines()]
        ended[lines[0]["stage"]] = (lines[-1]["kind"], lines[-1]["status"], lines[-1]["ms"])
    assert {name: words[:2] for name, words in ended.items()} == {
        "archive": ("end", "FAILED"),
        "foundation": ("end", "FINISHED"),
        "whole": ("end", "FAILED"),
    }
    assert ended["whole"][2] >= ended["foundation"][2]
    assert "foundation:" in small_road.lock()
