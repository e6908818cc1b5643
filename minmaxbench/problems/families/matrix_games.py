"""Matrix games: on simplices, and seen through softmax."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, dot, square
from minmaxbench.core.constants import Constant, How
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.core.sets import Set, Simplex
from minmaxbench.errors import UserError
from minmaxbench.problems.linear import Dense
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import generator

POLICEMAN = About(
    title="policeman and burglar: y'Ax on simplices, A_ij = w_i (1 - exp(-0.8 |i - j|))",
    source="Nemirovski. Mini-Course on Convex Programming Algorithms. 2013; Boehm. Solving "
    "Nonconvex-Nonconcave Min-Max Problems exhibiting Weak Minty Solutions. arXiv:2201.12247",
    classes=("bilinear", "convex-concave", "simplex"),
    region=(0.0, 1.0),
    note="w_i = |N(0, 1)| is the wealth of house i, which the burglar y robs and x guards from house j. "
    "50 houses in the sources.",
    confidence="high",
)


@register("policeman_burglar_d", POLICEMAN, square=True, default=(50, 50))
@dataclass(frozen=True, eq=False)
class PolicemanBurglar(Problem):
    """The equilibrium is a pair of linear programs', solved when it is asked for."""

    dx: int
    dy: int
    a: Dense = field(init=False)
    x_set: Set = field(default=Simplex(), init=False)
    y_set: Set = field(default=Simplex(), init=False)

    def __post_init__(self) -> None:
        wealth = np.abs(generator("policeman_burglar_d", self.dx).standard_normal(self.dx))
        houses = np.arange(self.dx)
        gaps = np.abs(houses[:, None] - houses)
        self._state(a=Dense(wealth[:, None] * (1 - np.exp(-0.8 * gaps))))

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """y'Ax."""
        return xp.sum(y * self.a.apply(xp, x), axis=-1)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """A'y."""
        return self.a.transpose(xp, y)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """Ax."""
        return self.a.apply(xp, x)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """(A'v, Au)."""
        return self.a.transpose(xp, v), self.a.apply(xp, u)

    def known_constants(self) -> dict[str, Constant]:
        """L is the norm of A, b its largest entry."""
        largest = float(np.abs(self.a.matrix).max())
        return {"L": Constant(self.a.norm, How.CLOSED), "b": Constant(largest, How.CLOSED)}

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Spread over the simplices."""
        return Simplex().spread(x), Simplex().spread(y)

    def points(self) -> Points:
        """The equilibrium in mixed strategies."""
        return self._points

    @cached_property
    def _points(self) -> Points:
        matrix = self.a.matrix
        x, y = mixed(matrix), mixed(-matrix.T)
        return Points(
            x[None],
            y[None],
            self.value(np, x[None], y[None]),
            (Kind.NASH,),
            complete=True,
            proof="a linear program for each player, the active constraints solved again to rounding",
        )


def mixed(matrix: Floats) -> Floats:
    """The x of the simplex that minimises the largest entry of ``matrix`` times x."""
    from scipy.optimize import linprog

    rows, d = matrix.shape
    found = linprog(
        np.append(np.zeros(d), 1.0),
        A_ub=np.column_stack([matrix, -np.ones(rows)]),
        b_ub=np.zeros(rows),
        A_eq=np.append(np.ones(d), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * d + [(None, None)],
    )
    # The solver is exact to 1e-9 or so: once more for the rows that bind and the coordinates that play.
    solution: Floats = np.asarray(found.x)
    play = solution[:d] > 1e-9
    bind = matrix @ solution[:d] >= solution[d] - 1e-9
    system = np.column_stack([matrix[np.ix_(bind, play)], -np.ones(bind.sum())])
    system = np.vstack([system, np.append(np.ones(play.sum()), 0.0)])
    right = np.append(np.zeros(bind.sum()), 1.0)
    x = np.zeros(d)
    x[play] = np.clip(np.linalg.lstsq(system, right, rcond=None)[0][:-1], 0, None)
    total = float(x.sum())
    return x / total


RPS = About(
    title="generalised rock-paper-scissors played with softmax: s(x)'A s(y), d odd",
    source="Vlatakis-Gkaragkounis, Flokas, Piliouras. Poincare Recurrence, Cycles and Spurious Equilibria "
    "in Gradient-Descent-Ascent. NeurIPS 2019; Fiez, Chasnov, Ratliff. ICML 2020 (softmax policies)",
    classes=(
        "nonconvex-nonconcave", "bounded", "hidden-bilinear", "limit-cycle", "degenerate"
    ),
    bounds=(-1.0, 1.0),
    smoothness=1.5,
    note="A_ij is the sign of sin(2 pi (i - j)/d): each strategy beats half of the others. Equilibria are "
    "all vectors of equal coordinates, and distances do not count those directions.",
    confidence="medium",
)  # fmt: skip


@register("softmax_rps_d", RPS, square=True, default=(3, 3))
@dataclass(frozen=True, eq=False)
class SoftmaxGame(Problem):
    """A bilinear game of s(x) and s(y)."""

    dx: int
    dy: int
    a: Dense = field(init=False)

    def __post_init__(self) -> None:
        if self.dx < 3 or self.dx % 2 == 0:
            raise UserError(
                f"softmax_rps_d needs an odd d of at least 3; it was asked for at d = {self.dx}."
            )
        i = np.arange(self.dx)
        ahead = (i[:, None] - i) % self.dx
        beats = np.where(ahead == 0, 0.0, np.where(2 * ahead < self.dx, 1.0, -1.0))
        self._state(a=Dense(beats))

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """s(x)'A s(y)."""
        return xp.sum(softmax(xp, x) * self.a.apply(xp, softmax(xp, y)), axis=-1)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """s(x) times what each strategy of x earns beyond the mean."""
        p = softmax(xp, x)
        return beyond(xp, p, self.a.apply(xp, softmax(xp, y)))

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The same for y."""
        q = softmax(xp, y)
        return beyond(xp, q, self.a.transpose(xp, softmax(xp, x)))

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The derivative of both gradients along (u, v)."""
        p, q = softmax(xp, x), softmax(xp, y)
        dp, dq = beyond(xp, p, u), beyond(xp, q, v)
        sides = (
            (p, dp, self.a.apply(xp, q), self.a.apply(xp, dq)),
            (q, dq, self.a.transpose(xp, p), self.a.transpose(xp, dp)),
        )
        hx, hy = (
            ds * (earned - dot(xp, s, earned)) + beyond(xp, s, more) - s * dot(xp, ds, earned)
            for s, ds, earned, more in sides
        )
        return hx, hy

    def points(self) -> Points:
        """The origin, for all equal coordinates."""
        zero = np.zeros((1, self.dx))
        return Points(
            zero,
            zero,
            np.zeros(1),
            (Kind.NASH,),
            complete=True,
            proof="closed form: A times a positive vector is constant for equal coordinates alone",
        )

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """To the nearest equal coordinates."""
        gap_x = x - xp.mean(x, axis=-1, keepdims=True)
        gap_y = y - xp.mean(y, axis=-1, keepdims=True)
        distance = xp.sqrt(square(xp, gap_x) + square(xp, gap_y))[:, None]
        return distance if rows is None else distance[:, rows]


def softmax(xp: Namespace, t: Array) -> Array:
    """exp(t)/sum exp(t), without overflow."""
    e = xp.exp(t - xp.max(t, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


def beyond(xp: Namespace, s: Array, earned: Array) -> Array:
    """The derivative of softmax, s = softmax(t), along ``earned``: s (earned - its mean)."""
    return s * (earned - dot(xp, s, earned))
