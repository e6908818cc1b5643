"""What f and its derivatives reach on a start region, by branch and bound in ball arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import sympy
from flint import arb

from minmaxbench.problems.enclosures import Ends
from minmaxbench.problems.symbolic import sigmoid
from minmaxbench.theory.proofs.balls import Enclosed, Enclosure, Point
from minmaxbench.theory.proofs.bounding import highest, up
from minmaxbench.theory.proofs.cells import ball_box
from minmaxbench.theory.proofs.lojasiewicz import Lojasiewicz
from minmaxbench.theory.proofs.minty import WeakMinty
from minmaxbench.theory.proofs.tight import Derivatives, Tight

if TYPE_CHECKING:
    from minmaxbench.problems.planar import Planar

Progress: TypeAlias = Callable[[str], object]
"""Told what is being enclosed."""
TOLERANCE = 0.005
"""Ends are brought this close, relative to the scale of what they enclose."""
COARSE = 9
"""Scales are looked for on a grid of so many points a side."""


class Extrema(Derivatives):
    """The extrema of one problem; every number is between two certified ends."""

    def __init__(self, problem: Planar, progress: Progress) -> None:
        super().__init__(problem)
        self.progress, self.cells = progress, 0

    def all(self) -> dict[str, Ends]:
        """Everything that can be enclosed, by its name in :class:`Enclosures`."""
        found = self._range("f", self.f, self._largest(lambda z: abs(self.f(z))))
        scale = self._largest(self._norm)
        for name, curvature in (("f_xx", self.fxx), ("f_yy", self.fyy)):
            found |= self._curvature(name, curvature, scale)
        found["max norm"] = norm = self._max_norm(found)
        if self.problem.box != self.problem.start_box:
            found |= self._signs()
        weak = -min(found["min f_xx"][0], -found["max f_yy"][1])
        if 0 < weak < math.inf:
            low, high = self._highest("dominance", lambda z: -self._dominance(z, 2 * weak), norm[0])
            found["alpha"] = -high, -low
        for player, name, bend in ((0, "pl_x", found["min f_xx"]), (1, "pl_y", found["max f_yy"])):
            # Strong convexity says more than a PL constant.
            curved = bend[0] > 0 if player == 0 else bend[1] < 0
            pl = None if curved else Lojasiewicz.of(self.problem, player)
            if pl is not None:
                self.progress(name)
                ends, cells = pl.enclosed(TOLERANCE)
                self.cells += cells
                if ends[0] > 0:
                    found[name] = ends
        minty = WeakMinty.of(self)
        if minty is not None:
            self.progress("weak Minty")
            found["rho"], cells = minty.enclosed(TOLERANCE, 1 / norm[1])
            self.cells += cells
        return found

    def _highest(
        self,
        name: str,
        over: Callable[[Point], Enclosure],
        scale: float,
        cap: float = math.inf,
        signed: bool = False,
    ) -> Ends:
        self.progress(name)
        found = highest(over, self.problem.start_box, TOLERANCE, scale, cap, signed)
        self.cells += found.cells
        return found.low, found.high

    def _range(self, name: str, what: Tight, scale: float) -> dict[str, Ends]:
        """The least and the largest value."""
        most = self._highest(f"max {name}", what, scale)
        low, high = self._highest(f"min {name}", _negated(what), scale)
        # Zero has no sign here.
        return {f"max {name}": most, f"min {name}": (-high + 0.0, -low + 0.0)}

    def _curvature(self, name: str, what: Tight, scale: float) -> dict[str, Ends]:
        """The same, until the signs are known; by factors where they tell it."""
        sign = _sign(what.expression, ball_box(self.problem.start_box))
        caps = [0.0 if sign == way else math.inf for way in (-1, 1)]
        most = self._highest(f"max {name}", what, scale, caps[0], signed=True)
        low, high = self._highest(f"min {name}", _negated(what), scale, caps[1], signed=True)
        return {f"max {name}": most, f"min {name}": (-high + 0.0, -low + 0.0)}

    def _signs(self) -> dict[str, Ends]:
        """The ends of the curvatures on the box of the certificate, until their signs are known."""
        found = {}
        for name, what in (("f_xx", self.fxx), ("f_yy", self.fyy)):
            self.progress(f"sign of {name}")
            sign = _sign(what.expression, ball_box(self.problem.box))
            for way, end in ((1, "max"), (-1, "min")):
                over = what if way == 1 else _negated(what)
                h = highest(over, self.problem.box, math.inf, signed=True)
                self.cells += h.cells
                high = min(h.high, 0.0) if sign == -way else h.high
                ends = (h.low, high) if way == 1 else (-high + 0.0, -h.low + 0.0)
                found[f"{end} {name} on the box"] = ends
        return found

    def _largest(self, over: Callable[[Point], Enclosure]) -> float:
        """The largest value on a coarse grid: a scale."""
        x, y = (np.linspace(a, b, COARSE) for a, b in self.problem.start_box)
        found = [over((arb(s), arb(t))) for s in x for t in y]
        return max((float(c.mid()) for c in found if c.is_finite()), default=0.0)

    def _max_norm(self, found: dict[str, Ends]) -> Ends:
        """The largest norm of the Hessian; the ranges of its entries bound it already."""
        ranges = [found[f"min {name}"][0] for name in ("f_xx", "f_yy")]
        tops = [found[f"max {name}"][1] for name in ("f_xx", "f_yy")]
        mixed = self.fxy(ball_box(self.problem.start_box))
        cap = math.inf
        if all(map(math.isfinite, [*ranges, *tops])) and mixed.is_finite():
            a, c = (arb(low).union(arb(high)) for low, high in zip(ranges, tops, strict=True))
            cap = up(_norm(a, mixed, c))
        return self._highest("norm of the Hessian", self._norm, 0.0, cap)

    def _norm(self, z: Point) -> Enclosure:
        return _norm(self.fxx(z), self.fxy(z), self.fyy(z))

    def _dominance(self, z: Point, eta: float) -> Enclosure:
        """The smaller of both players' curvatures that the coupling adds to."""
        a, b, c = self.fxx(z), self.fxy(z), -self.fyy(z)
        square = (b * b).nonnegative_part()
        return (a + square / (eta + c)).min(c + square / (eta + a))


