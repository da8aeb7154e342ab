"""Two roads to run end to end: a toy of four stages of three lines, and the real seven stages, made small.

Both are checkouts of their own in a temporary folder, with the real engine and the real DVC.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.params import write
from tasks.shards import sha256_of

REPOSITORY = Path(__file__).parents[2]
READS = {"pages": (), "tallies": (), "words": ("pages",), "report": ("words", "tallies")}

SETTINGS = '''
from tasks.params import settings

@settings
class {kind}Params:
    lines: int
    """How many lines it adds."""
    seconds: float
    """How long it takes before it writes, and again before it publishes, in seconds."""
'''
MAKE = """
import time
from tasks.shards import new_folder

def make(params, workspace, numbers):
    read = "".join((workspace.data / noun / "text.txt").read_text() for noun in {reads!r})
    time.sleep(params.seconds)
    with new_folder(workspace.data / "{noun}") as out:
        out.text("text.txt", read + "{noun}\\n" * params.lines)
        time.sleep(params.seconds)
"""
MAIN = """
import sys
from tasks.{noun}.make import make
from tasks.{noun}.settings import {kind}Params
from tasks.stage import main

sys.exit(main("{noun}", {kind}Params, make))
"""
STAGE = """
  {noun}:
    cmd: python -m tasks.{noun}
    deps: [{deps}]
    params: [{{params/{noun}.yaml: }}]
    outs: [data/{noun}]
"""


NOTES = {
    "ferry.md": "# The ferry\n\nIt leaves the old harbour at six in the morning and returns after dark, not in storms.\n",
    "渡轮.md": "# 渡轮\n\n渡轮每天早上六点离开旧港口，天黑以后才回来，遇到暴风雨的时候停开。乘客可以在码头的小屋里买票。\n",
}


BOATS = ("ferry", "barge", "tug", "canoe", "raft", "yacht", "cutter", "dinghy")
CHATS = [
    {
        "conversations": [
            {"from": "human", "value": f"Is the {boat} in?"},
            {"from": "gpt", "value": f"The {boat} is in."},
            {"from": "human", "value": "And when does it leave?"},
            {"from": "gpt", "value": f"The {boat} leaves at {hour}."},
        ]
    }
    for hour, boat in enumerate(BOATS, start=6)
]


class Road:
    """A checkout with that graph, and the two ways to run it."""

    def __init__(self, root: Path, *always: str) -> None:
        self.root = root
        self.command = [sys.executable, "-m", "flows.whole", *always]
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(root),
            "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",  # nobody answers: numbers stay in the outbox
            "PREFECT_API_URL": "",
        }

    def copy(self, root: Path) -> "Road":
        """The same checkout with all it has made, elsewhere, to be changed at will."""
        return Road(Path(shutil.copytree(self.root, root, symlinks=True)), *self.command[3:])

    def data(self) -> dict[str, bytes]:
        """Every file of data/, by its path there."""
        folder = self.root / "data"
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def whole(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(*self.command, *arguments)

    def repro(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        self.run(sys.executable, "-m", "tasks.doctor")
        return self.run("dvc", "repro", *arguments)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`whole` in a process group of its own, to be killed."""
        return subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.root,
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def ran(self, *arguments: str) -> dict[str, str]:
        """What became of each stage in a run that must succeed: {"pages": "UpToDate", …}."""
        done = self.whole(*arguments)
        assert done.returncode == 0, done.stderr
        return dict(line.split(", ")[0].split(": ") for line in done.stderr.splitlines() if line.endswith(" s"))

    def fresh(self) -> set[str]:
        """The stages that are up to date, with all before them."""
        asked = self.run(sys.executable, "-c", "from flows.graph import survey; print(*survey()[1])")
        assert asked.returncode == 0, asked.stderr
        return set(asked.stdout.split())

    def lock(self) -> str:
        return (self.root / "dvc.lock").read_text()

    def text(self, noun: str) -> str:
        return (self.root / "data" / noun / "text.txt").read_text()

    def forget(self) -> None:
        """As if nothing had ever run here."""
        for rest in ("data", ".cache", ".dvc/cache", ".dvc/tmp"):
            shutil.rmtree(self.root / rest, ignore_errors=True)
        (self.root / "dvc.lock").unlink(missing_ok=True)


