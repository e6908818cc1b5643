"""Operators, auctions, Blotto, low-rank factorisation, games on spheres: statements and dimensions."""

import numpy as np
import pytest
from scipy.optimize import linprog, minimize_scalar
from test_claims import saddle_gaps

from minmaxbench.core.problem import Kind
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem
from minmaxbench.problems.several import on_spheres

OPERATORS = ("rotation_plus_ball_d", "shift_operator_d", "malitsky_nonmonotone_d")
DIMENSIONS = (1, 2, 7, 64, 1000)


def field(problem, z):
    gx, gy = problem.grad(np, z[:, : problem.dx], z[:, problem.dx :])
    return np.concatenate([gx, -gy], axis=1)


# Kelly auctions: equilibria as the source prints them.


@pytest.mark.parametrize(
    ("name", "bids", "digits"),
    [
        ("kelly_auction_2", (0.1396, 0.7094), 6e-5),
        ("kelly_auction_4", (185.76, 326.15, 441.015, 536.735), 6e-3),
    ],
)
def test_published_bids_are_confirmed(name, bids, digits):
    problem = get_problem(name)
    known = problem.points()
    np.testing.assert_allclose(np.append(known.x, known.y), bids, atol=digits)


@pytest.mark.parametrize("name", ["kelly_auction_2", "kelly_auction_4"])
def test_no_bidder_wins_by_another_bid(name):
    problem = get_problem(name)
    known = problem.points()
    bids = np.append(known.x, known.y)
    worth = np.array(problem.gains) * problem.resource

    def cost(i, bid):
        return bid - worth[i] * bid / (problem.reserve + bids.sum() - bids[i] + bid)

    for i in range(len(bids)):
        best = minimize_scalar(
            lambda b, i=i: cost(i, b), bounds=(0, 4 * bids.max()), method="bounded"
        )
        assert cost(i, bids[i]) <= best.fun + 1e-9 * worth[i]
        # The field is the derivative of the cost.
        h = 1e-30
        z = bids[None] + 0j
        z[0, i] += 1j * h
        slope = cost(i, bids[i] * 1.3 + 1j * h).imag / h
        moved = bids.copy()
        moved[i] *= 1.3
        assert field(problem, moved[None])[0, i] == pytest.approx(slope, rel=1e-12)


# Operators.


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("name", OPERATORS)
def test_operators_in_all_dimensions(name, d):
    problem = get_problem(name, d)
    known = problem.points()
    z = np.concatenate([known.x, known.y], axis=1)
    assert np.abs(field(problem, z)).max() <= 1e-14
    rng = np.random.default_rng(d)
    other = rng.uniform(*problem.about.region, (5, 2 * d))
    assert np.isfinite(field(problem, other)).all()
    assert (np.sum(field(problem, other) * (other - z), axis=1) >= -1e-9).all()


@pytest.mark.parametrize("name", ["rotation_plus_ball_d", "shift_operator_d"])
def test_monotone_operators_are(name):
    problem = get_problem(name, 6)
    rng = np.random.default_rng(0)
    for size in (0.1, 1.0, 10.0):
        a, b = size * rng.standard_normal((2, 500, 12))
        assert (np.sum((field(problem, a) - field(problem, b)) * (a - b), axis=1) >= -1e-12).all()


def test_the_norm_of_the_shift_operator_tends_to_two():
    problem = get_problem("shift_operator_d", 200)
    basis = np.eye(400)
    matrix = (field(problem, basis) - field(problem, np.zeros((1, 400)))).T
    assert 1.9999 < np.linalg.norm(matrix, 2) < 2.0


def test_the_nonmonotone_operator_is_not_monotone_and_has_other_roots():
    problem = get_problem("malitsky_nonmonotone_d", 5)
    rng = np.random.default_rng(0)
    a, b = rng.uniform(-1, 1, (2, 500, 10))
    inner = np.sum((field(problem, a) - field(problem, b)) * (a - b), axis=1)
    assert (inner < -1e-3).any()
    # z.F(z) >= 0: zero solves the Minty inequality.
    assert (np.sum(field(problem, a) * a, axis=1) >= -1e-9).all()
    # Two products vanish on a manifold: Newton's method finds a root away from 0.

    def products(z):
        return np.array([z @ problem.a.matrix @ np.sin(z), z @ problem.b.matrix @ np.exp(z)])

    z, h = 0.5 * np.ones(10), 1e-30
    for _ in range(50):
        slopes = np.array([products(z + 1j * h * e).imag / h for e in np.eye(10)]).T
        z = z - np.linalg.lstsq(slopes, products(z), rcond=None)[0]
    assert np.abs(z).max() > 0.1
    assert np.abs(field(problem, z[None])).max() <= 1e-10


# Games in angles.


