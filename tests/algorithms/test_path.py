"""STay-ON-the-Ridge, which runs on boxes alone."""

import itertools

import numpy as np
import pytest
from games import Plain, hyper_parameters, keys, run, start, trajectory
from reference import twin

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core import tree
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem

BOXES = [
    ("stonr_f2", 1, 1), ("omd_fig1", 1, 1), ("parrilo_31", 1, 1), ("forsaken", 1, 1),
    ("rde_L4", 1, 1), ("rde_L5", 2, 2),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "dx", "dy"), BOXES)
def test_the_ridge_equals_its_plain_twin(problem, dx, dy):
    game, algorithm = get_problem(problem, dx, dy), get_algorithm("ston_r", gamma=5e-3)
    path, oracle = trajectory(algorithm, game, np.zeros((1, dx)), np.zeros((1, dy)), 600)
    walk = twin("ston_r")(Plain(game), [0.0] * dx, [0.0] * dy, **hyper_parameters(algorithm))
    with np.errstate(invalid="ignore", divide="ignore"):
        # rde_L4 has a kink, through which both go.
        want = list(itertools.islice(walk, 601))
    ours = np.array([[*x[0], *y[0]] for x, y in path])
    np.testing.assert_allclose(ours, [[*x, *y] for x, y in want], atol=1e-12, rtol=0)
    assert np.isfinite(ours).all()
    assert oracle.price() == 600 * (2 + dx + dy)


@pytest.mark.parametrize(
    "problem", ["stonr_f2", "omd_fig1", "parrilo_31", "forsaken", "jin_cos", "rde_L1"]
)
def test_the_ridge_leads_to_a_solution_where_gradient_methods_cycle(problem):
    game = get_problem(problem)
    algorithm = get_algorithm("ston_r", gamma=1e-3, epsilon=5e-2)
    algorithm, oracle, state = start(game, algorithm, np.zeros((1, 1)), np.zeros((1, 1)))
    for _ in range(12_000):
        state = algorithm.step(state, oracle)
        if algorithm.stopped(state)[0]:
            break
    assert algorithm.stopped(state)[0]
    gx, gy = game.grad(np, state.x, state.y)
    assert game.residual(np, state.x, state.y, gx, gy)[0] < 0.1


def test_where_there_is_no_bounded_box_it_is_refused_in_a_sentence():
    with pytest.raises(UserError, match=r"follows a path in a bounded box; in 'ftr_f1' it is x in"):
        get_algorithm("ston_r").for_problem(get_problem("ftr_f1"))


def test_a_step_is_pure_lanes_do_not_mix_and_every_iterate_is_inside():
    game, algorithm = (
        get_problem("stonr_f2"),
        get_algorithm("ston_r", gamma=np.array([[0.01], [0.02]])),
    )
    two = np.zeros((2, 1))
    path, oracle = trajectory(algorithm, game, two, two, 300)
    for lane, gamma in enumerate((0.01, 0.02)):
        alone, _ = trajectory(get_algorithm("ston_r", gamma=gamma), game, two[:1], two[:1], 300)
        for (ax, ay), (bx, by) in zip(path, alone, strict=True):
            np.testing.assert_array_equal((ax[lane], ay[lane]), (bx[0], by[0]))
            assert (game.x_set.project(np, ax) == ax).all()
    _, oracle, state = start(game, algorithm, two, two)
    one, other = (tree.leaves(algorithm.step(state, oracle)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_the_ridge_is_the_same_on_every_engine(engine):
    pytest.importorskip(engine)
    game, algorithm, x = get_problem("stonr_f2"), get_algorithm("ston_r"), np.zeros((2, 1))
    want = run(game, algorithm, x, x, 800)
    got = get_engine(engine).run(Batch(game, algorithm, x, x, keys(2), 800))
    np.testing.assert_allclose(got.x, want.x, atol=1e-9)
    np.testing.assert_array_equal(got.calls, want.calls)
