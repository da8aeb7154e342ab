"""Run one function over many items, in order, on some processes. The result never depends on how many.

in_processes(abs, [-3, 1, -2], workers=2)   →   [3, 1, 2]
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

from tasks.errors import EnvironmentFault

BRIEF_SPIN = {"GOMP_SPINCOUNT": "2000"}
"""Environment in which OpenMP's threads wait awake for microseconds and then asleep: beside other work, libgomp's own long
spin makes two cores four times slower, and sleeping at once costs a quiet machine a quarter (LOG.md, 2026-11-24)."""

A = TypeVar("A")
B = TypeVar("B")


def in_processes(work: Callable[[A], B], items: Sequence[A], *, workers: int) -> list[B]:
    """`[work(item) for item in items]` by `workers` fresh processes, which end when this one does, however it ends.

    One worker is this process itself. `work` must be a module's own function, or a partial of one. Raises EnvironmentFault
    where one of them is killed.
    """
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


def _end_with_stage() -> None:
    """Watch the process that wants the results: the fork server, which is this one's parent to the kernel, outlives it."""
    Thread(target=_end_after_stage, daemon=True).start()


def _end_after_stage() -> None:
    stage = parent_process()
    assert stage is not None
    stage.join()
    os._exit(1)
