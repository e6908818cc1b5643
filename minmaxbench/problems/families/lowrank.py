"""Low-rank factorisation as a game."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, square
from minmaxbench.core.constants import Constant, How, block_norm
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import generator

ABOUT = About(
    title="rank-one factorisation: <Y, uv' - M> - |Y|^2/2 over m x m matrices, x = (u, v), dx = 2m, dy = m^2",
    source="own construction: the Fenchel form of |uv' - M|^2/2; stationary points by Baldi, Hornik. Neural "
    "Networks 1989",
    classes=("nonconvex-strongly-concave", "degenerate"),
    note="M has singular values 2, 1, 1/2, ... between random orthogonal matrices. Solutions are the orbit "
    "(t u, v/t), to which distances are measured.",
    confidence="own",
)
GRID = 2.0 ** np.linspace(-20, 20, 160)
"""Where the nearest point of an orbit is looked for first, as far out as runs go; Newton does the rest."""
ROUNDS = 12


@register("lowrank_d", ABOUT, default=(6, 9))
@dataclass(frozen=True, eq=False)
class LowRank(Problem):
    """Y's best answer is uv' - M."""

    dx: int
    dy: int
    m: int = field(init=False)
    matrix: Floats = field(init=False)
    best: Floats = field(init=False)
    """(u, v) of the largest singular value, of the same length."""

    def __post_init__(self) -> None:
        m = math.isqrt(self.dy)
        if m * m != self.dy or self.dx != 2 * m:
            raise UserError(
                f"lowrank_d needs dx = 2m and dy = m^2; it was asked for at dx = {self.dx}, dy = {self.dy}."
            )
        rng = generator("lowrank_d", m)
        u, _, v = np.linalg.svd(rng.standard_normal((m, m)))
        values = 2.0 ** (1 - np.arange(m))
        best = math.sqrt(values[0]) * np.concatenate([u[:, 0], v[0]])
        self._state(m=m, matrix=(u * values) @ v, best=best)

    def _parts(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array, Array]:
        matrix = xp.reshape(y, (*y.shape[:-1], self.m, self.m))
        return x[..., : self.m, None], x[..., None, self.m :], matrix

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        u, v, matrix = self._parts(xp, x, y)
        won = matrix * (u * v - xp.asarray(self.matrix))
        return xp.sum(won, axis=(-2, -1)) - xp.sum(y * y, axis=-1) / 2

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """(Yv, Y'u)."""
        u, v, matrix = self._parts(xp, x, y)
        return xp.concat([xp.sum(matrix * v, axis=-1), xp.sum(matrix * u, axis=-2)], axis=-1)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """uv' - M - Y."""
        u, v, _ = self._parts(xp, x, y)
        return xp.reshape(u * v - xp.asarray(self.matrix), y.shape) - y

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The derivative of both gradients along (u, v)."""
        hx = self.grad_x(xp, u, y) + self.grad_x(xp, x, v)
        a, b, _ = self._parts(xp, x, y)
        da, db, _ = self._parts(xp, u, v)
        return hx, xp.reshape(a * db + da * b, y.shape) - v

    def known_constants(self) -> dict[str, Constant]:
        """L from |Y| and |x|, b as |Y| (|u| |v| + |M|) + |Y|^2/2, where all are longest."""
        reach = max(map(abs, self.about.region))
        far = reach * self.m
        found = {
            "L": block_norm((-far, far), reach * math.sqrt(self.dx), (1.0, 1.0)),
            "b": far * (reach * far + float(np.linalg.norm(self.matrix))) + far**2 / 2,
            "mu_y": 1.0,
        }
        return {name: Constant(c, How.CLOSED) for name, c in found.items()}

    def points(self) -> Points:
        """The best rank-one matrix (Eckart, Young 1936), for its orbit."""
        x = self.best[None]
        y = self.grad_y(np, x, np.zeros((1, self.dy)))
        proof = "closed form: Eckart, Young; other singular vectors are stationary, and not listed"
        return Points(x, y, self.value(np, x, y), (Kind.MINIMAX,), complete=False, proof=proof)

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """To the orbit: the nearest (t u, v/t) over t, of both signs."""
        known = self.points()
        best = xp.asarray(self.best)
        length = float((self.best[: self.m] ** 2).sum())
        a = xp.sum(x[..., : self.m] * best[: self.m], axis=-1, keepdims=True)
        b = xp.sum(x[..., self.m :] * best[self.m :], axis=-1, keepdims=True)

        def apart(t: Array) -> Array:
            """The squared distance less |x|^2, which orders the t."""
            return length * (t * t + 1 / (t * t)) - 2 * (a * t + b / t)

        def newton(t: Array) -> Array:
            """A step of Newton's method, or downhill where there is none; of half the way to zero at most."""
            slope = length * (t - t**-3) - a + b * t**-2
            convex, bend = length * (1 + 3 * t**-4), -2 * b * t**-3
            step = slope / (convex + xp.where(convex + bend > 0, bend, xp.abs(bend)))
            low, high = xp.where(t > 0, t / 2, 2 * t), xp.where(t > 0, 2 * t, t / 2)
            return xp.clip(t - step, low, high) - t

        # The slope times t^3 has at most four zeros, so there are at most two minima of either sign.
        grids = -GRID, GRID
        t = xp.concat([_lowest(xp, g, apart(xp.asarray(g))) for g in grids], axis=-1)
        share, f = xp.ones_like(t), apart(t)
        for _ in range(ROUNDS):
            moved = t + share * newton(t)
            lower = apart(moved)
            better = lower < f
            t, f = xp.where(better, moved, t), xp.where(better, lower, f)
            share = xp.where(better, 1.0, share / 4)
        nearest = xp.take_along_axis(t, xp.argmin(f, axis=-1, keepdims=True), axis=-1)
        for _ in range(2):
            # Values tell minima apart to half the digits only: slopes do the rest.
            nearest = nearest + newton(nearest)
        orbit = xp.concat([nearest * best[: self.m], best[self.m :] / nearest], axis=-1)
        gap_y = y - xp.asarray(known.y[0])
        distance = xp.sqrt(square(xp, x - orbit) + square(xp, gap_y))[:, None]
        return distance if rows is None else distance[:, rows]


def _lowest(xp: Namespace, grid: Floats, values: Array) -> Array:
    """The two lowest points of a grid that are no higher than their neighbours: (lanes, n) -> (lanes, 2).

    Where there is one alone the other is any point.
    """
    wall = xp.full_like(values[..., :1], xp.inf)
    left, right = xp.concat([wall, values], axis=-1), xp.concat([values, wall], axis=-1)
    low = (values <= left[..., :-1]) & (values <= right[..., 1:])
    values = xp.where(low, values, xp.inf)
    first = xp.argmin(values, axis=-1, keepdims=True)
    others = xp.where(xp.arange(len(grid)) == first, xp.inf, values)
    second = xp.argmin(others, axis=-1, keepdims=True)
    return xp.asarray(grid)[xp.concat([first, second], axis=-1)]
