"""The (eps, omega)-test on points whose answer is known."""

import numpy as np
import pytest
from scipy.stats import beta, norm

from minmaxbench.core.problem import About
from minmaxbench.core.sets import Box, Space
from minmaxbench.errors import UserError
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem
from minmaxbench.record.judgement import Judgement
from minmaxbench.theory.approximate import (
    EquilibriumTest,
    clopper_pearson,
    columns_of,
    equilibrium,
    improvement_probability,
)


def made_up(text, **sets):
    """A planar problem of this formula, in no registry."""
    about = About("made up", "this test", (), (-1.0, 1.0))
    return Planar("made_up", text, sets.get("x", Space()), sets.get("y", Space()), about)


def at(*points):
    x, y = np.array(points, dtype=float).T
    return x[:, None], y[:, None]


def test_local_minimax_points_pass_with_small_proposals():
    test = EquilibriumTest(scale=0.02, eps=0.01)
    for name in ("keswani_f3", "ftr_f1", "cgd_convex", "parrilo_31", "dirac_gan_r1", "kbeam_f13"):
        problem = get_problem(name)
        known = problem.points()
        rows = known.equilibria
        judged = equilibrium(problem, known.x[rows], known.y[rows], test)
        assert set(judged.judgement) == {Judgement.YES}, name


def test_a_steep_point_fails_whatever_x_does():
    judged = equilibrium(get_problem("ftr_f1"), *at((0, 1), (0, 0)))
    assert judged.judgement == [Judgement.NO, Judgement.YES]
    assert judged.slope[0] == 2.0
    assert np.isnan(judged.probability[0])


@pytest.mark.parametrize("sigma", [0.1, 0.3, 1.0])
def test_a_saddle_whose_probability_is_known(sigma):
    """f = -x^2 - y^2: y stays, so a proposal improves when Delta^2 > eps/2."""
    problem, eps = made_up("-x**2 - y**2"), 0.12
    wanted = 2 * norm.sf(np.sqrt(eps / 2) / sigma)
    test = EquilibriumTest(eps=eps, scale=sigma, samples=4000)
    assert improvement_probability(problem, 0.0, 0.0, test) == pytest.approx(wanted, abs=1e-9)
    judged = equilibrium(problem, *at((0, 0)), test)
    assert judged.low[0] <= wanted <= judged.high[0]
    for omega, answer in ((wanted * 0.6, Judgement.NO), (min(0.99, wanted * 1.6), Judgement.YES)):
        judged = equilibrium(
            problem, *at((0, 0)), EquilibriumTest(eps, omega, scale=sigma, samples=4000)
        )
        assert judged.judgement == [answer], omega
    few = EquilibriumTest(eps, wanted, scale=sigma, samples=20)
    assert equilibrium(problem, *at((0, 0)), few).judgement == [Judgement.OPEN]


def test_the_max_player_answers():
    """f = 4xy - 3x^2 - y^2: along y = 2x, f = x^2; without an answer every proposal would improve."""
    problem = get_problem("ftr_f1")
    assert improvement_probability(problem, 0.0, 0.0) == 0.0
    # The path ends where |4x - 2y| = eps, at y = 2x - eps/2: f = x^2 - eps^2/4 > -eps/2.
    assert equilibrium(problem, *at((0, 0))).probability[0] == 0.0


def share(edges, scale):
    """The probability of (edges[0], edges[1]), (edges[2], edges[3]), ... under N(0, scale^2)."""
    return (
        norm.cdf(np.array(edges) / scale)[1::2].sum() - norm.cdf(np.array(edges) / scale)[::2].sum()
    )


@pytest.mark.parametrize("eps", [0.12, 0.03, 0.4])
def test_a_path_ends_where_the_slope_falls_to_eps(eps):
    """f = -2x^2 + x (y - y^2/2): f_y = x (1 - y), uphill until y = 1 - eps/x for x > eps.

    There f = -2 x^2 + x/2 - eps^2/(2 x), which passes -eps/2 at the roots of a cubic. For x < -eps the
    way up is to negative y, without end, and between them y stays, and -2 x^2 decides.
    """
    problem, sigma = made_up("-2*x**2 + x*(y - y**2/2)"), 0.5
    roots = np.roots([-2, 0.5, eps / 2, -(eps**2) / 2])
    kept_up = max(roots[np.isreal(roots)].real)
    stay = np.sqrt(eps) / 2
    edges = [-eps, -stay, stay, eps] if stay < eps else []
    edges = [*edges, kept_up, np.inf] if kept_up > eps else [*edges[:-1], np.inf]
    test = EquilibriumTest(eps=eps, scale=sigma, samples=4000, eta=0.01)
    found = improvement_probability(problem, 0.0, 0.0, test)
    assert found == pytest.approx(share(edges, sigma), abs=1e-8)
    judged = equilibrium(problem, *at((0, 0)), test)
    assert judged.low[0] <= found <= judged.high[0]


