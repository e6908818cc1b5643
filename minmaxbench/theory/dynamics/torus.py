"""Going round a torus: coordinates that count whole turns, and differences without them."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Floats
from minmaxbench.core.sets import Torus
from minmaxbench.problems.planar import Planar

ACCURACY = 1e-6
"""Of a ratio of rates."""
LARGEST = 8
"""Closed curves that wind more often round one side of the torus are not told from others."""


def periods(problem: Planar) -> Floats:
    """The period of x and of y, infinite for a player that moves on no torus."""
    sets = problem.x_set, problem.y_set
    return np.array([s.period if isinstance(s, Torus) else np.inf for s in sets])


def turns(gap: Floats, period: Floats) -> Floats:
    """The nearest numbers of whole turns, (..., 2)."""
    return np.where(np.isfinite(period), np.round(gap / period), 0.0)


def wrapped(gap: Floats, period: Floats) -> Floats:
    """A difference (..., 2) without its whole turns."""
    return gap - turns(gap, period) * np.where(np.isfinite(period), period, 0.0)


def smooth_gap(gap: Floats, period: Floats) -> Floats:
    """A smooth periodic function of a difference that is the difference where that is small."""
    size = np.where(np.isfinite(period), period / (2 * np.pi), 1.0)
    return np.where(np.isfinite(period), size * np.sin(gap / size), gap)


def whole(turned: Floats) -> tuple[int, int]:
    """Numbers of turns as whole numbers."""
    return round(float(turned[0])), round(float(turned[1]))


def winding(rate: Floats) -> tuple[int, int]:
    """The smallest whole numbers in the ratio of two rates of turning, as far as there are any.

    In no such ratio the faster player goes round once, and the other as often as is nearest.
    """
    fast = int(np.abs(rate).argmax())
    ratio = float(rate[1 - fast] / rate[fast])
    error = {m: abs(m * ratio - round(m * ratio)) / m for m in range(1, LARGEST + 1)}
    m = next((m for m in error if error[m] <= ACCURACY), 1)
    pair = np.zeros(2)
    pair[fast], pair[1 - fast] = m, round(m * ratio)
    return whole(pair * np.sign(rate[fast]))
