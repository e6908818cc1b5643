"""Saddle Ackley: bounded, multimodal, with a kink at its solution."""

from __future__ import annotations

import math

import numpy as np

from minmaxbench.core.arrays import Array, Namespace, dot
from minmaxbench.core.problem import About, Kind, Problem
from minmaxbench.problems.coupled import Coupled
from minmaxbench.problems.linear import Spectral
from minmaxbench.problems.registry import register

ABOUT = About(
    title="saddle Ackley: Ack(x) - Ack(y)",
    source="Huang, Qiu, Riedl. Consensus-Based Optimization for Saddle Point Problems. SICON 2024",
    classes=("nonconvex-nonconcave", "separable", "multimodal", "bounded", "nonsmooth"),
    region=(-3.0, 3.0),
    starts=((3.0, 3.0),),
    bounds=(-20 - math.e + math.exp(-1), 20 + math.e - math.exp(-1)),
    note="Ack(t) = 20 + e - 20 exp(-0.2 |t|/sqrt(d)) - exp(mean of cos 2 pi t_i). At the origin it has a "
    "kink; its gradient is called zero there. The authors' particles start from N(3, 2^2).",
    confidence="high",
)


class Ackley:
    """20 + e - 20 exp(-r/5) - exp(c), r = |t|/sqrt(d), c the mean of cos 2 pi t_i."""

    def _parts(self, xp: Namespace, t: Array) -> tuple[Array, Array, Array]:
        """r (one at the origin, where nothing else is finite), 20 exp(-r/5) and exp(c)."""
        d = t.shape[-1]
        square = dot(xp, t, t) / d
        r = xp.sqrt(xp.where(square == 0, 1 + square, square))
        far = 20 * xp.exp(-xp.where(square == 0, square, r) / 5)
        return r, far, xp.exp(xp.mean(xp.cos(2 * math.pi * t), axis=-1, keepdims=True))

    def value(self, xp: Namespace, t: Array) -> Array:
        """Between 0 and 20 + e - 1/e."""
        _, far, near = self._parts(xp, t)
        return (20 + math.e - far - near)[..., 0]

    def slope(self, xp: Namespace, t: Array) -> Array:
        """4 exp(-r/5) t/(r d) + exp(c) 2 pi sin(2 pi t)/d."""
        r, far, near = self._parts(xp, t)
        return (far / (5 * r) * t + 2 * math.pi * near * xp.sin(2 * math.pi * t)) / t.shape[-1]

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """The Hessian times u, away from the kink."""
        d = t.shape[-1]
        r, far, near = self._parts(xp, t)
        sine, cosine = xp.sin(2 * math.pi * t), xp.cos(2 * math.pi * t)
        along = dot(xp, t, u) / (r * d)
        cone = far / 5 * (u / r - along * t / (r * r) - along * t / (5 * r))
        wave = near * (cosine * u - sine * dot(xp, sine, u) / d)
        return (cone + 4 * math.pi**2 * wave) / d

    def curvature(self, reach: float, d: int) -> None:
        """Unbounded at the kink."""


@register("saddle_ackley_d", ABOUT)
def ackley(dx: int, dy: int) -> Problem:
    """No coupling."""
    return Coupled(
        "saddle_ackley_d",
        ABOUT,
        dx,
        dy,
        Ackley(),
        Spectral(dx, dy, np.zeros(0)),
        Ackley(),
        Kind.NASH,
        proof="closed form: the origin, the global saddle point; local ones are not listed",
        complete=False,
    )