def test_a_path_that_ends_within_the_first_step_ends_there():
    """f = -x^2/1000 + x (y - 5e3 y^3/3): the slope x (1 - 5e3 y^2) is zero at y = 0.0141."""
    eps, sigma = 0.12, 0.5
    # f at the end, y = sqrt((1 - eps/|x|)/5e3), is below -eps/2 for no small x, and for all large ones.
    problem = made_up("-x**2 + x*(y - 5000*y**3/3)")
    x = np.linspace(-8 * sigma, 8 * sigma, 400_001)
    y = np.sqrt(np.maximum(1 - eps / np.maximum(np.abs(x), eps), 0) / 5000) * np.sign(x)
    value = -(x**2) + x * (y - 5000 * y**3 / 3)
    below = np.flatnonzero(np.diff((value < -eps / 2).astype(int)))
    ends = (x[below] + x[below + 1]) / 2
    want = share([-np.inf, ends[0], ends[1], np.inf], sigma)
    test = EquilibriumTest(eps=eps, scale=sigma)
    assert improvement_probability(problem, 0.0, 0.0, test) == pytest.approx(want, abs=2e-5)


def test_a_path_ends_at_the_edge_of_the_set():
    """f = -x^2 + x y with |y| <= 1/10: f = -x^2 + |x|/10 at the end, if |x| >= eps."""
    eps, sigma = 0.02, 0.5
    problem = made_up("-x**2 + x*y", y=Box(-0.1, 0.1))
    end = (0.1 + np.sqrt(0.01 + 2 * eps)) / 2
    test = EquilibriumTest(eps=eps, scale=sigma)
    want = 2 * norm.sf(end / sigma)
    assert improvement_probability(problem, 0.0, 0.0, test) == pytest.approx(want, abs=1e-8)


def test_an_ascent_without_end_is_an_answer():
    """On F2, f is convex in y: from any proposal off the point y climbs for ever, so none improves.

    The definition asks for first-order conditions in y only, and takes the origin, a minimum in y.
    """
    judged = equilibrium(get_problem("ftr_f2"), *at((0, 0), (1, -2), (1, 1)))
    assert judged.judgement == [Judgement.YES, Judgement.YES, Judgement.NO]


@pytest.mark.parametrize("name", ["keswani_f3", "adolphs_cesp", "jin_cos", "parrilo_31"])
def test_sampling_agrees_with_quadrature(name):
    problem = get_problem(name)
    known = problem.points()
    test = EquilibriumTest(scale=0.3, samples=300, confidence=0.999, eta=0.01)
    judged = equilibrium(problem, known.x, known.y, test)
    for k in range(len(known)):
        exact = improvement_probability(problem, known.x[k, 0], known.y[k, 0], test)
        assert judged.low[k] - 1e-9 <= exact <= judged.high[k] + 1e-9, (k, exact)


def test_the_interval_covers():
    problem, eps, sigma = made_up("-x**2 - y**2"), 0.12, 0.3
    wanted = 2 * norm.sf(np.sqrt(eps / 2) / sigma)
    test = EquilibriumTest(eps=eps, scale=sigma, samples=60)
    x, y = np.zeros((400, 1)), np.zeros((400, 1))
    judged = equilibrium(problem, x, y, test)
    covered = (judged.low <= wanted) & (wanted <= judged.high)
    assert covered.mean() >= 0.93
    assert len(set(judged.probability)) > 10


def test_clopper_pearson_against_its_definition():
    low, high = clopper_pearson(np.array([0, 3, 20]), 20, 0.95)
    assert low[0] == 0
    assert high[2] == 1
    assert high[0] == pytest.approx(1 - 0.025 ** (1 / 20))
    assert low[1] == pytest.approx(beta.ppf(0.025, 3, 18))


def test_a_point_is_judged_alone_as_among_many():
    problem = get_problem("f3_active_subspace_d", 30, 30)
    x, y = np.random.default_rng(0).normal(size=(2, 3, 30)) * 0.02
    test = EquilibriumTest(samples=50)
    many = columns_of(equilibrium(problem, x, y, test))
    first = columns_of(equilibrium(problem, x[:1], y[:1], test))
    for name, column in many.items():
        assert np.array_equal(np.asarray(column)[:1], np.asarray(first[name])), name


def test_the_active_subspace_passes_in_any_dimension():
    test = EquilibriumTest(samples=100)
    for d in (2, 50, 1000):
        problem = get_problem("f3_active_subspace_d", d, d)
        judged = equilibrium(problem, np.zeros((1, d)), np.zeros((1, d)), test)
        assert judged.judgement == [Judgement.YES]


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"eps": 0.0}, "eps > 0"),
        ({"omega": 1.0}, "0 < omega < 1"),
        ({"samples": 0}, "one proposal"),
        ({"proposal": "gausian"}, "gaussian"),
    ],
)
def test_a_bad_test_is_refused(change, match):
    with pytest.raises(UserError, match=match):
        EquilibriumTest(**change)


def test_bad_points_are_refused():
    problem = get_problem("ftr_f1")
    with pytest.raises(UserError, match="finite"):
        equilibrium(problem, *at((np.nan, 0)))
    with pytest.raises(UserError, match="dx = 1"):
        equilibrium(problem, np.zeros((1, 2)), np.zeros((1, 1)))
    with pytest.raises(UserError, match=r"\(n, 1\)"):
        equilibrium(problem, np.zeros(1), np.zeros(1))
    with pytest.raises(UserError, match="planar"):
        improvement_probability(get_problem("bilinear_d", 2, 2), 0, 0)
