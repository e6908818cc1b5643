"""What is known of methods that ask for values alone."""

import numpy as np
import pytest
from games import keys, run, start, trajectory

from minmaxbench.algorithms.extragradient import Extragradient
from minmaxbench.algorithms.gradient import GDA
from minmaxbench.algorithms.parts.zeroth_order import Estimated, ZerothOrder
from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.problem import About
from minmaxbench.core.sets import Space
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem
from minmaxbench.testing import play


@pytest.mark.parametrize("difference", ["forward", "central"])
def test_the_zeroth_order_estimate_is_right_on_average(difference):
    game, lanes = get_problem("ncsc_quadratic_d", 3, 2), 20_000
    x, y = np.tile([[0.9, -0.4, 0.3]], (lanes, 1)), np.tile([[-0.5, 0.8]], (lanes, 1))
    law = ZerothOrder(GDA(), mu=0.1, q=2, difference=difference)
    _, oracle, _ = start(game, GDA(), x, y)
    guess = Estimated(oracle, law, np.zeros(lanes, dtype=np.int64))
    for estimate, exact in zip(guess.grad(x, y), game.grad(np, x[:1], y[:1]), strict=True):
        error = estimate.std(0) / lanes**0.5
        # For a quadratic f the bias of forward differences has the mean 0, too: u is symmetric.
        assert (np.abs(estimate.mean(0) - exact[0]) < 5 * error).all()
        assert (error > 0).all()
    assert int(np.max(oracle.counts[0])) == (5 if difference == "forward" else 8)


def test_on_the_line_central_differences_of_a_quadratic_are_exact():
    game, one = get_problem("ftr_f1"), np.array([[0.7]])
    rule = ZerothOrder(GDA(0.05, 0.05), mu=0.5, q=1, difference="central")
    guessed, _ = trajectory(rule, game, one, one, 20)
    exact, _ = trajectory(GDA(0.05, 0.05), game, one, one, 20)
    np.testing.assert_allclose(np.array(guessed), np.array(exact), rtol=1e-12)


def test_any_rule_of_gradients_can_be_given_values():
    # On xy zeroth-order GDA leaves, zeroth-order extragradient arrives: as their rules do.
    game, x = get_problem("bilinear_d", 2, 2), np.array([[1.0, -0.5]])
    far, near = (
        trajectory(ZerothOrder(rule, q=4), game, x, x, 3000)[0][-1]
        for rule in (GDA(0.1, 0.1), Extragradient(0.1))
    )
    assert np.linalg.norm(far) > 10
    assert np.linalg.norm(near) < 1


@pytest.mark.parametrize("engine", ["jax", "torch"])
@pytest.mark.parametrize("name", ["zo_gda", "cbo_sp", "adversarial_cma_es"])
def test_methods_of_values_run_on_every_engine_with_the_same_draws(name, engine):
    pytest.importorskip(engine)
    game = get_problem("dirac_gan_r1")
    x = np.linspace(-1, 1, 6)[:, None]
    algorithm = get_algorithm(name, n=5) if name == "cbo_sp" else get_algorithm(name)
    want = run(game, algorithm, x, x, 300)
    got = get_engine(engine).run(Batch(game, algorithm, x, x, keys(6), 300))
    np.testing.assert_allclose(got.x, want.x, rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(got.calls, want.calls)


def test_consensus_finds_the_global_saddle_among_local_ones():
    # Huang, Qiu, Riedl: a Rastrigin saddle, from a start that GDA cannot leave.
    text = "x**2 + 1.5*(1 - cos(2*pi*x)) - y**2 - 1.5*(1 - cos(2*pi*y))"
    game = Planar("saddle_rastrigin", text, Space(), Space(), About())
    x = np.full((50, 1), 2.0)
    algorithm = get_algorithm("cbo_sp", n=100, spread=2.0, sigma=0.5, alpha=1e3, beta=1e3)
    path, _ = trajectory(algorithm, game, x, x, 150)
    found = np.hypot(*path[-1]) < 0.2
    assert found.mean() > 0.9
    stuck, _ = trajectory(get_algorithm("gda", eta_x=0.005, eta_y=0.005), game, x, x, 2000)
    assert (np.hypot(*stuck[-1]) > 1).all()


def test_adversarial_search_converges_below_its_learning_rate_and_leaves_above():
    # Akimoto 2021: with exact answers, eta < 2/(1 + b^2/(a c)); here 2/(1 + 9) = 0.2.
    game = Planar("coupled", "x**2/2 + 3*x*y - y**2/2", Space(), Space(), About())
    x = np.ones((20, 1))
    for eta, arrives in ((0.05, True), (0.5, False)):
        path, _ = trajectory(get_algorithm("adversarial_cma_es", eta=eta, k=40), game, x, x, 150)
        ends = np.hypot(*path[-1])
        assert (ends < 0.1).all() if arrives else (ends > 1).all()


def test_draws_depend_on_the_run_and_not_on_the_batch():
    d = play("zo_gda", "dirac_gan_r1", (1.0, 1.0), 50)
    assert d == play("zo_gda", "dirac_gan_r1", (1.0, 1.0), 50)
