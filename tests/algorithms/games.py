"""What the tests of algorithms share: runs step by step, and games as functions of plain lists."""

import dataclasses

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm
from minmaxbench.core.arrays import Array
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws, normals, run_keys, stream_keys, uniforms
from minmaxbench.core.oracle import EXACT, NumpyOracle
from minmaxbench.core.stochastic import Numbers
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.numpy_engine import NumpyEngine
from minmaxbench.problems.registry import get_problem

RUNNABLE = [name for name in ALGORITHMS if name not in ("greedy_max_theory", "ston_r", "omwu")]
"""The algorithms that take any problem of the package."""


def keys(lanes=1):
    return run_keys("algorithms", np.arange(lanes))


def start(problem, algorithm, x, y, noise=EXACT):
    """The algorithm as it runs on the problem, the oracle, and the first state."""
    algorithm = algorithm.for_problem(problem)
    oracle = NumpyOracle(problem, Draws(keys(len(x))), noise)
    with np.errstate(all="ignore"):
        state = algorithm.init(oracle.project_x(x), oracle.project_y(y), oracle)
    return algorithm, oracle, state


def trajectory(algorithm, problem, x, y, steps, noise=EXACT):
    """The iterates before each step and after the last, and the oracle with its counts."""
    algorithm, oracle, state = start(problem, algorithm, x, y, noise)
    path = [(state.x, state.y)]
    with np.errstate(all="ignore"):
        for _ in range(steps):
            state = algorithm.step(state, oracle)
            path.append((state.x, state.y))
    return path, oracle


def point(problem, x, y):
    """One lane at the point whose coordinates are all x and all y."""
    return np.full((1, problem.dx), float(x)), np.full((1, problem.dy), float(y))


def end(name, problem, x, y, steps, **parameters):
    """The iterate of one lane after so many steps, as two arrays of shape (d,)."""
    game = get_problem(problem) if isinstance(problem, str) else problem
    path, _ = trajectory(get_algorithm(name, **parameters), game, *point(game, x, y), steps)
    return path[-1][0][0], path[-1][1][0]


def run(problem, algorithm, x, y, budget, noise=EXACT, lanes=None):
    """The record of a run on the NumPy engine."""
    own = keys(len(x)) if lanes is None else lanes
    return NumpyEngine().run(Batch(problem, algorithm, x, y, own, budget, noise))


class Plain:
    """A problem as functions of two lists of floats: f, gx, gy, Hessian blocks, projections."""

    def __init__(self, problem):
        self.problem = problem
        self.dx, self.dy = problem.dx, problem.dy

    def f(self, x, y):
        return float(self.problem.value(np, *_lanes(x, y))[0])

    def gx(self, x, y):
        return self.problem.grad_x(np, *_lanes(x, y))[0].tolist()

    def gy(self, x, y):
        return self.problem.grad_y(np, *_lanes(x, y))[0].tolist()

    def hessian(self, x, y):
        """The blocks h_xx, h_xy, h_yy as lists of rows."""
        rows = []
        for k in range(self.dx + self.dy):
            unit = [float(k == j) for j in range(self.dx + self.dy)]
            u, v = _lanes(unit[: self.dx], unit[self.dx :])
            hx, hy = self.problem.hvp(np, *_lanes(x, y), u, v)
            rows.append([*hx[0].tolist(), *hy[0].tolist()])
        top, bottom = rows[: self.dx], rows[self.dx :]
        xx, xy = [row[: self.dx] for row in top], [row[self.dx :] for row in top]
        return xx, xy, [row[self.dx :] for row in bottom]

    def normal(self, stream, index, d):
        """What lane 0 draws."""
        return normals(np, stream_keys(np, keys(), stream), np.array([index]), d)[0].tolist()

    def uniform(self, stream, index, d):
        """What lane 0 draws."""
        return uniforms(np, stream_keys(np, keys(), stream), np.array([index]), d)[0].tolist()

    def minibatch(self, after=0):
        """The game as it is seen on samples of its own: nothing is drawn of this one."""
        return self

    fresh = whole = minibatch

    def px(self, x):
        return self.problem.x_set.project(np, np.array([x]))[0].tolist()

    def py(self, y):
        return self.problem.y_set.project(np, np.array([y]))[0].tolist()


class Sampled(Plain):
    """A game of which minibatches are seen, numbered by the calls made before, as the oracle's are."""

    def __init__(self, problem):
        super().__init__(problem)
        self.counts = dict.fromkeys(Call, 0)

    def minibatch(self, after=0):
        """Samples for several calls, drawn now, or after some more calls."""
        return self._part("paired", sum(self.counts.values()) + after)

    def fresh(self):
        """Samples for one gradient call."""
        return self._part("grad", self.counts[Call.GRAD_X])

    def whole(self):
        """f itself, whose calls count as many times as it is worth."""
        return Part(self, self.problem, self.problem.worth)

    def _part(self, what, index):
        numbers = Numbers(self, f"minibatch of {what}", np.array([index]))
        return Part(self, self.problem.on(self.problem.draw(np, numbers)), 1)

    xp = np

    def uniform(self, stream, index, d):
        """What lane 0 draws: a list, and lists of one lane for the samples."""
        drawn = uniforms(np, stream_keys(np, keys(), stream), np.atleast_1d(index), d)
        return drawn[0].tolist() if np.ndim(index) == 0 else drawn


class Part(Plain):
    """A game on some samples."""

    def __init__(self, game, problem, worth):
        super().__init__(problem)
        self.counts, self.cost = game.counts, worth

    def gx(self, x, y):
        self.counts[Call.GRAD_X] += self.cost
        return super().gx(x, y)

    def gy(self, x, y):
        self.counts[Call.GRAD_Y] += self.cost
        return super().gy(x, y)

    def hessian(self, x, y):
        """One product is paid for."""
        self.counts[Call.HVP] += self.cost
        return super().hessian(x, y)


def _lanes(x: list[float], y: list[float]) -> tuple[Array, Array]:
    return np.array([x]), np.array([y])


def near(allowed, default, factor):
    """A number near the default that its range holds."""
    tries = (factor, 2 - factor, 1 - (1 - factor) / 9, 1 + (1 - factor) / 9)
    return next((default * f for f in tries if allowed.holds(default * f)), default)


def hyper_parameters(algorithm):
    """The hyper-parameters by name."""
    return {f.name: getattr(algorithm, f.name) for f in dataclasses.fields(algorithm)}
