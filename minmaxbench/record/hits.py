"""First hits: at how many calls a run first met each target, exact to the call.

Every state is checked against every target, but hardly any is looked at one by one. A lane is left
out as soon as a bound on its whole chunk shows that it cannot have met its next target: squares of
the gradients at hand for the residual, and for the distance how far the iterates moved
(:meth:`minmaxbench.record.measures.OfProblem.far`).
"""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Bools, Floats, Ints, square
from minmaxbench.record.chunk import Seen
from minmaxbench.record.ends import Ahead, Ends, find_arrivals
from minmaxbench.record.measures import Measures, OfProblem


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
        if self._measures.problem.lanes is not None:
            # A problem too dear to be looked at after every step.
            return
        self._mark("residual", *self._residuals(seen), seen, ends)
        self._arrivals(seen, ends, ahead)
        self._mark("distance", *self._distances(seen), seen, ends)

    def _arrivals(self, seen: Seen, ends: Ends, ahead: Ahead) -> None:
        """Note in ``ends`` the runs that arrive at a listed point."""
        # Only a run whose residual has met the finest target can have arrived. An algorithm with a
        # rule of its own ends by that: it may have come to rest for a while only.
        done = seen.live & (self.reached("residual", seen.runs) == len(self._targets) - 1)
        if seen.chunk.stopped is not None or not done.any():
            return
        finest = float(self._targets[-2])
        for measures, part in self._measures.parts(seen.runs):
            lanes = part.start + np.flatnonzero(done[part])
            if lanes.size and measures.every.size:
                lanes = lanes[~measures.far(seen, lanes, measures.every, finest)]
                find_arrivals(seen, ends, measures, lanes, finest, ahead)

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
        wanted = self._targets[self.reached("distance", seen.runs)]
        open_ = seen.live & (wanted > 0)
        found = [(np.zeros(0, dtype=int), np.zeros((seen.size, 0)))]
        for measures, part in self._measures.parts(seen.runs):
            if measures.equilibria.size and open_[part].any():
                found.append(_near(measures, part, seen, wanted, open_))
        lanes, near = zip(*found, strict=True)
        return np.concatenate(lanes), np.concatenate(near, axis=1)

    def _residuals(self, seen: Seen) -> tuple[Ints, Floats]:
        """The lanes that may have met a residual target, and their residuals: (K, those lanes).

        Where an iterate has not moved the residual may be given as infinite.
        """
        chunk = seen.chunk
        wanted = self._targets[self.reached("residual", seen.runs)]
        open_: Bools = seen.live & (wanted > 0)
        if chunk.gradient is not None and not self._measures.problem.constrained:
            # Squares decide for most lanes; a NaN leaves its lane to be looked at.
            lowest = (square(np, chunk.gradient[0]) + square(np, chunk.gradient[1])).min(0)
            open_ &= ~(lowest * (1 - 1e-12) > wanted * wanted)
        lanes = np.flatnonzero(open_)
        residual = np.full((seen.size, len(lanes)), np.inf)
        for measures, part in self._measures.parts(seen.runs[lanes]):
            mine = lanes[part]
            x, y = chunk.x[:, mine], chunk.y[:, mine]
            if chunk.gradient is not None:
                slopes = (g[:, mine] for g in chunk.gradient)
                residual[:, part] = measures.problem.residual(np, x, y, *slopes)
                continue
            # Without gradients at hand they are evaluated, but only where an iterate is a new one.
            moved = np.ones(x.shape[:2], dtype=bool)
            moved[1:] = (x[1:] != x[:-1]).any(-1) | (y[1:] != y[:-1]).any(-1)
            residual[:, part][moved] = measures.residual(x[moved], y[moved])
        return lanes, residual


def _near(
    measures: OfProblem, part: slice, seen: Seen, wanted: Floats, open_: Bools
) -> tuple[Ints, Floats]:
    """The same as :meth:`Hits._distances` for the lanes of one problem, if they are ``open_``."""
    x, y, rows = seen.chunk.x, seen.chunk.y, measures.equilibria
    far = measures.far(seen, part, rows, wanted[part])
    close = part.start + np.flatnonzero(open_[part] & ~far)
    # All lanes as they are cost less than a copy of most of them.
    most = part if 2 * len(close) > part.stop - part.start else close
    may = measures.may_meet(x[:, most], y[:, most], rows, wanted[most])
    lanes = np.arange(part.start, part.stop)[may] if isinstance(most, slice) else close[may]
    lanes = lanes[open_[lanes]]
    near = measures.distance(x[:, lanes], y[:, lanes], rows)
    met = np.fmin.reduce(near) <= wanted[lanes]
    return lanes[met], near[:, met]
