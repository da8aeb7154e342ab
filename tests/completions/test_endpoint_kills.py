"""A run that is killed wherever it stands ends as one that never was, and pays for no answer twice that it had kept."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tasks.completions import Journal
from tests.completions.asking_process import IN_FLIGHT, endpoint, requests
from tests.completions.bad_server import BadServer, Seen

ROOT = Path(__file__).parents[2]
CONTENTS, ROOM, KILLS = 500, 48, 30
FAULTS = (
    "500",
    "429",
    "503",
    "html",
    "reset",
    "nothing",
    "no finish",
    "cut before its end",
    "another's answer",
    "half a header",
)
FAULTY = 0.3
"""Share of requests whose first attempt fails."""


@dataclass
class Phase:
    """How the server behaves: as drawn for each content, or well."""

    well: bool = False
    room: int = ROOM
    kill_at: list[int] = field(default_factory=list)
    """Kill when so many requests have come in."""
    seen: int = 0
    process: subprocess.Popen[str] | None = None
    killer: threading.Timer | None = None
    """Of this process; each is killed once."""

    def mode(self, content: str, attempt: int) -> str:
        draw = Random(content)
        fate, fault, faulty = draw.random(), draw.choice(FAULTS), draw.random() < FAULTY
        if not self.well and attempt == 0 and faulty:
            return fault
        if not self.well and fate < 0.02:
            return "400" if fate < 0.01 else "content_filter"
        return "length" if fate > 0.9 and self.room == ROOM else "ok"

    def came_in(self, seen: Seen) -> None:
        """Kill where it is time, up to 20 ms later: while the process waits, reads, or writes its journal."""
        self.seen += 1
        if self.process and not self.killer and self.kill_at and self.seen >= self.kill_at[0]:
            self.killer = threading.Timer(Random(self.kill_at.pop(0)).uniform(0, 0.02), self.process.kill)
            self.killer.start()


def run(server: BadServer, folder: Path, phase: Phase, *words: str) -> str:
    """Ask once more until the end or the kill; what it said."""
    options = dict(zip(("--contents", "--room", "--read"), (str(CONTENTS), str(ROOM), "raw"), strict=True))
    options |= dict(zip(words[::2], words[1::2], strict=True))
    phase.room = int(options["--room"])
    said = [word for pair in options.items() for word in pair]
    with (folder / "said.txt").open("a+") as log:
        phase.process = subprocess.Popen(
            [sys.executable, "-m", "tests.completions.asking_process", server.url, str(folder), *said],
            cwd=ROOT, env={**os.environ, "CANARY_KEY": KEY}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            text=True,
        )  # fmt: skip
        phase.killer = None
        told, _ = phase.process.communicate(timeout=60)
    assert phase.process.returncode in (0, -signal.SIGKILL), (folder / "said.txt").read_text()[-2000:]
    until = time.monotonic() + 10
    while server.at_work and time.monotonic() < until:
        time.sleep(0.001)
    return told if phase.process.returncode == 0 else "killed"


KEY = "sk-canary-0123456789"


def known(folder: Path, count: int = CONTENTS, room: int = ROOM) -> set[str]:
    """Contents that the journal answers."""
    identity, asked = endpoint("http://127.0.0.1:9/v1").identity, requests(count, room)
    keys = {(request.key(identity), room): request.prompt for request in asked}
    return {keys[key] for key in Journal(folder / "journal.sqlite").read(list(keys))}


@pytest.mark.whole
@pytest.mark.timeout(400)  # some 40 processes, one after the other
def test_thirty_kills_change_no_byte_and_no_kept_answer_is_asked_for_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    (calm := tmp_path / "calm").mkdir()
    with BadServer(Phase().mode) as server:
        assert run(server, calm, Phase()).startswith(f"asked {CONTENTS}, known 0")
        undisturbed = len(server.seen)
    (folder := tmp_path / "killed").mkdir()
    points = sorted(Random("kills").sample(range(1, undisturbed), KILLS))
    phase, lost, asked_again, kills = Phase(kill_at=points), Counter[str](), 0, -1
    with BadServer(phase.mode, before=phase.came_in) as server:
        said = "killed"
        while said == "killed":
            kills += 1
            kept = known(folder) if (folder / "journal.sqlite").exists() else set()
            seen, answered = len(server.seen), len(server.answered)
            said = run(server, folder, phase)
            asked_again += len(kept & {request.content for request in server.seen[seen:]})
            now = known(folder)
            fresh = Counter(server.answered[answered:])
            assert kept <= now <= set(server.answered)
            lost += fresh - Counter(now - kept)
            assert len(fresh - Counter(now - kept)) <= IN_FLIGHT
        calls = len(server.seen)
        assert (kills, asked_again, phase.kill_at) == (KILLS, 0, [])
        assert Counter(server.answered) == Counter(now) + lost
        assert (folder / "results.jsonl").read_bytes() == (calm / "results.jsonl").read_bytes()
        rows = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
        ends = Counter(row[2] if row[2] in ("stop", "length") else row[1] for row in rows)
        assert set(ends) == {"stop", "length", "refused", "content_filter"} and ends.total() == CONTENTS
        faulty = sum(phase.mode(request.prompt, 0) in FAULTS for request in requests(CONTENTS, ROOM))
        assert 0.25 < faulty / CONTENTS < 0.35
        afterwards(server, folder, phase, ends)
    with capsys.disabled():
        print(  # noqa: T201 - the figures
            f"\n{KILLS} kills, {faulty} of {CONTENTS} first attempts faulty, {dict(ends)}; undisturbed {undisturbed} calls, "
            f"killed {calls}; answers lost {lost.total()}, known ones asked again {asked_again}; "
            f"{time.monotonic() - started:.0f} s"
        )
    assert KEY not in "".join(path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file())


def afterwards(server: BadServer, folder: Path, phase: Phase, ends: Counter[str]) -> None:
    """What each change costs once all is answered: exactly what it must."""
    phase.well = True
    failed = ends["refused"] + ends["content_filter"]
    assert asked(server, folder, phase) == (failed, f"asked {failed}, known {CONTENTS - failed}\n")
    before = (folder / "results.jsonl").read_text()
    assert asked(server, folder, phase, "--contents", str(CONTENTS + 1)) == (1, f"asked 1, known {CONTENTS}\n")
    assert (folder / "results.jsonl").read_text().startswith(before)
    assert asked(server, folder, phase, "--read", "lower") == (0, f"asked 0, known {CONTENTS}\n")
    assert (folder / "results.jsonl").read_text() == before.lower() != before
    cut = sum(json.loads(line)[2] == "length" for line in before.splitlines())
    assert asked(server, folder, phase, "--room", "96") == (cut, f"asked {cut}, known {CONTENTS - cut}\n") and cut > 20
    assert '"length"' not in (folder / "results.jsonl").read_text()


def asked(server: BadServer, folder: Path, phase: Phase, *words: str) -> tuple[int, str]:
    """How many requests a further run put to the server, and what it said of that."""
    seen = len(server.seen)
    said = run(server, folder, phase, *words)
    return len(server.seen) - seen, said
