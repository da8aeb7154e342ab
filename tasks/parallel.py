"""Run one function over many items, in order, on some workers. The result never depends on how many.

A stage takes an `Each` and does not know who stands behind it: processes here (`in_processes(2)`), Prefect tasks in flows/.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Protocol, TypeVar

BRIEF_SPIN = {"GOMP_SPINCOUNT": "2000"}
"""Environment in which OpenMP's threads wait awake for microseconds and then asleep: beside other work, libgomp's own long
spin makes two cores four times slower, and sleeping at once costs a quiet machine a quarter (LOG.md, 2026-11-24)."""

A = TypeVar("A")
B = TypeVar("B")


class Each(Protocol):
    """`[work(item) for item in items]`, on whatever machine."""

    def __call__(self, work: Callable[[A], B], items: Sequence[A], /) -> list[B]: ...


def in_processes(workers: int) -> Each:
    """An Each over `workers` fresh processes; 1 stays in this one. `work` must be a module's own function, or a partial."""

    def each(work: Callable[[A], B], items: Sequence[A], /) -> list[B]:
        if workers == 1 or len(items) < 2:
            return [work(item) for item in items]
        # forkserver: a fork of a process that runs threads (torch, Prefect) can deadlock
        with ProcessPoolExecutor(min(workers, len(items)), mp_context=get_context("forkserver")) as pool:
            return list(pool.map(work, items))

    return each
