"""Random rotations in any dimension, without a matrix."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace, dot

REFLECTIONS = 4
"""A rotation here is a product of so many reflections: dense, at O(d) a lane."""


def generator(*label: object) -> np.random.Generator:
    """A NumPy generator seeded by words and numbers, the same on every machine."""
    digest = hashlib.sha256("|".join(map(str, label)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:8], "little"))


@dataclass(frozen=True, eq=False)
class Rotation:
    """An orthogonal map of R^d: a product of Householder reflections z - 2 v (v.z), |v| = 1."""

    normals: Floats
    """The unit vectors v, shape (k, d); k = 0 is the identity."""

    @classmethod
    def draw(cls, d: int, rng: np.random.Generator) -> Rotation:
        """A random rotation; in one dimension it is 1 or -1."""
        if d == 1:
            return cls(np.ones((int(rng.integers(2)), 1)))
        v = rng.standard_normal((REFLECTIONS, d))
        return cls(v / np.sqrt((v * v).sum(1, keepdims=True)))

    def apply(self, xp: Namespace, z: Array) -> Array:
        """R z for every lane, (lanes, d) -> (lanes, d)."""
        for v in self.normals:
            v = xp.asarray(v)
            z = z - 2 * v * dot(xp, v, z)
        return z

    def transpose(self, xp: Namespace, z: Array) -> Array:
        """R^T z, the inverse map."""
        return Rotation(self.normals[::-1]).apply(xp, z)
