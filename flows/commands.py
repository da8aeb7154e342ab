"""How the command of a stage runs: as a child process that ends with this one and works under its lock.

`run(["python", "-m", "tasks.corpus"], lock=3, environment={})` shows the child's progress bars as they come. When the child
fails, its last line becomes the error here, of the class that its exit code stands for.
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
    columns = str(shutil.get_terminal_size().columns)  # a progress bar cannot ask a pipe for its width
    child = subprocess.Popen(
        [program, *words[1:]],
        env={"COLUMNS": columns, **BRIEF_SPIN, **os.environ, **environment, INHERITED: str(lock), PARENT: str(os.getpid())},
        stderr=subprocess.PIPE,
        pass_fds=(lock,),
    )
    with child:
        assert child.stderr is not None
        last = _last_line(_relay(child.stderr))
    if child.returncode:
        raise _error(child.returncode, last, " ".join(words))


def _relay(stream: IO[bytes]) -> str:
    """Copy what comes to this process's stderr at once; the end of it, when there is no more."""
    decoder, end = codecs.getincrementaldecoder("utf-8")("replace"), ""
    while chunk := os.read(stream.fileno(), 65_536):
        text = decoder.decode(chunk)
        sys.stderr.write(text)
        sys.stderr.flush()
        end = (end + text)[-KEPT:]
    return end


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def _error(code: int, last: str, command: str) -> ZhilingError:
    if code < 0:
        return ZhilingError(
            f"`{command}` was ended by {signal.Signals(-code).name}. If nobody stopped it, the machine ran out of memory: "
            "choose smaller batches in params/ and run the same command again; what is finished is kept."
        )
    kind = {error.exit_code: error for error in ZhilingError.__subclasses__()}.get(code, ZhilingError)
    return kind(last or f"`{command}` ended with exit code {code} and said nothing.")
