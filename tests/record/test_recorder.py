"""The recorder against one that looks at every state with plain loops."""

import numpy as np
import pytest
from helpers import keys, replay, run

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.algorithm import Iterate, Memoryless
from minmaxbench.core.calls import PRICES
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle, OracleNoise
from minmaxbench.core.problem import About
from minmaxbench.core.sets import Space
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.registry import get_problem
from minmaxbench.record.chunk import Chunk
from minmaxbench.record.ends import DRIFT, STAY
from minmaxbench.record.outcomes import RADIUS, Outcome
from minmaxbench.record.recorder import Recorder
from minmaxbench.record.targets import TARGETS, call_grid


def brute_force(problem, algorithm, x, y, key, budget, noise):
    """One lane, every state examined: outcome, calls, steps, hits, and the trace of distances."""
    oracle = NumpyOracle(problem, Draws(key), noise)
    known = problem.points()
    state = algorithm.init(problem.x_set.project(np, x), problem.y_set.project(np, y), oracle)
    hits = {"distance": {}, "residual": {}}
    history = []
    steps, outcome = 0, None
    while outcome is None:
        calls = sum(p * int(np.max(c)) for p, c in zip(PRICES, oracle.counts, strict=True))
        at = state.x, state.y
        distances = problem.distances(np, *at)[0]
        near = [distances[k] for k in known.equilibria]
        distance = min(near) if near else np.inf
        residual = float(problem.residual(np, *at, *problem.grad(np, *at))[0])
        history.append((calls, distance, residual, at))
        for target in TARGETS:
            if distance <= target:
                hits["distance"].setdefault(target, calls)
            if residual <= target:
                hits["residual"].setdefault(target, calls)
        sizes = np.concatenate([np.ravel(a) for a in (*at, *algorithm.inner(state))])
        new = algorithm.step(state, oracle)
        after = sum(p * int(np.max(c)) for p, c in zip(PRICES, oracle.counts, strict=True))
        done = algorithm.stopped(state)
        here = residual <= TARGETS[-1] and len(distances) and min(distances) <= TARGETS[-1]
        if here and done is None and stays(problem, algorithm, new, oracle):
            outcome = Outcome.CONVERGED
        elif not (np.abs(sizes) <= RADIUS).all():
            outcome = Outcome.DIVERGED if (np.abs(sizes) > RADIUS).any() else Outcome.NON_FINITE
        elif done is not None and done[0]:
            outcome = Outcome.STOPPED
        elif max(after, (steps + 1) / 2) > budget:
            outcome = Outcome.BUDGET
        else:
            state, steps = new, steps + 1
    spent = np.array([h[0] for h in history])
    grid = call_grid(budget)
    place = [max(0, np.searchsorted(spent, g, "right") - 1) for g in grid]
    trace = np.array([history[k][1] for k in place])
    return outcome, history[-1], steps, hits, trace


def stays(problem, algorithm, state, oracle):
    """Whether the next states are near a listed point, the first of them given."""
    oracle = oracle.select(np.array([0]))
    for _ in range(STAY):
        if not problem.distances(np, state.x, state.y).min() <= DRIFT * TARGETS[-1]:
            return False
        state = algorithm.step(state, oracle)
    return True


CASES = [
    ("gda", {}, "keswani_f3", 400), ("gda", {}, "ftr_f1", 400), ("gda", {}, "ftr_f2", 700),
    ("gda_alt", {}, "parrilo_31", 400), ("gdmax", {}, "dirac_gan_r1", 700),
    ("ogda", {"eta": 0.2}, "bilinear_xy", 900), ("popov", {"eta": 0.2}, "bilinear_xy", 900),
    ("extragradient", {}, "razaviyayn_cubic", 700), ("extragradient", {}, "fiez_torus", 300),
    ("greedy_max", {}, "keswani_f3", 1500), ("greedy_max", {}, "ftr_f2", 300),
    ("greedy_max_program", {}, "ftr_f1", 800), ("gda", {}, "letcher_zero_sum", 100),
    ("gda", {}, "keswani_f3", 1), ("extragradient", {}, "keswani_f3", 2.5),
    ("gda", {"eta_x": 5.0, "eta_y": 5.0}, "omd_ex22", 100),
    ("ogda", {}, "kbeam_antisaddle", 300), ("gda", {}, "kbeam_antisaddle", 300),
    ("greedy_max", {}, "kbeam_seesaw", 300),
]  # fmt: skip


@pytest.mark.parametrize(("name", "parameters", "problem", "budget"), CASES)
@pytest.mark.parametrize("noise", [OracleNoise(), OracleNoise(0.05, 0.05)])
def test_equals_brute_force(name, parameters, problem, budget, noise):
    problem, algorithm = get_problem(problem), get_algorithm(name, **parameters)
    rng = np.random.default_rng(5)
    low, high = problem.about.region
    x, y = rng.uniform(low, high, (7, 1)), rng.uniform(low, high, (7, 1))
    record = run(problem, algorithm, x, y, keys(7), budget, noise=noise)
    for lane in range(7):
        part = slice(lane, lane + 1)
        with np.errstate(all="ignore"):
            outcome, last, steps, hits, trace = brute_force(
                problem, algorithm, x[part], y[part], keys(7)[part], budget, noise
            )
        assert record.outcome[lane] is outcome
        assert record.calls[lane] == last[0]
        assert record.steps[lane] == steps
        np.testing.assert_array_equal(record.x[lane], last[3][0][0])
        np.testing.assert_array_equal(record.y[lane], last[3][1][0])
        np.testing.assert_array_equal(record.distance[lane], last[1])
        for metric, first in hits.items():
            got = dict(zip(TARGETS, record.hits[metric][lane], strict=True))
            assert {t: c for t, c in got.items() if not np.isnan(c)} == first
        np.testing.assert_array_equal(record.trace["distance"][lane], trace)


