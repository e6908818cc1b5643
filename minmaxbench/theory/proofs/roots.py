"""Every root of a system of equations in a box, by branch and prune.

A cell is discarded when an enclosure of some equation over it leaves out zero: the enclosure of the
formula itself, or the mean-value form. Krawczyk's operator (Krawczyk, Computing 1969; Neumaier,
Interval Methods for Systems of Equations, 1990, section 5.1) proves that a cell holds exactly one
root, or none, or shrinks it. What is left is bisected, until it is too small to go on: those cells
stay open, and are reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from flint import arb, ctx

from minmaxbench.theory.proofs.balls import FINAL_BITS, SEARCH_BITS, Enclosed, Enclosure, Point

Cell: TypeAlias = tuple[tuple[float, float], ...]
"""Lower and upper end of each coordinate."""

SMALLEST = 2.0**-22
"""Cells are not cut below this part of the box."""
MANY = 200_000
"""A search gives up after so many cells; those that are left stay open."""


@dataclass
class Roots:
    """What a search has proved: all roots lie in ``found`` or in ``open``."""

    found: list[Point] = field(default_factory=list)
    """Tight enclosures, each of exactly one root, at which the Jacobian is regular."""
    unique: list[Point] = field(default_factory=list)
    """For each root, a larger box in which it is the only one."""
    open: list[Cell] = field(default_factory=list)
    """Cells that may hold roots."""
    cells: int = 0
    """How many cells were examined."""


class System:
    """n equations in n of the two variables; the other variable, if any, is held at a ball."""

    def __init__(
        self, equations: Sequence[Enclosed], free: Sequence[int], held: dict[int, Enclosure]
    ) -> None:
        self.equations, self.free, self.held = equations, free, held

    def point(self, z: Point) -> Point:
        """Both coordinates, of a box in the free ones."""
        full = dict(zip(self.free, z, strict=True)) | self.held
        return full[0], full[1]

    def values(self, z: Point) -> list[Enclosure]:
        """The left-hand sides over a box."""
        return [e.value(self.point(z)) for e in self.equations]

    def jacobian(self, z: Point) -> list[list[Enclosure]]:
        """Their partial derivatives in the free variables over a box."""
        slopes = (e.slopes(self.point(z)) for e in self.equations)
        return [[row[i] for i in self.free] for row in slopes]


def find_roots(system: System, box: Cell, smallest: float = SMALLEST) -> Roots:
    """All roots of a system in a box; see :class:`Roots`."""
    with ctx.workprec(SEARCH_BITS):
        return _search(system, box, smallest)


def _search(system: System, box: Cell, smallest: float) -> Roots:
    widths = [high - low for low, high in box]
    roots, stack = Roots(), [box]
    while stack:
        cell = stack.pop()
        roots.cells += 1
        if any(_inside(cell, other) for other in roots.unique):
            continue
        left = _examine(system, cell, roots)
        if left is None:
            continue
        relative = [(high - low) / w for (low, high), w in zip(left, widths, strict=True)]
        if left != cell and roots.cells < MANY:
            stack.append(left)
        elif max(relative) <= smallest or roots.cells >= MANY:
            roots.open.append(left)
        else:
            stack += halves(left, relative.index(max(relative)))
    roots.open = [c for c in roots.open if not any(_inside(c, other) for other in roots.unique)]
    return roots


def _examine(system: System, cell: Cell, roots: Roots) -> Cell | None:
    """None where the cell is settled; else what is left of it, smaller by a third at least."""
    z = ball_box(cell)
    values = system.values(z)
    if any(not v.contains(0) for v in values):
        return None
    jacobian = system.jacobian(z)
    centre = tuple(arb(c.mid()) for c in z)
    at_centre = system.values(centre)
    offset = [a - c for a, c in zip(z, centre, strict=True)]
    for value, row in zip(at_centre, jacobian, strict=True):
        if not (value + sum(s * o for s, o in zip(row, offset, strict=True))).contains(0):
            return None
    inverse = _inverse([[float(s.mid()) for s in row] for row in jacobian])
    if inverse is None:
        return cell
    image = _krawczyk(inverse, centre, at_centre, jacobian, offset)
    if image is None:
        return cell
    if any(not a.overlaps(b) for a, b in zip(image, z, strict=True)):
        return None
    if _prove(system, image, z, roots):
        return None
    size = 2 * max(high - low for low, high in cell)
    wider = ball_box(tuple((float(c.mid()) - size, float(c.mid()) + size) for c in image))
    if _inside(cell, wider) and _isolates(system, wider, roots):
        return None
    rest = tuple(
        (max(low, _low(k)), min(high, _high(k))) for (low, high), k in zip(cell, image, strict=True)
    )
    pairs = list(zip(rest, cell, strict=True))
    return rest if all(d - c <= 2 / 3 * (b - a) for (c, d), (a, b) in pairs) else cell


def _krawczyk(
    inverse: list[list[float]],
    centre: Point,
    at_centre: list[Enclosure],
    jacobian: list[list[Enclosure]],
    offset: list[Enclosure],
) -> Point | None:
    """c - A g(c) + (I - A J)(Z - c); None where A J is too far from the identity to help."""
    n = len(centre)
    image = []
    for i in range(n):
        defect = [
            (i == j) - sum(inverse[i][k] * jacobian[k][j] for k in range(n)) for j in range(n)
        ]
        if not sum(abs(d) for d in defect) < 1:
            return None
        newton = centre[i] - sum(inverse[i][k] * at_centre[k] for k in range(n))
        image.append(newton + sum(d * o for d, o in zip(defect, offset, strict=True)))
    return tuple(image)


def _isolates(system: System, z: Point, roots: Roots) -> bool:
    """Whether Krawczyk's operator proves a unique root in the box; then it is noted."""
    image = _contract(system, z)
    return image is not None and _prove(system, image, z, roots)