def _norm(a: Enclosure, b: Enclosure, c: Enclosure) -> Enclosure:
    """The spectral norm of [[a, b], [b, c]] from above; at numbers, the norm itself.

    The larger eigenvalue grows with a, c and |b|, so their upper ends give its upper end; the smaller
    one is that of the negated matrix, negated.
    """
    if not (a.is_finite() and b.is_finite() and c.is_finite()):
        return a + b + c
    size = abs(b).upper()

    def largest(p: Enclosure, r: Enclosure) -> Enclosure:
        half = (p - r) / 2
        return (p + r) / 2 + (half * half + size * size).sqrt()

    return largest(a.upper(), c.upper()).max(largest((-a).upper(), (-c).upper()))


def _sign(expression: sympy.Expr, z: Point) -> int:
    """1 where the factors of an expression tell that it is never negative on a box, -1 never positive."""
    plain = expression.replace(sigmoid, lambda u: 1 / (1 + sympy.exp(-u)))
    sign = 1
    for factor in sympy.Mul.make_args(sympy.factor(plain)):
        if factor.is_nonnegative:
            continue
        value = Enclosed(factor).value(z)
        if factor.is_nonpositive or (value.is_finite() and up(value) <= 0):
            sign = -sign
        elif not value.is_finite() or up(-value) > 0:
            return 0
    return sign


def _negated(what: Tight) -> Callable[[Point], Enclosure]:
    return lambda z: -what(z)