def make_toy(root: Path) -> Road:
    shutil.copytree(REPOSITORY / "flows", root / "flows", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "tasks" / "to_mlflow", root / "tasks" / "to_mlflow")
    for module in (REPOSITORY / "tasks").glob("*.py"):
        shutil.copy(module, root / "tasks")
    for name in (".dvc/config", ".dvcignore", ".gitignore"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(REPOSITORY / name, root / name)
    (root / "params").mkdir()
    (root / "dvc.yaml").write_text("stages:\n")
    for noun, reads in READS.items():
        names = {"noun": noun, "kind": noun.capitalize(), "reads": reads}
        names["deps"] = ", ".join([f"tasks/{noun}", *(f"data/{read}" for read in reads)])
        (root / "tasks" / noun).mkdir()
        for file, text in {"__init__": '"""Toy."""', "settings": SETTINGS, "make": MAKE, "__main__": MAIN}.items():
            (root / "tasks" / noun / f"{file}.py").write_text(text.format(**names))
        (root / "params" / f"{noun}.yaml").write_text("lines: 2  # of text\nseconds: 0.05\n")
        with (root / "dvc.yaml").open("a") as graph:
            graph.write(STAGE.format(**names))
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return Road(root, "--no-refresh")


SMALL = {
    "archive": {
        "sources": [
            {
                "kind": "python_docs",
                "name": "python_docs",
                "license": "PSF-2.0",
                "packages": ["json", "string", "textwrap", "shutil"],
                "shortest_docstring": 40,
            },
            {
                "kind": "local_files",
                "name": "notes",
                "license": "CC0-1.0",
                "path": "notes",
                "document_kind": "prose",
                "columns": {
                    "text": "text",
                    "title": "",
                    "language": "",
                    "group": "",
                    "id": "",
                    "license": "",
                    "html": False,
                },
                "longest_record": 100_000,
            },
            {
                "kind": "instruction_files",
                "name": "chats",
                "license": "CC0-1.0",
                "path": "chats",
                "rows": {"format": "sharegpt", "language": "", "group": "", "id": ""},
                "longest_record": 100_000,
            },
        ]
    },
    "corpus": {"workers": 1},
    "foundation": {"source": "path:tiny", "sha256": ""},
    "instructions": {"train_rows_per_family": 6, "test_rows_per_family": 2, "max_ready_characters": 600},
    "model": {
        "method": "lora",
        "ranks": 1,
        "steps": 4,
        "rank": 2,
        "rows_per_step": 4,
        "rows_at_once": 4,
        "warmup_steps": 1,
        "precision": "fp32",
        "checkpoint_every": 2,
    },
    "scores": {
        "rows_per_task": 2,
        "shots": 1,
        "max_new_tokens": 8,
        "dtype": "float32",
        "prose_files": ["LICENSE"],
        "prose_characters": 400,
        "window": 64,
        "min_gain": 0.1,
        "max_forgetting": 1.5,
    },
    "server": {"name": "zhiling"},
}
"""Every value that a test speaks of: what somebody sets in their own params/ must turn no test red."""


def make_small(root: Path, foundation: Path) -> Road:
    """The real seven stages over four modules of Python, two notes, eight talks, a model of 0.2 M parameters: a minute."""
    for folder in ("flows", "tasks", "params", ".dvc"):
        shutil.copytree(REPOSITORY / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__", "tmp", "cache"))
    for file in ("dvc.yaml", ".dvcignore", ".gitignore", "LICENSE", "prefect.toml", "prefect.yaml"):
        shutil.copy(REPOSITORY / file, root)
    shutil.copytree(foundation, root / "tiny", ignore=shutil.ignore_patterns("manifest.json"))
    (root / "notes").mkdir()
    for name, text in NOTES.items():
        (root / "notes" / name).write_text(text)
    (root / "chats").mkdir()
    (root / "chats" / "boats.json").write_text(json.dumps(CHATS))
    for noun, values in SMALL.items():
        write(root / "params" / f"{noun}.yaml", values)
    write(root / "params/foundation.yaml", {"sha256": sha256_of(root / "tiny/model.safetensors")})
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return Road(root)


@pytest.fixture(scope="session")
def small_tree(tmp_path_factory: pytest.TempPathFactory, tiny_foundation: Path) -> Path:
    """The small road as a checkout that nobody has walked; copied, so that all have the same code."""
    return make_small(tmp_path_factory.mktemp("tree") / "small", tiny_foundation).root


@pytest.fixture
def small_road(tmp_path: Path, small_tree: Path) -> Road:
    """The small road, not yet walked."""
    return Road(Path(shutil.copytree(small_tree, tmp_path / "small")))


@pytest.fixture(scope="session")
def walked_road(tmp_path_factory: pytest.TempPathFactory, small_tree: Path) -> Road:
    """The small road, walked once by `python -m flows.whole`. Shared: who changes it takes a `copy`, or puts all back."""
    road = Road(Path(shutil.copytree(small_tree, tmp_path_factory.mktemp("walked") / "small")))
    assert set(road.ran().values()) == {"Ran"}
    return road


@pytest.fixture
def toy(tmp_path: Path) -> Road:
    return make_toy(tmp_path / "toy")


@pytest.fixture
def other_toy(tmp_path: Path) -> Road:
    """The same checkout, elsewhere."""
    return make_toy(tmp_path / "other")
