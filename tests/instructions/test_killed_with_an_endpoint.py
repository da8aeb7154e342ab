"""The stage with makers that ask an endpoint, killed at five points: the same data set, no kept answer paid for again."""

import signal
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from subprocess import Popen
from typing import Any

import pytest

from tasks.instructions.makers import ask
from tasks.instructions.prompts import prompts_of
from tasks.records import Document, Pair
from tasks.shards import read_manifest, read_rows
from tests.completions.bad_server import MODEL, BadServer, Seen
from tests.instructions.checkout import ROOT, checkout, corpus, published, start
from tests.instructions.conftest import toy_document

KILLS, IN_FLIGHT = 5, 4
TASK = prompts_of(ask, ROOT / "params").prompt("function", "en").task
FAULTS = ("500", "html", "reset", "no finish", "another's answer")
KEY = "sk-canary-0123456789"
MAKERS = {"ask": {"rows": 60}, "evolve": {"rows": 12, "rounds": 1}}
REWRITE = ("Rewrite", "Write", "改写", "写")
"""How the tasks of evolve begin that ask for another instruction."""
NEW = '''\
def hide_buffer(path, buffer, limit=9, strict=True):
    """Hide every old buffer beneath a path. The limit holds for each folder alone."""
    return walk(path, buffer)[:limit]
'''


def backend(url: str) -> dict[str, Any]:
    return {
        "kind": "endpoint", "base_url": url, "model": MODEL, "api": "chat", "key_env": "CANARY_API_KEY",
        "in_flight": IN_FLIGHT, "requests_per_minute": None, "tokens_per_minute": None, "deadline_seconds": 20,
        "attempts": 4, "longest_retry_after_seconds": 5, "max_reply_bytes": 200_000,
    }  # fmt: skip


def say(content: str, body: dict[str, Any]) -> str:
    """What a good teacher would say of the toy corpus, as far as the makers can tell."""
    task, chinese = body["messages"][0]["content"], not content.isascii()
    about = content.splitlines()[0]
    if task == TASK:
        return f"Which function {about[0].lower()}{about[1:].rstrip('.')}?"
    if task.startswith(("Do the two", "这两条")):
        return "不同" if chinese else "Not equal"
    if task.startswith(REWRITE):
        return f"{about}请举两个例子并说明原因。" if chinese else f"{about} Give two examples of it and compare both."
    return "先看第一个文件夹，再看其余的。" if chinese else "It begins with the first folder and ends with the last one."


def mode(content: str, attempt: int) -> str:
    draw = Random(content)
    fault = draw.choice(FAULTS)
    return fault if attempt == 0 and draw.random() < 0.3 else "ok"


@dataclass
class Killer:
    """Kills a process some milliseconds after so many requests have come in."""

    points: list[int]
    seen: int = 0
    stage: Popen[str] | None = None
    timers: list[threading.Timer] = field(default_factory=list)

    def came_in(self, seen: Seen) -> None:
        self.seen += 1
        if self.stage and self.points and self.seen >= self.points[0]:
            self.timers.append(threading.Timer(Random(self.points.pop(0)).uniform(0, 0.02), self.stage.kill))
            self.stage = None
            self.timers[-1].start()


def run(folder: Path, killer: Killer | None = None) -> int:
    """The stage once; its exit code."""
    stage = start(folder, CANARY_API_KEY=KEY)
    if killer:
        killer.stage = stage
    said, _ = stage.communicate(timeout=120)
    assert stage.returncode in (0, -signal.SIGKILL), said[-2000:]
    assert KEY not in said
    return stage.returncode


def kept(folder: Path) -> int:
    with closing(sqlite3.connect(folder / ".cache/completions.sqlite")) as journal:
        return int(journal.execute("SELECT count(*) FROM answers").fetchone()[0])


@pytest.mark.whole
def test_kills_change_no_byte_and_a_new_document_costs_its_own_calls(
    tmp_path: Path, toy_documents: list[Document], capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    killer = Killer([])
    with BadServer(mode, say=say, before=killer.came_in) as server:
        calm, killed = (
            checkout(tmp_path / name, toy_documents, makers=MAKERS, teacher={"backend": backend(server.url)})
            for name in ("calm", "killed")
        )
        assert run(calm) == 0
        calls = len(server.seen)
        server.counts.clear(), server.answered.clear(), server.seen.clear()
        killer.points, killer.seen = sorted(Random("kills").sample(range(1, calls), KILLS)), 0
        exits = []
        while not exits or exits[-1] != 0:
            exits.append(run(killed, killer))
            if exits[-1] != 0:
                assert not (killed / "data/instructions").exists()
        assert exits == [-signal.SIGKILL] * KILLS + [0]
        assert published(killed) == published(calm)
        lost = len(server.answered) - kept(killed)
        assert 0 <= lost <= KILLS * IN_FLIGHT
        makers = read_manifest(killed / "data/instructions")["makers"]
        assert makers["ask"]["kept"] > 20 and makers["evolve"]["kept"] == 12
        found = len(server.seen)
        assert run(killed) == 0
        assert len(server.seen) == found  # nothing failed for good, so all is known
        one_more_document(server, killed, toy_documents)
    with capsys.disabled():
        print(  # noqa: T201 - the figures
            f"\n{KILLS} kills of the stage: undisturbed {calls} calls, killed {found}, answers lost {lost}; ask kept "
            f"{makers['ask']['kept']}, evolve {makers['evolve']['kept']}; {time.monotonic() - started:.0f} s"
        )
    assert KEY not in "".join(path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file())


def one_more_document(server: BadServer, folder: Path, documents: list[Document]) -> None:
    """One function of a module that is on the train side: what is asked is about it, or about rows made of it."""
    assert "toy:buffers" in {pair.source for pair in read_rows(folder / "data/instructions", "train", Pair)}
    seen = len(server.seen)
    corpus(folder, [*documents, toy_document("buffer", "code", "hide_buffer", NEW)])
    assert run(folder) == 0
    asked = {(request.body["messages"][0]["content"], request.content) for request in server.seen[seen:]}
    assert {content for task, content in asked if task == TASK} == {"Hide every old buffer beneath a path."}
    rewritten = [content for task, content in asked if task.startswith(REWRITE)]
    assert all("ide every old buffer" in content or "hide_buffer(" in content for content in rewritten)
    assert len(asked) <= 1 + 3 * len(rewritten)  # each is then compared, and answered
    assert 1 <= len(asked) < len(documents)
