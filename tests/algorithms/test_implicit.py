"""What is known of implicit and second-order methods, of learned Hessians and of anchors."""

import numpy as np
import pytest
from games import end, start, trajectory

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.problem import About, Kind
from minmaxbench.core.sets import Space
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem
from minmaxbench.testing import play


def moves(algorithm, game, x, y, steps):
    """The iterates of one lane of a method of ticks, each once, as rows (x, y)."""
    path, _ = trajectory(algorithm, game, np.array([[x]]), np.array([[y]]), steps)
    rows = [(float(a[0, 0]), float(b[0, 0])) for a, b in path]
    return np.array([row for k, row in enumerate(rows) if k == 0 or row != rows[k - 1]])


def field(game, z):
    gx, gy = game.grad(np, z[:, :1], z[:, 1:])
    return np.hstack([gx, -gy])


@pytest.mark.parametrize("eta", [0.1, 1.0, 10.0])
def test_proximal_point_contracts_at_its_known_rate(eta):
    # Rockafellar 1976: |z+| = |z|/sqrt(1 + eta^2) on xy.
    z = moves(get_algorithm("proximal_point", eta=eta), get_problem("bilinear_xy"), 1.0, 0.5, 21)
    ratio = np.linalg.norm(z[1:], axis=1) / np.linalg.norm(z[:-1], axis=1)
    np.testing.assert_allclose(ratio, (1 + eta**2) ** -0.5, rtol=1e-12)


@pytest.mark.parametrize("problem", ["keswani_f3", "dirac_gan_r1", "global_forsaken"])
def test_a_proximal_step_solves_its_equation(problem):
    game = get_problem(problem)
    z = moves(get_algorithm("proximal_point", eta=0.1), game, 1.1, -0.7, 60)
    assert len(z) > 10
    np.testing.assert_allclose(z[1:] + 0.1 * field(game, z[1:]), z[:-1], atol=1e-9)


def test_on_a_box_the_proximal_point_solves_the_projected_equation():
    game = get_problem("parrilo_31")
    z = moves(get_algorithm("proximal_point", eta=0.3), game, -0.9, 0.2, 300)
    ahead = z[:-1] - 0.3 * field(game, z[1:])
    inside = np.hstack([game.x_set.project(np, ahead[:, :1]), game.y_set.project(np, ahead[:, 1:])])
    np.testing.assert_allclose(z[1:], inside, atol=1e-9)


def test_extragradient_and_optimism_approach_the_proximal_point():
    # Mokhtari, Ozdaglar, Pattathil (AISTATS 2020), Proposition 1: the gap of a step is o(eta^2).
    game = get_problem("keswani_f3")
    gaps = []
    for eta in (0.002, 0.001):
        point = moves(get_algorithm("proximal_point", eta=eta, tol=1e-14), game, 0.3, 0.2, 20)[1]
        ahead = np.concatenate(end("extragradient", game, 0.3, 0.2, 1, eta=eta))
        gaps.append(np.linalg.norm(ahead - point))
    assert gaps[0] / gaps[1] == pytest.approx(8, rel=0.1)


QUARTIC = "x**2/2 + x**4/12 + 3*x*y - y**2/2 - y**4/12"


@pytest.mark.parametrize("name", ["ogda_second_order", "proximal_point"])
def test_second_order_methods_end_superlinearly(name):
    # Strongly monotone, with a Jacobian that changes: a handful of moves, each far better than the
    # last. The proximal point is linear at a fixed step, at 1/(1 + eta).
    game = Planar("quartic", QUARTIC, Space(), Space(), About())
    settings = {"eta": 1000.0} if name == "proximal_point" else {}
    z = moves(get_algorithm(name, **settings), game, 2.0, -1.5, 400)
    d = np.linalg.norm(z, axis=1)
    assert d[-1] < 1e-9
    late = np.flatnonzero((d < 1e-2) & (d > 1e-8))
    assert 1 <= len(late) <= 3, d


def test_the_dogleg_never_lets_the_field_grow_and_ends_as_newton():
    # Nocedal, Wright 2006, section 11.2, and Theorem 11.7.
    game = get_problem("fiez_icml_poly")
    z = moves(get_algorithm("newton_dogleg"), game, 3.0, -4.0, 60)
    sizes = np.linalg.norm(field(game, z), axis=1)
    assert (sizes[1:] < sizes[:-1]).all()
    late = np.flatnonzero((sizes < 1e-2) & (sizes > 1e-14))
    assert len(late) > 1, sizes
    assert (sizes[late + 1] < sizes[late] ** 1.5).all(), sizes
    steps = np.linalg.norm(np.diff(z, axis=0), axis=1)
    np.testing.assert_allclose(steps[:4], [0.1, 0.2, 0.4, 0.5], rtol=1e-12)


def test_the_dogleg_ends_where_the_field_is_shortest():
    # f = x^3/3 + x - y^2/2 has no stationary point, and |F| is least at the origin.
    game = Planar("cubic", "x**3/3 + x - y**2/2", Space(), Space(), About())
    x, y = end("newton_dogleg", game, 1.0, 1.0, 100)
    assert abs(x[0]) < 1e-6
    assert abs(y[0]) < 1e-6


