"""Rosenbrock's valley for both players, coupled at the solution."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import About, Kind, Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.coupled import Coupled
from minmaxbench.problems.linear import Spectral
from minmaxbench.problems.registry import register

ABOUT = About(
    title="Rosenbrock saddle R(x) - R(y) + (x - 1).(y - 1)",
    source="own construction; black-box minimax papers use Rosenbrock-type terms",
    classes=("nonconvex-nonconcave", "ill-conditioned"),
    note="R(t) = sum of 100 (t_{i+1} - t_i^2)^2 + (1 - t_i)^2.",
    confidence="own",
)


class Rosenbrock:
    """sum of 100 (t_{i+1} - t_i^2)^2 + (1 - t_i)^2."""

    def value(self, xp: Namespace, t: Array) -> Array:
        """The sum."""
        a = t[..., :-1]
        gap = t[..., 1:] - a * a
        return xp.sum(100 * gap * gap + (1 - a) ** 2, axis=-1)

    def slope(self, xp: Namespace, t: Array) -> Array:
        """-400 t_i gap_i - 2 (1 - t_i), and 200 gap_i in the next coordinate."""
        a, zero = t[..., :-1], 0 * t[..., :1]
        gap = t[..., 1:] - a * a
        first = xp.concat([-400 * a * gap - 2 * (1 - a), zero], axis=-1)
        return first + xp.concat([zero, 200 * gap], axis=-1)

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """The tridiagonal Hessian times u."""
        a, zero, v = t[..., :-1], 0 * t[..., :1], u[..., :-1]
        gap = t[..., 1:] - a * a
        turn = u[..., 1:] - 2 * a * v
        first = xp.concat([-400 * (v * gap + a * turn) + 2 * v, zero], axis=-1)
        return first + xp.concat([zero, 200 * turn], axis=-1)

    def curvature(self, reach: float, d: int) -> tuple[float, float]:
        """By Gershgorin's discs: 1200 t_i^2 - 400 t_{i+1} + 202 and twice 400 t_i beside it."""
        beside = 800 * reach
        return -400 * reach + 2 - beside, 1200 * reach**2 + 400 * reach + 202 + beside


@register("rosenbrock_saddle_d", ABOUT, square=True)
def rosenbrock(dx: int, dy: int) -> Problem:
    """(x - 1).(y - 1) = x.y - sum x - sum y + d."""
    if dx < 2:
        raise UserError(f"rosenbrock_saddle_d needs d >= 2; it was asked for at d = {dx}.")
    one = np.ones(dx)
    return Coupled(
        "rosenbrock_saddle_d",
        ABOUT,
        dx,
        dy,
        Rosenbrock(),
        Spectral(dx, dy, one),
        Rosenbrock(),
        Kind.NASH,
        p=-one,
        q=one,
        constant=float(dx),
        solution=(one, one),
        proof="closed form: both valleys end there; other stationary points are not listed",
        complete=False,
    )
