"""Saddle Rastrigin: separable, with a stationary point in nearly every cell of a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.problems.registry import register

ABOUT = About(
    title="saddle Rastrigin: sum of x_i^2 + 1.5 (1 - cos 2 pi x_i), minus the same in y",
    source="Huang, Qiu, Riedl. Consensus-Based Optimization for Saddle Point Problems. SICON 2024",
    classes=("nonconvex-nonconcave", "separable", "multimodal"),
    region=(-3.0, 3.0),
    starts=((3.0, 3.0),),
    smoothness=2 + 6 * math.pi**2,
    note="The authors' particles start from N(3, 2^2).",
    confidence="high",
)


@register("saddle_rastrigin_d", ABOUT)
@dataclass(frozen=True, eq=False)
class SaddleRastrigin(Problem):
    """g(x) - g(y) with g(t) = sum_i t_i^2 + 1.5 (1 - cos 2 pi t_i)."""

    dx: int
    dy: int

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""

        def g(t: Array) -> Array:
            return xp.sum(t * t + 1.5 * (1 - xp.cos(2 * math.pi * t)), axis=-1)

        return g(x) - g(y)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """2x + 3 pi sin 2 pi x."""
        return 2 * x + 3 * math.pi * xp.sin(2 * math.pi * x)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """-(2y + 3 pi sin 2 pi y)."""
        return -self.grad_x(xp, y, x)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The diagonal Hessian times (u, v)."""
        turn = 6 * math.pi**2
        hx = (2 + turn * xp.cos(2 * math.pi * x)) * u
        return hx, -(2 + turn * xp.cos(2 * math.pi * y)) * v

    def points(self) -> Points:
        """The origin, the only global saddle point; the other local ones are not listed."""
        return Points(
            np.zeros((1, self.dx)),
            np.zeros((1, self.dy)),
            np.zeros(1),
            (Kind.NASH,),
            complete=False,
            proof="closed form: the global saddle point; local ones are not listed",
        )
