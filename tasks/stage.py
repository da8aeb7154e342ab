"""How a stage starts, from a command line or from a flow: lock, params, outbox, work; errors become one paragraph.

`tasks/corpus/__main__.py` is `sys.exit(main("corpus", CorpusParams, make))`, so that `python -m tasks.corpus` runs it.
"""

import argparse
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

from tasks.errors import exit_code_of
from tasks.params import load, read
from tasks.tracking import Numbers
from tasks.workspace import Workspace, command, digests, here, locked

P = TypeVar("P")
Make = Callable[[P, Workspace, Numbers], None]


def run(noun: str, kind: type[P], make: Make[P], workspace: Workspace) -> None:
    """Make data/<noun>/ of params/<noun>.yaml and the folders it depends on. Raises ZhilingError."""
    with locked(workspace, command()):
        params = load(kind, workspace.params / f"{noun}.yaml")
        numbers = Numbers.open(workspace, noun)
        numbers.params(asdict(params))  # type: ignore[call-overload]
        for path, digest in inputs(workspace, noun).items():
            numbers.input(path, digest)
        status = "FAILED"
        try:
            make(params, workspace, numbers)
            status = "FINISHED"
        finally:
            numbers.end(status)


def inputs(workspace: Workspace, noun: str) -> dict[str, str]:
    """The data folders that dvc.yaml says the stage reads, with DVC's digests."""
    if not (known := digests(workspace)):
        return {}
    return {path: known[path] for path in read(workspace.root / "dvc.yaml")["stages"][noun]["deps"] if path in known}


def main(noun: str, kind: type[P], make: Make[P]) -> int:
    """`run` in the current checkout for a command line: exit code 0, or the error's, with its message on stderr.

    There are no arguments but --help: all that a stage may do otherwise stands in its params.
    """
    about = (
        f"Make data/{noun} by params/{noun}.yaml of the folders that dvc.yaml names, up to date or not. "
        f"`python -m flows.whole {noun}` makes what is stale before it, too."
    )
    argparse.ArgumentParser(prog=f"python -m tasks.{noun}", description=about).parse_args()
    try:
        return exit_code_of(noun, lambda: run(noun, kind, make, here()))
    except KeyboardInterrupt:
        sys.stderr.write(f"{noun}: stopped by Ctrl-C; nothing half-written. Run the same command to go on.\n")
        return 130
