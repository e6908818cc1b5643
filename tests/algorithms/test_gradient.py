"""What is known of gradient descent ascent."""

import numpy as np
import pytest
from games import end, trajectory

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.problems.registry import get_problem
from minmaxbench.problems.transforms.instances import Swapped
from minmaxbench.testing import play


def test_on_xy_gda_grows_by_the_known_factor_and_alternating_stays_bounded():
    # Daskalakis et al. 2018; Gidel et al. 2019.
    d = play("gda", "bilinear_xy", (1.0, 0.5), 100, eta_x=0.1, eta_y=0.1)
    np.testing.assert_allclose(np.array(d[1:]) / d[:-1], (1 + 0.01) ** 0.5, rtol=1e-12)
    alternating = play("gda_alt", "bilinear_xy", (1.0, 0.5), 3000, eta_x=0.1, eta_y=0.1)
    assert 0.5 < min(alternating) < max(alternating) < 2


def test_the_minimax_point_of_f1_repels_gda_and_attracts_it_on_two_time_scales():
    # Wang, Zhang, Ba 2020; Fiez, Ratliff 2021.
    assert play("gda", "ftr_f1", (1e-3, 1e-3), 400)[-1] > 1
    assert play("gda_two_timescale", "ftr_f1", (0.1, 0.1), 5000)[-1] < 1e-6


def test_gda_is_drawn_to_a_point_of_f2_that_is_no_equilibrium():
    x, y = end("gda", "ftr_f2", 5.5, 5.5, 2000)
    assert abs(x[0]) + abs(y[0]) < 1e-9
    assert not get_problem("ftr_f2").points().equilibria.size


@pytest.mark.parametrize("name", ["gda", "ogda", "popov", "extragradient"])
def test_exchanging_the_players_mirrors_the_trajectory(name):
    problem = get_problem("keswani_f3")
    x, y = np.array([[1.0]]), np.array([[-2.0]])
    path, _ = trajectory(get_algorithm(name), problem, x, y, 50)
    mirror, _ = trajectory(get_algorithm(name), Swapped(problem), y, x, 50)
    for (ax, ay), (bx, by) in zip(path, mirror, strict=True):
        np.testing.assert_array_equal(ax, by)
        np.testing.assert_array_equal(ay, bx)
