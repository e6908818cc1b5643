"""Example 6.8 of Nie, Yang and Zhou in any dimension: quartic, with cubic couplings of all pairs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.constants import Constant, How, block_norm
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.problems.registry import register

ABOUT = About(
    title="Nie, Yang, Zhou 6.8: sum of x_i^4 - y_i^4 + x_i + y_i, plus x_i^3 y_j^3 for i != j",
    source="Nie, Yang, Zhou. The Saddle Point Problem of Polynomials. Foundations of Computational "
    "Mathematics 22, 2022 (d = 3)",
    classes=("nonconvex-nonconcave",),
    region=(-1.0, 1.0),
    confidence="high",
)


@register("nie_68_d", ABOUT, square=True, default=(3, 3))
@dataclass(frozen=True, eq=False)
class Nie68(Problem):
    """f = sum_i x_i^4 - y_i^4 + x_i + y_i, plus (sum x^3)(sum y^3) - sum x_i^3 y_i^3."""

    dx: int
    dy: int

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        p, q = x**3, y**3
        own = xp.sum(x * (p + 1) - y * (q - 1), axis=-1)
        return own + xp.sum(p, axis=-1) * xp.sum(q, axis=-1) - xp.sum(p * q, axis=-1)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """4 x^3 + 1 + 3 x^2 (sum y^3 - y^3)."""
        return 4 * x**3 + 1 + 3 * x * x * self._others(xp, y**3)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """1 - 4 y^3 + 3 y^2 (sum x^3 - x^3)."""
        return 1 - 4 * y**3 + 3 * y * y * self._others(xp, x**3)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""
        a, b = x * x, y * y
        hx = (12 * a + 6 * x * self._others(xp, y * b)) * u
        hy = (6 * y * self._others(xp, x * a) - 12 * b) * v
        return hx + 9 * a * self._others(xp, b * v), hy + 9 * b * self._others(xp, a * u)

    def _others(self, xp: Namespace, t: Array) -> Array:
        """The sum of all coordinates but the own one."""
        return xp.sum(t, axis=-1, keepdims=True) - t

    def known_constants(self) -> dict[str, Constant]:
        """L from the entries of the Hessian, where no |t| is more than r; b from t^4 + t, between
        -3/4^(4/3) and r^4 + r, and the products, none more than r^6.
        """
        d, r = self.dx, max(map(abs, self.about.region))
        others = 6 * (d - 1) * r**4
        own = -others, 12 * r**2 + others
        found = {
            "L": block_norm(own, 9 * (d - 1) * r**4, own),
            "b": d * (r**4 + r + 3 / 4 ** (4 / 3)) + d * (d - 1) * r**6,
        }
        return {name: Constant(c, How.CLOSED) for name, c in found.items()}

    def points(self) -> Points:
        """The symmetric one: x = a 1, y = c 1."""
        return self._points

    @cached_property
    def _points(self) -> Points:
        a, c = self._symmetric()
        x, y = np.full((1, self.dx), a), np.full((1, self.dy), c)
        return Points(
            x,
            y,
            self.value(np, x, y),
            (Kind.NASH,),
            complete=False,
            proof="Newton's method in two numbers; f_xx and -f_yy are diagonal and positive there, by the "
            "equations themselves",
        )

    def _symmetric(self) -> tuple[float, float]:
        """The root of 4 a^3 + 1 + k a^2 c^3 and 1 - 4 c^3 + k c^2 a^3 with a < 0 < c, k = 3 (d - 1)."""
        k = 3.0 * (self.dx - 1)
        z: Floats = np.array([-0.7, 0.5]) / max(1.0, k / 6) ** 0.2
        for _ in range(200):
            a, c = z
            f = np.array([4 * a**3 + 1 + k * a * a * c**3, 1 - 4 * c**3 + k * c * c * a**3])
            mixed = 3 * k * a * a * c * c
            j = np.array(
                [[12 * a * a + 2 * k * a * c**3, mixed], [mixed, -12 * c * c + 2 * k * c * a**3]]
            )
            step = np.linalg.solve(j, f)
            z = z - step * min(1.0, 0.2 * abs(a) / max(abs(step[0]), 1e-300))
        return float(z[0]), float(z[1])
