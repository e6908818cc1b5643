"""Names for arrays, and the few array helpers whose bits must not depend on the batch.

Everything numeric is written against the Array API standard: ``xp`` is the namespace
(``numpy`` or ``jax.numpy``), arrays have a leading lane axis, and nothing is written in place.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = Any
"""An array of any engine; the shape is said where it is used."""

Namespace: TypeAlias = Any
"""An Array API namespace."""

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


LONG = 2**16
"""Vectors from this length on leave the cache, and temporary ones cost more than arithmetic."""


def flat(value: Array) -> Array:
    """A hyper-parameter beside arrays of shape (lanes,): a (lanes, 1) column without its last axis."""
    return value[..., 0] if getattr(value, "ndim", 0) == 2 else value


def dot(xp: Namespace, a: Array, b: Array) -> Array:
    """Inner product over the last axis, kept as a column: ``(..., d), (..., d) -> (..., 1)``.

    Not a matrix product: BLAS sums in an order that depends on the number of lanes, and a run
    must give the same bits alone and in a batch.
    """
    if xp is np and a.shape[-1] >= LONG:
        return _long_dot(a, b)[..., None]
    return xp.sum(a * b, axis=-1, keepdims=True)


def _long_dot(a: Array, b: Array) -> Array:
    """Inner products that read their operands once and write nothing: NumPy's own loop, no BLAS.

    A vector at a time, so that the order of a sum does not depend on the number of lanes.
    """
    a, b = np.broadcast_arrays(a, b)
    sums = np.empty(a.shape[:-1])
    for lane in np.ndindex(sums.shape):
        sums[lane] = np.einsum("i,i->", a[lane], b[lane])
    return sums


def square(xp: Namespace, a: Array) -> Array:
    """Squared Euclidean norm over the last axis, ``(..., d) -> (...)``."""
    if a.shape[-1] == 1:
        # Much faster than a sum over an axis of length one.
        return a[..., 0] * a[..., 0]
    if xp is np and a.shape[-1] >= LONG:
        return _long_dot(a, a)
    return xp.sum(a * a, axis=-1)


def norm(xp: Namespace, a: Array) -> Array:
    """Euclidean norm over the last axis, ``(..., d) -> (...)``."""
    if a.shape[-1] == 1:
        return xp.abs(a[..., 0])
    return xp.sqrt(square(xp, a))


BLOCK = 8
"""So many lanes are multiplied by a matrix at a time, or half as many, if the matrix is large."""

SMALL = 2**18
"""A product of so many multiplications BLAS does not share among threads, which changes its sums."""


def matvec(xp: Namespace, matrix: Array, a: Array) -> Array:
    """``matrix @ a`` for every lane, ``(m, n), (..., n) -> (..., m)``, bits free of the batch.

    NumPy multiplies eight lanes at a time (four, if the matrix is larger), the last ones filled up with
    zeros: in a product of one shape BLAS does the same sums for every lane. That is several times as
    fast as an inner product for each entry, which others get: other engines, rows and columns, and
    large matrices.
    """
    m, n = matrix.shape
    size = next((size for size in (BLOCK, BLOCK // 2) if size * m * n <= SMALL), 1)
    if xp is not np or 1 in (m, n, size):
        return xp.vecdot(matrix, a[..., None, :])
    rows = a.reshape(-1, n)
    lanes = len(rows)
    if lanes % size:
        rows = np.concatenate([rows, np.zeros((-lanes % size, n), rows.dtype)])
    products = rows.reshape(-1, size, n) @ matrix.T
    return products.reshape(-1, m)[:lanes].reshape(*a.shape[:-1], m)
