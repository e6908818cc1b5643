"""The stationary points of a planar problem, each enclosed and classified by proof.

On a box these are the solutions of the variational inequality: interior points, edges where one
player is held at a bound, corners where both are.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import sympy
from flint import arb, ctx, fmpq

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Set, Torus
from minmaxbench.problems.certificates import CertifiedPoint, OpenCell
from minmaxbench.problems.kinds import BOTH, Border, Ways
from minmaxbench.problems.samples import sampled_kind
from minmaxbench.problems.search import sides
from minmaxbench.problems.symbolic import X, Y
from minmaxbench.theory.proofs.balls import FINAL_BITS, Enclosed, Enclosure, Point
from minmaxbench.theory.proofs.cells import Cell, ball_box, covered
from minmaxbench.theory.proofs.domain import Domain
from minmaxbench.theory.proofs.factors import common_factor, zero_set
from minmaxbench.theory.proofs.kinds import kind_by_higher_order, kind_by_second_order
from minmaxbench.theory.proofs.roots import Roots, System, find_roots

if TYPE_CHECKING:
    from minmaxbench.problems.planar import Planar

MARGIN = 1e-3 * 0.97
"""Searches reach over the border of the box by this part of it, so that no root lies on a border."""

Progress: TypeAlias = Callable[[str, float], object]
"""Told what is being worked at (cells, points, edges), and which share of it is done."""


@dataclass
class Found:
    """Everything a search for stationary points has proved."""

    points: list[CertifiedPoint] = field(default_factory=list)
    curves: list[str] = field(default_factory=list)
    open: list[OpenCell] = field(default_factory=list)
    cells: int = 0


class Search:
    """The search for the stationary points of one problem in a box."""

    def __init__(self, problem: Planar, box: Cell, progress: Progress) -> None:
        self.problem, self.box, self.progress = problem, box, progress
        self.formula = problem.formula
        self.sets: tuple[Set, Set] = (problem.x_set, problem.y_set)
        self.value = Enclosed(self.formula.expression)
        self.gradient = [Enclosed(g) for g in self.formula.gradient]
        self.domain = Domain([self.formula.expression, *self.formula.gradient])
        self.factor: Enclosed | None = None
        """What both derivatives have in common."""
        self.found = Found()

    def run(self) -> Found:
        """Search the interior, the edges and the corners."""
        with ctx.workprec(FINAL_BITS):
            self._interior()
            for player in (0, 1):
                for side in sides(self.sets[player]):
                    self._edge(player, side)
            self._corners()
        self.found.points.sort(key=lambda p: (float(p.x), float(p.y)))
        return self.found

    # -- the interior ----------------------------------------------------------------------

    def _interior(self) -> None:
        factor, reduced = common_factor(self.formula.gradient)
        if factor is not None:
            self.factor = Enclosed(factor)
            self.found.curves, left = zero_set(
                self.formula.expression, factor, self.box, self.domain
            )
            for hull in left:
                self._open_at(ball_box(hull), "a common factor of both derivatives may vanish here")
        system = System([Enclosed(g) for g in reduced], (0, 1), {}, self.domain)
        roots = self._roots(system, (0, 1), "cells")
        kept = self._without_copies(roots)
        for k, root in enumerate(kept):
            self.progress("points", k / len(kept))
            places = [self._place(root, i) for i in (0, 1)]
            if all(place == "inside" for place in places):
                self._add(root)
            elif "outside" not in places:
                self._on_border(root)
        self._leave_open(roots, system)

    def _roots(self, system: System, free: tuple[int, ...], what: str) -> Roots:
        """All roots of a system in the box and a little beyond."""
        roots = find_roots(
            system, self._wide(free), progress=lambda share: self.progress(what, share)
        )
        self.found.cells += roots.cells
        return roots

    def _without_copies(self, roots: Roots) -> list[Point]:
        """On a torus a root on one border has copies on the others: keep one of each."""
        if not any(isinstance(s, Torus) for s in self.sets):
            return roots.found
        kept: list[int] = []
        for k, root in enumerate(roots.found):
            if not any(self._copies(root, roots.unique[j]) for j in kept):
                kept.append(k)
        return [roots.found[k] for k in kept]

    def _copies(self, root: Point, unique: Point) -> bool:
        """Whether a root, moved by whole periods, is the one in a uniqueness box."""
        moves = [
            (-arb(s.period), arb(0), arb(s.period)) if isinstance(s, Torus) else (arb(0),)
            for s in self.sets
        ]
        return any(
            all(b.contains(a + move) for a, b, move in zip(root, unique, moved, strict=True))
            for moved in itertools.product(*moves)
        )

    def _place(self, root: Point, i: int) -> str:
        """Where a coordinate lies: ``inside``, ``outside`` or, not decided, ``border``."""
        if isinstance(self.sets[i], Torus):
            # One period: the border belongs to it once, and copies have been dropped.
            low, high = (arb(end) for end in self._wide((i,))[0])
        else:
            low, high = (arb(end) for end in self.box[i])
        if root[i] > low and root[i] < high:
            return "inside"
        return "outside" if root[i] < low or root[i] > high else "border"

    def _on_border(self, root: Point) -> None:
        """A root that rounding cannot tell from the border counts if it is known exactly."""
        exact = self._exact(root)
        if exact is not None and all(
            Fraction(low) <= c <= Fraction(high)
            for c, (low, high) in zip(exact, self.box, strict=True)
        ):
            self._add(root)
        else:
            self._open_at(root, "a stationary point on the border of the box")

    # -- edges and corners -----------------------------------------------------------------

    def _edge(self, player: int, side: int) -> None:
        """Points of one edge: the free player's derivative vanishes, the held one is pushed out."""
        free = 1 - player
        bound = arb(self.box[player][side])
        variable = (X, Y)[player]
        exact = sympy.Rational(self.box[player][side])
        if sympy.simplify(self.formula.gradient[free].subs(variable, exact)) == 0:
            self._flat_edge(player, side)
            return
        system = System([self.gradient[free]], (free,), {player: bound}, self.domain)
        roots = self._roots(system, (free,), "edges")
        for root in roots.found:
            self._on_edge(system.point(root), player, side)
        roots.open = [
            cell
            for cell in roots.open
            if not self._push(system.point(ball_box(cell)), player, side) < 0
        ]
        self._leave_open(roots, system)

    def _on_edge(self, point: Point, player: int, side: int) -> None:
        """A point of an edge at which the free player's derivative vanishes."""
        free = 1 - player
        push, place = self._push(point, player, side), self._place(point, free)
        if push < 0 or place == "outside":
            return
        if place == "border":
            ends = [e for e in self.box[free] if point[free].contains(arb(e))]
            corner = [Fraction(self.box[player][side])] * 2
            corner[free] = Fraction(ends[0]) if ends else Fraction(0)
            # Exactly in the corner it is one of _corners.
            if not ends or not self._vanishes(tuple(corner), (free,)):
                self._open_at(point, "a stationary point of an edge near a corner")
        elif push > 0:
            self._add(point, (player == 0, player == 1))
        elif self._exact(point) is None:
            self._open_at(point, "whether the bound holds the player is not decided")

    def _flat_edge(self, player: int, side: int) -> None:
        """The free player's derivative is zero all along: every point that is held is a solution."""
        z = list(ball_box(self.box))
        z[player] = arb(self.box[player][side])
        if not self._push((z[0], z[1]), player, side) < 0:
            self.found.curves.append(f"{'xy'[player]} = {self.box[player][side]:g}")

    def _push(self, point: Point, player: int, side: int) -> Enclosure:
        """The slope that drives a player out of the box there; x descends, y ascends."""
        slope = self.gradient[player].value(point)
        return slope if (player == 0) == (side == 0) else -slope

    def _corners(self) -> None:
        for i, j in itertools.product(*map(sides, self.sets)):
            ends = self.box[0][i], self.box[1][j]
            point = arb(ends[0]), arb(ends[1])
            pushes = [self._push(point, player, side) for player, side in ((0, i), (1, j))]
            held = pushes[0] > 0, pushes[1] > 0
            unsure = [k for k in (0, 1) if not held[k] and not pushes[k] < 0]
            if all(held):
                self._add(point, held)
            elif any(held) and unsure:
                # Where neither is held, the search of the interior has met the point.
                if self._vanishes((Fraction(ends[0]), Fraction(ends[1])), unsure):
                    self._add(point, held)
                else:
                    self._open_at(point, "whether the bound holds the player is not decided")

    # -- what is written down --------------------------------------------------------------

    def _add(
        self, point: Point, held: tuple[bool, bool] = (False, False), unique: bool = True
    ) -> None:
        hessian = self._hessian(point)
        if not all(h.is_finite() for h in hessian):
            self._open_at(point, "the formula is not smooth here")
            return
        if self.factor is not None and not any(held):
            # On a curve of stationary points none is alone.
            unique &= not self.factor.value(point).contains(0)
        kind, by = self._kind(point, hessian, held)
        x, rx = decimal(point[0])
        y, ry = decimal(point[1])
        radius = max(rx, ry, key=float)
        texts = tuple(" +/- ".join(decimal(h)) for h in hessian)
        value = " +/- ".join(decimal(self.value.value(point)))
        self.found.points.append(
            CertifiedPoint(
                x, y, radius, held, kind.value, by, value, (texts[0], texts[1], texts[2]), unique
            )
        )

    def _hessian(self, point: Point) -> tuple[Enclosure, Enclosure, Enclosure]:
        fxx, fxy = self.gradient[0].slopes(point)
        return fxx, fxy, self.gradient[1].slopes(point)[1]

    def _kind(
        self, point: Point, hessian: tuple[Enclosure, Enclosure, Enclosure], held: tuple[bool, bool]
    ) -> tuple[Kind, str]:
        border = Border(held, (self._ways(point, 0), self._ways(point, 1)))
        kind = kind_by_second_order(hessian, border)
        if kind is not None:
            return kind, "second order"
        exact = self._exact(point, held)
        if exact is not None:
            kind = kind_by_higher_order(self.formula.expression, exact, border)
            if kind is not None:
                return kind, "higher order"
        return sampled_kind(self.problem, np.array([float(c.mid()) for c in point])), "samples"

    def _ways(self, point: Point, i: int) -> Ways:
        """The ways in which a player may move from a point of the box."""
        stopped = [
            (-1, 1)[side]
            for side in sides(self.sets[i])
            if point[i].contains(arb(self.box[i][side]))
        ]
        return tuple(way for way in BOTH if way not in stopped)

    def _exact(
        self, point: Point, held: tuple[bool, bool] = (False, False)
    ) -> tuple[Fraction, Fraction] | None:
        """The simple fractions that a root is, if it is: checked in exact arithmetic.

        A player who is held stands on its bound, and its derivative need not vanish.
        """
        guess = tuple(
            Fraction(float(c.mid())) if h else Fraction(float(c.mid())).limit_denominator(1000)
            for c, h in zip(point, held, strict=True)
        )
        inside = all(
            c.contains(fmpq(g.numerator, g.denominator)) for c, g in zip(point, guess, strict=True)
        )
        if not inside or not self._vanishes(guess, [k for k in (0, 1) if not held[k]]):
            return None
        return guess[0], guess[1]

    def _vanishes(self, at: tuple[Fraction, ...], which: list[int] | tuple[int, ...]) -> bool:
        place = {
            v: sympy.Rational(c.numerator, c.denominator) for v, c in zip((X, Y), at, strict=True)
        }
        return all(
            sympy.simplify(self.formula.gradient[k].subs(place)) == sympy.Integer(0) for k in which
        )

    def _leave_open(self, roots: Roots, system: System) -> None:
        """What a search left over: an exactly known degenerate point, or open cells."""
        for hull in covered(roots.open, self._wide(system.free)):
            point = system.point(ball_box(hull))
            if any(self._place(point, i) == "outside" for i in (0, 1)):
                continue
            reason = "the search stopped here"
            if not all(h.is_finite() for h in (self.value.value(point), *self._hessian(point))):
                reason = "the formula is not smooth here"
            elif self._degenerate(point, (0 in system.held, 1 in system.held)):
                reason = (
                    "a degenerate stationary point, known exactly, that no interval method isolates"
                )
            self._open_at(point, reason)

    def _degenerate(self, point: Point, on_edge: tuple[bool, bool]) -> bool:
        """List the stationary point that a box of an open cell holds, if it is known exactly."""
        exact = self._exact(point, on_edge)
        if exact is None:
            return False
        at = tuple(arb(fmpq(c.numerator, c.denominator)) for c in exact)
        for player in (0, 1):
            if on_edge[player]:
                side = self.box[player].index(float(exact[player]))
                if not self._push(at, player, side) > 0:
                    return False
        if not self._listed(exact):
            self._add(at, on_edge, unique=False)
        return True

    def _listed(self, exact: tuple[Fraction, Fraction]) -> bool:
        """Whether a point is in the list already: on a torus one border is the other."""
        return any(
            all(
                (gap := abs(Fraction(at) - c)) == 0
                or (isinstance(s, Torus) and gap == Fraction(s.period))
                for at, c, s in zip((p.x, p.y), exact, self.sets, strict=True)
            )
            for p in self.found.points
            if not p.unique
        )

    def _open_at(self, point: Point, reason: str) -> None:
        """Note a part of the box that is not decided."""
        x, y = (
            (max(low, float(c.lower())), min(high, float(c.upper())))
            for c, (low, high) in zip(point, self.box, strict=True)
        )
        self.found.open.append(OpenCell(x, y, reason))

    def _wide(self, which: Sequence[int]) -> Cell:
        wide = []
        for i in which:
            low, high = self.box[i]
            reach = MARGIN * (high - low)
            wide.append((low - reach, high + reach))
        return tuple(wide)


def decimal(ball: Enclosure, digits: int = 30) -> tuple[str, str]:
    """A decimal middle and a decimal radius whose interval holds the ball."""
    middle = "0" if ball.contains(0) else ball.mid().str(digits, radius=False)
    radius = (abs(ball - arb(middle))).upper()
    if radius == 0:
        return middle, "0"
    exponent = -60
    while not arb(f"1e{exponent}") > radius:
        exponent += 1
    return middle, f"1e{exponent}"
