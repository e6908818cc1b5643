"""A function and its derivatives over boxes, by enclosures and mean-value forms together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sympy
from flint import arb

from minmaxbench.theory.proofs.balls import Enclosed, Enclosure, Point

if TYPE_CHECKING:
    from minmaxbench.problems.planar import Planar


class Tight:
    """An expression over boxes, by its enclosure and its mean-value form together."""

    def __init__(self, expression: sympy.Expr) -> None:
        self.expression = expression
        self._enclosed = Enclosed(expression)

    def __call__(self, z: Point) -> Enclosure:
        """All values over a box; at a point, the value."""
        value = self._enclosed.value(z)
        if all(c.is_exact() for c in z):
            return value
        centre = tuple(arb(c.mid()) for c in z)
        slopes = self._enclosed.slopes(z)
        mean = self._enclosed.value(centre) + sum(
            s * (c - m) for s, c, m in zip(slopes, z, centre, strict=True)
        )
        if not (value.is_finite() and mean.is_finite()):
            return mean if mean.is_finite() else value
        return value.intersection(mean)


class Derivatives:
    """f of one problem, its gradient and its Hessian."""

    def __init__(self, problem: Planar) -> None:
        self.problem = problem
        self.f = Tight(problem.formula.expression)
        self.fx, self.fy = map(Tight, problem.formula.gradient)
        self.fxx, self.fxy, self.fyy = (Tight(_plain(h)) for h in problem.formula.hessian)


def _plain(expression: sympy.Expr) -> sympy.Expr:
    """Zero, where an expression is zero everywhere."""
    return sympy.Integer(0) if sympy.expand(expression) == 0 else expression
