"""Proved bounds are held against every recorded value, to rounding."""

from types import SimpleNamespace

import numpy as np
import pytest

from minmaxbench.bench.unit import BoundError, check_bounds
from minmaxbench.core.problem import About
from minmaxbench.record.outcomes import Outcome


def recorded(values, outcomes=None, bounds=(-1.0, 4.0)):
    """Check runs that took these values, one row each."""
    values = np.array(values, dtype=float)
    outcomes = outcomes or [Outcome.BUDGET] * len(values)
    problem = SimpleNamespace(name="p", about=About(bounds=bounds))
    check_bounds(problem, SimpleNamespace(outcome=outcomes, trace={"value": values}))


def test_values_within_the_bounds_and_their_rounding_pass():
    recorded([[-1.0, 0.0, 4.0], [-1.0 - 1e-12, 4.0 + 1e-12, np.nan]])


@pytest.mark.parametrize("beyond", [4.0 + 1e-6, 4.04, 4.2, 1e9])
def test_a_value_beyond_an_upper_bound_fails_however_little(beyond):
    with pytest.raises(BoundError, match=r"proved to stay in \[-1, 4\]"):
        recorded([[0.0, 0.0], [0.0, beyond]])


@pytest.mark.parametrize("beyond", [-1.0 - 1e-6, -1.04, -1.2])
def test_a_value_below_a_lower_bound_fails_however_little(beyond):
    with pytest.raises(BoundError, match="f reached"):
        recorded([[beyond, 0.0]])


def test_one_bound_may_be_infinite_and_runs_that_diverged_are_left_out():
    recorded([[1e300]], bounds=(-1.0, np.inf))
    with pytest.raises(BoundError):
        recorded([[-1.01]], bounds=(-1.0, np.inf))
    recorded([[1e300], [-9.0]], [Outcome.DIVERGED, Outcome.NON_FINITE])
