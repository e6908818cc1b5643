"""Sets check themselves when they are made, and project as they say."""

import math

import numpy as np
import pytest

from minmaxbench.core.sets import Ball, Box, Product, Simplex, Space, Torus, as_set, check_dimension
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


CONVEX = [
    Box(-1.0, 0.5),
    Box((-1.0, 0.0, -math.inf), 1.0),
    Ball(0.7),
    Simplex(),
    Product(((Ball(0.5), 2), (Box(0, math.inf), 1))),
    Product(((Simplex(), 2), (Space(), 1))),
]


@pytest.mark.parametrize("s", CONVEX, ids=lambda s: s.describe("z"))
def test_a_projection_is_the_nearest_point_of_the_set(s):
    rng = np.random.default_rng(0)
    z = 3 * rng.standard_normal((50, 3))
    p = s.project(np, z)
    np.testing.assert_allclose(s.project(np, p), p, rtol=1e-14, atol=1e-15)
    others = s.project(np, 3 * rng.standard_normal((200, 3)))
    # <z - p, q - p> <= 0 for every point q of a convex set.
    inner = ((z - p)[:, None] * (others[None] - p[:, None])).sum(-1)
    assert inner.max() <= 1e-12


@pytest.mark.parametrize("d", [1, 2, 5, 1000])
def test_the_simplex_projects_to_mixed_strategies(d):
    rng = np.random.default_rng(d)
    z = 2 * rng.standard_normal((20, d))
    p = Simplex().project(np, z)
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(1), 1, rtol=1e-12)
    alone = np.concatenate([Simplex().project(np, row[None]) for row in z])
    np.testing.assert_array_equal(p, alone)
    # By its optimality conditions: where p > 0, z - p is the same number, elsewhere smaller.
    for row, point in zip(z - p, p, strict=True):
        shift = row[point > 0]
        np.testing.assert_allclose(shift, shift[0], atol=1e-12)
        assert (row <= shift[0] + 1e-12).all()


def test_draws_are_spread_evenly_over_the_simplex():
    u = np.random.default_rng(0).random((40_000, 3))
    z = Simplex().spread(u)
    np.testing.assert_allclose(z.sum(1), 1)
    # Of a uniform point of the triangle a coordinate exceeds t with probability (1 - t)^2.
    for t in (0.2, 0.5, 0.8):
        np.testing.assert_allclose((z > t).mean(0), (1 - t) ** 2, atol=0.01)
    assert Simplex().spread(np.ones((1, 4))).tolist() == [[0.25] * 4]


def test_a_product_is_its_parts_side_by_side():
    both = Product(((Torus(2.0), 1), (Ball(1.0), 2)))
    assert both.dimension == 3
    assert both.constrained
    assert not Product(((Torus(2.0), 1), (Space(), 2))).constrained
    assert both.describe("x") == "x[0:1] modulo 2, |x[1:3]| <= 1"
    a, b = np.array([[0.9, 1.0, 0.0]]), np.array([[-0.9, 0.0, 0.0]])
    np.testing.assert_allclose(both.difference(np, a, b), [[-0.2, 1.0, 0.0]])
    with pytest.raises(UserError, match="Part 1 of a product has 2 coordinates"):
        Product(((Space(), 1), (Box((0, 0), (1, 1)), 3)))
