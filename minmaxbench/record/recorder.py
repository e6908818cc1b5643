"""The recorder: traces, exact first hits, and the end of every run, from chunks of iterates.

The engine hands over chunks of consecutive states. Every state is checked against every target,
but hardly any is looked at one by one: the distance to a set of points changes by no more than
the iterate moves, so a lane whose iterates stayed in a small box during a chunk cannot have hit a
target that was further away than the box's diagonal. Only the lanes that may have are examined.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from minmaxbench.core.arrays import Array, Bools, Floats, Ints, square
from minmaxbench.core.calls import PRICES
from minmaxbench.core.problem import Problem
from minmaxbench.record.chunk import Chunk
from minmaxbench.record.outcomes import RADIUS, Outcome
from minmaxbench.record.record import Record, empty
from minmaxbench.record.tail import Tail
from minmaxbench.record.targets import SMALL, TARGETS, call_grid
from minmaxbench.record.verdicts import judge

Extent: TypeAlias = tuple[Floats, Floats]
"""The smallest and the largest value of each coordinate of each lane in a chunk, (L, d) each."""


class Recorder:
    """Follows the lanes of one unit from start to end."""

    def __init__(
        self, problem: Problem, lanes: int, budget: float, targets: tuple[float, ...] = TARGETS
    ) -> None:
        self.problem = problem
        self.budget = budget
        self.lanes = np.arange(lanes)
        """The runs that the lanes of the next chunk are."""
        self.live = np.ones(lanes, dtype=bool)
        """Which lanes of the next chunk have not ended."""
        self._targets = np.array([*targets, -np.inf])
        self._equilibria: Ints = problem.points().equilibria
        self._first_step: int | Ints = 0
        self._last: tuple[Array, ...] | None = None
        self._passed: list[tuple[Ints, Ints, Floats, Floats]] = []
        self._pending = np.zeros(lanes, dtype=int)
        self._reached = {name: np.zeros(lanes, dtype=int) for name in ("distance", "residual")}
        # Every step costs a call, or half a one: see _ends.
        small = problem.dx + problem.dy <= SMALL
        self.tail = Tail(lanes, problem.dx, problem.dy, budget) if small else None
        self.result = empty(problem, lanes, len(targets), call_grid(budget))

    def record(self, chunk: Chunk) -> None:
        """Take in a chunk; afterwards ``live`` says which of its lanes go on."""
        size = len(chunk.x)
        paid = [price * count for price, count in zip(PRICES, chunk.counts, strict=True)]
        calls: Floats = np.asarray(sum(paid), dtype=np.float64)
        boxes = [_box(a) for a in (chunk.x, chunk.y, *chunk.inner)]
        end, why = self._ends(chunk, boxes, calls)
        self._find_hits(chunk, boxes, calls, end, why)
        self._record_trace(chunk, calls, end)
        if self.tail is not None and isinstance(self._first_step, int):
            still = slice(None) if self.live.all() else np.flatnonzero(self.live)
            steps = np.arange(self._first_step, self._first_step + size)
            self.tail.put_rows(self.lanes[still], steps, chunk.x[:, still], chunk.y[:, still])
        ended = np.flatnonzero(self.live & (end < size))
        at = end[ended]
        self._finish(
            ended,
            [why[lane] for lane in ended],
            chunk.x[at, ended],
            chunk.y[at, ended],
            [c[at, ended if c.shape[1] > 1 else 0] for c in chunk.counts],
            (self._first_step + end)[ended],
        )
        self.live &= end >= size
        self._first_step += size
        self._last = (chunk.x[-1], chunk.y[-1], *(c[-2] for c in chunk.counts))

    def resume(self, runs: Ints, steps: Ints) -> None:
        """The next chunk holds these runs, none of which has ended, after so many steps each.

        From now on the tail is the engine's to feed.
        """
        self.lanes, self.live = runs, np.ones(len(runs), dtype=bool)
        self._first_step, self._last = steps, None

    def trace(self, runs: Ints, x: Floats, y: Floats, calls: Floats, after: Floats) -> None:
        """Record the traces alone of runs that are at (x, y) from ``calls`` until ``after`` calls.

        It may turn out later that a run has ended before.
        """
        first, last = (np.searchsorted(self.result.grid, count) for count in (calls, after))
        for j in range(int(first.min()), int(last.max())):
            now = (first <= j) & (j < last)
            self._passed.append((runs[now], np.full(now.sum(), j), x[now], y[now]))
        np.maximum.at(self._pending, runs, last)

    def flush(self) -> None:
        """Measure what was passed by, all at once."""
        if self._passed:
            runs, j, x, y = map(np.concatenate, zip(*self._passed, strict=True))
            self._passed.clear()
            before = ~(self.result.grid[j] >= self.result.calls[runs])
            self._write_trace(runs[before], j[before], x[before], y[before])

    def reached(self, name: str, runs: Ints) -> Ints:
        """How many targets for ``distance`` or ``residual`` runs have met."""
        return self._reached[name][runs]

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

    def finish(self) -> Record:
        """The record, once all runs have ended, with its verdicts."""
        end = self.result
        with np.errstate(all="ignore"):
            verdicts = judge(
                self.problem, end.outcome, end.steps, end.residual, end.nearest, end.gap, self.tail
            )
        end.verdict, end.period, end.amplitude = verdicts
        return end

    # -- how runs end ----------------------------------------------------------------------

    def _ends(self, chunk: Chunk, boxes: list[Extent], calls: Floats) -> tuple[Ints, list[Outcome]]:
        """For each lane the index of its last state in this chunk (K if it goes on), and why."""
        size, lanes = chunk.x.shape[:2]
        end, why = np.full(lanes, size), [Outcome.BUDGET] * lanes
        extent = np.max([np.maximum(high.max(-1), -low.min(-1)) for low, high in boxes], axis=0)
        # A step that asks the oracle for nothing is charged like half a call, or it never ends.
        steps = self._first_step + np.arange(1, size + 1)[:, None]
        over = np.maximum(calls[1:], steps / 2) > self.budget
        suspect = ~(extent <= RADIUS) | over[-1]
        if chunk.stopped is not None:
            suspect |= chunk.stopped.any(0)
        some = np.flatnonzero(suspect & self.live)
        if not some.size:
            return end, why
        sizes = [np.abs(a[:, some]).max(-1) for a in (chunk.x, chunk.y, *chunk.inner)]
        away = ~np.all([a <= RADIUS for a in sizes], axis=0)
        grown = np.any([a > RADIUS for a in sizes], axis=0)
        stopped = np.zeros_like(away) if chunk.stopped is None else chunk.stopped[:, some]
        over = np.broadcast_to(over, (size, lanes))[:, some]
        last = away | stopped | over
        end[some] = np.where(last.any(0), last.argmax(0), size)
        for column, lane in enumerate(some):
            k = min(end[lane], size - 1)
            if away[k, column]:
                why[lane] = Outcome.DIVERGED if grown[k, column] else Outcome.NON_FINITE
            elif stopped[k, column]:
                why[lane] = Outcome.STOPPED
        return end, why

    def _finish(
        self, lanes: Ints, why: list[Outcome], x: Floats, y: Floats, counts: list[Ints], steps: Ints
    ) -> None:
        """Write down the final state of runs."""
        if not lanes.size:
            return
        runs, result = self.lanes[lanes], self.result
        for run, outcome in zip(runs, why, strict=True):
            result.outcome[run] = outcome
        result.x[runs], result.y[runs], result.steps[runs] = x, y, steps
        result.counts[runs] = np.stack(counts, axis=-1)
        result.calls[runs] = result.counts[runs] @ np.array(PRICES)
        final = self._measure(x, y)
        result.nearest[runs], result.gap[runs] = final.pop("nearest"), final.pop("gap")
        for name, column in final.items():
            getattr(result, name)[runs] = column
        # A run that has ended stays where it is.
        rest = result.grid >= result.calls[runs][:, None]
        for name, column in {**final, "x": x, "y": y}.items():
            if name in result.trace:
                old = result.trace[name][runs]
                mask = rest if old.ndim == 2 else rest[..., None]
                result.trace[name][runs] = np.where(mask, column[:, None], old)

    # -- first hits ------------------------------------------------------------------------

    def _find_hits(
        self, chunk: Chunk, boxes: list[Extent], calls: Floats, end: Ints, why: list[Outcome]
    ) -> None:
        x, y = chunk.x, chunk.y
        self._mark("residual", *self._residuals(chunk), calls, end)
        # Only a run whose residual has met the finest target can have converged.
        done = self.live & (self._reached["residual"][self.lanes] == len(self._targets) - 1)
        every = np.arange(len(self.problem.points()))
        if done.any() and every.size:
            done &= ~self._far(chunk, boxes, every, self._targets[-2])
            self._converge(chunk, np.flatnonzero(done), every, end, why)
        if self._equilibria.size:
            wanted = self._targets[self._reached["distance"][self.lanes]]
            far = self._far(chunk, boxes, self._equilibria, wanted)
            close = np.flatnonzero(self.live & ~far & (wanted > 0))
            # All lanes as they are cost less than a copy of most of them.
            part = slice(None) if 2 * len(close) > len(self.live) else close
            near = self.distance(x[:, part], y[:, part], self._equilibria)
            met = (np.fmin.reduce(near) <= wanted[part]) & self.live[part]
            lanes_met = np.flatnonzero(met) if isinstance(part, slice) else close[met]
            if lanes_met.size:
                self._mark("distance", lanes_met, near[:, met], calls, end)

    def _far(self, chunk: Chunk, boxes: list[Extent], rows: Ints, wanted: Floats) -> Bools:
        """The lanes whose iterates cannot have come so close to any of some listed points.

        Never a lane with a NaN: it must be looked at.
        """
        start = self.distance(chunk.x[:1], chunk.y[:1], rows)[0]
        moved = _moved((chunk.x, chunk.y), boxes)
        # The factor covers rounding.
        far: Bools = (start - np.sqrt(moved)) * (1 - 1e-12) > wanted
        return far

    def _mark(self, name: str, lanes: Ints, path: Floats, calls: Floats, end: Ints) -> None:
        """Note the first state, not after the end, whose distance or residual meets each target."""
        if not lanes.size:
            return
        path = np.where(np.arange(len(path))[:, None] <= end[lanes], path, np.inf)
        lowest = np.fmin.reduce(path)
        runs, hits, reached = self.lanes[lanes], self.result.hits[name], self._reached[name]
        for j in range(int(reached[runs].min()), len(self._targets) - 1):
            target = self._targets[j]
            now = np.flatnonzero((reached[runs] == j) & (lowest <= target))
            if not now.size and lowest.min() > target:
                return
            first = (path[:, now] <= target).argmax(0)
            hits[runs[now], j] = calls[first, lanes[now] if calls.shape[1] > 1 else 0]
            reached[runs[now]] = j + 1

    def _converge(
        self, chunk: Chunk, lanes: Ints, every: Ints, end: Ints, why: list[Outcome]
    ) -> None:
        """End the runs that are at a listed stationary point, equilibrium or not."""
        x, y, finest = chunk.x[:, lanes], chunk.y[:, lanes], self._targets[-2]
        residual = self.problem.residual(np, x, y, *self.problem.grad(np, x, y))
        there = (self.distance(x, y, every) <= finest) & (residual <= finest)
        for column, lane in enumerate(lanes):
            k = int(there[:, column].argmax())
            if there[k, column] and k <= end[lane]:
                end[lane], why[lane] = k, Outcome.CONVERGED

    def _residuals(self, chunk: Chunk) -> tuple[Ints, Floats]:
        """The lanes that may have met a residual target, and their residuals: (K, those lanes).

        Where an iterate has not moved the residual may be given as infinite.
        """
        x, y, problem = chunk.x, chunk.y, self.problem
        wanted = self._targets[self._reached["residual"][self.lanes]]
        open_lanes = self.live & (wanted > 0)
        if chunk.gradient is not None:
            gx, gy = chunk.gradient
            if not problem.constrained:
                # Squares decide for most lanes; a NaN leaves its lane to be looked at.
                lowest = (square(np, gx) + square(np, gy)).min(0)
                open_lanes &= ~(lowest * (1 - 1e-12) > wanted * wanted)
            lanes = np.flatnonzero(open_lanes)
            parts = (a[:, lanes] for a in (x, y, gx, gy))
            return lanes, np.asarray(problem.residual(np, *parts))
        lanes = np.flatnonzero(open_lanes)
        x, y = x[:, lanes], y[:, lanes]
        moved = np.ones(x.shape[:2], dtype=bool)
        moved[1:] = (x[1:] != x[:-1]).any(-1) | (y[1:] != y[:-1]).any(-1)
        residual = np.full(moved.shape, np.inf)
        at = x[moved], y[moved]
        residual[moved] = problem.residual(np, *at, *problem.grad(np, *at))
        return lanes, residual

    def distance(self, x: Floats, y: Floats, rows: Ints) -> Floats:
        """Distance of states (K, L, d) to the nearest of some listed points."""
        flat = x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])
        distances = self.problem.distances(np, *flat, rows)
        nearest = distances[:, 0] if distances.shape[1] == 1 else distances.min(1)
        return np.asarray(nearest.reshape(x.shape[:-1]))

    # -- traces ----------------------------------------------------------------------------

    def _record_trace(self, chunk: Chunk, calls: Floats, end: Ints) -> None:
        """State k stands for every number of calls from its own to the next state's."""
        size, lanes = chunk.x.shape[:2]
        after = np.broadcast_to(calls[1:], (size, lanes))
        reach = after[np.minimum(end, size - 1), np.arange(lanes)]
        found: list[tuple[Ints, Ints, int]] = []
        pending = self._pending[self.lanes]
        first = int(pending[self.live].min()) if self.live.any() else len(self.result.grid)
        for j in range(first, len(self.result.grid)):
            g = self.result.grid[j]
            now = np.flatnonzero(self.live & (pending == j) & (reach > g))
            if not now.size:
                if not (reach[self.live] > g).any():
                    break
                continue
            found.append((now, (after[:, now] <= g).sum(0), j))
            pending[now] = j + 1
        self._pending[self.lanes] = pending
        if found:
            now, k = (np.concatenate(part) for part in list(zip(*found, strict=True))[:2])
            j_all = np.concatenate([np.full(len(n), j) for n, _, j in found])
            self._write_trace(self.lanes[now], j_all, chunk.x[k, now], chunk.y[k, now])

    def _write_trace(self, runs: Ints, j: Ints, x: Floats, y: Floats) -> None:
        for name, column in {**self._measure(x, y), "x": x, "y": y}.items():
            if name in self.result.trace:
                self.result.trace[name][runs, j] = column

    def _measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """Exact value, residual, distance and nearest point at (n, d) iterates, uncounted."""
        problem = self.problem
        nothing = np.full((len(x), 1), np.inf)
        distances = np.hstack([problem.distances(np, x, y), nothing])
        return {
            "value": problem.value(np, x, y),
            "residual": problem.residual(np, x, y, *problem.grad(np, x, y)),
            "distance": distances[:, [*self._equilibria, -1]].min(1),
            "nearest": distances[:, :-1].argmin(1)
            if distances.shape[1] > 1
            else np.full(len(x), -1),
            "gap": distances.min(1),
        }


def _box(states: Floats) -> Extent:
    """The smallest box that holds each lane's states; a single state is its own, without a copy."""
    return (states[0], states[0]) if len(states) == 1 else (states.min(0), states.max(0))


def _moved(paths: tuple[Floats, Floats], boxes: list[Extent]) -> Floats:
    """The squared distance from each lane's first state to the furthest corner of its box."""
    if len(paths[0]) == 1:
        return np.zeros(paths[0].shape[1])
    return np.asarray(
        sum(
            square(np, np.maximum(high - a[0], a[0] - low))
            for a, (low, high) in zip(paths, boxes, strict=False)
        )
    )
