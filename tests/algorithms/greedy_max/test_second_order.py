"""Greedy paths of second order."""

import numpy as np
import pytest
from games import keys, run, trajectory

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.problem import About
from minmaxbench.core.sets import Space
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem


def test_the_second_order_path_leaves_a_saddle_of_y():
    # y = 0 is stationary for every x, and a minimum of f(x, .); the maxima are at y = +-1.
    game = Planar("ridge", "x**2/2 + y**2/2 - y**4/4", Space(), Space(), About())
    x, y = np.array([[0.5]]), np.zeros((1, 1))
    for name, ends_at in (("greedy_max", 0.0), ("greedy_max_second_order", 1.0)):
        path, _ = trajectory(get_algorithm(name), game, x, y, 6000)
        assert abs(path[-1][1][0, 0]) == pytest.approx(ends_at, abs=0.01)


def test_it_runs_on_torch_with_the_same_draws():
    pytest.importorskip("torch")
    game, algorithm = get_problem("ftr_f1"), get_algorithm("greedy_max_second_order")
    x = np.linspace(1, 5, 4)[:, None]
    want = run(game, algorithm, x, x, 400)
    got = get_engine("torch").run(Batch(game, algorithm, x, x, keys(4), 400))
    np.testing.assert_allclose(got.x, want.x, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(got.calls, want.calls)
