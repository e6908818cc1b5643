"""The largest of several quadratics, minimised."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.constants import Constant, How, block_norm
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.core.sets import Set, Simplex
from minmaxbench.errors import UserError
from minmaxbench.problems.linear import Dense
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import generator

ABOUT = About(
    title="max of quadratics: p_0 |x|^2/2 + the sum of p_i (b_i - |x - c_i|^2/2), p in the simplex",
    source="Thekumparampil, Jain, Netrapalli, Oh. Efficient Algorithms for Smooth Minimax Optimization "
    "(Prox-DIAG). NeurIPS 2019, section 6",
    classes=("nonconvex-linear", "simplex"),
    region=(-3.0, 3.0),
    note="c_i uniform in [-3, 3]^d, b_i in [1, 5]; one convex quadratic keeps the maximum bounded below. dy "
    "is the number of quadratics, at least 2. The source measures the gradient of the Moreau envelope.",
    confidence="medium",
)
STARTS, SMALL = 20, 40
"""So many starts, where both players have at most so many coordinates; larger problems list nothing."""


@register("max_of_quadratics_d", ABOUT, default=(5, 4))
@dataclass(frozen=True, eq=False)
class MaxOfQuadratics(Problem):
    """Nonsmooth and nonconvex in x where y plays best."""

    dx: int
    dy: int
    c: Dense = field(init=False)
    b: Floats = field(init=False)
    y_set: Set = field(default=Simplex(), init=False)

    def __post_init__(self) -> None:
        if self.dy < 2:
            raise UserError(
                f"max_of_quadratics_d needs dy >= 2, a convex quadratic and others; it was asked for at "
                f"dx = {self.dx}, dy = {self.dy}."
            )
        rng = generator("max_of_quadratics_d", self.dx, self.dy)
        c, b = rng.uniform(-3, 3, (self.dy - 1, self.dx)), rng.uniform(1, 5, self.dy - 1)
        # b_i - |x - c_i|^2/2 = c_i.x - |x|^2/2 + (b_i - |c_i|^2/2).
        self._state(c=Dense(c), b=b - (c * c).sum(1) / 2)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        return xp.sum(y * self.grad_y(xp, x, y), axis=-1)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The curvature of the mixture times x, and the mixed c_i."""
        return self._bent(xp, y) * x + self.c.transpose(xp, y[..., 1:])

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """All quadratics."""
        half = xp.sum(x * x, axis=-1, keepdims=True) / 2
        return xp.concat([half, self.c.apply(xp, x) - half + xp.asarray(self.b)], axis=-1)

    def _bent(self, xp: Namespace, y: Array) -> Array:
        """p_0 less the other p_i."""
        return y[..., :1] - xp.sum(y[..., 1:], axis=-1, keepdims=True)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""
        hx = self._bent(xp, y) * u + self._bent(xp, v) * x + self.c.transpose(xp, v[..., 1:])
        along = xp.sum(x * u, axis=-1, keepdims=True)
        return hx, xp.concat([along, self.c.apply(xp, u) - along], axis=-1)

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Weights are spread over the simplex."""
        low, high = self.about.region
        return x, Simplex().spread((y - low) / (high - low))

    def known_constants(self) -> dict[str, Constant]:
        """L from the quadratics' slopes; b the largest of one of them, at its centre or in a corner."""
        reach, c = max(map(abs, self.about.region)), self.c.matrix
        top = self.b + (c * c).sum(1) / 2
        corner = ((reach + np.abs(c)) ** 2).sum(1) / 2
        most = max(reach**2 * self.dx / 2, np.abs(top).max(), np.abs(top - corner).max())
        mixed = self.c.norm + math.sqrt(self.dy * self.dx) * reach
        found = {"L": block_norm((-1.0, 1.0), mixed, (0.0, 0.0)), "b": float(most)}
        return {name: Constant(c, How.CLOSED) for name, c in found.items()}

    def points(self) -> Points:
        """Local minima of the maximum, each once."""
        return self._points

    @cached_property
    def _points(self) -> Points:
        if max(self.dx, self.dy) > SMALL:
            return Points.unknown(self.dx, self.dy)
        rng = np.random.default_rng(0)
        found: list[tuple[Floats, Floats]] = []
        for start in rng.uniform(*self.about.region, (STARTS, self.dx)):
            z = self._solved(start)
            if z is not None and all(np.abs(z[0] - x).max() > 1e-6 for x, _ in found):
                found.append(z)
        found.sort(key=lambda z: float(self.grad_y(np, z[0], z[1]).max()))
        x = np.array([x for x, _ in found]).reshape(-1, self.dx)
        y = np.array([y for _, y in found]).reshape(-1, self.dy)
        kinds = (Kind.MINIMAX,) * len(found)
        proof = f"SLSQP on the maximum from {STARTS} starts, then Newton's method"
        return Points(x, y, self.value(np, x, y), kinds, complete=False, proof=proof)

    def _solved(self, start: Floats) -> tuple[Floats, Floats] | None:
        """A local minimum of the maximum from a start, with y's weights; None where none is reached."""
        from scipy.optimize import minimize

        d, dy = self.dx, self.dy
        zero = np.zeros(dy)

        def slopes(z: Floats) -> Floats:
            x = z[:d]
            rows = np.concatenate([x[None], self.c.matrix - x])
            return np.column_stack([-rows, np.ones(dy)])

        asked: dict[str, Any] = {
            "fun": lambda z: z[d],
            "jac": lambda z: np.append(np.zeros(d), 1.0),
            "x0": np.append(start, self.grad_y(np, start, zero).max()),
            "constraints": {
                "type": "ineq",
                "fun": lambda z: z[d] - self.grad_y(np, z[:d], zero),
                "jac": slopes,
            },
            "options": {"maxiter": 300, "ftol": 1e-15},
        }
        near = minimize(method="SLSQP", **asked)
        x = np.asarray(near.x[:d], dtype=float)
        pieces = self.grad_y(np, x, zero)
        held = np.flatnonzero(pieces > pieces.max() - 1e-6)
        p = np.full(len(held), 1 / len(held))
        for _ in range(30):
            y = zero.copy()
            y[held] = p
            rows = -slopes(np.append(x, 0.0))[held, :d]
            pieces = self.grad_y(np, x, y)[held]
            gaps = [self.grad_x(np, x, y), pieces[1:] - pieces[0], [p.sum() - 1]]
            top = np.column_stack([self._bent(np, y) * np.eye(d), rows.T])
            equal = np.column_stack([rows[1:] - rows[0], np.zeros((len(held) - 1, len(held)))])
            total = np.append(np.zeros(d), np.ones(len(held)))[None]
            step = np.linalg.lstsq(
                np.vstack([top, equal, total]), np.concatenate(gaps), rcond=None
            )[0]
            x, p = x - step[:d], p - step[d:]
        y = zero.copy()
        y[held] = p
        gx, gy = self.grad(np, x[None], y[None])
        if p.min() < 0 or self.residual(np, x[None], y[None], gx, gy)[0] > 1e-12:
            return None
        return x, y
