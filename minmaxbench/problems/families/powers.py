"""Games whose curvature grows with the distance: quartic, quadratic and quartic, cubic."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from minmaxbench.core.arrays import Array, Namespace, dot
from minmaxbench.core.problem import About, Kind, Problem
from minmaxbench.core.sets import Box
from minmaxbench.problems.coupled import Coupled, Nothing
from minmaxbench.problems.linear import Linear, Spectral, eigenvalues, symmetric
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import Rotation, generator


@dataclass(frozen=True, eq=False)
class Powers:
    """t'At/2 + (t'Ct)^2/4; without A the quartic alone."""

    four: Linear
    two: Linear | None = None

    def value(self, xp: Namespace, t: Array) -> Array:
        """t'At/2 + (t'Ct)^2/4."""
        four = xp.sum(t * self.four.apply(xp, t), axis=-1) ** 2 / 4
        if self.two is None:
            return four
        return four + xp.sum(t * self.two.apply(xp, t), axis=-1) / 2

    def slope(self, xp: Namespace, t: Array) -> Array:
        """At + (t'Ct) Ct."""
        ct = self.four.apply(xp, t)
        four = dot(xp, t, ct) * ct
        return four if self.two is None else four + self.two.apply(xp, t)

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """Au + (t'Ct) Cu + 2 (t'Cu) Ct."""
        ct, cu = self.four.apply(xp, t), self.four.apply(xp, u)
        four = dot(xp, t, ct) * cu + 2 * dot(xp, ct, u) * ct
        return four if self.two is None else four + self.two.apply(xp, u)

    def curvature(self, reach: float, d: int) -> tuple[float, float]:
        """At least A; at most A plus 3 |C|^2 |t|^2."""
        low, high = (0.0, 0.0) if self.two is None else eigenvalues(self.two)
        return low, high + 3 * self.four.norm**2 * d * reach**2


F7 = About(
    title="Miyagi f7: |x|^4/4 + x.y - |y|^4/4",
    source="Miyagi, Miyauchi, Maki, Fukuchi, Sakuma, Akimoto. Covariance Matrix Adaptation Evolution "
    "Strategy for black-box min-max optimisation. GECCO 2022, TELO 2023",
    classes=("convex-concave", "degenerate", "boxed"),
    region=(-3.0, 3.0),
    note="20 variables a player in the paper, in [-3, 3].",
    confidence="high",
)


@register("miyagi_f7_d", F7, square=True, default=(20, 20))
def f7(dx: int, dy: int) -> Problem:
    """Flat at its saddle point: gradient methods slow down, or turn round it."""
    quartic = Powers(symmetric(np.ones(dx)))
    square = Box(-3.0, 3.0)
    return Coupled(
        "miyagi_f7_d",
        F7,
        dx,
        dy,
        quartic,
        Spectral(dx, dy, np.ones(dx)),
        quartic,
        Kind.NASH,
        x_set=square,
        y_set=square,
        proof="closed form: convex-concave, and y = -|x|^2 x, x = |y|^2 y have no other solution",
    )


DSEG = About(
    title="quadratic and quartic terms, bilinear coupling; random spectra between 1 and 2",
    source="Hsieh, Iutzeler, Malick, Mertikopoulos. Explore Aggressively, Update Conservatively: "
    "Stochastic Extragradient Methods with Variable Stepsize Scaling. NeurIPS 2020",
    classes=("convex-concave",),
    note="x'Ax/2 + (x'Cx)^2/4 + x'By, minus the same in y, with rotations of their own. The source adds "
    "gradient noise of 0.1.",
    confidence="medium",
)


@register("quad_quartic_d", DSEG)
def quad_quartic(dx: int, dy: int) -> Problem:
    """Strongly convex-concave near the origin, steep far away."""
    rng = generator("quad_quartic_d", dx, dy)

    def drawn(d: int) -> Spectral:
        return symmetric(rng.uniform(1, 2, d), Rotation.draw(d, rng))

    g, h = (Powers(drawn(d), drawn(d)) for d in (dx, dy))
    turns = Rotation.draw(dx, rng), Rotation.draw(dy, rng)
    coupling = Spectral(dx, dy, rng.uniform(1, 2, min(dx, dy)), *turns)
    return Coupled(
        "quad_quartic_d", DSEG, dx, dy, g, coupling, h, Kind.NASH,
        proof="closed form: strongly convex-concave with the gradient zero at the origin",
    )  # fmt: skip


CUBIC = About(
    title="cubic saddle L |x|^3/6 + y.(Ax - b), L = 1/10, condition number 10",
    source="Alves, Pereira, Svaiter. A search-free O(1/k^(3/2)) homotopy inexact proximal-Newton "
    "extragradient algorithm. arXiv:2308.05887",
    classes=("convex-concave", "ill-conditioned"),
    note="A has the singular values exp(linspace(-ln 10, 0, d)) between random rotations, b is N(0, I/d). "
    "Made for second-order methods: its gradient is not globally Lipschitz.",
    confidence="high",
)


@dataclass(frozen=True)
class Cubic:
    """c |t|^3."""

    c: float

    def value(self, xp: Namespace, t: Array) -> Array:
        """c |t|^3."""
        return (self.c * dot(xp, t, t) * xp.sqrt(dot(xp, t, t)))[..., 0]

    def slope(self, xp: Namespace, t: Array) -> Array:
        """3 c |t| t."""
        return 3 * self.c * xp.sqrt(dot(xp, t, t)) * t

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """3 c (|t| u + (t.u) t/|t|)."""
        length = xp.sqrt(dot(xp, t, t))
        safe = xp.where(length == 0, 1 + length, length)
        return 3 * self.c * (length * u + dot(xp, t, u) / safe * t)

    def curvature(self, reach: float, d: int) -> tuple[float, float]:
        """From 0 to 6 c |t|."""
        return 0.0, 6 * self.c * math.sqrt(d) * reach


@register("cubic_saddle_d", CUBIC, square=True)
def cubic(dx: int, dy: int) -> Problem:
    """A x = b gives x, A'y = -L |x| x/2 gives y."""
    rng = generator("cubic_saddle_d", dx, dy)
    turns = Rotation.draw(dy, rng), Rotation.draw(dx, rng)
    a = Spectral(dy, dx, np.exp(np.linspace(-np.log(10.0), 0.0, dx)), *turns)
    b = rng.standard_normal(dx) / np.sqrt(dx)
    x = a.inverse(np, b)
    y = -0.05 * np.sqrt(x @ x) * a.swapped().inverse(np, x)
    return Coupled(
        "cubic_saddle_d",
        CUBIC,
        dx,
        dy,
        Cubic(0.1 / 6),
        a.swapped(),
        Nothing(),
        Kind.NASH,
        q=b,
        solution=(x, y),
        proof="closed form: x = A^{-1} b, y = -L |x| A^{-T} x/2",
    )
