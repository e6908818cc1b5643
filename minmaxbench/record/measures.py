"""What is measured of an iterate, uncounted: the value, the residual, how near it is to what.

Runs on several problems may be recorded as one, those of each problem in a row: then each problem
measures its own.
"""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import numpy as np

from minmaxbench.core.arrays import Bools, Floats, Ints, square
from minmaxbench.core.joint import Joint
from minmaxbench.core.problem import Problem
from minmaxbench.core.sets import Set
from minmaxbench.record.chunk import Seen
from minmaxbench.record.record import metric_columns


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
    """The measures of some runs, whatever problems they are on."""

    def __init__(self, problem: Problem, runs: int) -> None:
        """Of runs on one problem, or on the problems of a :class:`Joint`, in their order."""
        self.problem = problem
        problems = problem.problems if isinstance(problem, Joint) else (problem,)
        self.each = [OfProblem(one) for one in problems]
        self._borders = problem.borders if isinstance(problem, Joint) else np.array([0, runs])

    def parts(self, runs: Ints) -> list[tuple[OfProblem, slice]]:
        """The measures of each problem, and where its own are among ``runs``.

        Of several problems the runs are in order.
        """
        if len(self.each) == 1:
            return [(self.each[0], slice(0, len(runs)))]
        cuts = np.searchsorted(runs, self._borders).tolist()
        places = zip(self.each, cuts, cuts[1:], strict=False)
        return [(one, slice(a, b)) for one, a, b in places if a < b]

    def of(self, runs: Ints, x: Floats, y: Floats) -> dict[str, Any]:
        """Everything about one iterate of each of ``runs``, x (n, dx), y (n, dy), by name."""
        if len(self.each) == 1:
            return self.each[0].all(x, y)
        order = np.argsort(runs, kind="stable")
        x, y = x[order], y[order]
        found = [one.all(x[part], y[part]) for one, part in self.parts(runs[order])]
        back = np.argsort(order)
        return {name: np.concatenate([some[name] for some in found])[back] for name in found[0]}


class OfProblem:
    """A problem's own arithmetic at iterates, and its listed points."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.equilibria: Ints = problem.points().equilibria
        """Rows of the listed points that are equilibria."""
        self.every: Ints = np.arange(len(problem.points()))
        """Rows of all listed points."""
        self.seconds = 0.0
        """Time spent on the problem's own metrics."""
        own = type(problem).distances is not Problem.distances
        sets = (problem.x_set, problem.y_set)
        self._plain = not own and all(type(s).difference is Set.difference for s in sets)

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

    def far(self, seen: Seen, lanes: slice | Ints, rows: Ints, wanted: Floats | float) -> Bools:
        """Which of some lanes of a chunk cannot have come so close to any of some listed points.

        The distance to a set changes by no more than the iterate moves: a lane whose states lie in
        a box around the first came no closer than that one's distance less the box's diagonal.
        Never a lane with a NaN: it must be looked at.
        """
        start = self.distance(seen.chunk.x[:1, lanes], seen.chunk.y[:1, lanes], rows)[0]
        # The factor covers rounding.
        far: Bools = (start - np.sqrt(seen.moved[lanes])) * (1 - 1e-12) > wanted
        return far

    def may_meet(self, x: Floats, y: Floats, rows: Ints, wanted: Floats) -> Bools:
        """Which lanes of states (K, n, d) may have come so close: squares decide for most of them."""
        if not self._plain:
            return np.ones(x.shape[1], dtype=bool)
        known = self.problem.points()
        least = np.full(x.shape[1], np.inf)
        for row in rows:
            squares = square(np, x - known.x[row])
            squares += square(np, y - known.y[row])
            least = np.minimum(least, squares.min(0))
        may: Bools = ~(least * (1 - 1e-12) > wanted * wanted)
        return may

    def all(self, x: Floats, y: Floats) -> dict[str, Any]:
        """Everything about (n, d) iterates by name, the problem's own metrics among it."""
        return self.of(x, y)._asdict() | metric_columns(self.own(x, y))

    def of(self, x: Floats, y: Floats) -> Measured:
        """What every problem has."""
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
