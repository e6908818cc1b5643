"""Proofs of what a stationary point is."""

from __future__ import annotations

from fractions import Fraction

import sympy

from minmaxbench.core.problem import Kind
from minmaxbench.problems.kinds import INSIDE, Border, Ways, second_order
from minmaxbench.problems.symbolic import X, Y
from minmaxbench.theory.proofs.algebra import polynomial_kind
from minmaxbench.theory.proofs.balls import Enclosure

ORDER = 12
"""Derivatives up to this order are looked at where the second does not decide."""


def kind_by_second_order(
    hessian: tuple[Enclosure, Enclosure, Enclosure], border: Border = INSIDE
) -> Kind | None:
    """The kind that enclosures of f_xx, f_xy, f_yy prove, or None where they do not decide."""
    return second_order(hessian, border, lambda ball: bool(ball > 0))


def kind_by_higher_order(
    f: sympy.Expr, at: tuple[Fraction, Fraction], border: Border = INSIDE
) -> Kind | None:
    """The kind of a point known exactly, or None where this does not decide.

    For a polynomial the definitions themselves, by algebra. Else Nash or neither, by the first
    derivative of f along each axis that does not vanish: f(., y*) has a local minimum at x* if in
    each way that x may move f grows, or is constant; so for y with the sign reversed.
    """
    kind = polynomial_kind(f, at, border)
    if kind is not None:
        return kind
    x, y = (sympy.Rational(c.numerator, c.denominator) for c in at)
    x_wants = _is_minimum(f.subs(Y, y), X, x, border.ways[0])
    y_wants = _is_minimum(-f.subs(X, x), Y, y, border.ways[1])
    if x_wants is None or y_wants is None:
        return None
    if x_wants and y_wants:
        return Kind.NASH
    return None if x_wants or y_wants else Kind.NEITHER


def _is_minimum(
    g: sympy.Expr, variable: sympy.Symbol, at: sympy.Rational, ways: Ways
) -> bool | None:
    slope = g
    for order in range(1, ORDER + 1):
        slope = sympy.simplify(slope.diff(variable))
        if slope == 0:
            return True
        here = sympy.simplify(slope.subs(variable, at))
        if here != 0:
            return all(bool(here * way**order > 0) for way in ways)
    return None
