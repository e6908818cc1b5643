"""Consecutive states of lanes, as an engine hands them to the recorder."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple, TypeAlias

import numpy as np

from minmaxbench.core.arrays import Array, Bools, Floats, Ints, square
from minmaxbench.core.calls import PRICES

Extent: TypeAlias = tuple[Floats, Floats]
"""The smallest and the largest value of each coordinate of each lane in a chunk, (L, d) each."""


class Chunk(NamedTuple):
    """K consecutive states of L lanes."""

    x: Floats
    """(K, L, dx)."""
    y: Floats
    """(K, L, dy)."""
    gradient: tuple[Floats, Floats] | None
    """The exact gradients at the states, where the algorithm happened to ask for them."""
    inner: tuple[Floats, ...]
    """Further arrays whose growth means divergence, (K, L, d) each."""
    counts: tuple[Ints, ...]
    """Calls of each kind made before each state and after the last one.

    (K + 1, L), or (K + 1, 1) where all lanes have made the same."""
    stopped: Bools | None
    """The lanes that the algorithm's own rule had ended, (K, L)."""


class Seen:
    """A chunk, which runs its lanes are, and what several readers need of it."""

    def __init__(self, chunk: Chunk, runs: Ints, live: Bools, first: int | Ints) -> None:
        self.chunk = chunk
        self.runs = runs
        """The run of each lane, (L,)."""
        self.live = live
        """The lanes that have not ended before, (L,)."""
        self.first = first
        """The step number of the first state: one for all lanes, or one a lane."""
        self.size = len(chunk.x)
        paid = [price * count for price, count in zip(PRICES, chunk.counts, strict=True)]
        self.calls: Floats = np.asarray(sum(paid), dtype=np.float64)
        """Gradient calls made before each state and after the last one, as ``chunk.counts``."""
        self.boxes = [_box(a) for a in (chunk.x, chunk.y, *chunk.inner)]
        """The extents of x, y and the inner iterates."""

    def at(self, table: Array, rows: Ints, lanes: Ints) -> Array:
        """Entries of an array shaped like ``calls``."""
        return table[rows, lanes if table.shape[1] > 1 else 0]

    @cached_property
    def moved(self) -> Floats:
        """The squared distance from each lane's first state to the furthest corner of its box."""
        if self.size == 1:
            return np.zeros(len(self.runs))
        pairs = zip((self.chunk.x, self.chunk.y), self.boxes, strict=False)
        return np.asarray(
            sum(square(np, np.maximum(high - a[0], a[0] - low)) for a, (low, high) in pairs)
        )


def _box(states: Floats) -> Extent:
    """The smallest box that holds each lane's states; a single state is its own, without a copy."""
    return (states[0], states[0]) if len(states) == 1 else (states.min(0), states.max(0))
