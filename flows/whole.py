"""The whole road: everything in dvc.yaml that is stale, in order, what is independent side by side.

    python -m flows.whole                                              all of it
    python -m flows.whole corpus --change corpus.duplicates.near=0.9   up to corpus, with another value in params/corpus.yaml

Run it as often as you like: what is up to date stays. The same road as a Prefect flow is in flows/deployed.py: this command
takes it where the server that PREFECT_API_URL names answers; without one it starts none and never imports Prefect.
"""

import argparse
import logging
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from threading import Event

from flows import commands, graph
from tasks.changes import Changes, apply, parse
from tasks.doctor import examine
from tasks.errors import InputError, ParamsError, exit_code_of
from tasks.params import load
from tasks.to_mlflow.client import answers
from tasks.tracking import PARENT, Numbers
from tasks.workspace import Workspace, command, digests, here, locked

log = logging.getLogger("flows.whole")

Step = Callable[[str], str]
"""Brings the stage of a name up to date and says how: UpToDate, Ran or Restored."""
Walk = Callable[[graph.Plan, Step, Event], dict[str, str]]
"""Takes a step for each stage of a plan, each after those it waits for; their answers by name. Broken off, as by Ctrl-C, it
sets the event, after which no command starts."""


def whole(
    changes: Changes, *, walk: Walk, refresh: bool = True, targets: Sequence[str] = (), force: bool = False
) -> dict[str, str]:
    """Change params, look at the sources, and bring `targets` (default: all) up to date; what became of each stage.

    Raises ZhilingError: of a wrong change before anything is touched, of a failed stage after its neighbours ended.
    """
    workspace, began = here(), time.monotonic()
    at_work, stopped = list[tuple[float, float]](), Event()
    with locked(workspace, command()) as lock, graph.own_commands(), undoing() as written:
        for repair in examine(workspace):
            log.info("doctor: %s", repair)
        written += apply(changes, {noun: settings_of(noun) for noun in changes}, workspace.params)
        changed = [*written, *(look_at_sources(workspace) if refresh else ())]
        if changed:
            log.info("changed: %s", ", ".join(changed))
        plan, fresh = graph.survey(targets)
        forced = set(targets or plan) if force else set()
        if fresh.issuperset(plan) and not forced:
            log.info("%s: up to date.", " → ".join(plan))
            states = walk(plan, lambda name: "UpToDate", stopped)
        else:
            with tracked(workspace) as environment:
                start = start_with(lock, environment, stopped, at_work)
                states = walk(plan, lambda name: step(name, start, fresh=() if force else fresh, forced=forced), stopped)
        if sent := graph.push():
            log.info("pushed: %d objects", sent)
        took = time.monotonic() - began
        log.info("%d stages, %.1f s, of which %.1f s orchestration", len(plan), took, took - covered(at_work))
        return states


@contextmanager
def undoing() -> Iterator[list[str]]:
    """Yields a list for keys that are changed: an error about params or input that comes later tells of them."""
    changed: list[str] = []
    try:
        yield changed
    except (ParamsError, InputError) as error:
        files = " ".join(sorted({f"params/{key.partition('.')[0]}.yaml" for key in changed}))
        if not files:
            raise
        raise type(error)(f"{error} {files} was changed before; `git checkout {files}` undoes it.") from error


def step(name: str, start: graph.Start, *, fresh: Collection[str], forced: Collection[str]) -> str:
    """Bring one stage up to date, and say so."""
    began = time.monotonic()
    state = "UpToDate" if name in fresh else graph.make(name, start, force=name in forced)
    log.info("%s: %s, %.1f s", name, state, time.monotonic() - began)
    return state


def side_by_side(plan: graph.Plan, step: Step, stopped: Event) -> dict[str, str]:
    """A Walk with a thread a stage."""

    def after(before: Sequence[Future[str]], name: str) -> str:
        for future in before:
            future.result()  # raises what failed there: this stage then ends with it, unstarted
        return step(name)

    with ThreadPoolExecutor(max_workers=len(plan)) as pool:
        futures: dict[str, Future[str]] = {}
        for name, before in plan.items():
            futures[name] = pool.submit(after, [futures[earlier] for earlier in before], name)
        try:
            return {name: future.result() for name, future in futures.items()}
        except KeyboardInterrupt:
            stopped.set()
            raise