def test_the_saddle_point_of_zhou_56ii_is_confirmed():
    problem = get_problem("zhou_56ii")
    known = problem.points()
    for row in range(4):
        for angles, want in (
            (known.x[row], (0.4082, 0.4082, 0.8165)),
            (known.y[row], (-0.4082, -0.8165, -0.4082)),
        ):
            a, b = angles
            sphere = np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a)
            np.testing.assert_allclose(sphere, want, atol=6e-5)
        assert max(saddle_gaps(problem, known.x[row], known.y[row])) <= 1e-8
        assert known.kind[row] is Kind.NASH


@pytest.mark.parametrize(("name", "gap"), [("nie_64ii", 0.10), ("nie_66", 0.15)])
def test_no_saddle_point_where_the_source_says_so(name, gap):
    """On a grid the least maximum is above the greatest minimum by more than the grid's error can be."""
    problem = get_problem(name)
    high = (np.pi, 2 * np.pi) if name == "nie_64ii" else (np.pi / 2, np.pi / 2)
    sides = [np.linspace(0, b, n) for b, n in zip(high, (17, 33), strict=True)]
    grid = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    rows = [problem.value(np, np.repeat(x[None], len(grid), 0), grid) for x in grid]
    table = np.stack(rows)
    assert table.max(1).min() - table.min(0).max() >= gap


def test_a_formula_on_spheres():
    text = on_spheres("x1*y2 + x3")
    assert text == "(sin(x1)*cos(x2))*(sin(y1)*sin(y2)) + (cos(x1))"


def test_gale_and_gross_planned_their_solution():
    problem = get_problem("gale_gross")
    known = problem.points()
    assert max(saddle_gaps(problem, known.x[0], known.y[0])) <= 1e-12


# Mixed strategies.


