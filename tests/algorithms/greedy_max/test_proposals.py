"""The distributions Q of greedy-max."""

import numpy as np
from games import keys

from minmaxbench.algorithms.greedy_max.proposals import PROPOSALS
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.problems.registry import get_problem


def test_proposals_have_the_law_that_they_say():
    x, lanes = np.zeros((4000, 3)), 4000
    oracle = NumpyOracle(get_problem("ncsc_quadratic_d", 3), Draws(keys(lanes)))
    draw = {
        name: PROPOSALS.get(name)(x, x, 0.5, np.zeros(lanes, int), oracle) for name in PROPOSALS
    }
    assert abs(draw["gaussian"].std() / 0.5 - 1) < 0.03
    assert abs((draw["gaussian_total"] ** 2).sum(1).mean() / 0.25 - 1) < 0.05
    radius = np.sqrt((draw["ball"] ** 2).sum(1))
    assert radius.max() <= 0.5
    # Uniform in a ball: the volume inside a radius is uniform.
    assert abs(((radius / 0.5) ** 3).mean() - 0.5) < 0.02
    gx = get_problem("ncsc_quadratic_d", 3).grad_x(np, x, x)
    np.testing.assert_allclose(draw["gradient"], -0.5 * gx)
    assert abs((draw["gradient_noise"] - draw["gradient"]).std() / 0.5 - 1) < 0.03
    assert abs(draw["annealed"].std() / 0.5 - 1) < 0.03
    late = PROPOSALS.get("annealed")(x, x, 0.5, np.full(lanes, 30), oracle)
    assert abs(late.std() / 0.25 - 1) < 0.03
    # Those along the gradient pay for it.
    assert oracle.counts[Call.GRAD_X] == 2


def test_low_rank_proposals_stay_in_four_directions():
    lanes, d = 3, 10
    oracle = NumpyOracle(get_problem("ncsc_quadratic_d", d), Draws(keys(lanes)))
    x, low_rank = np.zeros((lanes, d)), PROPOSALS.get("low_rank")
    drawn = [low_rank(x, x, 0.5, np.full(lanes, k), oracle) for k in range(1000)]
    steps = np.stack(drawn, axis=1)
    for mine in steps:
        assert np.linalg.matrix_rank(mine) == 4
        variance = np.linalg.eigvalsh(mine.T @ mine / len(mine))[-4:]
        np.testing.assert_allclose(variance, 0.25, rtol=0.15)
