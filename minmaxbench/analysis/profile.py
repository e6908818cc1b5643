"""Run-time profiles: which share of the runs had reached a target after so many calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.statistics import KEYS, calls_to, check_runs, ranked
from minmaxbench.core.arrays import Floats

if TYPE_CHECKING:
    import pandas as pd


def profile(
    runs: pd.DataFrame, target: float, calls: Floats, metric: str = "distance"
) -> pd.DataFrame:
    """The share of runs that had reached ``target`` after each of ``calls``, for each algorithm.

    Shares are taken within each problem and then averaged over the problems with an equilibrium, so
    that each weighs the same however many runs it has (Hansen, Auger, Ros, Tusar, Brockhoff, COCO,
    2021: run-time distributions). A run that ended in error never reaches anything. One row for each
    algorithm and number of calls: ``algorithm``, ``problems`` (how many), ``calls``, ``share``.
    """
    import pandas as pd

    check_runs(runs)
    columns = ["algorithm", "problems", "calls", "share"]
    frame = runs[[*KEYS, "algorithm"]].assign(hit=calls_to(runs, target, metric))[ranked(runs)]
    parts = []
    for algorithm, mine in frame.groupby("algorithm", sort=True):
        shares = [
            np.searchsorted(np.sort(one["hit"].to_numpy(float)), calls, "right") / len(one)
            for _, one in mine.groupby(KEYS, dropna=False)
        ]
        values = (algorithm, len(shares), calls, np.mean(shares, axis=0))
        parts.append(pd.DataFrame(dict(zip(columns, values, strict=True))))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
