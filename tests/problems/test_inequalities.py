"""Variational inequalities that are no min-max problem: fields, equilibria, cycles."""

import numpy as np
import pytest

from minmaxbench.core.calls import Call
from minmaxbench.core.problem import Kind
from minmaxbench.problems.inequality import Inequality
from minmaxbench.problems.registry import PROBLEMS, get_problem
from minmaxbench.problems.transforms.instances import get_instance

NAMES = [n for n in PROBLEMS if "variational-inequality" in PROBLEMS.get(n).about.classes]
POLAR = {"polar_game": 1.0, "polar_game_a34": 3 / 4, "polar_game_a13": 1 / 3}


def test_which_there_are():
    assert NAMES == [
        "kelly_auction_2",
        "kelly_auction_4",
        "malitsky_nonmonotone_d",
        "polar_game",
        "polar_game_a13",
        "polar_game_a34",
        "rotation_plus_ball_d",
        "shift_operator_d",
        "torus_chasnov",
    ]
    assert all(isinstance(get_problem(name), Inequality) for name in NAMES)
    families = [name for name in NAMES if PROBLEMS.get(name).group == "family"]
    assert families == [name for name in NAMES if name.endswith("_d")]


@pytest.mark.parametrize("number", [0, 1, -2])
@pytest.mark.parametrize("name", NAMES)
def test_listed_points_solve_them(name, number):
    problem = get_instance(get_problem(name), number)
    assert problem.offers == {Call.GRAD_X, Call.GRAD_Y}
    known = problem.points()
    gx, gy = problem.grad(np, known.x, known.y)
    size = 1 + np.abs(known.x).max() + np.abs(known.y).max()
    assert problem.residual(np, known.x, known.y, gx, gy).max() <= 1e-14 * size
    assert np.isnan(known.value).all()
    assert np.isnan(problem.value(np, known.x, known.y)).all()
    for half, whole in ((problem.grad_x, gx), (problem.grad_y, gy)):
        np.testing.assert_array_equal(half(np, known.x, known.y), whole)


@pytest.mark.parametrize("name", NAMES)
def test_nash_points_are_those_where_no_cost_curves_downwards(name):
    problem = get_problem(name)
    known = problem.points()
    h = 1e-30
    slope_x = problem.grad_x(np, known.x + 1j * h, known.y + 0j).imag / h
    slope_y = -problem.grad_y(np, known.x + 0j, known.y + 1j * h).imag / h
    # Along the diagonal, where a player has several coordinates.
    nash = (slope_x.sum(1) >= -1e-15) & (slope_y.sum(1) >= -1e-15)
    told = [kind is not Kind.DEGENERATE for kind in known.kind]
    assert nash[told].tolist() == [k is Kind.NASH for k in known.kind if k is not Kind.DEGENERATE]


@pytest.mark.parametrize("name", POLAR)
def test_polar_games_have_the_circles_of_radius_one_and_three_quarters_as_cycles(name):
    # Pethick et al. (2022): on both the field is a rotation; the inner one repels, the outer attracts.
    problem, a = get_problem(name), POLAR[name]
    angle = np.linspace(0, 2 * np.pi, 50)[:, None]
    for radius in (0.75, 1.0):
        x, y = radius * np.cos(angle), radius * np.sin(angle)
        f, g = problem.field(np, x, y)
        np.testing.assert_allclose(np.hstack([f, g]), np.hstack([-y, x]), atol=1e-15)
    for radius, outwards in ((0.2, -1), (0.7, -1), (0.8, 1), (0.95, 1), (1.05, -1)):
        x, y = radius * np.cos(angle), radius * np.sin(angle)
        f, g = problem.field(np, x, y)
        speed = -(x * f + y * g) / radius
        assert (np.sign(speed) == outwards).all()
        np.testing.assert_allclose(
            speed, -a / 16 * radius * (radius**2 - 1) * (16 * radius**2 - 9), atol=1e-15
        )


def test_no_point_of_the_border_solves_a_polar_game():
    for name in POLAR:
        problem = get_problem(name)
        t = np.linspace(-1.1, 1.1, 2001)[:, None]
        for x, y in ((t, 0 * t + 1.1), (t, 0 * t - 1.1), (0 * t + 1.1, t), (0 * t - 1.1, t)):
            assert problem.residual(np, x, y, *problem.grad(np, x, y)).min() > 0.05


def test_polar_games_are_no_gradient_fields_of_min_max_problems():
    # Of f the mixed derivatives would be one: dF/dy = -dG/dx.
    problem, h = get_problem("polar_game"), 1e-30
    x, y = np.array([[0.5]]), np.array([[0.3]])
    across = problem.field(np, x + 0j, y + 1j * h)[0].imag / h
    back = problem.field(np, x + 1j * h, y + 0j)[1].imag / h
    assert abs(across + back) > 0.1


def test_the_torus_game_has_the_published_equilibria_and_two_weak_ones():
    # Chasnov et al. (2020): (-1.063, 1.014) and (1.408, -0.325).
    problem = get_problem("torus_chasnov")
    known = problem.points()
    np.testing.assert_allclose(known.x[:2, 0], (-1.063, 1.408), atol=1e-3)
    np.testing.assert_allclose(known.y[:2, 0], (1.014, -0.325), atol=1e-3)
    # At y = 0 the payoff cos x - cos(x - y) is zero for every x.
    t = np.linspace(-3, 3, 100)[:, None]
    assert np.abs(problem.field(np, t, 0 * t)[0]).max() <= 1e-15
    assert known.kind[2:4] == (Kind.NASH, Kind.NASH)
