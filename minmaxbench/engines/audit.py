"""Spot checks of code that is not the package's: does one lane alone do what it does among others?

At the beginning of some chunks a few lanes are taken aside; when the chunk is made, each makes the first
of its steps again, alone. Other numbers mean that lanes are mixed, that something is kept outside
the state, or that random numbers are the code's own: the run's numbers would then depend on
what ran beside it. The checks lie densest at the start, at chunks 0, 2, 4, 8, ...: a chunk without one
in between lets what is kept outside the state come back to what it was.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Floats
from minmaxbench.core.ledger import Ledger
from minmaxbench.core.oracle import EagerOracle
from minmaxbench.core.problem import Problem
from minmaxbench.errors import ContractError
from minmaxbench.record.chunk import Chunk

STEPS = 3
"""So many steps are made again: an odd number, so that code which alternates is met in both its ways."""
FEW = 2
"""Up to this chunk more lanes than one are taken aside."""
TOLERANCE = 1e-9
"""Sums whose order depends on the number of lanes, as in a matrix product, differ by less."""

Path = tuple[Floats, ...]


class Audit:
    """Follows the chunks of one batch."""

    def __init__(self, problem: Problem, wanted: bool) -> None:
        """Nothing is checked unless it is ``wanted``."""
        self._problem = problem
        self._wanted = wanted
        self._chunks = 0
        self._name = ""
        self._aside: list[tuple[int, Callable[[int], Path]]] = []

    def before(
        self,
        algorithm: Algorithm,
        state: Any,
        oracle: EagerOracle,
        numbers: Callable[[Any], Floats],
    ) -> None:
        """Take lanes aside at the beginning of a chunk; ``numbers`` makes NumPy arrays."""
        now, self._chunks = self._chunks, self._chunks + 1
        self._aside = []
        if not self._wanted or now == 1 or now & (now - 1):
            return
        self._name = algorithm.name or type(algorithm).__name__
        self._oracle, self._numbers = oracle, numbers
        # Three of the first chunks, one of the others, each time others; a run by itself three times.
        n, count = len(state.x), 3 if now <= FEW else 1
        for lane in ((7919 * now + k * n // count) % n for k in range(count)):
            one = np.array([lane])
            parts = tree.select(state, one), algorithm.select(one), oracle.select(one)
            self._aside.append((lane, partial(_steps, *parts, numbers)))

    def after(self, chunk: Chunk, state: Any) -> None:
        """Look at a chunk and the ``state`` that follows it.

        Raises :class:`ContractError` where something is not as it should be.
        """
        if not self._aside:
            return
        paid = self._oracle.counts
        for lane, replay in self._aside:
            among = self._among(chunk, state, lane)
            self._inside(*among)
            count = len(among[0])
            alone = self._made(replay, count)
            if not _same(among, alone):
                self._refuse(chunk.x.shape[1], _same(alone, self._made(replay, count)))
        if any(now is not before for now, before in zip(self._oracle.counts, paid, strict=True)):
            raise ContractError(
                f"'{self._name}' asks an oracle that it has kept: use the one that each step is given."
            )

    def _refuse(self, lanes: int, again: bool) -> NoReturn:
        """Raise what differs; ``again`` says whether the same steps give the same numbers at least."""
        who = f"'{self._name}' on {self._problem.name}"
        if lanes == 1 or not again:
            raise ContractError(
                f"{who} gives other numbers when the same steps are made again: something is "
                "kept outside the state, or random numbers are drawn that are not the oracle's."
            )
        raise ContractError(
            f"{who} gives other numbers to a run alone than among {lanes}: lanes "
            "are mixed, something is kept outside the state, or answers of the oracle are used in "
            "lanes that do not pay. Sum over the last axis, not the first, and use `where`, not `if`."
        )

    def _among(self, chunk: Chunk, state: Any, lane: int) -> Path:
        """What a lane's first steps in a chunk have led to: (steps, dx) and (steps, dy)."""
        x, y = (a[1 : STEPS + 1, lane] for a in (chunk.x, chunk.y))
        if len(x) == STEPS:
            return x, y
        # A chunk of large problems may be one step long: then there is only what follows it.
        ends = (self._numbers(a)[lane] for a in (state.x, state.y))
        return tuple(np.concatenate([a, end[None]]) for a, end in zip((x, y), ends, strict=True))

    def _made(self, replay: Callable[[int], Path], count: int) -> Path:
        try:
            return replay(count)
        except ContractError:
            raise
        except Exception as error:
            raise ContractError(
                f"'{self._name}' raises {type(error).__name__} for a run alone: {error}."
            ) from error

    def _inside(self, x: Floats, y: Floats) -> None:
        """Refuse iterates outside the players' sets."""
        for player, set_, z in (("x", self._problem.x_set, x), ("y", self._problem.y_set, y)):
            if not set_.constrained:
                continue
            away = np.abs(z - set_.project(np, z)) > TOLERANCE * (1 + np.abs(z))
            if away.any():
                raise ContractError(
                    f"'{self._name}' leaves the set {set_.describe(player)} of "
                    f"{self._problem.name}: wrap what it returns in oracle.project_{player}(...)."
                )


def _steps(
    state: Any,
    rule: Algorithm,
    oracle: EagerOracle,
    numbers: Callable[[Any], Floats],
    count: int,
) -> Path:
    """What the next ``count`` steps of one lane lead to: (count, dx) and (count, dy)."""
    oracle = oracle.select(np.array([0]))
    oracle.ledger = ledger = Ledger(oracle.price())
    xs, ys = [], []
    for _ in range(count):
        oracle.begin_step()
        state = rule.step(state, oracle)
        xs.append(numbers(state.x)[0])
        ys.append(numbers(state.y)[0])
    if ledger.unpaid(oracle.price()):
        raise ContractError(
            f"'{rule.name or type(rule).__name__}' asks through a copy of the oracle, which pays for "
            "nothing: ask the oracle itself."
        )
    return np.array(xs), np.array(ys)


def _same(a: Path, b: Path) -> bool:
    """Whether two paths are the same up to rounding; NaN is the same as NaN."""
    return all(
        np.array_equal(p, q) or np.allclose(p, q, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True)
        for p, q in zip(a, b, strict=True)
    )
