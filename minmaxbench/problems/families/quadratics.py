"""Bilinear and nonconvex-strongly-concave quadratic games in any dimensions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, square
from minmaxbench.core.constants import Constant, How
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.core.sets import Set, Space
from minmaxbench.problems.linear import fit
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import Rotation, generator


@dataclass(frozen=True, eq=False)
class Quadratic(Problem):
    """1/2 x'Qx + x'By - mu/2 |y|^2 about a centre, Q = U diag(q) U', B = U diag(beta) V'.

    U and V are random rotations, beta has min(dx, dy) entries. The centre is the only solution, up
    to the null spaces of a game with mu = 0 and dx != dy, along which distances are not counted.
    """

    name: str
    about: About
    dx: int
    dy: int
    q: Floats
    beta: Floats
    mu: float
    kind: Kind
    x_set: Set = field(default=Space(), init=False)
    y_set: Set = field(default=Space(), init=False)
    u: Rotation = field(init=False)
    v: Rotation = field(init=False)
    centre: tuple[Floats, Floats] = field(init=False)

    def __post_init__(self) -> None:
        rng = generator(self.name, self.dx, self.dy)
        object.__setattr__(self, "u", Rotation.draw(self.dx, rng))
        object.__setattr__(self, "v", Rotation.draw(self.dy, rng))
        centre = rng.uniform(-0.5, 0.5, self.dx), rng.uniform(-0.5, 0.5, self.dy)
        object.__setattr__(self, "centre", centre)

    def _local(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Coordinates in which the game falls into pairs."""
        a, b = (xp.asarray(c) for c in self.centre)
        return self.u.transpose(xp, x - a), self.v.transpose(xp, y - b)

    def _pair(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """The Hessian in those coordinates, times (x, y)."""
        rank = len(self.beta)
        beta, q = xp.asarray(self.beta), xp.asarray(self.q)
        hx = q * x + fit(xp, beta * y[..., :rank], self.dx)
        hy = fit(xp, beta * x[..., :rank], self.dy) - self.mu * y
        return hx, hy

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        x, y = self._local(xp, x, y)
        hx, hy = self._pair(xp, x, y)
        return 0.5 * (xp.sum(x * hx, axis=-1) + xp.sum(y * hy, axis=-1))

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        hx, hy = self._pair(xp, *self._local(xp, x, y))
        return self.u.apply(xp, hx), self.v.apply(xp, hy)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""
        return self.grad(xp, x, y)[0]

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""
        return self.grad(xp, x, y)[1]

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The constant Hessian times (u, v)."""
        hx, hy = self._pair(xp, self.u.transpose(xp, u), self.v.transpose(xp, v))
        return self.u.apply(xp, hx), self.v.apply(xp, hy)

    def known_constants(self) -> dict[str, Constant]:
        """The game falls into pairs [[q, beta], [-beta, mu]], each with its own L and rho.

        |f| is at most L/2 |z|^2, about the centre.
        """
        rank = len(self.beta)
        q = np.concatenate([self.q, np.zeros(max(self.dy - self.dx, 0))])
        beta = np.concatenate([self.beta, np.zeros(len(q) - rank)])
        has_y = np.arange(len(q)) < self.dy
        mu, has_x = np.where(has_y, self.mu, 0.0), np.arange(len(q)) < self.dx
        norms = np.abs((q - mu) / 2) + np.hypot((q + mu) / 2, beta)
        found = {"L": float(norms.max()), "mu_x": float(q[has_x].min()), "mu_y": self.mu}
        found = {name: c for name, c in found.items() if c > 0}
        reach = max(map(abs, self.about.region))
        found["b"] = float(norms.max()) / 2 * (self.dx + self.dy) * reach**2
        if (has_x & has_y).all() and (q * mu + beta * beta).all():
            # F = Mz has the least eigenvalue of the symmetric part of M^-1.
            found["rho"] = float((np.minimum(q, mu) / (q * mu + beta * beta)).min())
        return {name: Constant(c, How.CLOSED) for name, c in found.items()}

    def points(self) -> Points:
        """The centre."""
        x, y = (c[None, :] for c in self.centre)
        return Points(x, y, np.zeros(1), (self.kind,), complete=True, proof="closed form: linear")

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """To the centre, or to the affine subspace through it where the game has null spaces."""
        x, y = self._local(xp, x, y)
        if self.mu == 0:
            rank = len(self.beta)
            x, y = x[..., :rank], y[..., :rank]
        distance = xp.sqrt(square(xp, x) + square(xp, y))[:, None]
        return distance if rows is None else distance[:, rows]

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Starts are drawn about the centre."""
        return x + self.centre[0], y + self.centre[1]


BILINEAR = About(
    title="bilinear game (x - a)' A (y - b), singular values from 1/4 to 1",
    source="Daskalakis, Ilyas, Syrgkanis, Zeng. Training GANs with Optimism. ICLR 2018; "
    "Gidel et al. Negative Momentum for Improved Game Dynamics. AISTATS 2019",
    classes=("bilinear", "quadratic", "convex-concave", "limit-cycle"),
    region=(-2.0, 2.0),
    smoothness=1.0,
    confidence="high",
)
NCSC = About(
    title="nonconvex-strongly-concave quadratic; GDA needs a time scale tau > 2 in every dimension",
    source="Lin, Jin, Jordan. ICML 2020; Fiez, Ratliff. ICLR 2021 (the 2+2 case)",
    classes=("quadratic", "nonconvex-strongly-concave"),
    region=(-2.0, 2.0),
    confidence="medium",
    note="q_i from -2 to 1 (1 where x has no partner in y), beta = 2, mu = 1: local minimax, since "
    "q_i + beta^2/mu > 0; tau-GDA is stable for tau > max(-q_i)/mu = 2 (Fiez, Ratliff 2021).",
)


@register("bilinear_d", BILINEAR)
def bilinear(dx: int, dy: int) -> Problem:
    """The bilinear game at a dimension."""
    beta = np.geomspace(0.25, 1.0, min(dx, dy)) if min(dx, dy) > 1 else np.ones(1)
    return Quadratic("bilinear_d", BILINEAR, dx, dy, np.zeros(dx), beta, 0.0, Kind.NASH)


@register("ncsc_quadratic_d", NCSC)
def ncsc(dx: int, dy: int) -> Problem:
    """The nonconvex-strongly-concave game at a dimension."""
    rank = min(dx, dy)
    q = np.concatenate([np.linspace(-2.0, 1.0, rank) if rank > 1 else [-2.0], np.ones(dx - rank)])
    largest = max(float(np.abs(np.linalg.eigvalsh([[c, 2.0], [2.0, -1.0]])).max()) for c in q)
    about = replace(NCSC, smoothness=largest)
    return Quadratic("ncsc_quadratic_d", about, dx, dy, q, np.full(rank, 2.0), 1.0, Kind.MINIMAX)
