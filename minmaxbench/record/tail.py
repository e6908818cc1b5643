"""The tail of a run: its last iterates at several spacings, from which verdicts are told.

Level j keeps the states whose step numbers are multiples of ``SPACING**j``, the last ``KEPT`` of
them. So a period of 2 steps and one of a quarter of the run are both seen at some level by a dozen
states or more, whatever the length of the run, in memory that grows like its logarithm.
"""

from __future__ import annotations

from copy import copy

import numpy as np

from minmaxbench.core.arrays import Floats, Ints

SPACING = 8
KEPT = 256
SLACK = 64
"""A run may be followed by so many states beyond its end without loss of earlier ones."""

_ROWS = KEPT + SLACK


class Tail:
    """The last iterates of n runs; runs may end at different steps."""

    def __init__(self, runs: int, dx: int, dy: int, steps: float) -> None:
        """``steps``: a run makes at most about so many (more are allowed, and seen less well)."""
        self.levels = 1
        while KEPT * SPACING ** (self.levels - 1) <= steps:
            self.levels += 1
        self._states = np.full((self.levels, _ROWS, runs, dx + dy), np.nan)
        self._steps = np.full((self.levels, _ROWS, runs), -1)

    def put(self, runs: Ints, steps: Ints, x: Floats, y: Floats) -> None:
        """Take states: of ``runs`` (n,) after ``steps`` (n,) steps, at x (n, dx), y (n, dy).

        They may come in any order, and again; those after a run's end are left out at reading.
        """
        # Where a slot is written twice, the later entry stays.
        order = np.argsort(steps, kind="stable")
        for level in range(self.levels):
            stride = SPACING**level
            now = order[steps[order] % stride == 0]
            slot, run = steps[now] // stride % _ROWS, runs[now]
            newest = self._steps[level, slot, run] <= steps[now]
            now, slot, run = now[newest], slot[newest], run[newest]
            self._steps[level, slot, run] = steps[now]
            dx = x.shape[1]
            self._states[level, slot, run, :dx] = x[now]
            self._states[level, slot, run, dx:] = y[now]

    def put_rows(self, runs: Ints, steps: Ints, x: Floats, y: Floats, finest: int = 0) -> None:
        """Take states of all ``runs`` (n,) after ``steps`` (M,): (M, n, d), M <= KEPT, in order.

        The runs are in order, too; where one may end among the states, M <= SLACK.
        Levels finer than ``finest`` do not take them.
        """
        # A copy of whole rows costs a fraction of one of chosen runs.
        columns = slice(None) if len(runs) == self._steps.shape[2] else runs
        dx = x.shape[2]
        for level in range(finest, self.levels):
            stride = SPACING**level
            now = np.flatnonzero(steps % stride == 0)
            if not now.size:
                break
            rows = steps[now] // stride % _ROWS
            if not isinstance(columns, slice):
                rows = rows[:, None]
            self._steps[level][rows, columns] = steps[now, None]
            self._states[level][rows, columns, :dx] = x[now]
            self._states[level][rows, columns, dx:] = y[now]

    def of(self, runs: slice) -> Tail:
        """That of some of the runs, which share its memory."""
        part = copy(self)
        part._states, part._steps = self._states[:, :, runs], self._steps[:, :, runs]
        return part

    def whole(self, steps: Ints) -> Ints:
        """The finest level that shows runs of so many steps from beginning to end."""
        level = np.zeros(steps.shape, dtype=int)
        for finer in range(self.levels - 1):
            level[steps // SPACING**finer >= KEPT] = finer + 1
        return level

    def read(self, level: int, runs: Ints, steps: Ints, last: int = KEPT) -> tuple[Floats, Ints]:
        """The ``last`` states of ``runs`` (n,) that ended after ``steps`` (n,) steps, oldest first.

        Returns states (n, last, dx + dy), NaN where there is none, and their step numbers.
        """
        stride = SPACING**level
        wanted = (steps // stride)[:, None] - np.arange(last)[::-1]
        slot, run = wanted % _ROWS, runs[:, None]
        wanted = wanted * stride
        known = (self._steps[level, slot, run] == wanted) & (wanted >= 0)
        return np.where(known[..., None], self._states[level, slot, run], np.nan), wanted
