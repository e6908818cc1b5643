"""Lanes that a compiled program advances together, and what the recorder is shown of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeAlias

import jax
import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Bools, Floats, Ints
from minmaxbench.core.calls import PRICES
from minmaxbench.core.noise import Words, stream_keys
from minmaxbench.core.problem import Problem
from minmaxbench.engines.jax.program import Lanes, Path, Program
from minmaxbench.engines.jax.tail import Moves, finest, tail_steps
from minmaxbench.engines.loop import Clock
from minmaxbench.record.chunk import Chunk
from minmaxbench.record.outcomes import CUT_SHORT, Outcome
from minmaxbench.record.recorder import Recorder
from minmaxbench.record.tail import KEPT, SPACING
from minmaxbench.record.targets import TARGETS

FIRST = 64
"""So many steps are the NumPy engine's."""

STRETCH = 32
"""Steps in a stretch, at most."""

WAIT = 12
"""The same where lanes wait for work at its end; the work costs about as much as so many steps."""

PLANAR, BLOCK = (32, 128, 512), 128
"""Lanes of a block: of one variable a player, where so many run, and of more. See :func:`_block`."""

NUMBERS, PATH = 2**16, 2**22
"""So many numbers, at most, are the iterates of a block, and the path of a call."""

STRETCHES = 2**15
"""A block makes so many stretches in a call, those of its lanes together."""

_FINEST = TARGETS[-1]
_TARGETS = np.array([*TARGETS, -np.inf])


Start: TypeAlias = Lanes | Future[tuple[Lanes, Path]]
"""Lanes, or the call that is bringing them to where they begin."""


class _Call(NamedTuple):
    """A call of the program, made or under way."""

    lanes: Ints
    """Which lanes of the fleet it advances."""
    lengths: Ints
    bounded: Bools
    """Those whose distances are only bounded."""
    blocks: Sequence[Future[tuple[Lanes, Path]]]
    cuts: Ints
    """Where all lanes make the same steps: how many they have made before and after each stretch."""

    def result(self) -> _Result:
        """Wait for it."""
        blocks = [block.result() for block in self.blocks]
        return _Result(blocks, len(self.lanes), len(self.lengths))


class _Result:
    """What the blocks of a call hand back."""

    def __init__(self, blocks: list[tuple[Lanes, Path]], lanes: int, count: int) -> None:
        self._paths = [path for _, path in blocks]
        self._count = count
        self._lanes = lanes
        ends = [end for end, _ in blocks]
        self.end: Lanes = jax.tree.map(lambda *parts: np.concatenate(parts)[:lanes], *ends)
        """Where the lanes are now."""

    def along(self, name: Callable[[Path], Array]) -> Array:
        """One array of the paths of all lanes, (M, lanes, ...)."""
        parts = [name(path) for path in self._paths]
        joined = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
        return joined[: self._count, : self._lanes]

    def states(self, m: Ints, lane: Ints) -> Any:
        """The states of lanes at the start of stretches."""
        size = self._paths[0].near.shape[1]
        states = [path.start.state for path in self._paths]

        def pick(*parts: Array) -> Array:
            picked = np.empty((len(m), *parts[0].shape[2:]), parts[0].dtype)
            for k, part in enumerate(parts):
                here = lane // size == k
                picked[here] = part[m[here], lane[here] % size]
            return picked

        return jax.tree.map(pick, *states)


