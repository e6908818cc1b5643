"""Statements of the papers about their functions, each confirmed or refuted with numbers."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Ball, Box, Simplex
from minmaxbench.errors import UserError
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


def test_comonotone_quadratic_is_comonotone_and_its_origin_no_equilibrium():
    # Lee, Kim (2021): <F(z), z> >= rho |F(z)|^2 with rho = -1/3 and L = 1, here with equality.
    for name, d, rho in (("comonotone_quadratic", None, -1 / 3), ("weak_mvi_quadratic_d", 5, -0.1)):
        problem = get_problem(name, d)
        x, y = np.random.default_rng(0).standard_normal((2, 50, problem.dx))
        gx, gy = problem.grad(np, x, y)
        size = (gx * gx + gy * gy).sum(1)
        np.testing.assert_allclose((gx * x - gy * y).sum(1), rho * size)
        np.testing.assert_allclose(size, (x * x + y * y).sum(1))
        assert problem.points().kind == (Kind.NEITHER,)


def test_the_optima_of_gdaam_are_none():
    # He et al. (2022): f5 is to have its optimum at (-1, 2.5). There it is concave in x, convex in y.
    problem = get_problem("gdaam_f5")
    known = problem.points()
    row = int(np.flatnonzero(np.isclose(known.x[:, 0], -1))[0])
    np.testing.assert_allclose(known.y[row], 2.5)
    fxx, _, fyy = problem.hessian(np, known.x[[row]], known.y[[row]])
    assert fxx[0, 0] == pytest.approx(-2)
    assert fyy[0, 0] == pytest.approx(2)
    assert not known.equilibria.size
    # f6 is to have it at the origin.
    problem = get_problem("gdaam_f6")
    assert not problem.points().equilibria.size
    for t in (1e-1, 1e-3):
        here, zero = np.array([[t]]), np.zeros((1, 1))
        assert problem.value(np, -here, zero)[0] < problem.value(np, zero, zero)[0]
        assert problem.value(np, zero, -here)[0] > problem.value(np, zero, zero)[0]


def test_cgo_has_a_line_of_saddle_points():
    problem = get_problem("cgo_x2y")
    for y in (0.0, 0.4, 1.0):
        assert max(saddle_gaps(problem, np.zeros(1), np.array([y]))) <= 1e-12
    assert saddle_gaps(problem, np.zeros(1), np.array([-0.5]))[1] == pytest.approx(0.5)


def test_dresher_110_has_the_value_minus_a_quarter_in_mixed_strategies():
    problem = get_problem("dresher_110")
    t = np.linspace(0, 1, 1001)[:, None]
    # x mixes 0 and 1 evenly, y plays 1/2: neither can do better.
    against_mix = (problem.value(np, 0 * t, t) + problem.value(np, 0 * t + 1, t)) / 2
    assert against_mix.max() == pytest.approx(-0.25, abs=1e-12)
    assert problem.value(np, t, 0 * t + 0.5).min() == pytest.approx(-0.25, abs=1e-12)


def test_karlin_76_1_has_a_saddle_point_at_one_half():
    problem = get_problem("karlin_76_1")
    known = problem.points()
    assert known.complete
    np.testing.assert_allclose([known.x[0, 0], known.y[0, 0], known.value[0]], [0.5, 0.5, -0.5])
    assert max(saddle_gaps(problem, known.x[0], known.y[0])) <= 1e-12


@pytest.mark.parametrize(("name", "value"), [("robust_sphere_d", 4.0), ("miyagi_f4_d", 4.5)])
def test_convex_convex_sums_have_their_global_minimax_at_corners_of_y(name, value):
    problem = get_problem(name, 1)
    x = np.linspace(problem.x_set.lower, problem.x_set.upper, 401)[:, None]
    ends = [problem.value(np, x, 0 * x + y) for y in (problem.y_set.lower, problem.y_set.upper)]
    worst = np.maximum(*ends)
    assert worst.min() == pytest.approx(value)
    assert abs(x[worst.argmin(), 0]) <= 1e-12
    corner = np.zeros((1, 1)), np.full((1, 1), problem.y_set.upper)
    assert problem.residual(np, *corner, *problem.grad(np, *corner))[0] > 1


def test_smoothness_of_quadratic_families_is_the_norm_of_their_hessian():
    for name, slack in (
        ("weak_mvi_quadratic_d", 1e-12),
        ("miyagi_f5_d", 1e-12),
        ("miyagi_f10_d", 1e-12),
        ("miyagi_f4_d", 1e-12),
        ("robust_sphere_d", 1e-12),
        ("robust_least_squares_d", 1e-12),
        ("fiez_quadratic_4d", 1e-12),
        ("miyagi_f11_d", np.inf),
        ("alex_quadratic_d", np.inf),
        ("pl_game_d", np.inf),
        ("ouyang_xu_d", np.inf),
    ):
        problem = get_problem(name, 2 if name.startswith("fiez") else 6)
        d = problem.dx
        e, zero = np.eye(2 * d), np.zeros((2 * d, d))
        hessian = np.concatenate(problem.hvp(np, zero, zero, e[:, :d], e[:, d:]), axis=1)
        norm = np.abs(np.linalg.eigvalsh(hessian)).max()
        limit = problem.about.smoothness
        assert norm <= limit * (1 + 1e-12), name
        assert norm >= limit * (1 - slack), name


def test_the_solution_of_ouyang_xu_goes_away_as_d_grows():
    for d in (3, 30, 300):
        known = get_problem("ouyang_xu_d", d).points()
        np.testing.assert_array_equal(known.x[0], np.arange(1, d + 1))
        assert np.sqrt((known.x**2).sum()) >= (d**3 / 3) ** 0.5


def test_no_listed_saddle_of_a_convex_concave_quadratic_can_be_improved():
    for name, dims in (
        ("alex_quadratic_d", (4, 3)),
        ("pl_game_d", (4, 4)),
        ("robust_least_squares_d", (4, 3)),
        ("robust_least_squares_d", (3, 5)),
        ("miyagi_f11_d", (3, 3)),
        ("robust_nls_d", (3, 6)),
    ):
        problem = get_problem(name, *dims)
        known = problem.points()
        assert max(saddle_gaps(problem, known.x[0], known.y[0])) <= 1e-9, name


def test_nie_68_at_d_3_has_the_published_saddle_point():
    problem = get_problem("nie_68_d", 3)
    known = problem.points()
    np.testing.assert_allclose(known.x[0], -0.6981, atol=5e-5)
    np.testing.assert_allclose(known.y[0], 0.4979, atol=5e-5)
    assert max(saddle_gaps(problem, known.x[0], known.y[0])) <= 1e-9


@pytest.mark.parametrize("d", [1, 2, 7, 64, 1000])
def test_nie_68_has_a_local_nash_point_in_every_dimension(d):
    problem = get_problem("nie_68_d", d)
    known = problem.points()
    residual = problem.residual(np, known.x, known.y, *problem.grad(np, known.x, known.y))
    assert residual[0] <= 1e-12
    # Both Hessians of one player are diagonal.
    one, zero = np.ones((1, d)), np.zeros((1, d))
    assert problem.hvp(np, known.x, known.y, one, zero)[0].min() > 0
    assert problem.hvp(np, known.x, known.y, zero, one)[1].max() < 0
    assert np.isclose(known.x[0], known.x[0, 0]).all()
    assert known.x[0, 0] < 0 < known.y[0, 0]


@pytest.mark.parametrize("eta", [0.1, 0.5, 1.0])
def test_span_methods_stay_on_the_diagonal_of_the_worst_case(eta):
    # Lee, Kim (2021), Lemma 8.1, with L = R = 1: |F|^2 = 2 L R for ever, here for three methods.
    problem = get_problem("feg_worst_case_d", 1)

    def field(z):
        gx, gy = problem.grad(np, z[None, :1], z[None, 1:])
        return np.concatenate([gx, -gy], axis=1)[0]

    def gda(z, start, k):
        return z - eta * field(z)

    def extragradient(z, start, k):
        return z - eta * field(z - eta * field(z))

    def anchored(z, start, k):
        return z + (start - z) / (k + 2) - eta * field(z)

    for method in (gda, extragradient, anchored):
        z = start = np.zeros(2)
        for k in range(100):
            z = method(z, start, k)
            assert z[0] == z[1]
            assert (field(z) ** 2).sum() == 2
    # From anywhere else both players move alike as well, and x - y stays as it is.
    z = np.array([0.0, 0.5])
    for _ in range(100):
        z = extragradient(z, z, 0)
    assert z[0] - z[1] == pytest.approx(-0.5, abs=1e-12)


def test_loizou_has_one_stationary_point_and_its_smoothness():
    problem = get_problem("loizou_nonmonotone_d", 1)
    t = np.linspace(-3, 3, 601)
    x, y = (a.reshape(-1, 1) for a in np.meshgrid(t, t))
    gx, gy = problem.grad(np, x, y)
    size = np.hypot(gx, gy)[:, 0]
    far = np.hypot(x, y)[:, 0] >= 0.2
    assert size[far].min() > 0.3
    # L = 2 + sqrt(17) is reached where F'' is 3 for one player and -1 for the other.
    e, zero = np.ones((1, 1)), np.zeros((1, 1))
    at = np.zeros((1, 1)), np.full((1, 1), np.pi)
    rows = [np.concatenate(problem.hvp(np, *at, *way), axis=1)[0] for way in ((e, zero), (zero, e))]
    largest = np.abs(np.linalg.eigvalsh(np.array(rows))).max()
    assert largest == pytest.approx(problem.about.smoothness, rel=1e-12)


def test_ackley_is_bounded_in_every_dimension():
    for d in (1, 2, 50):
        problem = get_problem("saddle_ackley_d", d)
        x, y = 30 * np.random.default_rng(0).standard_normal((2, 500, d))
        values = problem.value(np, x, 0 * y)
        assert values.max() <= problem.about.bounds[1]
        assert problem.value(np, 0 * x, 0 * y)[0] == pytest.approx(0, abs=1e-12)
        assert values.min() > 0


def test_listed_saddle_points_of_coupled_families_cannot_be_improved():
    for name, dims in (
        ("miyagi_f7_d", (3, 3)),
        ("quad_quartic_d", (3, 2)),
        ("cubic_saddle_d", (2, 2)),
        ("smooth_l1_saddle_d", (3, 3)),
        ("huber_skew_d", (3, 3)),
        ("kbeam_barrier_d", (3, 2)),
        ("loizou_nonmonotone_d", (2, 2)),
    ):
        problem = get_problem(name, *dims)
        known = problem.points()
        assert known.complete
        assert max(saddle_gaps(problem, known.x[0], known.y[0])) <= 1e-9, name


@pytest.mark.parametrize("n", [2, 7, 50])
def test_policeman_and_burglar_have_one_value_and_one_equilibrium(n):
    problem = get_problem("policeman_burglar_d", n)
    known = problem.points()
    x, y, value = known.x[0], known.y[0], known.value[0]
    earned, lost = problem.a.matrix @ x, problem.a.matrix.T @ y
    # Nobody gains by any house; and those that are not played are worse for both: it is unique.
    assert earned.max() - value <= 1e-13
    assert value - lost.min() <= 1e-13
    plays_x, plays_y = x > 0, y > 0
    assert plays_x.sum() == plays_y.sum()
    assert np.abs(earned[plays_y] - value).max() <= 1e-13
    assert np.abs(lost[plays_x] - value).max() <= 1e-13
    assert (earned[~plays_y] < value - 1e-6).all()
    assert (lost[~plays_x] > value + 1e-6).all()


def test_softmax_games_are_as_smooth_and_bounded_as_they_say():
    rng = np.random.default_rng(0)
    for d in (3, 5, 9):
        problem = get_problem("softmax_rps_d", d)
        x, y = 3 * rng.standard_normal((2, 200, d))
        assert np.abs(problem.value(np, x, y)).max() <= 1
        gx, gy = problem.grad(np, x, y)
        assert np.sqrt((gx * gx + gy * gy).sum(1)).max() <= 1
        e = np.eye(2 * d)
        columns = [
            np.concatenate(problem.hvp(np, x, y, 0 * x + c[:d], 0 * y + c[d:]), axis=1) for c in e
        ]
        assert np.abs(np.linalg.eigvalsh(np.stack(columns, axis=-1))).max() <= 1.5
        # Rock beats scissors beats paper: cyclic and fair.
        a = problem.a.matrix
        np.testing.assert_array_equal(a, -a.T)
        assert (a.sum(1) == 0).all()
        x = np.full((1, d), 0.7)
        assert problem.distances(np, x, -x)[0, 0] <= 1e-15
    with pytest.raises(UserError, match="needs an odd d of at least 3; it was asked for at d = 4"):
        get_problem("softmax_rps_d", 4)


def test_wgan_solutions_are_an_orbit():
    problem = get_problem("wgan_covariance_d", 16)
    rng = np.random.default_rng(0)
    q, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    x, y = (problem.root @ q).reshape(1, -1), np.zeros((1, 16))
    gx, gy = problem.grad(np, x, y)
    assert np.abs(np.concatenate([gx, gy])).max() <= 1e-13
    assert problem.distances(np, x, y)[0, 0] <= 1e-13
    # To the nearest of them: no other orthogonal matrix comes closer.
    x = x + 0.3 * rng.standard_normal((1, 16))
    there = problem.distances(np, x, y)[0, 0]
    turns = np.linalg.qr(rng.standard_normal((3000, 4, 4)))[0]
    others = np.sqrt(((x - (problem.root @ turns).reshape(-1, 16)) ** 2).sum(1))
    assert there <= others.min()
    known = problem.points()
    assert max(saddle_gaps(problem, known.x[0], known.y[0])) <= 1e-9
    with pytest.raises(UserError, match="needs a square number"):
        get_problem("wgan_covariance_d", 5)
