"""Minibatch oracles of the practical problems that are means over examples: NAME_minibatch."""

from __future__ import annotations

import math
from dataclasses import replace

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace
from minmaxbench.core.problem import About, Points
from minmaxbench.core.stochastic import Numbers, Stochastic
from minmaxbench.problems.practical import auc, classes, constraints, dro, regression
from minmaxbench.problems.practical.base import Practical
from minmaxbench.problems.registry import Entry, add

SIZE = 32
"""Examples of a minibatch, drawn with replacement."""


class Minibatch(Stochastic):
    """A practical problem of which an oracle call sees some examples."""

    def __init__(self, base: Practical, examples: int) -> None:
        self.base, self.examples, self.worth = base, examples, math.ceil(examples / SIZE)
        self.name = f"{base.name}_minibatch"
        self.about = sampled(base)
        self.dx, self.dy, self.x_set, self.y_set = base.dx, base.dy, base.x_set, base.y_set
        self.metrics = base.metrics

    def draw(self, xp: Namespace, numbers: Numbers) -> Array:
        """Numbers of examples, (lanes, size)."""
        return numbers.rows("examples", SIZE, self.examples)

    def _asked(self, xp: Namespace) -> Practical:
        return self.base if self.batch is None else self.base.at(xp, self.batch)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f on the minibatch."""
        return self._asked(xp).value(xp, x, y)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients on the minibatch."""
        return self._asked(xp).grad(xp, x, y)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The minibatch's Hessian times (u, v)."""
        return self._asked(xp).hvp(xp, x, y, u, v)

    def points(self) -> Points:
        """Those of f."""
        return self.base.points()

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """As without minibatches."""
        return self.base.distances(xp, x, y, rows)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """On all examples."""
        return self.base.measure(x, y)

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """As without minibatches."""
        return self.base.place(x, y)


def sampled(base: Practical | type[Practical]) -> About:
    """What is said of the problem, and that it draws minibatches."""
    about = base.about
    return replace(about, title=f"{about.title}; minibatches of {SIZE}")


def offer(kind: type[Practical], examples: int) -> None:
    """Register the minibatch form of a class of problems with so many examples."""
    dims = kind.dx, kind.dy
    name = f"{kind.name}_minibatch"
    add(
        Entry(
            name,
            sampled(kind),
            lambda dx, dy: Minibatch(kind(), examples),
            fixed=dims,
            default=dims,
        )
    )


TUMOURS, DIABETES, WINE = 569, 442, 178
"""Examples in the data sets."""

for kind, examples in (
    (auc.LinearAuc, TUMOURS),
    (auc.NetworkAuc, TUMOURS),
    (classes.WorstClass, WINE),
    (constraints.FairLogistic, DIABETES),
    (constraints.NeymanPearson, TUMOURS),
    (dro.GroupDro, TUMOURS),
    (dro.GroupRegression, DIABETES),
    (regression.RobustShift, DIABETES),
):
    offer(kind, examples)
