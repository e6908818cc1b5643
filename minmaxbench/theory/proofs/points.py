"""The stationary points of a planar problem, each enclosed and classified by proof.

On a box these are the solutions of the variational inequality: interior points, edges where one
player is held at a bound, corners where both are.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import sympy
from flint import arb, ctx, fmpq

from minmaxbench.core.problem import Kind
from minmaxbench.core.sets import Ball, Box, Set, Space, Torus
from minmaxbench.problems.certificates import CertifiedPoint, OpenCell
from minmaxbench.problems.formula import X, Y
from minmaxbench.problems.kinds import BOTH, Border, Ways
from minmaxbench.problems.samples import sampled_kind
from minmaxbench.theory.proofs.balls import FINAL_BITS, Enclosed, Enclosure, Point
from minmaxbench.theory.proofs.kinds import kind_by_higher_order, kind_by_second_order
from minmaxbench.theory.proofs.roots import Cell, Roots, System, ball_box, find_roots, halves

if TYPE_CHECKING:
    from minmaxbench.problems.planar import Planar

MARGIN = 1e-3 * 0.97
"""Searches reach over the border of the box by this part of it, so that no root lies on a border."""
DEPTH, CELLS = 20, 4096
"""A common factor is looked at in cells that are halved so often, and so many of them."""


@dataclass
class Found:
    """Everything a search for stationary points has proved."""

    points: list[CertifiedPoint] = field(default_factory=list)
    curves: list[str] = field(default_factory=list)
    open: list[OpenCell] = field(default_factory=list)
    cells: int = 0


class Search:
    """The search for the stationary points of one problem."""

    def __init__(self, problem: Planar) -> None:
        self.problem = problem
        self.formula = problem.formula
        self.sets: tuple[Set, Set] = (problem.x_set, problem.y_set)
        self.box: Cell = tuple(problem.box)
        self.value = Enclosed(self.formula.expression)
        self.gradient = [Enclosed(g) for g in self.formula.gradient]
        self.found = Found()

    def run(self) -> Found:
        """Search the interior, the edges and the corners."""
        with ctx.workprec(FINAL_BITS):
            self._search()
        self.found.points.sort(key=lambda p: (float(p.x), float(p.y)))
        return self.found

    def _search(self) -> None:
        self._interior()
        for player in (0, 1):
            if isinstance(self.sets[player], Box | Ball):
                for side in (0, 1):
                    self._edge(player, side)
        if all(isinstance(s, Box | Ball) for s in self.sets):
            self._corners()

    # -- the interior ----------------------------------------------------------------------

    def _interior(self) -> None:
        factor, reduced = common_factor(self.formula.gradient)
        if factor is not None:
            self._factor(factor)
        system = System([Enclosed(g) for g in reduced], (0, 1), {})
        roots = find_roots(system, self._wide((0, 1)))
        self.found.cells += roots.cells
        for root in self._without_copies(roots):
            places = [self._place(root, i) for i in (0, 1)]
            if all(place == "inside" for place in places):
                self._add(root, (False, False))
            elif "outside" not in places:
                self._on_border(root)
        self._leave_open(roots, system)

    def _factor(self, factor: sympy.Expr) -> None:
        """Where the common factor of both derivatives vanishes, every point is stationary."""
        enclosed = Enclosed(factor)
        left = _undecided(enclosed, self.box)
        if not left:
            return
        x, y = (np.linspace(low, high, 33) for low, high in self.box)
        samples = [enclosed.value((arb(a), arb(b))) for a in x for b in y]
        if any(v > 0 for v in samples) and any(v < 0 for v in samples):
            numerator, _ = sympy.fraction(sympy.factor(sympy.together(factor)))
            self.found.curves.append(f"{numerator} = 0")
            # The curve says where the factor vanishes, but not where it is not finite.
            left = [c for c in left if not enclosed.value(ball_box(c)).is_finite()]
        for hull in merged(left):
            self._open_at(ball_box(hull), "a common factor of both derivatives may vanish here")

    def _without_copies(self, roots: Roots) -> list[Point]:
        """On a torus a root on one border has copies on the others: keep one of each."""
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
            self._add(root, (False, False))
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
        system = System([self.gradient[free]], (free,), {player: bound})
        roots = find_roots(system, self._wide((free,)))
        self.found.cells += roots.cells
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
        for i, j in itertools.product((0, 1), (0, 1)):
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

    def _add(self, point: Point, held: tuple[bool, bool], unique: bool = True) -> None:
        hessian = self._hessian(point)
        if not all(h.is_finite() for h in hessian):
            self._open_at(point, "the formula is not smooth here")
            return
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
        if isinstance(self.sets[i], Space | Torus):
            return BOTH
        low, high = (arb(end) for end in self.box[i])
        return tuple(w for w, free in ((-1, point[i] > low), (1, point[i] < high)) if free)

    def _exact(
        self, point: Point, held: tuple[bool, bool] = (False, False)
    ) -> tuple[Fraction, Fraction] | None:
        """The simple fractions that a root is, if it is: checked in exact arithmetic.

        A player who is held stands on its bound, and its derivative need not vanish.
        """
        guess = tuple(
            Fraction(float(c.mid())).limit_denominator(10**15 if h else 1000)
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
        for hull in merged(roots.open):
            point = system.point(ball_box(hull))
            if any(self._place(point, i) == "outside" for i in (0, 1)):
                continue
            reason = "the search stopped here"
            if not all(h.is_finite() for h in (self.value.value(point), *self._hessian(point))):
                reason = "the formula is not smooth here"
            elif not system.held and (exact := self._exact(point)) is not None:
                at = tuple(arb(fmpq(c.numerator, c.denominator)) for c in exact)
                self._add(at, (False, False), unique=False)
                reason = (
                    "a degenerate stationary point, known exactly, that no interval method isolates"
                )
            self._open_at(point, reason)

    def _open_at(self, point: Point, reason: str) -> None:
        """Note a part of the box that is not decided."""
        x, y = (
            (max(low, float(c.lower())), min(high, float(c.upper())))
            for c, (low, high) in zip(point, self.box, strict=True)
        )
        self.found.open.append(OpenCell(x, y, reason))

    def _wide(self, which: tuple[int, ...]) -> Cell:
        wide = []
        for i in which:
            low, high = self.box[i]
            reach = MARGIN * (high - low)
            wide.append((low - reach, high + reach))
        return tuple(wide)


def common_factor(
    gradient: tuple[sympy.Expr, sympy.Expr],
) -> tuple[sympy.Expr | None, tuple[sympy.Expr, sympy.Expr]]:
    """The greatest common factor of two expressions, None for a number, and what is left of them.

    exp(-r^2) of a damped polynomial would hide the polynomial's roots far out; the common factor of
    sin(x + y) is a curve of stationary points.
    """
    try:
        fx, fy = (sympy.factor(g) for g in gradient)
        factor = sympy.gcd(fx, fy)
    except sympy.PolynomialError:
        return None, gradient
    if not factor.free_symbols:
        return None, gradient
    return factor, (sympy.cancel(fx / factor), sympy.cancel(fy / factor))


def _undecided(enclosed: Enclosed, box: Cell) -> list[Cell]:
    """The cells of a box in which bisection does not prove that an expression has no zero."""
    cells = [box]
    for depth in range(DEPTH):
        cells = [c for c in cells if enclosed.value(ball_box(c)).contains(0)]
        if len(cells) > CELLS:
            break
        cells = [half for c in cells for half in halves(c, depth % 2)]
    return [c for c in cells if enclosed.value(ball_box(c)).contains(0)]


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


def merged(cells: list[Cell]) -> list[Cell]:
    """The hulls of groups of cells that touch."""
    hulls: list[Cell] = []
    for cell in cells:
        touching = [h for h in hulls if _touch(h, cell)]
        hulls = [h for h in hulls if h not in touching]
        group = [*touching, cell]
        hulls.append(
            tuple(
                (min(c[i][0] for c in group), max(c[i][1] for c in group)) for i in range(len(cell))
            )
        )
    return hulls if len(hulls) == len(cells) else merged(hulls)


def _touch(a: Cell, b: Cell) -> bool:
    return all(p <= s and r <= q for (p, q), (r, s) in zip(a, b, strict=True))
