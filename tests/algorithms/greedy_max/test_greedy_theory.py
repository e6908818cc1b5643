"""Greedy-max with the settings of its theorem."""

import numpy as np
import pytest

from minmaxbench.algorithms.greedy_max.published import GreedyMax
from minmaxbench.algorithms.greedy_max.theory import inner_steps
from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem


def test_the_settings_solve_the_theorems_equations():
    theory = get_algorithm("greedy_max_theory", omega=0.2, nu=0.05)
    problem = get_problem("keswani_f3")
    b, L = 2183.4734, 107.54
    settings = theory.for_problem(problem)
    assert isinstance(settings, GreedyMax)
    r_max = settings.r_max
    outer = 1.0 * np.log(r_max / 0.05) + 8 * r_max * b / 0.12 + 1
    assert r_max >= np.log(outer / 0.05) / 0.2
    smaller = r_max - 1
    fewer = 1.0 * np.log(smaller / 0.05) + 8 * smaller * b / 0.12 + 1
    assert smaller < np.log(fewer / 0.05) / 0.2
    assert settings.eta == pytest.approx(min(1 / (10 * L), 1 / (8 * L * outer)))
    assert settings.max_ascents == inner_steps(b, settings.eta, 0.12)
    # The schedule of eps_i stays in [eps/2, eps] over all outer iterations.
    assert 0.06 * (1 - 2 * settings.eta * L) ** (-2 * outer) <= 0.12


def test_a_problem_without_bounds_is_refused():
    theory = get_algorithm("greedy_max_theory")
    with pytest.raises(UserError, match="needs a bound b"):
        theory.for_problem(get_problem("ftr_f1"))
    with pytest.raises(UserError, match=r"for_problem\(problem\)"):
        theory.init(np.zeros((1, 1)), np.zeros((1, 1)), None)
