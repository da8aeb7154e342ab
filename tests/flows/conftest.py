"""A toy road: the real engine, the real DVC, four stages of three lines each."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

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


class Road:
    """A checkout with that graph, and the two ways to run it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(root),
            "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",  # nobody answers: numbers stay in the outbox
            "PREFECT_API_URL": "",
        }

    def whole(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "flows.whole", "--no-refresh", *arguments)

    def repro(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        self.run(sys.executable, "-m", "tasks.doctor")
        return self.run("dvc", "repro", *arguments)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """`whole` in a process group of its own, to be killed."""
        return subprocess.Popen(
            [sys.executable, "-m", "flows.whole", "--no-refresh", *arguments],
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
    return Road(root)


@pytest.fixture
def toy(tmp_path: Path) -> Road:
    return make_toy(tmp_path / "toy")


@pytest.fixture
def other_toy(tmp_path: Path) -> Road:
    """The same checkout, elsewhere."""
    return make_toy(tmp_path / "other")
