"""The global value on a box, by branch and bound; and on a plane, where the rest of it is proved away.

A player who moves in R is brought into an interval first: one period, where f is periodic; or so far that
no answer beyond is better than y = 0 (the leading coefficient in y is negative and wins), and no x beyond
is better than x = 0 (some answer y is worth more there, however large x is).
"""

from __future__ import annotations

import heapq
import math

import numpy as np
import sympy
from flint import arb, ctx

from minmaxbench.core.arrays import Floats
from minmaxbench.problems.certificates import GlobalValue
from minmaxbench.problems.search import Interval
from minmaxbench.problems.symbolic import X, Y
from minmaxbench.theory.proofs.balls import SEARCH_BITS, Enclosed
from minmaxbench.theory.proofs.bounding import down, up
from minmaxbench.theory.proofs.cells import ball_box, merged
from minmaxbench.theory.proofs.minimax.game import Game
from minmaxbench.theory.proofs.minimax.tails import coefficients, first, lowest, smaller

ACCURACY = 1e-6
"""The value is enclosed to about this, relative to the range of values met."""
COARSE = 2.0**-9
"""Intervals of x on which the value is settled are still cut down to this part of the box."""
NARROW = 2.0**-16
"""Intervals of x are not cut below this part of the box."""
MANY = 1000
ANSWERS = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Sizes of the answers that are tried against an x far out."""


def by_branching(game: Game) -> GlobalValue | None:
    """The value in a box that is proved to hold every global minimax x; None where none is found."""
    with ctx.workprec(SEARCH_BITS):
        bounded, how = _periods(game)
        if any(bounded.free):
            found = _bounded(bounded)
            if found is None:
                return None
            bounded, how = found, [*how, "nothing better far out"]
        return _on_a_box(bounded, ", ".join(["branch and bound", *how]))


def _periods(game: Game) -> tuple[Game, list[str]]:
    """Intervals of one period for players in R in whose variable f is periodic."""
    box, free, how = list(game.box), list(game.free), []
    for k, variable in enumerate((X, Y)):
        period = _period(game.f, variable) if game.free[k] else None
        if period is not None:
            half = math.nextafter(period / 2, math.inf)
            box[k], free[k] = (-half, half), False
            how = ["one period"]
    return game.on((box[0], box[1]), (free[0], free[1])), how


def _period(f: sympy.Expr, variable: sympy.Symbol) -> float | None:
    try:
        period = sympy.periodicity(f, variable)
    except (NotImplementedError, TypeError, ValueError):
        return None
    if period is None or not period.is_number or not period > 0:
        return None
    moved = sympy.simplify(f.subs(variable, variable + period) - f)
    return float(period) * (1 + 1e-15) if moved == 0 else None


def _bounded(game: Game) -> Game | None:
    """The game on a box that holds every good answer and every global minimax x."""
    if not game.free[0]:
        reach = _answers(game, game.box[0])
        return None if reach is None else game.on((game.box[0], (-reach, reach)))
    boxes: list[Game] = []

    def holds(r: float) -> bool:
        y = game.box[1]
        if game.free[1]:
            reach = _answers(game, (-r, r))
            if reach is None:
                return False
            y = (-reach, reach)
        inside = game.on(((-r, r), y))
        if all(_worse(inside, r, way) for way in (1, -1)):
            boxes.append(inside)
        return bool(boxes)

    return boxes[0] if first(holds, 1.0) is not None else None


def _answers(game: Game, x: Interval) -> float | None:
    """So far from zero answers are worse than y = 0, for every x of an interval."""
    known = coefficients(game.f - game.f.subs(Y, 0), Y, ball_box((x,))[0])
    return None if known is None else first(lambda r: smaller(known, r), 1.0)


def _worse(game: Game, r: float, way: int) -> bool:
    """Whether phi at way * t, t >= r, exceeds phi(0), for some answer that is good there."""
    (low, high), f = game.box[1], Enclosed(game.f)
    best = _max_over_y(game, f, 0.0, ACCURACY * _spread(game))
    for y in (sign * size for size in ANSWERS for sign in (1, -1)):
        known = coefficients(game.f.subs(Y, sympy.Rational(y)), X) if low <= y <= high else None
        if known is not None and lowest(known, r, way) > best:
            return True
    return False


def _on_a_box(game: Game, method: str) -> GlobalValue | None:
    """Branch and bound over x; a cell is dropped when phi exceeds the best value known on all of it."""
    f, x_box = Enclosed(game.f), game.box[0]
    smallest, scale = NARROW * (x_box[1] - x_box[0]), _spread(game)
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
        best = min(best, _max_over_y(game, f, centre, ACCURACY * scale))
        for part in ((a, centre), (centre, b)):
            bound = _lower_bound(game, f, part)
            if bound <= best:
                heapq.heappush(heap, (bound, part))
    kept = [(low, part) for low, part in [*kept, *heap] if low <= best]
    if not np.isfinite(best):
        return None
    clusters = sorted(hull[0] for hull in merged([(part,) for _, part in kept]))
    return game.proved(method, (min(low for low, _ in kept), best), tuple(clusters))


def _spread(game: Game) -> float:
    x, y = np.meshgrid(np.linspace(*game.box[0], 33), np.linspace(*game.box[1], 33))
    values = game.numbers(x, y)
    return float(np.ptp(values[np.isfinite(values)])) or 1.0


def _lower_bound(game: Game, f: Enclosed, part: Interval) -> float:
    """A number that phi exceeds on an interval of x: f at good answers, by the mean-value form."""
    (x,) = ball_box((part,))
    centre = arb(x.mid())
    bound = -np.inf
    for at in {part[0], (part[0] + part[1]) / 2, part[1]}:
        y = arb(_answer(game, at))
        mean = f.value((centre, y)) + f.slopes((x, y))[0] * (x - centre)
        bound = max(bound, down(f.value((x, y))), down(mean))
    return bound


def _answer(game: Game, x: float) -> float:
    """About the best y, in floating point: any y gives a valid bound."""
    y: Floats = np.linspace(*game.box[1], 257)
    for _ in range(3):
        values = game.numbers(np.full(len(y), x), y)
        k = int(np.nanargmax(values))
        best = float(y[k])
        y = np.linspace(y[max(k - 1, 0)], y[min(k + 1, len(y) - 1)], 65)
    return best


def _max_over_y(game: Game, f: Enclosed, x: float, accuracy: float) -> float:
    """An upper bound of phi(x), within the accuracy where bisection achieves it."""
    at = arb(x)
    floor = down(f.value((at, arb(_answer(game, x)))))
    stack, highest = [game.box[1]], floor
    for _ in range(MANY):
        if not stack:
            break
        low, high = stack.pop()
        (y,) = ball_box(((low, high),))
        centre = arb(y.mid())
        mean = f.value((at, centre)) + f.slopes((at, y))[1] * (y - centre)
        upper = min(up(f.value((at, y))), up(mean))
        if upper <= floor + accuracy:
            highest = max(highest, upper)
        else:
            half = (low + high) / 2
            stack += [(low, half), (half, high)]
    return np.inf if stack else highest
