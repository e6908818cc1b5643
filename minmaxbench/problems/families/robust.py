"""Least squares against an adversary who moves the data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, square
from minmaxbench.core.constants import Constant, How
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.coupled import Coupled, Half
from minmaxbench.problems.linear import Dense, Spectral, symmetric
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import Rotation, generator

ROBUST_LS = About(
    title="robust least squares |Ax - y|^2 - 2 |y - b|^2",
    source="El Ghaoui, Lebret. Robust Solutions to Least-Squares Problems with Uncertain Data. SIAM "
    "Journal on Matrix Analysis 1997; Yang, Kiyavash, He. NeurIPS 2020",
    classes=("quadratic", "convex-concave", "two-sided-PL"),
    smoothness=math.sqrt(8.0),
    confidence="medium",
    note="A has singular values from 1/4 to 1 between random rotations, b is standard normal. Where "
    "dx > dy, distances are not counted along the kernel of A.",
)


class RobustLeastSquares(Coupled):
    """With dx > dy the solutions are an affine subspace."""

    def known_constants(self) -> dict[str, Constant]:
        """In x PL with the least curvature in the range of A'; strongly concave in y."""
        assert isinstance(self.coupling, Spectral)
        least = float((self.coupling.values**2).min()) / 2
        found = {"pl_x": Constant(least, How.CLOSED), "pl_y": Constant(2.0, How.CLOSED)}
        return super().known_constants() | found

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """To the solutions: along the kernel of A every x is one."""
        assert self.solution is not None
        assert isinstance(self.coupling, Spectral)
        gap_x, gap_y = (a - xp.asarray(b) for a, b in zip((x, y), self.solution, strict=True))
        if self.dx > self.dy:
            seen = self.coupling.swapped()
            gap_x = seen.inverse(xp, seen.apply(xp, gap_x))
        distance = xp.sqrt(square(xp, gap_x) + square(xp, gap_y))[:, None]
        return distance if rows is None else distance[:, rows]


@register("robust_least_squares_d", ROBUST_LS)
def robust_least_squares(dx: int, dy: int) -> Problem:
    """What b lacks in the range of A, the adversary doubles."""
    rng = generator("robust_least_squares_d", dx, dy)
    rank = min(dx, dy)
    values = np.geomspace(1.0, 0.25, rank)
    u, v = Rotation.draw(dy, rng), Rotation.draw(dx, rng)
    a = Spectral(dy, dx, values, u, v)
    b = rng.standard_normal(dy)
    x = a.inverse(np, b)
    squares = np.concatenate([2 * values * values, np.zeros(dx - rank)])
    return RobustLeastSquares(
        "robust_least_squares_d",
        ROBUST_LS,
        dx,
        dy,
        Half(symmetric(squares, v)),
        Spectral(dx, dy, -2 * values, v, u),
        Half(symmetric(np.full(dy, 2.0))),
        Kind.NASH,
        q=-4 * b,
        constant=-2 * float(b @ b),
        solution=(x, 2 * b - a.apply(np, x)),
        proof="closed form: linear",
    )


ROBUST_NLS = About(
    title="robust sigmoid regression: the mean of (s(a_i.x) - b_i - y_i)^2/2 - y_i^2",
    source="own construction in the spirit of robust nonlinear least squares",
    classes=("nonconvex-strongly-concave",),
    confidence="own",
    note="s is the logistic function, a_i and x0 are standard normal with |x0| = 2, b_i = s(a_i.x0); "
    "dy is the number of data, at least dx.",
)


@register("robust_nls_d", ROBUST_NLS, default=(10, 20))
@dataclass(frozen=True, eq=False)
class RobustNonlinear(Problem):
    """The truth and no perturbation is a saddle point: every residual vanishes there."""

    dx: int
    dy: int
    a: Dense = field(init=False)
    truth: Floats = field(init=False)

    def __post_init__(self) -> None:
        if self.dy < self.dx:
            raise UserError(
                f"robust_nls_d needs as many data as parameters, dy >= dx; it was asked for at "
                f"dx = {self.dx}, dy = {self.dy}."
            )
        rng = generator("robust_nls_d", self.dx, self.dy)
        truth = rng.standard_normal(self.dx)
        self._state(
            a=Dense(rng.standard_normal((self.dy, self.dx))),
            truth=2 * truth / np.sqrt((truth * truth).sum()),
        )

    def _fit(self, xp: Namespace, x: Array) -> tuple[Array, Array]:
        """Predictions s(a_i.x), and what they lack of b_i."""
        s = _logistic(xp, self.a.apply(xp, x))
        return s, s - xp.asarray(_logistic(np, self.a.apply(np, self.truth)))

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        _, gap = self._fit(xp, x)
        return xp.sum((gap - y) ** 2 / 2 - y * y, axis=-1) / self.dy

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """A'(s' (s - b - y))/n."""
        s, gap = self._fit(xp, x)
        return self.a.transpose(xp, s * (1 - s) * (gap - y)) / self.dy

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """-(s - b + y)/n."""
        return -(self._fit(xp, x)[1] + y) / self.dy

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""
        s, gap = self._fit(xp, x)
        slope = s * (1 - s)
        along = slope * self.a.apply(xp, u)
        bend = slope * (along - v) + (1 - 2 * s) * along * (gap - y)
        hx = self.a.transpose(xp, bend) / self.dy
        return hx, -(along + v) / self.dy

    def known_constants(self) -> dict[str, Constant]:
        """b: with |s - b_i| <= c_i < r no term is larger than at y_i = r, (c_i + r)^2/2 - c_i^2."""
        r = max(map(abs, self.about.region))
        label = _logistic(np, self.a.apply(np, self.truth))
        c = np.maximum(label, 1 - label)
        most = float(((c + r) ** 2 / 2 - c**2).mean())
        found = {"b": most, "mu_y": 1 / self.dy}
        return {name: Constant(c, How.CLOSED) for name, c in found.items()}

    def points(self) -> Points:
        """x = x0, y = 0."""
        zero = np.zeros((1, self.dy))
        return Points(
            self.truth[None],
            zero,
            np.zeros(1),
            (Kind.NASH,),
            complete=False,
            proof="closed form: f(x, 0) >= 0 >= f(x0, y)",
        )


def _logistic(xp: Namespace, u: Array) -> Array:
    """1/(1 + exp(-u)) without overflow."""
    return 0.5 + 0.5 * xp.tanh(0.5 * u)
