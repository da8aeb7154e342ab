"""Ids are content; a prompt has one form; parallel work keeps its order; one workspace has one writer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.chat import STOP, prompt, shot
from tasks.errors import EnvironmentFault
from tasks.parallel import in_processes
from tasks.records import Pair, content_id, document_id, pair_id
from tasks.workspace import INHERITED, Workspace, locked


@given(st.lists(st.text(), min_size=1, max_size=4), st.lists(st.text(), min_size=1, max_size=4))
def test_ids_are_equal_exactly_when_the_parts_are(left: list[str], right: list[str]) -> None:
    assert (content_id(*left) == content_id(*right)) == (left == right)


def test_ids_do_not_change_between_releases() -> None:
    assert document_id("python_docs", "json", "json.loads", "Deserialize s") == "4e804bb1fef02da9"
    assert pair_id("Say it.", "hello", "HELLO") == pair_id("Say it.", "hello", "HELLO", ()) == "23109ea6df592e65"
    assert pair_id("Say it.", "hello", "HELLO", (("hi", "ho"),)) == pair_id("Say it.", "hello", "HELLO", (("hi", "ho"),))


def test_a_prompt_ends_where_the_answer_begins() -> None:
    assert prompt("Say it.", "hello") == "### Task\nSay it.\n### Input\nhello\n### Answer\n"
    assert prompt("Say it.") == "### Task\nSay it.\n### Answer\n"
    assert prompt("And now?", history=[("hi", "你好")]).startswith("### Task\nhi\n### Answer\n你好\n\n### Task\n")


def test_a_shot_ends_as_a_base_model_is_told_to_stop() -> None:
    pair = Pair("1", "Say it.", "hello", "HELLO", (), "en", "upper", "hand@1", (), "toy:a", (), "", "CC0", "train")
    assert shot(pair) == prompt("Say it.", "hello") + "HELLO" + STOP[0]


def test_results_keep_the_order_of_items_whatever_the_workers() -> None:
    assert in_processes(abs, [-3, 1, -2], workers=1) == in_processes(abs, [-3, 1, -2], workers=2) == [3, 1, 2]


def test_a_killed_worker_is_told_with_what_to_do() -> None:
    with pytest.raises(EnvironmentFault, match="lower `workers` in params/"):
        in_processes(os._exit, [9, 9], workers=2)


HOLD = """
import sys
from pathlib import Path
from tasks.workspace import Workspace, locked
with locked(Workspace(Path(sys.argv[1])), "a test"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_told_who_holds_the_workspace(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(EnvironmentFault, match=rf"in use by process {other.pid} \(a test\)"), locked(workspace, "me"):
            pass
        other.kill()
    with locked(workspace, "me"):
        pass


def test_a_child_works_under_its_parents_lock_and_keeps_it(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with locked(workspace, "parent") as descriptor:
        child = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[descriptor],
            env={INHERITED: str(descriptor), "PATH": ""},
        )
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
    with child, pytest.raises(EnvironmentFault, match="in use by process"), locked(workspace, "me"):
        pass
