"""Cells: boxes with floats for ends, and what covers many of them."""

from __future__ import annotations

import math
from typing import TypeAlias

from flint import arb

from minmaxbench.theory.proofs.balls import Point

Cell: TypeAlias = tuple[tuple[float, float], ...]
"""Lower and upper end of each coordinate."""

STRIPS = 16
"""A curve along which nothing is decided is shown in so many pieces."""


def ball_box(cell: Cell) -> Point:
    """The smallest balls around a cell."""
    return tuple(arb(low).union(arb(high)) for low, high in cell)


def halves(cell: Cell, axis: int) -> list[Cell]:
    """The two halves of a cell along one coordinate."""
    low, high = cell[axis]
    middle = (low + high) / 2
    return [(*cell[:axis], part, *cell[axis + 1 :]) for part in ((low, middle), (middle, high))]


def merged(cells: list[Cell]) -> list[Cell]:
    """The hulls of groups of cells that touch, in the order of their last cells."""
    hulls = [(k, cell) for k, cell in enumerate(cells)]
    while True:
        joined = _swept(hulls)
        if len(joined) == len(hulls):
            return [hull for _, hull in sorted(joined)]
        hulls = joined


def covered(cells: list[Cell], box: Cell) -> list[Cell]:
    """A few cells that hold all of many: hulls, but along a slanting curve, strips of a grid."""
    area = math.prod(b - a for a, b in box)
    found: list[Cell] = []
    for hull in merged(cells):
        inside = [c for c in cells if touch(c, hull)]
        filled = sum(math.prod(b - a for a, b in c) for c in inside)
        size = math.prod(b - a for a, b in hull)
        slanting = len(hull) == 2 and size > area / STRIPS and filled < size / 4
        found += _strips(inside, hull) if slanting else [hull]
    return found


def _strips(cells: list[Cell], hull: Cell) -> list[Cell]:
    """The hulls of the parts of cells in each of a few strips of a hull."""
    (low, high), _ = hull
    size = (high - low) / STRIPS
    strips = []
    for k in range(STRIPS):
        a, b = low + k * size, low + (k + 1) * size
        parts = [((max(c[0][0], a), min(c[0][1], b)), c[1]) for c in cells]
        strips += merged([part for part in parts if part[0][0] < part[0][1]])
    return strips


def _swept(hulls: list[tuple[int, Cell]]) -> list[tuple[int, Cell]]:
    """Hulls joined where they touch, by one sweep along the first coordinate."""
    done: list[tuple[int, Cell]] = []
    active: list[tuple[int, Cell]] = []
    for number, cell in sorted(hulls, key=lambda hull: hull[1]):
        done += [hull for hull in active if hull[1][0][1] < cell[0][0]]
        active = [hull for hull in active if hull[1][0][1] >= cell[0][0]]
        group = [(number, cell), *(hull for hull in active if touch(hull[1], cell))]
        active = [hull for hull in active if hull not in group]
        ends = zip(*(c for _, c in group), strict=True)
        around = tuple((min(a for a, _ in pairs), max(b for _, b in pairs)) for pairs in ends)
        active.append((max(k for k, _ in group), around))
    return done + active


def touch(a: Cell, b: Cell) -> bool:
    """Whether two cells have a point in common."""
    return all(p <= s and r <= q for (p, q), (r, s) in zip(a, b, strict=True))
