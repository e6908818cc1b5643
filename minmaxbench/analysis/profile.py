"""Run-time profiles: which share of the runs had reached a target after so many calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.statistics import KEYS, calls_to, check_runs, mean_interval, ranked
from minmaxbench.core.arrays import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd


def profile(
    runs: pd.DataFrame, target: float, calls: Floats, metric: str = "distance"
) -> pd.DataFrame:
    """The share of runs that had reached ``target`` after each of ``calls``, for each algorithm.

    Shares are taken within each problem and then averaged over the problems with an equilibrium, so
    that each weighs the same however many runs it has (Hansen, Auger, Ros, Tusar, Brockhoff, COCO,
    2021: run-time distributions). A run that ended in error never reaches anything. One row for each
    algorithm and number of calls: ``algorithm``, ``problems`` (how many), ``calls``, ``share``, and
    ``low`` and ``high``, its 95 % interval at each number of calls by itself
    (:func:`minmaxbench.analysis.statistics.mean_interval`).
    """
    import pandas as pd

    check_runs(runs)
    columns = ["algorithm", "problems", "calls", "share", "low", "high"]
    frame = runs[[*KEYS, "algorithm"]].assign(hit=calls_to(runs, target, metric))[ranked(runs)]
    parts = []
    for algorithm, mine in frame.groupby("algorithm", sort=True):
        hits = [np.sort(one["hit"].to_numpy(float)) for _, one in mine.groupby(KEYS, dropna=False)]
        size = np.array([len(one) for one in hits])
        counts = np.array([np.searchsorted(one, calls, "right") for one in hits])
        low, high = _band(counts, size)
        values = (algorithm, len(hits), calls, (counts / size[:, None]).mean(axis=0), low, high)
        parts.append(pd.DataFrame(dict(zip(columns, values, strict=True))))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _band(counts: Ints, size: Ints) -> tuple[Floats, Floats]:
    """The interval at each number of calls; ``counts`` is (problems, calls)."""
    # A profile is a step curve: many neighbours have the same counts.
    patterns, place = np.unique(counts, axis=1, return_inverse=True)
    ends = np.array([mean_interval(column, size) for column in patterns.T])
    return ends[place, 0], ends[place, 1]
