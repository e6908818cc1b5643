"""The recorder: what is written down of runs, from chunks of consecutive iterates.

The engine hands over chunks of states; the recorder finds out which runs end in them, which targets
are met and what stands on the grid of the traces, and keeps the last iterates for the verdicts.
"""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints
from minmaxbench.core.calls import PRICES
from minmaxbench.core.problem import Problem
from minmaxbench.record.chunk import Chunk, Seen
from minmaxbench.record.ends import Ahead, Ends, find_ends
from minmaxbench.record.hits import Hits
from minmaxbench.record.measures import Measures
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.record import Record, empty
from minmaxbench.record.tail import Tail
from minmaxbench.record.targets import SMALL, TARGETS, call_grid
from minmaxbench.record.traces import Traces
from minmaxbench.record.verdicts import judge

FACTS = ("outcome", "steps", "residual", "nearest", "gap")
"""What a verdict is told of a run's end."""


class Recorder:
    """Follows the lanes of one unit from start to end."""

    def __init__(
        self, problem: Problem, lanes: int, budget: float, targets: tuple[float, ...] = TARGETS
    ) -> None:
        """``problem`` may be a :class:`Joint` of several, each with lanes of its own."""
        self.problem = problem
        self.budget = budget
        self.lanes = np.arange(lanes)
        """The runs that the lanes of the next chunk are."""
        self.live = np.ones(lanes, dtype=bool)
        """Which lanes of the next chunk have not ended."""
        self.measures = Measures(problem, lanes)
        self.hits = Hits(self.measures, lanes, targets)
        self.traces = Traces(self.measures, lanes, call_grid(budget))
        # Every step costs a call, or half a one: see ends.find_ends.
        small = problem.dx + problem.dy <= SMALL
        self.tail = Tail(lanes, problem.dx, problem.dy, budget) if small else None
        self.result = empty(problem, lanes, self.hits.table, self.traces.grid, self.traces.table)
        self._first_step: int | Ints = 0
        self._last: tuple[Array, ...] | None = None

    def record(self, chunk: Chunk, ahead: Ahead) -> None:
        """Take in a chunk; afterwards ``live`` says which of its lanes go on.

        ``ahead`` is asked what lanes do next that may have arrived at a listed point.
        """
        seen = Seen(chunk, self.lanes, self.live, self._first_step)
        ends = find_ends(seen, self.budget)
        self.hits.find(seen, ends, ahead)
        self.traces.record(seen, ends)
        self._feed_tail(seen)
        self._take_ends(seen, ends)
        self.live &= ends.at >= seen.size
        self._first_step = self._first_step + seen.size
        self._last = (chunk.x[-1], chunk.y[-1], *(c[-2] for c in chunk.counts))

    def resume(self, runs: Ints, steps: Ints) -> None:
        """The next chunk holds these runs, none of which has ended, after so many steps each.

        From now on the tail is the engine's to feed.
        """
        self.lanes, self.live = runs, np.ones(len(runs), dtype=bool)
        self._first_step, self._last = steps, None

    def select(self, chosen: Ints) -> None:
        """From now on the chunks hold only these of their lanes."""
        self.lanes, self.live = self.lanes[chosen], self.live[chosen]
        if isinstance(self._first_step, np.ndarray):
            self._first_step = self._first_step[chosen]
        if self._last is not None:
            self._last = tuple(a[chosen] if len(a) > 1 else a for a in self._last)

    def end(self, outcome: Outcome) -> None:
        """End the runs that are still going at the last state recorded."""
        lanes = np.flatnonzero(self.live)
        self.live[:] = False
        for lane in lanes:
            self.result.outcome[self.lanes[lane]] = outcome
        if self._last is not None:
            x, y, *counts = self._last
            counts = [np.broadcast_to(c, self.lanes.shape)[lanes] for c in counts]
            step = np.broadcast_to(self._first_step, self.lanes.shape)[lanes] - 1
            self._finish(lanes, [outcome] * len(lanes), x[lanes], y[lanes], counts, step)

    def flush(self) -> None:
        """Write the traces of what the engine only passed by."""
        self.traces.flush(self.result.calls)

    def finish(self) -> Record:
        """The record, once all runs have ended, with its verdicts."""
        end = self.result
        judged = []
        for measures, part in self.measures.parts(np.arange(len(end.outcome))):
            end.metric_seconds[part] = measures.seconds / (part.stop - part.start)
            tail = None if self.tail is None else self.tail.of(part)
            facts = {name: getattr(end, name)[part] for name in FACTS}
            with np.errstate(all="ignore"):
                judged.append(judge(measures.problem, **facts, tail=tail))
        end.verdict = [word for verdicts in judged for word in verdicts.verdict]
        end.period = np.concatenate([verdicts.period for verdicts in judged])
        end.amplitude = np.concatenate([verdicts.amplitude for verdicts in judged])
        return end

    def _feed_tail(self, seen: Seen) -> None:
        if self.tail is None or not isinstance(seen.first, int):
            return
        still = slice(None) if self.live.all() else np.flatnonzero(self.live)
        steps = np.arange(seen.first, seen.first + seen.size)
        x, y = seen.chunk.x[:, still], seen.chunk.y[:, still]
        self.tail.put_rows(self.lanes[still], steps, x, y)

    def _take_ends(self, seen: Seen, ends: Ends) -> None:
        """Write down the final states of the lanes that end in a chunk."""
        lanes = np.flatnonzero(self.live & (ends.at < seen.size))
        at, chunk = ends.at[lanes], seen.chunk
        counts = [seen.at(count, at, lanes) for count in chunk.counts]
        steps = np.broadcast_to(seen.first, seen.live.shape)[lanes] + at
        why = [ends.why[lane] for lane in lanes]
        self._finish(lanes, why, chunk.x[at, lanes], chunk.y[at, lanes], counts, steps)

    def _finish(
        self, lanes: Ints, why: list[Outcome], x: Floats, y: Floats, counts: list[Ints], steps: Ints
    ) -> None:
        """Write down the final state of runs."""
        if not lanes.size:
            return
        runs, result = self.lanes[lanes], self.result
        for run, outcome in zip(runs, why, strict=True):
            result.outcome[run] = outcome
        result.counts[runs] = np.stack(counts, axis=-1)
        result.calls[runs] = result.counts[runs] @ np.array(PRICES)
        final = {"x": x, "y": y, "steps": steps, **self.measures.of(runs, x, y)}
        for name, column in final.items():
            table = result.metrics[name] if name in result.metrics else getattr(result, name)
            table[runs] = column
        self.traces.rest(runs, result.calls[runs], final)
