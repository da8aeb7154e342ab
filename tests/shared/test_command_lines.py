"""What all commands have in common: words that are no arguments are refused, and a reader who leaves ends them in quiet."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.errors import OF_THE_PIPE, exit_code_of

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [(["--help"], 0, "usage: python -m tasks.server"), (["--rows", "5"], 2, "--rows 5"), (["corpus"], 2, "corpus")],
)
def test_a_stage_answers_help_and_refuses_words_before_it_does_anything(
    tmp_path: Path, words: list[str], code: int, told: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tasks.server", *words], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == code and told in done.stdout + done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("lines", [1, 100_000], ids=["less than a buffer", "more"])
def test_a_reader_who_leaves_ends_a_command_in_quiet(lines: int) -> None:
    work = f"sys.stdin.read(); sys.stdout.writelines(['a line of text\\n'] * {lines})"
    code = f"import sys\nfrom tasks.errors import exit_code_of\ndef work(): {work}\nsys.exit(exit_code_of('toy', work))"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT, stdin=pipe, stdout=pipe, stderr=pipe) as command:
        assert command.stdin and command.stdout and command.stderr
        command.stdout.close()  # before it writes: it waits for the end of its input
        command.stdin.close()
        assert (command.stderr.read(), command.wait()) == (b"", OF_THE_PIPE)


def test_another_pipe_that_breaks_is_no_quiet_end() -> None:
    def work() -> None:
        reader, writer = os.pipe()
        os.close(reader)
        os.write(writer, b"x")

    with pytest.raises(BrokenPipeError):
        exit_code_of("toy", work)
