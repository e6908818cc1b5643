"""Statistics of runs in which some never reach their target: those are censored, not dropped.

A run that ended in error has reached nothing, on its problem like any other.
"""

from __future__ import annotations

from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from minmaxbench.core.arrays import Floats
from minmaxbench.errors import UserError, is_number
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.targets import TARGETS, hit_column
from minmaxbench.record.verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd

COARSE = 0.1
"""A randomised method may end near an equilibrium and yet miss a fine target: both are shown."""

CONFIDENCE = 0.95
"""Of every interval."""

METRICS = ("distance", "residual")
KEYS = ["problem", "instance", "dx", "dy"]
"""What tells one problem from another in a frame of runs."""
PAIR = [*KEYS, "algorithm"]
WAY_OUT = "Give the algorithms of one of them other names first."


def check_runs(runs: pd.DataFrame) -> None:
    """Refuse with :class:`UserError` what cannot be counted.

    That is a frame that lacks a column, holds no run, holds a run twice, or holds runs of two
    versions of an algorithm or a problem, or of one under two settings, as if they were one.
    """
    for name in (*PAIR, "seed", "outcome"):
        if name not in runs:
            raise UserError(f"This is no frame of runs: it has no column '{name}'.")
    if not len(runs):
        raise UserError("There are no runs here.")
    twice = runs.duplicated([*PAIR, "seed"])
    if twice.any():
        row = runs[twice].iloc[0]
        raise UserError(
            f"Run {row['seed']} of {row['algorithm']} on {row['problem']} is here twice: runs of "
            f"two studies were put together. {WAY_OUT}"
        )
    if "version" not in runs:
        return
    versions = runs.groupby(PAIR, dropna=False)["version"].nunique()
    if (versions > 1).any():
        problem, *_, algorithm = versions.index[versions > 1][0]
        raise UserError(
            f"Runs of {algorithm} on {problem} are of {versions.max()} versions of the code, or were "
            f"made under different settings: they cannot be counted together. {WAY_OUT}"
        )


def in_error(runs: pd.DataFrame) -> pd.Series[bool]:
    """Which runs ended in error."""
    return runs["outcome"].eq(Outcome.ERROR.value)


def calls_to(
    runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance"
) -> pd.Series[float]:
    """First-hit calls of each run, infinite for a run that never reached the target.

    ``target`` must be one of the recorded ones, ``metric`` ``distance`` (to the nearest equilibrium)
    or ``residual``; anything else raises :class:`UserError`.
    """
    if metric not in METRICS:
        raise UserError(f"The metric is one of {', '.join(METRICS)}; got '{metric}'.")
    if not is_number(target):
        raise UserError(f"A target is a number; got {target!r}.")
    if not any(np.isclose(target, t, rtol=1e-6) for t in TARGETS):
        valid = ", ".join(f"{t:g}" for t in TARGETS)
        raise UserError(f"Targets are recorded at {valid}; got {target:g}.")
    column = hit_column(metric, target)
    if column not in runs:
        if hit_column(metric, COARSE) in runs:
            raise UserError(
                f"These results were written before the target {target:g} was recorded; run the "
                "study again into another folder."
            )
        # No run got as far as a record: all ended in error.
        return runs["seed"] * 0.0 + np.inf
    return runs[column].fillna(np.inf)


BEATEN = 1e-9
"""A primal value below the known optimum by more than this is no rounding."""


def beaten(runs: pd.DataFrame) -> pd.Series[bool]:
    """Which runs were better than the known optimum of their problem, by its metric ``excess``.

    That is a mistake, of the problem or of the run, or news. Ends and traces are looked at.
    """
    if "metric_excess" not in runs:
        return runs["seed"].isna()

    def below(numbers: Any) -> bool:
        return bool(np.any(np.asarray(numbers, dtype=float) < -BEATEN))

    return runs["metric_excess"].map(below) | runs["trace_metric_excess"].map(below)


def equilibria(runs: pd.DataFrame) -> pd.Series[float]:
    """How many equilibria the problem of each run lists; NaN where no run on it tells.

    A run that ended in error does not know; the others on its problem do.
    """
    if "equilibria" not in runs:
        return runs["seed"] * np.nan
    known: pd.Series[float] = runs["equilibria"].astype(float)
    return known.groupby([runs[key] for key in KEYS], dropna=False).transform("max")


