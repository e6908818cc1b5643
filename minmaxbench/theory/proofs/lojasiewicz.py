"""Polyak-Lojasiewicz constants of a planar problem: the largest mu with f_x^2 >= 2 mu (f - min over x of f).

Proved where the minimiser x* does not depend on y: f_x(x*, y) is zero for every y, as a formula, and f
exceeds f(x*, y) at every other x of the start region. With t = x - x*, f_x = t a and f - f(x*, y) =
t^2 h / 2 near x*, where a and h are averages of f_xx over the segment from x* to x; so the quotient is at
least (least f_xx)^2 / (largest f_xx). Away from x* it is enclosed as it stands. For y, the same of -f.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import sympy
from flint import arb

from minmaxbench.core.sets import Space
from minmaxbench.problems.enclosures import Ends
from minmaxbench.problems.symbolic import X, Y
from minmaxbench.theory.proofs.balls import Enclosure, Point
from minmaxbench.theory.proofs.bounding import Highest, highest
from minmaxbench.theory.proofs.tight import Tight

if TYPE_CHECKING:
    from minmaxbench.problems.planar import Planar

MANY = 20_000
"""So many cells are looked at."""


class Lojasiewicz:
    """The quotient f_x^2 / (2 (f - f(x*, y))) of one player: +f for x, -f for y."""

    def __init__(self, problem: Planar, player: int, at: sympy.Rational) -> None:
        self.player, self.at = player, arb(at.p) / at.q
        variable = (X, Y)[player]
        f = problem.formula.expression * (1, -1)[player]
        self.slope = Tight(sympy.diff(f, variable))
        self.bend = Tight(sympy.diff(f, variable, 2))
        self.above = Tight(f - f.subs(variable, at))
        self.box = problem.start_box

    @classmethod
    def of(cls, problem: Planar, player: int) -> Lojasiewicz | None:
        """For a player in R whose best answer is the same number whatever the other does."""
        if not isinstance((problem.x_set, problem.y_set)[player], Space):
            return None
        certificate = problem.certificate
        if certificate is None or not certificate.complete or len(certificate.points) != 1:
            return None
        at = sympy.Rational((certificate.points[0].x, certificate.points[0].y)[player])
        slope = problem.formula.gradient[player].subs((X, Y)[player], at)
        low, high = problem.start_box[player]
        if sympy.simplify(slope) != 0 or not low < at < high:
            return None
        found = cls(problem, player, at)
        centre = [arb(0), arb(0)]
        centre[player] = found.at
        return found if found.bend(tuple(centre)) > 0 else None

    def quotient(self, z: Point) -> Enclosure:
        """All quotients over a box; at x*, the curvature."""
        t, whole = z[self.player] - self.at, list(z)
        whole[self.player] = z[self.player].union(self.at)
        bend, found = self.bend(tuple(whole)), arb("nan")
        if bend.is_finite() and bend > 0:
            least, most = arb(bend.lower()), arb(bend.upper())
            found = (least**2 / most).union(most**2 / least)
        if not t.contains(0):
            slope, above = self.slope(z), self.above(z)
            if above.is_finite() and above > 0:
                plain = slope * slope / (2 * above)
                found = found.intersection(plain) if found.is_finite() else plain
        return found

    def enclosed(self, tolerance: float) -> tuple[Ends, int]:
        """The least quotient over the start region, between its ends."""
        found: Highest = highest(lambda z: -self.quotient(z), self.box, tolerance, many=MANY)
        return (-found.high if math.isfinite(found.high) else -math.inf, -found.low), found.cells
