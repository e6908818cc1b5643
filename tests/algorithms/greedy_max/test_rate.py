"""Greedy-max for networks."""

import itertools

import numpy as np
from games import trajectory

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.problems.registry import get_problem


def test_at_rate_one_nothing_is_rejected():
    game, x, y = get_problem("keswani_f3"), np.array([[1.0]]), np.array([[-2.0]])
    one, _ = trajectory(get_algorithm("greedy_max_rate", rate=1), game, x, y, 100)
    two, _ = trajectory(get_algorithm("gda_alt"), game, x, y, 100)
    np.testing.assert_array_equal(one, two)


def test_between_two_coins_f_never_rises_where_x_moves():
    game, x, y = get_problem("ftr_f1"), np.array([[1.0]]), np.array([[-2.0]])
    path, _ = trajectory(get_algorithm("greedy_max_rate", rate=10**6), game, x, y, 300)
    f = [float(game.value(np, *z)[0]) for z in path]
    assert all(b <= a for a, b in itertools.pairwise(f))
