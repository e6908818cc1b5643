"""The weak Minty parameter of a planar problem: the largest rho with <v, z - z*> >= rho |v|^2.

v is any value of the operator at z: the field F = (f_x, -f_y) inside, F plus what a bound pushes back
at the border (Pethick et al., ICLR 2022, Assumption 1; Diakonikolas, Daskalakis, Jordan, AISTATS 2021).
Near z* both sides vanish. There F(z) = M (z - z*) with M = [[p, q], [-q, r]], an average of Jacobians
over the segment, so that the quotient is at least the least eigenvalue of the symmetric part of M^-1,
which is min(p, r)/(p r + q^2).
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from flint import arb

from minmaxbench.core.sets import Torus
from minmaxbench.problems.enclosures import Ends
from minmaxbench.problems.search import sides
from minmaxbench.theory.proofs.balls import Enclosure, Point
from minmaxbench.theory.proofs.bounding import Highest, down, highest

if TYPE_CHECKING:
    from minmaxbench.problems.certificates import CertifiedPoint
    from minmaxbench.theory.proofs.tight import Derivatives

Place = tuple[int | None, ...]
"""The side of its interval that each player is held at, if any: 0 the lower, 1 the upper."""

FEW, MANY = 1000, 20_000
"""So many cells are looked at: the quotient is hard to enclose where it is far below zero."""


class WeakMinty:
    """The quotient <v, z - z*>/|v|^2 of one problem and its only stationary point."""

    def __init__(self, f: Derivatives, solution: CertifiedPoint) -> None:
        self.f, self.box = f, f.problem.start_box
        self.solution = tuple(arb(c, solution.radius) for c in (solution.x, solution.y))

    @classmethod
    def of(cls, f: Derivatives) -> WeakMinty | None:
        """None unless one stationary point is proved to be the only one, and lies inside.

        At another one <F, z - z*> changes sign, while |F|^2 is smaller by an order.
        """
        problem, proved = f.problem, f.problem.certificate
        if isinstance(problem.x_set, Torus) or isinstance(problem.y_set, Torus) or proved is None:
            return None
        near = [p for p in proved.points if _inside(p, problem.start_box)]
        if not proved.complete or len(near) != 1 or any(near[0].held):
            return None
        (a, b), (c, d) = problem.start_box
        strictly = a < float(near[0].x) < b and c < float(near[0].y) < d
        return cls(f, near[0]) if strictly else None

    def enclosed(self, tolerance: float, scale: float) -> tuple[Ends, int]:
        """The parameter over the start region, in units of ``scale`` = 1/L, and how many cells that took.

        Theorems ask for more than -1/L: only where that may be does a search take long.
        """
        ends, cells = self._enclosed(tolerance, scale, FEW)
        if ends[1] < -scale or ends[1] - ends[0] <= tolerance * scale:
            return ends, cells
        return self._enclosed(tolerance, scale, MANY)

    def _enclosed(self, tolerance: float, scale: float, many: int) -> tuple[Ends, int]:
        problem = self.f.problem
        places = itertools.product(*((None, *sides(s)) for s in (problem.x_set, problem.y_set)))
        found = [self._on(place, tolerance, scale, many) for place in places]
        low, high = max(h.low for h in found), max(h.high for h in found)
        if len(found) > 1:
            # What pushes back has no limit: |v| grows, <v, z - z*> may vanish beside it.
            low, high = max(low, 0.0), max(high, 0.0)
        return (-high + 0.0, -low + 0.0), sum(h.cells for h in found)

    def _on(self, place: Place, tolerance: float, scale: float, many: int) -> Highest:
        """Inside, along an edge or in a corner: ``place`` is the side that holds each player, if any.

        A player who is held has the share t of what pushes outwards that is left, in place of its
        coordinate.
        """
        pairs = list(zip(place, self.box, strict=True))
        box = tuple((0.0, 1.0) if side is not None else ends for side, ends in pairs)

        def over(free: Point) -> Enclosure:
            z = tuple(
                c if side is None else arb(ends[side])
                for c, (side, ends) in zip(free, pairs, strict=True)
            )
            quotient = self._quotient(z, place, free)
            if any(side is not None for side in place) or all(c.is_exact() for c in z):
                return -quotient
            return -arb(max(down(quotient), down(self._linear(z))))

        return highest(over, box, tolerance, scale, many=many)

    def _quotient(self, z: Point, place: Place, shares: Point) -> Enclosure:
        """<v, z - z*>/|v|^2; players move against v, and a bound takes 1 - t of what pushes outwards."""
        v = [self.f.fx(z), -self.f.fy(z)]
        for k, (side, t) in enumerate(zip(place, shares, strict=True)):
            if side is not None:
                outwards = (-v[k] if side == 1 else v[k]).nonnegative_part()
                v[k] += (1 - t) * (outwards if side == 1 else -outwards)
        gap = [c - s for c, s in zip(z, self.solution, strict=True)]
        square = sum((c * c).nonnegative_part() for c in v)
        return sum(c * g for c, g in zip(v, gap, strict=True)) / square

    def _linear(self, z: Point) -> Enclosure:
        """min(p, r)/(p r + q^2) over all that the average Jacobian can be."""
        hull = tuple(c.union(s) for c, s in zip(z, self.solution, strict=True))
        f = self.f
        p, q, r = f.fxx(hull), f.fxy(hull), -f.fyy(hull)
        determinant = p * r + (q * q).nonnegative_part()
        return (p / determinant).min(r / determinant)


def _inside(point: CertifiedPoint, box: tuple[Ends, Ends]) -> bool:
    return all(a <= float(c) <= b for c, (a, b) in zip((point.x, point.y), box, strict=True))
