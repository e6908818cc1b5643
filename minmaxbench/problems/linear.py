"""Linear maps of the quadratic families: rotations times a diagonal, or a whole matrix."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace, matvec
from minmaxbench.core.constants import Range
from minmaxbench.problems.transforms.rotations import Rotation


class Linear(Protocol):
    """A linear map between the players' spaces."""

    def apply(self, xp: Namespace, z: Array) -> Array:
        """The image of each lane."""

    def transpose(self, xp: Namespace, z: Array) -> Array:
        """The image under the transposed map."""

    @property
    def norm(self) -> float:
        """The largest singular value, or a bound on it."""


@dataclass(frozen=True, eq=False)
class Spectral:
    """U diag(values) V' from R^columns to R^rows; no rotation stands for the identity."""

    rows: int
    columns: int
    values: Floats
    """Singular values, as many as the smaller dimension (or fewer: the others are zero)."""
    u: Rotation | None = None
    v: Rotation | None = None

    def apply(self, xp: Namespace, z: Array) -> Array:
        """U diag(values) V' z."""
        z = z if self.v is None else self.v.transpose(xp, z)
        z = fit(xp, xp.asarray(self.values) * z[..., : len(self.values)], self.rows)
        return z if self.u is None else self.u.apply(xp, z)

    def transpose(self, xp: Namespace, z: Array) -> Array:
        """V diag(values) U' z."""
        z = z if self.u is None else self.u.transpose(xp, z)
        z = fit(xp, xp.asarray(self.values) * z[..., : len(self.values)], self.columns)
        return z if self.v is None else self.v.apply(xp, z)

    def inverse(self, xp: Namespace, z: Array) -> Array:
        """The z of least norm with ``apply(z)`` nearest to this one: the pseudo-inverse."""
        z = z if self.u is None else self.u.transpose(xp, z)
        z = fit(xp, z[..., : len(self.values)] / xp.asarray(self.values), self.columns)
        return z if self.v is None else self.v.apply(xp, z)

    @property
    def norm(self) -> float:
        """The largest of the values."""
        return float(np.abs(self.values).max(initial=0.0))

    def swapped(self) -> Spectral:
        """The transposed map."""
        return Spectral(self.columns, self.rows, self.values, self.v, self.u)


def eigenvalues(q: Linear) -> Range:
    """The range of the eigenvalues of a symmetric map; of A'A from zero on."""
    if isinstance(q, Spectral):
        zero = [0.0] if len(q.values) < q.rows else []
        values = np.concatenate([q.values, zero])
        return float(values.min()), float(values.max())
    return 0.0, q.norm


def symmetric(values: Floats, u: Rotation | None = None) -> Spectral:
    """U diag(values) U'."""
    return Spectral(len(values), len(values), values, u, u)


@dataclass(frozen=True, eq=False)
class Dense:
    """A matrix as it is."""

    matrix: Floats
    turned: Floats = field(init=False)
    """Its transpose, row by row in memory."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "turned", np.ascontiguousarray(self.matrix.T))

    def apply(self, xp: Namespace, z: Array) -> Array:
        """The matrix times z."""
        return matvec(xp, xp.asarray(self.matrix), z)

    def transpose(self, xp: Namespace, z: Array) -> Array:
        """The transposed matrix times z."""
        return matvec(xp, xp.asarray(self.turned), z)

    @cached_property
    def norm(self) -> float:
        """The largest singular value."""
        return float(np.linalg.norm(self.matrix, 2))


@dataclass(frozen=True, eq=False)
class Gram:
    """factor A'A: its own transpose."""

    factor: float
    base: Linear

    def apply(self, xp: Namespace, z: Array) -> Array:
        """factor A'(A z)."""
        return self.factor * self.base.transpose(xp, self.base.apply(xp, z))

    transpose = apply

    @property
    def norm(self) -> float:
        """factor |A|^2."""
        return self.factor * self.base.norm**2


def fit(xp: Namespace, z: Array, d: int) -> Array:
    """The first d coordinates, or as many zeros more: (lanes, any) -> (lanes, d)."""
    if z.shape[-1] >= d:
        return z[..., :d]
    return xp.concat([z, xp.zeros((*z.shape[:-1], d - z.shape[-1]), dtype=z.dtype)], axis=-1)
