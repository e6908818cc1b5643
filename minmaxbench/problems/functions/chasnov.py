"""The torus game of Chasnov, Ratliff, Mazumdar and Burden (UAI 2020): two players, a cost each."""

import math

import numpy as np

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.problem import About, Kind, Points
from minmaxbench.core.sets import Torus
from minmaxbench.problems.inequality import Inequality
from minmaxbench.problems.registry import register

KNOWN = (
    (-1.063432181555325, 1.0147282904791437, Kind.NASH),
    (1.4081533281585208, -0.32528599727275104, Kind.NASH),
    (0.611413119764808, 0.0, Kind.NASH),
    (2.530179533824985, 0.0, Kind.NASH),
    (0.2933405832135616, -2.5549114871626704, Kind.NEITHER),
    (-2.9942562200091025, -2.8469197864284124, Kind.NEITHER),
)


@register(
    "torus_chasnov",
    About(
        title="torus game: x maximises cos x - cos(x - y), y maximises 1.5 cos(y - pi/8) - cos(y - x)",
        source="Chasnov, Ratliff, Mazumdar, Burden. Convergence Analysis of Gradient-Based Learning in "
        "Continuous Games. UAI 2020",
        classes=("variational-inequality", "periodic"),
        region=(-math.pi, math.pi),
        note="The source lists the first two equilibria. At the next two, where y = 0, x's payoff does "
        "not change at all: they are weak equilibria, and unstable.",
        confidence="high",
    ),
)
class TorusGame(Inequality):
    """Both maximise, so the field is minus their gradients."""

    dx = dy = 1
    x_set = y_set = Torus(2 * math.pi)

    def field(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """sin x - sin(x - y) and 1.5 sin(y - pi/8) - sin(y - x)."""
        turn = xp.sin(x - y)
        return xp.sin(x) - turn, 1.5 * xp.sin(y - math.pi / 8) + turn

    def points(self) -> Points:
        """Equilibria and other stationary points, by Newton's method from 400 starts."""
        return Points(
            np.array([[x] for x, _, _ in KNOWN]),
            np.array([[y] for _, y, _ in KNOWN]),
            np.full(len(KNOWN), np.nan),
            tuple(kind for *_, kind in KNOWN),
            complete=False,
            proof="Newton's method from 400 starts",
        )
