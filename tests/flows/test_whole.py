"""The real road on a model of 0.2 M parameters: both ways give the same bytes; a change makes exactly what hangs on it."""

import json
import os
import random
import re
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tasks.records import Dropped, Pair
from tasks.shards import read_manifest, read_rows

KILLS = int(os.environ.get("ZHILING_KILLS", "2"))
"""How often the road is killed and taken again; ZHILING_KILLS=25 for the long test, some twenty minutes."""
BAR_OF_ANSWERS = re.compile(r"(\w+): 100%\|[^|]*\| (\d+)/\2 .*answer/s")

ALL = {"archive", "corpus", "foundation", "instructions", "model", "scores", "server"}

pytestmark = [pytest.mark.whole, pytest.mark.timeout(600)]


def test_dvc_alone_makes_the_same_lock_and_each_finds_the_other_up_to_date(walked_road, small_road):
    assert "Data and pipelines are up to date." in walked_road.repro().stdout
    assert small_road.run(sys.executable, "-m", "tasks.archive.refresh").returncode == 0
    done = small_road.repro()
    assert done.returncode == 0, done.stderr
    assert small_road.lock() == walked_road.lock()
    assert set(small_road.ran().values()) <= {"UpToDate"}


@pytest.mark.timeout(420 + 90 * KILLS)
def test_killed_anywhere_the_next_run_needs_no_help_and_ends_in_the_same_bytes(walked_road, small_road):
    when = random.Random(20261124)
    began = time.monotonic()
    small_road.ran()
    took = time.monotonic() - began
    for kill in range(KILLS):
        small_road.forget()
        running = small_road.start()
        try:
            time.sleep(took * (kill + when.random()) / KILLS)  # a point in each slice of the walk: early stages are met too
        finally:
            os.killpg(running.pid, signal.SIGKILL)
            running.communicate()
        known = answered(small_road)
        asked = answers_asked_for(small_road)
        assert small_road.lock() == walked_road.lock(), f"kill {kill}"
        assert not list((small_road.root / "data").glob(".*"))
        assert answered(small_road) == answered(walked_road)
        assert asked == len(answered(walked_road)) - len(known), f"kill {kill}"
        assert_the_books_balance(small_road)


def test_killed_while_it_asks_the_next_run_asks_for_the_missing_answers_alone(walked_road, tmp_path):
    road = walked_road.copy(tmp_path / "road")
    for file in (road.root / ".cache").glob("completions.sqlite*"):
        file.unlink()
    running = road.start("scores", "--force", "--no-refresh")
    try:
        while not answered(road):
            assert running.poll() is None
            time.sleep(0.01)
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
    known, wanted = answered(road), answered(walked_road)
    assert known < wanted
    assert answers_asked_for(road, "scores", "--force", "--no-refresh") == len(wanted) - len(known)
    assert (answered(road), road.lock()) == (wanted, walked_road.lock())
    assert answers_asked_for(road, "scores", "--force", "--no-refresh") == 0


def answered(road) -> set[str]:
    """The keys of all requests that have an answer in the journal."""
    file = road.root / ".cache/completions.sqlite"
    if not file.exists():
        return set()
    with closing(sqlite3.connect(file)) as journal:
        made = journal.execute("SELECT 1 FROM sqlite_master WHERE name = 'answers'").fetchone()
        return {key for (key,) in journal.execute("SELECT key FROM answers")} if made else set()


def answers_asked_for(road, *arguments: str) -> int:
    """How many requests a run put to a model, by its progress bars; where all is known there is no bar."""
    done = road.whole(*arguments)
    assert done.returncode == 0, done.stderr
    return sum(int(asked) for asked in dict(BAR_OF_ANSWERS.findall(done.stderr)).values())


def assert_the_books_balance(road) -> None:
    """No row was lost and none doubled, by the manifests of the stages that keep books."""
    for noun in ("archive", "corpus", "instructions", "model"):
        books = read_manifest(road.root / "data" / noun)["books"]
        assert books["in"] > 0
        assert books["in"] == books["out"] + sum([*books["dropped"].values(), *books["quarantined"].values()])


def test_nothing_is_stale_after_a_walk_and_every_stage_left_its_folder(walked_road):
    assert walked_road.fresh() == ALL
    for noun in ALL:
        assert (walked_road.root / "data" / noun / "manifest.json").is_file()
    assert not list((walked_road.root / "data").glob(".*"))


def test_a_stage_that_fails_leaves_the_last_good_folder(walked_road, tmp_path):
    road = walked_road.copy(tmp_path / "road")
    before = road.data(), road.lock()
    none = [f"--change=corpus.quality.{script}.longest=1" for script in ("segmented", "unsegmented", "code")]
    done = road.run(sys.executable, "-m", "flows.whole", "corpus", "--no-refresh", *none)
    assert done.returncode == 3 and "No document of" in done.stderr
    assert (road.data(), road.lock()) == before


