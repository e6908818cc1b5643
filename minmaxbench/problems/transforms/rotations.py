"""Random rotations in any dimension, without a matrix."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace, dot, matvec

REFLECTIONS = 4
"""A rotation here is a product of so many reflections: dense, at O(d) a lane."""

DENSE = 64
"""Up to this dimension a rotation keeps its matrix."""


def generator(*label: object) -> np.random.Generator:
    """A NumPy generator seeded by words and numbers, the same on every machine."""
    digest = hashlib.sha256("|".join(map(str, label)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


@dataclass(frozen=True, eq=False)
class Rotation:
    """An orthogonal map of R^d: a product of Householder reflections z - 2 v (v.z), |v| = 1.

    In small dimensions its matrix is kept as well, which is quicker.
    """

    normals: Floats
    """The unit vectors v, shape (k, d); k = 0 is the identity."""
    matrix: Floats | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        d = self.normals.shape[1]
        if d <= DENSE:
            object.__setattr__(self, "matrix", _reflect(np, self.normals, np.eye(d)).T)

    @classmethod
    def draw(cls, d: int, rng: np.random.Generator) -> Rotation:
        """A random rotation; in one dimension it is 1 or -1."""
        if d == 1:
            return cls(np.ones((int(rng.integers(2)), 1)))
        v = rng.standard_normal((REFLECTIONS, d))
        return cls(v / np.sqrt((v * v).sum(1, keepdims=True)))

    @property
    def inverse(self) -> Rotation:
        """The map back."""
        return Rotation(self.normals[::-1])

    def apply(self, xp: Namespace, z: Array) -> Array:
        """R z for every lane, (lanes, d) -> (lanes, d)."""
        if self.matrix is not None:
            return matvec(xp, xp.asarray(self.matrix), z)
        return _reflect(xp, self.normals, z)

    def transpose(self, xp: Namespace, z: Array) -> Array:
        """R^T z, the inverse map."""
        if self.matrix is not None:
            return matvec(xp, xp.asarray(self.matrix.T), z)
        return _reflect(xp, self.normals[::-1], z)


def _reflect(xp: Namespace, normals: Floats, z: Array) -> Array:
    for v in normals:
        v = xp.asarray(v)
        z = z - 2 * v * dot(xp, v, z)
    return z
