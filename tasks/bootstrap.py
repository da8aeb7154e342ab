"""Differences between two systems on the same rows → their mean and a 95 % interval, by resampling whole sources.

    >>> interval([1, 0, 1, 1], ["json", "json", "re", "os"], resamples=2000, seed=0)
    Interval(mean=0.75, low=0.5, high=1.0)

Rows of one source (a module, a file) resemble each other, so sources are drawn, not rows: A. C. Davison and
D. V. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8; C. A. Field and A. H. Welsh, "Bootstrapping
clustered data", JRSS B 69, 2007. Percentile interval: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap", 1993,
chapter 13. Pairing on the same rows: P. Koehn, "Statistical Significance Tests for Machine Translation Evaluation",
EMNLP 2004.
The interval covers the choice of sources. It does not cover the training seed. That of a share of rows needs no
resampling: `wilson`.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt

import numpy as np

FEW_CLUSTERS = 20
"""Below this many sources a percentile interval is too narrow (Cameron, Gelbach and Miller, REStat 90, 2008)."""
Z = 1.959964
"""Of the normal distribution, for 95 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean difference between its 2.5th and 97.5th percentile."""

    mean: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """`better` or `worse` where the interval excludes 0, else `no evidence of change`."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "no evidence of change"


def interval(differences: Sequence[float], clusters: Sequence[str], *, resamples: int, seed: int) -> Interval:
    """Mean of row-wise differences, each in [-1, 1], with its interval; `clusters` names the source of each row.

    Does not depend on the order of rows. One source says nothing about others: its interval is all of [-1, 1].
    """
    members: defaultdict[str, list[float]] = defaultdict(list)
    for difference, cluster in zip(differences, clusters, strict=True):
        members[cluster].append(difference)
    mean = fsum(differences) / len(differences)
    if len(members) < 2:
        return Interval(mean, -1.0, 1.0)
    # fsum rounds once, so that the order of rows cannot show
    sums = np.array([fsum(members[cluster]) for cluster in sorted(members)])
    sizes = np.array([len(members[cluster]) for cluster in sorted(members)])
    times_drawn = np.random.default_rng(seed).multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=resamples)
    means = (times_drawn @ sums) / (times_drawn @ sizes)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(mean, float(low), float(high))


def wilson(good: int, looked_at: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): (8, 10) → (0.490, 0.943). Raises ValueError for no rows."""
    if looked_at < 1:
        raise ValueError(f"A share of {looked_at} rows has no interval; look at one at least.")
    share, scale = good / looked_at, 1 + Z**2 / looked_at
    middle = (share + Z**2 / (2 * looked_at)) / scale
    half = Z / scale * sqrt(share * (1 - share) / looked_at + Z**2 / (4 * looked_at**2))
    return max(0.0, middle - half), min(1.0, middle + half)
