"""How run times grow with the dimension: a censored power law, its interval, and a verdict.

Model: log T = a + p log d + s e with e standard normal, T in gradient calls; a run that has not reached its
target by the end of its budget says T > budget (right censoring; Tobin, Econometrica 1958). In
the parameters 1/s, a/s, p/s the likelihood is concave (Olsen, Econometrica 1978), so Newton's
method finds its maximum, here for all bootstrap resamples at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import log_ndtr

from minmaxbench.core.arrays import Bools, Floats
from minmaxbench.record.judgement import Judgement
from minmaxbench.record.targets import hit_column

if TYPE_CHECKING:
    import pandas as pd

MARGIN = 0.05
"""Exponents up to so much count as none: 100,000 times the dimension, 1.8 times the calls."""

LEVEL = 0.95
"""Of the intervals."""

FEWEST = 3
"""A slope is fitted where the target was reached at so many dimensions."""

RESOLUTION = 1e-3
"""The least standard deviation of log T: calls are whole numbers, and hits of chunks coarser."""

LIKELIHOOD_DROP = 1.92
"""Half the 95 % quantile of chi-square with one degree of freedom."""

STEEPEST = 20.0
"""The largest exponent that is considered."""


class Trend(StrEnum):
    """What an interval for the exponent says."""

    INDEPENDENT = "independent of d"
    GROWS = "grows"
    FALLS = "falls"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Growth:
    """The growth of run times with the dimension."""

    verdict: Trend
    exponent: float
    """p in T ~ d^p; NaN where none can be fitted, infinite where it has no upper limit."""
    low: float
    high: float
    """The 95 % interval of p."""
    runs: int
    reached: int
    """Runs that reached the target; the others are censored."""
    dimensions: int
    """Dimensions at which at least one run reached it."""
    reason: str
    """Why the verdict is what it is, in a few words."""


def fit_growth(
    times: Floats, dims: Floats, reached: Bools, resamples: int = 400, seed: int = 0
) -> Growth:
    """Fit T ~ d^p to runs, of which those not ``reached`` are censored at their time.

    The arguments have shape (runs,). The interval is the percentile bootstrap's, runs being
    resampled within each dimension. Where the target was reached at one or two dimensions only,
    it is the profile likelihood's instead, and open at the top.

    The verdict is *independent of d* if the interval lies within [-MARGIN, MARGIN], *grows* if it
    lies above MARGIN, *falls* if below -MARGIN, and *cannot tell* otherwise.
    """
    times, dims = np.asarray(times, float), np.asarray(dims, float)
    reached = np.asarray(reached, bool)
    count = len(np.unique(dims[reached]))

    def growth(exponent: float, low: float, high: float, reason: str) -> Growth:
        verdict = _verdict(low, high)
        return Growth(verdict, exponent, low, high, len(times), int(reached.sum()), count, reason)

    if not count:
        return growth(np.nan, np.nan, np.nan, "no run reached the target")
    if len(np.unique(dims)) < FEWEST:
        return growth(np.nan, np.nan, np.nan, f"fewer than {FEWEST} dimensions were run")
    t, x = np.log(times), np.log(dims)
    if count < FEWEST:
        low = _lower_limit(t, x, reached)
        return growth(
            np.inf, low, np.inf, f"reached at {count} of {len(np.unique(dims))} dimensions"
        )
    # Runs that are censored at one time, and runs that do the same, are one row with more weight.
    kinds, kind = np.unique(np.column_stack([t, x, reached]), axis=0, return_inverse=True)
    together = np.eye(len(kinds))[kind]
    design = np.column_stack([np.ones(len(kinds)), kinds[:, 1]])
    model = kinds[:, 0], design, kinds[:, 2] > 0
    best = _maximise(*model, together.sum(0)[None])
    again = _maximise(*model, _resample(dims, resamples, seed) @ together, best[0])
    slope = float(best[0, 2])
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(again[:, 2], [tail, 1 - tail])
    reason = f"interval against a margin of {MARGIN:g}"
    return growth(slope, float(low), float(high), reason)


def _verdict(low: float, high: float) -> Trend:
    if low > MARGIN:
        return Trend.GROWS
    if high < -MARGIN:
        return Trend.FALLS
    if low >= -MARGIN and high <= MARGIN:
        return Trend.INDEPENDENT
    return Trend.UNKNOWN


def _resample(dims: Floats, resamples: int, seed: int) -> Floats:
    """How often each run is drawn in each resample, (resamples, runs); each dimension on its own."""
    rng = np.random.default_rng(seed)
    weights = np.zeros((resamples, len(dims)))
    for d in np.unique(dims):
        mine = np.flatnonzero(dims == d)
        weights[:, mine] = rng.multinomial(len(mine), np.full(len(mine), 1 / len(mine)), resamples)
    return weights


def _maximise(
    t: Floats, design: Floats, reached: Bools, weights: Floats, start: Floats | None = None
) -> Floats:
    """(s, a, p) of the maximum likelihood for each row of ``weights``: (rows, 1 + columns).

    ``start`` is a guess of (s, a, p) to begin with.

    With psi = (1/s, a/s, p/s) and the rows j = (t, -design) the residual is r = j.psi: a run that
    reached its target adds log(1/s) - r^2/2, a censored one log Phi(-r). RESOLUTION adds its square to
    the variance.
    """
    data = _Data(np.column_stack([t, -design]), reached, weights)
    s, *rest = [1.0, t[reached].mean(), *[0.0] * (design.shape[1] - 1)] if start is None else start
    psi = np.tile(np.array([1.0, *rest]) / s, (len(weights), 1))
    value = data.likelihood(psi)
    for _ in range(60):
        step = data.newton(psi)
        size = np.ones(len(psi))
        for _ in range(30):
            trial = psi + size[:, None] * step
            gained = data.likelihood(trial)
            worse = ~(gained >= value)
            if not worse.any():
                break
            size[worse] /= 2
        trial[worse], gained[worse] = psi[worse], value[worse]
        done = np.abs(gained - value).max() < 1e-10 * (1 + np.abs(value).max())
        psi, value = trial, gained
        if done:
            break
    return np.column_stack([1 / psi[:, 0], psi[:, 1:] / psi[:, :1]])


class _Data:
    """The rows of runs that reached their target and of those that did not, with their weights."""

    def __init__(self, rows: Floats, reached: Bools, weights: Floats) -> None:
        self.seen, self.hidden = rows[reached], rows[~reached]
        self.seen_weights, self.hidden_weights = weights[:, reached], weights[:, ~reached]
        self.events = self.seen_weights.sum(1)
        self.floor = RESOLUTION**2 * self.events

    def likelihood(self, psi: Floats) -> Floats:
        """The log-likelihood for each row of psi, NaN where 1/s is not above 0."""
        r, past = psi @ self.seen.T, psi @ self.hidden.T
        with np.errstate(invalid="ignore", divide="ignore"):
            total = self.events * np.log(psi[:, 0]) - 0.5 * self.floor * psi[:, 0] ** 2
        total = total - 0.5 * (self.seen_weights * r * r).sum(1)
        return np.asarray(total + (self.hidden_weights * log_ndtr(-past)).sum(1))

    def newton(self, psi: Floats) -> Floats:
        """Newton's step for each row of psi."""
        r, past = psi @ self.seen.T, psi @ self.hidden.T
        hazard = np.exp(-0.5 * past * past - 0.5 * np.log(2 * np.pi) - log_ndtr(-past))
        slope = -(self.seen_weights * r) @ self.seen
        slope -= (self.hidden_weights * hazard) @ self.hidden
        slope[:, 0] += self.events / psi[:, 0] - self.floor * psi[:, 0]
        curve = _outer(self.seen_weights, self.seen)
        curve += _outer(self.hidden_weights * hazard * (hazard - past), self.hidden)
        curve[:, 0, 0] += self.events / psi[:, 0] ** 2 + self.floor
        # A direction in which the likelihood is flat, or rises to infinity, is not followed far.
        curve += 1e-6 * np.eye(psi.shape[1])
        return np.asarray(np.linalg.solve(curve, slope[..., None])[..., 0])


