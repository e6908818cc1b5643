"""Principal components against an adversary, and a generator that learns a covariance."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, square
from minmaxbench.core.problem import About, Kind, Metric, Points
from minmaxbench.core.sets import Ball, Box, Simplex
from minmaxbench.problems.practical.base import KNOWN, Practical, distances_where, square_sum, unit
from minmaxbench.problems.practical.data import Design, load
from minmaxbench.problems.registry import register

SPARSITY = 0.3
"""The bound on the adversary's entries: what |v|_1^2 costs."""
PENALTY = 0.5
"""The critic pays PENALTY/2 |W|^2."""
RANK = 2
"""Columns of the generator."""


@register(
    "sparse_pca",
    About(
        title="sparse PCA as minimax: the first component of wine against changes of the covariance",
        source="d'Aspremont, El Ghaoui, Jordan, Lanckriet. A Direct Formulation for Sparse PCA Using "
        "Semidefinite Programming. SIAM Review 2007, section 2.2 (here of rank one)",
        classes=("practical", "nonconvex-linear", "boxed"),
        region=(-1.0, 1.0),
        note="f = -v'(S + U)v over |v| <= 1 and |U_jk| <= 0.3; max over U is -v'Sv + 0.3 |v|_1^2. y is U, "
        "row by row.",
        confidence="high",
    ),
)
class SparsePca(Practical):
    """S is the covariance of the standardised columns."""

    dx, dy = 13, 169
    x_set, y_set = Ball(1.0), Box(-SPARSITY, SPARSITY)
    metrics = (
        *KNOWN,
        Metric("explained", "share of the variance that v explains"),
        Metric("loadings", "entries of v beyond 0.001"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.s = covariance()

    def _changed(self, xp: Namespace, y: Array) -> Array:
        return xp.asarray(self.s) + xp.reshape(y, (*y.shape[:-1], self.dx, self.dx))

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        return -xp.sum(x * (self._changed(xp, y) @ x[..., None])[..., 0], axis=-1)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        m = self._changed(xp, y)
        gx = -((m + xp.matrix_transpose(m)) @ x[..., None])[..., 0]
        return gx, -xp.reshape(x[..., :, None] * x[..., None, :], y.shape)

    def answer(self, xp: Namespace, x: Array) -> Array:
        """Against the signs of v_j v_k."""
        corner = -SPARSITY * xp.sign(x[..., :, None] * x[..., None, :])
        return xp.reshape(corner, (*x.shape[:-1], self.dy))

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """Entries of U between loadings of which one is zero do not count: many are as good."""
        v = self.points().x
        counts = (v[:, :, None] * v[:, None, :] != 0).reshape(len(v), -1).astype(float)
        return distances_where(xp, self.points(), counts, x, y, rows)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And what v explains with how many loadings."""
        explained = np.einsum("ni,ij,nj->n", x, self.s, x) / np.trace(self.s)
        loadings = (np.abs(x) > 1e-3).sum(1).astype(float)
        return {**super().measure(x, y), "explained": explained, "loadings": loadings}

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Changes start in their box."""
        return x / np.sqrt(self.dx), SPARSITY * y


@register(
    "fair_pca",
    About(
        title="robust subspace: the component that explains most of the worst digit",
        source="Samadi, Tantipongpipat, Morgenstern, Singh, Vempala. The Price of Fair PCA. NeurIPS 2018; "
        "Razaviyayn et al. IEEE Signal Processing Magazine 2020 (fair PCA as nonconvex min-max)",
        classes=("practical", "nonconvex-linear", "simplex"),
        region=(-1.0, 1.0),
        note="f = -sum q_g v'S_g v over |v| <= 1 and q in the simplex, S_g the second moment of digit g "
        "(8 x 8 images, 61 pixels that vary, standardised).",
        confidence="high",
    ),
)
class FairPca(Practical):
    """y weights ten digits."""

    dx, dy = 61, 10
    x_set, y_set = Ball(1.0), Simplex()
    metrics = KNOWN

    def __init__(self) -> None:
        super().__init__()
        data = load("digits")
        groups = [data.rows[data.classes == g] for g in range(self.dy)]
        self.moments = Design(np.concatenate([rows.T @ rows / len(rows) for rows in groups]))
        """All S_g, one below the other."""

    def _images(self, xp: Namespace, x: Array) -> Array:
        """S_g v for all g: (lanes, 10, 61)."""
        return xp.reshape(self.moments.apply(xp, x), (*x.shape[:-1], self.dy, self.dx))

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        return xp.sum(y * self.grad_y(xp, x, y), axis=-1)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        images = self._images(xp, x)
        gx = -2 * (y[..., None, :] @ images)[..., 0, :]
        return gx, -(images @ x[..., None])[..., 0]

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """Minus what v explains of each digit."""
        return -(self._images(xp, x) @ x[..., None])[..., 0]

    def primal(self, xp: Namespace, x: Array) -> Array:
        """Minus what v explains of the worst digit."""
        return xp.max(self.grad_y(xp, x, x), axis=-1)

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """v starts in the ball, q anywhere in the simplex."""
        return x / np.sqrt(self.dx), Simplex().spread(unit(y, *self.about.region))


@register(
    "lq_gan",
    About(
        title="linear generator, quadratic critic: two components of wine",
        source="Feizi, Suh, Xia, Tse. Understanding GANs: the LQG Setting. arXiv:1710.10793 (the task: PCA); "
        "Daskalakis, Ilyas, Syrgkanis, Zeng. Training GANs with Optimism. ICLR 2018 (the game)",
        classes=("practical", "nonconvex-strongly-concave", "degenerate"),
        region=(-1.0, 1.0),
        note="f = <W, S - VV'> - |W|^2/4 over 13 x 2 matrices V (x) and 13 x 13 matrices W (y), row by row. "
        "Solutions are the orbit VQ of two principal components, Q orthogonal; distances are to the orbit.",
        confidence="high",
    ),
)
class LinearQuadraticGan(Practical):
    """The generator's covariance VV' against that of the data."""

    dx, dy = 13 * RANK, 169
    metrics = KNOWN

    def __init__(self) -> None:
        super().__init__()
        self.s = covariance()
        values, vectors = np.linalg.eigh(self.s)
        self.best = vectors[:, -RANK:] * np.sqrt(values[-RANK:])
        """A generator of the best covariance of rank two (Eckart, Young 1936)."""

    def _parts(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array, Array]:
        """V, W, S - VV'."""
        # Methods, not functions of the namespace: half of what a gradient of this size costs is calls.
        v, w = x.reshape(-1, 13, RANK), y.reshape(-1, 13, 13)
        return v, w, xp.asarray(self.s) - v @ v.mT

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        gap = xp.reshape(self._parts(xp, x, y)[2], y.shape)
        return xp.sum(y * gap, axis=-1) - PENALTY / 2 * square_sum(xp, y)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """-(W + W')V, and S - VV' - W/2."""
        v, w, gap = self._parts(xp, x, y)
        return -((w + w.mT) @ v).reshape(x.shape), gap.reshape(y.shape) - PENALTY * y

    def answer(self, xp: Namespace, x: Array) -> Array:
        """W = 2 (S - VV')."""
        zero = xp.zeros((*x.shape[:-1], self.dy), dtype=x.dtype)
        return xp.reshape(self._parts(xp, x, zero)[2], zero.shape) / PENALTY

    @cached_property
    def _points(self) -> Points:
        x = self.best.reshape(1, -1)
        y = self.answer(np, x)
        proof = (
            "closed form: max over W is |S - VV'|^2, least for the two principal components; stationary V "
            "of other eigenvectors are not listed"
        )
        return Points(x, y, self.value(np, x, y), (Kind.MINIMAX,), complete=False, proof=proof)

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """To the orbit: the nearest V is the best one times the polar factor PQ' of best'V (Procrustes)."""
        v = xp.reshape(x, (*x.shape[:-1], 13, RANK))
        best = xp.asarray(self.best)
        cross = best.T @ v
        p, _, q = xp.linalg.svd(xp.where(xp.isfinite(cross), cross, 0.0))
        gap_x = xp.reshape(v - best @ (p @ q), x.shape)
        gap_y = y - xp.asarray(self._points.y[0])
        distance = xp.sqrt(square(xp, gap_x) + square(xp, gap_y))[:, None]
        return distance if rows is None else distance[:, rows]


def covariance() -> Floats:
    """Of the standardised columns of wine, 13 x 13."""
    rows = load("wine").rows
    return np.asarray(rows.T @ rows / len(rows))
