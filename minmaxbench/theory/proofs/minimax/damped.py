"""Games f = P exp(-q) on the plane, with P a polynomial and q a quadratic that grows on every side.

f tends to zero far out, so sup over y of f(x, y) is at least 0 for every x, and tends to 0 with |x|: its
infimum is 0. It is attained where P(x, y) <= 0 for all y, which algebra decides: the roots of P(x, .)
change their order and number only where the leading coefficient or the discriminant in y vanishes.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import sympy
from flint import arb

from minmaxbench.problems.certificates import GlobalValue
from minmaxbench.problems.search import Interval
from minmaxbench.problems.symbolic import X, Y
from minmaxbench.theory.proofs.balls import Enclosed
from minmaxbench.theory.proofs.bounding import down
from minmaxbench.theory.proofs.cells import ball_box
from minmaxbench.theory.proofs.minimax.game import Game
from minmaxbench.theory.proofs.minimax.polynomial import around, real_roots

METHOD = "decay and algebra"


def by_decay(game: Game) -> GlobalValue | None:
    """The value 0 and the x at which it is attained; None where f is of another form."""
    p = _damped(game.f) if game.whole_plane else None
    if p is None:
        return None
    where, attained = _never_positive(p)
    limit = f"f decays, so {game.extreme} of f tends to 0 as |{game.first}| grows"
    if not where:
        return GlobalValue("none", method=METHOD, note=f"{limit}, and is 0 nowhere")
    if not attained:
        return None
    note = f"{limit}; a best answer exists only where f is 0"
    return game.proved(METHOD, (0.0, 0.0), where, note)


def _damped(f: sympy.Expr) -> sympy.Expr | None:
    """P, where f = P exp(-q) with P a polynomial and q of second degree and growing on every side."""
    rest, powers = [], sympy.Integer(0)
    for factor in sympy.Mul.make_args(sympy.powsimp(f)):
        if isinstance(factor, sympy.exp):
            powers += factor.args[0]
        else:
            rest.append(factor)
    p, q = sympy.expand(sympy.Mul(*rest)), -sympy.expand(powers)
    if not (p.is_polynomial(X, Y) and q.is_polynomial(X, Y)) or p == 0:
        return None
    form = sympy.Poly(q, X, Y)
    curved = sympy.hessian(q, (X, Y)) if form.total_degree() == 2 else None
    return p if curved is not None and curved.is_positive_definite else None


def _never_positive(p: sympy.Expr) -> tuple[tuple[Interval, ...], bool]:
    """Intervals that hold every x with p(x, y) <= 0 for all y, and whether there is one for sure."""
    in_y = sympy.Poly(p, Y)
    free = sympy.Poly(sympy.sqf_part(in_y), Y)
    change = sympy.Poly(free.LC() * in_y.LC() * sympy.discriminant(free, Y), X)
    ends = list(real_roots(change)) if change.degree() > 0 else []
    samples = _between(ends)
    if not all(a < s < b for a, s, b in zip(ends, samples[1:], ends[1:], strict=False)):
        return ((-math.inf, math.inf),), False
    open_parts = [_everywhere(in_y, s) for s in samples]
    attained = any(open_parts)
    # Both an interval and its ends, since p <= 0 is a closed condition; ends between others by themselves.
    held: list[Interval] = []
    for k, fits in enumerate(open_parts):
        low = -math.inf if k == 0 else around(ends[k - 1])[0]
        high = math.inf if k == len(ends) else around(ends[k])[1]
        if fits:
            held.append((low, high))
        if k < len(ends) and not fits and not open_parts[k + 1]:
            exact = ends[k].is_Rational and _everywhere(in_y, ends[k])
            attained = attained or exact
            if exact or not (ends[k].is_Rational or _somewhere(in_y, around(ends[k]))):
                held.append(around(ends[k]))
    return _joined(held), attained


def _between(ends: list[sympy.Expr]) -> list[sympy.Rational]:
    """A rational number below all, between each two, and above all."""
    if not ends:
        return [sympy.Integer(0)]
    inner = [
        sympy.Rational((float(a.evalf(30)) + float(b.evalf(30))) / 2)
        for a, b in itertools.pairwise(ends)
    ]
    return [sympy.floor(ends[0]) - 1, *inner, sympy.ceiling(ends[-1]) + 1]


def _everywhere(in_y: sympy.Poly, x: sympy.Expr) -> bool:
    """Whether p(x, y) <= 0 for all y, at a rational x."""
    row = sympy.Poly(in_y.as_expr().subs(X, x), Y)
    if row.degree() <= 0:
        return bool(row.as_expr() <= 0)
    odd = any(n % 2 for n in real_roots(row).values())
    return not odd and row.degree() % 2 == 0 and bool(row.LC() < 0)


def _somewhere(in_y: sympy.Poly, x: Interval) -> bool:
    """Whether p(x, y) > 0 for some y and every x of a narrow interval."""
    row = np.array([float(c.subs(X, x[0])) for c in in_y.all_coeffs()])
    critical = np.roots(np.polyder(row))
    y = [*critical.real, *np.linspace(-8.0, 8.0, 17)]
    p, (around_x,) = Enclosed(in_y.as_expr()), ball_box((x,))
    return any(down(p.value((around_x, arb(float(c))))) > 0 for c in y)


def _joined(held: list[Interval]) -> tuple[Interval, ...]:
    """Intervals that touch, as one."""
    found: list[Interval] = []
    for low, high in held:
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(found)
