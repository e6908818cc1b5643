"""Consecutive states of lanes, as an engine hands them to the recorder."""

from __future__ import annotations

from typing import NamedTuple

from minmaxbench.core.arrays import Bools, Floats, Ints


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
