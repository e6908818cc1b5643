"""Multiplicative weights, which run on simplices alone."""

import itertools

import numpy as np
import pytest
from games import Plain, hyper_parameters, trajectory
from reference import twin

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import get_problem

GAMES = [
    ("policeman_burglar_d", 6), ("nie_61i", 3), ("nie_61ii", 3), ("nie_610", 5), ("zhou_51", 3),
]  # fmt: skip


def on_the_simplex(d, seed):
    z = np.random.default_rng(seed).uniform(0.2, 1.0, (1, d))
    return z / z.sum()


@pytest.mark.parametrize(("problem", "d"), GAMES)
def test_weights_equal_their_plain_twin(problem, d):
    setting = {"eta": 0.4, "b": 0.5} if problem == "zhou_51" else {}
    game, algorithm = get_problem(problem, d, d), get_algorithm("omwu", **setting)
    x, y = on_the_simplex(d, 1), on_the_simplex(d, 2)
    path, oracle = trajectory(algorithm, game, x, y, 1000)
    walk = twin("omwu")(Plain(game), path[0][0][0].tolist(), path[0][1][0].tolist(),
                        **hyper_parameters(algorithm))  # fmt: skip
    want = list(itertools.islice(walk, 1001))
    ours = np.array([[*a[0], *b[0]] for a, b in path])
    np.testing.assert_allclose(ours, [[*a, *b] for a, b in want], atol=1e-12, rtol=0)
    np.testing.assert_allclose(ours[:, :d].sum(1), 1.0, atol=1e-12)
    assert (ours >= 0).all()
    assert oracle.price() == 1000


def test_optimistic_weights_converge_in_matrix_games_and_plain_ones_leave():
    game = get_problem("policeman_burglar_d", 3, 3)
    x, y = on_the_simplex(3, 1), on_the_simplex(3, 2)

    def distances(b):
        path, _ = trajectory(get_algorithm("omwu", eta=1.0, b=b), game, x, y, 1500)
        equilibria = game.points().equilibria
        return [game.distances(np, *path[k])[0, equilibria].min() for k in (0, -1)]

    assert distances(1.0)[1] < 1e-6
    start, end = distances(0.0)
    assert end > 0.5 * start


def test_who_is_not_on_a_simplex_is_told_so():
    with pytest.raises(
        UserError, match=r"omwu moves on the simplex; in 'bilinear_xy' it is x in R"
    ):
        get_algorithm("omwu").for_problem(get_problem("bilinear_xy"))
