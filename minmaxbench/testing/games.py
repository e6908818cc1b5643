"""Small games for docstrings and notebooks."""

from __future__ import annotations

from typing import Any

import numpy as np

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.problems.registry import get_problem


def play(
    algorithm: str, problem: str, start: tuple[float, float], steps: int, **parameters: Any
) -> list[float]:
    """The distance to the nearest equilibrium before each of ``steps`` steps and after the last.

    One lane, every coordinate of x starting at ``start[0]`` and of y at ``start[1]``.
    """
    game = get_problem(problem)
    method = get_algorithm(algorithm, **parameters).for_problem(game)
    oracle = NumpyOracle(game, Draws(run_keys("play", np.array([0]))))
    x, y = np.full((1, game.dx), start[0]), np.full((1, game.dy), start[1])
    state = method.init(x, y, oracle)
    equilibria = game.points().equilibria
    distances = []
    with np.errstate(all="ignore"):
        for _ in range(steps + 1):
            distances.append(float(game.distances(np, state.x, state.y)[0, equilibria].min()))
            state = method.step(state, oracle)
    return distances
