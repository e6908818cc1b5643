"""Variational inequalities in any dimension: z = (x, y) is one vector, split between the players."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.problem import About, Kind, Points
from minmaxbench.problems.inequality import Inequality
from minmaxbench.problems.linear import Dense
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import generator


class Operator(Inequality):
    """An operator of the whole vector; its zero is called local Nash, as where a run should end."""

    solution: Floats
    """Its zero."""
    kind = Kind.NASH
    proof: str

    def whole(self, xp: Namespace, z: Array) -> Array:
        """F(z), (lanes, dx + dy)."""
        raise NotImplementedError

    def field(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """The parts of F(x, y)."""
        f = self.whole(xp, xp.concat([x, y], axis=-1))
        return f[..., : self.dx], f[..., self.dx :]

    def points(self) -> Points:
        """The zero."""
        z = self.solution[None]
        complete = self.kind is Kind.NASH
        nothing = np.full(1, np.nan)
        return Points(z[:, : self.dx], z[:, self.dx :], nothing, (self.kind,), complete, self.proof)


ROTATION = About(
    title="rotation and ball: F(z) = Mz - b + P(z), M skew, P the projection onto the unit ball",
    source="Bot, Csetnek, Nguyen. Fast Optimistic Gradient Descent Ascent (OGDA) Method in Continuous and "
    "Discrete Time. Foundations of Computational Mathematics 2023 (the authors' experiments)",
    classes=("variational-inequality",),
    note="M is G - G' with G normal over sqrt(n); b is (M + I) z* with |z*| = 1/2. 10 coordinates "
    "in the source.",
    confidence="medium",
)


@register("rotation_plus_ball_d", ROTATION, default=(5, 5))
@dataclass(frozen=True, eq=False)
class RotationPlusBall(Operator):
    """Monotone, and strongly so inside the ball alone."""

    dx: int
    dy: int
    m: Dense = field(init=False)
    solution: Floats = field(init=False)
    proof = "closed form: where F vanishes, P(z) is z* by firm nonexpansiveness, and |z*| < 1"

    def __post_init__(self) -> None:
        n = self.dx + self.dy
        rng = generator("rotation_plus_ball_d", self.dx, self.dy)
        square_matrix = rng.standard_normal((n, n)) / np.sqrt(n)
        z = rng.standard_normal(n)
        z = z / (2 * np.sqrt((z * z).sum()))
        self._state(m=Dense(square_matrix - square_matrix.T), solution=z)

    def whole(self, xp: Namespace, z: Array) -> Array:
        """M(z - z*) + P(z) - z*."""
        gap = z - xp.asarray(self.solution)
        size = xp.sum(z * z, axis=-1, keepdims=True)
        outside = xp.real(size) > 1
        inside = z / xp.sqrt(xp.where(outside, size, 1.0))
        return self.m.apply(xp, gap) + inside - xp.asarray(self.solution)


SHIFT = About(
    title="shift operator: F(z) = z - S z - e_1, S the shift to the right",
    source="Park, Ryu. Exact Optimal Accelerated Complexity for Fixed-Point Iterations. ICML 2022 (worst "
    "cases for anchoring; the operator is classical)",
    classes=("variational-inequality", "ill-conditioned"),
    smoothness=2.0,
    note="z - S z is monotone: half of |z_1|^2 + sum (z_i - z_(i-1))^2 + |z_n|^2. After k steps from 0 only "
    "k coordinates have moved.",
    confidence="medium",
)


@register("shift_operator_d", SHIFT, default=(16, 16))
@dataclass(frozen=True, eq=False)
class ShiftOperator(Operator):
    """The zero is the vector of ones."""

    dx: int
    dy: int
    proof = "closed form: z_1 = 1, and every coordinate is the one before"

    @property
    def solution(self) -> Floats:  # type: ignore[override]
        """All ones."""
        return np.ones(self.dx + self.dy)

    def whole(self, xp: Namespace, z: Array) -> Array:
        """Each coordinate less the one before, the first less 1."""
        first = xp.ones_like(z[..., :1])
        return z - xp.concat([first, z[..., :-1]], axis=-1)


MALITSKY = About(
    title="nonmonotone operator F(z) = t1 (t1.z) + t2 (t2.z), t1 = A sin z, t2 = B exp z",
    source="Malitsky. Golden Ratio Algorithms for Variational Inequalities. Mathematical Programming 184, "
    "2020, section 5",
    classes=("variational-inequality", "weak-minty", "degenerate"),
    region=(0.0, 1.0),
    starts=((1.0, 1.0),),
    note="A and B are standard normal. z.F(z) = (t1.z)^2 + (t2.z)^2, so 0 solves the Minty inequality. F "
    "vanishes wherever both products do, from three coordinates on a manifold of dimension n - 2. "
    "The source starts at 1, with n up to 5,000.",
    confidence="medium",
)


@register("malitsky_nonmonotone_d", MALITSKY, default=(5, 5))
@dataclass(frozen=True, eq=False)
class MalitskyNonmonotone(Operator):
    """Zero is a degenerate root among many."""

    dx: int
    dy: int
    a: Dense = field(init=False)
    b: Dense = field(init=False)
    kind = Kind.DEGENERATE
    proof = "closed form; other roots are not listed"

    def __post_init__(self) -> None:
        n = self.dx + self.dy
        rng = generator("malitsky_nonmonotone_d", self.dx, self.dy)
        a, b = rng.standard_normal((2, n, n))
        self._state(a=Dense(a), b=Dense(b))

    @property
    def solution(self) -> Floats:  # type: ignore[override]
        """The origin."""
        return np.zeros(self.dx + self.dy)

    def whole(self, xp: Namespace, z: Array) -> Array:
        """t1 (t1.z) + t2 (t2.z)."""
        parts = (self.a.apply(xp, xp.sin(z)), self.b.apply(xp, xp.exp(z)))
        one, two = (t * xp.sum(t * z, axis=-1, keepdims=True) for t in parts)
        return one + two
