"""The value gap of a point x: max over y of f(x, y), less the proved global minimax value."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Floats
from minmaxbench.core.problem import Problem
from minmaxbench.core.sets import Ball, Box, Torus
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.transforms.instances import Moved

GRID = 2001
"""The answers y that are tried for each x."""
FAR = 1e6
"""Answers on an unbounded set are sought up to here, more densely near 0."""
HALVINGS = 60
"""Golden sections of the interval between the neighbours of the best of them."""
GOLDEN = (5**0.5 - 1) / 2


def value_gap(problem: Problem, x: Floats) -> Floats:
    """max over y of f(x, y) - min over x of max over y of f, for x (n, 1): shape (n,).

    The maximum is sought numerically and so errs on the side of a smaller gap; the minimax value is the
    upper end of its enclosure, with the same effect. NaN where it is not proved, or the problem is not
    a planar one or an instance of one.
    """
    if isinstance(problem, Moved):
        return value_gap(problem.base, problem.x_map.back(np, x))
    proved = problem.certificate if isinstance(problem, Planar) else None
    if proved is None or proved.minimax.value is None:
        return np.full(len(x), np.nan)
    x = problem.x_set.project(np, x)
    return largest(problem, x) - proved.minimax.value[1]


def largest(problem: Problem, x: Floats) -> Floats:
    """max over y of f(x, y) for x (n, 1), sought on a grid and refined by golden sections: (n,).

    Infinite where f is largest at the far end of an unbounded set.
    """
    sides = _sides(problem)
    grid = _answers(*sides)

    def f(y: Floats) -> Floats:
        shape = y.shape
        wide = np.broadcast_to(x, shape).reshape(-1, 1)
        values: Floats = problem.value(np, wide, y.reshape(-1, 1)).reshape(shape)
        known: Floats = np.where(np.isnan(values), -np.inf, values)
        return known

    with np.errstate(all="ignore"):
        found = f(np.broadcast_to(grid, (len(x), len(grid))))
        best = found.argmax(1)
        low = grid[np.maximum(best - 1, 0)][:, None]
        high = grid[np.minimum(best + 1, len(grid) - 1)][:, None]
        for _ in range(HALVINGS):
            left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
            up = f(left) < f(right)
            low, high = np.where(up, left, low), np.where(up, high, right)
        refined: Floats = np.maximum(found.max(1), f((low + high) / 2)[:, 0])
    # Where the best answer is as far away as any, there is no largest value for all we know.
    away = np.isinf(sides) & (best[:, None] == [0, len(grid) - 1])
    return np.where(away.any(1), np.inf, refined)


def _sides(problem: Problem) -> tuple[float, float]:
    """The ends of the max-player's interval; infinite where there is none."""
    s = problem.y_set
    if isinstance(s, Torus):
        return 0.0, s.period
    if isinstance(s, Ball):
        return -s.radius, s.radius
    if isinstance(s, Box):
        return float(np.min(s.lower)), float(np.max(s.upper))
    return -np.inf, np.inf


def _answers(low: float, high: float) -> Floats:
    """The grid of answers, ends of the set included."""
    if np.isfinite([low, high]).all():
        return np.linspace(low, high, GRID)
    wide = np.sinh(np.linspace(-np.arcsinh(FAR), np.arcsinh(FAR), GRID))
    return np.unique(np.clip(wide, low, high))
