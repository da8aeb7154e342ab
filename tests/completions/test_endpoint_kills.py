"""A run over an endpoint that is killed again and again: the same bytes, and no answer is asked for twice."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from random import Random

import pytest

from tasks.completions import Journal
from tasks.records import content_id
from tests.completions.bad_server import BadServer, Seen
from tests.completions.long_run import endpoint, requests

ROOT = Path(__file__).parents[2]
COUNT, ROOM, KILLS = 500, 48, 30
MENDED = (
    "500", "429", "reset", "html", "no text", "cut before its end", "another's answer", "shorter than said", "NaN",
    "nothing",
)  # fmt: skip
pytestmark = pytest.mark.whole


def faulty(content: str, attempt: int) -> str:
    """Three first attempts of ten fail; of these requests one in ten is refused for good."""
    lot = Random(content_id("fault", content))
    if lot.random() >= 0.3:
        return "slow"
    hopeless, mode = lot.random() < 0.1, lot.choice(MENDED)
    return "400" if hopeless else mode if attempt == 0 else "slow"


HOPELESS = {request.prompt for request in requests(COUNT, ROOM) if faulty(request.prompt, 1) == "400"}


def started(server: BadServer, place: Path, *, count: int = COUNT, code: Path = ROOT) -> subprocess.Popen[bytes]:
    words = [server.url, str(place / "journal.sqlite"), str(place / "out.jsonl"), str(count), str(ROOM)]
    environment = {**os.environ, "PYTHONPATH": str(code)}
    return subprocess.Popen([sys.executable, "-m", "tests.completions.long_run", *words], cwd=code, env=environment)


def finished(server: BadServer, place: Path, *, count: int = COUNT, code: Path = ROOT) -> str:
    """What the run writes at its end."""
    assert started(server, place, count=count, code=code).wait(100) == 0
    return (place / "out.jsonl").read_text(encoding="utf-8")


def killed_at(server: BadServer, place: Path, point: int) -> None:
    """A run that is killed once the server has been asked for `point` different things, by all runs together."""
    reached = threading.Event()

    def look(seen: Seen) -> None:
        if len(set(server.contents())) >= point:
            reached.set()

    server.before = look
    process = started(server, place)
    assert reached.wait(30)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def known(place: Path) -> set[str]:
    """What is in the journal."""
    asked, name = requests(COUNT, ROOM), endpoint("http://127.0.0.1:9/v1").identity
    found = Journal(place / "journal.sqlite").read([(request.key(name), ROOM) for request in asked])
    return {request.prompt for request in asked if (request.key(name), ROOM) in found}


@pytest.fixture
def undisturbed(tmp_path: Path) -> str:
    place = tmp_path / "undisturbed"
    place.mkdir()
    with BadServer(faulty) as server:
        return finished(server, place)


def test_thirty_kills_change_no_byte_and_no_answer_is_asked_for_again(tmp_path: Path, undisturbed: str) -> None:
    kept: set[str] = set()
    with BadServer(faulty) as server:
        for point in sorted(Random(7).sample(range(1, COUNT), KILLS)):
            before = len(server.seen)
            killed_at(server, tmp_path, point)
            assert not kept & set(server.contents()[before:])
            kept = known(tmp_path)
        before = len(server.seen)
        assert finished(server, tmp_path) == undisturbed
        assert not kept & set(server.contents()[before:])
        most = COUNT + KILLS * 8
        assert len(set(server.answered)) == COUNT - len(HOPELESS) and len(server.answered) <= most
    results = [json.loads(line) for line in undisturbed.splitlines()]
    assert len(results) == COUNT
    assert [result["rule"] for result in results if not result["answered"]] == ["refused"] * len(HOPELESS)


def test_one_more_request_is_one_more_call_and_another_reading_is_none(tmp_path: Path, undisturbed: str) -> None:
    place = tmp_path / "undisturbed"
    with BadServer(faulty) as server:
        assert finished(server, place, count=COUNT + 1).startswith(undisturbed)
        assert set(server.contents()) == {f"number {COUNT}"} | HOPELESS
    code = tmp_path / "code"
    for folder in ("tasks", "tests"):
        shutil.copytree(ROOT / folder, code / folder, ignore=shutil.ignore_patterns("__pycache__"))
    parser = code / "tasks/completions/exchange.py"
    before = parser.read_text(encoding="utf-8")
    after = before.replace('if thought else ("", raw)', 'if thought else ("", f"{raw}!")')
    assert after != before
    parser.write_text(after, encoding="utf-8")
    with BadServer(faulty) as server:
        texts = [json.loads(line).get("text") for line in finished(server, place, code=code).splitlines()]
        assert set(server.contents()) == HOPELESS
    assert {text[-1] for text in texts if text} == {"!"} and texts.count(None) == len(HOPELESS)
