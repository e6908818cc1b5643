"""The global minimax value, min over x of phi(x) = max over y of f(x, y), where it can be proved.

On a box by branch and bound with enclosures; for polynomials in y on the whole plane by algebra.
"""

from __future__ import annotations

import heapq
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy
from flint import arb, ctx

from minmaxbench.core.sets import Torus
from minmaxbench.problems.certificates import CertifiedPoint, GlobalMinimax, middle
from minmaxbench.problems.formula import X, Y
from minmaxbench.problems.search import sides
from minmaxbench.theory.proofs.balls import SEARCH_BITS, Enclosed, Enclosure
from minmaxbench.theory.proofs.cells import ball_box, merged

if TYPE_CHECKING:
    from minmaxbench.problems.planar import Planar

ACCURACY = 1e-6
"""The value is enclosed to about this, relative to the range of values met."""
COARSE = 2.0**-9
"""Intervals of x on which the value is settled are still cut down to this part of the box."""
NARROW = 2.0**-16
"""Intervals of x are not cut below this part of the box."""
MANY = 1000


def global_minimax(problem: Planar, points: list[CertifiedPoint]) -> GlobalMinimax:
    """What can be said about the global minimax points of a planar problem."""
    bounded = [isinstance(s, Torus) or len(sides(s)) == 2 for s in (problem.x_set, problem.y_set)]
    if all(bounded):
        with ctx.workprec(SEARCH_BITS):
            return _on_a_box(problem, points)
    if problem.constrained or any(bounded):
        return GlobalMinimax("not decided", note="one player moves in a box, the other in R")
    return _on_the_plane(problem.formula.expression, points)


def _on_the_plane(f: sympy.Expr, points: list[CertifiedPoint]) -> GlobalMinimax:
    if not f.is_polynomial(Y):
        return GlobalMinimax("not decided", note="f is no polynomial in y")
    in_y = sympy.Poly(f, Y)
    if in_y.degree() <= 0:
        return _least_value(f)
    leading = sympy.factor(in_y.LC())
    if in_y.degree() % 2 == 1 or _never_negative(leading):
        return _where_it_vanishes(f, leading, points)
    if not (leading.is_number and leading < 0):
        return GlobalMinimax("not decided", note=f"the leading coefficient {leading} decides")
    if in_y.degree() != 2:
        return GlobalMinimax("not decided", note="sup over y is finite for every x")
    _, b, c = in_y.all_coeffs()
    phi = sympy.expand(c - b**2 / (4 * leading))
    return _least_value(phi)


def _never_negative(leading: sympy.Expr) -> bool:
    """Whether a function of x is proved to be nowhere negative, and not zero everywhere."""
    if leading.is_number:
        return bool(leading > 0)
    if not leading.is_polynomial(X):
        return bool(leading.is_nonnegative)
    polynomial = sympy.Poly(leading, X)
    odd = any(n % 2 for n in _real_roots(polynomial).values())
    return not odd and bool(polynomial.LC() > 0)


def _where_it_vanishes(
    f: sympy.Expr, leading: sympy.Expr, points: list[CertifiedPoint]
) -> GlobalMinimax:
    """sup over y is infinite but where the leading coefficient vanishes: there f is of lower degree."""
    zeros = _zeros(leading)
    if zeros is None:
        note = f"sup over y is infinite for every x at which {leading} is not 0"
        return GlobalMinimax("not decided", note=note)
    values = [(_supremum(f.subs(X, r)), r) for r in zeros]
    if any(v is None for v, _ in values):
        note = f"sup over y is infinite for every x other than {', '.join(map(str, zeros))}"
        return GlobalMinimax("not decided", note=note)
    finite: list[tuple[Any, Any]] = [(v, r) for v, r in values if v != sympy.oo]
    if not finite:
        return GlobalMinimax("sup unbounded", note="for every x")
    least = min(v for v, _ in finite)
    value, where = _around(least), tuple(_around(r) for v, r in finite if v == least)
    rows = tuple(
        k
        for k, p in enumerate(points)
        if any(a <= float(p.x) <= b for a, b in where) and value[0] <= middle(p.value) <= value[1]
    )
    return GlobalMinimax(
        "enclosed", value, where, rows, note="sup over y is infinite for every other x"
    )


def _zeros(leading: sympy.Expr) -> list[sympy.Expr] | None:
    """All real zeros of a function of x; None where they are not known or not finitely many."""
    if leading.is_number:
        return []
    if leading.is_polynomial(X):
        return list(_real_roots(sympy.Poly(leading, X)))
    found = sympy.solveset(leading, X, sympy.Reals)
    return sorted(found) if isinstance(found, sympy.FiniteSet) else None


def _real_roots(polynomial: sympy.Poly) -> dict[sympy.Expr, int]:
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
        critical = _real_roots(polynomial.diff(Y))
    except (NotImplementedError, sympy.PolynomialError):
        return None
    return max(sympy.simplify(g.subs(Y, r)) for r in critical)


