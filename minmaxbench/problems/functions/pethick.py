"""Test functions of Pethick et al. (ICLR 2022)."""

from dataclasses import dataclass

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import About, Kind, Points
from minmaxbench.core.sets import Ball, Box
from minmaxbench.problems.inequality import Inequality
from minmaxbench.problems.planar import planar
from minmaxbench.problems.registry import Entry, add

planar(
    "global_forsaken",
    title="GlobalForsaken: xy + psi(x) - psi(y), psi = 2z^6/21 - z^4/3 + z^2/3",
    formula="2*x**6/21 - x**4/3 + x**2/3 + x*y - 2*y**6/21 + y**4/3 - y**2/3",
    x=Ball(4 / 3),
    y=Ball(4 / 3),
    starts=(
        (1.0, 1.0),
        (1.2, 1.2),
    ),
    classes=(
        "nonconvex-nonconcave",
        "limit-cycle",
        "weak-minty",
    ),
    source=(
        "Pethick, Latafat, Patrinos, Fercoq, Cevher. Escaping limit cycles: Global "
        "convergence for constrained nonconvex-nonconcave minimax problems. ICLR 2022, "
        "arXiv:2302.09831; Pethick, Fercoq, Latafat, Patrinos, Cevher. Solving stochastic "
        "weak Minty variational inequalities without increasing batch size. ICLR 2023"
    ),
    note=(
        "Starts: (1,1) stochastic-weak-minty-code / Bohm, (1.2,1.2) Pethick notebook. The "
        "source constrains z = (x, y) to the ball |z| <= 4/3; sets are one per player "
        "here, so |x| <= 4/3 and |y| <= 4/3."
    ),
    confidence="high",
)

POLAR = About(
    title="polar game: no min-max problem; circles of radius 1 and 3/4 are cycles",
    source=(
        "Pethick, Latafat, Patrinos, Fercoq, Cevher. Escaping limit cycles: Global convergence for "
        "constrained nonconvex-nonconcave minimax problems. ICLR 2022, arXiv:2302.09831; Zheng, Zhu, "
        "So, Blanchet, Li. Universal Gradient Descent Ascent Method for Nonconvex-Nonconcave Minimax "
        "Optimization. NeurIPS 2023"
    ),
    classes=("variational-inequality", "limit-cycle", "boxed", "weak-minty"),
    region=(-1.1, 1.1),
    starts=((1.0, 1.0),),
    note="Zheng et al. have a = 16 without the factor 1/16. Starts: chosen here.",
    confidence="high",
)


SQUARE = Box(-1.1, 1.1)


@dataclass(frozen=True, eq=False)
class PolarGame(Inequality):
    """F = p x - y, G = p y + x with p = a/16 (x^2 + y^2 - 1)(16 (x^2 + y^2) - 9)."""

    name: str
    a: float
    about: About = POLAR
    dx: int = 1
    dy: int = 1
    x_set: Box = SQUARE
    y_set: Box = SQUARE

    def field(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Away from the centre by p, and round it."""
        square = x * x + y * y
        p = self.a / 16 * (square - 1) * (16 * square - 9)
        return p * x - y, p * y + x

    def points(self) -> Points:
        """The origin, where both players' costs curve upwards by 9a/16."""
        zero = np.zeros((1, 1))
        return Points(
            zero,
            zero,
            np.full(1, np.nan),
            (Kind.NASH,),
            complete=True,
            proof="closed form: p x = y and p y = -x have no other solution, nor has the border",
        )


def _polar(name: str, a: float) -> None:
    game = PolarGame(name, a)
    add(Entry(name, POLAR, lambda dx, dy: game, fixed=(1, 1), default=(1, 1)))


_polar("polar_game", 1.0)
_polar("polar_game_a34", 3 / 4)
_polar("polar_game_a13", 1 / 3)
