"""What the recorder is shown of lanes that a compiled program advances.

Of most stretches it need not see anything. Where something may have happened in one, the stretch is
made again, one step at a time, and all its states are handed over.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Bools, Floats, Ints
from minmaxbench.engines.jax.calls import Call, Calls, Result
from minmaxbench.engines.jax.lanes import Lanes, Leaves, rows_of
from minmaxbench.engines.jax.program import Program
from minmaxbench.engines.loop import Clock, OutOfTimeError
from minmaxbench.record.chunk import Chunk
from minmaxbench.record.ends import STAY, Ahead, unknown
from minmaxbench.record.recorder import Recorder


class Watch(ABC):
    """Looks at calls, for the recorder."""

    def __init__(
        self, recorder: Recorder, program: Program, algorithm: Algorithm, clock: Clock
    ) -> None:
        self.recorder = recorder
        self.clock = clock
        self.problem = recorder.problem
        self.program = program
        self.algorithm = algorithm
        self.alive = recorder.live.copy()
        """Which lanes have not ended."""

    @property
    @abstractmethod
    def borders(self) -> Ints:
        """Numbers of steps that stretches may not cross."""

    @abstractmethod
    def begin(self, calls: Calls, front: Lanes) -> None:
        """Look at where the lanes stand before the first call."""

    @abstractmethod
    def look(self, calls: Calls, call: Call, result: Result) -> None:
        """Have the recorder look at what may have happened in a call."""

    def complete(self) -> None:
        """Give the recorder what is missing once all runs have ended."""
        self.recorder.flush()

    def replay(self, calls: Calls, call: Call, result: Result, lane: Ints, m: Ints) -> None:
        """Make stretches of lanes again, one step at a time, and hand all their states over."""
        for part in (slice(i, i + calls.size) for i in range(0, len(lane), calls.size)):
            here, k = lane[part], m[part]
            lanes = call.lanes[here]
            # Where lanes wait, a stretch has one step more: that with the work.
            steps = int(call.lengths[k].max()) + self.program.rare
            with self.clock:
                again = calls.again(lanes, result.starts(k, here), steps)
            ahead = partial(self._ahead, calls, lanes, again.end, 0)
            self._record(lanes, again.path(), again.steps, again.works, ahead)

    def hand_over(self, calls: Calls, lanes: Ints, here: Lanes, steps: Ints, works: Ints) -> None:
        """Have the recorder look at one state a lane, which lasts until ``steps`` and ``works``."""
        state = rows_of(here.state, None)
        rows = np.stack([here.steps, steps]), np.stack([here.works, works])
        self._record(lanes, state, *rows, partial(self._ahead, calls, lanes, here, 1))

    def _ahead(
        self, calls: Calls, lanes: Ints, here: Lanes, skip: int, some: Ints
    ) -> tuple[Floats, Floats]:
        """The iterates of some of ``lanes`` from ``skip`` steps after ``here``: see :data:`Ahead`."""
        try:
            with self.clock:
                x, y = calls.iterates(lanes[some], here.at(some), STAY + skip)
        except OutOfTimeError:
            return unknown(len(some), self.problem.dx, self.problem.dy)
        return x[skip:], y[skip:]

    def _record(self, lanes: Ints, state: Leaves, steps: Ints, works: Ints, ahead: Ahead) -> None:
        """Have the recorder look at K states (K, lanes, ...), made after (K + 1, lanes) steps."""
        counts = self.program.costs.counts(steps, works)
        self.recorder.resume(lanes, steps[0])
        whole = self.whole(state)
        chunk = Chunk(
            x=whole.x,
            y=whole.y,
            gradient=None,
            inner=self.algorithm.inner(whole),
            counts=tuple(np.broadcast_to(count, steps.shape) for count in counts),
            stopped=self._stopped(lanes, state),
        )
        self.recorder.record(chunk, ahead)
        self.alive[lanes] = self.recorder.live

    def whole(self, state: Leaves) -> Any:
        """A state as the algorithm knows it."""
        return tree.rebuild(self.program.template, state)

    def _stopped(self, lanes: Ints, state: Leaves) -> Bools | None:
        """What the algorithm's own rule says of states (K, lanes, ...)."""
        algorithm = self.algorithm.select(lanes)
        steps = len(next(iter(state.values())))
        each = [algorithm.stopped(self.whole(rows_of(state, k))) for k in range(steps)]
        return None if each[0] is None else np.array(each)


def in_order(flags: Bools) -> Iterator[tuple[Ints, Ints]]:
    """The flagged (lane, stretch) pairs: first the first of each lane, then its second, ..."""
    lane, m = np.nonzero(flags.T)
    first = np.searchsorted(lane, lane)
    rank = np.arange(len(lane)) - first
    for wave in range(int(rank.max(initial=-1)) + 1):
        yield lane[rank == wave], m[rank == wave]
