"""A sum of squares that both players shape: convex in both, so that only the border answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minmaxbench.core.arrays import Array, Ints, Namespace, square
from minmaxbench.core.constants import Constant, How
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.core.sets import Box
from minmaxbench.problems.registry import register

SPHERE = About(
    title="worst-case robust sphere |x + y|^2, x in [-10, 10]^d, y in [-2, 2]^d",
    source="Al-Dujaili, Srikant, Hemberg, O'Reilly. LeGO 2018, after Kruisselbrink et al. 2010",
    classes=("quadratic", "convex-convex", "boxed", "negative-control", "degenerate"),
    region=(-10.0, 10.0),
    smoothness=4.0,
    confidence="high",
    note="The global minimax points x = 0, |y_i| = 2, of value 4d, are not stationary; what is, x = -y, "
    "is worst for y.",
)
F4 = About(
    title="Miyagi f4: |x|^2/2 + x.y + |y|^2/2 on [-3, 3]^d",
    source="Miyagi, Miyauchi, Maki, Fukuchi, Sakuma, Akimoto. Covariance Matrix Adaptation Evolution "
    "Strategy for black-box min-max optimisation. GECCO 2022, TELO 2023",
    classes=("quadratic", "convex-convex", "boxed", "negative-control", "degenerate"),
    region=(-3.0, 3.0),
    smoothness=2.0,
    confidence="high",
    note="The global minimax points x = 0, |y_i| = 3, of value 9d/2, are not stationary; what is, x = -y, "
    "is worst for y.",
)


@dataclass(frozen=True, eq=False)
class SquaredSum(Problem):
    """weight |x + y|^2 on boxes."""

    name: str
    about: About
    dx: int
    dy: int
    weight: float
    x_set: Box
    y_set: Box

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        return self.weight * xp.sum((x + y) ** 2, axis=-1)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """2 weight (x + y)."""
        return 2 * self.weight * (x + y)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """2 weight (x + y)."""
        return self.grad_x(xp, x, y)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """2 weight (u + v), for both."""
        along = 2 * self.weight * (u + v)
        return along, along

    def known_constants(self) -> dict[str, Constant]:
        """Convex in x as in y; |x + y| is largest in a corner."""
        sides = (float(np.abs([s.lower, s.upper]).max()) for s in (self.x_set, self.y_set))
        found = {
            "L": 4 * self.weight,
            "mu_x": 2 * self.weight,
            "b": self.weight * self.dx * sum(sides) ** 2,
        }
        return {name: Constant(c, How.CLOSED) for name, c in found.items()}

    def points(self) -> Points:
        """The origin, for all the points x = -y."""
        zero = np.zeros((1, self.dx))
        return Points(
            zero, zero, np.zeros(1), (Kind.NEITHER,), complete=True, proof="closed form: x = -y"
        )

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """To all points x = -y of the boxes."""
        t = self.y_set.project(xp, (y - x) / 2)
        distance = xp.sqrt(square(xp, x + t) + square(xp, y - t))[:, None]
        return distance if rows is None else distance[:, rows]


@register("robust_sphere_d", SPHERE, square=True)
def robust_sphere(dx: int, dy: int) -> Problem:
    """Five times as much room for x."""
    boxes = Box(-10.0, 10.0), Box(-2.0, 2.0)
    return SquaredSum("robust_sphere_d", SPHERE, dx, dy, 1.0, *boxes)


@register("miyagi_f4_d", F4, square=True, default=(20, 20))
def f4(dx: int, dy: int) -> Problem:
    """The same room for both."""
    return SquaredSum("miyagi_f4_d", F4, dx, dy, 0.5, Box(-3.0, 3.0), Box(-3.0, 3.0))
