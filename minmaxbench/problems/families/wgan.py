"""Learning a covariance with a linear generator and a quadratic critic."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, square
from minmaxbench.core.constants import Constant, How, block_norm
from minmaxbench.core.problem import About, Kind, Points, Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.registry import register
from minmaxbench.problems.transforms.rotations import generator

ABOUT = About(
    title="covariance-learning WGAN: <W, S - VV'> - |W|^2/4 over m x m matrices, d = m^2",
    source="Daskalakis, Ilyas, Syrgkanis, Zeng. Training GANs with Optimism. ICLR 2018; Fiez, Ratliff. "
    "Local Convergence Analysis of Gradient Descent Ascent with Finite Timescale Separation. ICLR 2021",
    classes=("nonconvex-strongly-concave", "degenerate"),
    region=(-2.0, 2.0),
    note="S = UU' + I with U standard normal; the penalty is Fiez and Ratliff's 1/2, Daskalakis et al. have "
    "none. Solutions are the orbit VV' = S, W = 0, to which distances are measured. The authors start "
    "from N(0, 1), with learning rate 1e-3.",
    confidence="high",
)
PENALTY = 0.5


@register("wgan_covariance_d", ABOUT, square=True, default=(9, 9))
@dataclass(frozen=True, eq=False)
class CovarianceGan(Problem):
    """x is V, y is W, row by row."""

    dx: int
    dy: int
    m: int = field(init=False)
    s: Floats = field(init=False)
    root: Floats = field(init=False)
    """The symmetric V with VV' = S."""

    def __post_init__(self) -> None:
        m = math.isqrt(self.dx)
        if m * m != self.dx:
            raise UserError(
                f"wgan_covariance_d needs a square number d = m^2; it was asked for at d = {self.dx}."
            )
        u = generator("wgan_covariance_d", m).standard_normal((m, m))
        s = np.einsum("ij,kj->ik", u, u) + np.eye(m)
        values, vectors = np.linalg.eigh(s)
        self._state(m=m, s=s, root=(vectors * np.sqrt(values)) @ vectors.T)

    def _matrices(self, xp: Namespace, *flat: Array) -> list[Array]:
        return [xp.reshape(a, (*a.shape[:-1], self.m, self.m)) for a in flat]

    def _flat(self, xp: Namespace, matrix: Array) -> Array:
        return xp.reshape(matrix, (*matrix.shape[:-2], self.m * self.m))

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        v, w = self._matrices(xp, x, y)
        gap = xp.asarray(self.s) - v @ turned(xp, v)
        return xp.sum(self._flat(xp, w * gap), axis=-1) - PENALTY / 2 * square(xp, y)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """-(W + W')V."""
        v, w = self._matrices(xp, x, y)
        return -self._flat(xp, (w + turned(xp, w)) @ v)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """S - VV' - W/2."""
        (v,) = self._matrices(xp, x)
        return self._flat(xp, xp.asarray(self.s) - v @ turned(xp, v)) - PENALTY * y

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The derivative of both gradients along (u, v)."""
        at, critic, du, dw = self._matrices(xp, x, y, u, v)
        hx = (critic + turned(xp, critic)) @ du + (dw + turned(xp, dw)) @ at
        both = du @ turned(xp, at)
        return -self._flat(xp, hx), -self._flat(xp, both + turned(xp, both)) - PENALTY * v

    def known_constants(self) -> dict[str, Constant]:
        """L from |W + W'| and |V|, b as |W| (|S| + |V|^2) + |W|^2/4, where V and W are longest."""
        far = max(map(abs, self.about.region)) * self.m
        found = {
            "L": block_norm((-2 * far, 2 * far), 2 * far, (PENALTY, PENALTY)),
            "b": far * (float(np.linalg.norm(self.s)) + far**2) + PENALTY / 2 * far**2,
            "mu_y": PENALTY,
        }
        return {name: Constant(c, How.CLOSED) for name, c in found.items()}

    def points(self) -> Points:
        """The symmetric root of S, for the whole orbit V Q with Q orthogonal."""
        x = self.root.reshape(1, -1)
        return Points(
            x,
            np.zeros((1, self.dy)),
            np.zeros(1),
            (Kind.NASH,),
            complete=False,
            proof="closed form: f(V, 0) = 0 >= f(S^(1/2), W); stationary V of lower rank are not listed",
        )

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """To the orbit: the nearest root of S is S^(1/2) PQ', where S^(1/2) V = P diag Q'."""
        (v,) = self._matrices(xp, x)
        root = xp.asarray(self.root)
        # A run that diverges is asked for its distance, too, and NumPy's SVD raises on what is not finite.
        known = xp.where(xp.isfinite(root @ v), root @ v, 0.0)
        p, _, q = xp.linalg.svd(known)
        gap = self._flat(xp, v - root @ (p @ q))
        distance = xp.sqrt(square(xp, gap) + square(xp, y))[:, None]
        return distance if rows is None else distance[:, rows]


def turned(xp: Namespace, matrix: Any) -> Any:
    """The transposed matrices."""
    return xp.matrix_transpose(matrix)
