"""The global minimax value, min over x of max over y of f, and the maximin value, where they can be proved.

In this order: algebra, for polynomials in y on the plane; a listed point that is a global saddle point;
decay, for polynomials times exp(-quadratic); branch and bound in ball arithmetic, on boxes and where a
bounding argument turns R into an interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from minmaxbench.problems.certificates import UNDECIDED, CertifiedPoint, GlobalValue
from minmaxbench.theory.proofs.minimax.branching import by_branching
from minmaxbench.theory.proofs.minimax.damped import by_decay
from minmaxbench.theory.proofs.minimax.game import Game, game_of
from minmaxbench.theory.proofs.minimax.polynomial import by_algebra
from minmaxbench.theory.proofs.minimax.saddle import by_saddle

if TYPE_CHECKING:
    from minmaxbench.problems.planar import Planar

METHODS = by_algebra, by_saddle, by_decay, by_branching


def global_values(
    problem: Planar, points: tuple[CertifiedPoint, ...]
) -> tuple[GlobalValue, GlobalValue]:
    """What is proved about the global minimax and the global maximin points of a planar problem."""
    game = game_of(problem, points)
    if game is None:
        undecided = GlobalValue(UNDECIDED, note="a player moves on a half-line")
        return undecided, undecided
    return _value(game), _value(game.other())


def _value(game: Game) -> GlobalValue:
    """By the first method that decides."""
    for method in METHODS:
        found = method(game)
        if found is not None:
            return found
    return GlobalValue(
        UNDECIDED,
        note=f"no listed point is proved a global saddle point, and {game.best} is not bounded far out",
    )
