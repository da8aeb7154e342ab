"""The road as Prefect shows it: one flow, a task a stage, a table at the end. prefect.yaml deploys it.

The work is in flows/whole.py, which runs without Prefect too.

A single stage from the page is the same flow with `targets` filled in: it makes what the stage needs, and writes changed
parameters into params/ first, so that dvc.lock never tells of other values than those used.
"""

from threading import Event
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas import State
from prefect.futures import PrefectFuture
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner

from flows import graph
from flows import whole as road
from tasks.changes import filled, form
from tasks.errors import EndpointError
from tasks.workspace import digests, here

NOUNS = ("archive", "corpus", "foundation", "instructions", "model", "scores", "server")
Changes = form({noun: road.settings_of(noun) for noun in NOUNS})
NO_CHANGES = Changes()


@flow(task_runner=ThreadPoolTaskRunner(max_workers=len(NOUNS)))  # type: ignore[arg-type]  # its own type is generic
def whole(
    changes: Changes = NO_CHANGES,  # type: ignore[valid-type]  # made of the settings classes
    refresh: bool = True,
    targets: list[str] | None = None,
    force: bool = False,
) -> dict[str, str]:
    """Bring everything that is stale up to date.

    Args:
        changes: New values for params/, written there first; a field left empty stays as it is.
        refresh: Look whether the sources have changed, and take what they hold now.
        targets: Stages to stop at, such as corpus; empty for the whole road.
        force: Make the targets again even if they are up to date.
    """
    states = road.whole(filled(changes), walk=as_tasks, refresh=refresh, targets=targets or [], force=force)
    md5 = digests(here())
    rows = [{"stage": name, "state": state, "md5 of data/": md5.get(f"data/{name}", "")} for name, state in states.items()]
    create_table_artifact(rows, key="whole", description="What became of each stage, and the version of its folder.")
    for name in states:
        card = here().data / name / "card.md"
        if card.exists():  # without its plots: an artifact is text alone
            lines = [line for line in card.read_text(encoding="utf-8").splitlines() if not line.startswith("![")]
            create_markdown_artifact("\n".join(lines), key=f"card-{name}", description=f"What data/{name} holds.")
    return states


def as_tasks(plan: graph.Plan, step: road.Step, stopped: Event) -> dict[str, str]:
    """A Walk with a Prefect task a stage, whose state is named UpToDate, Ran or Restored."""

    def make(name: str) -> State[str]:
        answer = step(name)
        return Completed(name=answer, data=answer)

    futures: dict[str, PrefectFuture[Any]] = {}
    for name, before in plan.items():
        stage: Any = task(name=name, retries=2, retry_delay_seconds=[10, 60], retry_condition_fn=an_endpoint_failed)(make)
        futures[name] = stage.submit(name, wait_for=[futures[earlier] for earlier in before])
    try:
        for future in futures.values():
            future.wait()  # all of them, before one that failed ends the flow and lets go of the workspace
    except BaseException:
        stopped.set()
        raise
    return {name: future.result() for name, future in futures.items()}


def an_endpoint_failed(task: Any, run: Any, state: State[Any]) -> bool:
    """Whether another try may help: a server that did not answer. All else fails the same way again."""
    return isinstance(state.result(raise_on_failure=False), EndpointError)
