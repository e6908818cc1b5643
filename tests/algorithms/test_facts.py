"""Textbook facts: what papers state of algorithms in examples that can be computed by hand.

The cards of the algorithms name these tests beside the claims.
"""

import itertools

import numpy as np
import pytest
from games import point, trajectory

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.oracle import OracleNoise
from minmaxbench.problems.registry import get_problem
from minmaxbench.testing import play
from minmaxbench.theory.dynamics.stability import spectral_radius, stable_at_large_ratio

HESSIANS = [
    (a, b, c)
    for a, b, c in itertools.product(
        (-1.0, -0.3, 0.6, 1.4), (0.2, 0.9, 2.0), (-1.2, -0.5, 0.4, 1.1)
    )
    if abs(a * c - b * b) > 0.05
]
"""f_xx, f_xy, f_yy of stationary points of all kinds, none of them degenerate."""


def path_of(name, problem, x, y, steps, noise=None, **parameters):
    """The iterates of lanes from x and y, (steps + 1, lanes, dx + dy)."""
    more = {} if noise is None else {"noise": noise}
    way, _ = trajectory(
        get_algorithm(name, **parameters), get_problem(problem), x, y, steps, **more
    )
    return np.array([np.hstack(z) for z in way])


def at(name, hessian, **parameters):
    return spectral_radius(get_algorithm(name, **parameters), hessian)


