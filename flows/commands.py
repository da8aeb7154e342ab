"""How the command of a stage runs: as a child process that ends with this one and works under its lock.

`run(["python", "-m", "tasks.corpus"], lock=3, environment={})` shows the child's progress bars as they come. When the child
fails, its last line becomes the error here, of the class that its exit code stands for, and is not shown twice.
"""

import codecs
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO

from tasks.errors import ZhilingError
from tasks.parallel import BRIEF_SPIN
from tasks.workspace import INHERITED, PARENT

KEPT = 8192
"""How much of the end of stderr is kept to find the last line in, in characters."""


def run(words: Sequence[str], *, lock: int, environment: Mapping[str, str]) -> None:
    """Run a command to its end. Raises the ZhilingError that its exit code stands for.

    Same process group, so that one signal to the group ends all; `python` is this interpreter, whatever PATH says.
    """
    program = sys.executable if words[0] == "python" else words[0]
    # A progress bar cannot ask a pipe for its width; in a file a line of it every half a minute is enough.
    bars = {"COLUMNS": str(shutil.get_terminal_size().columns)}
    if not sys.stderr.isatty():
        bars["TQDM_MININTERVAL"] = "30"
    child = subprocess.Popen(
        [program, *words[1:]],
        env={**bars, **BRIEF_SPIN, **os.environ, **environment, INHERITED: str(lock), PARENT: str(os.getpid())},
        stderr=subprocess.PIPE,
        pass_fds=(lock,),
    )
    with child:
        assert child.stderr is not None
        end, verdict = _relay(child.stderr, sign=f"{words[-1].rpartition('.')[2]}: ")
    if child.returncode:
        raise _error(child.returncode, _last_line(end), " ".join(words))
    sys.stderr.write(verdict)


def _relay(stream: IO[bytes], sign: str) -> tuple[str, str]:
    """Copy what comes to this process's stderr at once; the end of it when there is no more, and what was not copied.

    That is the last line, if it begins with `sign`: it may be the error that the caller tells.
    """
    decoder, end, held = codecs.getincrementaldecoder("utf-8")("replace"), "", ""
    while chunk := os.read(stream.fileno(), 65_536):
        text = decoder.decode(chunk)
        lines = (held + text).splitlines(keepends=True)
        held = lines.pop() if lines and lines[-1].startswith(sign) and lines[-1].endswith("\n") else ""
        sys.stderr.write("".join(lines))
        sys.stderr.flush()
        end = (end + text)[-KEPT:]
    return end, held


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _error(code: int, last: str, command: str) -> ZhilingError:
    if code < 0:
        memory = " If nobody stopped it, the machine ran out of memory: choose smaller batches in params/."
        why = memory if -code == signal.SIGKILL else ""
        return ZhilingError(
            f"`{command}` was ended by {signal.Signals(-code).name}.{why} "
            "Run the same command again; what is finished is kept."
        )
    kind = {error.exit_code: error for error in ZhilingError.__subclasses__()}.get(code, ZhilingError)
    return kind(last or f"`{command}` ended with exit code {code} and said nothing.")
