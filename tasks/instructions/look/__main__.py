"""Look at rows: `python -m tasks.instructions.look` (a page), `--pager` (the terminal), `--report` (what was found)."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tasks.errors import EnvironmentFault, exit_code_of
from tasks.instructions.command_line import between
from tasks.instructions.look.pager import pager
from tasks.instructions.look.report import report
from tasks.instructions.look.sample import sample
from tasks.instructions.look.serve import Server
from tasks.instructions.look.verdicts import Verdicts
from tasks.workspace import Workspace, here

FILE = Path("feedback/verdicts.jsonl")
"""Within the checkout."""


def look(asked: argparse.Namespace, workspace: Workspace) -> None:
    """Do what the command line asks. Raises EnvironmentFault where the port is taken."""
    verdicts = Verdicts(workspace.root / FILE)
    if asked.report:
        none = f"no verdicts yet; `python -m tasks.instructions.look` shows rows and keeps what you say in {FILE}\n"
        sys.stdout.writelines(report(verdicts.latest.values()) if verdicts.latest else none)
        return
    rows = sample(workspace, seed=asked.seed, most=asked.most)
    if asked.pager:
        pager(rows, verdicts, input=sys.stdin, output=sys.stdout)
        sys.stdout.write(f"\nVerdicts so far: {len(verdicts.latest):,}, in {FILE}; --report tells what they say.\n")
        return
    try:
        server = Server(rows, verdicts, port=asked.port)
    except OSError as error:
        raise EnvironmentFault(f"Port {asked.port} cannot be had: {error.strerror}. Give another by --port.") from error
    with server:
        sys.stdout.write(f"{len(rows)} rows at {server.url}\nCtrl-C ends it; each verdict goes to {FILE} at once.\n")
        sys.stdout.flush()
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.stdout.write("\n")


def main(arguments: Sequence[str]) -> int:
    """The exit code is that of the error met, else 0."""
    parser = argparse.ArgumentParser(
        prog="python -m tasks.instructions.look", description="Look at rows: kept, dropped, quarantined."
    )
    parser.add_argument("--most", type=between(int, 1, 10**6), default=10, help="rows of each maker, and of each rule (10)")
    parser.add_argument("--seed", type=int, default=1, help="decides which rows (1)")
    parser.add_argument("--port", type=between(int, 0, 65535), default=0, help="port on 127.0.0.1; 0 takes a free one (0)")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--pager", action="store_true", help="in the terminal, without a browser")
    way.add_argument("--report", action="store_true", help="what the verdicts say so far")
    asked = parser.parse_args(arguments)
    return exit_code_of("look", lambda: look(asked, here()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
