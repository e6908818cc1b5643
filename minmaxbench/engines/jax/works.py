"""Watching lanes whose iterates move only in work that few ask for at a time.

Each stretch is one iterate: the work, if a lane gets any, comes in its last step. The recorder is shown
an iterate where it is a new one, where an entry of the traces falls due, and before the budget is over.
A list of all moves takes the place of the tail.
"""

from __future__ import annotations

import numpy as np

from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Bools, Ints
from minmaxbench.engines.jax.calls import Call, Calls, Result
from minmaxbench.engines.jax.lanes import Lanes
from minmaxbench.engines.jax.program import Program
from minmaxbench.engines.jax.tail import Moves
from minmaxbench.engines.jax.watch import Watch, in_order
from minmaxbench.engines.loop import Clock
from minmaxbench.record.outcomes import CUT_SHORT
from minmaxbench.record.recorder import Recorder


class WorksWatch(Watch):
    """Looks at iterates that are new."""

    def __init__(
        self, recorder: Recorder, program: Program, algorithm: Algorithm, clock: Clock
    ) -> None:
        super().__init__(recorder, program, algorithm, clock)
        self._moves: Moves | None = None

    @property
    def borders(self) -> Ints:
        """Lanes make different numbers of steps in a stretch: there is nothing to cross."""
        return np.zeros(0, dtype=np.int64)

    def begin(self, calls: Calls, front: Lanes) -> None:
        """See :meth:`Watch.begin`."""
        at = self.whole(front.state)
        x, y = at.x, at.y
        # The iterates looked at last: none yet.
        self._last = x * np.nan, y * np.nan
        if self.recorder.tail is not None:
            alive = np.flatnonzero(self.alive)
            self._moves = Moves(alive, front.steps[alive], x[alive], y[alive])

    def look(self, calls: Calls, call: Call, result: Result) -> None:
        """See :meth:`Watch.look`."""
        recorder, steps, works = self.recorder, result.steps, result.works
        spent = self.program.costs.calls(steps, works)
        passed = np.searchsorted(recorder.traces.grid, spent)
        over = np.maximum(spent[1:], steps[1:] / 2) > recorder.budget
        # The program says minus infinity where a run may have diverged or stopped itself.
        ended = result.near == -np.inf
        flags = ended | self._moved(call, result) | (passed[1:] > passed[:-1]) | over
        for lane, m in in_order(flags & self.alive[call.lanes]):
            going = self.alive[call.lanes[lane]]
            # Within the stretch in which the budget ends, every step counts.
            ending = going & over[m, lane]
            if ending.any():
                self.replay(calls, call, result, lane[ending], m[ending])
            lane, m = lane[going & ~ending], m[going & ~ending]
            if lane.size:
                until = steps[m + 1, lane], works[m + 1, lane]
                self.hand_over(calls, call.lanes[lane], result.starts(m, lane), *until)

    def complete(self) -> None:
        """See :meth:`Watch.complete`; tails of runs that were cut short get their moves."""
        super().complete()
        record, tail = self.recorder.result, self.recorder.tail
        if self._moves is not None and tail is not None:
            short = np.flatnonzero([why in CUT_SHORT for why in record.outcome])
            self._moves.fill(tail, short, record.steps[short])

    def _moved(self, call: Call, result: Result) -> Bools:
        """Where iterates are other than in the stretch before, (M, lanes); they are noted."""
        moved = np.zeros(result.near.shape, dtype=bool)
        for now, last in zip((result.x, result.y), self._last, strict=True):
            before = np.concatenate([last[call.lanes][None], now[:-1]])
            moved |= (now != before).any(-1)
            last[call.lanes] = now[-1]
        if self._moves is not None:
            self._moves.add(call.lanes, moved, result.steps[:-1], result.x, result.y)
        return moved
