"""Statements of the papers about their functions, each confirmed or refuted with numbers."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Ball, Box, Simplex
from minmaxbench.problems.registry import get_problem


def spread(s, d, n, rng):
    """Points all over a set."""
    if isinstance(s, Simplex):
        return s.spread(rng.random((n, d)))
    if isinstance(s, Ball):
        z = rng.standard_normal((n, d))
        length = np.sqrt((z * z).sum(1, keepdims=True))
        return s.radius * z / length * rng.random((n, 1)) ** (1 / d)
    if isinstance(s, Box):
        low, high = (np.clip(np.broadcast_to(b, d), -3, 3) for b in (s.lower, s.upper))
        return rng.uniform(low, high, (n, d))
    return rng.uniform(-3, 3, (n, d))


def best_answer(problem, x, y, player, seed=0):
    """The best value that a player finds against the other one: samples, then projected gradients."""
    rng = np.random.default_rng(seed)
    s, d = (problem.x_set, problem.dx) if player == "x" else (problem.y_set, problem.dy)
    sign = -1.0 if player == "x" else 1.0
    far = s.project(np, 10 * rng.uniform(-1, 1, (100, d)))
    z = np.concatenate([spread(s, d, 1000, rng), far])

    def both(z):
        other = np.broadcast_to(y if player == "x" else x, (len(z), len(y if player == "x" else x)))
        return (z, other) if player == "x" else (other, z)

    with np.errstate(all="ignore"):
        f = sign * problem.value(np, *both(z))
        z = z[np.argsort(-np.nan_to_num(f, nan=-np.inf))[:40]]
        slope = problem.grad_x if player == "x" else problem.grad_y
        for step in np.geomspace(0.2, 1e-3, 200):
            z = s.project(np, z + sign * step * np.nan_to_num(slope(np, *both(z))))
        f = sign * problem.value(np, *both(z))
    return sign * np.nanmax(f)


def saddle_gaps(problem, x, y):
    """How much each player could still win: (max over y of f - f*, f* - min over x of f)."""
    f = problem.value(np, x[None], y[None])[0]
    return best_answer(problem, x, y, "y") - f, f - best_answer(problem, x, y, "x")


# Saddle points by name and row: of Nie, Yang, Zhou (2022) and Zhou, Wang, Zhao (2020) as their papers
# print them, to four digits.
SADDLES = [
    ("nie_61i", 0, (0, 1, 0), (0.25, 0.5, 0.25)),
    ("nie_61ii", 0, (0, 0, 1), (0, 0, 1)),
    ("nie_63i", 0, (-1, -1, 1), (1, 1, 1)),
    ("nie_63i", 1, (-1, 1, -1), (1, 1, 1)),
    ("nie_63i", 2, (1, -1, -1), (1, 1, 1)),
    ("nie_63ii", 0, (-1, 1, -1), (-1, 1, -1)),
    ("nie_65", 0, (0.7264, 0.4576, 0.3492), (0.6883, 0.5463, 0.4772)),
    ("nie_610", 0, (0, 1, 0, 0, 0), (1, 0, 0, 0, 0)),
    ("nie_610", 1, (0, 1, 0, 0, 0), (0, 1, 0, 0, 0)),
    ("zhou_51", 0, (0.3165, 0.3165, 0.3670), (0, 1, 0)),
    ("zhou_51", 1, (0.3165, 0.3165, 0.3670), (0, 0, 1)),
    ("zhou_52ii", 0, (0, 0, 0), (0, 0, 0)),
    ("zhou_53i", 0, (0, 0), (0, 0)),
    ("zhou_55ii", 0, (0.4730, 0.4476, 0.3416), (0.6708, 0.5585, 0.4879)),
    # Robust design, Al-Dujaili et al. (2018).
    ("rde_L5", 0, (0.5, 0.25), (0, 0)),
    ("rde_L6", 0, (1, 1), (2 / 3, 2 / 3)),
]


@pytest.mark.parametrize(("name", "row", "x", "y"), SADDLES)
def test_published_saddle_points_are_confirmed(name, row, x, y):
    problem = get_problem(name)
    known = problem.points()
    np.testing.assert_allclose(known.x[row], x, atol=6e-5)
    np.testing.assert_allclose(known.y[row], y, atol=6e-5)
    assert known.kind[row] is Kind.NASH
    # Rosenbrock's valley in rde_L5 is slow to walk, but no sample may be better than the point.
    assert max(saddle_gaps(problem, known.x[row], known.y[row])) <= 1e-9


def test_the_saddle_point_of_nie_62i_is_one_of_a_segment_that_ends_at_three_quarters():
    problem = get_problem("nie_62i")
    y = np.array([1.0, 0.0])
    for t in (0.0, 0.3249, 0.75):
        x = np.array([t, t])
        assert max(saddle_gaps(problem, x, y)) <= 1e-9
        assert problem.value(np, x[None], y[None])[0] == pytest.approx(4, abs=1e-12)
        assert problem.distances(np, x[None], y[None])[0, 0] <= 1e-12
    # Beyond, y = (1, 1) is better by 4 t - 3.
    assert saddle_gaps(problem, np.array([0.9, 0.9]), y)[0] == pytest.approx(0.6, abs=1e-9)


def test_the_saddle_points_of_nie_61i_are_a_segment():
    problem = get_problem("nie_61i")
    x = np.array([0.0, 1.0, 0.0])
    for t in (0.0, 0.1, 0.5):
        y = np.array([t, 0.5, 0.5 - t])
        assert max(saddle_gaps(problem, x, y)) <= 1e-9
        assert problem.distances(np, x[None], y[None])[0, 0] <= 1e-12
    # The other local Nash point is no saddle point.
    known = problem.points()
    assert saddle_gaps(problem, known.x[1], known.y[1])[1] == pytest.approx(0.375, abs=1e-6)


def test_zhou_57i_has_the_saddle_point_that_the_paper_says_it_has_not():
    problem = get_problem("zhou_57i")
    known = problem.points()
    assert max(saddle_gaps(problem, known.x[0], known.y[0])) <= 1e-9
    a, b = known.x[0]
    sphere = (np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a))
    np.testing.assert_allclose(sphere, (0.435, 0.637, 0.637), atol=5e-4)
    np.testing.assert_allclose(
        (np.cos(known.y[0, 0]), np.sin(known.y[0, 0])), (0.526, 0.851), atol=5e-4
    )


def solutions(problem, starts, seed=0):
    """Solutions of the variational inequality that least squares reaches from starts all over."""
    rng = np.random.default_rng(seed)
    x, y = (
        spread(s, d, starts, rng)
        for s, d in ((problem.x_set, problem.dx), (problem.y_set, problem.dy))
    )

    def gap(z):
        x, y = z[None, : problem.dx], z[None, problem.dx :]
        gx, gy = problem.grad(np, x, y)
        moved = problem.x_set.project(np, x - gx), problem.y_set.project(np, y + gy)
        return np.concatenate([x - moved[0], y - moved[1]], axis=1)[0]

    found = []
    with np.errstate(all="ignore"):
        for start in np.concatenate([x, y], axis=1):
            end = least_squares(gap, start, xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=200)
            if np.abs(end.fun).max() <= 1e-9 and all(np.abs(end.x - z).max() > 1e-5 for z in found):
                found.append(end.x)
    return [(z[: problem.dx], z[problem.dx :]) for z in found]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nie_61iv", "nie_62ii", "zhou_53ii", "zhou_55i"])
def test_where_the_papers_see_no_saddle_point_none_is_found(name):
    problem = get_problem(name)
    found = solutions(problem, 60)
    assert len(found) >= 3
    for x, y in found:
        x, y = problem.x_set.project(np, x[None])[0], problem.y_set.project(np, y[None])[0]
        assert max(saddle_gaps(problem, x, y)) > 1e-3


def test_fiez_quadratic_is_stable_for_tau_above_two_only():
    problem = get_problem("fiez_quadratic_4d")
    e = np.eye(4)
    hx, hy = problem.hvp(np, e[:, :2] * 0, e[:, 2:] * 0, e[:, :2], e[:, 2:])
    for tau, stable in ((1.9, False), (1.999, False), (2.001, True), (2.5, True), (10, True)):
        field = np.concatenate([-hx, tau * hy], axis=1).T
        assert (np.linalg.eigvals(field).real.max() < 0) is np.bool_(stable)


def test_mccormick_has_one_stationary_point():
    # s + 2 cos s + 1 has one root: its local minima for s > 0 lie above zero, its local maxima for
    # s < -pi below; with y = x and x1 - x2 = 0.8 there is one point.
    s = np.linspace(-40, 40, 800_001)
    values = s + 2 * np.cos(s) + 1
    assert ((values[:-1] < 0) & (values[1:] >= 0)).sum() == 1
    known = get_problem("tiada_mccormick").points()
    assert known.complete
    total = known.x[0].sum()
    assert abs(total + 2 * np.cos(total) + 1) <= 1e-14


def worst(problem, x):
    """max over y of bertsimas_robust_poly, on rays of a fine fan."""
    angle = np.linspace(0, 2 * np.pi, 3601)
    ring = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    y = np.concatenate([r * ring for r in (0.1, 0.2, 0.3, 0.4, 0.45, 0.5)])
    return problem.value(np, np.broadcast_to(x, y.shape), y).max()


def test_the_robust_optimum_of_bertsimas_is_none_of_the_published_ones():
    problem = get_problem("bertsimas_robust_poly")
    best = np.array([-0.18128783, 0.29157242])
    assert worst(problem, best) == pytest.approx(4.28277331, abs=1e-4)
    rng = np.random.default_rng(0)
    near = best + 0.02 * rng.standard_normal((40, 2))
    assert min(worst(problem, x) for x in near) > 4.28277331
    # The one in the code of Bogunovic et al. (2018), and the nominal optimum, -20.8 without adversary.
    assert worst(problem, np.array([-0.195, 0.284])) == pytest.approx(4.683, abs=1e-3)
    assert worst(problem, np.array([2.8, 4.0])) == pytest.approx(28.954, abs=1e-3)
    assert problem.value(np, np.array([[2.8, 4.0]]), np.zeros((1, 2)))[0] == pytest.approx(
        -20.79, abs=0.01
    )
    known = problem.points()
    gaps = saddle_gaps(problem, known.x[0], known.y[0])
    assert gaps[1] <= 1e-9 < 1 < gaps[0]  # local Nash, by far no saddle point
