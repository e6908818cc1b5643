"""First hits: at how many calls a run first met each target, exact to the call.

Every state is checked against every target, but hardly any is looked at one by one. A lane is left
out as soon as a bound on its whole chunk shows that it cannot have met its next target: squares of
the gradients at hand for the residual, and for the distance how far the iterates moved
(:meth:`minmaxbench.record.measures.Measures.far`).
"""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Bools, Floats, Ints, square
from minmaxbench.record.chunk import Seen
from minmaxbench.record.ends import Ahead, Ends, find_arrivals
from minmaxbench.record.measures import Measures


class Hits:
    """The targets that each of n runs has met."""

    def __init__(self, measures: Measures, runs: int, targets: tuple[float, ...]) -> None:
        self._measures = measures
        # The last target is one that nothing meets: a run that has met all others waits for it.
        self._targets = np.array([*targets, -np.inf])
        self.table = {
            name: np.full((runs, len(targets)), np.nan) for name in ("distance", "residual")
        }
        """The calls of first hits, (n, targets)."""
        self._reached = {name: np.zeros(runs, dtype=int) for name in self.table}

    def reached(self, name: str, runs: Ints) -> Ints:
        """How many targets for ``distance`` or ``residual`` runs have met."""
        return self._reached[name][runs]

    def find(self, seen: Seen, ends: Ends, ahead: Ahead) -> None:
        """Note the hits of a chunk, and in ``ends`` the runs that arrive at a listed point.

        ``ahead`` tells what some lanes do after the chunk.
        """
        measures = self._measures
        if measures.problem.lanes is not None:
            # A problem too dear to be looked at after every step.
            return
        self._mark("residual", *self._residuals(seen), seen, ends)
        # Only a run whose residual has met the finest target can have arrived. An algorithm with a
        # rule of its own ends by that: it may have come to rest for a while only.
        done = seen.live & (self.reached("residual", seen.runs) == len(self._targets) - 1)
        if done.any() and measures.every.size and seen.chunk.stopped is None:
            finest = self._targets[-2]
            done &= ~measures.far(seen, measures.every, finest)
            find_arrivals(seen, ends, measures, np.flatnonzero(done), finest, ahead)
        if measures.equilibria.size:
            self._mark("distance", *self._distances(seen), seen, ends)

    def _mark(self, name: str, lanes: Ints, path: Floats, seen: Seen, ends: Ends) -> None:
        """Note the first state, not after the end, whose number meets each target.

        ``path`` (K, n) holds the distances or residuals of n ``lanes``.
        """
        if not lanes.size:
            return
        path = np.where(np.arange(len(path))[:, None] <= ends.at[lanes], path, np.inf)
        lowest = np.fmin.reduce(path)
        runs, hits, reached = seen.runs[lanes], self.table[name], self._reached[name]
        # From the coarsest target on: a lane that meets one in this chunk may meet the next, too.
        for j in range(int(reached[runs].min()), len(self._targets) - 1):
            target = self._targets[j]
            now = np.flatnonzero((reached[runs] == j) & (lowest <= target))
            if not now.size and lowest.min() > target:
                return
            first = (path[:, now] <= target).argmax(0)
            hits[runs[now], j] = seen.at(seen.calls, first, lanes[now])
            reached[runs[now]] = j + 1

    def _distances(self, seen: Seen) -> tuple[Ints, Floats]:
        """The lanes that meet a distance target, and their distances: (K, those lanes)."""
        measures = self._measures
        wanted = self._targets[self.reached("distance", seen.runs)]
        far = measures.far(seen, measures.equilibria, wanted)
        close = np.flatnonzero(seen.live & ~far & (wanted > 0))
        # All lanes as they are cost less than a copy of most of them.
        part = slice(None) if 2 * len(close) > len(seen.live) else close
        near = measures.distance(seen.chunk.x[:, part], seen.chunk.y[:, part], measures.equilibria)
        met = (np.fmin.reduce(near) <= wanted[part]) & seen.live[part]
        lanes = np.flatnonzero(met) if isinstance(part, slice) else close[met]
        return lanes, near[:, met]

    def _residuals(self, seen: Seen) -> tuple[Ints, Floats]:
        """The lanes that may have met a residual target, and their residuals: (K, those lanes).

        Where an iterate has not moved the residual may be given as infinite.
        """
        chunk, problem = seen.chunk, self._measures.problem
        wanted = self._targets[self.reached("residual", seen.runs)]
        open_lanes: Bools = seen.live & (wanted > 0)
        if chunk.gradient is not None:
            gx, gy = chunk.gradient
            if not problem.constrained:
                # Squares decide for most lanes; a NaN leaves its lane to be looked at.
                lowest = (square(np, gx) + square(np, gy)).min(0)
                open_lanes &= ~(lowest * (1 - 1e-12) > wanted * wanted)
            lanes = np.flatnonzero(open_lanes)
            parts = (a[:, lanes] for a in (chunk.x, chunk.y, gx, gy))
            return lanes, np.asarray(problem.residual(np, *parts))
        # Without gradients at hand they are evaluated, but only where an iterate is a new one.
        lanes = np.flatnonzero(open_lanes)
        x, y = chunk.x[:, lanes], chunk.y[:, lanes]
        moved = np.ones(x.shape[:2], dtype=bool)
        moved[1:] = (x[1:] != x[:-1]).any(-1) | (y[1:] != y[:-1]).any(-1)
        residual = np.full(moved.shape, np.inf)
        residual[moved] = self._measures.residual(x[moved], y[moved])
        return lanes, residual
