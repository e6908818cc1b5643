"""What f does far out: polynomials in one variable whose coefficients are known to lie in intervals.

Sines, cosines, hyperbolic tangents and logistic functions count as numbers that lie between -1 and 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import sympy
from flint import arb

from minmaxbench.problems.symbolic import sigmoid
from minmaxbench.theory.proofs.balls import Enclosed, Enclosure
from minmaxbench.theory.proofs.bounding import down, up

BOUNDED = (sympy.sin, sympy.cos, sympy.tanh, sigmoid)
POWERS = arb(0.5, 0.5), arb(0, 1)
"""Even and odd powers of a number between -1 and 1."""
DOUBLINGS = 12
"""Lines end at the end that is asked for, or at so many times twice that."""

Coefficients = list[Enclosure]
"""Of a polynomial in one variable, the constant first."""


def coefficients(
    f: sympy.Expr, variable: sympy.Symbol, other: Enclosure | None = None
) -> Coefficients | None:
    """f as a polynomial in a variable, where the other lies in an interval; None where it is none."""
    names: dict[sympy.Expr, sympy.Symbol] = {}

    def named(u: sympy.Expr) -> sympy.Symbol:
        return names.setdefault(u, sympy.Dummy(f"bounded{len(names)}"))

    shown = f.replace(lambda u: isinstance(u, BOUNDED) and u.has(variable), named)
    if not shown.is_polynomial(variable):
        return None
    place, found = arb(0) if other is None else other, []
    for c in reversed(sympy.Poly(shown, variable).all_coeffs()):
        parts = sympy.Poly(c, *names.values()).terms() if names else [((), c)]
        total = arb(0)
        for powers, part in parts:
            size = arb(1)
            for n in powers:
                size *= POWERS[n % 2] if n else 1
            total += Enclosed(part).value((place, place)) * size
        found.append(total)
    return found


def beyond(f: sympy.Expr, variable: sympy.Symbol, end: float, floor: float) -> float | None:
    """A number so large that f > floor wherever the variable is further than that from zero."""
    known = coefficients(f, variable)
    return None if known is None else first(lambda r: _above(known, r, floor), end)


def first(holds: Callable[[float], bool], end: float) -> float | None:
    """The first of some ends, each twice the one before, at which something holds."""
    ends = (end * 2.0**k for k in range(DOUBLINGS))
    return next((r for r in ends if holds(r)), None)


def _above(known: Coefficients, r: float, floor: float) -> bool:
    """Whether a polynomial exceeds a number on both tails."""
    return all(lowest(known, r, way) > floor for way in (1, -1))


def lowest(known: Coefficients, r: float, way: int) -> float:
    """The least value of a polynomial at way * t for t >= r, if its expansion about r shows it.

    With all coefficients of (t - r) not negative it is the value at r.
    """
    turned = [c * way**k for k, c in enumerate(known)]
    n, at = len(turned), arb(r)
    moved = [
        sum((math.comb(k, j) * turned[k] * at ** (k - j) for k in range(j, n)), arb(0))
        for j in range(n)
    ]
    if not all(c.is_finite() and down(c) >= 0 for c in moved[1:]):
        return -math.inf
    return down(moved[0])


def smaller(known: Coefficients, r: float) -> bool:
    """Whether a polynomial of degree n is negative wherever |t| >= r.

    Divided by |t|^n it is at most its leading coefficient and the sizes of the others over r^(n - k).
    """
    n = len(known) - 1
    if n == 0 or n % 2:
        return False
    rest = sum((abs(known[k]) / arb(r) ** (n - k) for k in range(n)), arb(0))
    total = known[n] + rest
    return total.is_finite() and up(total) < 0
