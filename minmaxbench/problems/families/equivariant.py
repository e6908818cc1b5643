"""F3 for vectors: the same b and L in every dimension, and yet every coordinate matters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace, dot
from minmaxbench.core.problem import Kind, Points, Problem
from minmaxbench.problems.registry import get_problem, register

ABOUT = replace(
    get_problem("keswani_f3").about,
    title="F3 O(d)-equivariant vector lift",
    source="own; it restricts to F3 of Keswani et al. (ICML 2022) where x and y are collinear",
    classes=("nonconvex-nonconcave", "bounded", "lift"),
    confidence="own",
    note="(4|x|^2 - |y - 3x + |x|^2 x/20|^2 - |y|^4/10) exp(-(|x|^2 + |y|^2)/100)",
)


@register("f3_equivariant_d", ABOUT, square=True)
@dataclass(frozen=True, eq=False)
class EquivariantF3(Problem):
    """f(x, y) = (4|x|^2 - |p|^2 - |y|^4/10) e, p = y - 3x + |x|^2 x/20, e = exp(-(|x|^2+|y|^2)/100).

    Starts are drawn at the kernel's length: a vector of equal coordinates c becomes c u, |u| = 1.
    """

    dx: int
    dy: int

    def _parts(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, ...]:
        n, m = dot(xp, x, x), dot(xp, y, y)
        p = y - (3 - n / 20) * x
        q = 4 * n - dot(xp, p, p) - m * m / 10
        return n, m, p, q, xp.exp(-(n + m) / 100)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        *_, q, e = self._parts(xp, x, y)
        return (q * e)[..., 0]

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        n, m, p, q, e = self._parts(xp, x, y)
        slope_x = 8 * x - 2 * ((n / 20 - 3) * p + dot(xp, x, p) / 10 * x) - q / 50 * x
        slope_y = -2 * p - (0.4 * m + q / 50) * y
        return e * slope_x, e * slope_y

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""
        return self.grad(xp, x, y)[0]

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""
        _, m, p, q, e = self._parts(xp, x, y)
        return e * (-2 * p - (0.4 * m + q / 50) * y)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The derivative of the gradients along (u, v)."""
        n, m, p, q, e = self._parts(xp, x, y)
        dn, dm = 2 * dot(xp, x, u), 2 * dot(xp, y, v)
        dp = v + (n / 20 - 3) * u + dn / 20 * x
        dq = 4 * dn - 2 * dot(xp, p, dp) - m * dm / 5
        de = -(dn + dm) / 100
        xp_ = dot(xp, x, p)
        slope_x = 8 * x - 2 * ((n / 20 - 3) * p + xp_ / 10 * x) - q / 50 * x
        slope_y = -2 * p - (0.4 * m + q / 50) * y
        bend = dn / 20 * p + (n / 20 - 3) * dp
        bend = bend + (dot(xp, u, p) + dot(xp, x, dp)) / 10 * x + xp_ / 10 * u
        turn_x = 8 * u - 2 * bend - dq / 50 * x - q / 50 * u
        turn_y = -2 * dp - 0.4 * (dm * y + m * v) - dq / 50 * y - q / 50 * v
        return e * (de * slope_x + turn_x), e * (de * slope_y + turn_y)

    def points(self) -> Points:
        """The origin, where the Hessian is the kernel's in every pair of coordinates."""
        zero = np.zeros((1, self.dx))
        return Points(
            zero,
            zero,
            np.zeros(1),
            (Kind.MINIMAX,),
            complete=False,
            proof="closed form: the origin",
        )

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Shrink to the kernel's length."""
        return x / np.sqrt(self.dx), y / np.sqrt(self.dy)
