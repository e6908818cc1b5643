"""Spot checks of code that is not the package's: does one lane alone do what it does among others?

At the beginning of some chunks one lane is taken aside; when the chunk is made, it makes the first of
the chunk's steps again, alone. Other numbers mean that lanes are mixed, that something is kept outside
the state, or that random numbers are the code's own: the run's numbers would then depend on
what ran beside it. The checks lie densest at the start, at chunks 0, 2, 4, 8, ...: a chunk without one
in between lets what is kept outside the state come back to what it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Floats, Ints
from minmaxbench.core.oracle import EagerOracle
from minmaxbench.core.problem import Problem
from minmaxbench.errors import ContractError
from minmaxbench.record.chunk import Chunk

STEPS = 8
"""So many steps are made again."""
TOLERANCE = 1e-9
"""Sums whose order depends on the number of lanes, as in a matrix product, differ by less."""

Path = tuple[Floats, Floats]
Replay = Callable[[], Path]


class Audit:
    """Follows the chunks of one batch."""

    def __init__(self, problem: Problem, wanted: bool) -> None:
        """Nothing is checked unless it is ``wanted``."""
        self._problem = problem
        self._wanted = wanted
        self._chunks = 0
        self._lane: Ints | None = None
        self._replay: Replay = lambda: (np.zeros(0), np.zeros(0))

    def before(
        self,
        algorithm: Algorithm,
        state: Any,
        oracle: EagerOracle,
        numbers: Callable[[Any], Floats],
    ) -> None:
        """Take a lane aside at the beginning of a chunk; ``numbers`` makes NumPy arrays."""
        now, self._chunks = self._chunks, self._chunks + 1
        self._lane = None
        if not self._wanted or now == 1 or now & (now - 1):
            return
        self._first = now == 0
        lane = np.array([7919 * now % len(state.x)])
        start, rule, door = tree.select(state, lane), algorithm.select(lane), oracle.select(lane)

        def replay() -> Path:
            mine, asked = start, door.select(np.array([0]))
            xs, ys = [], []
            for _ in range(STEPS):
                xs.append(numbers(mine.x)[0])
                ys.append(numbers(mine.y)[0])
                asked.begin_step()
                mine = rule.step(mine, asked)
            return np.array(xs), np.array(ys)

        self._lane, self._replay, self._name = lane, replay, _name(algorithm)

    def after(self, chunk: Chunk) -> None:
        """Look at a chunk; raises :class:`ContractError` where something is not as it should be."""
        if self._lane is None:
            return
        count = min(STEPS, len(chunk.x))
        among = tuple(a[:count, self._lane[0]] for a in (chunk.x, chunk.y))
        self._inside(*among)
        alone = tuple(a[:count] for a in self._alone())
        same = _same(among, alone)
        if same and not self._first:
            return
        again = tuple(a[:count] for a in self._alone())
        if same and _same(alone, again):
            return
        who = f"'{self._name}' on {self._problem.name}"
        if not _same(alone, again):
            raise ContractError(
                f"{who} gives other numbers when the same steps are made again: something is kept "
                "outside the state, or random numbers are drawn that are not the oracle's."
            )
        raise ContractError(
            f"{who} gives other numbers to a run alone than among {chunk.x.shape[1]}: lanes are "
            "mixed, or something is kept outside the state. Sum over the last axis, not the first, "
            "and use `where`, not `if`."
        )

    def _alone(self) -> Path:
        try:
            return self._replay()
        except Exception as error:
            raise ContractError(
                f"'{self._name}' raises {type(error).__name__} for a run alone: {error}."
            ) from error

    def _inside(self, x: Floats, y: Floats) -> None:
        """Refuse iterates outside the players' sets."""
        for player, set_, z in (("x", self._problem.x_set, x), ("y", self._problem.y_set, y)):
            away = np.abs(z - set_.project(np, z)) > TOLERANCE * (1 + np.abs(z))
            if away.any():
                raise ContractError(
                    f"'{self._name}' leaves the set {set_.describe(player)} of "
                    f"{self._problem.name}: wrap what it returns in oracle.project_{player}(...)."
                )


def _name(algorithm: Algorithm) -> str:
    return algorithm.name or type(algorithm).__name__


def _same(a: tuple[Floats, ...], b: tuple[Floats, ...]) -> bool:
    """Whether two paths are the same up to rounding; NaN is the same as NaN."""
    return all(
        np.allclose(p, q, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
        for p, q in zip(a, b, strict=True)
    )