# -- f = xy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("eta", [0.1, 0.3])
def test_on_xy_optimism_and_looking_ahead_contract_at_their_known_rates(eta):
    # OGDA: z^2 = (1 - 2 i eta) z + i eta; the extragradient: |1 - i eta - eta^2|.
    root = np.abs(np.roots([1, -(1 - 2j * eta), -1j * eta])).max()
    ahead = abs(1 - 1j * eta - eta**2)
    steps = 600
    for name, rate in (("ogda", root), ("extragradient", ahead), ("fbf", ahead)):
        d = play(name, "bilinear_xy", (1.0, 0.5), steps, eta=eta)
        assert (d[-1] / d[steps // 2]) ** (1 / (steps - steps // 2)) == pytest.approx(
            rate, rel=1e-4
        )
        assert rate < 1


def test_on_xy_a_step_of_competitive_descent_is_the_proximal_point():
    for eta in (0.1, 1.0, 10.0):
        d = play("cgd", "bilinear_xy", (1.0, 0.5), 10, eta=eta)
        np.testing.assert_allclose(np.array(d[1:]) / d[:-1], (1 + eta**2) ** -0.5, rtol=1e-12)


def test_on_xy_negative_momentum_converges_in_turn_and_not_at_once():
    # Gidel et al. 2019, Theorems 5 and 6.
    for beta in (-0.9, -0.5, -0.1, 0.0, 0.3):
        assert at("gda_momentum", (0.0, 1.0, 0.0), eta=0.1, beta=beta) >= 1
        in_turn = at("gda_momentum", (0.0, 1.0, 0.0), eta=0.1, beta=beta, alternating=True)
        assert (in_turn < 1 - 1e-6) == (beta < 0)


def test_on_xy_alternating_extrapolation_converges_as_its_paper_says():
    # Lee, Cho, Yun 2024: not at (1, 1), which is alternating GDA.
    ends = {}
    for gamma, delta in ((1.0, 1.0), (1.0, 2.0), (1.5, 1.5), (2.0, 2.0)):
        steps = {"eta_x": 0.3, "eta_y": 0.3, "gamma": gamma, "delta": delta}
        ends[gamma, delta] = play("alex_gda", "bilinear_xy", (1.0, 0.0), 500, **steps)[-1]
    assert ends[1.0, 1.0] > 0.5
    assert ends[1.0, 2.0] < 1e-9
    assert ends[1.5, 1.5] < 1e-9
    assert ends[2.0, 2.0] < 1e-20


def test_feg_meets_its_bound_at_2_mod_4_and_is_at_the_solution_at_0_mod_4():
    d = np.array(play("feg", "bilinear_xy", (1.0, 0.0), 42, eta=1.0))
    k = np.arange(1, 43)
    assert (d[1:] ** 2 * k**2 <= 4 + 1e-9).all()
    np.testing.assert_allclose(d[2::4] ** 2 * np.arange(2, 43, 4) ** 2, 4, rtol=1e-9)
    assert d[4::4].max() < 1e-14


@pytest.mark.parametrize("problem", ["bilinear_d", "weak_mvi_quadratic_d"])
def test_anchored_methods_keep_the_bounds_of_their_theorems(problem):
    # |F(z_k)|^2 (k + 1)^2 over L^2 |z_0 - z*|^2: Yoon, Ryu 2021; Lee, Kim 2021; both with L = 1.
    game, rho = get_problem(problem, 3, 3), -0.1 if problem.startswith("weak") else 0.0
    cases = [("feg", {"eta": 1.0, "rho": rho}, 4.0 / (1 + 2 * rho) ** 2)]
    if not rho:
        cases += [("eag_c", {"alpha": 1 / 8}, 260.0), ("eag_v", {"L": 1.0}, 27.0)]
    home = np.hstack([game.points().x[0], game.points().y[0]])
    for name, settings, constant in cases:
        way, _ = trajectory(get_algorithm(name, **settings), game, *point(game, 1.0, -0.5), 400)
        x, y = (np.array([z[k][0] for z in way]) for k in (0, 1))
        gx, gy = game.grad(np, x, y)
        square = (gx**2).sum(1) + (gy**2).sum(1)
        start = ((np.hstack([x[0], y[0]]) - home) ** 2).sum()
        k = np.arange(1, len(x))
        assert (square[1:] * k**2 <= constant * start * (1 + 1e-9)).all(), name


def test_flexible_anchoring_leads_to_the_nearest_of_many_solutions():
    # dy < dx: along the null space of A' no gradient pulls, and nothing may move.
    game = get_problem("bilinear_d", 3, 2)
    x, y = np.array([[1.0, -2.0, 0.5]]), np.array([[0.3, 0.7]])
    way, _ = trajectory(get_algorithm("g_eag", theta=0.9), game, x, y, 4000)
    moved, gap = way[-1][0] - x, game.distances(np, *way[-1]).min()
    assert gap < 5e-3
    # The nearest solution is reached along the range of A.
    directions = np.array([game.grad_x(np, x, row[None])[0] for row in np.eye(2)])
    origin = game.grad_x(np, x, np.zeros((1, 2)))[0]
    span = np.linalg.qr((directions - origin).T)[0]
    assert np.abs(moved - moved @ span @ span.T).max() < 1e-9


def test_what_is_another_method_by_another_name_makes_the_same_steps():
    rng = np.random.default_rng(2)
    x, y = rng.uniform(-1, 1, (2, 5, 1))
    pairs = [
        ("lookahead_opponent", {"eta": 0.1, "alpha": 0.3}, "sga", {"eta": 0.1, "lam": 0.3}),
        ("lola", {"eta": 0.1, "alpha": 0.3}, "sga", {"eta": 0.1, "lam": 0.6}),
        ("cgo", {"eta": 0.1, "alpha": 0.1}, "cgd", {"eta": 0.1}),
        ("rapp", {"gamma": 0.2, "T": 1, "lam": 0.5}, "gda", {"eta_x": 0.1, "eta_y": 0.1}),
        ("rapp", {"gamma": 0.2, "T": 2, "lam": 1.0}, "extragradient", {"eta": 0.2}),
        ("nupi", {"eta": 0.1, "nu": 0.0, "Kp": 1.0}, "ogda", {"eta": 0.1}),
        ("ogda_general", {"eta": 0.1, "beta": 1.0}, "ogda", {"eta": 0.1}),
        ("ogda_plus", {"eta": 0.1, "gamma": 1.0}, "ogda", {"eta": 0.1}),
        ("fbf", {"eta": 0.1}, "extragradient", {"eta": 0.1}),
        ("alex_gda", {"gamma": 1.0, "delta": 1.0}, "gda_alt", {}),
    ]
    for name, settings, other, theirs in pairs:
        mine = path_of(name, "ftr_f1", x, y, 100, **settings)
        np.testing.assert_allclose(mine, path_of(other, "ftr_f1", x, y, 100, **theirs), rtol=1e-11)


# -- which stationary points attract -----------------------------------------------------------


@pytest.mark.parametrize("hessian", HESSIANS)
def test_follow_the_ridge_stays_at_local_minimax_points_only(hessian):
    # Wang, Zhang, Ba 2020, Theorem 1.
    settings = {"eta_x": 1e-3, "eta_y": 1e-3}
    assert (at("follow_the_ridge", hessian, **settings) < 1) == stable_at_large_ratio(hessian)


@pytest.mark.parametrize("hessian", HESSIANS)
def test_symplectic_surgery_stays_at_local_nash_points_only(hessian):
    # Mazumdar, Jordan, Sastry 2019, Theorem 4: with a constant regulariser near 0.
    a, _, c = hessian
    settings = {"eta": 1e-3, "xi": 1e-9, "regulariser": "constant"}
    assert (at("lss", hessian, **settings) < 1) == (a > 0 and c < 0)


@pytest.mark.parametrize("hessian", HESSIANS)
def test_every_stationary_point_attracts_hamiltonian_descent_and_newton(hessian):
    assert at("hgd", hessian, eta=1e-3) < 1
    assert at("newton_root", hessian) < 1e-9


@pytest.mark.parametrize("hessian", HESSIANS)
def test_points_that_attract_gda_attract_ogda(hessian):
    # Daskalakis, Panageas 2018: for small steps local Nash -> GDA-stable -> OGDA-stable.
    a, _, c = hessian
    gda = at("gda", hessian, eta_x=1e-3, eta_y=1e-3) < 1
    assert gda or not (a > 0 and c < 0)
    assert at("ogda", hessian, eta=1e-3) < 1 or not gda


@pytest.mark.parametrize("hessian", HESSIANS)
def test_slow_min_players_are_attracted_by_strict_local_minimax_points_only(hessian):
    # Jin, Netrapalli, Jordan 2020; Fiez, Ratliff 2021; Chae, Kim, Kim 2024.
    want = stable_at_large_ratio(hessian)
    assert (at("gda_two_timescale", hessian, eta=1e-2, tau=1e4) < 1) == want
    assert (at("eg_two_timescale", hessian, eta=1e-2, tau=1e4) < 1) == want


REACH_F1 = {
    "follow_the_ridge": 300, "tgda": 300, "gdn": 300, "complete_newton": 3, "greedy_max": 3000,
    "eg_two_timescale": 2000, "gda_two_timescale": 2000, "unrolled": 500, "gdmax": 1000,
}  # fmt: skip
AVOID_F1 = ("gda", "gda_alt", "ogda", "extragradient", "lss", "cgd")


@pytest.mark.parametrize("name", [*REACH_F1, *AVOID_F1])
def test_the_minimax_point_of_f1_repels_gda_and_attracts_those_that_let_y_answer(name):
    # Wang, Zhang, Ba 2020, Figure 1; greedy-max walks by proposals of its own length.
    if name in AVOID_F1:
        assert not play(name, "ftr_f1", (0.1, 0.1), 400)[-1] < 1
        return
    slow = {"eta": 0.2} if "timescale" in name else {}
    d = play(name, "ftr_f1", (1.0, 1.0), REACH_F1[name], **slow)
    assert d[-1] < (1.0 if name == "greedy_max" else 0.01)


def test_a_point_of_f2_that_is_no_minimax_attracts_gda_and_repels_follow_the_ridge():
    x, y = np.full((1, 1), 1e-3), np.full((1, 1), 1e-3)
    assert not get_problem("ftr_f2").points().equilibria.size
    for name in ("gda", "ogda", "extragradient"):
        assert np.abs(path_of(name, "ftr_f2", x, y, 600)[-1]).max() < 1e-5, name
    for name in ("follow_the_ridge", "gda_two_timescale"):
        end = path_of(name, "ftr_f2", x, y, 1500, **({"tau": 100.0} if "two" in name else {}))[-1]
        assert not np.abs(end).max() < 1e-3, name


def test_complete_newton_converges_quadratically_and_gradient_descent_newton_linearly():
    # Of y after x has moved: two steps are one of Newton's method for both.
    d = play("complete_newton", "keswani_f3", (0.02, 0.03), 6)
    assert all(d[k + 2] < d[k] ** 2 for k in (0, 2, 4))
    d = play("gdn", "ftr_f1", (1.0, 1.0), 60)
    assert d[60] / d[59] == pytest.approx(d[40] / d[39], rel=1e-6)


# -- where methods go round --------------------------------------------------------------------

ROUND = {
    "forsaken": (
        "gda", "gda_alt", "ogda", "extragradient", "eg_plus", "eg_plus_adaptive", "graal", "agraal",
        "consensus", "smoothed_gda", "ds_gda", "follow_the_ridge", "cgd", "lead",
    ),
    "global_forsaken": (
        "gda", "gda_alt", "ogda", "extragradient", "fbf", "rapp", "graal", "cgd",
    ),
}  # fmt: skip
ARRIVE = {
    "forsaken": ("eg_plus_curvature", "sga", "hgd", "newton_root"),
    "global_forsaken": (
        "eg_plus", "eg_plus_adaptive", "eg_plus_curvature", "consensus", "sga", "hgd", "ds_gda",
        "smoothed_gda", "lead", "lookahead_minmax", "gda_two_timescale", "eg_two_timescale",
    ),
}  # fmt: skip


QUICK = ("gda", "extragradient", "newton_root", "hgd")
CASES = [
    pytest.param(problem, name, round_, marks=() if name in QUICK else pytest.mark.slow)
    for table, round_ in ((ROUND, True), (ARRIVE, False))
    for problem, names in table.items()
    for name in names
]


@pytest.mark.parametrize(("problem", "name", "round_"), CASES)
def test_which_methods_go_round_in_the_forsaken_games(problem, name, round_):
    # Hsieh, Mertikopoulos, Cevher 2021; Pethick et al. 2022; with the defaults, from (1, 1).
    one = np.ones((1, 1))
    last = path_of(name, problem, one, one, 1500 if name in QUICK else 4000)[-600:, 0]
    assert np.ptp(last, axis=0).max() > 1 if round_ else np.ptp(last, axis=0).max() < 1e-6


def test_more_inner_steps_of_rapp_do_not_always_help():
    # Pethick, Xie, Cevher 2023: rho = -1/3, L = 1, where the extragradient diverges.
    one, zero = np.ones((1, 1)), np.zeros((1, 1))

    def end(name, **settings):
        return np.abs(path_of(name, "comonotone_quadratic", one, zero, 300, **settings)[-1]).max()

    T = {n: end("rapp", gamma=0.9, lam=0.3, T=n) for n in (1, 2, 3, 10)}
    assert T[1] > 1e10 > 1 > T[2] > T[10] > T[3]
    assert end("extragradient", eta=0.5) > 1e10
    assert end("eg_plus", eta=1.0, alpha=0.1) < 1e-3 < 1e10 < end("eg_plus", eta=1.0, alpha=0.5)


# -- noise -------------------------------------------------------------------------------------


def test_equal_exponents_of_double_step_extragradient_fail_on_the_noisy_bilinear_game():
    # Hsieh, Iutzeler, Malick, Mertikopoulos 2020, section 3: the noise balances the contraction.
    x, y = np.ones((40, 1)), np.zeros((40, 1))
    noise = OracleNoise(gradient=0.5)
    size = {}
    for q in (1 / 3, 2 / 3):
        last = path_of("dseg", "bilinear_xy", x, y, 3000, noise, p=1 / 3, q=q)[-1]
        size[q] = np.sqrt((last**2).sum(1).mean())
    assert size[1 / 3] > 0.4
    assert size[2 / 3] < size[1 / 3] / 2


def test_the_adaptive_golden_ratio_stays_where_squares_of_distances_are_0():
    # Distances fell below 1e-162 after some 2,400 steps: the step size was 0/0 then.
    path = path_of("agraal", "global_forsaken", np.array([[1e-158]]), np.array([[-3e-159]]), 300)
    assert np.isfinite(np.array(path)).all()
    assert abs(path[-1][0]).max() < 1e-158
