"""Games made of smoothed absolute values."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import About, Kind, Problem
from minmaxbench.problems.coupled import Coupled, Half
from minmaxbench.problems.linear import Spectral, symmetric
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import Rotation, generator

SHARP = 10.0

SMOOTH_L1 = About(
    title="smoothed l1 saddle: the sum of log(2 + 2 cosh 10 x_i)/10, plus x'My - v.y - |y|^2/2",
    source="Hsieh, Iutzeler, Malick, Mertikopoulos. Explore Aggressively, Update Conservatively: "
    "Stochastic Extragradient Methods with Variable Stepsize Scaling. NeurIPS 2020 (code)",
    classes=("convex-concave",),
    smoothness=SHARP / 2 + 1,
    note="M has singular values from 1/4 to 1 between random rotations, and v is such that x is standard "
    "normal at the saddle point. log(2 + 2 cosh u) = log(1 + e^u) + log(1 + e^-u).",
    confidence="medium",
)


@dataclass(frozen=True)
class SoftAbs:
    """The sum of (log(1 + exp(a t)) + log(1 + exp(-a t)))/a."""

    a: float

    def value(self, xp: Namespace, t: Array) -> Array:
        """log(2 + 2 cosh u)/a: twice log(2 cosh(u/2))/a, without overflow for real u."""
        half = self.a * xp.where(t < 0, -t, t) / 2
        return xp.sum(2 * (half + xp.log1p(xp.exp(-2 * half))) / self.a, axis=-1)

    def slope(self, xp: Namespace, t: Array) -> Array:
        """tanh(a t/2)."""
        return xp.tanh(self.a * t / 2)

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """a/2 (1 - tanh(a t/2)^2) u."""
        return self.a / 2 * (1 - xp.tanh(self.a * t / 2) ** 2) * u

    def curvature(self, reach: float, d: int) -> tuple[float, float]:
        """From a/2 (1 - tanh(a r/2)^2) at the reach to a/2."""
        return self.a / 2 * (1 - math.tanh(self.a * reach / 2) ** 2), self.a / 2


@register("smooth_l1_saddle_d", SMOOTH_L1, square=True)
def smooth_l1(dx: int, dy: int) -> Problem:
    """The solution is planted: My = -tanh(5 x), v = M'x - y."""
    rng = generator("smooth_l1_saddle_d", dx, dy)
    turns = Rotation.draw(dx, rng), Rotation.draw(dy, rng)
    m = Spectral(dx, dy, np.geomspace(0.25, 1.0, dx) if dx > 1 else np.ones(1), *turns)
    x = rng.standard_normal(dx)
    y = m.inverse(np, -np.tanh(SHARP * x / 2))
    return Coupled(
        "smooth_l1_saddle_d",
        SMOOTH_L1,
        dx,
        dy,
        SoftAbs(SHARP),
        m,
        Half(symmetric(np.ones(dy))),
        Kind.NASH,
        q=m.transpose(np, x) - y,
        solution=(x, y),
        proof="closed form: planted; strictly convex, strongly concave",
    )


DELTA, NU = 1e-2, 5e-5

HUBER = About(
    title="Huber terms of width 5e-5 under a skew coupling of 1e-2",
    source="Chen, Luo. Near-Optimal Algorithms for Making the Gradient Small in Stochastic Minimax "
    "Optimization (RAIN); dimension 100 there",
    classes=("convex-concave", "ill-conditioned"),
    region=(-1.0, 1.0),
    smoothness=1.0,
    note="(1 - c) H(x) + c x.y - (1 - c) H(y), c = 1/100, H the sum of Huber's functions. Starts lie far "
    "outside the width, where only the weak coupling turns. The authors' code makes the gradient "
    "discontinuous; here it is clipped, as in the paper.",
    confidence="high",
)


@dataclass(frozen=True)
class Huber:
    """scale times the sum of t^2/2 up to the width w, w |t| - w^2/2 beyond."""

    scale: float
    width: float

    def value(self, xp: Namespace, t: Array) -> Array:
        """The sum."""
        w, size = self.width, xp.where(t < 0, -t, t)
        far = size > w
        return self.scale * xp.sum(xp.where(far, w * size - w * w / 2, t * t / 2), axis=-1)

    def slope(self, xp: Namespace, t: Array) -> Array:
        """t, cut at the width."""
        w = self.width
        return self.scale * xp.where(t > w, 0 * t + w, xp.where(t < -w, 0 * t - w, t))

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """u within the width, zero beyond."""
        far = (t > self.width) | (t < -self.width)
        return self.scale * xp.where(far, 0 * u, u)

    def curvature(self, reach: float, d: int) -> tuple[float, float]:
        """0 beyond the width, the scale within."""
        return 0.0, self.scale


@register("huber_skew_d", HUBER, square=True, default=(100, 100))
def huber(dx: int, dy: int) -> Problem:
    """Beyond the width |h| = w asks for |x| = |y| = 99 w of the wrong signs."""
    h = Huber(1 - DELTA, NU)
    return Coupled(
        "huber_skew_d",
        HUBER,
        dx,
        dy,
        h,
        Spectral(dx, dy, np.full(dx, DELTA)),
        h,
        Kind.NASH,
        proof="closed form: the origin alone",
    )
