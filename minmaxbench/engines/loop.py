"""The loop of the engines that make one step at a time.

The loop is the same for NumPy and for torch: it touches no number of a state itself.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import FrameType
from typing import Any, TypeAlias

import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Floats, Ints
from minmaxbench.core.contract import refuse_writing
from minmaxbench.core.oracle import EagerOracle, Oracle
from minmaxbench.engines.audit import Audit
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.guard import Guard
from minmaxbench.record.chunk import Chunk
from minmaxbench.record.ends import STAY, unknown
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.record import Record
from minmaxbench.record.recorder import Recorder

FIRST, MOST = 8, 64
"""Steps of the first chunk, and of any: a budget may be spent in a few steps that ask much."""
CACHE = 2**17
"""A chunk holds about so many numbers: long enough that its fixed costs vanish, and in the cache."""


class OutOfTimeError(Exception):
    """The time limit of a unit was reached."""


class Clock:
    """A time limit on the code inside ``with clock``: all its uses together.

    On the main thread of a Unix process it interrupts even a step that never returns to us.
    """

    def __init__(self, limit: float) -> None:
        self._left = limit

    def __enter__(self) -> None:
        if self._left <= 0:
            raise OutOfTimeError
        self._since = time.perf_counter()
        self._armed = (
            np.isfinite(self._left)
            and hasattr(signal, "setitimer")
            and threading.current_thread() is threading.main_thread()
        )
        if self._armed:
            signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, self._left)

    def __exit__(self, *_: object) -> None:
        if self._armed:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self._left -= time.perf_counter() - self._since

    def _ring(self, number: int, frame: FrameType | None) -> None:
        raise OutOfTimeError


Stack: TypeAlias = Callable[[Sequence[Array]], Any]
"""K arrays of an engine, all of one shape, as one NumPy array with a new first axis."""


def _stack(arrays: Sequence[Any]) -> Any:
    # What np.stack does, in half its time; a single array needs no copy.
    if len(arrays) == 1:
        return arrays[0][None]
    return np.concatenate(arrays).reshape(len(arrays), *arrays[0].shape)


def follow(
    batch: Batch,
    oracle: EagerOracle,
    x: Array,
    y: Array,
    stack: Stack = _stack,
    guard: type[Guard] = Guard,
    watch: Callable[[Chunk], None] = lambda chunk: None,
) -> Record:
    """Run every lane to its end, with the oracle, and on the arrays, of any eager engine.

    ``watch`` is shown every chunk of states. Raises :class:`ContractError` for an algorithm that
    writes in place, returns what is no state, or is found by the audit.
    """
    recorder = Recorder(batch.problem, len(x), batch.budget)
    algorithm = batch.algorithm.for_problem(batch.problem)
    advance_all(replace(batch, algorithm=algorithm), oracle, x, y, recorder, stack, guard, watch)
    return recorder.finish()


def advance_all(
    batch: Batch,
    oracle: EagerOracle,
    x: Array,
    y: Array,
    recorder: Recorder,
    stack: Stack = _stack,
    guard: type[Guard] = Guard,
    watch: Callable[[Chunk], None] = lambda chunk: None,
) -> None:
    """The same for an algorithm that has what it reads off its problem; ``recorder`` is told all."""
    problem, algorithm = batch.problem, batch.algorithm
    clock = Clock(batch.time_limit)
    audit, pace = Audit(problem, batch.audit), FIRST
    try:
        with np.errstate(all="ignore"):
            with clock:
                state = begin(algorithm, oracle, x, y, guard)
            while (live := recorder.live).any():
                numbers = max(1, len(live) * (problem.dx + problem.dy))
                with clock:
                    steps, pace = max(1, min(pace, CACHE // numbers)), min(MOST, 2 * pace)
                    audit.before(algorithm, state, oracle, lambda a: stack([a])[0])
                    chunk, state = advance(algorithm, state, oracle, steps, stack, guard)
                    audit.after(chunk, state)
                watch(chunk)
                ahead = partial(
                    look_ahead, algorithm, state, oracle, clock, stack=stack, guard=guard
                )
                recorder.record(chunk, ahead)
                live = recorder.live
                if 0 < live.sum() <= 0.75 * len(live):
                    chosen = np.flatnonzero(live)
                    recorder.select(chosen)
                    state = tree.select(state, chosen)
                    oracle, algorithm = oracle.select(chosen), algorithm.select(chosen)
    except OutOfTimeError:
        recorder.end(Outcome.TIME_LIMIT)


def begin(
    algorithm: Algorithm, oracle: Oracle, x: Array, y: Array, guard: type[Guard] = Guard
) -> Any:
    """The state before the first step, from the starts x (lanes, dx) and y (lanes, dy)."""
    # Copies: a state is closed to writing, and the starts are somebody else's.
    x, y = oracle.xp.asarray(x, copy=True), oracle.xp.asarray(y, copy=True)
    watch = guard(algorithm, x, y)
    try:
        state = algorithm.init(oracle.project_x(x), oracle.project_y(y), oracle)
    except ValueError as error:
        refuse_writing(watch.name, error)
        raise
    watch.check(state)
    return state


def advance(
    algorithm: Algorithm,
    state: Any,
    oracle: Oracle,
    steps: int,
    stack: Stack = _stack,
    guard: type[Guard] = Guard,
) -> tuple[Chunk, Any]:
    """Make ``steps`` steps; the chunk holds the states before each of them."""
    states: list[Any] = []
    seen: list[Any] = []
    counts = [oracle.counts]
    watch = guard(algorithm, state.x, state.y)
    watch.before_steps(state)
    try:
        for _ in range(steps):
            oracle.begin_step()
            states.append(state)
            state = algorithm.step(state, oracle)
            watch.after_step(states[-1], state, oracle)
            seen.append(oracle.seen)
            counts.append(oracle.counts)
        watch.after_steps(states[0], state)
        chunk = _chunk(algorithm, states, seen, counts, stack, watch)
    except OutOfTimeError:
        raise
    except Exception as error:
        watch.explain(error, states[-1])
        raise
    watch.kept(chunk)
    return chunk, state


def look_ahead(
    algorithm: Algorithm,
    state: Any,
    oracle: EagerOracle,
    clock: Clock,
    lanes: Ints,
    stack: Stack = _stack,
    guard: type[Guard] = Guard,
) -> tuple[Floats, Floats]:
    """The iterates of some lanes in ``state`` and after the steps that follow: see :data:`Ahead`."""
    try:
        with clock:
            mine, part = algorithm.select(lanes), tree.select(state, lanes)
            chunk, _ = advance(mine, part, oracle.select(lanes), STAY, stack, guard)
    except OutOfTimeError:
        return unknown(len(lanes), state.x.shape[1], state.y.shape[1])
    return chunk.x, chunk.y


def _chunk(
    algorithm: Algorithm,
    states: list[Any],
    seen: list[Any],
    counts: list[tuple[Any, ...]],
    stack: Stack,
    watch: Guard,
) -> Chunk:
    at_iterate = all(
        g is not None and g[0] is s.x and g[1] is s.y for g, s in zip(seen, states, strict=True)
    )
    inner = [algorithm.inner(s) for s in states]
    stopped = [algorithm.stopped(s) for s in states]
    for array in inner[0]:
        watch.rows("inner", array)
    if stopped[0] is not None:
        watch.rows("stopped", stopped[0])
    return Chunk(
        x=stack([s.x for s in states]),
        y=stack([s.y for s in states]),
        gradient=(stack([g[2] for g in seen]), stack([g[3] for g in seen])) if at_iterate else None,
        inner=tuple(stack(arrays) for arrays in zip(*inner, strict=True)),
        counts=tuple(_rows(column, stack) for column in zip(*counts, strict=True)),
        stopped=None if stopped[0] is None else stack(stopped),
    )


def _rows(counts: tuple[Any, ...], stack: Stack) -> Any:
    # Once lanes differ, they stay apart: the last entry tells.
    if isinstance(counts[-1], int):
        return np.array(counts)[:, None]
    zero = 0 * counts[-1]
    return stack([zero + c if isinstance(c, int) else c for c in counts])
