"""How runs end: the budget, the algorithm's own rule, infinity, or a listed point."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minmaxbench.core.arrays import Ints
from minmaxbench.record.chunk import Seen
from minmaxbench.record.measures import Measures
from minmaxbench.record.outcomes import RADIUS, Outcome


class Ends(NamedTuple):
    """How the lanes of a chunk end in it."""

    at: Ints
    """The index of each lane's last state, (L,); K for a lane that goes on."""
    why: list[Outcome]
    """For each lane; of no meaning for one that goes on."""


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


def find_arrivals(seen: Seen, ends: Ends, measures: Measures, lanes: Ints, finest: float) -> None:
    """End those of ``lanes`` that are at a listed stationary point, equilibrium or not.

    An arrival at the very state at which a run ends otherwise counts: ``ends`` is changed.
    """
    x, y = seen.chunk.x[:, lanes], seen.chunk.y[:, lanes]
    near = measures.distance(x, y, measures.every) <= finest
    there = near & (measures.residual(x, y) <= finest)
    for column, lane in enumerate(lanes):
        k = int(there[:, column].argmax())
        if there[k, column] and k <= ends.at[lane]:
            ends.at[lane], ends.why[lane] = k, Outcome.CONVERGED
