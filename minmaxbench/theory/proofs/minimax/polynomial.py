"""The global value of games on the plane whose f is a polynomial in y, by algebra."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import sympy

from minmaxbench.problems.certificates import GlobalValue
from minmaxbench.problems.search import Interval
from minmaxbench.problems.symbolic import X, Y
from minmaxbench.theory.proofs.minimax.game import Game

METHOD = "algebra"


def by_algebra(game: Game) -> GlobalValue | None:
    """What the coefficients of y decide; None where they do not."""
    if not (game.whole_plane and game.f.is_polynomial(Y)):
        return None
    in_y = sympy.Poly(game.f, Y)
    if in_y.degree() <= 0:
        return _least(game, game.f)
    leading = sympy.factor(in_y.LC())
    if in_y.degree() % 2 == 1 or never_negative(leading):
        return _where_it_vanishes(game, leading)
    if in_y.degree() == 2 and leading.is_number and leading < 0:
        _, b, c = in_y.all_coeffs()
        return _least(game, sympy.expand(c - b**2 / (4 * leading)))
    return None


def never_negative(leading: sympy.Expr) -> bool:
    """Whether a function of x is proved to be nowhere negative, and not zero everywhere."""
    if leading.is_number:
        return bool(leading > 0)
    if not leading.is_polynomial(X):
        return bool(leading.is_nonnegative)
    polynomial = sympy.Poly(leading, X)
    odd = any(n % 2 for n in real_roots(polynomial).values())
    return not odd and bool(polynomial.LC() > 0)


def _where_it_vanishes(game: Game, leading: sympy.Expr) -> GlobalValue | None:
    """sup over y is infinite but where the leading coefficient vanishes: there f is of lower degree."""
    zeros = _zeros(leading)
    if zeros is None:
        return None
    values = [(_supremum(game.f.subs(X, r)), r) for r in zeros]
    if any(v is None for v, _ in values):
        return None
    finite: list[tuple[Any, Any]] = [(v, r) for v, r in values if v != sympy.oo]
    beyond = f"{game.extreme} is {game.infinite} for every"
    if not finite:
        return GlobalValue("none", method=METHOD, note=f"{beyond} {game.first}")
    least = min(v for v, _ in finite)
    where = tuple(around(r) for v, r in finite if v == least)
    return game.proved(METHOD, around(least), where, f"{beyond} other {game.first}")


def _zeros(leading: sympy.Expr) -> list[sympy.Expr] | None:
    """All real zeros of a function of x; None where they are not known or not finitely many."""
    if leading.is_number:
        return []
    if leading.is_polynomial(X):
        return list(real_roots(sympy.Poly(leading, X)))
    found = sympy.solveset(leading, X, sympy.Reals)
    return sorted(found) if isinstance(found, sympy.FiniteSet) else None


def real_roots(polynomial: sympy.Poly) -> dict[sympy.Expr, int]:
    """The different real roots, the least first, with their multiplicities."""
    return dict(Counter(sympy.real_roots(polynomial)))


def _supremum(g: sympy.Expr) -> sympy.Expr | None:
    """The supremum over y of a polynomial in y alone; None where it is not known."""
    polynomial = sympy.Poly(g, Y)
    if polynomial.degree() <= 0:
        return sympy.simplify(g)
    if polynomial.degree() % 2 == 1 or polynomial.LC() > 0:
        return sympy.oo
    try:
        critical = real_roots(polynomial.diff(Y))
    except (NotImplementedError, sympy.PolynomialError):
        return None
    return max(sympy.simplify(g.subs(Y, r)) for r in critical)


def _least(game: Game, phi: sympy.Expr) -> GlobalValue | None:
    """The minimum of a function of x alone, if it is a polynomial."""
    note = f"{game.best} is {game.shown(phi)}"
    if not phi.free_symbols:
        everywhere = ((-np.inf, np.inf),)
        return game.proved(METHOD, around(phi), everywhere, f"{note} for every {game.first}")
    if not phi.is_polynomial(X):
        return None
    polynomial = sympy.Poly(phi, X)
    if polynomial.degree() % 2 == 1 or polynomial.LC() < 0:
        return GlobalValue("none", method=METHOD, note=f"{note}, which is unbounded")
    values = [(phi.subs(X, r), r) for r in real_roots(polynomial.diff(X))]
    least = min(v for v, _ in values)
    where = tuple(around(r) for v, r in values if v == least)
    return game.proved(METHOD, around(least), where, note)


def around(number: sympy.Expr) -> Interval:
    """Floats that enclose a real number; both are the number where a float can hold it."""
    near = float(number.evalf(40))
    if sympy.Rational(near) == number:
        return near, near
    return float(np.nextafter(near, -np.inf)), float(np.nextafter(near, np.inf))
