"""Calls of a compiled program: what to ask for next, in blocks of lanes, one call ahead.

A call advances all lanes that are alive by the same stretches. It is made in blocks, each in a thread
of its own, and a block of the next call begins where the same block of this one ends, without the host
looking at it in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import jax
import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Bools, Floats, Ints
from minmaxbench.core.noise import Words, stream_keys
from minmaxbench.core.problem import Problem
from minmaxbench.engines.jax.lanes import Lanes, Leaves, Path, rows_of
from minmaxbench.engines.jax.program import Program
from minmaxbench.engines.loop import Clock
from minmaxbench.record.tail import KEPT

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

Start: TypeAlias = Lanes | Future[tuple[Lanes, Path]]
"""Lanes, or the call that is bringing them to where they begin."""


class Call(NamedTuple):
    """A call of the program, made or under way."""

    lanes: Ints
    """Which lanes of the fleet it advances."""
    lengths: Ints
    """Of its stretches, (M,)."""
    bounded: Bools
    """Those whose distances are only bounded."""
    blocks: Sequence[Future[tuple[Lanes, Path]]]
    cuts: Ints
    """Where all lanes make the same steps: how many they have made before and after each stretch."""

    iterate: tuple[str, str]
    """The names of x and y among the arrays of a state."""

    def result(self) -> Result:
        """Wait for it."""
        blocks = [block.result() for block in self.blocks]
        return Result(blocks, len(self.lanes), self.lengths, self.iterate)


class Result:
    """What the blocks of a call hand back, for all its lanes."""

    def __init__(
        self,
        blocks: Sequence[tuple[Lanes, Path]],
        lanes: int,
        lengths: Ints,
        iterate: tuple[str, str],
    ) -> None:
        self._x, self._y = iterate
        self._paths = [path for _, path in blocks]
        self._lanes = lanes
        self._lengths = lengths
        ends = [end for end, _ in blocks]
        self.end: Lanes = jax.tree.map(lambda *parts: np.concatenate(parts)[:lanes], *ends)
        """Where the lanes are now."""

    @cached_property
    def near(self) -> Floats:
        """:attr:`Path.near`, (M, lanes)."""
        near: Floats = self._joined(lambda path: path.near)
        return near

    @cached_property
    def low(self) -> Floats:
        """:attr:`Path.low`, (M, lanes)."""
        low: Floats = self._joined(lambda path: path.low)
        return low

    @cached_property
    def x(self) -> Floats:
        """The iterates at the start of each stretch, (M, lanes, dx)."""
        x: Floats = self._joined(lambda path: path.start.state[self._x])
        return x

    @cached_property
    def y(self) -> Floats:
        """(M, lanes, dy)."""
        y: Floats = self._joined(lambda path: path.start.state[self._y])
        return y

    @cached_property
    def steps(self) -> Ints:
        """Steps made before each stretch and after the last, (M + 1, lanes)."""
        if self._paths[0].start.steps is None:
            made = np.concatenate([[0], np.cumsum(self._lengths)])
            return np.asarray(self.end.steps - made[-1] + made[:, None])
        before = self._joined(lambda path: path.start.steps)
        return np.concatenate([before, self.end.steps[None]])

    @cached_property
    def works(self) -> Ints:
        """Works done before each stretch and after the last, (M + 1, lanes)."""
        if self._paths[0].start.works is None:
            return np.broadcast_to(self.end.works, self.steps.shape)
        before = self._joined(lambda path: path.start.works)
        return np.concatenate([before, self.end.works[None]])

    def starts(self, m: Ints, lane: Ints) -> Lanes:
        """Lanes as they stood at the start of stretches."""
        return Lanes(self.states(m, lane), self.steps[m, lane], self.works[m, lane])

    def states(self, m: Ints, lane: Ints) -> Leaves:
        """The same without steps and works."""
        size = self._paths[0].near.shape[1]

        def pick(*parts: Array) -> Array:
            picked = np.empty((len(m), *parts[0].shape[2:]), parts[0].dtype)
            for k, part in enumerate(parts):
                here = lane // size == k
                picked[here] = part[m[here], lane[here] % size]
            return picked

        states = [path.start.state for path in self._paths]
        return {name: pick(*(state[name] for state in states)) for name in states[0]}

    def path(self) -> Leaves:
        """All states at the starts of stretches, (M, lanes, ...), of a call of one block."""
        (path,) = self._paths
        return rows_of(path.start.state, np.s_[: len(self._lengths), : self._lanes])

    def _joined(self, name: Callable[[Path], Array]) -> Array:
        """One array of the paths of all lanes, (M, lanes, ...)."""
        parts = [name(path) for path in self._paths]
        joined = np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]
        return joined[: len(self._lengths), : self._lanes]


class Calls:
    """The calls of a program for the lanes of a fleet."""

    def __init__(
        self,
        program: Program,
        algorithm: Algorithm,
        keys: Words,
        front: Lanes,
        alive: int,
        borders: Ints,
    ) -> None:
        """``front`` is where lanes stand, and so many of them are ``alive``.

        Where all make the same steps, no stretch crosses one of ``borders``.
        """
        self.program = program
        self._keys = {name: stream_keys(np, keys, name) for name in program.streams}
        values = dict(tree.named_leaves(algorithm))
        self._numbers = {name: values[name] for name in program.numbers}
        self.size = _block(program.problem, alive)
        """Lanes of a block."""
        numbers = sum(leaf.size for leaf in front.state.values())
        self.stretches = max(2, min(PATH // numbers, STRETCHES // self.size, KEPT))
        """Stretches of a call, at most."""
        self._borders = borders
        nothing = np.zeros(0, dtype=np.int64)
        self._latest = Call(
            np.arange(len(keys)),
            nothing,
            nothing.astype(bool),
            [],
            front.steps[:1].copy(),
            program.iterate,
        )

    def launch(
        self, threads: ThreadPoolExecutor, clock: Clock, front: Lanes, alive: Bools, bounded: Bools
    ) -> Call | None:
        """Ask for the next stretches of all lanes; None where they are at their ends.

        ``alive`` and ``bounded`` tell of all lanes of the fleet, as ``front`` does.
        """
        stretch = min(STRETCH, self.stretches)
        if self.program.rare:
            lengths = np.full(self.stretches, min(WAIT, stretch - 1))
            cuts = lengths[:0]
        else:
            cuts = self._cuts(stretch)
            lengths = np.diff(cuts)
            if not lengths.size:
                return None
        lanes, starts = self._starts(clock, front, alive)
        blocks = []
        for i, start in zip(range(0, len(lanes), self.size), starts, strict=True):
            part = lanes[i : i + self.size]
            blocks.append(threads.submit(self.make, part, start, lengths, bounded[part]))
        self._latest = self._latest._replace(
            lanes=lanes, lengths=lengths, bounded=bounded[lanes], blocks=blocks, cuts=cuts
        )
        return self._latest

    def make(
        self,
        lanes: Ints,
        start: Start,
        lengths: Ints,
        bounded: Bools,
        lockstep: bool = False,
    ) -> tuple[Lanes, Path]:
        """Call the program for at most a block of lanes, wait for it, return NumPy arrays."""
        columns = {n: v[lanes] for n, v in self._numbers.items() if isinstance(v, np.ndarray)}
        keys = {name: (k0[lanes], k1[lanes]) for name, (k0, k1) in self._keys.items()}
        begin = start.result()[0] if isinstance(start, Future) else start
        columns, keys, begin, bounded = self._padded((columns, keys, begin, bounded))
        room = np.zeros(self.stretches, dtype=np.int32)
        room[: len(lengths)] = lengths
        arguments = (self._numbers | columns, keys, begin, room, len(lengths), bounded, lockstep)
        with jax.enable_x64(True):
            result = self.program.run(*arguments)
            on_host: tuple[Lanes, Path] = jax.tree.map(np.asarray, result)
        return on_host

    def again(self, lanes: Ints, start: Lanes, steps: int) -> Result:
        """Make steps one at a time, for at most a block of lanes; every lane makes all of them."""
        single = np.full(steps, 1 - self.program.rare)
        block = self.make(lanes, start, single, np.zeros(len(lanes), dtype=bool), lockstep=True)
        return Result([block], len(lanes), single, self.program.iterate)

    def iterates(self, lanes: Ints, start: Lanes, steps: int) -> tuple[Floats, Floats]:
        """The iterates of any number of lanes before each of some steps from ``start``."""
        x, y = [], []
        for i in range(0, len(lanes), self.size):
            part = slice(i, i + self.size)
            here, parts = start.at(part), []
            for first in range(0, steps, self.stretches):
                result = self.again(lanes[part], here, min(self.stretches, steps - first))
                parts.append(result)
                here = result.end
            x.append(np.concatenate([result.x for result in parts]))
            y.append(np.concatenate([result.y for result in parts]))
        return np.concatenate(x, axis=1), np.concatenate(y, axis=1)

    def _cuts(self, stretch: int) -> Ints:
        """Where the next stretches begin and end."""
        cuts = [int(self._latest.cuts[-1])]
        ahead = list(self._borders[self._borders > cuts[0]])
        while ahead and len(cuts) <= self.stretches:
            following = cuts[-1] - cuts[-1] % stretch + stretch
            cuts.append(min(following, int(ahead[0])))
            if cuts[-1] == ahead[0]:
                del ahead[0]
        return np.array(cuts)

    def _starts(self, clock: Clock, front: Lanes, alive: Bools) -> tuple[Ints, Sequence[Start]]:
        """The lanes of the next call, and where each of its blocks begins.

        That is where it ends now; or blocks are made anew of what is alive, where that makes fewer.
        """
        latest, size = self._latest, self.size
        some = np.flatnonzero(alive[latest.lanes])
        if -(-len(some) // size) == len(latest.blocks):
            return latest.lanes, latest.blocks
        end = front
        if latest.blocks:
            with clock:
                end = latest.result().end
        starts = [end.at(some[i : i + size]) for i in range(0, len(some), size)]
        return latest.lanes[some], starts

    def _padded(self, lanes: Any) -> Any:
        """A full block: the rest repeats the first lane."""

        def pad(a: Array) -> Array:
            more = self.size - len(a)
            return np.concatenate([a, np.broadcast_to(a[:1], (more, *a.shape[1:]))]) if more else a

        return jax.tree.map(pad, lanes)


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
