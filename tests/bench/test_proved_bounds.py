"""A recorded value outside of the proved bounds of f is an error, not a result."""

from types import SimpleNamespace

import numpy as np
import pytest

from minmaxbench.bench.unit import BoundError, check_bounds
from minmaxbench.problems.registry import get_problem
from minmaxbench.record.outcomes import Outcome

PROBLEM = get_problem("keswani_f3")
LOW, HIGH = PROBLEM.about.bounds


def record(*values, outcome=Outcome.BUDGET):
    return SimpleNamespace(outcome=[outcome], trace={"value": np.array([values])})


def test_bounds_hold_up_to_rounding_and_no_further():
    size = max(abs(LOW), abs(HIGH))
    assert np.isfinite(size)
    check_bounds(PROBLEM, record(LOW, HIGH, np.nan))
    check_bounds(PROBLEM, record(LOW - 1e-10 * size, HIGH + 1e-10 * size))
    for value in (LOW - 1e-6 * size, HIGH + 1e-6 * size):
        with pytest.raises(BoundError, match=f"on {PROBLEM.name}, but is proved to stay in"):
            check_bounds(PROBLEM, record(0.5 * (LOW + HIGH), value))


@pytest.mark.parametrize("outcome", [Outcome.DIVERGED, Outcome.NON_FINITE])
def test_rounding_rules_where_a_run_diverged(outcome):
    check_bounds(PROBLEM, record(HIGH + 1, outcome=outcome))
