"""How runs end: those that arrive at a point stay there, and those that only come by go on."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from helpers import begin, both, keys, replay, run

from minmaxbench.algorithms.gradient import GDA
from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.engines import loop
from minmaxbench.problems.registry import get_problem
from minmaxbench.record.ends import DRIFT, STAY
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.targets import TARGETS
from minmaxbench.record.verdicts import Verdict

F3 = get_problem("keswani_f3")
ENGINES = ["numpy", "jax", "torch"]


def from_start(name, algorithm, x, y, budget, engine="numpy"):
    pytest.importorskip(engine)
    start = np.full((2, 1), x), np.full((2, 1), y)
    return run(get_problem(name), algorithm, *start, keys(2), budget, engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_ogda_that_only_touches_a_corner_has_not_converged(engine):
    """Its memory carries it on: the next step is (-0.5, 0.4906), and it never stops."""
    record = from_start("kbeam_antisaddle", get_algorithm("ogda"), 0.3, 0.1, 4000.0, engine)
    assert record.outcome == [Outcome.BUDGET] * 2
    assert (record.steps == 4000).all()
    assert set(record.verdict) == {Verdict.CYCLE}
    # It was there all the same, and that is on record.
    assert (record.hits["residual"][:, -1] < 100).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_budget_that_ends_at_the_corner_changes_nothing(engine):
    touches = from_start("kbeam_antisaddle", get_algorithm("ogda"), 0.3, 0.1, 4000.0)
    calls = touches.hits["residual"][0, -1]
    record = from_start("kbeam_antisaddle", get_algorithm("ogda"), 0.3, 0.1, calls, engine)
    assert record.outcome == [Outcome.BUDGET] * 2
    assert (record.calls == calls).all()
    assert (record.residual == 0).all()


class Swing(NamedTuple):
    x: Any
    y: Any
    vx: Any
    vy: Any


@dataclass(frozen=True)
class HeavyBall(Algorithm):
    """On x^2 - y^2 its second state is the equilibrium, exactly, whatever the momentum."""

    beta: float = 1.0

    def init(self, x, y, oracle):
        return Swing(x, y, 0 * x, 0 * y)

    def step(self, s, oracle):
        gx, gy = oracle.grad(s.x, s.y)
        vx, vy = self.beta * s.vx - 0.5 * gx, self.beta * s.vy + 0.5 * gy
        return Swing(s.x + vx, s.y + vy, vx, vy)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pendulum_at_its_lowest_point_has_not_converged(engine):
    record = from_start("cgd_convex", HeavyBall(), 1.0, 0.5, 400.0, engine)
    assert record.outcome == [Outcome.BUDGET] * 2
    assert record.verdict == [Verdict.CYCLE] * 2
    assert record.period == pytest.approx(6, rel=1e-3)
    assert (record.hits["distance"][:, -1] == 1).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_damped_pendulum_has_converged_when_it_is_at_rest(engine):
    record = from_start("cgd_convex", HeavyBall(0.9), 1.0, 0.5, 2000.0, engine)
    assert record.outcome == [Outcome.CONVERGED] * 2
    # Its swings shrink by the root of 0.9 a step; it was below 1e-10 for the first time at step 1.
    rest = np.log(1e-10) / np.log(0.9**0.5)
    assert (record.hits["distance"][:, -1] == 1).all()
    assert (abs(record.steps - rest) < 60).all()
    assert (record.distance <= 1e-10).all()


class Ahead(NamedTuple):
    x: Any
    y: Any
    slow_x: Any
    slow_y: Any
    step: Any


class LookAhead(Algorithm):
    """GDA that goes half of its way back after every five steps (Chavdarova et al., ICLR 2021)."""

    def init(self, x, y, oracle):
        return Ahead(x, y, x, y, oracle.xp.zeros(x.shape[0], dtype=oracle.xp.int64))

    def step(self, s, oracle):
        xp = oracle.xp
        gx, gy = oracle.grad(s.x, s.y)
        x, y = s.x - 0.5 * gx, s.y + 0.5 * gy
        back = (s.step % 5 == 4)[:, None]
        x = xp.where(back, s.slow_x + 0.5 * (x - s.slow_x), x)
        y = xp.where(back, s.slow_y + 0.5 * (y - s.slow_y), y)
        slow_x, slow_y = xp.where(back, x, s.slow_x), xp.where(back, y, s.slow_y)
        return Ahead(x, y, slow_x, slow_y, s.step + 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_method_that_goes_back_later_has_not_converged(engine):
    record = from_start("cgd_convex", LookAhead(), 1.0, 0.5, 2000.0, engine)
    assert record.outcome == [Outcome.CONVERGED] * 2
    # At the equilibrium after one step, but its slow weights are half as far away every five.
    assert (record.hits["distance"][:, -1] == 1).all()
    halvings = np.log2(np.hypot(1.0, 0.5) / (DRIFT * TARGETS[-1]))
    assert (record.steps >= 5 * (halvings - STAY / 5 - 1)).all()


@pytest.mark.parametrize(
    ("stays", "outcome"), [(STAY, Outcome.BUDGET), (STAY + 1, Outcome.CONVERGED)]
)
@pytest.mark.parametrize("first", [0, 40, 60, 63, 64])
def test_a_run_has_arrived_when_it_stays_for_so_many_steps(stays, outcome, first):
    """Wherever in a chunk of 64 states it does so."""
    row = F3.points().equilibria[0]
    here = np.concatenate([F3.points().x[row], F3.points().y[row]])
    path = np.tile(here + 0.5, (200, 1))
    path[first : first + stays] = here
    record = replay([path, path])
    assert record.outcome == [outcome] * 2
    if outcome is Outcome.CONVERGED:
        assert (record.steps == first).all()


@pytest.mark.parametrize(("drift", "outcome"), [(0.5, "converged"), (2.0, "budget")])
def test_a_run_that_stays_may_move_a_little(drift, outcome):
    row = F3.points().equilibria[0]
    here = np.concatenate([F3.points().x[row], F3.points().y[row]])
    path = np.tile(here, (100, 1))
    path[5:] += np.array([drift * DRIFT * TARGETS[-1], 0])
    assert replay([path], budget=20).outcome[0].value == outcome


def test_the_next_arrival_is_found_where_the_first_was_none():
    row = F3.points().equilibria[0]
    here = np.concatenate([F3.points().x[row], F3.points().y[row]])
    path = np.tile(here, (200, 1))
    path[[5, 12, 28, 44]] += 1
    record = replay([path])
    assert record.outcome == [Outcome.CONVERGED]
    assert record.steps.tolist() == [45]


@pytest.mark.parametrize("name", ["gda", "gda_alt", "extragradient", "gda_two_timescale"])
@pytest.mark.parametrize("problem", ["cgd_convex", "ftr_f2", "yang_two_sided_pl", "kbeam_seesaw"])
def test_a_method_without_memory_ends_where_it_first_arrives(name, problem):
    game, algorithm = get_problem(problem), get_algorithm(name)
    x, y, key = begin(game, 20)
    record = run(game, algorithm, x, y, key, 2000.0)
    there = np.maximum(record.hits["residual"][:, -1], 0)
    converged = np.array([why is Outcome.CONVERGED for why in record.outcome])
    listed = record.gap <= TARGETS[-1]
    assert (converged == (listed & (record.residual <= TARGETS[-1]))).all()
    assert (record.calls[converged] >= there[converged]).all()


def test_an_algorithm_with_a_rule_of_its_own_ends_by_it():
    """Greedy-max at a corner that it leaves with a later proposal."""
    problem = get_problem("kbeam_antisaddle")
    record = run(problem, get_algorithm("greedy_max"), *begin(problem, 20), 3000.0)
    assert Outcome.CONVERGED not in record.outcome
    assert Outcome.STOPPED in record.outcome
    assert (record.hits["residual"][:, -1] < record.calls).any()


def test_where_there_is_no_time_to_look_ahead_nothing_has_arrived(monkeypatch):
    class Slow(GDA):
        """On x^2 - y^2 at the equilibrium after a step; then every step takes its time."""

        def step(self, state, oracle):
            if not np.any(state.x):
                import time

                time.sleep(0.02)
            return super().step(state, oracle)

    monkeypatch.setattr(loop, "CACHE", 1)
    start = np.ones((1, 1)), np.ones((1, 1))
    algorithm = Slow(eta_x=0.5, eta_y=0.5)
    record = run(get_problem("cgd_convex"), algorithm, *start, keys(1), 1e6, time_limit=0.1)
    assert record.outcome == [Outcome.TIME_LIMIT]
    assert record.distance == [0.0]


@pytest.mark.parametrize("engine", ["jax", "torch"])
@pytest.mark.parametrize("name", ["ogda", "popov", "greedy_max", "extragradient"])
@pytest.mark.parametrize("problem", ["kbeam_seesaw", "kbeam_antisaddle", "bilinear_xy"])
def test_every_engine_agrees_on_who_has_arrived(engine, name, problem):
    pytest.importorskip(engine)
    eta = {} if name == "greedy_max" else {"eta": 0.2}
    a, b = both(engine, get_problem(problem), get_algorithm(name, **eta), budget=900.0)
    assert a.outcome == b.outcome


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_that_stands_still_up_to_rounding_has_stalled(engine):
    """Its iterates differ by 4e-16 for ever, at a residual of 1.03."""
    algorithm = get_algorithm("extragradient")
    record = from_start("kbeam_demyanov", algorithm, 0.3, 0.1, 20_000.0, engine)
    assert record.outcome == [Outcome.BUDGET] * 2
    assert (record.residual > 1).all()
    assert record.verdict == [Verdict.STALLED] * 2


STEPS = 2000
JITTERS = {
    "two states in turn": (4e-16 * (-1.0) ** np.arange(STEPS + 1))[:, None] * np.ones(2),
    "noise": np.random.default_rng(0).choice([-4e-16, 0, 4e-16], (STEPS + 1, 2)),
    "a circle of 1e-8": 1e-8 * np.stack([np.cos(np.arange(STEPS + 1.0)), np.sin(np.arange(STEPS + 1.0))], 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", JITTERS)
@pytest.mark.parametrize("place", [(3.0, -2.5), (300.0, 0.001)])
def test_jitter_is_rest(kind, place):
    jitter = JITTERS[kind] * (1 + np.abs(place[0]))
    assert replay([np.array(place) + jitter]).verdict == [Verdict.STALLED]


def test_a_run_that_creeps_does_not_stand_still():
    creeping = np.array([3.0, -2.5]) + 1e-12 * np.arange(STEPS + 1.0)[:, None]
    assert replay([creeping]).verdict == [Verdict.UNFINISHED]
