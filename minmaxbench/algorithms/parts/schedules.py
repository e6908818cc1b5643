"""Pieces that make a rule's steps longer or shorter as it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from minmaxbench.algorithms.parts.composed import Piece
from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.parameters import positive, weight


@dataclass(frozen=True)
class PowerDecay(Piece):
    r"""Step t, counted from 0, is :math:`(1 + t/\text{delay})^{-\text{power}}` as long as the
    first.

    All gradients of one step are scaled alike.
    """

    neutral: ClassVar = {"power": 0.0}

    power: float = weight(0.5)
    delay: float = positive(1.0)

    def init(self, x: Array, y: Array, xp: Namespace) -> Array:
        """The number of steps made, as a (lanes, 1) column."""
        return xp.zeros((x.shape[0], 1))

    def turn(self, state: Array, gx: Array, gy: Array, xp: Namespace) -> tuple[Array, Array, Array]:
        """Gradients, shorter and shorter."""
        factor = (1 + state / self.delay) ** -self.power
        gx, gy = (None if g is None else factor * g for g in (gx, gy))
        return gx, gy, state

    def next(self, state: Array) -> Array:
        """One step more."""
        return state + 1
