"""The local rate of an algorithm with a clock: the Jacobian of its steps over a whole period.

As in :mod:`minmaxbench.theory.dynamics.stability` the steps are read off the algorithm itself, at the
second-order model of f. What moves are the parts of a state that a moved iterate moves, at once or
later; anchors and counters do not, and stay what they are. Steps that differ by a clock (lookahead's,
alternating signs) come back after a period, and the rate is the root of the spectral radius over it. A
method whose steps change for ever, such as an anchored one, has no rate: its error is no power.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Floats
from minmaxbench.core.calls import Call
from minmaxbench.errors import UserError
from minmaxbench.theory.dynamics.stability import LINEAR, MOVES, Hessian, _model, _oracle, numbers

LONGEST = 12
"""The longest period looked for."""
SIZE = 1e-4
"""Of the moves that are differentiated: what is of second order vanishes beside them."""
LINEARITY = 1e-6
"""Relative difference by which the image of a sum may miss the sum of images."""
TRIAL = ((0.9, 0.7, -1.1), (1.3, -0.4, -0.6))
"""Hessians at which a period is looked for: of strict local Nash points."""


def local_rate(algorithm: Algorithm, hessian: Hessian) -> float:
    """By how much an algorithm contracts a step, in the end, at a stationary point inside the sets.

    Raises :class:`UserError`, which says why, for one that has no rate there: it compares values of f,
    finds its own step sizes, does not stay, is drawn elsewhere, or its steps are not linear or change
    for ever.
    """
    if algorithm.own_steps:
        raise UserError(f"'{algorithm.name}' finds its own step sizes from what it has seen.")
    if not algorithm.needs <= LINEAR:
        calls = ", ".join(call.words for call in sorted(algorithm.needs - LINEAR) or [Call.VALUE])
        raise UserError(f"'{algorithm.name}' asks for {calls}: its steps have no Jacobian.")
    period = _period(algorithm)
    with np.errstate(all="ignore"):
        maps = _Maps(algorithm, hessian)
        if maps.anchored():
            raise UserError(f"'{algorithm.name}' is drawn to its start for ever: it ends beside.")
        whole = np.eye(maps.size)
        for _ in range(period):
            whole = next(maps) @ whole
    values, vectors = np.linalg.eig(whole)
    seen = np.abs(vectors[maps.iterate]).max(0) > MOVES
    return float(np.where(seen, np.abs(values), 0.0).max() ** (1 / period))


@cache
def _period(algorithm: Algorithm) -> int:
    """After how many steps the Jacobians come again."""
    with np.errstate(all="ignore"):
        both = [_Maps(algorithm, hessian) for hessian in TRIAL]
        matrices = [np.array([next(m) for _ in range(3 * LONGEST)]) for m in both]
    for period in range(1, LONGEST + 1):
        if all(np.allclose(m[period:], m[:-period], rtol=1e-9, atol=1e-12) for m in matrices):
            return period
    raise UserError(f"The steps of '{algorithm.name}' change for ever: it has no rate.")


class _Maps(Iterator[Floats]):
    """The Jacobians of one step after another along the state at rest, in what moves."""

    def __init__(self, algorithm: Algorithm, hessian: Hessian) -> None:
        self._rule, self._problem = algorithm, _model(hessian, (False, False))
        zero = np.zeros((1, 1))
        oracle = _oracle(self._problem, 1)
        self._rest = self._stepped(self._rule.init(zero, zero, oracle))
        parts = numbers(self._rest)
        if any(part.shape != (1, 1) for part in parts.values()):
            raise UserError(f"The state of '{algorithm.name}' holds more than vectors.")
        self._moving = _closure(self, [n for n, a in parts.items() if _is_iterate(self._rest, a)])
        self.size = len(self._moving)
        self.iterate = np.array([_is_iterate(self._rest, parts[n]) for n in self._moving])
        """Which rows are the iterate's."""

    def __next__(self) -> Floats:
        n = self.size
        mixed = 0.3 + 0.6 * np.arange(n) / n
        moves = SIZE * np.vstack([np.eye(n), mixed, np.zeros(n)])
        after = self._moved(self._rest, self._moving, moves)
        went = np.hstack([numbers(after)[name] for name in self._moving])
        if np.abs(went[-1][self.iterate]).max() > SIZE * LINEARITY:
            raise UserError(f"'{self._rule.name}' does not stay at such a stationary point.")
        went = (went - went[-1]) / SIZE
        if not np.isfinite(went).all() or not np.allclose(
            mixed @ went[:n], went[n], rtol=LINEARITY, atol=LINEARITY
        ):
            raise UserError(f"A step of '{self._rule.name}' is not linear at a stationary point.")
        self._rest = self._stepped(self._rest)
        jacobian: Floats = went[:n].T
        return jacobian

    def anchored(self) -> bool:
        """Whether a part that does not move, the start, pulls the iterate in every step."""
        others = [name for name in numbers(self._rest) if name not in self._moving]
        moves = SIZE * np.vstack([np.eye(len(others)), np.zeros(len(others))])
        after = self._moved(self._rest, others, moves)
        pulled: float = max(np.abs(z - z[-1]).max() for z in (after.x, after.y))
        return pulled > SIZE * LINEARITY

    def _stepped(self, state: Any) -> Any:
        return self._rule.step(state, _oracle(self._problem, len(state.x)))

    def _moved(self, rest: Any, names: list[str], moves: Floats) -> Any:
        """The states after a step from rest, moved in some parts by the rows of ``moves``."""
        state = tree.select(rest, np.zeros(len(moves), dtype=int))
        there = numbers(state)
        new = {name: there[name] + moves[:, k : k + 1] for k, name in enumerate(names)}
        return self._stepped(tree.rebuild(state, new))

    def reached(self, names: list[str]) -> set[str]:
        """The parts of a state that differ within LONGEST steps when these are moved."""
        count = len(names)
        moves = np.vstack([np.eye(count), np.zeros(count)])
        state, found = self._moved(self._rest, names, moves), set[str]()
        for _ in range(LONGEST):
            parts = numbers(state)
            found |= {n for n, a in parts.items() if not np.array_equal(a, a[-1:] + 0 * a)}
            state = self._stepped(state)
        return found


def _closure(maps: _Maps, iterate: list[str]) -> list[str]:
    """All parts that a moved iterate moves, at once or later, in their order."""
    known: set[str] = set(iterate)
    while (
        not (found := known | maps.reached([n for n in numbers(maps._rest) if n in known])) <= known
    ):
        known = found
    return [name for name in numbers(maps._rest) if name in known]


def _is_iterate(state: Any, leaf: Floats) -> bool:
    return leaf is state.x or leaf is state.y
