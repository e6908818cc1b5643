"""Basins of attraction: where runs get to from every point of a grid of starts. Each start is a lane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Floats, Ints
from minmaxbench.core.noise import run_keys
from minmaxbench.core.problem import Problem
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.numpy_engine import NumpyEngine
from minmaxbench.errors import UserError
from minmaxbench.record.verdicts import Verdict

SIDE = 61
"""Starts a side."""
BUDGET = 2000.0
"""Gradient calls a run."""


@dataclass(frozen=True)
class Basins:
    """What became of the runs from a grid of starts: row i, column j is the start (x[j], y[i])."""

    x: Floats
    y: Floats
    verdict: tuple[tuple[Verdict, ...], ...]
    nearest: Ints
    """(side, side): the row of the listed point that is nearest to the end, -1 if none is listed."""

    def share(self, verdict: Verdict) -> float:
        """The share of starts with a verdict."""
        return float(np.mean([[one is verdict for one in row] for row in self.verdict]))


def basins(
    problem: Problem, algorithm: Algorithm, side: int = SIDE, budget: float = BUDGET
) -> Basins:
    """Run an algorithm from a grid over the start region of a planar problem.

    On sets the grid is over that part of the region which lies in them.

    Raises
    ------
    UserError
        Unless the problem is planar, and where the algorithm cannot run on it.
    """
    if (problem.dx, problem.dy) != (1, 1):
        raise UserError(
            f"Basins are drawn in the plane; {problem.name} has dx = {problem.dx} and dy = {problem.dy}."
        )
    x, y = starts(problem, side)
    at_y, at_x = (z.reshape(-1, 1) for z in np.meshgrid(y, x, indexing="ij"))
    keys = run_keys(f"basins|{problem.name}|{problem.instance}", np.arange(len(at_x)))
    record = NumpyEngine().run(Batch(problem, algorithm, at_x, at_y, keys, budget))
    rows = [tuple(record.verdict[k * side : (k + 1) * side]) for k in range(side)]
    return Basins(x, y, tuple(rows), np.asarray(record.nearest).reshape(side, side))


def starts(problem: Problem, side: int) -> tuple[Floats, Floats]:
    """The coordinates of the grid in x and in y: the start region, as far as it lies in the sets."""
    axis = np.linspace(*problem.about.region, side)[:, None]
    # Starts outside a set would all be the same one, on its boundary; a torus joins the two ends.
    x, y = (np.unique(s.project(np, axis)) for s in (problem.x_set, problem.y_set))
    return np.linspace(x[0], x[-1], side), np.linspace(y[0], y[-1], side)