def _contract(system: System, z: Point) -> Point | None:
    """Krawczyk's image of a box, where there is one."""
    jacobian = system.jacobian(z)
    inverse = _inverse([[float(s.mid()) for s in row] for row in jacobian])
    if inverse is None:
        return None
    centre = tuple(arb(c.mid()) for c in z)
    offset = [a - c for a, c in zip(z, centre, strict=True)]
    return _krawczyk(inverse, centre, system.values(centre), jacobian, offset)


def _prove(system: System, image: Point, z: Point, roots: Roots) -> bool:
    """Note the root if Krawczyk's image lies inside the box: then there is exactly one."""
    if not all(a.contains_interior(b) for a, b in zip(z, image, strict=True)):
        return False
    root = _refine(system, image)
    if not any(_within(root, other) for other in roots.unique):
        roots.found.append(root)
        roots.unique.append(z)
    return True


def _refine(system: System, root: Point) -> Point:
    """Shrink an enclosure of a unique, regular root to the final precision."""
    with ctx.workprec(FINAL_BITS):
        for _ in range(12):
            better = _contract(system, root)
            if better is None:
                break
            root = tuple(a.intersection(b) for a, b in zip(root, better, strict=True))
    return root


def _inverse(matrix: list[list[float]]) -> list[list[float]] | None:
    if len(matrix) == 1:
        (a,), determinant = matrix[0], matrix[0][0]
        adjugate = [[1.0]]
    else:
        (a, b), (c, d) = matrix
        determinant, adjugate = a * d - b * c, [[d, -b], [-c, a]]
    if determinant == 0 or not math.isfinite(determinant):
        return None
    inverse = [[entry / determinant for entry in row] for row in adjugate]
    return inverse if all(math.isfinite(e) for row in inverse for e in row) else None


def ball_box(cell: Cell) -> Point:
    """The smallest balls around a cell."""
    return tuple(arb(low).union(arb(high)) for low, high in cell)


def _low(ball: Enclosure) -> float:
    return math.nextafter(float(ball.lower()), -math.inf)


def _high(ball: Enclosure) -> float:
    return math.nextafter(float(ball.upper()), math.inf)


def halves(cell: Cell, axis: int) -> list[Cell]:
    """The two halves of a cell along one coordinate."""
    low, high = cell[axis]
    middle = (low + high) / 2
    return [(*cell[:axis], part, *cell[axis + 1 :]) for part in ((low, middle), (middle, high))]


def _inside(cell: Cell, z: Point) -> bool:
    return all(b.contains(arb(end)) for ends, b in zip(cell, z, strict=True) for end in ends)


def _within(root: Point, z: Point) -> bool:
    return all(b.contains(a) for a, b in zip(root, z, strict=True))
