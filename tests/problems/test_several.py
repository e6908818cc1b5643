"""Games of a few variables: derivatives from the formula, points and segments as declared."""

import numpy as np
import pytest

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Box, Simplex
from minmaxbench.errors import UserError
from minmaxbench.problems.checks import check_problem
from minmaxbench.problems.registry import PROBLEMS, get_problem
from minmaxbench.problems.several import Known, game


@pytest.fixture
def declare():
    names = []

    def declared(formula, dx, dy, **more):
        name = f"game_for_test_{len(names)}"
        names.append(name)
        return game(name, formula=formula, dx=dx, dy=dy, **more)

    yield declared
    for name in names:
        if name in PROBLEMS:
            PROBLEMS.remove(name)


def test_variables_are_numbered_but_where_there_is_one(declare):
    mine = declare("x*y1**2 + sin(x*y3) - exp(y2)", 1, 3)
    assert get_problem(mine.name) is mine
    x, y = np.array([[2.0], [0.5]]), np.array([[1.0, 0.0, 3.0], [2.0, 1.0, -1.0]])
    np.testing.assert_allclose(
        mine.value(np, x, y), x[:, 0] * y[:, 0] ** 2 + np.sin(x[:, 0] * y[:, 2]) - np.exp(y[:, 1])
    )
    gx, gy = mine.grad(np, x, y)
    cosine = np.cos(x[:, 0] * y[:, 2])
    np.testing.assert_allclose(gx, (y[:, 0] ** 2 + y[:, 2] * cosine)[:, None])
    np.testing.assert_allclose(gy[:, 1], -np.exp(y[:, 1]))
    np.testing.assert_array_equal(gx, mine.grad_x(np, x, y))
    np.testing.assert_array_equal(gy, mine.grad_y(np, x, y))
    check_problem(mine)


def test_other_names_are_refused(declare):
    mine = declare("x*y1 + y3", 1, 2)
    with pytest.raises(UserError, match="uses 'y3'; it may use x, y1, y2, pi"):
        check_problem(mine)
    with pytest.raises(
        UserError, match="set of y of 'bad' has 3 coordinates, but its player has 2"
    ):
        game("bad", formula="x*y1", dx=1, dy=2, y=Box((0, 0, 0), (1, 1, 1)))
    assert "bad" not in PROBLEMS


def test_a_segment_is_at_distance_zero_all_along(declare):
    line = (((0.0, 0.0), (1.0,)), ((2.0, 0.0), (1.0,)))
    known = (Known((1.0, 0.0), (1.0,), Kind.NASH, line), Known((5.0, 0.0), (0.0,), Kind.NEITHER))
    mine = declare("x2**2 - (y - 1)**2 + 0*x1", 2, 1, points=known, proof="by hand")
    x = np.array([[0.5, 0.0], [-3.0, 0.0], [3.0, 0.0], [1.0, 2.0]])
    y = np.array([[1.0], [1.0], [1.0], [1.0]])
    distances = mine.distances(np, x, y)
    np.testing.assert_allclose(distances[:, 0], [0, 3, 1, 2])
    np.testing.assert_allclose(distances[2, 1], np.sqrt(5))
    np.testing.assert_array_equal(mine.distances(np, x, y, np.array([1])), distances[:, 1:])
    assert mine.points().kind == (Kind.NASH, Kind.NEITHER)
    assert mine.points().proof == "by hand"


def test_starts_are_spread_over_a_simplex(declare):
    mine = declare("x1*y + x2*x3", 3, 1, x=Simplex(), y=(0, 1), region=(0.0, 1.0))
    u = np.random.default_rng(0).random((5, 3))
    x, y = mine.place(u, u[:, :1])
    np.testing.assert_allclose(x.sum(1), 1)
    assert (x > 0).all()
    np.testing.assert_array_equal(y, u[:, :1])


def test_a_wrong_point_of_a_game_is_refused(declare):
    known = (Known((1.0, 1.0), (0.0, 0.0), Kind.NASH),)
    mine = declare("x1**2 + x2**2 - y1**2 - y2**2", 2, 2, points=known)
    with pytest.raises(UserError, match="is not stationary"):
        check_problem(mine)