def _outer(weights: Floats, rows: Floats) -> Floats:
    """sum_n w_n row_n row_n' for each row of weights."""
    squares = rows[:, :, None] * rows[:, None, :]
    flat = weights @ squares.reshape(len(rows), rows.shape[1] ** 2)
    return flat.reshape(len(weights), rows.shape[1], rows.shape[1])


def _lower_limit(t: Floats, x: Floats, reached: Bools) -> float:
    """The lower end of the profile-likelihood interval of p; the upper one is infinite."""
    from scipy.optimize import brentq

    weights, ones = np.ones((1, len(t))), np.ones((len(t), 1))

    def profile(p: float) -> float:
        shifted = t - p * x
        s, a = _maximise(shifted, ones, reached, weights)[0]
        data = _Data(np.column_stack([shifted, -ones]), reached, weights)
        return float(data.likelihood(np.array([[1 / s, a / s]]))[0])

    grid = np.linspace(-STEEPEST, STEEPEST, 81)
    values = np.array([profile(p) for p in grid])
    best = int(values.argmax())
    wanted = values[best] - LIKELIHOOD_DROP
    if values[0] >= wanted:
        return -np.inf
    return float(brentq(lambda p: profile(p) - wanted, grid[0], grid[best], xtol=1e-4))


GROUP = ["problem", "algorithm", "noise"]
"""What a growth is fitted for."""