def start_with(lock: int, environment: dict[str, str], stopped: Event, at_work: list[tuple[float, float]]) -> graph.Start:
    """A Start that runs the stage's command as a child process under the workspace lock, and notes from when to when."""

    def start(words: Sequence[str]) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        began = time.monotonic()
        try:
            commands.run(words, lock=lock, environment=environment)
        finally:
            at_work.append((began, time.monotonic()))

    return start


def covered(intervals: Sequence[tuple[float, float]]) -> float:
    """The seconds in which at least one goes on: [(0, 2), (1, 3), (5, 6)] → 4."""
    total = until = 0.0
    for began, ended in sorted(intervals):
        total += max(ended - max(began, until), 0)
        until = max(until, ended)
    return total


@contextmanager
def tracked(workspace: Workspace) -> Iterator[dict[str, str]]:
    """One parent run in MLflow around the stages' runs; yields what tells them so. It ends with the digests of all."""
    from tasks.to_mlflow.sender import Sender  # not for a run that finds nothing to do

    numbers, status = Numbers.open(workspace, "whole"), "FAILED"
    with Sender(workspace):
        try:
            yield {PARENT: numbers.key}
            status = "FINISHED"
        finally:
            for path, digest in digests(workspace).items():
                numbers.tag(path, digest)
            numbers.end(status)


def look_at_sources(workspace: Workspace) -> list[str]:
    """Note in params/sources.lock what each source holds now; the sources that changed."""
    from tasks.archive.lock import refresh
    from tasks.archive.settings import ArchiveParams

    return refresh(load(ArchiveParams, workspace.params / "archive.yaml"), workspace)


def settings_of(noun: str) -> type:
    """The settings class of a stage: tasks.corpus.settings.CorpusParams of corpus. Raises ParamsError for no such stage."""
    if not Path(f"tasks/{noun}/settings.py").is_file():
        raise ParamsError(
            f"--change {noun}.…: no stage is called {noun!r}. Use the name of a file in params/, as corpus.seed=1."
        )
    kind: type = getattr(import_module(f"tasks.{noun}.settings"), f"{noun.capitalize()}Params")
    return kind


def main() -> int:
    """The command line: exit code 0, or the error's, with its message on stderr."""
    asked = argparse.ArgumentParser(prog="python -m flows.whole", description="Bring what is stale up to date.")
    asked.add_argument("targets", nargs="*", metavar="STAGE", help="stop at these stages (default: everything)")
    asked.add_argument("--change", action="append", default=[], metavar="STAGE.KEY=VALUE", help="write into params/ first")
    asked.add_argument(
        "--no-refresh", action="store_false", dest="refresh", help="keep the sources as params/sources.lock has them"
    )
    asked.add_argument("--force", action="store_true", help="make the named stages again even if up to date")
    words = asked.parse_args()
    logging.basicConfig(format="%(message)s")
    log.setLevel(logging.INFO)
    logging.getLogger("dvc").setLevel(logging.WARNING)  # it would tell each step again in its own words
    options = {"refresh": words.refresh, "targets": words.targets, "force": words.force}

    def walk() -> None:
        changes = parse(words.change)
        api = os.environ.get("PREFECT_API_URL", "")
        if api and answers(f"{api}/health", "true", seconds=1):
            from flows.deployed import whole as flow  # one second of import

            flow(changes, **options)
        else:
            if api:
                log.info("No Prefect server answers at %s (PREFECT_API_URL): going on without it.", api)
            whole(changes, walk=side_by_side, **options)

    try:
        return exit_code_of("whole", walk)
    except KeyboardInterrupt:
        sys.stderr.write("whole: stopped by Ctrl-C; nothing half-written. Run the same command to go on.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