def _least_value(phi: sympy.Expr) -> GlobalMinimax:
    """The minimum of a function of x alone, if it is a polynomial."""
    if not phi.free_symbols:
        return GlobalMinimax("enclosed", _around(phi), note="for every x")
    if not phi.is_polynomial(X):
        return GlobalMinimax("not decided", note=f"max over y of f is {phi}")
    polynomial = sympy.Poly(phi, X)
    if polynomial.degree() % 2 == 1 or polynomial.LC() < 0:
        return GlobalMinimax("inf unbounded", note=f"max over y of f is {phi}")
    values = [(phi.subs(X, r), r) for r in _real_roots(polynomial.diff(X))]
    least = min(v for v, _ in values)
    where = tuple(_around(r) for v, r in values if v == least)
    return GlobalMinimax("enclosed", _around(least), where, note=f"max over y of f is {phi}")


def _around(number: sympy.Expr) -> tuple[float, float]:
    """Floats that enclose a real number; both are the number where a float can hold it."""
    near = float(number.evalf(40))
    if sympy.Rational(near) == number:
        return near, near
    return float(np.nextafter(near, -np.inf)), float(np.nextafter(near, np.inf))


def _on_a_box(problem: Planar, points: list[CertifiedPoint]) -> GlobalMinimax:
    """Branch and bound over x; a cell is dropped when phi exceeds the best value known on all of it."""
    f, (x_box, y_box) = Enclosed(problem.formula.expression), problem.box
    smallest, scale = NARROW * (x_box[1] - x_box[0]), _spread(problem, x_box, y_box)
    best = np.inf
    heap = [(-np.inf, x_box)]
    kept: list[tuple[float, tuple[float, float]]] = []
    for _ in range(MANY):
        if not heap or heap[0][0] > best:
            break
        low, (a, b) = heapq.heappop(heap)
        settled = low > best - 2 * ACCURACY * scale and b - a <= COARSE * (x_box[1] - x_box[0])
        if settled or b - a <= smallest:
            kept.append((low, (a, b)))
            continue
        centre = (a + b) / 2
        best = min(best, _max_over_y(problem, f, centre, y_box, ACCURACY * scale))
        for part in ((a, centre), (centre, b)):
            bound = _lower_bound(problem, f, part, y_box)
            if bound <= best:
                heapq.heappush(heap, (bound, part))
    kept = [(low, part) for low, part in [*kept, *heap] if low <= best]
    if not np.isfinite(best):
        return GlobalMinimax("not decided", note="no finite enclosure of max over y of f")
    clusters = sorted(hull[0] for hull in merged([(part,) for _, part in kept]))
    value = (min(low for low, _ in kept), best)
    rows = tuple(
        k
        for k, p in enumerate(points)
        if any(a <= float(p.x) <= b for a, b in clusters)
        and value[0] <= middle(p.value) <= value[1]
    )
    return GlobalMinimax("enclosed", value, tuple(clusters), rows)


def _spread(problem: Planar, x_box: tuple[float, float], y_box: tuple[float, float]) -> float:
    x, y = np.meshgrid(np.linspace(*x_box, 33), np.linspace(*y_box, 33))
    values = problem.value(np, x.reshape(-1, 1), y.reshape(-1, 1))
    return float(np.ptp(values[np.isfinite(values)])) or 1.0


def _lower_bound(
    problem: Planar, f: Enclosed, part: tuple[float, float], y_box: tuple[float, float]
) -> float:
    """A number that phi exceeds on an interval of x: f at good answers, by the mean-value form."""
    (x,) = ball_box((part,))
    centre = arb(x.mid())
    bound = -np.inf
    for at in {part[0], (part[0] + part[1]) / 2, part[1]}:
        y = arb(_answer(problem, at, y_box))
        mean = f.value((centre, y)) + f.slopes((x, y))[0] * (x - centre)
        bound = max(bound, _down(f.value((x, y))), _down(mean))
    return bound


def _answer(problem: Planar, x: float, y_box: tuple[float, float]) -> float:
    """About the best y, in floating point: any y gives a valid bound."""
    y = np.linspace(*y_box, 257)
    for _ in range(3):
        values = problem.value(np, np.full((len(y), 1), x), y[:, None])
        k = int(np.nanargmax(values))
        best = float(y[k])
        y = np.linspace(y[max(k - 1, 0)], y[min(k + 1, len(y) - 1)], 65)
    return best


def _max_over_y(
    problem: Planar, f: Enclosed, x: float, y_box: tuple[float, float], accuracy: float
) -> float:
    """An upper bound of phi(x), within the accuracy where bisection achieves it."""
    at = arb(x)
    floor = _down(f.value((at, arb(_answer(problem, x, y_box)))))
    stack, highest = [y_box], floor
    for _ in range(MANY):
        if not stack:
            break
        low, high = stack.pop()
        (y,) = ball_box(((low, high),))
        centre = arb(y.mid())
        mean = f.value((at, centre)) + f.slopes((at, y))[1] * (y - centre)
        upper = min(_up(f.value((at, y))), _up(mean))
        if upper <= floor + accuracy:
            highest = max(highest, upper)
        else:
            half = (low + high) / 2
            stack += [(low, half), (half, high)]
    return np.inf if stack else highest


def _down(ball: Enclosure) -> float:
    return float(np.nextafter(float(ball.lower()), -np.inf)) if ball.is_finite() else -np.inf


def _up(ball: Enclosure) -> float:
    return float(np.nextafter(float(ball.upper()), np.inf)) if ball.is_finite() else np.inf
