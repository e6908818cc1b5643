"""The kind of a stationary point of a polynomial, by its definition, in exact arithmetic.

At a point known exactly, g(s, t) = f(x* + s, y* + t) - f* is a polynomial with rational
coefficients. Whether y* is a local maximum is read off the lowest coefficient of g(0, t). Whether
the max-player keeps f up as x moves (local minimax: Jin, Netrapalli, Jordan, ICML 2020, Definition 14)
is the question whether for small s > 0 some small t has g(s, t) >= 0. For t in a small interval in
which only t = 0 has g(0, t) >= 0, the sign pattern of g(s, .) is the same for all s from 0 to the first
root of the discriminant and of the values at the ends: one such s answers, by isolating real roots.
"""

from __future__ import annotations

from fractions import Fraction

import sympy

from minmaxbench.core.problem import Kind
from minmaxbench.problems.kinds import Border, Ways
from minmaxbench.problems.symbolic import X, Y

LARGEST = 24
"""The largest degree that is looked at."""


def polynomial_kind(f: sympy.Expr, at: tuple[Fraction, Fraction], border: Border) -> Kind | None:
    """The kind of a stationary point; None where f is no polynomial with rational coefficients."""
    if not f.is_polynomial(X, Y):
        return None
    x, y = (sympy.Rational(c.numerator, c.denominator) for c in at)
    g = sympy.Poly(f.subs({X: x + X, Y: y + Y}, simultaneous=True), X, Y)
    if g.domain not in (sympy.ZZ, sympy.QQ) or g.total_degree() > LARGEST:
        return None
    g = (g - g.eval({X: 0, Y: 0})).set_domain(sympy.QQ)
    swapped = sympy.Poly((-g).as_expr().subs({X: Y, Y: X}, simultaneous=True), X, Y, domain="QQ")
    x_ways, y_ways = border.ways
    if _stays(g, y_ways) and _stays(swapped, x_ways):
        return Kind.NASH
    if _minimax(g, x_ways, y_ways):
        return Kind.MINIMAX
    return Kind.MAXIMIN if _minimax(swapped, y_ways, x_ways) else Kind.NEITHER


def _stays(g: sympy.Poly, ways: Ways) -> bool:
    """Whether t = 0 is a local maximum of g(0, t), for t in the given ways."""
    return all(_sign(g.eval(X, 0), way) <= 0 for way in ways)


def _sign(p: sympy.Poly, way: int) -> int:
    """The sign of a polynomial in one variable near 0, on one side."""
    if p.is_zero:
        return 0
    (order,), lowest = p.terms()[-1]
    sign: int = int(sympy.sign(lowest)) * way**order
    return sign


def _minimax(g: sympy.Poly, x_ways: Ways, y_ways: Ways) -> bool:
    if not _stays(g, y_ways):
        return False
    sides = (sympy.Poly(g.as_expr().subs(X, s * X), X, Y, domain="QQ") for s in x_ways)
    return all(_kept_up(side, y_ways) for side in sides)


def _kept_up(g: sympy.Poly, ways: Ways) -> bool:
    """Whether for each small s > 0 some t, the smaller the smaller s, has g(s, t) >= 0."""
    if g.is_zero:
        return True
    power = min(order for (order, _), _ in g.terms())
    g = sympy.Poly(sympy.cancel(g.as_expr() / X**power), X, Y, domain="QQ")
    first = g.eval(X, 0)
    if first.eval(0) != 0 or any(_sign(first, way) > 0 for way in ways):
        # Near (0, 0) g has one sign, or it is positive at answers as near to 0 as one likes.
        return bool(first.eval(0) > 0) or any(_sign(first, way) > 0 for way in ways)
    if not ways:
        return _sign(g.eval(Y, 0), 1) >= 0
    reach = _rootless([first, sympy.Poly(first.as_expr().subs(Y, -Y), Y, domain="QQ")])
    low, high = (reach * way if way in ways else sympy.Integer(0) for way in (-1, 1))
    plain = sympy.Poly(sympy.sqf_part(g), X, Y, domain="QQ")
    leading = sympy.Poly(plain.as_expr(), Y).LC()
    changes = [sympy.Poly(c, X, domain="QQ") for c in (sympy.discriminant(plain, Y), leading)]
    changes += [g.eval(Y, end) for end in (low, high) if not g.eval(Y, end).is_zero]
    return _reaches_zero(g.eval(X, _rootless(changes)), low, high)


def _rootless(polynomials: list[sympy.Poly]) -> sympy.Rational:
    """A positive number up to which, itself included, none of them has a root but 0."""
    end = sympy.Integer(1)
    for p in polynomials:
        (order,), _ = p.terms()[-1]
        rest = sympy.Poly(sympy.cancel(p.as_expr() / p.gen**order), p.gen, domain="QQ")
        while rest.degree() > 0 and rest.count_roots(0, end):
            end /= 2
    return end


def _reaches_zero(p: sympy.Poly, low: sympy.Rational, high: sympy.Rational) -> bool:
    """Whether a polynomial in one variable is not negative somewhere in an interval."""
    if p.degree() <= 0:
        return bool(p.eval(0) >= 0)
    return bool(p.count_roots(low, high)) or bool(p.eval(low) > 0)
