"""Every error Zhiling raises on purpose, and the exit code a command ends with.

    ZhilingError
    ├── ParamsError       2  a params file, or a value in it, is wrong          (ValueError)
    ├── InputError        3  a source, a document or a data folder is wrong      (ValueError)
    ├── EnvironmentFault  4  the machine: disk, memory, permissions, a lock      (OSError)
    ├── EndpointError     5  a model or a server did not answer as it must       (RuntimeError)
    ├── IntegrityError    6  bytes are not what a manifest or a hash promised    (RuntimeError)
    └── TrainingError     7  the run cannot go on: NaN, a lost rank              (RuntimeError)

A message is one paragraph: what was wrong, the value, what was expected, and the file or key to change.
To add an error: take the nearest of these; a new class only if a caller must tell it apart.
"""

import errno
import os
import select
import sys
from collections.abc import Callable

OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE}
"""What an OSError from anywhere may say without being a mistake of ours: that keeps its trace, as a missing file does."""

OF_THE_PIPE = 141
"""What a shell shows for a program that SIGPIPE ended, as `… | head` ends it: quiet, but the work may not be done."""


class ZhilingError(Exception):
    """Base of all errors below; `exit_code` is what a command that meets it returns."""

    exit_code = 1


class ParamsError(ZhilingError, ValueError):
    """A params file is missing, unreadable, or holds an unknown, missing or wrong value."""

    exit_code = 2


class InputError(ZhilingError, ValueError):
    """A source or a data folder cannot be used as it stands."""

    exit_code = 3


class EnvironmentFault(ZhilingError, OSError):
    """The machine refuses: a full disk, a read-only folder, a lock that somebody else holds."""

    exit_code = 4


class EndpointError(ZhilingError, RuntimeError):
    """A model, a hub or a server did not answer as it must."""

    exit_code = 5


class IntegrityError(ZhilingError, RuntimeError):
    """Bytes or row counts differ from what a manifest, a hash or the books promised."""

    exit_code = 6


class TrainingError(ZhilingError, RuntimeError):
    """Training cannot go on, and going on would hide it."""

    exit_code = 7


def exit_code_of(command: str, work: Callable[[], object]) -> int:
    """Do the work of a command line: 0, or the exit code of the error it met, with its message on stderr.

    A reader of stdout who leaves, as `head` does, ends it without a word.
    """
    try:
        work()
        if sys.stdout:  # None where a shell closed it
            sys.stdout.flush()
    except ZhilingError as error:
        sys.stderr.write(f"{command}: {error}\n")
        return error.exit_code
    except OSError as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            return OF_THE_PIPE
        if error.errno not in OF_THE_MACHINE:
            raise
        sys.stderr.write(
            f"{command}: {error.strerror}: {error.filename or 'a file in this checkout'}. Free space, permissions or what "
            "else is wanting there, and run the same command again; what is finished is kept.\n"
        )
        return EnvironmentFault.exit_code
    return 0


def _nobody_reads() -> bool:
    """Whether stdout is a pipe whose reader has left; what is still in Python's buffers then goes nowhere.

    As docs.python.org/3/library/signal.html says in its note on SIGPIPE: else the interpreter's last flush would complain.
    """
    stdout = 1
    poll = select.poll()
    poll.register(stdout, 0)  # POLLERR and POLLHUP are told unasked
    if not poll.poll(0):
        return False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stdout)
    os.close(nowhere)
    return True
