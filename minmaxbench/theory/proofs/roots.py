"""Every root of a system of equations in a box, by branch and prune.

A cell is discarded when an enclosure of some equation over it leaves out zero: the enclosure of the
formula itself, or the mean-value form. Krawczyk's operator (Krawczyk, Computing 1969; Neumaier,
Interval Methods for Systems of Equations, 1990, section 5.1) proves that a cell holds exactly one
root, or none, or shrinks it. What is left is bisected, until it is too small to go on: those cells
stay open, and are reported.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from flint import arb, ctx

from minmaxbench.theory.proofs.balls import FINAL_BITS, SEARCH_BITS, Enclosed, Enclosure, Point
from minmaxbench.theory.proofs.cells import Cell, ball_box, halves, merged, touch
from minmaxbench.theory.proofs.domain import Domain

SMALLEST = 2.0**-22
"""Cells are not cut below this part of the box."""
MANY = 200_000
"""A search gives up after so many cells without a new root; those that are left stay open."""
CLOSER, FEW = 100, 5000
"""So many groups of open cells are searched again, each with so many cells."""
ROUGH = 4096
"""So many cells in which the formula is not finite are cut further."""
REPORT = 200
"""Cells between two reports of progress."""
BINS = 512
"""Boxes are found by their place on a grid of so many intervals."""


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
        self,
        equations: Sequence[Enclosed],
        free: Sequence[int],
        held: dict[int, Enclosure],
        domain: Domain | None = None,
    ) -> None:
        self.equations, self.free, self.held = equations, free, held
        self.domain = domain or Domain(())

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

    def rough_axis(self, z: Point) -> int | None:
        """The one free variable in which the border of the domain must be looked for, if it is one."""
        axes = self.domain.axes(self.point(z)) & set(self.free)
        return self.free.index(axes.pop()) if len(axes) == 1 else None


Progress: TypeAlias = Callable[[float], object]
"""Told which share of a box has been searched."""


def find_roots(
    system: System,
    box: Cell,
    smallest: float = SMALLEST,
    progress: Progress = lambda share: None,
) -> Roots:
    """All roots of a system in a box; see :class:`Roots`."""
    with ctx.workprec(SEARCH_BITS):
        roots = _Branches(system, box, smallest, progress).search()
        _look_closer(system, roots, box)
        return roots


def _look_closer(system: System, roots: Roots, box: Cell) -> None:
    """Settle groups of open cells that a search of their own settles, as beside a double root."""
    hulls = merged(roots.open)
    if len(hulls) > CLOSER:
        return
    known, still = Boxes(box), []
    for z in roots.unique:
        known.add(z)
    for hull in hulls:
        found = _Branches(system, hull, SMALLEST, lambda share: None, FEW).search()
        if found.open:
            still += [cell for cell in roots.open if touch(cell, hull)]
            continue
        for root, z in zip(found.found, found.unique, strict=True):
            if not known.hold_root(root):
                roots.found.append(root)
                roots.unique.append(z)
                known.add(z)
    roots.open = still


class _Branches:
    """The cells of a search that are still to be examined.

    Cells in which the formula is not finite everywhere come last, all of a size together: along a
    curve on which it is not smooth there is no end of them, and the search must stop evenly.
    """

    def __init__(
        self, system: System, box: Cell, smallest: float, progress: Progress, many: int = MANY
    ) -> None:
        self.system, self.smallest, self.progress, self.many = system, smallest, progress, many
        self.widths = [high - low for low, high in box]
        self.roots, self.seen = Roots(), Boxes(box)
        self.stack, self.rough = [box], list[tuple[Cell, int]]()
        self.left = 1.0
        """The share of the box that is to be examined."""
        self.idle = 0
        """Cells examined since the last root was found."""

    def search(self) -> Roots:
        """Examine cells until none is left."""
        while self.stack or self._halve_rough():
            cell = self.stack.pop()
            self.left -= self._share(cell)
            self.roots.cells += 1
            if not self.roots.cells % REPORT:
                self.progress(1 - self.left)
            if self.seen.hold(cell):
                continue
            before = len(self.roots.found)
            rest = _examine(self.system, cell, self.roots, self.seen)
            self.idle = 0 if len(self.roots.found) > before else self.idle + 1
            if rest is not None:
                self._go_on(cell, rest)
        self.roots.open = [cell for cell in self.roots.open if not self.seen.hold(cell)]
        return self.roots

    def _go_on(self, cell: Cell, rest: Cell) -> None:
        """Look at what is left of a cell again, cut it, or leave it open."""
        relative = [(b - a) / w for (a, b), w in zip(rest, self.widths, strict=True)]
        if rest != cell and self.idle < self.many:
            self._push(rest)
            return
        z = ball_box(rest)
        finite = all(v.is_finite() for v in self.system.values(z))
        rough = None if finite else self.system.rough_axis(z)
        axis = relative.index(max(relative)) if rough is None else rough
        if relative[axis] <= self.smallest or self.idle >= self.many:
            self.roots.open.append(rest)
        elif finite:
            for half in halves(rest, axis):
                self._push(half)
        else:
            self.left += self._share(rest)
            self.rough.append((rest, axis))

    def _halve_rough(self) -> bool:
        """Cut the cells in which the formula is not finite; if there are too many, leave them open."""
        cells, self.rough = self.rough, []
        if len(cells) > ROUGH:
            self.roots.open += [cell for cell, _ in cells]
            return False
        for cell, axis in cells:
            self.left -= self._share(cell)
            for half in halves(cell, axis):
                self._push(half)
        return bool(cells)

    def _push(self, cell: Cell) -> None:
        self.left += self._share(cell)
        self.stack.append(cell)

    def _share(self, cell: Cell) -> float:
        return math.prod((b - a) / w for (a, b), w in zip(cell, self.widths, strict=True))


class Boxes:
    """The boxes that hold one root each, by where they are: few are looked at for a cell."""

    def __init__(self, box: Cell) -> None:
        self._low = [low for low, _ in box]
        self._size = [(high - low) / BINS for low, high in box]
        self._bins: dict[tuple[int, ...], list[Point]] = {}
        self._large: list[Point] = []

    def add(self, z: Point) -> None:
        """Remember a box."""
        spans = [
            range(self._bin(float(c.lower()), i) - 1, self._bin(float(c.upper()), i) + 2)
            for i, c in enumerate(z)
        ]
        if math.prod(map(len, spans)) > BINS:
            self._large.append(z)
            return
        for place in itertools.product(*spans):
            self._bins.setdefault(place, []).append(z)

    def hold(self, cell: Cell) -> bool:
        """Whether one of the boxes holds a whole cell."""
        return any(_inside(cell, z) for z in self._near([low for low, _ in cell]))

    def hold_root(self, root: Point) -> bool:
        """Whether one of the boxes holds a root."""
        return any(_within(root, z) for z in self._near([float(c.mid()) for c in root]))

    def _near(self, at: list[float]) -> list[Point]:
        place = tuple(self._bin(c, i) for i, c in enumerate(at))
        return [*self._large, *self._bins.get(place, ())]

    def _bin(self, value: float, i: int) -> int:
        return math.floor((value - self._low[i]) / self._size[i])


def _examine(system: System, cell: Cell, roots: Roots, seen: Boxes) -> Cell | None:
    """None where the cell is settled; else what is left of it, smaller by a third at least."""
    z = ball_box(cell)
    if system.domain.excludes(system.point(z)):
        return None
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
    if _prove(system, image, z, roots, seen):
        return None
    size = 2 * max(high - low for low, high in cell)
    wider = ball_box(tuple((float(c.mid()) - size, float(c.mid()) + size) for c in image))
    if _inside(cell, wider) and _isolates(system, wider, roots, seen):
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


def _isolates(system: System, z: Point, roots: Roots, seen: Boxes) -> bool:
    """Whether Krawczyk's operator proves a unique root in the box; then it is noted."""
    image = _contract(system, z)
    return image is not None and _prove(system, image, z, roots, seen)


