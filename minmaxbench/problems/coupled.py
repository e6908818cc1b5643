"""Games g(x) + x'By - h(y) + p.x - q.y: each player's own function, a bilinear coupling, linear terms."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.constants import Constant, How, Range, block_norm
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.core.sets import Set, Space
from minmaxbench.problems.linear import Linear, eigenvalues


class Potential(Protocol):
    """A smooth function of one player's variables."""

    def value(self, xp: Namespace, t: Array) -> Array:
        """Shape (lanes,)."""

    def slope(self, xp: Namespace, t: Array) -> Array:
        """Its gradient, (lanes, d)."""

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """Its Hessian at t times u, (lanes, d)."""

    def curvature(self, reach: float, d: int) -> Range | None:
        """Bounds on the eigenvalues of its Hessian where all |t_i| <= reach; None where none is known."""


@dataclass(frozen=True, eq=False)
class Half:
    """t'Qt/2."""

    q: Linear

    def value(self, xp: Namespace, t: Array) -> Array:
        """t'Qt/2."""
        return xp.sum(t * self.q.apply(xp, t), axis=-1) / 2

    def slope(self, xp: Namespace, t: Array) -> Array:
        """Qt."""
        return self.q.apply(xp, t)

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """Qu."""
        return self.q.apply(xp, u)

    def curvature(self, reach: float, d: int) -> Range:
        """Those of Q."""
        return eigenvalues(self.q)


class Nothing:
    """Zero."""

    def value(self, xp: Namespace, t: Array) -> Array:
        """0."""
        return 0 * t[..., 0]

    def slope(self, xp: Namespace, t: Array) -> Array:
        """0."""
        return 0 * t

    def bend(self, xp: Namespace, t: Array, u: Array) -> Array:
        """0."""
        return 0 * u

    def curvature(self, reach: float, d: int) -> Range:
        """0."""
        return 0.0, 0.0


@dataclass(frozen=True, eq=False)
class Coupled(Problem):
    """g(x) + x'By - h(y) + p.x - q.y + constant."""

    name: str
    about: About
    dx: int
    dy: int
    g: Potential
    coupling: Linear
    """B."""
    h: Potential
    kind: Kind
    """Of the listed point."""
    p: Floats | float = 0.0
    q: Floats | float = 0.0
    constant: float = 0.0
    solution: tuple[Floats, Floats] | None = None
    """The listed point, the origin if left out."""
    proof: str = "closed form"
    complete: bool = True
    rho: float | None = None
    """The weak Minty parameter of the listed point, where it is known."""
    x_set: Set = field(default=Space())
    y_set: Set = field(default=Space())

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        p, q = xp.asarray(self.p), xp.asarray(self.q)
        linear = xp.sum(x * (self.coupling.apply(xp, y) + p), axis=-1) - xp.sum(y * q, axis=-1)
        return self.g.value(xp, x) - self.h.value(xp, y) + linear + self.constant

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        return self.grad_x(xp, x, y), self.grad_y(xp, x, y)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient of g, plus By + p."""
        return self.g.slope(xp, x) + self.coupling.apply(xp, y) + xp.asarray(self.p)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """B'x - q, minus the gradient of h."""
        return self.coupling.transpose(xp, x) - self.h.slope(xp, y) - xp.asarray(self.q)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""
        hx = self.g.bend(xp, x, u) + self.coupling.apply(xp, v)
        return hx, self.coupling.transpose(xp, u) - self.h.bend(xp, y, v)

    def known_constants(self) -> dict[str, Constant]:
        """L and mu from the curvatures of g and h and the norm of B; what is stated where it is less.

        b is |f| and its slope at the origin, and L/2 |z|^2, on the ball about the start region.
        """
        known = super().known_constants()
        if self.rho is not None:
            known["rho"] = Constant(self.rho, How.CLOSED)
        reach = max(map(abs, self.about.region))
        g, h = self.g.curvature(reach, self.dx), self.h.curvature(reach, self.dy)
        if g is None or h is None:
            return known
        found = {"mu_x": g[0], "mu_y": h[0]}
        found = {name: mu for name, mu in found.items() if mu > 0}
        found["L"] = min(block_norm(g, self.coupling.norm, h), self.about.smoothness)
        far = reach * math.sqrt(self.dx + self.dy)
        origin = np.zeros((1, self.dx)), np.zeros((1, self.dy))
        slope = float(np.linalg.norm(np.concatenate(self.grad(np, *origin), axis=-1)))
        most = abs(float(self.value(np, *origin)[0])) + slope * far + found["L"] / 2 * far**2
        found["b"] = min(most, known["b"].value if "b" in known else math.inf)
        return known | {name: Constant(c, How.CLOSED) for name, c in found.items()}

    def points(self) -> Points:
        """The one that is known."""
        x, y = self.solution or (np.zeros(self.dx), np.zeros(self.dy))
        value = self.value(np, x[None], y[None])
        return Points(x[None], y[None], value, (self.kind,), self.complete, self.proof)
