"""Global saddle points: f(x*, y) <= f(x*, y*) <= f(x, y*) for all x and y, proved one line at a time.

Such a point is a global Nash point, and its value is both the minimax and the maximin value.
"""

from __future__ import annotations

import sympy
from flint import arb, ctx

from minmaxbench.problems.certificates import CertifiedPoint, GlobalValue
from minmaxbench.problems.search import Interval
from minmaxbench.problems.symbolic import X, Y
from minmaxbench.theory.proofs.balls import SEARCH_BITS
from minmaxbench.theory.proofs.bounding import down, up
from minmaxbench.theory.proofs.minimax.game import Game, plain
from minmaxbench.theory.proofs.minimax.polynomial import around, never_negative, real_roots
from minmaxbench.theory.proofs.minimax.tails import beyond
from minmaxbench.theory.proofs.tight import Tight

METHOD = "global saddle point"
DIGITS = 12
"""Points are tried whose coordinates are so short: a saddle value is proved at exact numbers only."""
MANY = 4000
"""Intervals of a line that are looked at."""
SMALL = 2.0**-30
"""Intervals are not cut below this part of the line."""


def by_saddle(game: Game) -> GlobalValue | None:
    """The value at a listed point that is proved a global saddle point, where x* is the only x."""
    for point in game.points:
        if max(len(point.x), len(point.y)) > DIGITS:
            continue
        x, y = (sympy.Rational(c) for c in (point.x, point.y))
        value = game.f.subs({X: x, Y: y})
        row, column = game.f.subs(X, x) - value, game.f.subs(Y, y) - value
        if not _positive_off(column, X, game, 0, x) and not _moves_away(game, point, column):
            continue
        if _nowhere_negative(-row, Y, game, 1, y):
            note = f"({point.x}, {point.y})" if not game.swapped else f"({point.y}, {point.x})"
            where = (around(x),)
            return game.proved(METHOD, around(sympy.simplify(plain(value))), where, note)
    return None


def _moves_away(game: Game, point: CertifiedPoint, column: sympy.Expr) -> bool:
    """Whether f(x, y*) is f(x*, y*) for every x, and y can do better than y* at every x but x*.

    So in f = y g(x): f_y(x, y*) is zero at x* only, and y* is no border of the max-player's set.
    """
    low, high = (-sympy.oo, sympy.oo) if game.free[1] else game.box[1]
    if sympy.simplify(plain(column)) != 0 or not low < sympy.Rational(point.y) < high:
        return False
    slope = sympy.factor(
        sympy.simplify(plain(sympy.diff(game.f, Y)).subs(Y, sympy.Rational(point.y)))
    )
    zeros = sympy.solveset(slope, X, sympy.Reals)
    return bool(zeros == sympy.FiniteSet(sympy.Rational(point.x)))


def _nowhere_negative(
    g: sympy.Expr, variable: sympy.Symbol, game: Game, player: int, at: sympy.Rational
) -> bool:
    """Whether a function of one variable with g(at) = 0 is proved to be nowhere negative."""
    g = sympy.simplify(plain(g))
    if g.is_polynomial(variable) and game.free[player]:
        return g == 0 or never_negative(g.subs(variable, X))
    return g == 0 or _positive_off(g, variable, game, player, at)


def _positive_off(
    g: sympy.Expr, variable: sympy.Symbol, game: Game, player: int, at: sympy.Rational
) -> bool:
    """Whether a function of one variable with g(at) = 0 is proved positive everywhere else."""
    if g.is_polynomial(variable) and game.free[player]:
        alone = g.subs(variable, X)
        if not alone.free_symbols or not never_negative(alone):
            return False
        return list(real_roots(sympy.Poly(alone, X))) == [at]
    line = game.box[player]
    if game.free[player]:
        found = beyond(g, variable, max(abs(end) for end in line), 0.0)
        if found is None:
            return False
        line = (-found, found)
    return _positive_on(g, variable, line, at)


def _positive_on(
    g: sympy.Expr, variable: sympy.Symbol, line: Interval, exact: sympy.Rational
) -> bool:
    """The same on an interval: by values away from ``exact``, near it by a positive second derivative.

    At an end of the interval a slope away from zero does it, too.
    """
    at = float(exact)
    if sympy.Rational(at) != exact:
        return False
    alone = g.subs(variable, X)
    flat = sympy.simplify(sympy.diff(alone, X).subs(X, exact)) == 0
    value, slope, bend = (Tight(sympy.diff(alone, X, n)) for n in range(3))
    inside = line[0] < at < line[1]
    with ctx.workprec(SEARCH_BITS):
        stack, looked = [line], 0
        while stack and looked < MANY:
            low, high = stack.pop()
            looked += 1
            here = (arb(low).union(arb(high)), arb(0))
            known = value(here)
            if known.is_finite() and down(known) > 0:
                continue
            if low <= at <= high and _rises(slope(here), bend(here), flat, inside, at == line[0]):
                continue
            if high - low <= SMALL * (line[1] - line[0]):
                return False
            middle = (low + high) / 2
            stack += [(low, middle), (middle, high)]
    return not stack


def _rises(slope: arb, bend: arb, flat: bool, inside: bool, left: bool) -> bool:
    """Whether a function rises from a point at which it is zero, on an interval about that point."""
    if inside:
        return flat and bend.is_finite() and down(bend) > 0
    if not slope.is_finite():
        return False
    return down(slope) > 0 if left else up(slope) < 0
