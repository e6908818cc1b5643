"""Programs of others make the same iterates: CGDs (the authors' CGD, in torch) and optax (OGDA)."""

import numpy as np
import pytest
from games import trajectory

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.problems.registry import get_problem

GAMES = [
    ("bilinear_xy", 1, 1),
    ("keswani_f3", 1, 1),
    ("ncsc_quadratic_d", 3, 2),
    ("forsaken", 1, 1),
]


def mine(name, problem, x, y, steps, **settings):
    path, _ = trajectory(get_algorithm(name, **settings), problem, x, y, steps)
    return np.array([np.hstack(z)[0] for z in path])


@pytest.mark.parametrize("eta", [0.05, 0.3])
@pytest.mark.parametrize("solve_x", [False, True])
def test_cgd_is_that_of_the_authors_package(eta, solve_x):
    # Their max player is called x. A warm start leaves an error of its solver (1e-7 at any
    # tolerance), and breaks on players of one variable: each step begins afresh.
    torch = pytest.importorskip("torch")
    cgds = pytest.importorskip("CGDs")
    game = get_problem("ncsc_quadratic_d", 3, 2)
    rng = np.random.default_rng(5)
    x, y = rng.uniform(-1, 1, (1, 3)), rng.uniform(-1, 1, (1, 2))
    want = mine("cgd", game, x, y, 60, eta=eta)
    hessian = np.array([np.hstack(game.hvp(np, x, y, e[:1, :3], e[:1, 3:]))[0]
                        for e in np.eye(5)[:, None]])  # fmt: skip
    slope = np.hstack(game.grad(np, 0 * x, 0 * y))[0]
    assert np.allclose(np.hstack(game.grad(np, x, y))[0], slope + hessian @ np.hstack([x, y])[0])
    matrix, vector = torch.tensor(hessian), torch.tensor(slope)
    low, high = torch.tensor(x[0]).requires_grad_(), torch.tensor(y[0]).requires_grad_()
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        theirs = cgds.BCGD([high], [low], eta, eta, tol=1e-30, atol=1e-40, solve_x=solve_x)
        for k in range(60):
            theirs.state.update({"old_max": None, "old_min": None, "solve_x": solve_x})
            z = torch.cat([low, high])
            theirs.step(z @ matrix @ z / 2 + vector @ z)
            ours = want[k + 1]
            got = np.hstack([low.detach().numpy(), high.detach().numpy()])
            np.testing.assert_allclose(got, ours, rtol=0, atol=1e-12 * (1 + np.abs(ours).max()))
    finally:
        torch.set_default_dtype(default)


@pytest.mark.parametrize(("problem", "dx", "dy"), GAMES)
def test_ogda_is_that_of_optax(problem, dx, dy):
    # Its first step repeats the gradient, as ours does by default.
    optax, jax = pytest.importorskip("optax"), pytest.importorskip("jax")
    game = get_problem(problem, dx, dy)
    rng = np.random.default_rng(6)
    x, y = rng.uniform(0.2, 1, (1, dx)), rng.uniform(0.2, 1, (1, dy))
    for alpha, beta in ((1.0, 1.0), (1.0, 0.5), (0.8, 1.3)):
        settings = {"eta": 0.01, "alpha": alpha, "beta": beta}
        want = mine("ogda_general", game, x, y, 60, **settings)
        with jax.enable_x64(True):
            rule = optax.optimistic_gradient_descent(0.01, alpha=alpha, beta=beta)
            z = (jax.numpy.asarray(x), jax.numpy.asarray(y))
            state = rule.init(z)
            for k in range(60):
                gx, gy = game.grad(np, *(np.asarray(part) for part in z))
                step, state = rule.update((jax.numpy.asarray(gx), jax.numpy.asarray(-gy)), state)
                moved = optax.apply_updates(z, step)
                z = (
                    jax.numpy.asarray(game.x_set.project(np, np.asarray(moved[0]))),
                    jax.numpy.asarray(game.y_set.project(np, np.asarray(moved[1]))),
                )
                got = np.hstack([np.asarray(part)[0] for part in z])
                scale = 1 + np.abs(want[k + 1]).max()
                np.testing.assert_allclose(got, want[k + 1], rtol=0, atol=1e-12 * scale)