class Fleet:
    """Lanes that advance together until all have ended."""

    def __init__(
        self,
        recorder: Recorder,
        program: Program,
        algorithm: Algorithm,
        keys: Words,
        front: Lanes,
    ) -> None:
        self.recorder = recorder
        self.problem = recorder.problem
        self.program = program
        self.algorithm = algorithm
        self.alive = recorder.live.copy()
        self.keys = {name: stream_keys(np, keys, name) for name in program.streams}
        values = dict(tree.named_leaves(algorithm))
        self.numbers = {name: values[name] for name in program.numbers}
        self.front = front
        """Where the lanes stood when the recorder last looked."""
        self.size = _block(self.problem, int(self.alive.sum()))
        numbers = sum(leaf.size for leaf in tree.leaves(front.state))
        self.stretches = max(2, min(PATH // numbers, STRETCHES // self.size, KEPT))
        start = np.array([FIRST])
        self.latest = _Call(np.arange(len(keys)), start[:0], self.alive, [], start)
        self.marks = _marks(recorder, program)
        """Where all lanes make the same steps: those before which traces are recorded, and the last."""
        tailed = recorder.tail is not None and not program.rare
        shown = tail_steps(FIRST, int(self.marks[-1])) if tailed else self.marks[:0]
        self.borders = np.union1d(self.marks, shown)
        """The same and those that tails show: no stretch crosses one."""
        self.last = front.state.x * np.nan, front.state.y * np.nan
        """The iterates looked at last, where they move only in work."""
        self.moves: Moves | None = None
        if program.rare and recorder.tail is not None:
            alive = np.flatnonzero(self.alive)
            self.moves = Moves(alive, FIRST, front.state.x[alive], front.state.y[alive])

    def run(self, threads: ThreadPoolExecutor, clock: Clock) -> None:
        """Advance the lanes to their ends; the program is one call ahead."""
        if not self.program.rare and self.marks[-1] == FIRST:
            alive = np.flatnonzero(self.alive)
            self.reach_end(alive, _at(self.front, alive))
        now = self.launch(threads, clock)
        while now is not None:
            following = self.launch(threads, clock)
            with clock:
                result = now.result()
            look = self.look_at_works if self.program.rare else self.look_at_steps
            look(now, result, clock)
            ends = jax.tree.leaves(result.end)
            for mine, new in zip(jax.tree.leaves(self.front), ends, strict=True):
                mine[now.lanes] = new
            now = following if self.alive.any() else None

    def stop(self, outcome: Outcome) -> None:
        """End the lanes that are alive where the recorder last saw them."""
        lanes = np.flatnonzero(self.alive)
        if lanes.size:
            here = _at(self.front, lanes)
            self.hand_over(lanes, here, (here.steps, here.works))
            self.recorder.end(outcome)

    # -- calls of the program ----------------------------------------------------------------

    def launch(self, threads: ThreadPoolExecutor, clock: Clock) -> _Call | None:
        """Ask for the next stretches of all lanes; None where they are at their ends."""
        stretch = min(STRETCH, self.stretches)
        if self.program.rare:
            lengths = np.full(self.stretches, min(WAIT, stretch - 1))
            cuts = lengths[:0]
        else:
            cuts = self.cuts(stretch)
            lengths = np.diff(cuts)
            if not lengths.size:
                return None
        starts = self.starts(clock)
        lanes = self.latest.lanes
        reached = self.recorder.hits.reached("residual", lanes)
        bounded = (reached == len(TARGETS)) | (not self.program.exact)
        blocks = [
            threads.submit(
                self.call, lanes[i : i + self.size], start, lengths, bounded[i : i + self.size]
            )
            for i, start in zip(range(0, len(lanes), self.size), starts, strict=True)
        ]
        self.latest = _Call(lanes, lengths, bounded, blocks, cuts)
        return self.latest

    def cuts(self, stretch: int) -> Ints:
        """Where the next stretches begin and end."""
        cuts = [int(self.latest.cuts[-1])]
        ahead = list(self.borders[self.borders > cuts[0]])
        while ahead and len(cuts) <= self.stretches:
            following = cuts[-1] - cuts[-1] % stretch + stretch
            cuts.append(min(following, int(ahead[0])))
            if cuts[-1] == ahead[0]:
                del ahead[0]
        return np.array(cuts)

    def starts(self, clock: Clock) -> Sequence[Start]:
        """Where each block of the next call begins: where it ends now, or made of what is alive."""
        latest, size = self.latest, self.size
        alive = np.flatnonzero(self.alive[latest.lanes])
        if -(-len(alive) // size) == len(latest.blocks):
            return latest.blocks
        end = self.front
        if latest.blocks:
            with clock:
                end = latest.result().end
        self.latest = latest._replace(lanes=latest.lanes[alive])
        return [_at(end, alive[i : i + size]) for i in range(0, len(alive), size)]

    def call(
        self,
        lanes: Ints,
        start: Start,
        lengths: Ints,
        bounded: Bools,
        lockstep: bool = False,
    ) -> tuple[Lanes, Path]:
        """Call the program for at most a block of lanes, wait for it, return NumPy arrays."""
        columns = {n: v[lanes] for n, v in self.numbers.items() if isinstance(v, np.ndarray)}
        keys = {name: (k0[lanes], k1[lanes]) for name, (k0, k1) in self.keys.items()}
        begin = start.result()[0] if isinstance(start, Future) else start
        columns, keys, begin, bounded = self.padded((columns, keys, begin, bounded))
        room = np.zeros(self.stretches, dtype=np.int32)
        room[: len(lengths)] = lengths
        arguments = (self.numbers | columns, keys, begin, room, len(lengths), bounded, lockstep)
        with jax.enable_x64(True):
            result = self.program.run(*arguments)
            on_host: tuple[Lanes, Path] = jax.tree.map(np.asarray, result)
        return on_host

    def padded(self, lanes: Any) -> Any:
        """A full block: the rest repeats the first lane."""

        def pad(a: Array) -> Array:
            more = self.size - len(a)
            return np.concatenate([a, np.broadcast_to(a[:1], (more, *a.shape[1:]))]) if more else a

        return jax.tree.map(pad, lanes)

    # -- what happened in a call -------------------------------------------------------------

    def look_at_steps(self, call: _Call, result: _Result, clock: Clock) -> None:
        """Have the recorder look wherever something may have happened."""
        alive = np.flatnonzero(self.alive[call.lanes])
        m = np.flatnonzero(np.isin(call.cuts[:-1], self.marks))
        if m.size and alive.size:
            m, lane = (a.ravel() for a in np.meshgrid(m, alive, indexing="ij"))
            state, works, steps = result.states(m, lane), result.end.works[lane], call.cuts[m]
            calls = self.program.calls(steps, works), self.program.calls(steps + 1, works)
            self.recorder.traces.pass_by(call.lanes[lane], state.x, state.y, *calls)
        self.feed_tail(call, result)
        flags = self.flags(call, result) & self.alive[call.lanes]
        rows = self.rows(call.lengths, result.end, result.along)
        for lane, m in _waves(flags):
            going = self.alive[call.lanes[lane]]
            self.replay(call, rows, result, lane[going], m[going], clock)
        if call.cuts[-1] == self.marks[-1]:
            alive = np.flatnonzero(self.alive[call.lanes])
            self.reach_end(call.lanes[alive], _at(result.end, alive))

    def feed_tail(self, call: _Call, result: _Result) -> None:
        """Give the tails what passed."""
        tail, lanes = self.recorder.tail, np.flatnonzero(self.alive[call.lanes])
        if tail is None or not lanes.size:
            return
        steps = call.cuts[:-1]
        level = finest(steps, int(self.marks[-1]))
        shown = steps % SPACING**level == 0
        x = result.along(lambda path: path.start.state.x)
        y = result.along(lambda path: path.start.state.y)
        part = slice(None) if len(lanes) == len(call.lanes) else lanes
        for now in np.unique(level[shown]):
            m = np.flatnonzero(shown & (level == now))
            tail.put_rows(call.lanes[part], steps[m], x[m][:, part], y[m][:, part], int(now))

    def complete_tails(self) -> None:
        """Give the tails of runs that were cut short the moves of their iterates."""
        record = self.recorder.result
        if self.moves is not None and self.recorder.tail is not None:
            short = np.flatnonzero([why in CUT_SHORT for why in record.outcome])
            self.moves.fill(self.recorder.tail, short, record.steps[short])

    def reach_end(self, lanes: Ints, here: Lanes) -> None:
        """Have the recorder look at the last states that the budget allows."""
        if lanes.size:
            if self.recorder.tail is not None and not self.program.rare:
                x, y = here.state.x[None], here.state.y[None]
                self.recorder.tail.put_rows(lanes, here.steps[:1], x, y)
            self.hand_over(lanes, here, (here.steps + 1, here.works))

    def flags(self, call: _Call, result: _Result) -> Bools:
        """The stretches (M, lanes) in which a target may have been met or a run may have ended."""
        near, low = result.along(lambda path: path.near), result.along(lambda path: path.low)
        flags = _crossed(low, self.recorder.hits.reached("residual", call.lanes))
        if (lost := near.min(0) == -np.inf).any():
            flags[:, lost] |= near[:, lost] == -np.inf
        if self.program.exact:
            some = np.flatnonzero(~call.bounded)
            level = self.recorder.hits.reached("distance", call.lanes[some])
            quiet = low[:, some] <= _widened(_FINEST) ** 2
            flags[:, some] |= _crossed(near[:, some], level) | quiet
        some = np.flatnonzero(call.bounded & self.alive[call.lanes])
        if some.size and len(self.problem.points()):
            flags[:, some] |= self.bounds(call, result, near[:, some], low[:, some], some)
        return flags

    def bounds(self, call: _Call, result: _Result, near: Floats, low: Floats, some: Ints) -> Bools:
        """The same for lanes of the batch whose distances are only bounded."""
        level = self.recorder.hits.reached("distance", call.lanes[some])
        moved = np.sqrt(np.maximum(-near, 0))
        x = result.along(lambda path: path.start.state.x)[:, some]
        y = result.along(lambda path: path.start.state.y)[:, some]
        flags = np.zeros(low.shape, dtype=bool)
        if self.program.equilibria.size and (level < len(TARGETS)).any():
            bound = self.recorder.measures.distance(x, y, self.program.equilibria) - moved
            flags |= bound <= _widened(_TARGETS[level])
        quiet = low <= _widened(_FINEST) ** 2
        listed = np.arange(len(self.problem.points()))
        bound = self.recorder.measures.distance(x[quiet][None], y[quiet][None], listed)[0] - moved[quiet]
        flags[quiet] |= bound <= _widened(_FINEST)
        return flags

    def look_at_works(self, call: _Call, result: _Result, clock: Clock) -> None:
        """The same where iterates move only in work: each stretch is one iterate."""
        recorder = self.recorder
        steps, works = self.rows(call.lengths, result.end, result.along)
        calls = self.program.calls(steps, works)
        passed = np.searchsorted(recorder.traces.grid, calls)
        over = np.maximum(calls[1:], steps[1:] / 2) > recorder.budget
        flags = result.along(lambda path: path.near) == -np.inf
        iterates = (
            result.along(lambda path: path.start.state.x),
            result.along(lambda path: path.start.state.y),
        )
        moved = np.zeros_like(flags)
        for now, last in zip(iterates, self.last, strict=True):
            before = np.concatenate([last[call.lanes][None], now[:-1]])
            moved |= (now != before).any(-1)
            last[call.lanes] = now[-1]
        if self.moves is not None:
            self.moves.add(call.lanes, moved, steps[:-1], *iterates)
        flags |= moved | (passed[1:] > passed[:-1]) | over
        for lane, m in _waves(flags & self.alive[call.lanes]):
            going = self.alive[call.lanes[lane]]
            ending = going & over[m, lane]
            if ending.any():
                self.replay(call, (steps, works), result, lane[ending], m[ending], clock)
            lane, m = lane[going & ~ending], m[going & ~ending]
            if lane.size:
                here = Lanes(result.states(m, lane), steps[m, lane], works[m, lane])
                following = steps[m + 1, lane], works[m + 1, lane]
                self.hand_over(call.lanes[lane], here, following)

    def rows(
        self, lengths: Ints, end: Lanes, along: Callable[[Callable[[Path], Array]], Array]
    ) -> tuple[Ints, Ints]:
        """Steps and works before each stretch and after the last, (M + 1, lanes) each."""
        if self.program.rare:
            return (
                np.concatenate([along(lambda path: path.start.steps), end.steps[None]]),
                np.concatenate([along(lambda path: path.start.works), end.works[None]]),
            )
        made = np.concatenate([[0], np.cumsum(lengths)])
        steps = end.steps - made[-1] + made[:, None]
        return steps, np.broadcast_to(end.works, steps.shape)

    def replay(
        self,
        call: _Call,
        rows: tuple[Ints, Ints],
        result: _Result,
        lane: Ints,
        m: Ints,
        clock: Clock,
    ) -> None:
        """Make stretches again, one step at a time, and hand all their states over."""
        for part in (slice(i, i + self.size) for i in range(0, len(lane), self.size)):
            lanes = call.lanes[lane[part]]
            length = int(call.lengths[m[part]].max()) + self.program.rare
            single = np.full(length, 1 - self.program.rare)
            here, k = lane[part], m[part]
            begin = Lanes(result.states(k, here), rows[0][k, here], rows[1][k, here])
            with clock:
                end, path = self.call(lanes, begin, single, lanes < 0, lockstep=True)
            again = _Result([(end, path)], len(lanes), length)
            steps, works = self.rows(single, again.end, again.along)
            states = _at(path.start.state, np.s_[:length, : len(lanes)])
            self.record(lanes, states, steps, works)

    def hand_over(self, lanes: Ints, here: Lanes, following: tuple[Ints, Ints]) -> None:
        """Have the recorder look at one state a lane, which lasts until ``following``."""
        state = jax.tree.map(lambda a: a[None], here.state)
        steps, works = (np.stack(pair) for pair in zip(here[1:], following, strict=True))
        self.record(lanes, state, steps, works)

    def record(self, lanes: Ints, state: Any, steps: Ints, works: Ints) -> None:
        """Have the recorder look at K states (K, lanes, ...), made after (K + 1, lanes) steps."""
        self.recorder.resume(lanes, steps[0])
        self.recorder.record(
            Chunk(
                x=state.x,
                y=state.y,
                gradient=None,
                inner=self.algorithm.inner(state),
                counts=tuple(
                    np.broadcast_to(count, steps.shape)
                    for count in self.program.counts(steps, works)
                ),
                stopped=self.stopped(lanes, state),
            )
        )
        self.alive[lanes] = self.recorder.live

    def stopped(self, lanes: Ints, state: Any) -> Bools | None:
        """What the algorithm's own rule says of states (K, lanes, ...)."""
        algorithm = self.algorithm.select(lanes)
        each = [algorithm.stopped(_at(state, k)) for k in range(len(state.x))]
        return None if each[0] is None else np.array(each)


def _marks(recorder: Recorder, program: Program) -> Ints:
    """The steps after which traces are recorded, where each step costs the same."""
    budget, begun = recorder.budget, np.dot(PRICES, program.begun)
    end = np.floor(2 * budget)
    if not program.price:
        return np.array([end], dtype=np.int64)
    steps = np.floor((recorder.traces.grid - begun) / program.price)
    return np.unique(np.minimum(steps, end)).astype(np.int64)


def _waves(flags: Bools) -> Iterator[tuple[Ints, Ints]]:
    """The flagged (lane, stretch) pairs: first the first of each lane, then its second, ..."""
    lane, m = np.nonzero(flags.T)
    first = np.searchsorted(lane, lane)
    rank = np.arange(len(lane)) - first
    for wave in range(int(rank.max(initial=-1)) + 1):
        yield lane[rank == wave], m[rank == wave]


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


def _at(lanes: Any, rows: Any) -> Any:
    """Some of the lanes."""
    return jax.tree.map(lambda a: a[rows], lanes)


def _block(problem: Problem, lanes: int) -> int:
    """The size of blocks for so many lanes: a power of two.

    In what order XLA sums over variables may depend on the shape, and so may a lane's bits: then all
    blocks have one size. With one variable a player nothing is summed, and the sizes are multiples of
    a processor's vectors.
    """
    if problem.dx == problem.dy == 1:
        return next((size for size in PLANAR if lanes <= size), PLANAR[-1])
    most = max(1, NUMBERS // (problem.dx + problem.dy)).bit_length() - 1
    return min(1 << most, BLOCK)
