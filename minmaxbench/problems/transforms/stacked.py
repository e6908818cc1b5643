"""Instances of several problems side by side: one product turns the lanes of all of them.

Alone, each instance turns points and gradients of its own few lanes, which costs several times what its
formula does. The bits are the same: every block of lanes is multiplied by its own matrix, in a product of
the shape that :func:`minmaxbench.core.arrays.matvec` uses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from minmaxbench.core.arrays import BLOCK, Array, Floats, Ints, Namespace
from minmaxbench.core.joint import Joint
from minmaxbench.core.problem import Problem
from minmaxbench.problems.transforms.instances import Moved, Similarity
from minmaxbench.problems.transforms.rotations import Rotation


def side_by_side(problems: Sequence[Problem], counts: Sequence[int]) -> Problem:
    """The problems as one, each with so many lanes; the lanes of each follow those of the one before."""
    moved = [problem for problem in problems if type(problem) is Moved and _has_matrices(problem)]
    # Moving a free point to and fro rounds it: free players and bound ones do not stand together.
    bound = {(problem.x_set.constrained, problem.y_set.constrained) for problem in moved}
    if len(moved) < len(problems) or len(bound) > 1:
        return Joint(problems, counts)
    return _Stacked.of(moved, counts)


def _has_matrices(problem: Moved) -> bool:
    return all(m.rotation.matrix is not None for m in (problem.x_map, problem.y_map))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Stacked(Moved):
    """Instances of several problems."""

    problems: tuple[Moved, ...]
    counts: tuple[int, ...]
    """How many lanes each has."""

    @classmethod
    def of(cls, problems: Sequence[Moved], counts: Sequence[int]) -> _Stacked:
        """Instances in a row that move the same problem have its formula evaluated once."""
        pairs = [(problem.base, count) for problem, count in zip(problems, counts, strict=True)]
        same = [list(row) for _, row in groupby(pairs, key=lambda pair: id(pair[0]))]
        base = Joint([row[0][0] for row in same], [sum(count for _, count in row) for row in same])
        x_map, y_map = (
            _Similarities.of([getattr(problem, name) for problem in problems], counts)
            for name in ("x_map", "y_map")
        )
        return cls(base, x_map, y_map, 0, problems=tuple(problems), counts=tuple(counts))

    def select(self, lanes: Ints) -> Problem:
        """The same instances for some of the lanes, in order."""
        borders = np.concatenate([[0], np.cumsum(self.counts)])
        return self.of(self.problems, np.diff(np.searchsorted(lanes, borders)).tolist())


@dataclass(frozen=True, eq=False)
class _Similarities(Similarity):
    """Each lane's own similarity: shifts are rows, scales a column."""

    scale: Any

    @classmethod
    def of(cls, maps: Sequence[Similarity], counts: Sequence[int]) -> _Similarities:
        rotations = _Rotations.of([m.rotation for m in maps], counts)
        scale = np.repeat([m.scale for m in maps], counts)[:, None]
        return cls(rotations, scale, np.repeat([m.shift for m in maps], counts, axis=0))


@dataclass(frozen=True, eq=False, kw_only=True)
class _Rotations(Rotation):
    """Each lane's own rotation."""

    turned: Floats
    """The transposed matrix of each block of lanes, (blocks, d, d), or of each lane where d is 1."""
    places: Ints
    """Where the lanes stand in the blocks; each rotation's last one is filled up with zeros."""

    @classmethod
    def of(cls, rotations: Sequence[Rotation], counts: Sequence[int]) -> _Rotations:
        each = np.array([np.asarray(rotation.matrix).T for rotation in rotations])
        blocks = np.asarray(counts) if each.shape[1] == 1 else -(-np.asarray(counts) // BLOCK)
        begins = BLOCK * (np.cumsum(blocks) - blocks)
        places = [np.arange(a, a + count) for a, count in zip(begins, counts, strict=True)]
        turned = np.repeat(each, blocks, axis=0)
        return cls(rotations[0].normals, turned=turned, places=np.concatenate(places))

    def apply(self, xp: Namespace, z: Array) -> Array:
        """R z for every lane."""
        return self._times(z, self.turned)

    def transpose(self, xp: Namespace, z: Array) -> Array:
        """R^T z for every lane."""
        return self._times(z, self.turned.transpose(0, 2, 1))

    def _times(self, z: Array, matrices: Floats) -> Array:
        d = z.shape[1]
        if d == 1:
            # A sum of one product: it begins at zero, which makes -0 to 0.
            return matrices[:, 0] * z + 0.0
        rows = np.zeros((BLOCK * len(matrices), d))
        rows[self.places] = z
        return (rows.reshape(-1, BLOCK, d) @ matrices).reshape(-1, d)[self.places]
