"""Instances: a problem shifted, rotated and rescaled, as COCO does, within x and within y.

x' = a + s R x and y' = b + s T y, with f' (x', y') = f(x, y): sets, starts and stationary points
move along exactly. Nobody wins by starting near the origin or by following the axes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace
from minmaxbench.core.calls import Call
from minmaxbench.core.constants import Constant, scaled, swapped
from minmaxbench.core.problem import Kind, Points, Problem
from minmaxbench.core.sets import Set
from minmaxbench.core.stochastic import Stochastic
from minmaxbench.errors import UserError
from minmaxbench.problems.transforms.rotations import Rotation, generator


@dataclass(frozen=True, eq=False)
class Similarity:
    """z' = shift + scale R z, in one player's space."""

    rotation: Rotation
    scale: float
    shift: Floats

    def forth(self, xp: Namespace, z: Array) -> Array:
        """From the problem's coordinates to the instance's."""
        return xp.asarray(self.shift) + self.scale * self.rotation.apply(xp, z)

    def back(self, xp: Namespace, z: Array) -> Array:
        """From the instance's coordinates to the problem's."""
        return self.rotation.transpose(xp, (z - xp.asarray(self.shift)) / self.scale)


@dataclass(frozen=True, eq=False)
class MovedSet(Set):
    """The image of a set; a similarity carries projections along."""

    base: Set
    map: Similarity

    def __post_init__(self) -> None:
        object.__setattr__(self, "constrained", self.base.constrained)

    def project(self, xp: Namespace, z: Array) -> Array:
        """Project in the problem's coordinates."""
        if not self.base.constrained:
            return z
        return self.map.forth(xp, self.base.project(xp, self.map.back(xp, z)))

    def describe(self, variable: str) -> str:
        """The base set, moved."""
        return f"{self.base.describe(variable)}, moved"

    def difference(self, xp: Namespace, a: Array, b: Array) -> Array:
        """The difference in the problem's coordinates, turned and scaled."""
        m = self.map
        gap = self.base.difference(xp, m.back(xp, a), m.back(xp, b))
        return m.scale * m.rotation.apply(xp, gap)


@dataclass(frozen=True, eq=False)
class Moved(Problem):
    """A problem in moved coordinates."""

    base: Problem
    x_map: Similarity
    y_map: Similarity
    instance: int

    def __post_init__(self) -> None:
        base, about = self.base, self.base.about
        self._state(
            name=base.name,
            dx=base.dx,
            dy=base.dy,
            x_set=MovedSet(base.x_set, self.x_map),
            y_set=MovedSet(base.y_set, self.y_map),
            about=replace(about, smoothness=about.smoothness / self.x_map.scale**2),
            metrics=base.metrics,
        )

    @property
    def offers(self) -> frozenset[Call]:
        """As the base."""
        return self.base.offers

    def _back(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        return self.x_map.back(xp, x), self.y_map.back(xp, y)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f at the same point."""
        return self.base.value(xp, *self._back(xp, x, y))

    def known_constants(self) -> dict[str, Constant]:
        """The base's, stretched."""
        return scaled(self.base.known_constants(), self.x_map.scale)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Gradients turn with the space and shrink as it grows."""
        gx, gy = self.base.grad(xp, *self._back(xp, x, y))
        mx, my = self.x_map, self.y_map
        return mx.rotation.apply(xp, gx) / mx.scale, my.rotation.apply(xp, gy) / my.scale

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""
        gx, m = self.base.grad_x(xp, *self._back(xp, x, y)), self.x_map
        return m.rotation.apply(xp, gx) / m.scale

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""
        gy, m = self.base.grad_y(xp, *self._back(xp, x, y)), self.y_map
        return m.rotation.apply(xp, gy) / m.scale

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian between the motions."""
        mx, my = self.x_map, self.y_map
        along = mx.rotation.transpose(xp, u) / mx.scale, my.rotation.transpose(xp, v) / my.scale
        hx, hy = self.base.hvp(xp, *self._back(xp, x, y), *along)
        return mx.rotation.apply(xp, hx) / mx.scale, my.rotation.apply(xp, hy) / my.scale

    def points(self) -> Points:
        """The base's points, moved."""
        known = self.base.points()
        return replace(known, x=self.x_map.forth(np, known.x), y=self.y_map.forth(np, known.y))

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """The base's distances times the scale, which both players share."""
        return self.x_map.scale * self.base.distances(xp, *self._back(xp, x, y), rows)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """In the base's coordinates."""
        return self.base.measure(*self._back(np, x, y))

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Starts move along."""
        x, y = self.base.place(x, y)
        return self.x_map.forth(np, x), self.y_map.forth(np, y)


SWAPPED_KINDS = {Kind.MINIMAX: Kind.MAXIMIN, Kind.MAXIMIN: Kind.MINIMAX}


@dataclass(frozen=True, eq=False)
class Swapped(Problem):
    """The players' roles exchanged: min over u = y, max over v = x of -f."""

    base: Problem

    def __post_init__(self) -> None:
        base, about = self.base, self.base.about
        self._state(
            name=base.name,
            dx=base.dy,
            dy=base.dx,
            x_set=base.y_set,
            y_set=base.x_set,
            about=replace(
                about,
                bounds=(-about.bounds[1], -about.bounds[0]),
                starts=tuple((y, x) for x, y in about.starts),
            ),
            instance=-base.instance,
            metrics=base.metrics,
        )

    @property
    def offers(self) -> frozenset[Call]:
        """As the base."""
        return self.base.offers

    def known_constants(self) -> dict[str, Constant]:
        """The base's, with the players exchanged."""
        return swapped(self.base.known_constants())

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """-f(y, x)."""
        return -self.base.value(xp, y, x)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        gy, gx = self.base.grad(xp, y, x)
        return -gx, -gy

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""
        return -self.base.grad_y(xp, y, x)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""
        return -self.base.grad_x(xp, y, x)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""
        hy, hx = self.base.hvp(xp, y, x, v, u)
        return -hx, -hy

    def points(self) -> Points:
        """The base's points: Nash stays Nash, minimax and maximin change places.

        A degenerate one is left degenerate.
        """
        known = self.base.points()
        kinds = tuple(SWAPPED_KINDS.get(kind, kind) for kind in known.kind)
        return replace(known, x=known.y, y=known.x, value=-known.value, kind=kinds)

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """As the base."""
        return self.base.distances(xp, y, x, rows)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """Of the base's players."""
        return self.base.measure(y, x)

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """As the base."""
        y, x = self.base.place(y, x)
        return x, y


def get_instance(problem: Problem, number: int) -> Problem:
    """Instance ``number`` of a problem: 0 is the problem itself, -k is instance k with roles exchanged.

    Scale (in [1/2, 2]), rotations and shifts (up to a fifth of the start region) are drawn from
    the problem's name, its dimensions and the number.
    """
    if number == 0:
        return problem
    if isinstance(problem, Stochastic) or not problem.zero_sum:
        raise UserError(
            f"{problem.name} has no instances: it draws minibatches, or its players have losses of "
            "their own."
        )
    rng = generator(problem.name, problem.dx, problem.dy, abs(number))
    scale = float(2 ** rng.uniform(-1, 1))
    reach = 0.2 * (problem.about.region[1] - problem.about.region[0])
    x_map, y_map = (
        Similarity(Rotation.draw(d, rng), scale, reach * rng.uniform(-1, 1, d))
        for d in (problem.dx, problem.dy)
    )
    moved = Moved(problem, x_map, y_map, abs(number))
    return moved if number > 0 else Swapped(moved)
