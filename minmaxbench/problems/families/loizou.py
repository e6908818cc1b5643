"""A game that is nonmonotone, but so bilinear that its Hamiltonian has one minimum."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import About, Kind, Problem
from minmaxbench.problems.coupled import Coupled
from minmaxbench.problems.linear import Spectral
from minmaxbench.problems.registry import register

ABOUT = About(
    title="sufficiently bilinear game: the mean of F(x_i) + 4 x_i y_i - F(y_i)",
    source="Loizou, Berard, Jolicoeur-Martineau, Vincent, Lacoste-Julien, Mitliagkas. Stochastic "
    "Hamiltonian Gradient Methods for Smooth Games. ICML 2020; Abernethy, Lai, Wibisono. "
    "arXiv:1906.02027",
    classes=("nonconvex-nonconcave", "lift"),
    region=(-14.0, 14.0),
    note="F(t) is -3 (t + pi/2) up to -pi/2, -3 cos t up to pi/2, and 2t - pi - cos t beyond. The authors "
    "start from N(0, 64 I).",
    confidence="high",
)


@dataclass(frozen=True)
class Bowl:
    """The mean of F(t_i): linear on the left, a cosine in the middle, rising waves on the right."""

    def _choose(self, xp: Namespace, t: Array, left: Array, middle: Array, right: Array) -> Array:
        half = math.pi / 2
        return xp.where(t < -half, left, xp.where(t > half, right, middle)) / t.shape[-1]

    def value(self, xp: Namespace, t: Array) -> Array:
        """The mean."""
        c = xp.cos(t)
        far = self._choose(xp, t, -3 * (t + math.pi / 2), -3 * c, 2 * t - math.pi - c)
        return xp.sum(far, axis=-1)

    def slope(self, xp: Namespace, t: Array) -> Array:
        """-3, 3 sin t, or 2 + sin t."""
        s = xp.sin(t)
        return self._choose(xp, t, 0 * t - 3, 3 * s, 2 + s)

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """0, 3 cos t or cos t, times u."""
        c = xp.cos(t)
        return self._choose(xp, t, 0 * t, 3 * c, c) * u

    def curvature(self, reach: float, d: int) -> tuple[float, float]:
        """From -1/d in the waves to 3/d at the origin."""
        return -1 / d, 3 / d


@register("loizou_nonmonotone_d", ABOUT, square=True)
def loizou(dx: int, dy: int) -> Problem:
    """|F'| <= 3 holds a stationary point within 3/4 of the origin, where x = 3/4 sin y, y = -3/4 sin x."""
    return Coupled(
        "loizou_nonmonotone_d",
        replace(ABOUT, smoothness=(2 + math.sqrt(17.0)) / dx),
        dx,
        dy,
        Bowl(),
        Spectral(dx, dy, np.full(dx, 4 / dx)),
        Bowl(),
        Kind.NASH,
        proof="closed form: 4 x_i = F'(y_i) and 4 y_i = -F'(x_i) have no other solution",
    )
