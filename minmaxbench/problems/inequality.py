"""Variational inequalities that are no min-max problem: a field (F, G) without a function f.

They stand for games of two players with a cost each: x descends along F, y along G. The gradients
are (F, -G), so that every method that needs no value of f runs as it is.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.calls import Call
from minmaxbench.core.problem import Problem


class Inequality(Problem):
    """Find z in the players' sets with <(F, G)(z), w - z> >= 0 for all w there.

    A listed point is called local Nash where each player's own cost has a local minimum (Ratliff,
    Burden, Sastry 2016); minimax and maximin mean nothing here.
    """

    @abstractmethod
    def field(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """F and G, shapes (lanes, dx) and (lanes, dy)."""

    @property
    def offers(self) -> frozenset[Call]:
        """Gradients; no value, and no Hessian that would be symmetric."""
        return frozenset({Call.GRAD_X, Call.GRAD_Y})

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """There is none: not a number."""
        return 0 * x[..., 0] + np.nan

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """(F, -G)."""
        f, g = self.field(xp, x, y)
        return f, -g
