"""Lifts: a planar function made d-dimensional, its stationary points carried along exactly."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, dot, square
from minmaxbench.core.constants import Constant
from minmaxbench.core.problem import About, Points, Problem
from minmaxbench.core.sets import Set, Space
from minmaxbench.problems.planar import Planar
from minmaxbench.problems.transforms.instances import MovedSet, Similarity
from minmaxbench.problems.transforms.rotations import Rotation, generator


@dataclass(frozen=True, eq=False)
class Slab(Set):
    """The points z whose coordinate u.z along a unit vector lies in a set of the line."""

    base: Set
    u: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "constrained", self.base.constrained)

    def project(self, xp: Namespace, z: Array) -> Array:
        """Move along u."""
        if not self.constrained:
            return z
        u = xp.asarray(self.u)
        along = dot(xp, u, z)
        return z + u * (self.base.project(xp, along) - along)

    def describe(self, variable: str) -> str:
        """The base set, along u."""
        return self.base.describe(f"u.{variable}")

    def difference(self, xp: Namespace, a: Array, b: Array) -> Array:
        """The shortest way along u, and straight on across it."""
        if isinstance(self.base, Space):
            return a - b
        u, gap = xp.asarray(self.u), a - b
        along = self.base.difference(xp, dot(xp, u, a), dot(xp, u, b))
        return gap + u * (along - dot(xp, u, gap))


@dataclass(frozen=True, eq=False)
class ActiveSubspace(Problem):
    """f(u.x, v.y) with unit vectors u, v: L and b are the kernel's for every dimension.

    The solutions are affine subspaces; distances are measured between kernel coordinates. Starts
    are the kernel's, along u and v, and so are the sets.
    """

    name: str
    kernel: Planar
    about: About
    dx: int
    dy: int
    u: Floats = field(init=False)
    v: Floats = field(init=False)

    def __post_init__(self) -> None:
        rng = generator(self.name, self.dx, self.dy)
        for name, d in (("u", self.dx), ("v", self.dy)):
            vector = rng.standard_normal(d)
            object.__setattr__(self, name, vector / np.sqrt((vector * vector).sum()))
        x_set, y_set = self.kernel.x_set, self.kernel.y_set
        self._state(x_set=Slab(x_set, self.u), y_set=Slab(y_set, self.v))

    def _kernel_point(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        return dot(xp, xp.asarray(self.u), x), dot(xp, xp.asarray(self.v), y)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        return self.kernel.value(xp, *self._kernel_point(xp, x, y))

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """u f_x."""
        return xp.asarray(self.u) * self.kernel.grad_x(xp, *self._kernel_point(xp, x, y))

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """v f_y."""
        return xp.asarray(self.v) * self.kernel.grad_y(xp, *self._kernel_point(xp, x, y))

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """(u f_x, v f_y)."""
        gx, gy = self.kernel.grad(xp, *self._kernel_point(xp, x, y))
        return xp.asarray(self.u) * gx, xp.asarray(self.v) * gy

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The kernel's Hessian between the projections."""
        at, along = self._kernel_point(xp, x, y), self._kernel_point(xp, u, v)
        hx, hy = self.kernel.hvp(xp, *at, *along)
        return xp.asarray(self.u) * hx, xp.asarray(self.v) * hy

    def known_constants(self) -> dict[str, Constant]:
        """The kernel's L and b; across u and v nothing curves, so the others are lost in d > 1."""
        known = self.kernel.known_constants()
        kept = known if self.dx == self.dy == 1 else ("L", "b")
        return {name: known[name] for name in kept if name in known}

    def points(self) -> Points:
        """One representative, on the line of u and v, of each affine subspace of solutions."""
        return self._points

    @cached_property
    def _points(self) -> Points:
        known = self.kernel.points()
        return Points(
            known.x * self.u, known.y * self.v, known.value, known.kind, known.complete, known.proof
        )

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """Distances to the subspaces: those of the kernel coordinates to the kernel's points."""
        return self.kernel.distances(xp, *self._kernel_point(xp, x, y), rows)

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The first coordinates drawn, along u and v."""
        return x[:, :1] * self.u, y[:, :1] * self.v


@dataclass(frozen=True, eq=False)
class WeightedSum(Problem):
    """sum_i w_i f((Q x)_i, (R y)_i): mean and weighted lifts, plain or rotated.

    Every pair of coordinates ((Q x)_i, (R y)_i) moves in the kernel's sets. Listed are the points
    whose kernel coordinates are all the same point of the kernel.
    """

    name: str
    kernel: Planar
    about: About
    weights: Floats
    rotations: tuple[Rotation, Rotation] | None = None

    def __post_init__(self) -> None:
        d = len(self.weights)
        sets = [s.to_the_power(d) for s in (self.kernel.x_set, self.kernel.y_set)]
        if self.rotations is not None:
            moves = (Similarity(r.inverse, 1.0, np.zeros(d)) for r in self.rotations)
            sets = [
                s if isinstance(s, Space) else MovedSet(s, move)
                for s, move in zip(sets, moves, strict=True)
            ]
        self._state(dx=d, dy=d, x_set=sets[0], y_set=sets[1])

    def _turn(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        if self.rotations is None:
            return x, y
        return self.rotations[0].apply(xp, x), self.rotations[1].apply(xp, y)

    def _back(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        if self.rotations is None:
            return x, y
        return self.rotations[0].transpose(xp, x), self.rotations[1].transpose(xp, y)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        f = self.kernel.formula.value_at(xp, *self._turn(xp, x, y))
        return xp.sum(xp.asarray(self.weights) * f, axis=-1)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        w = xp.asarray(self.weights)
        gx, gy = self.kernel.grad(xp, *self._turn(xp, x, y))
        return self._back(xp, w * gx, w * gy)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""
        gx = xp.asarray(self.weights) * self.kernel.grad_x(xp, *self._turn(xp, x, y))
        return self.rotations[0].transpose(xp, gx) if self.rotations else gx

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""
        gy = xp.asarray(self.weights) * self.kernel.grad_y(xp, *self._turn(xp, x, y))
        return self.rotations[1].transpose(xp, gy) if self.rotations else gy

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""
        w = xp.asarray(self.weights)
        hx, hy = self.kernel.hvp(xp, *self._turn(xp, x, y), *self._turn(xp, u, v))
        return self._back(xp, w * hx, w * hy)

    def known_constants(self) -> dict[str, Constant]:
        """The kernel's L times the largest weight, its b times their sum, its curvatures times the least."""
        w, known = self.weights, self.kernel.known_constants()
        times = {"L": w.max(), "b": w.sum()}
        times |= dict.fromkeys(("mu_x", "mu_y", "pl_x", "pl_y"), w.min())
        return {name: _times(c, float(times[name])) for name, c in known.items() if name in times}

    def points(self) -> Points:
        """The points with all kernel coordinates equal."""
        return self._points

    @cached_property
    def _points(self) -> Points:
        known, ones = self.kernel.points(), np.ones(self.dx)
        x, y = self._back(np, known.x * ones, known.y * ones)
        value = known.value * self.weights.sum()
        proof = f"{known.proof}; products of different kernel points are not listed"
        return Points(x, y, value, known.kind, complete=False, proof=proof)

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """To each listed point: one at a time, for together they need lanes x points x d numbers."""
        known = self._points
        chosen = range(len(known)) if rows is None else rows
        columns = []
        for row in chosen:
            gap_x = self.x_set.difference(xp, x, xp.asarray(known.x[row]))
            gap_y = self.y_set.difference(xp, y, xp.asarray(known.y[row]))
            columns.append(xp.sqrt(square(xp, gap_x) + square(xp, gap_y)))
        return xp.stack(columns, axis=-1) if columns else xp.zeros((*x.shape[:-1], 0))

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Starts are drawn in kernel coordinates."""
        return self._back(np, x, y)


def _times(c: Constant, factor: float) -> Constant:
    return Constant(c.value * factor, c.how, None if c.other is None else c.other * factor)


def mean_weights(d: int) -> Floats:
    """1/d each: b stays, L shrinks like 1/d."""
    return np.full(d, 1 / d)


def unit_weights(d: int) -> Floats:
    """1 each: L stays, b grows like d."""
    return np.ones(d)


def decaying_weights(d: int) -> Floats:
    """(6/pi^2)/i^2, whose sum stays below 1: b and L stay, the tail is ill-conditioned."""
    return 6 / np.pi**2 / np.arange(1, d + 1) ** 2


def random_rotations(name: str, d: int) -> tuple[Rotation, Rotation]:
    """Two rotations, for x and for y, fixed by the problem's name and dimension."""
    rng = generator(name, d)
    return Rotation.draw(d, rng), Rotation.draw(d, rng)
