"""Boosting as a matrix game."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.problem import About
from minmaxbench.core.sets import Simplex
from minmaxbench.problems.practical.base import ERROR, KNOWN, Practical, unit
from minmaxbench.problems.practical.data import Design, malignant
from minmaxbench.problems.registry import register


@register(
    "boosting_game",
    About(
        title="boosting as a matrix game: stumps against examples, breast cancer",
        source="Freund, Schapire. Game Theory, On-line Prediction and Boosting. COLT 1996",
        classes=("practical", "bilinear", "convex-concave", "simplex"),
        region=(0.0, 1.0),
        bounds=(-1.0, 1.0),
        note="f = -sum p_i t_i h_w(r_i) over w and p in simplices: h_w mixes 270 stumps, sign(r_j - c) at "
        "the nine deciles of each column, and their negatives. -f is the least margin at the solution.",
        confidence="high",
    ),
)
class BoostingGame(Practical):
    """x mixes stumps, first the 270, then their negatives; y weights examples."""

    dx, dy = 540, 569
    x_set = y_set = Simplex()
    metrics = (*KNOWN, ERROR)

    def __init__(self) -> None:
        super().__init__()
        rows, t = malignant()
        deciles = np.quantile(rows, np.arange(1, 10) / 10, axis=0).T
        stumps = np.where(rows[:, :, None] > deciles, 1.0, -1.0).reshape(len(rows), -1)
        self.z = Design(t[:, None] * stumps)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """Minus the weighted margin."""
        return xp.sum(y * self.grad_y(xp, x, y), axis=-1)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        return self.grad_x(xp, x, y), self.grad_y(xp, x, y)

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """Minus the edges of all stumps."""
        edge = self.z.transpose(xp, y)
        return xp.concat([-edge, edge], axis=-1)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """Minus the margins of all examples."""
        half = self.dx // 2
        return -self.z.apply(xp, x[..., :half] - x[..., half:])

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The game of (u, v): bilinear."""
        return self.grad(xp, u, v)

    def primal(self, xp: Namespace, x: Array) -> Array:
        """Minus the least margin."""
        return xp.max(self.grad_y(xp, x, x), axis=-1)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And the error of the mixture's vote."""
        wrong = (self.grad_y(np, x, y) >= 0).mean(1)
        return {**super().measure(x, y), ERROR.name: wrong}

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Spread over the simplices."""
        return self.x_set.spread(unit(x, 0.0, 1.0)), self.y_set.spread(unit(y, 0.0, 1.0))
