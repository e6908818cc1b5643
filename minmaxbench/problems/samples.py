"""The definitions of equilibria on samples, where derivatives do not decide: a test, no proof.

Jin, Netrapalli, Jordan (ICML 2020), Definition 14: (x*, y*) is local minimax if f(x*, y) <= f* for
y near y*, and if for each x within delta of x* some y within h(delta) of y* has f(x, y) >= f*, where h
tends to 0 with delta. The answer y may lie on a curve, such as y = x^2 or y = x^(1/3), so it is looked
for at all distances up to REACH, and h is then what was needed: it must shrink as delta does.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from minmaxbench.core.arrays import Floats
from minmaxbench.core.problem import Kind, Problem
from minmaxbench.problems.transforms.instances import Swapped

REACH = 0.1
"""Answers are looked for so far from y*."""
DELTAS = 1e-2 * 2.0 ** -np.arange(8)
"""The distances delta of x."""
FAR = 0.1
"""Looked at where f does not change within the largest of them."""
FINE = 64
"""Answers at so many distances a decade are tried."""
ZOOMS = 4
"""So often the best answers are looked at more closely."""
LAST = 3
"""The smallest so many distances at which f changes decide."""
SHRINKS = 0.1
"""The least power of delta with which h may shrink."""
ROUNDING = 1e-13
"""Differences of f below this, relative to 1 + |f|, say nothing."""


def sampled_kind(problem: Problem, point: Floats) -> Kind:
    """The kind of a stationary point of a problem of one variable each; DEGENERATE if it has none."""
    with np.errstate(all="ignore"):
        nash, minimax = _tested(problem, point)
        if nash or minimax:
            return Kind.NASH if nash else Kind.MINIMAX
        # The definition of a local maximin point is that of a minimax point for -f(y, x).
        return Kind.MAXIMIN if _tested(Swapped(problem), point[::-1])[1] else Kind.DEGENERATE


def _tested(problem: Problem, point: Floats) -> tuple[bool, bool]:
    """Whether a point passes for local Nash, and for local minimax."""
    x0, y0 = point
    f0 = problem.value(np, np.full((1, 1), x0), np.full((1, 1), y0))[0]
    slack = ROUNDING * (1 + abs(f0))

    def gain(s: Floats, t: Floats) -> Floats:
        """f(x0 + s, y0 + t) - f0, the sum projected; 0 where it is no more than rounding."""
        s, t = np.broadcast_arrays(s, t)
        x = problem.x_set.project(np, x0 + s.reshape(-1, 1))
        y = problem.y_set.project(np, y0 + t.reshape(-1, 1))
        f = (problem.value(np, x, y) - f0).reshape(s.shape)
        return np.where(np.abs(f) <= slack, 0.0, f)

    near = np.linspace(-1, 1, 201)
    if not _never_below(lambda delta: -gain(np.zeros(1), delta * near)):
        return False, False
    nash = _never_below(lambda delta: gain(delta * near, np.zeros(1)))
    return nash, nash or _answered(gain)


def _never_below(gain: Callable[[float], Floats]) -> bool:
    """Whether gains within delta are never negative, at the smallest distances that show any."""
    seen = [found for delta in DELTAS if (found := gain(delta)).any()]
    # A high power shows further out only.
    return all(bool((found >= 0).all()) for found in seen[-LAST:] or [gain(FAR)])


def _answered(gain: Callable[[Floats, Floats], Floats]) -> bool:
    """Whether for each x near x* there is a y that keeps f up, ever nearer to y* as x is to x*."""
    h = np.array([_needed(gain, delta) for delta in DELTAS])
    seen = np.flatnonzero(h)[-LAST:]
    if not seen.size:
        return bool(np.isfinite(_needed(gain, FAR)))
    large, small = seen[0], seen[-1]
    if not np.isfinite(h[seen]).all():
        return False
    return bool(h[small] <= h[large] * (DELTAS[small] / DELTAS[large]) ** SHRINKS)


def _needed(gain: Callable[[Floats, Floats], Floats], delta: float) -> float:
    """The largest over |x - x*| <= delta of the least |y - y*| that keeps f up; inf if none does."""
    lengths = REACH * 10.0 ** (-np.arange(9 * FINE) / FINE)
    t = np.sort(np.concatenate([-lengths, [0.0], lengths]))[None, :]
    s = delta * np.linspace(-1, 1, 33)[:, None]
    least = np.full(len(s), np.inf)
    for _ in range(ZOOMS):
        gains = gain(s, t)
        near = np.where(gains >= 0, np.abs(t), np.inf).min(1)
        least = np.minimum(least, near)
        # Where an answer is good on a narrow stretch only, look again around the best.
        best = gains.argmax(1)
        beside = np.clip(best[:, None] + np.array([-1, 1]), 0, t.shape[1] - 1)
        low, high = np.take_along_axis(np.broadcast_to(t, gains.shape), beside, 1).T[..., None]
        t = low + (high - low) * np.linspace(0, 1, 33)
    return float(least.max())