def _contract(system: System, z: Point) -> Point | None:
    """Krawczyk's image of a box, where there is one."""
    jacobian = system.jacobian(z)
    inverse = _inverse([[float(s.mid()) for s in row] for row in jacobian])
    if inverse is None:
        return None
    centre = tuple(arb(c.mid()) for c in z)
    offset = [a - c for a, c in zip(z, centre, strict=True)]
    return _krawczyk(inverse, centre, system.values(centre), jacobian, offset)


def _prove(system: System, image: Point, z: Point, roots: Roots, seen: Boxes) -> bool:
    """Note the root if Krawczyk's image lies inside the box: then there is exactly one."""
    if not all(a.contains_interior(b) for a, b in zip(z, image, strict=True)):
        return False
    root = _refine(system, image)
    if not seen.hold_root(root):
        roots.found.append(root)
        roots.unique.append(z)
        seen.add(z)
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


def _low(ball: Enclosure) -> float:
    return math.nextafter(float(ball.lower()), -math.inf)


def _high(ball: Enclosure) -> float:
    return math.nextafter(float(ball.upper()), math.inf)


def _inside(cell: Cell, z: Point) -> bool:
    return all(b.contains(arb(end)) for ends, b in zip(cell, z, strict=True) for end in ends)


def _within(root: Point, z: Point) -> bool:
    return all(b.contains(a) for a, b in zip(root, z, strict=True))
