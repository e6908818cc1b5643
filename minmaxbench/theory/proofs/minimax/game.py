"""A game as the proofs of global values see it: min over x of max over y, either player first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import sympy

from minmaxbench.core.arrays import Floats
from minmaxbench.core.sets import Torus
from minmaxbench.problems.certificates import CertifiedPoint, GlobalValue, middle
from minmaxbench.problems.search import Interval, sides
from minmaxbench.problems.symbolic import X, Y, sigmoid, softplus

if TYPE_CHECKING:
    from minmaxbench.problems.planar import Planar


@dataclass(frozen=True)
class Game:
    """min over x of phi(x) = max over y of f(x, y). The maximin of f is minus the minimax of -f(y, x)."""

    f: sympy.Expr
    box: tuple[Interval, Interval]
    """The players' intervals; where a player moves in R, the box of the certificate."""
    free: tuple[bool, bool]
    """Which players move in R."""
    numbers: Callable[[Floats, Floats], Floats]
    """f in floating point, for arrays of one shape."""
    points: tuple[CertifiedPoint, ...]
    swapped: bool = False
    """Whether this is -f(y, x) of the problem: words are then said of the problem's own players."""

    @property
    def whole_plane(self) -> bool:
        """Whether both players move in R."""
        return all(self.free)

    @property
    def first(self) -> str:
        """The problem's name for the player that moves first."""
        return "y" if self.swapped else "x"

    @property
    def best(self) -> str:
        """phi, in the problem's words."""
        return "min over x of f" if self.swapped else "max over y of f"

    @property
    def extreme(self) -> str:
        """phi where it need not be attained, in the problem's words."""
        return "inf over x" if self.swapped else "sup over y"

    @property
    def infinite(self) -> str:
        """The value that is too much for the first player."""
        return "minus infinity" if self.swapped else "infinite"

    def shown(self, phi: sympy.Expr) -> str:
        """A value of phi, as the problem would write it."""
        return str(sympy.expand(-phi.subs(X, Y))) if self.swapped else str(phi)

    def other(self) -> Game:
        """The game in which the players change places."""
        turned = -self.f.subs({X: Y, Y: X}, simultaneous=True)
        numbers = self.numbers
        points = tuple(
            replace(p, x=p.y, y=p.x, value=_negative(p.value), held=(p.held[1], p.held[0]))
            for p in self.points
        )
        return Game(
            f=turned,
            box=(self.box[1], self.box[0]),
            free=(self.free[1], self.free[0]),
            numbers=lambda x, y: -numbers(y, x),
            points=points,
            swapped=not self.swapped,
        )

    def on(self, box: tuple[Interval, Interval], free: tuple[bool, bool] = (False, False)) -> Game:
        """The same game with players in other intervals."""
        return replace(self, box=box, free=free)

    def proved(
        self,
        method: str,
        value: Interval,
        where: tuple[Interval, ...],
        note: str = "",
        rows: bool = True,
    ) -> GlobalValue:
        """The value and its places in the problem's own sign, with the listed points that may be there."""
        there = tuple(
            k
            for k, p in enumerate(self.points)
            if any(a <= float(p.x) <= b for a, b in where)
            and value[0] <= middle(p.value) <= value[1]
        )
        low, high = value
        return GlobalValue(
            status="proved",
            value=(-high + 0.0, -low + 0.0) if self.swapped else (low + 0.0, high + 0.0),
            where=where,
            rows=there if rows else (),
            method=method,
            note=note,
        )


def game_of(problem: Planar, points: tuple[CertifiedPoint, ...]) -> Game | None:
    """The game of a planar problem; None where a player moves on a half-line."""
    sets = problem.x_set, problem.y_set
    ends = [2 if isinstance(s, Torus) else len(sides(s)) for s in sets]
    if 1 in ends:
        return None

    def numbers(x: Floats, y: Floats) -> Floats:
        with np.errstate(all="ignore"):
            found = problem.value(np, x.reshape(-1, 1), y.reshape(-1, 1))
        return np.asarray(found, dtype=float).reshape(x.shape)

    free = ends[0] == 0, ends[1] == 0
    return Game(problem.formula.expression, problem.box, free, numbers, points)


def plain(f: sympy.Expr) -> sympy.Expr:
    """An expression in functions that SymPy knows."""
    f = f.replace(sigmoid, lambda u: 1 / (1 + sympy.exp(-u)))
    return f.replace(softplus, lambda u: sympy.log(1 + sympy.exp(u)))


def _negative(enclosure: str) -> str:
    """Minus a number that is written as ``middle +/- radius``."""
    return enclosure[1:] if enclosure.startswith("-") else f"-{enclosure}"
