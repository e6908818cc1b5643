"""A game with kinks from Dresher's textbook (1961)."""

from __future__ import annotations

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import About, Problem
from minmaxbench.core.sets import Box
from minmaxbench.problems.registry import register


@register(
    "dresher_111",
    About(
        title="Dresher's page 111: -|x - y| (1 - |x - y|) on [0,1]^2, kinks where x = y",
        source="Dresher. Games of Strategy: Theory and Applications. 1961",
        classes=("nonconvex-nonconcave", "boxed", "bounded", "nonsmooth", "negative-control"),
        region=(0.0, 1.0),
        bounds=(-0.25, 0.0),
        note="x wants to be at distance 1/2 from y, y to be at 0 or 1 from x: no equilibrium in pure "
        "strategies, value -1/6 in mixed ones. Where x = y the slope is taken as that of x < y.",
        confidence="medium",
    ),
)
class DresherKinks(Problem):
    """f depends on x - y alone."""

    dx = dy = 1
    x_set = y_set = Box(0.0, 1.0)

    def _gap(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """|x - y| and its slope in x."""
        side = xp.where(xp.real(x - y) > 0, 1.0, -1.0)
        return side * (x - y), side

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """-|x - y| (1 - |x - y|)."""
        gap, _ = self._gap(xp, x, y)
        return (gap * (gap - 1))[..., 0]

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The slope in x."""
        gap, side = self._gap(xp, x, y)
        return side * (2 * gap - 1)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """Minus the slope in x."""
        return -self.grad_x(xp, x, y)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The curvature is 2 along x - y."""
        return 2 * (u - v), 2 * (v - u)
