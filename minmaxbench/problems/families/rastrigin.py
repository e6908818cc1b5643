"""Saddle Rastrigin, separable and coupled: a stationary point in nearly every cell of a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.constants import Constant, How
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.problems.coupled import Coupled
from minmaxbench.problems.linear import Spectral
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

    def known_constants(self) -> dict[str, Constant]:
        """b: each t_i^2 + 1.5 (1 - cos 2 pi t_i) is between 0 and 3 more than the largest t_i^2."""
        most = max(self.dx, self.dy) * (max(map(abs, self.about.region)) ** 2 + 3)
        return super().known_constants() | {"b": Constant(most, How.CLOSED)}

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


COUPLED = About(
    title="non-separable saddle Rastrigin: saddle Rastrigin minus 2 x.y",
    source=ABOUT.source,
    classes=("nonconvex-nonconcave", "multimodal"),
    region=(-3.0, 3.0),
    starts=((3.0, 3.0),),
    smoothness=4 + 6 * math.pi**2,
    note=ABOUT.note,
    confidence="high",
)


class Rastrigin:
    """sum of t_i^2 + 1.5 (1 - cos 2 pi t_i)."""

    def value(self, xp: Namespace, t: Array) -> Array:
        """The sum."""
        return xp.sum(t * t + 1.5 * (1 - xp.cos(2 * math.pi * t)), axis=-1)

    def slope(self, xp: Namespace, t: Array) -> Array:
        """2t + 3 pi sin 2 pi t."""
        return 2 * t + 3 * math.pi * xp.sin(2 * math.pi * t)

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """(2 + 6 pi^2 cos 2 pi t) u."""
        return (2 + 6 * math.pi**2 * xp.cos(2 * math.pi * t)) * u

    def curvature(self, reach: float, d: int) -> tuple[float, float]:
        """2 - 6 pi^2 to 2 + 6 pi^2, in every interval longer than one."""
        return 2 - 6 * math.pi**2, 2 + 6 * math.pi**2


@register("nonsep_rastrigin_d", COUPLED, square=True)
def nonseparable(dx: int, dy: int) -> Problem:
    """Each x_i is coupled with y_i."""
    return Coupled(
        "nonsep_rastrigin_d",
        COUPLED,
        dx,
        dy,
        Rastrigin(),
        Spectral(dx, dy, np.full(dx, -2.0)),
        Rastrigin(),
        Kind.NASH,
        proof="closed form: the origin; other local ones are not listed",
        complete=False,
    )
