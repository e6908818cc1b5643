"""Tails of runs on the JAX engine, where most states never reach the recorder.

Coarse levels are taken from the starts of stretches as they pass. The finest ones only matter at a run's
end: all lanes that make the same steps have it at the same step, so what comes before it is made
again from a state kept shortly before. Where iterates move only in rare work, a list of their moves
holds everything.
"""

from __future__ import annotations

import numpy as np

from minmaxbench.bench.tail import KEPT, SPACING, Tail
from minmaxbench.core.arrays import Bools, Floats, Ints

GRAIN = SPACING**2
"""Stretches begin at multiples of it; in between, only the last KEPT * SPACING steps count."""


def again(first: int, last: int) -> tuple[int, Ints]:
    """For runs that end after ``last`` steps: from which step to make them again, and the stretches.

    Not from before ``first``, a multiple of GRAIN.
    """
    begin = max(first, (last - KEPT * SPACING) // GRAIN * GRAIN)
    fine = max(begin, (last - KEPT) // SPACING * SPACING)
    return begin, np.diff(np.r_[np.arange(begin, fine, SPACING), np.arange(fine, last + 1)])


class Moves:
    """Every move of iterates that rest most of the time."""

    def __init__(self, runs: Ints, step: int, x: Floats, y: Floats) -> None:
        """Where ``runs`` (n,) are after ``step`` steps: x (n, dx), y (n, dy)."""
        self._moves: list[tuple[Ints, Ints, Floats, Floats]] = []
        self._first = step
        self._moves.append((runs, np.full(len(runs), step), x, y))

    def add(self, runs: Ints, moved: Bools, steps: Ints, x: Floats, y: Floats) -> None:
        """``runs`` (n,) came to x, y (M, n, d) after ``steps`` (M, n) steps, where ``moved`` (M, n)."""
        m, lane = np.nonzero(moved)
        self._moves.append((runs[lane], steps[m, lane], x[m, lane], y[m, lane]))

    def fill(self, tail: Tail, runs: Ints, steps: Ints) -> None:
        """Give ``tail`` the states of ``runs`` (n,), which ended after ``steps`` (n,) steps."""
        moved, at, x, y = (np.concatenate(parts) for parts in zip(*self._moves, strict=True))
        most = int(max(steps.max(initial=0), at.max())) + 1
        key = moved * most + at
        order = np.argsort(key, kind="stable")
        for level in range(tail.levels):
            wanted = tail.read(level, runs, steps)[1]
            run = np.broadcast_to(runs[:, None], wanted.shape)
            run, step = run[wanted >= self._first], wanted[wanted >= self._first]
            where = order[np.searchsorted(key[order], run * most + step, side="right") - 1]
            tail.put(run, step, x[where], y[where])
