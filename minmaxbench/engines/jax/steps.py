"""Watching lanes that all make the same steps.

The recorder must see a stretch in which a run may have met a target or ended. Of each stretch the
program hands back the least squared residual, and the least squared distance d to an equilibrium or, as
distances to many points are dear, how far the iterate moved from the start of the stretch, m: a distance
changes by no more than the iterate moves, so that none in the stretch was below d(start) - m. With the
targets t_1 > t_2 > ..., of which a lane had met r when the call began, and has surely met all above the
least number of the stretches before this one, a stretch is flagged if its least number is below the next
target, widened by what rounding may do to it. That flags too many at worst.

Traces need the states at known steps, so that stretches begin there; and so they do at those steps near
the end of the budget that tails show.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Bools, Floats, Ints
from minmaxbench.core.calls import PRICES
from minmaxbench.engines.jax.calls import Call, Calls, Result
from minmaxbench.engines.jax.lanes import Lanes
from minmaxbench.engines.jax.program import Program
from minmaxbench.engines.jax.tail import finest, tail_steps
from minmaxbench.engines.jax.watch import Watch, in_order
from minmaxbench.engines.loop import Clock
from minmaxbench.record.recorder import Recorder
from minmaxbench.record.tail import SPACING
from minmaxbench.record.targets import TARGETS

_FINEST = TARGETS[-1]
_TARGETS = np.array([*TARGETS, -np.inf])


class StepsWatch(Watch):
    """Looks at stretches in which something may have happened, and where traces are recorded."""

    def __init__(
        self,
        recorder: Recorder,
        program: Program,
        algorithm: Algorithm,
        clock: Clock,
        first: int,
    ) -> None:
        """``first`` steps have been made."""
        super().__init__(recorder, program, algorithm, clock)
        self._first = first
        self._marks = _marks(recorder, program)
        """The steps before which traces are recorded, and the last that the budget allows."""

    @property
    def borders(self) -> Ints:
        """Those before which traces are recorded, the last one, and those that tails show."""
        if self.recorder.tail is None:
            return self._marks
        return np.union1d(self._marks, tail_steps(self._first, int(self._marks[-1])))

    def begin(self, calls: Calls, front: Lanes) -> None:
        """See :meth:`Watch.begin`: the budget may be at its end already."""
        self._arrives = self.algorithm.stopped(self.whole(front.state)) is None
        if self._marks[-1] == self._first:
            alive = np.flatnonzero(self.alive)
            self._reach_end(calls, alive, front.at(alive))

    def look(self, calls: Calls, call: Call, result: Result) -> None:
        """See :meth:`Watch.look`."""
        self._trace(call, result)
        self._feed_tail(call, result)
        for lane, m in in_order(self._flags(call, result) & self.alive[call.lanes]):
            going = self.alive[call.lanes[lane]]
            self.replay(calls, call, result, lane[going], m[going])
        if call.cuts[-1] == self._marks[-1]:
            alive = np.flatnonzero(self.alive[call.lanes])
            self._reach_end(calls, call.lanes[alive], result.end.at(alive))

    def _trace(self, call: Call, result: Result) -> None:
        """Record the traces of stretches that begin where one is due."""
        alive = np.flatnonzero(self.alive[call.lanes])
        m = np.flatnonzero(np.isin(call.cuts[:-1], self._marks))
        if m.size and alive.size:
            m, lane = (a.ravel() for a in np.meshgrid(m, alive, indexing="ij"))
            steps, works, costs = call.cuts[m], result.end.works[lane], self.program.costs
            spent = costs.calls(steps, works), costs.calls(steps + 1, works)
            at = result.x[m, lane], result.y[m, lane]
            self.recorder.traces.pass_by(call.lanes[lane], *at, *spent)

    def _feed_tail(self, call: Call, result: Result) -> None:
        """Give the tails what passed."""
        tail, lanes = self.recorder.tail, np.flatnonzero(self.alive[call.lanes])
        if tail is None or not lanes.size:
            return
        steps = call.cuts[:-1]
        level = finest(steps, int(self._marks[-1]))
        shown = steps % SPACING**level == 0
        part = slice(None) if len(lanes) == len(call.lanes) else lanes
        for now in np.unique(level[shown]):
            m = np.flatnonzero(shown & (level == now))
            x, y = result.x[m][:, part], result.y[m][:, part]
            tail.put_rows(call.lanes[part], steps[m], x, y, int(now))

    def _reach_end(self, calls: Calls, lanes: Ints, here: Lanes) -> None:
        """Have the recorder look at the last states that the budget allows."""
        if not lanes.size:
            return
        if self.recorder.tail is not None:
            at = self.whole(here.state)
            self.recorder.tail.put_rows(lanes, here.steps[:1], at.x[None], at.y[None])
        self.hand_over(calls, lanes, here, here.steps + 1, here.works)

    def _flags(self, call: Call, result: Result) -> Bools:
        """The stretches (M, lanes) in which a target may have been met or a run may have ended."""
        near, low, hits = result.near, result.low, self.recorder.hits
        flags = _crossed(low, hits.reached("residual", call.lanes))
        # The program says minus infinity where a run may have diverged or stopped itself.
        if (lost := near.min(0) == -np.inf).any():
            flags[:, lost] |= near[:, lost] == -np.inf
        if self.program.exact:
            some = np.flatnonzero(~call.bounded)
            level = hits.reached("distance", call.lanes[some])
            flags[:, some] |= _crossed(near[:, some], level) | self._quiet(low[:, some])
        some = np.flatnonzero(call.bounded & self.alive[call.lanes])
        if some.size and self.recorder.measures.each[0].every.size:
            flags[:, some] |= self._bounds(call, result, some)
        return flags

    def _quiet(self, low: Floats) -> Bools:
        """Where a run may have arrived at a listed point: see :mod:`minmaxbench.record.ends`."""
        quiet: Bools = (low <= _widened(_FINEST) ** 2) & self._arrives
        return quiet

    def _bounds(self, call: Call, result: Result, some: Ints) -> Bools:
        """The same for lanes of the batch whose distances are only bounded."""
        near, low = result.near[:, some], result.low[:, some]
        x, y = result.x[:, some], result.y[:, some]
        (measures,) = self.recorder.measures.each
        level = self.recorder.hits.reached("distance", call.lanes[some])
        moved = np.sqrt(np.maximum(-near, 0))
        flags = np.zeros(low.shape, dtype=bool)
        if measures.equilibria.size and (level < len(TARGETS)).any():
            bound = measures.distance(x, y, measures.equilibria) - moved
            flags |= bound <= _widened(_TARGETS[level])
        quiet = self._quiet(low)
        bound = measures.distance(x[quiet][None], y[quiet][None], measures.every)[0] - moved[quiet]
        flags[quiet] |= bound <= _widened(_FINEST)
        return flags


def _marks(recorder: Recorder, program: Program) -> Ints:
    """The steps after which traces are recorded, where each step costs the same; and the last."""
    budget, price = recorder.budget, program.costs.price
    end = np.floor(2 * budget)
    if not price:
        return np.array([end], dtype=np.int64)
    steps = np.floor((recorder.traces.grid - np.dot(PRICES, program.costs.begun)) / price)
    return np.unique(np.minimum(steps, end)).astype(np.int64)


def _crossed(squares: Floats, level: Ints) -> Bools:
    """Where the least values of stretches, squared, (M, lanes), may be the first to meet a target.

    ``level`` says how many each lane had met before.
    """
    crossed = np.zeros(squares.shape, dtype=bool)
    wanted = np.where(level < len(TARGETS), _widened(_TARGETS[level]) ** 2, -np.inf)
    some = np.flatnonzero(squares.min(0) <= wanted)
    if some.size:
        least = np.sqrt(np.maximum(squares[:, some], 0))
        before = np.minimum.accumulate(np.vstack([np.full(len(some), np.inf), least[:-1]]))
        surely = np.searchsorted(-_TARGETS[:-1], -_widened(before), side="right")
        crossed[:, some] = least <= _widened(_TARGETS[np.maximum(level[some], surely)])
    return crossed


def _widened(value: Any) -> Any:
    """A little more: the recorder decides, with its own arithmetic, whether a target is met."""
    return value * (1 + 1e-9) + 1e-12