def test_gda_am_reaches_1e_9_on_xy_in_ten_steps():
    # He et al. 2022: GDA-AM is GMRES on a bilinear f.
    for base in ("alt", "sim"):
        assert play("gda_am", "bilinear_xy", (3.0, 3.0), 10, base=base)[-1] < 1e-9


@pytest.mark.parametrize("parameters", [{"depth": 5}, {"depth": 1}])
def test_simultaneous_gda_am_breaks_down_on_xy_where_gmres_stands_still(parameters):
    # Walker, Ni (SINUM 2011), Theorem 2.2, asks that GMRES make way in every step; on a skew matrix
    # it makes none in the first. Only epsilon breaks the tie, and a short history forgets it.
    d = play("gda_am", "bilinear_xy", (3.0, 3.0), 100, base="sim", **parameters)
    assert min(d) > 0.9 * d[0]
    moved = play("gda_am", "bilinear_xy", (3.0, 3.0), 100, base="alt", depth=5)
    assert moved[-1] < 1e-12


def test_the_learned_hessian_meets_the_secant_equation_and_stays_symmetric():
    game = get_problem("keswani_f3")
    algorithm = get_algorithm("j_symmetric")
    algorithm, oracle, state = start(game, algorithm, np.array([[2.0]]), np.array([[-3.0]]))
    for _ in range(12):
        new = algorithm.step(state, oracle)
        s = np.hstack([new.x - state.x, new.y - state.y])[0]
        H = new.H[0]
        np.testing.assert_allclose(H, H.T, rtol=1e-12)
        np.testing.assert_allclose(H @ s, (new.g - state.g)[0], rtol=1e-6, atol=1e-9)
        state = new


def test_quasi_newton_is_drawn_to_a_point_whatever_it_is():
    # The stationary point of F1 is a minimax point, that of F2 is none.
    assert play("j_symmetric", "ftr_f1", (1.0, 1.0), 12)[-1] < 1e-12
    x, y = end("j_symmetric", "ftr_f2", 1.0, 1.0, 12)
    assert abs(x[0]) + abs(y[0]) < 1e-9
    assert not any(kind is Kind.MINIMAX for kind in get_problem("ftr_f2").points().kind)


@pytest.mark.parametrize("delta", [0.05, 0.3])
def test_adaptive_feg_meets_its_bound_without_knowing_the_constants(delta):
    # Lee, Kim 2021: |F(z_k)|^2 <= 4 R^2/(((k-1)(1-delta)+1)^2 ((1-delta)/L + 2 rho)^2); xy: L=1, rho=0.
    algorithm = get_algorithm("feg_adaptive", delta=delta, tau0=3.0, eta0=3.0)
    z = moves(algorithm, get_problem("bilinear_xy"), 1.0, 0.5, 500)
    k = np.arange(1, len(z))
    assert len(k) > 400
    square = (z[1:] ** 2).sum(1)
    bound = 4 * 1.25 / (((k - 1) * (1 - delta) + 1) ** 2 * (1 - delta) ** 2)
    assert (square <= bound * (1 + 1e-9)).all()


def test_the_regularised_extragradient_ends_at_the_regularised_solution():
    x, y = end("eg_regularised", "bilinear_xy", 1.0, 2.0, 4000, lam=0.3)
    want = np.linalg.solve([[0.3, 1.0], [-1.0, 0.3]], [0.3, 0.6])
    np.testing.assert_allclose([x[0], y[0]], want, atol=1e-10)


def test_rain_is_faster_than_one_anchor_and_leaves_in_the_end():
    # Chen, Luo 2022, their figure for f = xy from (10, 10).
    rain = play("rain", "bilinear_xy", (10.0, 10.0), 900)
    assert rain[-1] < play("eg_regularised", "bilinear_xy", (10.0, 10.0), 900)[-1]
    assert not play("rain", "bilinear_xy", (10.0, 10.0), 12_000)[-1] < 1


def test_primal_dual_methods_at_theta_0_are_alternating_gda_and_mirror_each_other():
    game = get_problem("keswani_f3")
    x, y = np.array([[1.0]]), np.array([[-2.0]])
    for name, order in (("pdhg", "xy"), ("sapd", "yx")):
        one, _ = trajectory(get_algorithm(name, theta=0.0), game, x, y, 50)
        two, _ = trajectory(get_algorithm("gda_alt", order=order), game, x, y, 50)
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", ["pdhg", "sapd"])
def test_primal_dual_methods_converge_on_xy_up_to_their_known_limit(name):
    # He, Ma, Xu, Yuan (SIAM J. Imaging Sci. 2022): tau sigma |A|^2 < 4/3.
    step = (4 / 3) ** 0.5
    assert play(name, "bilinear_xy", (1.0, 1.0), 3000, tau=step - 0.01, sigma=step)[-1] < 1e-9
    assert not play(name, "bilinear_xy", (1.0, 1.0), 3000, tau=step + 0.01, sigma=step)[-1] < 1
