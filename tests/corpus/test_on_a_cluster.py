"""The corpus stage on a Ray cluster of two nodes: the same bytes as on this machine, and errors that say what to do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.records import Document, document_id
from tasks.shards import new_folder

TWO_NODES = """
import sys
from ray.cluster_utils import Cluster

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
cluster.add_node(num_cpus=1)
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""
NODE = """
import time

import ray


def node(number):
    time.sleep(0.5)  # long enough for both nodes to be wanted
    return ray.get_runtime_context().get_node_id()


def broken(number):
    raise OSError(28, "No space left on device", f"part {number}")
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0"}
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", TWO_NODES],
        cwd="/",  # a node finds our code by what the stage tells it, not by where it was started
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as nodes:
        assert nodes.stdin and nodes.stdout
        yield nodes.stdout.readline().strip()
        nodes.stdin.close()


def stage(root: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = os.environ | {"PYTHONPATH": os.getcwd(), "RAY_USAGE_STATS_ENABLED": "0"} | environment
    return subprocess.run([sys.executable, "-m", "tasks.corpus"], cwd=root, env=own, capture_output=True, text=True)


def checkout(root: Path) -> Path:
    shutil.copytree("params", root / "params")
    (root / "dvc.yaml").touch()
    texts = [f"The {number}th ship left port with {number % 13} guns and a crew of {number}." for number in range(90)]
    with new_folder(root / "data" / "archive") as out:
        rows = [Document(document_id("toy", "a", "", text), text, "", "", "prose", "toy:a", "CC0-1.0") for text in texts]
        out.rows("documents", rows, Document, 10)
    return root


@pytest.mark.whole
@pytest.mark.timeout(300)
def test_two_nodes_make_the_same_bytes_as_this_machine(cluster: str, tmp_path: Path) -> None:
    here, there = checkout(tmp_path / "here"), checkout(tmp_path / "there")
    for done in (stage(here), stage(there, RAY_ADDRESS=cluster)):
        assert done.returncode == 0, done.stderr
    manifests = {(root / "data/corpus/manifest.json").read_bytes() for root in (here, there)}
    assert len(manifests) == 1


@pytest.mark.whole
@pytest.mark.timeout(300)
def test_both_nodes_work_and_an_error_of_theirs_is_told_as_our_own(cluster: str, tmp_path: Path) -> None:
    (tmp_path / "nodes.py").write_text(NODE)
    asked = """
from nodes import broken, node
from tasks.parallel import in_processes

print(len(set(in_processes(node, range(8), workers=1))))
try:
    in_processes(broken, [1], workers=1)
except OSError as error:
    print(error)
"""
    own = os.environ | {"PYTHONPATH": f"{os.getcwd()}:{tmp_path}", "RAY_ADDRESS": cluster}
    done = subprocess.run([sys.executable, "-c", asked], cwd=tmp_path, env=own, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["2", "[Errno 28] No space left on device: 'part 1'"], done.stderr


@pytest.mark.whole
def test_a_cluster_that_does_not_answer_is_named(tmp_path: Path) -> None:
    done = stage(checkout(tmp_path), RAY_ADDRESS="127.0.0.1:1")
    assert done.returncode == 4
    assert "127.0.0.1:1 (RAY_ADDRESS)" in done.stderr and "Traceback" not in done.stderr
