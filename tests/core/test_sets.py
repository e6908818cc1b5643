"""Sets check themselves when they are made, and project as they say."""

import math

import numpy as np
import pytest

from minmaxbench.core.sets import Ball, Box, Space, Torus, as_set, check_dimension
from minmaxbench.errors import UserError


@pytest.mark.parametrize(
    ("lower", "upper", "says"),
    [
        (2.0, 1.0, r"lower <= upper; got \[2, 1\]\.$"),
        ((0.0, 2.0), (1.0, 1.0), r"got \[2, 1\] in coordinate 1"),
        (1.0, 1.0, "leave room to move"),
        ((1.0, 2.0), (1.0, 2.0), "leave room to move"),
        (math.nan, 1.0, "lower bound of a box is a number"),
        (0.0, np.nan, "upper bound of a box is a number"),
        ((0.0, math.nan), 1.0, "lower bound"),
        (None, 1.0, "lower bound .* got None"),
        ((0.0, None), (1.0, 1.0), "lower bound"),
        ("0", 1.0, "lower bound .* got '0'"),
        (False, 1.0, "lower bound .* got False"),
        (0j, 1.0, "lower bound"),
        ((), (), "lower bound"),
        (np.zeros((2, 2)), 1.0, "lower bound"),
        (((0.0, 1.0),), 1.0, "lower bound"),
        (0, 10**400, "upper bound"),
        ((0.0, 0.0), (1.0, 1.0, 1.0), "as many lower bounds as upper ones; got 2 and 3"),
        (math.inf, math.inf, "lower <= upper"),
        (-math.inf, -math.inf, "lower <= upper"),
    ],
)
def test_what_is_no_box_is_refused_in_a_sentence(lower, upper, says):
    with pytest.raises(UserError, match=says):
        Box(lower, upper)


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ([-1, 0], [1, 2]),
        ((-1.0, 0.0), (1.0, 2.0)),
        (np.array([-1, 0]), np.array([1.0, 2.0], dtype=np.float32)),
        ((np.int64(-1), np.float64(0)), [np.array(1), 2]),
    ],
)
def test_bounds_of_any_kind_of_sequence_become_tuples_of_floats(lower, upper):
    box = Box(lower, upper)
    assert box == Box((-1.0, 0.0), (1.0, 2.0))
    assert repr(box) == "Box(lower=(-1.0, 0.0), upper=(1.0, 2.0))"
    assert hash(box) == hash(Box((-1.0, 0.0), (1.0, 2.0)))
    assert box.dimension == 2


def test_a_number_serves_for_every_coordinate():
    assert repr(Box(np.int64(-1), 1)) == "Box(lower=-1.0, upper=1.0)"
    assert Box(-1, 1).dimension is None
    assert Box(0, [1, 2]) == Box((0.0, 0.0), (1.0, 2.0))
    assert Box([0.0, 1.0], [2.0, 1.0]).dimension == 2  # a coordinate may be held


def test_infinite_bounds_make_half_spaces():
    half = Box(0.0, math.inf)
    z = np.array([[-3.0, 5e300]])
    assert half.project(np, z).tolist() == [[0.0, 5e300]]
    assert half.describe("x") == "x in [0, inf]^d"
    assert Box((-math.inf, 0), (0, math.inf)).project(np, np.array([[1.0, -1.0]])).tolist() == [
        [0, 0]
    ]


@pytest.mark.parametrize("size", [-1, 0, math.nan, math.inf, None, "1", (1.0,), True, 1j])
def test_balls_and_tori_have_a_positive_size(size):
    with pytest.raises(UserError, match="radius of a ball is a positive number"):
        Ball(size)
    with pytest.raises(UserError, match="period of a torus is a positive number"):
        Torus(size)


def test_sizes_become_floats():
    assert repr(Ball(np.int64(2))) == "Ball(radius=2.0)"
    assert repr(Torus(6)) == "Torus(period=6.0)"


def test_a_pair_of_bounds_means_a_box():
    assert as_set((1.0, 2.0)) == as_set([1, 2]) == Box(1.0, 2.0)
    assert as_set(None) == Space()
    assert as_set(Ball(2.0)) == Ball(2.0)
    for value in (1.0, (1.0, 2.0, 3.0), "R", Box):
        with pytest.raises(UserError, match="The set of x is a set such as Box"):
            as_set(value, "The set of x")
    with pytest.raises(UserError, match="lower <= upper"):
        as_set((2.0, 1.0))


def test_bounds_must_be_as_many_as_the_player_has_coordinates():
    check_dimension(Box((0, 0), (1, 1)), 2, "x_set")
    check_dimension(Box(0, 1), 7, "x_set")
    check_dimension(Ball(1), 7, "x_set")
    with pytest.raises(UserError, match="x_set has 2 coordinates, but its player has 3"):
        check_dimension(Box((0, 0), (1, 1)), 3, "x_set")


@pytest.mark.parametrize("s", [Box(-1.0, 0.5), Box((-1.0, 0.0, -math.inf), 1.0), Ball(0.7)])
def test_a_projection_is_the_nearest_point_of_the_set(s):
    rng = np.random.default_rng(0)
    z = 3 * rng.standard_normal((50, 3))
    p = s.project(np, z)
    np.testing.assert_allclose(s.project(np, p), p, rtol=1e-15)
    others = s.project(np, 3 * rng.standard_normal((200, 3)))
    # <z - p, q - p> <= 0 for every point q of a convex set.
    inner = ((z - p)[:, None] * (others[None] - p[:, None])).sum(-1)
    assert inner.max() <= 1e-12