class Scripted(Memoryless):
    """An algorithm for tests: what it does to x is a function of x."""

    move = staticmethod(lambda x: x)

    def step(self, state, oracle):
        return Iterate(self.move(state.x), state.y)


def scripted(move):
    return type("Move", (Scripted,), {"move": staticmethod(move)})()


@pytest.mark.parametrize(
    ("move", "outcome"),
    [
        (lambda x: x, Outcome.BUDGET),
        (lambda x: -x, Outcome.BUDGET),
        (lambda x: x * 3, Outcome.DIVERGED),
        (lambda x: x + np.inf, Outcome.DIVERGED),
        (lambda x: x * np.nan, Outcome.NON_FINITE),
        (lambda x: x / 2, Outcome.CONVERGED),
        (lambda x: x + 1e-3, Outcome.BUDGET),
    ],
)
def test_outcomes_of_scripted_runs(move, outcome):
    start = np.ones((3, 1)), np.zeros((3, 1))
    record = run(get_problem("cgd_convex"), scripted(move), *start, keys(3), 100)
    assert record.outcome == [outcome] * 3
    assert (record.calls == 0).all()
    if outcome is Outcome.BUDGET:
        # No oracle call at all: charged like half a call a step, or it would never end.
        assert (record.steps == 200).all()


def test_time_limit_interrupts_a_step_that_hangs():
    def sleep(x):
        import time

        time.sleep(30)
        return x

    start = np.ones((2, 1)), np.zeros((2, 1))
    record = run(get_problem("cgd_convex"), scripted(sleep), *start, keys(2), 100, time_limit=0.2)
    assert record.outcome == [Outcome.TIME_LIMIT] * 2


def test_time_limit_interrupts_a_start_that_hangs():
    import time

    algorithm = scripted(lambda x: x)
    type(algorithm).init = lambda self, x, y, oracle: time.sleep(30)
    start = np.ones((2, 1)), np.zeros((2, 1))
    record = run(get_problem("cgd_convex"), algorithm, *start, keys(2), 100, time_limit=0.2)
    assert record.outcome == [Outcome.TIME_LIMIT] * 2
    assert np.isnan(record.calls).all()


def test_time_limit_keeps_the_last_state():
    start = np.ones((2, 1)), np.zeros((2, 1))
    algorithm = get_algorithm("gda", eta_x=1e-9, eta_y=1e-9)
    record = run(get_problem("cgd_convex"), algorithm, *start, keys(2), 1e9, time_limit=0.3)
    assert record.outcome == [Outcome.TIME_LIMIT] * 2
    assert (record.calls > 10).all()
    assert np.isfinite(record.value).all()
    assert (record.x < 1).all()


def test_the_grid_is_logarithmic():
    grid = call_grid(10_000)
    # Twelve a decade, at whole numbers of calls; where those lie closer, each is there once.
    assert ((grid >= 1000) & (grid < 10_000)).sum() == 12
    assert np.allclose(grid[-13:], np.geomspace(1000, 10_000, 13), atol=0.5)
    assert grid[:9].tolist() == list(range(9))
    assert grid[0] == 0
    assert grid[-1] == 10_000
    assert (np.diff(grid) > 0).all()
    assert 35 < len(grid) < 60


def test_chunks_do_not_change_what_is_recorded(monkeypatch):
    problem, algorithm = get_problem("keswani_f3"), get_algorithm("gdmax")
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-5, 5, (30, 1)), rng.uniform(-5, 5, (30, 1))
    records = []
    for cache in (1, 100, 2**20):
        monkeypatch.setattr("minmaxbench.engines.loop.CACHE", cache)
        records.append(run(problem, algorithm, x, y, keys(30), 500))
    for other in records[1:]:
        for field in ("x", "calls", "steps", "distance"):
            np.testing.assert_array_equal(getattr(other, field), getattr(records[0], field))
        for table in ("hits", "trace"):
            for key, column in getattr(records[0], table).items():
                np.testing.assert_array_equal(getattr(other, table)[key], column)


def test_run_converges_though_residual_and_distance_were_met_in_different_chunks():
    about = About("a flat bowl", "here", ("convex-concave",), (-2.0, 2.0))
    problem = Planar("flat_bowl", "0.1*x**2 - 0.1*y**2", Space(), Space(), about)
    recorder = Recorder(problem, 1, 100.0)
    for k, x in enumerate([3e-10, 2e-10, 5e-11]):
        at = np.full((1, 1, 1), x)
        counts = np.array([[k], [k + 1]])
        none = np.zeros_like(counts)
        chunk = Chunk(at, 0 * at, None, (), (none, counts, counts, none), None)
        recorder.record(chunk, lambda lanes: np.zeros((2, STAY, len(lanes), 1)))
    assert recorder.result.hits["residual"][0, -1] == 0
    assert recorder.result.outcome == [Outcome.CONVERGED]
    assert recorder.result.steps.tolist() == [2]


def test_nothing_is_hit_after_the_end():
    """A run that is taken to have arrived at a maximin point, and jumps to the equilibrium later."""
    problem = get_problem("keswani_f3")
    known = problem.points()
    places = np.concatenate([known.x, known.y], axis=1)
    (to, *_), other = (
        known.equilibria,
        next(k for k in range(len(known)) if k not in known.equilibria),
    )
    path = np.repeat(places[[other, to]], [STAY + 2, 50], axis=0)
    record = replay([path], problem)
    assert record.outcome == [Outcome.CONVERGED]
    assert record.steps.tolist() == [0]
    assert np.isnan(record.hits["distance"][0, -1])
