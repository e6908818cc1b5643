"""The largest value of a function on a box, between two certified ends: branch and bound."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

from flint import arb, ctx

from minmaxbench.theory.proofs.balls import SEARCH_BITS, Enclosure, Point
from minmaxbench.theory.proofs.cells import Cell, ball_box, halves

MANY = 10_000
"""Cells of a search, if nothing else is said."""
SMALLEST = 2.0**-30
"""Cells are not cut below this part of the box."""
SLIM = 100
"""Cells are at most so many times longer than wide, relative to the box."""


@dataclass
class Highest:
    """The supremum of a function lies between ``low``, which it reaches, and ``high``."""

    low: float
    high: float
    cells: int


def highest(
    over: Callable[[Point], Enclosure],
    box: Cell,
    tolerance: float,
    scale: float = 0.0,
    cap: float = math.inf,
    signed: bool = False,
    many: int = MANY,
) -> Highest:
    """The largest value of what ``over`` encloses on boxes, to ``tolerance`` relative to it or ``scale``.

    The cell with the highest bound is cut next. A cell without a finite bound is cut, too, until it is
    as small as cells get: then ``high`` is infinite. ``signed`` asks to go on until the sign is known.
    ``cap`` is a bound that is known before. After ``many`` cells the search ends with what it has.
    """
    with ctx.workprec(SEARCH_BITS):
        widths = [b - a for a, b in box]
        low, cells, order, settled = -math.inf, 0, itertools.count(), -math.inf
        heap = [(-math.inf, next(order), box)]
        while heap and cells < many:
            high = min(max(-heap[0][0], settled), cap)
            close = high - low <= tolerance * max(abs(low), abs(high), scale)
            if (
                math.isfinite(high)
                and math.isfinite(low)
                and close
                and not (signed and low <= 0 < high)
            ):
                break
            cell = heapq.heappop(heap)[2]
            if max((b - a) / w for (a, b), w in zip(cell, widths, strict=True)) <= SMALLEST:
                settled = max(settled, high)
                continue
            bounds, parts = _cut(over, cell, widths, low)
            cells += len(parts)
            for bound, part in zip(bounds, parts, strict=True):
                at = over(tuple(arb(c.mid()) for c in ball_box(part)))
                low = max(low, down(at)) if at.is_finite() else low
                if bound > low:
                    heapq.heappush(heap, (-bound, next(order), part))
        high = max(-heap[0][0] if heap else low, settled, low)
        return Highest(low, max(low, min(high, cap)), cells)


def _cut(
    over: Callable[[Point], Enclosure], cell: Cell, widths: list[float], low: float
) -> tuple[list[float], list[Cell]]:
    """The halves of a cell along its longer side, or along the other if that is much better."""
    sizes = [(b - a) / w for (a, b), w in zip(cell, widths, strict=True)]
    axis = sizes.index(max(sizes))
    best, parts = _bounds(over, halves(cell, axis))
    if len(cell) == 2 and max(sizes) < SLIM * min(sizes):
        other, others = _bounds(over, halves(cell, 1 - axis))
        if max(other) - low < (max(best) - low) / 2:
            return other, others
    return best, parts


def _bounds(
    over: Callable[[Point], Enclosure], parts: list[Cell]
) -> tuple[list[float], list[Cell]]:
    return [up(over(ball_box(part))) for part in parts], parts


def down(ball: Enclosure) -> float:
    """A float that no number of a ball is below: its lower end where a float can hold that."""
    if not ball.is_finite():
        return -math.inf
    end = float(ball.lower())
    return end if arb(end) <= ball.lower() else math.nextafter(end, -math.inf)


def up(ball: Enclosure) -> float:
    """A float that no number of a ball is above."""
    return -down(-ball)
