"""Where an algorithm with a fixed step size goes round: periodic orbits and invariant circles.

A discrete method near a cycle of the flow never returns exactly: its iterates fill a closed curve,
or lock to a periodic orbit, or do neither. Runs from a grid of starts find the attracting sets;
each is then measured along one long orbit. Means along the orbit carry the smooth weights of Das,
Saiki, Sander, Yorke (Nonlinearity 2017), with which the rotation number of an invariant circle
converges faster than any power of the length; multipliers are Lyapunov exponents by repeated
orthogonalisation (Benettin, Galgani, Giorgilli, Strelcyn, Meccanica 1980).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.arrays import Floats
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.problems.cycles import NEUTRAL, Cycle, Shape
from minmaxbench.problems.planar import Planar
from minmaxbench.theory.dynamics.stability import at_step, numbers
from minmaxbench.theory.dynamics.torus import periods, turns, whole, winding, wrapped

STEP = 0.05
"""The step size looked at: the default of the algorithms."""
GRID = 6
"""GRID x GRID starts in the start region, besides the published ones."""
SETTLE = 10_000
"""Steps before a run is looked at, and again before it is measured."""
LONG = 300_000
"""Steps after which a set that seems irregular is looked at again."""
LENGTH = 10_000
"""Steps over which a set is measured."""
STRETCH = 2000
"""Steps that show how far an orbit goes, and the longest period looked for."""
SHARP = 1e-4
"""A mean period known to this part of itself is that of an invariant circle."""
NUDGE = 1e-6
"""Half the difference with which derivatives of a step are taken."""
FAR = 1e6
"""Iterates beyond this have diverged."""


class Runner:
    """An algorithm on a planar problem, one step at a time, its state as rows of numbers."""

    def __init__(self, problem: Planar, name: str, step: float) -> None:
        self.problem = problem
        self.algorithm = at_step(name, step)
        zero, oracle = np.zeros((1, 1)), self._oracle(1)
        self._made = self.algorithm.step(self.algorithm.init(zero, zero, oracle), oracle)
        """The state of one lane that has made a step already."""

    def _oracle(self, lanes: int) -> NumpyOracle:
        return NumpyOracle(self.problem, Draws(np.zeros((lanes, 2), dtype=np.uint32)))

    @property
    def periods(self) -> Floats:
        """The periods of a torus, infinite where a player moves on none."""
        return periods(self.problem)

    def brought_home(self, rows: Floats) -> Floats:
        """The same states without whole turns round a torus, if their steps are the same."""
        gap = rows[:, :2] - np.mean(self.problem.box, axis=1)
        home = rows.copy()
        home[:, :2] += wrapped(gap, self.periods) - gap
        here, there = (np.diff(self.orbit(z, 5), axis=0) for z in (rows, home))
        return home if np.allclose(here, there, atol=1e-9) else rows

    def first(self, z: Floats) -> Floats:
        """The states one step after the starts ``z``, (lanes, 2) -> (lanes, numbers)."""
        oracle = self._oracle(len(z))
        x, y = oracle.project_x(z[:, :1]), oracle.project_y(z[:, 1:])
        return _rows(self.algorithm.step(self.algorithm.init(x, y, oracle), oracle))

    def run(self, rows: Floats, steps: int) -> Floats:
        """The states after so many steps."""
        oracle, state = self._oracle(len(rows)), self._state(rows)
        for _ in range(steps):
            state = self.algorithm.step(state, oracle)
        return _rows(state)

    def orbit(self, rows: Floats, steps: int) -> Floats:
        """The iterates from a state on, (steps + 1, lanes, 2)."""
        oracle, state = self._oracle(len(rows)), self._state(rows)
        path = [_rows(state)[:, :2]]
        for _ in range(steps):
            state = self.algorithm.step(state, oracle)
            path.append(_rows(state)[:, :2])
        return np.array(path)

    def _state(self, rows: Floats) -> Any:
        """A state of the algorithm that has made a step already, with these numbers."""
        state = tree.select(self._made, np.zeros(len(rows), dtype=int))
        columns = np.split(rows, rows.shape[1], axis=1)
        return tree.rebuild(state, dict(zip(numbers(state), columns, strict=True)))


def _rows(state: Any) -> Floats:
    return np.concatenate(list(numbers(state).values()), axis=1)


def method_cycles(problem: Planar, name: str, step: float = STEP) -> list[Cycle]:
    """The sets on which a method keeps moving, from starts in the region; empty if none does.

    ``name`` is one of :func:`minmaxbench.theory.dynamics.stability.names`; both players move with
    ``step``.
    """
    runner = Runner(problem, name, step)
    low, high = problem.about.region
    # Off-centre, so that no start lies on an axis of symmetry.
    t = low + (high - low) * (np.arange(GRID) + 0.37) / GRID
    z = np.stack(np.meshgrid(t, t), axis=-1).reshape(-1, 2)
    z = np.concatenate([z, np.reshape(problem.about.starts, (-1, 2))])
    found: list[Cycle] = []
    with np.errstate(all="ignore"):
        rows = runner.run(runner.first(z), SETTLE)
        for row in _going_round(runner, rows, 1e-3 * (high - low)):
            cycle = measure(runner, name, step, row[None])
            if cycle is not None and cycle.shape is Shape.IRREGULAR:
                # Or only slow to settle.
                later = measure(runner, name, step, runner.run(row[None], LONG))
                cycle = later if later and later.shape is not Shape.IRREGULAR else cycle
            if cycle is None or any(_same(cycle, other) for other in found):
                continue
            found.append(cycle)
            if cycle.shape is Shape.FAMILY:
                break
    return sorted(found, key=lambda cycle: cycle.period)


def _going_round(runner: Runner, rows: Floats, least: float) -> Floats:
    """States further on, one of each group that keeps moving by ``least`` and as far as before."""
    before = _reach(runner, rows)
    rows = runner.run(rows, SETTLE)
    after = _reach(runner, rows)
    width = np.abs(after[:, 2:] - after[:, :2]).max(1)
    moving = (np.abs(after) < FAR).all(1) & (width > least)
    moving &= np.abs(after - before).max(1) <= 1e-2 * width
    groups = np.round(after[moving] / (2e-2 * width[moving].max(initial=least)))
    chosen = np.unique(groups, axis=0, return_index=True)[1]
    # Small ones first: where closed orbits fill a region, one is enough.
    apart: Floats = rows[moving][chosen[np.argsort(width[moving][chosen], kind="stable")]]
    return apart


def _reach(runner: Runner, rows: Floats) -> Floats:
    """Smallest and largest iterates in a stretch of steps from each state: (lanes, 4).

    Of a run that goes round a torus, zero and how far it goes on average instead.
    """
    path = runner.orbit(rows, STRETCH)
    far = STRETCH * _rate(path)
    winds = np.any(turns(far, runner.periods) != 0, axis=-1, keepdims=True)
    return np.where(winds, np.hstack([0 * far, far]), np.hstack([path.min(0), path.max(0)]))


def _rate(path: Floats) -> Floats:
    """The mean step of an orbit (steps + 1, ..., 2)."""
    weights = _smooth(len(path) - 1).reshape(-1, *[1] * (path.ndim - 1))
    return np.asarray((weights * np.diff(path, axis=0)).sum(0))


def measure(runner: Runner, name: str, step: float, row: Floats) -> Cycle | None:
    """The set that a state (1, numbers) has settled on; None where it comes to rest after all."""
    row = runner.brought_home(row)
    path = runner.orbit(row, LENGTH)[:, 0]
    if np.abs(path[-1] - path[-2]).max() <= 1e-12:
        return None
    locked = _locked(path, runner.periods)
    if locked:
        shape, period = Shape.PERIODIC, float(locked)
        gap = path[locked] - path[0]
        precision = float(np.abs(wrapped(gap, runner.periods)).max())
        multiplier = _radius(runner, row, locked)
        around = whole(turns(gap, runner.periods))
    else:
        period, around = _mean_period(path, runner.periods)
        half, ratio = _mean_period(path[: LENGTH // 2 + 1], runner.periods)
        # Round a torus, also players that turn in no simple ratio settle on no circle.
        precision = abs(period - half) if around == ratio else period
        shape, multiplier = _judge(_exponents(runner, row, LENGTH), period, precision)
    if any(around):
        path = path[: int(np.ceil(period)) + 1]
    low, high = path.min(0), path.max(0)
    extent = ((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))
    state = tuple(map(float, row[0]))
    return Cycle(name, step, shape, state, period, precision, extent, multiplier, around)


def _judge(exponents: Floats, period: float, precision: float) -> tuple[Shape, float]:
    """What a set that does not return is, and its multiplier.

    Along a circle the exponent is zero. With two numbers the one across it is then their sum, the
    mean log determinant; with more it is the largest but for the one nearest zero.
    """
    if precision > SHARP * period:
        return Shape.IRREGULAR, float(np.exp(exponents.max() * period))
    if len(exponents) == 2:
        across = float(exponents.sum())
    else:
        across = float(np.delete(exponents, int(np.abs(exponents).argmin())).max())
    multiplier = float(np.exp(across * period))
    return Shape.FAMILY if abs(multiplier - 1) <= NEUTRAL else Shape.CIRCLE, multiplier


def _smooth(steps: int) -> Floats:
    """The weights exp(-1 / (t (1 - t))), whose sum is one."""
    t = (np.arange(steps) + 0.5) / steps
    weights = np.exp(-1 / (t * (1 - t)))
    return np.asarray(weights / weights.sum())


def _mean_period(path: Floats, periods: Floats) -> tuple[float, tuple[int, int]]:
    """Steps once round, by the rotation number, and how often that goes round a torus.

    Round the middle of an orbit (steps + 1, 2) that stays in one place, and else round the torus.
    """
    rate = np.where(np.isfinite(periods), _rate(path) / periods, 0.0)
    if np.abs(rate).max() * (len(path) - 1) >= 1:
        around = winding(rate)
        fast = int(np.abs(rate).argmax())
        return abs(around[fast] / float(rate[fast])), around
    arms = path - (path.min(0) + path.max(0)) / 2
    turned = np.diff(np.unwrap(np.arctan2(arms[:, 1], arms[:, 0])))
    return float(2 * np.pi / np.abs(np.sum(_smooth(len(turned)) * turned))), (0, 0)


def _jacobian(runner: Runner, row: Floats) -> tuple[Floats, Floats]:
    """The next state, and the derivative of the step, (numbers, numbers), by central differences."""
    n = row.shape[1]
    nudges = NUDGE * np.eye(n)
    after = runner.run(np.concatenate([row, row + nudges, row - nudges]), 1)
    return after[:1], (after[1 : n + 1] - after[n + 1 :]).T / (2 * NUDGE)


def _exponents(runner: Runner, row: Floats, steps: int) -> Floats:
    """Lyapunov exponents a step, the largest first."""
    frame, sums = np.eye(row.shape[1]), np.zeros(row.shape[1])
    for weight in _smooth(steps):
        row, jacobian = _jacobian(runner, row)
        frame, r = np.linalg.qr(jacobian @ frame)
        sums = sums + weight * np.log(np.maximum(np.abs(np.diag(r)), 1e-300))
    return np.sort(sums)[::-1]


def _radius(runner: Runner, row: Floats, steps: int) -> float:
    """The spectral radius of the derivative of so many steps."""
    product = np.eye(row.shape[1])
    for _ in range(steps):
        row, jacobian = _jacobian(runner, row)
        product = jacobian @ product
    return float(np.abs(np.linalg.eigvals(product)).max())


def _locked(path: Floats, periods: Floats) -> int | None:
    """The number of steps after which the iterates return to 1e-10, if they do."""
    gap = np.abs(wrapped(path[1 : STRETCH + 1] - path[0], periods)).max(1)
    for k in np.flatnonzero(gap <= 1e-10) + 1:
        if np.abs(wrapped(path[k:] - path[:-k], periods)).max() <= 1e-9:
            return int(k)
    return None


def _same(a: Cycle, b: Cycle) -> bool:
    size = float(np.ptp(a.extent))
    # Those that wind are told apart by how long they take: they begin anywhere.
    alike = any(a.winding) or np.allclose(a.extent, b.extent, atol=1e-2 * size)
    return bool(alike and a.winding == b.winding and np.isclose(a.period, b.period, rtol=1e-3))
