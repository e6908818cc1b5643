"""Bounds of theorems, in numbers."""

import pytest

from minmaxbench.algorithms.greedy_max.theory import GreedyMaxTheory
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem
from minmaxbench.theory.bounds import greedy_max_theorem


def promised(name, d):
    """The theorem of greedy-max, in its own settings."""
    return greedy_max_theorem(get_problem(name, d), GreedyMaxTheory())


def test_the_bound_of_greedy_max_depends_on_the_dimension_through_b_and_l_only():
    small, large = promised("f3_equivariant_d", 2), promised("f3_equivariant_d", 50)
    assert small == large
    assert small["calls"] == 0.5 * small["outer"] * (small["inner"] + 1)
    total = [promised("f3_sum_d", d)["calls"] for d in (2, 50)]
    assert total[1] > 1000 * total[0]  # b grows like d


def test_a_problem_without_bounds_is_refused():
    with pytest.raises(UserError, match="needs a bound"):
        promised("ncsc_quadratic_d", 2)
