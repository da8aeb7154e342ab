"""Run one function over many items, in order, on some processes. The result never depends on how many.

in_processes(abs, [-3, 1, -2], workers=2)   →   [3, 1, 2]
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from socket import create_connection
from threading import Thread
from typing import TypeVar
from urllib.parse import urlsplit

from tasks.errors import EnvironmentFault

BRIEF_SPIN = {"GOMP_SPINCOUNT": "2000"}
"""Environment in which OpenMP's threads wait awake for microseconds and then asleep: beside other work, libgomp's own long
spin makes two cores four times slower, and sleeping at once costs a quiet machine a quarter (LOG.md, 2026-11-24)."""

CLUSTER = "RAY_ADDRESS"
TRIES = 3
"""Of an item whose node or process dies: more deaths of one item are rather its own fault than the machine's."""

SECONDS_TO_ANSWER = 10

A = TypeVar("A")
B = TypeVar("B")


def in_processes(work: Callable[[A], B], items: Sequence[A], *, workers: int) -> list[B]:
    """`[work(item) for item in items]` by `workers` fresh processes, which end when this one does, however it ends.

    One worker is this process itself; on a Ray cluster its nodes decide how many there are. `work` must be a module's own
    function, or a partial of one. Raises EnvironmentFault where one of them is killed, or the cluster cannot be had.
    """
    if address := os.environ.get(CLUSTER):
        return _on_cluster(work, items, address)
    if workers == 1 or len(items) < 2:
        return [work(item) for item in items]
    # forkserver: a fork of a process that runs threads (torch, Prefect) can deadlock
    context = get_context("forkserver")
    with ProcessPoolExecutor(min(workers, len(items)), context, initializer=_end_with_stage) as pool:
        try:
            return list(pool.map(work, items))
        except BrokenProcessPool as error:
            raise EnvironmentFault(
                f"One of {workers} worker processes was killed. If nobody did that, the machine ran out of memory: lower "
                "`workers` in params/ and run the same command again. Nothing was published."
            ) from error


def _on_cluster(work: Callable[[A], B], items: Sequence[A], address: str) -> list[B]:
    """The same by the nodes of a Ray cluster, which see this checkout and its data at the same path."""
    try:
        import ray
        from ray.exceptions import RayError, RayTaskError
    except ImportError as error:
        raise EnvironmentFault(
            f"{CLUSTER} is set to {address}, and Ray is not installed. Install it by `.venv/bin/pip install "
            f"-c constraints.txt -e '.[ray]'`, or unset {CLUSTER} to work on this machine alone."
        ) from error
    try:
        _check_answers(address)
        ray.init(address, log_to_driver=False, logging_level="ERROR")
        task = ray.remote(max_retries=TRIES - 1)(work_at)
        results: list[B] = ray.get([task.remote(os.getcwd(), work, item) for item in items])
    except RayTaskError as error:
        raise error.cause from error
    except (RayError, OSError, RuntimeError) as error:
        raise EnvironmentFault(
            f"The Ray cluster at {address} ({CLUSTER}) could not do the work: {' '.join(str(error).split())[:300]}. "
            "Nothing was published. Look at `ray status`, and run the same command again."
        ) from error
    finally:
        ray.shutdown()
    return results


def _check_answers(address: str) -> None:
    """Raises OSError where nothing listens: Ray itself would try for minutes."""
    place = urlsplit(address if "://" in address else f"//{address}")
    if place.hostname and place.port:
        create_connection((place.hostname, place.port), timeout=SECONDS_TO_ANSWER).close()


def work_at(folder: str, work: Callable[[A], B], item: A) -> B:
    """`work(item)` with relative paths as they are for whoever asks."""
    os.chdir(folder)
    return work(item)


def _end_with_stage() -> None:
    """Watch the process that wants the results: the fork server, which is this one's parent to the kernel, outlives it."""
    Thread(target=_end_after_stage, daemon=True).start()


def _end_after_stage() -> None:
    stage = parent_process()
    assert stage is not None
    stage.join()
    os._exit(1)
