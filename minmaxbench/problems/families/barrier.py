"""A convex-concave saddle whose gradient blows up at the border of the players' balls."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace, dot
from minmaxbench.core.problem import About, Kind, Problem
from minmaxbench.core.sets import Ball
from minmaxbench.problems.coupled import Coupled
from minmaxbench.problems.linear import Spectral
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import Rotation, generator

ABOUT = About(
    title="log-barrier saddle x'Ay + b.x + c.y - log(1 - |x|^2) + log(1 - |y|^2)",
    source="Hamm, Noh. K-Beam Minimax: Efficient Optimization for Deep Adversarial Learning. ICML 2018",
    classes=("convex-concave",),
    region=(-0.9, 0.9),
    note="A has singular values from 1/4 to 1 between random rotations, b and c are unit vectors. The "
    "source has the open unit balls; here |x|, |y| <= 0.99, inside which the solution lies.",
    confidence="high",
)


class Barrier:
    """-log(1 - |t|^2)."""

    def value(self, xp: Namespace, t: Array) -> Array:
        """-log(1 - |t|^2)."""
        return -xp.log(1 - dot(xp, t, t))[..., 0]

    def slope(self, xp: Namespace, t: Array) -> Array:
        """2t/(1 - |t|^2)."""
        return 2 * t / (1 - dot(xp, t, t))

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """2u/(1 - |t|^2) + 4 (t.u) t/(1 - |t|^2)^2."""
        room = 1 - dot(xp, t, t)
        return 2 * u / room + 4 * dot(xp, t, u) * t / (room * room)

    def curvature(self, reach: float, d: int) -> tuple[float, float]:
        """From 2 to 2/(1 - r^2) + 4 r^2/(1 - r^2)^2 at |t| = r, the reach of starts in all dimensions."""
        return 2.0, (2 + 2 * reach**2) / (1 - reach**2) ** 2


class InBalls(Coupled):
    """Starts are drawn at lengths that do not depend on the dimension."""

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Shrink the cube to the ball."""
        return x / np.sqrt(self.dx), y / np.sqrt(self.dy)


@register("kbeam_barrier_d", ABOUT)
def barrier(dx: int, dy: int) -> Problem:
    """In the coordinates of A's singular vectors the stationary point is a pair of numbers."""
    rng = generator("kbeam_barrier_d", dx, dy)
    turns = Rotation.draw(dx, rng), Rotation.draw(dy, rng)
    rank = min(dx, dy)
    a = Spectral(dx, dy, np.geomspace(0.25, 1.0, rank) if rank > 1 else np.ones(1), *turns)
    b, c = rng.standard_normal(dx), rng.standard_normal(dy)
    b, c = b / np.sqrt(b @ b), c / np.sqrt(c @ c)
    x, y = _solved(a.values, turns[0].transpose(np, b), turns[1].transpose(np, c))
    return InBalls(
        "kbeam_barrier_d",
        ABOUT,
        dx,
        dy,
        Barrier(),
        a,
        Barrier(),
        Kind.NASH,
        p=b,
        q=-c,
        solution=(turns[0].apply(np, x), turns[1].apply(np, y)),
        proof="strictly convex-concave; a fixed point in two numbers, iterated to rounding",
        x_set=Ball(0.99),
        y_set=Ball(0.99),
    )


def _solved(s: Floats, b: Floats, c: Floats) -> tuple[Floats, Floats]:
    """The solution of S y + b + alpha x = 0, S'x + c - beta y = 0 with alpha = 2/(1 - |x|^2), beta alike.

    Given alpha and beta it falls into pairs; alpha and beta are iterated.
    """
    alpha = beta = 2.0
    x, y = 0 * b, 0 * c
    rank = len(s)
    for _ in range(2000):
        det = alpha * beta + s * s
        x, y = -b / alpha, c / beta
        x[:rank] = -(beta * b[:rank] + s * c[:rank]) / det
        y[:rank] = (alpha * c[:rank] - s * b[:rank]) / det
        old = alpha, beta
        alpha, beta = (
            0.5 * k + 1 / max(1 - float(t @ t), 0.01) for k, t in ((alpha, x), (beta, y))
        )
        if old == (alpha, beta):
            break
    return x, y
