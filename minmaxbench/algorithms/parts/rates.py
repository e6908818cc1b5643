"""A piece that gives each player a step size of its own, whatever else scales the gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from minmaxbench.algorithms.parts.composed import Piece
from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.parameters import positive


@dataclass(frozen=True)
class Rates(Piece):
    """The gradient in x times ``x``, that in y times ``y``; it goes last, after Adam."""

    x: float = positive(1.0)
    y: float = positive(1.0)

    def init(self, x: Array, y: Array, xp: Namespace) -> tuple[()]:
        """Nothing is remembered."""
        return ()

    def turn(self, state: Any, gx: Array, gy: Array, xp: Namespace) -> tuple[Array, Array, Any]:
        """Those of the gradients that were asked for, scaled."""
        down = None if gx is None else self.x * gx
        up = None if gy is None else self.y * gy
        return down, up, state
