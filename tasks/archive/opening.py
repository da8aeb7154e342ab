"""A path below a folder → the file there, opened so that no link leads out, whoever swaps links meanwhile.

opened(Path("notes/a.txt"), Path("notes"))        →  a stream
opened(Path("notes/to_etc/x"), Path("notes"))     →  Refused outside

Links are resolved once, and what they lead to is walked to folder by folder without following any: one that was put there in
between is not followed, but refused.
"""

import os
import stat
from io import BufferedReader
from os.path import realpath
from pathlib import Path

from tasks.archive.refused import Refused

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
"""A pipe that takes a file's place would otherwise hold us until somebody writes into it."""


def opened(file: Path, base: Path) -> BufferedReader:
    """A plain file below `base`. Raises Refused (outside, unreadable), and OSError where it cannot be opened."""
    top, at = realpath(base), realpath(file)
    if not Path(at).is_relative_to(top):
        raise Refused("outside", "is a link that leads out of the folder")
    *folders, name = Path(at).relative_to(top).parts or (".",)
    folder = os.open(top, FOLDER)
    try:
        for part in folders:
            outer, folder = folder, os.open(part, FOLDER, dir_fd=folder)
            os.close(outer)
        # A device may act when it is opened: look first.
        _check_plain(os.stat(name, dir_fd=folder, follow_symlinks=False))
        descriptor = os.open(name, FILE, dir_fd=folder)
    finally:
        os.close(folder)
    stream = os.fdopen(descriptor, "rb")
    try:
        _check_plain(os.fstat(descriptor))
    except Refused:
        stream.close()
        raise
    return stream


def _check_plain(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise Refused(
            "unreadable", "is a folder that is not looked into: locked, or behind a link; name it as a `path` of its own"
        )
    if not stat.S_ISREG(status.st_mode):
        raise Refused("unreadable", "is no plain file, or a link that leads nowhere")
