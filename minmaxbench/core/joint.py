"""Several problems of one shape as one: they stand side by side, each with lanes of its own.

What a step costs beside the gradients, most of all where few lanes advance, is then paid once for
all of them. Each problem still sees its own lanes alone, and so gives the same bits as by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace
from minmaxbench.core.problem import Problem
from minmaxbench.core.sets import Box, Set, Space


class Joint(Problem):
    """Problems of the same dimensions; the lanes of each follow those of the one before.

    It is for the oracle alone: it has no points, and what is recorded of its lanes is measured on
    the problems themselves.
    """

    name = "several problems"

    def __init__(self, problems: Sequence[Problem], counts: Sequence[int]) -> None:
        """``counts`` says how many lanes each problem has; it may be none."""
        self.dx, self.dy = problems[0].dx, problems[0].dy
        self.problems = tuple(problems)
        self.borders = np.concatenate([[0], np.cumsum(counts)])
        """The first lane of each problem, and the number of all lanes."""
        ends = self.borders.tolist()
        self._parts = [
            (problem, slice(a, b))
            for problem, a, b in zip(problems, ends, ends[1:], strict=False)
            if a < b
        ]
        self._methods: dict[str, list[tuple[Callable[..., Any], slice]]] = {}
        x_sets = [(problem.x_set, rows) for problem, rows in self._parts]
        y_sets = [(problem.y_set, rows) for problem, rows in self._parts]
        self.x_set, self.y_set = _side_by_side(x_sets, self.dx), _side_by_side(y_sets, self.dy)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f of each lane's problem."""
        return self._one("value", np.empty(len(x)), xp, x, y)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients of each lane's problem."""
        return self._two("grad", xp, x, y)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x of each lane's problem."""
        return self._one("grad_x", np.empty_like(x), xp, x, y)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y of each lane's problem."""
        return self._one("grad_y", np.empty_like(y), xp, x, y)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian of each lane's problem times (u, v)."""
        return self._two("hvp", xp, x, y, u, v)

    def select(self, lanes: Ints) -> Joint:
        """The same problems for some of the lanes, in order."""
        counts = np.diff(np.searchsorted(lanes, self.borders)).tolist()
        return Joint(self.problems, counts)

    def _one(self, what: str, room: Array, xp: Namespace, *arrays: Array) -> Array:
        """An array filled with what each problem answers for its lanes."""
        for answer, rows in self._answers(what):
            room[rows] = answer(xp, *[array[rows] for array in arrays])
        return room

    def _two(self, what: str, xp: Namespace, *arrays: Array) -> tuple[Array, Array]:
        """The same for two arrays, like the first two that are given."""
        first, second = np.empty_like(arrays[0]), np.empty_like(arrays[1])
        for answer, rows in self._answers(what):
            first[rows], second[rows] = answer(xp, *[array[rows] for array in arrays])
        return first, second

    def _answers(self, what: str) -> list[tuple[Callable[..., Any], slice]]:
        known = self._methods.get(what)
        if known is None:
            known = [(problem.function(what), rows) for problem, rows in self._parts]
            self._methods[what] = known
        return known


Parts = Sequence[tuple[Set, slice]]


@dataclass(frozen=True)
class _SideBySide(Set):
    """Each lane's own set."""

    parts: Parts

    def __post_init__(self) -> None:
        object.__setattr__(self, "constrained", any(part.constrained for part, _ in self.parts))

    def project(self, xp: Namespace, z: Array) -> Array:
        """Project each lane onto its set."""
        result = np.empty_like(z)
        for part, rows in self.parts:
            result[rows] = part.project(xp, z[rows])
        return result

    def describe(self, variable: str) -> str:
        """In a word."""
        return f"{variable} in several sets"


@dataclass(frozen=True)
class _Boxes(_SideBySide):
    """Boxes alone: their bounds are columns, and one call clips all lanes."""

    lower: Floats
    upper: Floats

    def project(self, xp: Namespace, z: Array) -> Array:
        """Clip every coordinate."""
        return xp.clip(z, self.lower, self.upper)


def _side_by_side(parts: Parts, d: int) -> Set:
    if not any(part.constrained for part, _ in parts):
        return Space()
    if all(isinstance(part, Box) for part, _ in parts):
        lower, upper = (
            np.concatenate([_rows(getattr(part, side), rows, d) for part, rows in parts])
            for side in ("lower", "upper")
        )
        return _Boxes(parts, lower, upper)
    return _SideBySide(parts)


def _rows(bound: Any, rows: slice, d: int) -> Floats:
    row = np.asarray(bound, dtype=np.float64)
    return np.broadcast_to(row, (rows.stop - rows.start, d))
