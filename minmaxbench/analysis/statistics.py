"""Statistics of runs in which some never reach their target: those are censored, not dropped."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.errors import UserError
from minmaxbench.record.targets import TARGETS, hit_column
from minmaxbench.record.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd

COARSE = 0.1
"""A randomised method may end near an equilibrium and yet miss a fine target: both are shown."""

METRICS = ("distance", "residual")
KEYS = ["problem", "instance", "dx", "dy"]
"""What tells one problem from another in a frame of runs."""


def calls_to(
    runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance"
) -> pd.Series[float]:
    """First-hit calls of each run, infinite for a run that never reached the target.

    ``target`` must be one of the recorded ones, ``metric`` ``distance`` (to the nearest equilibrium)
    or ``residual``; anything else raises :class:`UserError`.
    """
    if metric not in METRICS:
        raise UserError(f"The metric is one of {', '.join(METRICS)}; got '{metric}'.")
    if not any(np.isclose(target, t, rtol=1e-6) for t in TARGETS):
        valid = ", ".join(f"{t:.0e}" for t in TARGETS)
        raise UserError(f"Targets are recorded at {valid}; got {target:g}.")
    column = hit_column(metric, target)
    if column not in runs:
        if hit_column(metric, COARSE) in runs:
            raise UserError(
                f"These results were written before the target {target:g} was recorded; run the study "
                "again into another folder."
            )
        # No run got as far as a record: all ended in error.
        return runs["seed"] * 0.0 + np.inf
    return runs[column].fillna(np.inf)


def wilson(successes: int, runs: int, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's interval for a share (Wilson, JASA 1927)."""
    # Not by scipy.stats: its import takes longer than a small study.
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, weight = successes / runs, z * z / runs
    middle = (share + weight / 2) / (1 + weight)
    half = np.sqrt(weight * (share * (1 - share) + weight / 4)) / (1 + weight)
    low = 0.0 if successes == 0 else float(middle - half)
    return low, 1.0 if successes == runs else float(middle + half)


def by_problem(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> pd.DataFrame:
    """One row for each problem and algorithm: runs, successes, their share, median calls.

    The median is over all runs, failures counting as infinite. ``solvable`` says whether the
    problem has a listed equilibrium.
    """
    hits = calls_to(runs, target, metric)
    frame = runs.assign(hit=hits, success=np.isfinite(hits))
    # A unit that raised does not know its problem's equilibria; the others do.
    known = frame["equilibria"] if "equilibria" in frame else frame["seed"] * 0
    frame["equilibria"] = known.groupby([frame[key] for key in KEYS]).transform("max")
    groups = frame.groupby([*KEYS, "algorithm"], sort=True, dropna=False)
    table = groups.agg(
        runs=("seed", "size"),
        successes=("success", "sum"),
        median_calls=("hit", "median"),
        equilibria=("equilibria", "max"),
    ).reset_index()
    table["share"] = table["successes"] / table["runs"]
    table["solvable"] = table["equilibria"].fillna(0) > 0
    return table


def by_algorithm(
    runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance"
) -> pd.DataFrame:
    """One row an algorithm: first within each problem, then over the problems with an equilibrium.

    Columns: ``share`` (mean over problems of the share of runs that reached the target, with its
    95 % interval ``low``, ``high`` by resampling problems), ``solved`` (problems on which at least
    half of the runs reached it), ``problems``, ``median_calls`` (median over problems of the median
    calls, unsolved ones infinite).
    """
    import pandas as pd

    table = by_problem(runs, target, metric)
    solvable = table[table["solvable"]]
    rows = []
    rng = np.random.default_rng(0)
    for algorithm in sorted(runs["algorithm"].unique()):
        mine = solvable[solvable["algorithm"] == algorithm]
        share = mine["share"].to_numpy(float)
        row = {"algorithm": algorithm, "problems": len(mine), "solved": int((share >= 0.5).sum())}
        if len(share):
            means = rng.choice(share, (2000, len(share))).mean(1)
            row |= {
                "share": share.mean(),
                "low": np.quantile(means, 0.025),
                "high": np.quantile(means, 0.975),
                "median_calls": float(np.median(mine["median_calls"])),
            }
        rows.append(row)
    frame = pd.DataFrame(rows)
    if "share" not in frame:
        frame[["share", "low", "high", "median_calls"]] = np.nan
    return frame.sort_values("share", ascending=False, kind="stable").reset_index(drop=True)


def by_verdict(runs: pd.DataFrame) -> pd.DataFrame:
    """One row for each algorithm and verdict: the mean over problems of the share of runs with it.

    ``low`` and ``high`` bound it with 95 % confidence: Wilson's interval on a single problem; on
    several, 2,000 bootstrap samples of problems, and of the runs within each.
    """
    import pandas as pd

    rng = np.random.default_rng(0)
    rows = []
    for algorithm, mine in runs.groupby("algorithm", sort=True):
        counts = mine.groupby([*KEYS, "verdict"], sort=True).size().unstack(fill_value=0)
        size = counts.sum(axis=1).to_numpy()
        for kind in Verdict:
            count = counts[kind.value].to_numpy() if kind.value in counts else 0 * size
            share = count / size
            if len(size) == 1:
                low, high = wilson(int(count[0]), int(size[0]))
            else:
                drawn = rng.integers(len(size), size=(2000, len(size)))
                means = (rng.binomial(size[drawn], share[drawn]) / size[drawn]).mean(1)
                low, high = np.quantile(means, [0.025, 0.975])
            rows.append((algorithm, kind.value, float(share.mean()), float(low), float(high)))
    return pd.DataFrame(rows, columns=["algorithm", "verdict", "share", "low", "high"])


def verdict(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> str:
    """What the table says, in two or three sentences."""
    table, ranking = by_problem(runs, target, metric), by_algorithm(runs, target, metric)
    solvable = table[table["solvable"]]
    count = solvable[KEYS].drop_duplicates().shape[0]
    if not count:
        return "No problem of this study has a listed equilibrium, so nothing can be reached."
    what = "distance to the nearest equilibrium" if metric == "distance" else "residual"
    first = ranking.iloc[0]
    if not first["share"]:
        where = "" if target >= COARSE else " " + verdict(runs, COARSE, metric)
        return f"No run brings the {what} below {target:g}.{where}"
    best = solvable.groupby(KEYS)["share"].max()
    lines = [
        f"On {count} problems with a listed equilibrium, {first['algorithm']} most often brings the "
        f"{what} below {target:g}: in {first['share']:.0%} of the runs of the average problem "
        f"(95 % interval {first['low']:.0%} to {first['high']:.0%}).",
        f"On {int((best < 0.5).sum())} of them no algorithm succeeds in half of its runs.",
    ]
    rest = table[~table["solvable"]][KEYS].drop_duplicates().shape[0]
    if rest:
        lines.append(f"{rest} further problems have no listed equilibrium and are not ranked.")
    return " ".join(lines)
