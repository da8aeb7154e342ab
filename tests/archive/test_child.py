"""The child that parses what strangers wrote: one that hangs, swells, crashes or lies costs one document."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from tasks.archive.child import Child
from tasks.archive.found import Refused
from tasks.errors import EnvironmentFault
from tests.archive.made_files import RELATIONS, zip_of

PAGE, TEA = b"<title>tea</title><p>Boil water.", {"title": "tea", "text": "Boil water."}
ENDLESS = b"<p " + b"".join(b" a%d=1" % number for number in range(200_000)) + b">x"
"""libxml2 compares each attribute with all before it."""


def refusal(child: Child, work: str, body: bytes) -> str:
    with pytest.raises(Refused) as refused:
        child.ask(work, body)
    return f"{refused.value.rule}: {refused.value.reason}"


@pytest.mark.whole  # seconds
def test_a_parser_that_hangs_is_killed_at_the_deadline_and_the_next_document_is_read() -> None:
    with Child(30) as child:
        assert child.ask("html", PAGE) == TEA
        child.seconds, start = 0.3, time.monotonic()
        assert refusal(child, "html", ENDLESS) == "too_costly: took more than 0.3 seconds to read"
        assert time.monotonic() - start < 5
        child.seconds = 30
        assert child.ask("html", PAGE) == TEA


def test_a_child_that_is_killed_is_replaced_and_ends_with_us() -> None:
    with Child(30) as child:
        child.ask("html", PAGE)
        assert child.process
        child.process.kill()
        assert child.ask("html", PAGE) == TEA
        number = child.process.pid
    assert not psutil.pid_exists(number) and child.process is None


@pytest.mark.whole
def test_a_child_ends_when_we_are_killed(tmp_path: Path) -> None:
    code = "from tasks.archive.child import Child\nchild = Child(30); child.ask('html', b'x')\n"
    code += "print(child.process.pid, flush=True); import time; time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=os.getcwd(), stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    with parent.stdout:
        child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    child.wait(10)


def test_an_answer_that_is_too_long_is_not_taken_in() -> None:
    with Child(30, longest=10_000) as child:
        assert refusal(child, "html", b"x" * 20_000) == "too_long: its text has more than 10000 bytes"
        assert child.ask("html", b"x" * 10_000)["text"] == "x" * 10_000


def test_a_reason_is_cut_where_a_stranger_made_it_long(child: Child) -> None:
    long = zip_of({"_rels/.rels": RELATIONS.replace("word/document.xml", "x" * 60_000)})
    assert refusal(child, "docx", long) == f"missing_member: has no member '{'x' * 485}"


@pytest.mark.whole
def test_a_document_that_takes_more_than_two_gigabytes_is_told_from_a_crash(child: Child) -> None:
    assert child.ask("html", PAGE) == TEA
    assert refusal(child, "html", b"<p>" + b"x" * 600_000_000) == "out_of_memory: took more than 2 GiB to read"
    assert child.ask("html", PAGE) == TEA


def test_the_child_has_no_secrets_and_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEACHER_API_KEY", "sk-secret")
    with Child(30) as child:
        child.ask("robots", b"", "us", "http://a.org/")
        assert child.process
        family = psutil.Process(child.process.pid)
        assert "TEACHER_API_KEY" not in family.environ()
        assert family.rlimit(psutil.RLIMIT_AS) == (2 * 2**30, 2 * 2**30)
        assert family.rlimit(psutil.RLIMIT_NPROC) == (0, 0)


def test_what_is_not_installed_is_said_and_not_blamed_on_the_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "protego.py").write_text("import no_such_module")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with Child(30) as child, pytest.raises(EnvironmentFault, match="no_such_module"):
        child.ask("robots", b"", "us", "http://a.org/")


def test_equal_documents_give_equal_texts_whatever_was_read_before() -> None:
    pages: list[tuple[str, bytes]] = [("html", PAGE), ("xhtml", b"<p>one</p>"), ("html", b"<ul><li>a<li>b"), ("html", PAGE)]

    def answers(pages: list[tuple[str, bytes]]) -> list[Any]:
        with Child(30) as child:
            return [child.ask(*page) for page in pages]

    assert answers(pages) == answers(pages[::-1])[::-1]
