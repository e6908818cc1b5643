"""Hessians for methods of second order: products, solves without a matrix, and small dense blocks.

Everything is exact, through Hessian-vector products of the oracle. H is the Hessian of f at a
point, with the blocks h_xx, h_xy, h_yx, h_yy. No sum runs over lanes, so that a lane's bits are its
own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

from minmaxbench.algorithms import pairs
from minmaxbench.core.algorithm import Iterate
from minmaxbench.core.arrays import Array, Namespace, dot
from minmaxbench.core.oracle import Oracle

Vector: TypeAlias = Any
"""What is solved for: an array, or a pair of both players' arrays."""

CAP, MORE = 50, 5
"""A solve takes at most so many products, and so many more than the system has unknowns:
rounding."""

SMALL = 2
"""A system with so many unknowns is solved to the end in all lanes, which then cost the same."""

DONE = 1e-15
"""A solve ends where the residual is this small beside the right side."""


def product(oracle: Oracle, z: Iterate, w: Iterate, where: Array | None = None) -> Iterate:
    """H w: one Hessian-vector product."""
    return Iterate(*oracle.hvp(z.x, z.y, w.x, w.y, where))


def h_xx(oracle: Oracle, z: Iterate, u: Array, where: Array | None = None) -> Array:
    """h_xx u."""
    return oracle.hvp(z.x, z.y, u, oracle.xp.zeros_like(z.y), where)[0]


def h_yx(oracle: Oracle, z: Iterate, u: Array, where: Array | None = None) -> Array:
    """h_yx u, of the size of y."""
    return oracle.hvp(z.x, z.y, u, oracle.xp.zeros_like(z.y), where)[1]


def h_xy(oracle: Oracle, z: Iterate, v: Array, where: Array | None = None) -> Array:
    """h_xy v, of the size of x."""
    return oracle.hvp(z.x, z.y, oracle.xp.zeros_like(z.x), v, where)[0]


def h_yy(oracle: Oracle, z: Iterate, v: Array, where: Array | None = None) -> Array:
    """h_yy v."""
    return oracle.hvp(z.x, z.y, oracle.xp.zeros_like(z.x), v, where)[1]


def minres(
    xp: Namespace, apply: Callable[[Vector, Array | None], Vector], b: Vector, unknowns: int
) -> Vector:
    """x with A x = b for a symmetric A, definite or not: MINRES of Paige, Saunders (SINUM 1975).

    ``apply(v, where)`` is A v; the lanes of the mask ``where`` pay for it, all where it is None.
    Where A is singular, x has the least residual in the Krylov space of b: 0 for A = 0.
    """
    paired = isinstance(b, Iterate)
    inner, where = (pairs.inner, partial(pairs.where, xp)) if paired else (dot, xp.where)
    length = xp.sqrt(inner(xp, b, b))
    v, old, x = _over(xp, b, length), 0 * b, 0 * b
    w, old_w = x, x
    beta, left = 0 * length, length
    c, old_c, s, old_s = 1 + beta, 1 + beta, beta, beta
    active, size = length > 0, beta
    steps = unknowns if unknowns <= SMALL else min(unknowns + MORE, CAP)
    for k in range(steps):
        p = apply(v, None if k == 0 or steps <= SMALL else active[:, 0])
        # Lanczos: p is made orthogonal to v and to the vector before it.
        alpha = inner(xp, v, p)
        p = p - alpha * v - beta * old
        new_beta = xp.sqrt(inner(xp, p, p))
        # The QR factors of the tridiagonal matrix grow by one rotation.
        delta = c * alpha - old_c * s * beta
        rho1 = xp.sqrt(delta * delta + new_beta * new_beta)
        rho2 = s * alpha + old_c * c * beta
        rho3 = old_s * beta
        size = xp.maximum(size, xp.maximum(xp.abs(alpha), new_beta))
        active = active & (rho1 > DONE * size)
        safe = xp.where(active, rho1, 1.0)
        new_c, new_s = delta / safe, new_beta / safe
        new_w = (v - rho3 * old_w - rho2 * w) / safe
        # Lanes that have ended do not pay: what they were answered is nobody's.
        x = where(active, x + (new_c * left) * new_w, x)
        left = -new_s * left
        active = active & (xp.abs(left) > DONE * length) & (new_beta > DONE * size)
        w, old_w, old, v = new_w, w, v, _over(xp, p, new_beta)
        old_c, c, old_s, s, beta = c, new_c, s, new_s, new_beta
    return x


def _over(xp: Namespace, v: Vector, length: Array) -> Vector:
    """v/length, and 0 for length 0."""
    return xp.where(length > 0, 1 / xp.where(length > 0, length, 1.0), 0.0) * v


def hessian(oracle: Oracle, z: Iterate, where: Array | None = None) -> Array:
    """H itself, (lanes, dx + dy, dx + dy): as many products as it has rows."""
    xp, dx, dy = oracle.xp, z.x.shape[-1], z.y.shape[-1]
    rows = []
    for k in range(dx + dy):
        u = unit(xp, z.x, k if k < dx else None)
        v = unit(xp, z.y, k - dx if k >= dx else None)
        rows.append(xp.concat(list(oracle.hvp(z.x, z.y, u, v, where)), axis=-1))
    return xp.stack(rows, axis=-2)


def unit(xp: Namespace, like: Array, k: int | None) -> Array:
    """The k-th unit vector in every lane; 0 where k is None."""
    row = xp.asarray([float(j == k) for j in range(like.shape[-1])], dtype=like.dtype)
    return xp.zeros_like(like) + row


def eigh(xp: Namespace, matrices: Array) -> tuple[Array, Array]:
    """Eigenvalues, in order, and eigenvectors as columns, of a symmetric matrix a lane.

    Matrices that are not finite have eigenvalues that are not numbers.
    """
    fine = xp.all(xp.isfinite(matrices), axis=(-2, -1))
    safe = xp.where(fine[:, None, None], matrices, xp.zeros_like(matrices))
    values, vectors = xp.linalg.eigh(safe)
    return xp.where(fine[:, None], values, xp.nan), vectors


def spectral_norm(xp: Namespace, matrices: Array) -> Array:
    """The largest absolute eigenvalue of a symmetric matrix a lane, as a (lanes, 1) column."""
    return xp.max(xp.abs(eigh(xp, matrices)[0]), axis=-1)[:, None]


def times(xp: Namespace, matrices: Array, a: Array) -> Array:
    """A a for a matrix and a vector a lane, ``(lanes, m, n), (lanes, n) -> (lanes, m)``."""
    return xp.sum(matrices * a[:, None, :], axis=-1)