def test_ready_made_talks_are_learnt_and_scored_with_what_was_said_before(walked_road):
    data = walked_road.root / "data"
    train, test = (
        [pair for pair in read_rows(data / "instructions", split, Pair) if pair.task == "ready"]
        for split in ("train", "test")
    )
    assert len(train) + len(test) == 16
    assert not {row.id for row in read_rows(data / "model", "dropped", Dropped)} & {pair.id for pair in train}
    answers = [json.loads(line) for line in (data / "scores/answers.jsonl").read_text().splitlines()]
    asked = {row["id"]: row.get("history", []) for row in answers if row["task"] == "ready"}
    assert len(asked) == 2
    assert asked == {pair.id: [list(turn) for turn in pair.history] for pair in test if pair.id in asked}


@pytest.mark.parametrize(
    ("file", "before", "after", "stale"),
    [
        ("params/templates/upper.yaml", "", "# said differently\n", {"instructions", "model", "scores", "server"}),
        ("params/scores.yaml", "min_gain: 0.1", "min_gain: 0.2", {"scores", "server"}),
        ("params/server.yaml", "name: zhiling", "name: another", {"server"}),
        ("tasks/corpus/make.py", "", "# a line more\n", ALL - {"archive", "foundation"}),
        ("tasks/model/train.py", "", "# a line more\n", {"model", "scores", "server"}),
        ("tasks/tracking.py", "", "# only notes\n", set()),
        ("chats/boats.json", "tug", "tub", set()),
        ("notes/ferry.md", "storms", "snow", set()),  # the world changed; until somebody looks, nothing is stale
        ("params/sources.lock", '"files"', '"Files"', ALL - {"foundation"}),
    ],
)
def test_a_change_makes_exactly_what_hangs_on_it(walked_road, file, before, after, stale):
    with changed(walked_road.root / file, before, after):
        assert walked_road.fresh() == ALL - stale
    assert walked_road.fresh() == ALL


def test_a_new_document_is_seen_by_a_refresh(walked_road, tmp_path):
    road = walked_road.copy(tmp_path / "road")
    note = road.root / "notes/harbour.md"
    note.write_text("# The harbour\n\nBoats sleep in the harbour, one beside the other, and the gulls count them.\n")
    assert "notes" in road.run(sys.executable, "-m", "tasks.archive.refresh").stdout
    assert road.fresh() == {"foundation"}


FLOW = """
import os, subprocess, sys
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL
from prefect.testing.utilities import prefect_test_harness

with prefect_test_harness(server_startup_timeout=120):
    server = os.environ | {"PREFECT_API_URL": PREFECT_API_URL.value()}
    words = ["-m", "flows.whole", "corpus", "--no-refresh", "--change", "corpus.quality.segmented.shortest=41"]
    subprocess.run([sys.executable, *words], env=server, check=True)
    with get_client(sync_client=True) as client:
        print([(run.state_name, run.parameters["changes"]["corpus"]) for run in client.read_flow_runs()])
        print(sorted((run.name.split("-")[0], run.state_name) for run in client.read_task_runs()))
        print(sorted(artifact.key for artifact in client.read_artifacts()))
        print(any("corpus: Ran" in line.message for line in client.read_logs()))
"""


def test_where_a_prefect_server_answers_it_is_a_flow_run_that_names_what_became_of_each_stage(walked_road, tmp_path):
    road = walked_road.copy(tmp_path / "road")
    params = road.root / "params/corpus.yaml"
    kept = params.read_text()
    done = road.run(sys.executable, "-c", FLOW)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().splitlines()[-4:] == [
        "[('Completed', {'quality': {'segmented': {'shortest': 41}}})]",
        "[('archive', 'UpToDate'), ('corpus', 'Ran')]",
        "['card-archive', 'card-corpus', 'whole']",
        "True",
    ]
    assert params.read_text() == kept.replace("shortest: 40", "shortest: 41")
    assert "shortest: 41" in road.lock()
    assert road.ran("corpus", "--change", "corpus.quality.segmented.shortest=40")["corpus"] == "Restored"


@contextmanager
def changed(path: Path, before: str, after: str) -> Iterator[None]:
    """A file with `before` replaced by `after`, or with `after` added at its end; as it was when the block ends."""
    kept = path.read_text()
    assert before in kept
    path.write_text(kept.replace(before, after) if before else kept + after)
    try:
        yield
    finally:
        path.write_text(kept)
