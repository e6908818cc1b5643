"""Tails of runs on the JAX engine, where most states never reach the recorder.

They are taken from the starts of stretches. Where all lanes make the same steps it is known when a
run that is cut short ends, and stretches before that are as short as the levels of the tail ask.
Where iterates move only in rare work, a list of their moves holds everything.
"""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Bools, Floats, Ints
from minmaxbench.record.tail import KEPT, SPACING, Tail


def finest(steps: Ints, last: int) -> Ints:
    """The finest level of the tail of a run of ``last`` steps that shows each of its steps (n,).

    For steps long before the end this is 2, though coarser ones may be all that shows them: the end may
    come earlier.
    """
    left = last - steps
    return np.select([left <= KEPT, left <= KEPT * SPACING], [0, 1], 2)


def tail_steps(first: int, last: int) -> Ints:
    """The steps from ``first`` to ``last``, the end of a run, that levels 0 and 1 of its tail show."""
    steps: Ints = np.arange(max(first, last - KEPT * SPACING), last + 1)
    return np.compress(steps % SPACING ** finest(steps, last) == 0, steps)


class Moves:
    """Every move of iterates that rest most of the time."""

    def __init__(self, runs: Ints, steps: Ints, x: Floats, y: Floats) -> None:
        """Where ``runs`` (n,) are after ``steps`` (n,) steps, all the same: x (n, dx), y (n, dy)."""
        self._first = int(steps[0])
        self._moves: list[tuple[Ints, Ints, Floats, Floats]] = [(runs, steps, x, y)]

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
