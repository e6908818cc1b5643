"""Algorithms made of parts: states in states, and parts with hyper-parameters of their own."""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from helpers import assert_equal, assert_same, begin, both, keys, run

from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.oracle import OracleNoise
from minmaxbench.problems.registry import get_problem


class Clock(NamedTuple):
    step: Any


@dataclass(frozen=True)
class Velocity:
    """A part of a state that is no tuple."""

    x: Any
    y: Any


class Memory(NamedTuple):
    velocity: Velocity
    clock: Clock


class Moving(NamedTuple):
    x: Any
    y: Any
    memory: Memory


@dataclass(frozen=True)
class Decay:
    eta: Any = 0.1
    power: float = 0.5

    def at(self, xp, clock):
        return self.eta * (1.0 + xp.astype(clock.step, xp.float64)[:, None]) ** -self.power


@dataclass(frozen=True)
class Rule:
    decay: Decay = Decay()
    momentum: float = 0.3


@dataclass(frozen=True)
class HeavyBall(Algorithm):
    """GDA with momentum and a decaying step, all of whose numbers lie in parts."""

    rule: Rule = Rule()

    def init(self, x, y, oracle):
        xp = oracle.xp
        clock = Clock(xp.zeros(x.shape[0], dtype=xp.int64))
        return Moving(x, y, Memory(Velocity(xp.zeros_like(x), xp.zeros_like(y)), clock))

    def step(self, state, oracle):
        (velocity, clock), rule = state.memory, self.rule
        gx, gy = oracle.grad(state.x, state.y)
        eta = rule.decay.at(oracle.xp, clock)
        vx, vy = rule.momentum * velocity.x - eta * gx, rule.momentum * velocity.y + eta * gy
        x, y = oracle.project_x(state.x + vx), oracle.project_y(state.y + vy)
        return Moving(x, y, Memory(Velocity(vx, vy), Clock(clock.step + 1)))


class Flat(NamedTuple):
    x: Any
    y: Any
    vx: Any
    vy: Any
    step: Any


@dataclass(frozen=True)
class FlatHeavyBall(Algorithm):
    """The same, written flat."""

    eta: Any = 0.1
    power: float = 0.5
    momentum: float = 0.3

    def init(self, x, y, oracle):
        step = oracle.xp.zeros(x.shape[0], dtype=oracle.xp.int64)
        return Flat(x, y, oracle.xp.zeros_like(x), oracle.xp.zeros_like(y), step)

    def step(self, s, oracle):
        gx, gy = oracle.grad(s.x, s.y)
        eta = self.eta * (1.0 + oracle.xp.astype(s.step, oracle.xp.float64)[:, None]) ** -self.power
        vx, vy = self.momentum * s.vx - eta * gx, self.momentum * s.vy + eta * gy
        return Flat(oracle.project_x(s.x + vx), oracle.project_y(s.y + vy), vx, vy, s.step + 1)


NOISE = OracleNoise(gradient=0.1)
PROBLEMS = ("keswani_f3", "kbeam_antisaddle", "f3_equivariant_d")


@pytest.mark.parametrize("noise", [OracleNoise(), NOISE])
@pytest.mark.parametrize("name", PROBLEMS)
def test_parts_change_nothing(name, noise):
    problem = get_problem(name)
    start = begin(problem, 12)
    nested = run(problem, HeavyBall(), *start, 300.0, noise=noise)
    flat = run(problem, FlatHeavyBall(), *start, 300.0, noise=noise)
    assert_equal(nested, flat)


@pytest.mark.parametrize("noise", [OracleNoise(), NOISE])
@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_every_engine_carries_nested_states(engine, name, noise):
    pytest.importorskip(engine)
    assert_same(*both(engine, get_problem(name), HeavyBall(), budget=300.0, noise=noise))


@pytest.mark.parametrize("engine", ["numpy", "jax", "torch"])
def test_a_column_of_step_sizes_may_lie_in_a_part(engine):
    pytest.importorskip(engine)
    # The largest steps diverge: the batch is cut to the lanes that are left, columns and all.
    problem, etas = get_problem("bilinear_xy"), np.geomspace(0.01, 3.0, 8)[:, None]
    rule = Rule(Decay(etas, 0.0), 0.9)
    x, y, key = begin(problem, 8)
    grid = run(problem, HeavyBall(rule), x, y, key, 600.0, engine)
    assert len(set(grid.outcome)) > 1
    for lane in range(8):
        one = slice(lane, lane + 1)
        single = HeavyBall(replace(rule, decay=Decay(float(etas[lane, 0]), 0.0)))
        alone = run(problem, single, x[one], y[one], key[one], 600.0, engine)
        assert alone.outcome[0] is grid.outcome[lane]
        assert np.allclose(alone.x[0], grid.x[lane], rtol=1e-9)


@pytest.mark.parametrize("engine", ["numpy", "torch"])
def test_runs_of_nested_states_are_the_same_alone(engine):
    pytest.importorskip(engine)
    problem = get_problem("keswani_f3")
    x, y, _ = begin(problem, 9)
    many = run(problem, HeavyBall(), x, y, keys(9), 200.0, engine)
    one = slice(4, 5)
    assert_equal(run(problem, HeavyBall(), x[one], y[one], keys(9)[one], 200.0, engine), many, one)
