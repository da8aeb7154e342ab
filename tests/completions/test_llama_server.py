"""llama-server: started when it is asked, gone when we are, and its end is noticed. By a stand-in, and by the real one."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tasks.completions import Journal, Reply, Request, complete, llama_server
from tasks.completions.llama_server import LlamaServer
from tasks.completions.settings import LlamaCpp
from tasks.errors import EnvironmentFault, InputError, IntegrityError
from tests.completions.tiny_gguf import write_tiny_gguf

ROOT = Path(__file__).parents[2]
ASKED = [Request(f"content {number} 指令", max_new_tokens=16) for number in range(12)]
SETTINGS = LlamaCpp(
    kind="llama_cpp", gguf="toy.gguf", sha256="", api="chat", in_flight=3, context_tokens=256, deadline_seconds=60
)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in as `llama-server` on PATH; the GGUF "file" beside it."""
    program = tmp_path / "bin" / "llama-server"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT}/tests/completions/stand_in_llama.py" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    (tmp_path / "toy.gguf").write_text("good")
    return tmp_path / "toy.gguf"


def starts(gguf: Path) -> list[dict[str, Any]]:
    notes = Path(f"{gguf}.jsonl")
    return [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []


def is_alive(process: int) -> bool:
    """A zombie is dead: its parent may have been killed before it could ask."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(process: int, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while is_alive(process) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_alive(process)


@pytest.mark.parametrize("api", ["chat", "completions"])
def test_it_starts_once_answers_and_ends_with_us(api: str, stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_API_KEY", "sk-canary-0123456789")
    with LlamaServer(LlamaCpp(**{**fields(SETTINGS), "api": api}), stand_in) as model:
        assert starts(stand_in) == []
        found = dict(pair for some in (model.replies(ASKED), model.replies(ASKED)) for ended in some for pair in ended)
        [started] = starts(stand_in)
        assert is_alive(started["pid"])
    assert found == {index: Reply(request.prompt.upper(), "stop", 3, 5) for index, request in enumerate(ASKED)}
    assert gone(started["pid"])
    said = " ".join(started["words"])
    assert "--host 127.0.0.1 " in said and "--parallel 3 --ctx-size 768 --no-kv-unified --offline" in said
    assert "EXAMPLE_API_KEY" not in started["environment"] and "LLAMA_API_KEY" in started["environment"]


def fields(settings: LlamaCpp) -> dict[str, Any]:
    return {name: getattr(settings, name) for name in settings.__dataclass_fields__}  # type: ignore[attr-defined]


def test_what_the_journal_knows_starts_nothing(stand_in: Path, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    with LlamaServer(SETTINGS, stand_in) as model:
        first = complete(ASKED, model, journal, about="")
    with LlamaServer(SETTINGS, stand_in) as model:
        assert complete(ASKED, model, journal, about="").results == first.results
    assert len(starts(stand_in)) == 1


@pytest.mark.whole
def test_it_dies_with_a_process_that_is_killed(stand_in: Path) -> None:
    code = f"""
import sys, time
from pathlib import Path
from tests.completions.test_llama_server import ASKED, SETTINGS, LlamaServer
with LlamaServer(SETTINGS, Path({str(stand_in)!r})) as model:
    list(model.replies(ASKED))
    print("answered", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout and parent.stdout.readline() == "answered\n"
        [started] = starts(stand_in)
        assert is_alive(started["pid"])
        parent.send_signal(signal.SIGKILL)
    assert gone(started["pid"])


@pytest.mark.whole  # seconds
def test_one_that_dies_is_noticed_and_what_it_answered_is_kept(stand_in: Path, tmp_path: Path) -> None:
    stand_in.write_text("mortal")
    journal = Journal(tmp_path / "journal.sqlite")
    with (
        LlamaServer(SETTINGS, stand_in) as model,
        pytest.raises(EnvironmentFault, match=r"ended in the middle of its work.*run the same command again"),
    ):
        complete(ASKED, model, journal, about="")
    keys = [(request.key(model.identity), request.max_new_tokens) for request in ASKED]
    assert 1 <= len(journal.read(keys)) <= 3


@pytest.mark.whole  # seconds
def test_one_that_cannot_start_says_its_last_words(stand_in: Path) -> None:
    stand_in.write_text("broken")
    with (
        LlamaServer(SETTINGS, stand_in) as model,
        pytest.raises(EnvironmentFault, match=r"ended with .*toy\.gguf: .*failed to load model"),
    ):
        list(model.replies(ASKED))


@pytest.mark.whole  # seconds
def test_one_that_is_never_ready_is_not_waited_for_for_ever(stand_in: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama_server, "SECONDS_TO_START", 1.5)
    stand_in.write_text("slow")
    with LlamaServer(SETTINGS, stand_in) as model, pytest.raises(EnvironmentFault, match=r"was not ready after 1\.5 s"):
        list(model.replies(ASKED))
    assert all(gone(started["pid"]) for started in starts(stand_in))


def test_without_the_program_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "toy.gguf").write_text("good")
    with (
        LlamaServer(SETTINGS, tmp_path / "toy.gguf") as model,
        pytest.raises(EnvironmentFault, match="llama-server is not on PATH"),
    ):
        list(model.replies(ASKED))


def test_a_file_that_is_none_or_another_is_refused_before_anything_starts(stand_in: Path) -> None:
    with pytest.raises(InputError, match="is no file"):
        LlamaServer(SETTINGS, stand_in.with_name("none.gguf")).identity  # noqa: B018
    wrong = LlamaCpp(**{**fields(SETTINGS), "sha256": "0" * 64})
    with pytest.raises(IntegrityError, match=r"wants 0{64}"):
        LlamaServer(wrong, stand_in).identity  # noqa: B018
    assert starts(stand_in) == []


def test_its_name_is_that_of_the_bytes_and_not_of_the_path(stand_in: Path) -> None:
    named = LlamaServer(SETTINGS, stand_in).identity
    copy = Path(shutil.copy(stand_in, stand_in.with_name("other.gguf")))
    assert LlamaServer(SETTINGS, copy).identity == named
    copy.write_text("another")
    assert LlamaServer(SETTINGS, copy).identity != named


@pytest.mark.whole
@pytest.mark.skipif(shutil.which("llama-server") is None, reason="llama-server is not on PATH: only a stand-in was tried")
@pytest.mark.parametrize("api", ["chat", "completions"])
def test_the_real_one_answers_and_ends_with_us(api: str, tmp_path: Path, tiny_foundation: Path) -> None:
    gguf = write_tiny_gguf(tiny_foundation, tmp_path / "tiny.gguf")
    with LlamaServer(LlamaCpp(**{**fields(SETTINGS), "api": api}), gguf) as model:
        found = [result for ended in model.replies(ASKED) for _, result in ended]
        assert model.process
        process = model.process.pid
        assert is_alive(process)
    assert gone(process)
    assert len(found) == len(ASKED)
    for reply in found:
        assert isinstance(reply, Reply), reply
        assert reply.raw and 1 <= reply.new_tokens <= 16 and reply.prompt_tokens > 0
