"""Games of a few variables, everything derived from the formula."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, dot, norm
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.core.sets import Set, Simplex, Torus, as_set, check_dimension
from minmaxbench.problems.formula import Formula, formula
from minmaxbench.problems.registry import Entry, add

Side = tuple[tuple[float, ...], tuple[float, ...]]
"""A point of both players: x, y."""


@dataclass(frozen=True)
class Known:
    """A stationary point that is known, or a whole segment of them."""

    x: tuple[float, ...]
    y: tuple[float, ...]
    kind: Kind
    line: tuple[Side, Side] | None = None
    """The ends of a segment through the point of which all points are alike."""


@dataclass(frozen=True, eq=False)
class Game(Problem):
    """A function of a few variables of each player, given by its formula."""

    name: str
    text: str
    dx: int
    dy: int
    x_set: Set
    y_set: Set
    about: About
    known: tuple[Known, ...] = ()
    complete: bool = False
    proof: str = ""

    @property
    def formula(self) -> Formula:
        """The formula, with its derivatives."""
        return formula(self.text, self.dx, self.dy)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        return self.formula.evaluate("value", xp, *_columns(x, y))[0]

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients, sharing subexpressions."""
        return self._split(xp, self.formula.evaluate("grad", xp, *_columns(x, y)))

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""
        return xp.stack(self.formula.evaluate("grad_x", xp, *_columns(x, y)), axis=-1)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""
        return xp.stack(self.formula.evaluate("grad_y", xp, *_columns(x, y)), axis=-1)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""
        return self._split(xp, self.formula.evaluate("hvp", xp, *_columns(x, y, u, v)))

    def _split(self, xp: Namespace, columns: tuple[Array, ...]) -> tuple[Array, Array]:
        return xp.stack(columns[: self.dx], axis=-1), xp.stack(columns[self.dx :], axis=-1)

    def points(self) -> Points:
        """Those of the declaration."""
        return self._points

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Draws from the unit cube spread evenly over a simplex."""
        if isinstance(self.x_set, Simplex):
            x = self.x_set.spread(x)
        if isinstance(self.y_set, Simplex):
            y = self.y_set.spread(y)
        return x, y

    @cached_property
    def _points(self) -> Points:
        x = np.array([point.x for point in self.known], dtype=float).reshape(-1, self.dx)
        y = np.array([point.y for point in self.known], dtype=float).reshape(-1, self.dy)
        kinds = tuple(point.kind for point in self.known)
        value: Floats = self.value(np, x, y) if kinds else np.zeros(0)
        return Points(x, y, value, kinds, self.complete, self.proof or "none known")

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """To the points, and to all of a segment where there is one."""
        known = self.known if rows is None else [self.known[k] for k in rows]
        if not any(point.line for point in known):
            return super().distances(xp, x, y, rows)
        columns = []
        for point in known:
            a, b = point.line or ((point.x, point.y), (point.x, point.y))
            ends = a, (np.subtract(b[0], a[0]), np.subtract(b[1], a[1]))
            # Its length as a number: arrays of the compiled engine have no values yet.
            length = sum(float(c) ** 2 for part in ends[1] for c in part)
            start, way = (xp.asarray([*end[0], *end[1]], dtype=x.dtype) for end in ends)
            gap = xp.concat([x, y], axis=-1) - start
            part = xp.clip(dot(xp, gap, way) / (length or 1.0), 0.0, 1.0)
            columns.append(norm(xp, gap - part * way))
        return xp.stack(columns, axis=-1)


def _columns(*arrays: Array) -> list[Array]:
    """The variables of all arrays, one after the other."""
    return [a[..., k] for a in arrays for k in range(a.shape[-1])]


def game(
    name: str,
    *,
    formula: str,
    dx: int,
    dy: int,
    x: Set | tuple[float, float] | None = None,
    y: Set | tuple[float, float] | None = None,
    title: str = "",
    source: str = "",
    classes: tuple[str, ...] = (),
    region: tuple[float, float] = (-2.0, 2.0),
    points: tuple[Known, ...] = (),
    complete: bool = False,
    proof: str = "",
    bounds: tuple[float, float] = (-np.inf, np.inf),
    smoothness: float = np.inf,
    note: str = "",
    confidence: str = "",
) -> Game:
    """Declare and register a game: min over x1, x2, ..., max over y1, y2, ... of ``formula``.

    Its words are those of :func:`planar`. ``points`` are the stationary points that are known,
    ``proof`` how, and ``complete`` whether they are all there are in the start region.
    """
    x_set, y_set = as_set(x, f"The set of x of '{name}'"), as_set(y, f"The set of y of '{name}'")
    check_dimension(x_set, dx, f"The set of x of '{name}'")
    check_dimension(y_set, dy, f"The set of y of '{name}'")
    about = About(
        title,
        source,
        classes,
        region,
        bounds=bounds,
        smoothness=smoothness,
        note=note,
        confidence=confidence,
    )
    mine = Game(name, formula, dx, dy, x_set, y_set, about, points, complete, proof)
    add(Entry(name, about, lambda dx, dy: mine, fixed=(mine.dx, mine.dy), default=(dx, dy)))
    return mine


ANGLES = Torus(2 * math.pi)
"""Of points (sin a cos b, sin a sin b, cos a) of the sphere; each is met twice, at (-a, b + pi) again."""


def on_spheres(formula: str) -> str:
    """A formula of x1 to x3 and y1 to y3 on unit spheres, in angles x1, x2 and y1, y2."""
    parts = ("sin({0}1)*cos({0}2)", "sin({0}1)*sin({0}2)", "cos({0}1)")
    angles = {f"{v}{k + 1}": f"({part.format(v)})" for v in "xy" for k, part in enumerate(parts)}
    return re.sub(r"\b[xy][123]\b", lambda found: angles[found[0]], formula)
