"""DVC's side of a run, and the only file that imports dvc: which stages there are, which are stale, and making one.

    plan, fresh = survey(["corpus"])   # → {"archive": (), "corpus": ("archive",)}, {"archive"}
    make("corpus", start)              # → "Ran", "Restored" from the run cache, or "UpToDate"

DVC itself decides what is stale and saves what was made, by the calls that `dvc repro` makes, so that both leave the same
dvc.lock. They are no public interface: pyproject.toml pins DVC, and tests/flows/ holds both ways together.
"""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dvc.stage.run
from dvc.exceptions import DvcException
from dvc.lock import LockError
from dvc.repo import Repo, lock_repo
from dvc.repo.reproduce import get_active_graph, plan_repro
from dvc.stage.serialize import to_lockfile
from dvc.utils.serialize import dumps_yaml, parse_yaml_for_update

from tasks.errors import EnvironmentFault, InputError, ParamsError, ZhilingError
from tasks.shards import publish_text

Plan = dict[str, tuple[str, ...]]
"""Each stage, in the order of `dvc repro`, with the stages it waits for."""
Start = Callable[[Sequence[str]], None]
"""Runs the words of a stage's command, or raises."""


def survey(targets: Sequence[str] = ()) -> tuple[Plan, set[str]]:
    """What leads to `targets` (default: everything), and the stages among it that are up to date with all before them."""
    with _opened() as repo:
        graph = get_active_graph(repo.index.graph)
        names = {stage.addressing for stage in graph}
        if unknown := [target for target in targets if target not in names]:
            raise ParamsError(f"No stage is called {unknown[0]!r}; dvc.yaml has {', '.join(sorted(names))}.")
        stages = [stage for target in targets or ["dvc.yaml"] for stage in repo.stage.collect(target)]
        plan: Plan = {}
        fresh: set[str] = set()
        for stage in plan_repro(graph, stages):
            upstream = list(graph.successors(stage))
            plan[stage.addressing] = tuple(before.addressing for before in upstream)
            if fresh.issuperset(plan[stage.addressing]) and not stage.changed(upstream=upstream):
                fresh.add(stage.addressing)
        return plan, fresh


def make(name: str, start: Start, *, force: bool = False) -> str:
    """Bring one stage up to date, its upstream being so, and write it into dvc.lock.

    Threads may call it side by side: each call has a Repo of its own.
    """
    with _opened() as repo:
        graph = get_active_graph(repo.index.graph)
        stage = next(stage for stage in graph if stage.addressing == name)
        stage.start = start
        try:
            if not stage.reproduce(force=force, upstream=list(graph.successors(stage))):
                return "UpToDate"
        except ZhilingError as error:
            if error.exit_code != ZhilingError.exit_code:  # of a signal: who stops a run wants it to end at once
                _bring_back(stage)
            raise
        _write_into_lock(stage, [other.addressing for other in plan_repro(graph, repo.stage.collect("dvc.yaml"))])
        return "Restored" if stage.start else "Ran"


@contextmanager
def own_commands() -> Iterator[None]:
    """Within, a stage's command is run by the `start` given to `make`, in place of DVC's shell.

    DVC's shell would close the lock's descriptor, and find whichever `python` comes first in PATH.
    """
    shell = dvc.stage.run.cmd_run
    dvc.stage.run.cmd_run = _run_command
    try:
        yield
    finally:
        dvc.stage.run.cmd_run = shell


def push() -> int:
    """Send what the default remote lacks, the run cache too; the number of objects sent. Without a remote nothing."""
    with _opened() as repo:
        if not repo.config["core"].get("remote"):
            return 0
        return int(repo.push(run_cache=True))


@contextmanager
def _opened() -> Iterator[Any]:
    """A Repo of the current folder under DVC's own lock; what DVC refuses becomes an error of ours."""
    try:
        repo = Repo(_wait_for_lock=True)
        try:
            with repo.scm_context(quiet=True), lock_repo(repo):
                yield repo
        finally:
            repo.close()
    except LockError as error:
        raise EnvironmentFault(f"DVC is busy in this checkout: {_flat(error)} Wait for it, then run again.") from error
    except DvcException as error:
        raise InputError(f"DVC cannot go on: {_flat(error)}. `dvc status` shows what it sees.") from error


def _write_into_lock(stage: Any, order: Sequence[str]) -> None:
    """What `stage.dump` does, but whole or not at all, and in the order of `dvc repro` whichever neighbour ended first."""
    path = Path("dvc.lock")
    lock = (
        parse_yaml_for_update(path.read_text(encoding="utf-8"), path) if path.exists() else {"schema": "2.0", "stages": {}}
    )
    stages = lock["stages"] | to_lockfile(stage)
    lock["stages"] = {
        name: stages[name] for name in [*order, *(name for name in stages if name not in order)] if name in stages
    }
    publish_text(path, dumps_yaml(lock))


def _bring_back(stage: Any) -> None:
    """From its cache, what DVC takes away before it runs a command: a stage that fails leaves the last good folder."""
    for out in stage.outs:
        if out.hash_info and not out.exists:
            out.checkout(allow_missing=True)


def _flat(error: DvcException) -> str:
    return " ".join(str(error).split())


def _run_command(stage: Any, dry: bool = False, run_env: Mapping[str, str] | None = None) -> None:
    start, stage.start = stage.start, None
    start(shlex.split(stage.cmd))
