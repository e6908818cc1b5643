"""Greedy-max: against the pseudo-code with its calls, and what is known of it."""

import itertools

import numpy as np
import pytest
from games import Plain, hyper_parameters, keys, point, run, trajectory
from reference import twin

from minmaxbench.algorithms.greedy_max.proposals import PROPOSALS
from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.problems.registry import get_problem

SETTINGS = [
    ("keswani_f3", 1, 1, {}),
    ("ftr_f1", 1, 1, {"tau1": 3.0, "r_max": 4}),
    ("keswani_f3", 1, 1, {"L": 0.2, "inner_eps": 0.06, "tau1": 5.0}),
    ("ncsc_quadratic_d", 3, 2, {"scale": 0.2, "eps": 0.01}),
    ("keswani_f3", 1, 1, {"max_ascents": 7}),
    ("ncsc_quadratic_d", 6, 2, {"proposal": "low_rank"}),
    ("ncsc_quadratic_d", 3, 2, {"proposal": "ball"}),
    ("ncsc_quadratic_d", 3, 2, {"proposal": "gradient", "scale": 0.05}),
    ("ncsc_quadratic_d", 3, 2, {"proposal": "gaussian_total"}),
]


@pytest.mark.parametrize(("problem", "dx", "dy", "parameters"), SETTINGS)
def test_it_equals_the_pseudo_code_and_makes_its_calls(problem, dx, dy, parameters):
    game, algorithm = get_problem(problem, dx, dy), get_algorithm("greedy_max", **parameters)
    plain = Plain(game)
    calls = [0, 0]
    f, gy = plain.f, plain.gy

    def counted(which, function):
        def call(x, y):
            calls[which] += 1
            return function(x, y)

        return call

    plain.f, plain.gy = counted(0, f), counted(1, gy)
    x, y = [5.5, 1.0, -1.0, 0.3, 0.2, 0.1][:dx], [5.5, 0.5][:dy]
    oracle = NumpyOracle(game, Draws(keys()))
    state = algorithm.init(np.array([x]), np.array([y]), oracle)
    walk = twin("greedy_max")(plain, x, y, **hyper_parameters(algorithm))
    stopped = False
    for wx, wy in itertools.islice(walk, 1200):
        assert not stopped
        assert np.abs(state.x[0] - wx).max() <= 1e-12 * 10
        assert np.abs(state.y[0] - wy).max() <= 1e-12 * 10
        assert [int(np.max(oracle.counts[c])) for c in (Call.VALUE, Call.GRAD_Y)] == calls
        stopped = bool(algorithm.stopped(state)[0])
        state = algorithm.step(state, oracle)
    # The twin ends exactly where the algorithm's own rule does.
    assert stopped == (next(walk, None) is None)


def test_it_stops_when_more_than_r_max_proposals_in_a_row_were_rejected():
    game, algorithm = get_problem("ftr_f1"), get_algorithm("greedy_max", r_max=3)
    oracle = NumpyOracle(game, Draws(keys()))
    state = algorithm.init(*point(game, 0.0, 0.0), oracle)
    while not algorithm.stopped(state)[0]:
        assert state.rejections[0] <= 3
        state = algorithm.step(state, oracle)
    assert state.rejections[0] == 4


@pytest.mark.parametrize("name", ["greedy_max", "greedy_max_program"])
def test_it_finds_f1_and_says_that_f2_has_no_equilibrium(name):
    start = np.full((50, 1), 5.5)
    record = run(get_problem("ftr_f1"), get_algorithm(name), start, start, 20_000)
    assert {o.value for o in record.outcome} == {"stopped"}
    assert np.median(record.distance) < 0.5
    record = run(get_problem("ftr_f2"), get_algorithm(name), start, start, 20_000)
    assert {o.value for o in record.outcome} == {"diverged"}


def test_it_accepts_decreases_only():
    game = get_problem("keswani_f3")
    start = np.full((20, 1), 5.5)
    path, _ = trajectory(get_algorithm("greedy_max"), game, start, start, 3000)
    values = np.array([game.value(np, x, y) for x, y in path])
    values = values[np.argmax(values[:, 0] != values[0, 0]) :]
    drops = np.diff(values, axis=0)
    accepted = drops[drops != 0]
    assert accepted.size
    # The first acceptance of each lane replaces the start, whatever its value.
    assert (accepted <= -0.03).sum() >= accepted.size - 20


@pytest.mark.parametrize("law", PROPOSALS)
def test_it_takes_any_proposal(law):
    x = np.full((10, 1), 5.5)
    algorithm = get_algorithm("greedy_max", proposal=law, scale=0.05 if law == "gradient" else 0.5)
    record = run(get_problem("ftr_f1"), algorithm, x, x, 5000)
    assert np.median(record.distance) < 3
