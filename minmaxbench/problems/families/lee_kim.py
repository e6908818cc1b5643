"""The worst case of Lee and Kim (NeurIPS 2021), on which every span method walks down a line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minmaxbench.core.arrays import Array, Ints, Namespace
from minmaxbench.core.constants import Constant, How
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.problems.registry import register

ABOUT = About(
    title="worst case for first-order methods: the sum of s(x_i - y_i), L = R = 1",
    source="Lee, Kim. Fast Extra Gradient Methods for Smooth Structured Nonconvex-Nonconcave Minimax "
    "Problems. NeurIPS 2021, Lemma 8.1 (d = 1)",
    classes=("nonconvex-nonconcave", "separable", "degenerate", "negative-control"),
    starts=((0.0, 0.0),),
    smoothness=2.0,
    note="s(t) = t|t|/2 - t between -1 and 1, constant beyond. From (0, 0) a method that moves in the "
    "span of the gradients it has seen keeps x = y, where |F|^2 = 2, for ever.",
    confidence="high",
)


@register("feg_worst_case_d", ABOUT, square=True, default=(1, 1))
@dataclass(frozen=True, eq=False)
class WorstCase(Problem):
    """sum of s(x_i - y_i), s(t) = -t + t|t|/2 for |t| <= 1, -1/2 beyond on the right, 1/2 on the left."""

    dx: int
    dy: int

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        t = x - y
        near = xp.where(t < 0, -t - t * t / 2, t * t / 2 - t)
        beyond = xp.where(t < 0, 0 * t + 0.5, 0 * t - 0.5)
        return xp.sum(xp.where((t > 1) | (t < -1), beyond, near), axis=-1)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """s' = |t| - 1, zero beyond."""
        t = x - y
        slope = xp.where(t < 0, -t, t) - 1
        return xp.where(slope > 0, 0 * slope, slope)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """-s'."""
        return -self.grad_x(xp, x, y)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The sign of t times u - v, zero beyond."""
        t = x - y
        bend = xp.where(t < 0, v - u, u - v)
        bend = xp.where((t > 1) | (t < -1), 0 * bend, bend)
        return bend, -bend

    def known_constants(self) -> dict[str, Constant]:
        """b: no |s| is more than 1/2."""
        return super().known_constants() | {"b": Constant(self.dx / 2, How.CLOSED)}

    def points(self) -> Points:
        """x - y = 2, for all the points with |x_i - y_i| >= 1 for every i."""
        one = np.ones((1, self.dx))
        return Points(
            one,
            -one,
            np.full(1, -self.dx / 2),
            (Kind.NASH,),
            complete=True,
            proof="closed form: |x_i - y_i| >= 1, where f does not change; weakly Nash inside",
        )

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """To the region where every |x_i - y_i| is at least 1: both move half of what lacks."""
        t = x - y
        lack = 1 - xp.where(t < 0, -t, t)
        lack = xp.where(lack > 0, lack, 0 * lack)
        distance = xp.sqrt(xp.sum(lack * lack, axis=-1, keepdims=True) / 2)
        return distance if rows is None else distance[:, rows]