def ranked(runs: pd.DataFrame) -> pd.Series[bool]:
    """Which runs count in a ranking: those on problems that do not lack an equilibrium.

    Where every run on a problem ended in error, nobody knows: it counts, as a failure of them all.
    """
    known: pd.Series[bool] = equilibria(runs).fillna(np.inf) > 0
    return known


def median(values: Any) -> float:
    """The median, where infinite stands for never: finite if at least half of the values are.

    If exactly half of them are, it is the largest of these, and not half of infinity.
    """
    ordered = np.sort(np.asarray(values, float))
    return float(_middle(ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]))


def _middle(low: Any, high: Any) -> Any:
    """The mean of the two middle values; the lower one where the other is infinite."""
    return np.where(np.isfinite(high), (low + high) / 2, low)


def wilson(successes: float, runs: float, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson's interval for a share (Wilson, JASA 1927)."""
    z = _normal(confidence)
    share, weight = successes / runs, z * z / runs
    middle = (share + weight / 2) / (1 + weight)
    half = np.sqrt(weight * (share * (1 - share) + weight / 4)) / (1 + weight)
    low = 0.0 if successes <= 0 else float(middle - half)
    return low, 1.0 if successes >= runs else float(middle + half)


def _normal(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + confidence) / 2)


@cache
def student(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Student's t that a share ``confidence`` of samples stays within, at so many degrees of freedom.

    From the finite sums for whole numbers of them (Abramowitz, Stegun, 26.7.3 and 26.7.4), in the
    angle arctan(t / sqrt(freedom)). Not by SciPy: its import takes longer than a small study.
    """
    powers = range(freedom % 2, freedom - 1, 2)
    factors = [(k + 1) / (k + 2) for k in powers]
    terms = np.cumprod([1.0, *factors[:-1]]) if factors else np.zeros(0)

    def within(angle: float) -> float:
        total = np.sin(angle) * float((terms * np.cos(angle) ** np.array([*powers])).sum())
        return float(2 / np.pi * (angle + total) if freedom % 2 else total)

    low, high = 0.0, np.pi / 2
    for _ in range(60):
        angle = (low + high) / 2
        low, high = (angle, high) if within(angle) < confidence else (low, angle)
    return float(np.sqrt(freedom) * np.tan((low + high) / 2))


def mean_interval(successes: Any, runs: Any, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of the mean share, one entry of ``successes`` and ``runs`` a problem.

    The problems are taken for a sample of all such problems. It is Wilson's interval with an
    effective number of runs, the one at which independent runs would scatter as the mean of these
    problems does, less a correction for how few problems tell (Korn, Graubard, Survey Methodology
    1998; Franco, Little, Louis, Slud, J. Survey Stat. Methodol. 2019). Resampling problems, which
    asks as much, covers half of what it should on two problems and nine tenths on ten. On one problem
    the interval is that of its runs.
    """
    successes, runs = np.asarray(successes, float), np.asarray(runs, float)
    problems = len(runs)
    if problems == 1:
        return wilson(successes.item(), runs.item(), confidence)
    shares = successes / runs
    mean, variance = float(shares.mean()), float(shares.var(ddof=1)) / problems
    # Where all shares agree, how they scatter is not known; another problem may be unlike these.
    total = float(runs.sum())
    size = min(mean * (1 - mean) / variance, total) if variance > 0 else float(problems)
    size *= (_normal(confidence) / student(problems - 1, confidence)) ** 2
    return wilson(mean * size, size, confidence)


def difference(
    successes: Any, runs: Any, others: Any, other_runs: Any, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """The interval of the mean difference of two algorithms' shares, paired by problem.

    Arguments as in :func:`mean_interval`, the second two for the other algorithm on the same problems.
    It is Student's of the paired differences; on one problem Newcombe's, from the two Wilson
    intervals (Newcombe, Statistics in Medicine 1998, method 10).
    """
    gaps = np.asarray(successes, float) / np.asarray(runs, float)
    gaps = gaps - np.asarray(others, float) / np.asarray(other_runs, float)
    mean, problems = float(gaps.mean()), len(gaps)
    if problems > 1:
        spread = float(gaps.std(ddof=1)) / np.sqrt(problems)
        half = student(problems - 1, confidence) * spread
        return mean - half, mean + half
    ends = []
    for hit, of in ((successes, runs), (others, other_runs)):
        hit, of = float(np.asarray(hit)[0]), float(np.asarray(of)[0])
        low, high = wilson(hit, of, confidence)
        ends.append((hit / of - low, high - hit / of))
    (below, above), (below_other, above_other) = ends
    return mean - float(np.hypot(below, above_other)), mean + float(np.hypot(above, below_other))


def by_problem(runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance") -> pd.DataFrame:
    """One row for each problem and algorithm: runs, successes, their share, median calls.

    The median is over all runs, failures counting as infinite. ``errors`` counts the runs that ended
    in error; ``solvable`` says whether the problem counts in a ranking.
    """
    check_runs(runs)
    hits = calls_to(runs, target, metric)
    frame = runs[[*KEYS, "algorithm", "seed"]].assign(
        hit=hits, success=np.isfinite(hits), error=in_error(runs), solvable=ranked(runs)
    )
    groups = frame.groupby([*KEYS, "algorithm"], sort=True, dropna=False)
    table = groups.agg(
        runs=("seed", "size"),
        successes=("success", "sum"),
        errors=("error", "sum"),
        solvable=("solvable", "first"),
    )
    low, high = (groups["hit"].quantile(0.5, interpolation=side) for side in _SIDES)
    table["median_calls"] = _middle(low, high)
    table["share"] = table["successes"] / table["runs"]
    return table.reset_index()


_SIDES: tuple[Literal["lower"], Literal["higher"]] = ("lower", "higher")


def by_algorithm(
    runs: pd.DataFrame, target: float = 1e-5, metric: str = "distance"
) -> pd.DataFrame:
    """One row an algorithm: first within each problem, then over the problems with an equilibrium.

    Columns: ``share`` (mean over problems of the share of runs that reached the target, with its
    95 % interval ``low``, ``high``: :func:`mean_interval`), ``solved`` (problems on which at least
    half of the runs reached it), ``problems``, ``median_calls`` (median over problems of the median
    calls, unsolved ones infinite). The best share comes first; of equal shares, the fewest calls.
    """
    import pandas as pd

    table = by_problem(runs, target, metric)
    solvable = table[table["solvable"]]
    rows = []
    for algorithm in sorted(runs["algorithm"].unique()):
        mine = solvable[solvable["algorithm"] == algorithm]
        row = {"algorithm": algorithm, "problems": len(mine)}
        row["solved"] = int((mine["share"] >= 0.5).sum())
        if len(mine):
            low, high = mean_interval(mine["successes"], mine["runs"])
            row |= {"share": mine["share"].mean(), "low": low, "high": high}
            row["median_calls"] = median(mine["median_calls"])
        rows.append(row)
    columns = ["algorithm", "problems", "solved", "share", "low", "high", "median_calls"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values(
        ["share", "median_calls", "algorithm"], ascending=[False, True, True], ignore_index=True
    )


def by_verdict(runs: pd.DataFrame) -> pd.DataFrame:
    """One row for each algorithm and verdict: the mean over problems of the share of runs with it.

    ``low`` and ``high`` bound it with 95 % confidence: :func:`mean_interval`.
    """
    import pandas as pd

    check_runs(runs)
    rows = []
    for algorithm, mine in runs.groupby("algorithm", sort=True):
        counts = mine.groupby([*KEYS, "verdict"], dropna=False).size().unstack(fill_value=0)
        size: Floats = counts.sum(axis=1).to_numpy(float)
        for kind in Verdict:
            count = counts[kind.value].to_numpy(float) if kind.value in counts else 0 * size
            low, high = mean_interval(count, size)
            rows.append((algorithm, kind.value, float((count / size).mean()), low, high))
    return pd.DataFrame(rows, columns=["algorithm", "verdict", "share", "low", "high"])
