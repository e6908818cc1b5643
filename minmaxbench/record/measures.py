"""What is measured of an iterate, uncounted: the value, the residual, how near it is to what."""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from minmaxbench.core.arrays import Bools, Floats, Ints
from minmaxbench.core.problem import Problem
from minmaxbench.record.chunk import Seen


class Measured(NamedTuple):
    """What is known of n iterates, (n,) each."""

    value: Floats
    residual: Floats
    distance: Floats
    """To the nearest equilibrium; infinite where the problem has none listed."""
    nearest: Ints
    """Row of the nearest listed stationary point of any kind, -1 where none is listed."""
    gap: Floats
    """The distance to it."""


class Measures:
    """A problem's own arithmetic at iterates, and its listed points."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.equilibria: Ints = problem.points().equilibria
        """Rows of the listed points that are equilibria."""
        self.every: Ints = np.arange(len(problem.points()))
        """Rows of all listed points."""
        self.seconds = 0.0
        """Time spent on the problem's own metrics."""

    def residual(self, x: Floats, y: Floats) -> Floats:
        """The residual of states (..., d)."""
        residual: Floats = self.problem.residual(np, x, y, *self.problem.grad(np, x, y))
        return residual

    def distance(self, x: Floats, y: Floats, rows: Ints) -> Floats:
        """The distance of states (K, L, d) to the nearest of some listed points, (K, L)."""
        flat = x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])
        distances = self.problem.distances(np, *flat, rows)
        nearest = distances[:, 0] if distances.shape[1] == 1 else distances.min(1)
        return np.asarray(nearest.reshape(x.shape[:-1]))

    def far(self, seen: Seen, rows: Ints, wanted: Floats | float) -> Bools:
        """The lanes of a chunk that cannot have come so close to any of some listed points.

        The distance to a set changes by no more than the iterate moves: a lane whose states lie in
        a box around the first came no closer than that one's distance less the box's diagonal.
        Never a lane with a NaN: it must be looked at.
        """
        start = self.distance(seen.chunk.x[:1], seen.chunk.y[:1], rows)[0]
        # The factor covers rounding.
        far: Bools = (start - np.sqrt(seen.moved)) * (1 - 1e-12) > wanted
        return far

    def of(self, x: Floats, y: Floats) -> Measured:
        """Everything about (n, d) iterates."""
        n = len(x)
        # A last column for "nothing is listed", so that there is always a least one.
        distances = np.hstack([self.problem.distances(np, x, y), np.full((n, 1), np.inf)])
        listed = distances.shape[1] > 1
        return Measured(
            value=self.problem.value(np, x, y),
            residual=self.residual(x, y),
            distance=distances[:, [*self.equilibria, -1]].min(1),
            nearest=distances[:, :-1].argmin(1) if listed else np.full(n, -1),
            gap=distances.min(1),
        )

    def own(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """The problem's own metrics of (n, d) iterates, by their names."""
        wanted = self.problem.metrics
        if not wanted:
            return {}
        began = time.perf_counter()
        found = self.problem.measure(x, y)
        self.seconds += time.perf_counter() - began
        shapes = {m.name: (len(x),) if m.size == 1 else (len(x), m.size) for m in wanted}
        got = {name: np.shape(column) for name, column in found.items()}
        if got != shapes:
            raise TypeError(
                f"measure of '{self.problem.name}' returned shapes {got}; its metrics need {shapes}"
            )
        return found
