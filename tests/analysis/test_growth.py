"""Censored power laws: the right exponent, an interval that covers it, and honest verdicts."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import norm

from minmaxbench.analysis import growth
from minmaxbench.analysis.growth import (
    Trend,
    by_dimension,
    fit_growth,
    growths,
    time_to,
)

DIMS = (2, 4, 8, 16, 32, 100, 1000)


def synthetic(p, seed, censored=0.3, spread=0.4, seeds=50):
    """Times 100 d^p with log-normal spread, the latest share of them censored at one budget."""
    rng = np.random.default_rng(seed)
    dims = np.repeat(np.array(DIMS, float), seeds)
    times = 100 * dims**p * np.exp(spread * rng.standard_normal(len(dims)))
    budget = np.quantile(times, 1 - censored)
    return np.minimum(times, budget), dims, times <= budget


def test_the_maximum_is_that_of_another_optimiser():
    times, dims, reached = synthetic(0.5, 0)
    t, x = np.log(times), np.log(dims)

    def minus_log_likelihood(q):
        z = (t - q[0] - q[1] * x) / np.exp(q[2])
        return -np.where(reached, norm.logpdf(z) - q[2], norm.logsf(z)).sum()

    other = minimize(minus_log_likelihood, [4.0, 0.0, 0.0], method="BFGS").x
    design = np.column_stack([np.ones_like(x), x])
    s, a, p = growth._maximise(t, design, reached, np.ones((1, len(t))))[0]
    np.testing.assert_allclose([a, p, np.log(s)], other, atol=2e-4)
    assert abs(p - 0.5) < 0.1
    # Least squares that take the censored times at their word are far off: the test can tell.
    assert np.polyfit(x, t, 1)[0] < 0.4


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("repetitions", [10, pytest.param(200, marks=pytest.mark.slow)])
def test_intervals_cover_the_exponent(p, repetitions):
    fits = [fit_growth(*synthetic(p, seed), resamples=200) for seed in range(repetitions)]
    covered = np.mean([fit.low <= p <= fit.high for fit in fits])
    assert covered >= (0.9 if repetitions >= 200 else 0.8)
    wanted = Trend.GROWS if p else Trend.INDEPENDENT
    assert np.mean([fit.verdict is wanted for fit in fits]) > 0.8


def test_verdicts_at_the_edges():
    dims = np.repeat([2.0, 4.0, 8.0, 16.0], 20)
    rng = np.random.default_rng(0)
    spread = rng.uniform(100, 900, len(dims))

    def fit(seen, times=spread):
        return fit_growth(np.where(seen, times, 1000.0), dims, seen)

    never = fit(np.zeros(len(dims), bool))
    assert never.verdict is Trend.UNKNOWN
    assert np.isnan(never.exponent)
    assert "no run" in never.reason
    # All runs take the same: no spread, and still a fit.
    alike = fit(np.ones(len(dims), bool), np.full(len(dims), 500.0))
    assert alike.verdict is Trend.INDEPENDENT
    # Reached in the smallest dimension only: it grows, nobody knows how fast.
    small = fit(dims == 2)
    assert small.verdict is Trend.GROWS
    assert small.low > 0.05
    assert small.high == np.inf
    # Reached in the largest dimension only: nothing follows about growth.
    assert fit(dims == 16).verdict is Trend.UNKNOWN
    # A few runs in the smallest dimension, by chance: not enough.
    assert fit((dims == 2) & (spread < np.sort(spread[dims == 2])[1])).verdict is Trend.UNKNOWN
    # All censored in the largest dimension, as a clear trend continues.
    trend = fit(dims < 16, 100 * dims * rng.uniform(0.9, 1.1, len(dims)))
    assert trend.verdict is Trend.GROWS
    assert trend.high < np.inf
    falls = fit(np.ones(len(dims), bool), 900 / dims * rng.uniform(0.9, 1.1, len(dims)))
    assert falls.verdict is Trend.FALLS
    assert fit_growth(spread[:40], dims[:40], np.ones(40, bool)).verdict is Trend.UNKNOWN


def frame():
    """Three runs: one arrives and stays, one passes by, one stops early elsewhere."""
    one = {
        "problem": "p", "algorithm": "a", "noise": 0.0, "dx": 2, "budget": 100.0,
        "step_seconds": 0.5, "residual": 0.0, "value": 0.0, "steps": 40,
    }  # fmt: skip
    return pd.DataFrame(
        [
            {**one, "seed": 0, "distance_5e-01": 10.0, "distance": 0.1, "calls": 20.0},
            {**one, "seed": 1, "distance_5e-01": 10.0, "distance": 3.0, "calls": 100.0},
            {**one, "seed": 2, "distance_5e-01": np.nan, "distance": 2.0, "calls": 30.0},
        ]
    )


def test_only_a_run_that_ends_at_the_target_has_reached_it():
    timed = time_to(frame(), 0.5)
    assert timed["reached"].tolist() == [True, False, False]
    assert timed["calls_to"].tolist() == [10.0, 100.0, 100.0]
    assert timed["iterations_to"][0] == 20
    assert timed["seconds_to"][0] == 10.0


def test_tables_of_runs():
    row = by_dimension(frame(), 0.5).iloc[0]
    assert row["reached"] == pytest.approx(1 / 3)
    assert row["calls_low"] == 10.0
    assert row["calls"] == np.inf
    assert row["distance"] == 2.0
    growth = growths(frame(), 0.5).iloc[0]
    assert growth["verdict"] == Trend.UNKNOWN
    assert growth["reached"] == 1
    assert growth["runs"] == 3
