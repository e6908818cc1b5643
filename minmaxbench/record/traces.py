"""Traces: what a run had reached when it had spent so many calls, on a logarithmic grid of calls.

A state stands for every number of calls from its own to the next state's: an entry of the grid holds
the state that a budget of so many calls would have paid for. A run that has ended stays where it is.
"""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Floats, Ints
from minmaxbench.record.chunk import Seen
from minmaxbench.record.ends import Ends
from minmaxbench.record.measures import Measures
from minmaxbench.record.record import empty_trace


class Traces:
    """The traces of n runs."""

    def __init__(self, measures: Measures, runs: int, grid: Floats) -> None:
        self._measures = measures
        self.grid = grid
        self.table = empty_trace(measures.problem, runs, len(grid))
        """What :func:`minmaxbench.record.record.empty_trace` makes room for, (n, grid) or (n, grid, d)."""
        self._pending = np.zeros(runs, dtype=int)
        """The next entry of each run."""
        self._passed: list[tuple[Ints, Ints, Floats, Floats]] = []

    def record(self, seen: Seen, ends: Ends) -> None:
        """Take from a chunk the states that stand for entries of the grid."""
        size, lanes = seen.size, len(seen.runs)
        after = np.broadcast_to(seen.calls[1:], (size, lanes))
        reach = after[np.minimum(ends.at, size - 1), np.arange(lanes)]
        found: list[tuple[Ints, Ints, int]] = []
        pending = self._pending[seen.runs]
        first = int(pending[seen.live].min()) if seen.live.any() else len(self.grid)
        for j in range(first, len(self.grid)):
            g = self.grid[j]
            now = np.flatnonzero(seen.live & (pending == j) & (reach > g))
            if not now.size:
                if not (reach[seen.live] > g).any():
                    break
                continue
            found.append((now, (after[:, now] <= g).sum(0), j))
            pending[now] = j + 1
        self._pending[seen.runs] = pending
        if found:
            now, k = (np.concatenate(part) for part in list(zip(*found, strict=True))[:2])
            entries = np.concatenate([np.full(len(n), j) for n, _, j in found])
            self._write(seen.runs[now], entries, seen.chunk.x[k, now], seen.chunk.y[k, now])

    def pass_by(self, runs: Ints, x: Floats, y: Floats, calls: Floats, after: Floats) -> None:
        """Remember runs that are at (x, y) from ``calls`` until ``after`` calls.

        It may turn out later that a run has ended before: :meth:`flush` is told.
        """
        first, last = (np.searchsorted(self.grid, count) for count in (calls, after))
        for j in range(int(first.min()), int(last.max())):
            now = (first <= j) & (j < last)
            self._passed.append((runs[now], np.full(now.sum(), j), x[now], y[now]))
        np.maximum.at(self._pending, runs, last)

    def flush(self, calls: Floats) -> None:
        """Measure what was passed by, all at once.

        ``calls`` (n,) are those at which runs have ended, NaN for runs that have not.
        """
        if self._passed:
            runs, j, x, y = map(np.concatenate, zip(*self._passed, strict=True))
            self._passed.clear()
            before = ~(self.grid[j] >= calls[runs])
            self._write(runs[before], j[before], x[before], y[before])

    def rest(self, runs: Ints, calls: Floats, final: dict[str, Floats]) -> None:
        """Fill what comes after the ends of ``runs``, at ``calls``, with their final states."""
        rest = self.grid >= calls[:, None]
        for name, table in self.table.items():
            old = table[runs]
            mask = rest if old.ndim == 2 else rest[..., None]
            table[runs] = np.where(mask, final[name][:, None], old)

    def _write(self, runs: Ints, entries: Ints, x: Floats, y: Floats) -> None:
        if not runs.size:
            return
        measured = {**self._measures.of(runs, x, y), "x": x, "y": y}
        for name, table in self.table.items():
            table[runs, entries] = measured[name]