def time_to(runs: pd.DataFrame, target: float) -> pd.DataFrame:
    """The runs with the columns ``reached``, ``calls_to``, ``iterations_to`` and ``seconds_to``.

    A run has reached the target distance if it is that near *at its end*, and its time is the
    first hit. One that passed by, or stopped itself at a worse point, has not: it is censored at
    the budget, since more budget would not have helped it sooner. Iterations are steps of the algorithm,
    ticks for greedy-max, by the run's own ratio of steps to calls; seconds by its unit's mean step.
    """
    hits = runs[hit_column("distance", target)]
    reached = hits.notna() & (runs["distance"] <= target)
    calls = hits.where(reached, runs["budget"]).astype(float)
    steps = calls * runs["steps"] / runs["calls"]
    return runs.assign(
        reached=reached,
        calls_to=calls.clip(lower=0.5),
        iterations_to=steps,
        seconds_to=steps * runs["step_seconds"],
    )


def by_dimension(runs: pd.DataFrame, target: float) -> pd.DataFrame:
    """One row for each problem, algorithm, noise and dimension.

    Runs, share that reached the target, quantiles of the calls to it (infinite for runs that did not),
    medians of iterations and seconds, and where runs ended: medians of f, distance, residual. Of the
    final points that were judged, ``passed`` is the share that is an (eps, omega)-equilibrium.
    """
    frame = time_to(runs, target)
    answer = frame["equilibrium"] if "equilibrium" in frame else frame["problem"]
    passed = (answer == Judgement.YES.value).astype(float)
    frame["passed"] = passed.where(answer.isin([j.value for j in Judgement]))
    for name in ("calls_to", "iterations_to", "seconds_to"):
        frame[name] = frame[name].where(frame["reached"], np.inf)
    groups = frame.groupby([*GROUP, "dx"], sort=True)

    def at(q: float) -> Callable[[pd.Series[float]], float]:
        # No interpolation: half of infinity is no number.
        side: Literal["lower", "higher"] = "lower" if q < 0.5 else "higher"
        return lambda column: float(column.quantile(q, interpolation=side))

    return groups.agg(
        budget=("budget", "max"),
        runs=("seed", "size"),
        reached=("reached", "mean"),
        calls_low=("calls_to", at(0.1)),
        calls=("calls_to", at(0.5)),
        calls_high=("calls_to", at(0.9)),
        iterations=("iterations_to", at(0.5)),
        seconds=("seconds_to", at(0.5)),
        value=("value", "median"),
        distance=("distance", "median"),
        residual=("residual", "median"),
        judged=("passed", "count"),
        passed=("passed", "mean"),
    ).reset_index()


def growths(runs: pd.DataFrame, target: float) -> pd.DataFrame:
    """One row for each problem, algorithm and noise: the growth of the calls to a target distance.

    Columns: those of :class:`Growth`, ``budget``, and ``first`` and ``last``, the share of runs
    that reached the target at the smallest and at the largest dimension, ``smallest`` and ``largest``.
    """
    import pandas as pd

    frame, rows = time_to(runs, target), []
    for key, mine in frame.groupby(GROUP, sort=True):
        fit = fit_growth(
            mine["calls_to"].to_numpy(float), mine["dx"].to_numpy(float), mine["reached"].to_numpy()
        )
        share = mine.groupby("dx")["reached"].mean()
        ends = {
            "smallest": share.index[0],
            "largest": share.index[-1],
            "first": share.iloc[0],
            "last": share.iloc[-1],
        }
        rows.append({**dict(zip(GROUP, key, strict=True)), **dataclasses.asdict(fit), **ends})
    return pd.DataFrame(rows)
