"""What the practical problems share: Hessian products from the gradient, and solutions kept as data."""

from __future__ import annotations

import copy
import json
from functools import cached_property
from importlib.resources import files
from typing import Self

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, square
from minmaxbench.core.problem import Kind, Metric, Points, Problem
from minmaxbench.problems.practical.data import Design

TINY = 1e-30
"""The imaginary step: nothing is subtracted, so nothing is lost (Squire, Trapp, SIAM Review 1998)."""

PRIMAL = Metric("primal", "max over y of f(x, y): what the min-player minimises")
EXCESS = Metric("excess", "primal less the least that is known; below zero, that is beaten")
KNOWN = PRIMAL, EXCESS
"""The metrics of a problem with a known optimum."""
ERROR = Metric("error", "share of the examples that are classified wrongly")


class Practical(Problem):
    """A problem whose gradients also take complex numbers, and whose solution a file holds.

    ``python -m benchmarks.practical`` computes the files.
    """

    by_example: tuple[str, ...] = ()
    """Attributes with a row, or a column, an example."""

    def __init__(self) -> None:
        file = files("minmaxbench") / "problems" / "data" / "practical" / f"{self.name}.json"
        self.kept = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
        """What the file holds: an attribute, for it is part of what is run on."""

    def answer(self, xp: Namespace, x: Array) -> Array:
        """The best answer y of the max-player to x, (lanes, dy), where it is known."""
        raise NotImplementedError

    def primal(self, xp: Namespace, x: Array) -> Array:
        """The max over y of f(x, y), (lanes,): what the min-player minimises."""
        return self.value(xp, x, self.answer(xp, x))

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """Primal value and excess, where they are metrics; subclasses add theirs."""
        if PRIMAL not in self.metrics:
            return {}
        primal = self.primal(np, x)
        if EXCESS not in self.metrics:
            return {PRIMAL.name: primal}
        return {PRIMAL.name: primal, EXCESS.name: primal - self.points().value.min()}

    def at(self, xp: Namespace, rows: Array) -> Self:
        """The same problem on a minibatch, (lanes, size) numbers of examples: f without bias."""
        asked = copy.copy(self)
        for name in self.by_example:
            part = getattr(self, name)
            taken = part.at(xp, rows) if isinstance(part, Design) else xp.asarray(part)[rows]
            setattr(asked, name, taken)
        return asked

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The gradient's derivative along (u, v), by a complex step: exact up to rounding."""
        gx, gy = self.grad(xp, x + 1j * TINY * u, y + 1j * TINY * v)
        return xp.imag(gx) / TINY, xp.imag(gy) / TINY

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""
        return self.grad(xp, x, y)[0]

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""
        return self.grad(xp, x, y)[1]

    def points(self) -> Points:
        """The solution of the file; none where there is no file."""
        return self._points

    @cached_property
    def _points(self) -> Points:
        kept = self.kept
        if kept is None:
            return Points.unknown(self.dx, self.dy)
        x = np.array(kept["x"], dtype=float)
        y = np.array(kept["y"], dtype=float) if "y" in kept else self.answer(np, x)
        kinds = tuple(Kind(kind) for kind in kept["kind"])
        return Points(x, y, self.value(np, x, y), kinds, kept["complete"], kept["proof"])


def distances_where(
    xp: Namespace, known: Points, counts: Floats, x: Array, y: Array, rows: Ints | None
) -> Array:
    """Distances (lanes, m) to points where only some coordinates of y count: ``counts`` is (m, dy), 0 or 1.

    For solutions of which other coordinates of y may be anything, or nearly.
    """
    chosen = slice(None) if rows is None else rows
    gap_x = x[:, None, :] - xp.asarray(known.x[chosen])
    gap_y = xp.asarray(counts[chosen]) * (y[:, None, :] - xp.asarray(known.y[chosen]))
    return xp.sqrt(square(xp, gap_x) + square(xp, gap_y))


def square_sum(xp: Namespace, a: Array) -> Array:
    """The sum of squares over the last axis, analytic: no absolute values."""
    return xp.sum(a * a, axis=-1)


def unit(floats: Floats, low: float, high: float) -> Floats:
    """Draws of a start region brought to the unit interval."""
    return (floats - low) / (high - low)