def mixed_value(table):
    """The value of the matrix game in which the columns' player minimises."""
    m, n = table.shape
    found = linprog(
        np.append(np.zeros(n), 1.0),
        A_ub=np.column_stack([table, -np.ones(m)]),
        b_ub=np.zeros(m),
        A_eq=np.append(np.ones(n), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * n + [(None, None)],
    )
    return found.fun


def test_the_value_of_dreshers_kinks_is_minus_a_sixth_and_nobody_has_a_pure_equilibrium():
    problem = get_problem("dresher_111")
    grid = np.linspace(0, 1, 61)
    x, y = np.meshgrid(grid, grid)
    table = problem.value(np, x.reshape(-1, 1), y.reshape(-1, 1)).reshape(61, 61)
    assert mixed_value(table) == pytest.approx(-1 / 6, abs=1e-4)
    # Across the kink f is above its chord: not convex in x; within a side it bends upwards: not concave in y.
    at = [problem.value(np, np.array([[t]]), np.array([[0.5]]))[0] for t in (0.4, 0.5, 0.6)]
    assert at[1] > (at[0] + at[2]) / 2
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    assert problem.hvp(np, one, zero, zero, one)[1] > 0
    # y always reaches 0, x at most -1/4 if y stands still.
    assert table.max(0).min() == 0
    assert table.min(1).max() == pytest.approx(-0.25)


@pytest.mark.parametrize("name", ["blotto_5", "blotto_5_pairs", "blotto_5_sets"])
def test_blotto_is_symmetric_and_equal_allocations_are_no_equilibrium(name):
    problem = get_problem(name)
    rng = np.random.default_rng(0)
    x, y = rng.dirichlet(np.ones(5), (2, 50))
    f = problem.value(np, x, y)
    np.testing.assert_allclose(problem.value(np, y, x), -f, atol=1e-15)
    assert (np.abs(f) <= problem.about.bounds[1]).all()
    gx, gy = problem.grad(np, x, x)
    assert np.abs(gx).max() == np.abs(gy).max() == 0
    # Take from two battlefields for a third: 4 - 1 - 1 > 0 in each single one.
    even = np.full((1, 5), 0.2)
    moved = even + 0.01 * np.array([[2.0, -1.0, -1.0, 0.0, 0.0]])
    if name == "blotto_5":
        assert problem.value(np, even, moved)[0] == pytest.approx(2e-4, rel=1e-9)
    reverse = even - 0.01 * np.array([[2.0, -1.0, -1.0, 0.0, 0.0]])
    assert max(problem.value(np, even, moved)[0], problem.value(np, even, reverse)[0]) > 0


# Low rank.


@pytest.mark.parametrize("m", [1, 2, 7, 30])
def test_the_best_rank_one_matrix(m):
    problem = get_problem("lowrank_d", 2 * m, m * m)
    known = problem.points()
    x, y = known.x, known.y
    residual = problem.residual(np, x, y, *problem.grad(np, x, y))
    assert residual.max() <= 1e-13
    values = np.linalg.svd(problem.matrix, compute_uv=False)
    assert known.value[0] == pytest.approx((values[1:] ** 2).sum() / 2, abs=1e-12)


def test_distances_are_to_the_whole_orbit():
    problem = get_problem("lowrank_d", 14, 49)
    best, y = problem.best, problem.points().y
    rng = np.random.default_rng(0)
    for t in (-3.0, -1.0, 0.2, 1.0, 5.0):
        x = np.concatenate([t * best[:7], best[7:] / t])[None]
        assert problem.distances(np, x, y)[0, 0] <= 1e-11
    x = 2 * rng.standard_normal((30, 14))
    found = problem.distances(np, x, np.repeat(y, 30, 0))[:, 0]
    scale = np.concatenate([-np.geomspace(1e-2, 1e2, 20001), np.geomspace(1e-2, 1e2, 20001)])
    orbit = np.concatenate([scale[:, None] * best[:7], best[7:] / scale[:, None]], axis=1)
    want = np.sqrt(((x[:, None] - orbit[None]) ** 2).sum(-1)).min(1)
    np.testing.assert_allclose(found, want, rtol=1e-6)
    assert (found <= want + 1e-12).all()


def test_distances_to_the_orbit_are_those_of_all_its_stationary_points():
    problem = get_problem("lowrank_d")
    best, y, rng = problem.best, problem.points().y, np.random.default_rng(1)
    length = (best[:3] ** 2).sum()
    t = rng.choice([-1.0, 1.0], 300) * 10 ** rng.uniform(-5, 5, 300)
    on = np.concatenate([t[:, None] * best[:3], best[3:] / t[:, None]], axis=1)
    near = on + rng.standard_normal((300, 6)) * 10 ** rng.uniform(-6, 0, (300, 1))
    anywhere = rng.standard_normal((300, 6)) * 10 ** rng.uniform(-2, 3, (300, 1))
    # Two minima nearly as low as each other.
    both = rng.uniform(3, 30, (300, 2)) * [1.0, 1 + 1e-9]
    twice = np.concatenate([both[:, :1] * best[:3], both[:, :1] * best[3:]], axis=1)
    for x in (near, anywhere, twice):
        found = problem.distances(np, x, np.repeat(y, len(x), 0))[:, 0]
        for k, (a, b) in enumerate(zip(x[:, :3] @ best[:3], x[:, 3:] @ best[3:], strict=True)):
            t = np.roots([length, -a, 0.0, b, -length])
            t = t[np.abs(t.imag) <= 1e-6 * np.abs(t)].real[:, None]
            orbit = np.concatenate([t * best[:3], best[3:] / t], axis=1)
            want = np.sqrt(((x[k] - orbit) ** 2).sum(1)).min()
            assert found[k] <= want * (1 + 1e-9) + 1e-9 * np.abs(x[k]).max()


def test_dimensions_that_a_factorisation_has_not():
    with pytest.raises(UserError, match=r"needs dx = 2m and dy = m\^2; .* dx = 5, dy = 9"):
        get_problem("lowrank_d", 5, 9)


@pytest.mark.parametrize("d", DIMENSIONS)
def test_the_sum_lift_of_global_forsaken(d):
    problem = get_problem("global_forsaken_sum_d", d)
    kernel = get_problem("global_forsaken")
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-1, 1, (2, 3, d))
    each = kernel.value(np, x.reshape(-1, 1), y.reshape(-1, 1)).reshape(3, d)
    np.testing.assert_allclose(problem.value(np, x, y), each.sum(1), rtol=1e-11, atol=1e-11)
    known = problem.points()
    assert (
        problem.residual(np, known.x, known.y, *problem.grad(np, known.x, known.y)).max() <= 1e-12
    )


# The largest quadratic.


@pytest.mark.parametrize("dims", [(1, 3), (2, 2), (5, 4), (7, 7)])
def test_minima_of_the_largest_quadratic(dims):
    problem = get_problem("max_of_quadratics_d", *dims)
    known = problem.points()
    assert len(known)
    assert set(known.kind) == {Kind.MINIMAX}
    rng = np.random.default_rng(0)
    for row in range(len(known)):
        for size in (1e-4, 1e-2):
            x = known.x[row] + size * rng.standard_normal((300, dims[0]))
            assert (problem.grad_y(np, x, x).max(1) >= known.value[row] - 1e-13).all()
    # The best of them is the best of many samples, too.
    x = rng.uniform(-3, 3, (20000, dims[0]))
    assert problem.grad_y(np, x, x).max(1).min() >= known.value[0]


def test_the_largest_quadratic_in_large_dimensions_and_with_one_piece():
    problem = get_problem("max_of_quadratics_d", 1000)
    x, y = problem.place(*np.random.default_rng(0).uniform(-3, 3, (2, 2, 1000)))
    assert np.isfinite(problem.value(np, x, y)).all()
    assert len(problem.points()) == 0
    with pytest.raises(UserError, match="needs dy >= 2"):
        get_problem("max_of_quadratics_d", 3, 1)
