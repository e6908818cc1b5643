"""How runs end: the budget, the algorithm's own rule, infinity, or a listed point."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from minmaxbench.core.arrays import Bools, Floats, Ints
from minmaxbench.record.chunk import Seen
from minmaxbench.record.measures import OfProblem
from minmaxbench.record.outcomes import RADIUS, Outcome

STAY, DRIFT = 16, 100.0
"""A run has arrived at a point if it is still there STAY steps later, and never further away in
between than DRIFT times the finest target."""

Ahead: TypeAlias = Callable[[Ints], tuple[Floats, Floats]]
"""The iterates x (STAY, n, dx), y (STAY, n, dy) of n lanes of a chunk after its last state."""


class Ends(NamedTuple):
    """How the lanes of a chunk end in it."""

    at: Ints
    """The index of each lane's last state, (L,); K for a lane that goes on."""
    why: list[Outcome]
    """For each lane; of no meaning for one that goes on."""


def unknown(lanes: int, dx: int, dy: int) -> tuple[Floats, Floats]:
    """What an :data:`Ahead` says where time is over: nothing. The runs themselves end of it."""
    return np.full((STAY, lanes, dx), np.nan), np.full((STAY, lanes, dy), np.nan)


def find_ends(seen: Seen, budget: float) -> Ends:
    """The ends that need no look at the problem: of budgets, of rules, of runs that left."""
    chunk, size, lanes = seen.chunk, seen.size, len(seen.runs)
    at, why = np.full(lanes, size), [Outcome.BUDGET] * lanes
    extent = np.max([np.maximum(high.max(-1), -low.min(-1)) for low, high in seen.boxes], axis=0)
    # A step that asks the oracle for nothing is charged like half a call, or it never ends.
    steps = seen.first + np.arange(1, size + 1)[:, None]
    over = np.maximum(seen.calls[1:], steps / 2) > budget
    # Hardly any lane ends in a chunk: whole boxes are asked first. A NaN makes its lane suspect.
    suspect = ~(extent <= RADIUS) | over[-1]
    if chunk.stopped is not None:
        suspect |= chunk.stopped.any(0)
    some = np.flatnonzero(suspect & seen.live)
    if not some.size:
        return Ends(at, why)
    sizes = [np.abs(a[:, some]).max(-1) for a in (chunk.x, chunk.y, *chunk.inner)]
    away = ~np.all([a <= RADIUS for a in sizes], axis=0)
    grown = np.any([a > RADIUS for a in sizes], axis=0)
    stopped = np.zeros_like(away) if chunk.stopped is None else chunk.stopped[:, some]
    last = away | stopped | np.broadcast_to(over, (size, lanes))[:, some]
    at[some] = np.where(last.any(0), last.argmax(0), size)
    for column, lane in enumerate(some):
        k = min(at[lane], size - 1)
        if away[k, column]:
            why[lane] = Outcome.DIVERGED if grown[k, column] else Outcome.NON_FINITE
        elif stopped[k, column]:
            why[lane] = Outcome.STOPPED
    return Ends(at, why)


def find_arrivals(
    seen: Seen, ends: Ends, measures: OfProblem, lanes: Ints, finest: float, ahead: Ahead
) -> None:
    """End those of ``lanes`` that arrive at a listed stationary point, equilibrium or not.

    A run has arrived where distance and residual are below ``finest`` and the next STAY steps keep
    it there: a method with memory may come by at full speed, and rest on a border for a step.
    An arrival at the very state at which a run ends otherwise counts: ``ends`` is changed.
    """
    x, y = seen.chunk.x[:, lanes], seen.chunk.y[:, lanes]
    gap = measures.distance(x, y, measures.every)
    there = (gap <= finest) & (measures.residual(x, y) <= finest)
    there &= np.arange(seen.size)[:, None] <= ends.at[lanes]
    # What follows the chunk is looked at only where a run stays until its end.
    after = np.zeros((STAY, len(lanes)))
    first = _first_stay(there, gap, after, finest)
    open_ = np.flatnonzero((first < seen.size) & (first + STAY >= seen.size))
    if open_.size:
        after[:, open_] = measures.distance(*ahead(lanes[open_]), measures.every)
        first = _first_stay(there, gap, after, finest)
    for lane, k in zip(lanes, first, strict=True):
        if k < seen.size:
            ends.at[lane], ends.why[lane] = k, Outcome.CONVERGED


def _first_stay(there: Bools, gap: Floats, after: Floats, finest: float) -> Ints:
    """The first state of each lane that is ``there`` and is followed by STAY that are near, or K.

    ``gap`` (K, n) and ``after`` (STAY, n) are distances at the states of a chunk and at those that
    follow it.
    """
    away = np.cumsum(~(np.concatenate([gap, after]) <= DRIFT * finest), axis=0)
    arrived = there & (away[STAY:] == away[:-STAY])
    return np.where(arrived.any(0), arrived.argmax(0), len(gap))
