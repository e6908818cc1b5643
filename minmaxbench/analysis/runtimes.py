"""Run times in gradient calls: expected run time with restarts, and profiles over problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.statistics import (
    KEYS,
    calls_to,
    check_runs,
    in_error,
    ranked,
    student,
    wilson,
)
from minmaxbench.core.arrays import Bools, Floats

if TYPE_CHECKING:
    import pandas as pd


def spent(runs: pd.DataFrame, hits: pd.Series[float]) -> pd.Series[float]:
    """The calls each run costs: up to its hit, else all it made; in error, its whole budget."""
    made = runs["calls"] if "calls" in runs else runs["budget"]
    whole = made.where(~in_error(runs), runs["budget"]).fillna(runs["budget"])
    return hits.where(np.isfinite(hits), whole)


def expected_runtimes(
    runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance"
) -> pd.DataFrame:
    """The expected run time of each algorithm on each problem, restarts included.

    It is the calls of all runs, up to the hit where there is one, over the number of runs that hit:
    what a user pays who starts again, from another start, until the target is met (Price, ICEC 1997;
    Hansen, Auger, Ros, Tusar, Brockhoff, COCO, Optimization Methods and Software 2021, section 5).
    Infinite where no run hits.

    One row for each algorithm and problem: the keys of the problem, ``algorithm``, ``runs``,
    ``successes``, ``ert``, and ``low`` and ``high``, its 95 % interval. That is put together from
    Student's interval of the calls to a hit and Wilson's of the odds of a failure (MOVER: Zou, Donner,
    Statistics in Medicine 2008): resampling runs covers too seldom where failures are rare, since most
    resamples hold none. Infinite above where a single run hits.
    """
    import pandas as pd

    hits = calls_to(runs, target, metric)
    frame = runs[[*KEYS, "algorithm", "budget"]].assign(
        cost=spent(runs, hits), hit=np.isfinite(hits)
    )
    rows = []
    for key, mine in frame.groupby([*KEYS, "algorithm"], sort=True, dropna=False):
        cost, hit = mine["cost"].to_numpy(float), mine["hit"].to_numpy(bool)
        ert = float(cost.sum() / hit.sum()) if hit.any() else np.inf
        rows.append(
            (*key, len(mine), int(hit.sum()), ert, *_ends(cost, hit, float(mine["budget"].max())))
        )
    columns = [*KEYS, "algorithm", "runs", "successes", "ert", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _ends(cost: Floats, hit: Bools, budget: float) -> tuple[float, float]:
    """The ends of the interval of an expected run time: infinite where no run hits."""
    hits, runs = int(hit.sum()), len(hit)
    if not hits:
        return np.inf, np.inf
    quick, odds = cost[hit], (runs - hits) / hits
    # Where none was seen, too, a failure might have come: at the cost of the budget.
    failure = float(cost[~hit].mean()) if hits < runs else budget
    mean = float(quick.mean())
    half = np.inf
    if hits > 1:
        half = student(hits - 1) * float(quick.std(ddof=1)) / np.sqrt(hits)
    least, most = wilson(hits, runs)
    rarest, oftenest = (1 - most) / most, (1 - least) / least
    below = np.hypot(min(half, mean), failure * (odds - rarest))
    above = np.hypot(half, failure * (oftenest - odds))
    ert = mean + odds * failure
    return float(max(ert - below, 0.0)), float(ert + above)


def ert(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> pd.Series[float]:
    """The expected run times alone, by the keys of the problem and the algorithm."""
    check_runs(runs)
    hits = calls_to(runs, target, metric)
    frame = runs[[*KEYS, "algorithm"]].assign(cost=spent(runs, hits), hit=np.isfinite(hits))
    total = frame.groupby([*KEYS, "algorithm"], sort=True, dropna=False)[["cost", "hit"]].sum()
    return (total["cost"] / total["hit"]).where(total["hit"] > 0, np.inf)


def costs(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> pd.DataFrame:
    """Expected run times as a matrix: a row a problem, a column an algorithm, infinite for never.

    Only problems that count in a ranking, and only those on which every algorithm was run: what is
    compared on different problems is not compared. Empty where no problem counts.
    """
    import pandas as pd

    counted = runs[ranked(runs)]
    if counted.empty:
        return pd.DataFrame()
    return ert(counted, target, metric).unstack("algorithm").dropna()


def ratios(costs: pd.DataFrame) -> pd.DataFrame:
    """Each cost over the least on its problem: infinite for never, and where nobody arrives."""
    best = costs.min(axis=1)
    return costs.div(best.where(np.isfinite(best), 1.0), axis=0)


def performance_profile(costs: pd.DataFrame, factors: Sequence[float] | Floats) -> pd.DataFrame:
    """The share of problems that each algorithm solves within a factor of the quickest one.

    Dolan, More, Mathematical Programming 2002, equation 2.1. Problems that nobody solves count
    in the denominator. Such curves rank only the best of more than two algorithms (Gould, Scott, ACM
    TOMS 2016): for the others draw it again without the winner, :func:`without_winner`.

    Returns a frame with a row a factor and a column an algorithm.
    """
    import pandas as pd

    relative = ratios(costs)
    at = np.asarray(factors, float)
    return pd.DataFrame(
        {name: _share_within(relative[name].to_numpy(float), at) for name in relative}, index=at
    )


def data_profile(costs: pd.DataFrame, units: Sequence[float] | Floats) -> pd.DataFrame:
    """The share of problems that each algorithm solves within so many calls per variable.

    The unit is d + 1 calls, d = dx + dy (More, Wild, SIAM J. Optim. 2009, equation 2.2). An
    algorithm whose cost does not grow with the dimension does better on large problems here.

    Returns a frame with a row a number of units and a column an algorithm.
    """
    import pandas as pd

    size = costs.index.get_level_values("dx") + costs.index.get_level_values("dy") + 1
    at = np.asarray(units, float)
    return pd.DataFrame(
        {name: _share_within(costs[name].to_numpy(float) / size, at) for name in costs}, index=at
    )


def _share_within(values: Floats, at: Floats) -> Floats:
    """The share of ``values`` that are at most ``at``."""
    return np.searchsorted(np.sort(values[np.isfinite(values)]), at, "right") / max(len(values), 1)


def profile_score(costs: pd.DataFrame, largest: float = 4.0) -> pd.Series[float]:
    """The mean height of each performance profile between factor 1 and ``largest``, in [0, 1].

    The score of AlgoPerf (Dahl et al., Benchmarking neural network training algorithms, 2023,
    section 4.5): no credit beyond ``largest`` times the quickest. Exact: the profile is a step curve.
    """
    left = (largest - ratios(costs)).clip(lower=0.0, upper=largest - 1) / (largest - 1)
    return left.where(np.isfinite(ratios(costs)), 0.0).mean(axis=0)


def without_winner(costs: pd.DataFrame) -> pd.DataFrame:
    """The costs without the algorithm whose profile score is the best, for the second place."""
    return costs.drop(columns=profile_score(costs).idxmax())
