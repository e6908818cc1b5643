"""The compiled part of the JAX engine: one algorithm on one problem, for a batch of lanes.

A call makes many short *stretches* of steps. Of each stretch it hands back the lanes as they stood
at its start, and two numbers a lane that bound what happened in it: how near the iterate came, and
how small the residual became. The host looks closely only where these say that something may have
happened, and there it makes the stretch again, one step at a time: a step is a pure function.

Some algorithms move their iterate only in work that few lanes ask for at a time
(:meth:`minmaxbench.core.oracle.Oracle.where_needed`): greedy-max judges a proposal after tens of ascent
steps. A compiled step does such work for all lanes or for none, so here a lane that wants it waits until
the end of the stretch, where it is done once for all that wait. Lanes then make different
numbers of steps in a stretch, and each counts its own.
"""

from __future__ import annotations

import copy
import os
import pathlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Floats, Ints, Namespace, square
from minmaxbench.core.calls import PRICES, Call
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle, Oracle, OracleNoise, S, TracedOracle
from minmaxbench.core.problem import Problem
from minmaxbench.engines.batch import Unsupported
from minmaxbench.record.outcomes import RADIUS

FEW, MANY = 4, 2**12
"""The distance is computed at every step to so many equilibria one after the other, and to so many
numbers that describe equilibria all at once; to more it is bounded."""

KEPT = 64
"""Programs kept in memory."""

Keys: TypeAlias = Mapping[str, tuple[Array, Array]]
"""The key of each stream that is drawn from, for each lane."""


class Lanes(NamedTuple):
    """Where lanes stand."""

    state: Any
    """The algorithm's state."""
    steps: Array
    """Steps made since the start of the run, (lanes,)."""
    works: Array
    """How many of them did the work that lanes ask for, (lanes,)."""


class Path(NamedTuple):
    """What M stretches leave behind."""

    start: Lanes
    """The lanes at the start of each stretch, (M, lanes, ...); without steps and works where all
    make all steps."""
    near: Array
    """(M, lanes): the least squared distance to an equilibrium during the stretch; or, where only
    bounded, minus the largest squared distance from the stretch's start; minus infinity where the
    run may have ended."""
    low: Array
    """(M, lanes): the least squared residual during the stretch."""


class Program:
    """One algorithm on one problem, compiled.

    Hyper-parameters on whose values no code branches are arguments (``numbers``), so that
    one compilation serves a whole grid of them.
    """

    def __init__(self, problem: Problem, algorithm: Algorithm, noise: OracleNoise) -> None:
        """Trace one step to see what it costs and what it changes.

        Raises :class:`Unsupported` where the code cannot be traced.
        """
        self.problem = problem
        self.algorithm = algorithm
        self.noise = noise
        known = problem.points()
        self.equilibria = known.equilibria
        self.plain = type(problem).distances is Problem.distances
        count = self.equilibria.size
        self.exact = count > 0 and (count <= FEW or count * (problem.dx + problem.dy) <= MANY)
        """Whether distances to equilibria are computed at every step."""
        try:
            with jax.enable_x64(True):
                self.numbers = self._examine()
        except Exception as error:
            reason = str(error).strip().split("\n")[0].rstrip(".")
            raise Unsupported(f"{type(error).__name__}: {reason}") from error
        self.price = float(np.dot(PRICES, self.cost))
        closed = tuple(
            (name, repr(leaf))
            for name, leaf in tree.named_leaves(algorithm)
            if name not in self.numbers
        )
        self.identity = (id(problem), _kinds(algorithm), closed, noise)
        """Programs of one identity compile to the same code."""
        self.run = jax.jit(self._advance, compiler_options=_options())

    def _examine(self) -> tuple[str, ...]:
        """Trace a step for its costs and streams; return the hyper-parameters left open."""
        one = self.algorithm.select(np.array([0]))
        keys = np.zeros((1, 2), dtype=np.uint32)
        first = NumpyOracle(self.problem, Draws(keys), self.noise)
        with np.errstate(all="ignore"):
            x = first.project_x(np.zeros((1, self.problem.dx)))
            y = first.project_y(np.zeros((1, self.problem.dy)))
            state = one.init(x, y, first)
        self.begun = _plain_counts(first.counts)
        """Calls of each kind that ``init`` makes."""

        def step(numbers: Mapping[str, Array]) -> Any:
            oracle = _Examiner(self.problem, jnp, keys, [0] * len(Call), self.noise)
            before = jax.tree.map(jnp.asarray, state)
            new = tree.rebuild(one, numbers).step(before, oracle)
            self.rare = bool(oracle.works)
            """Whether the iterate moves only in work that lanes ask for."""
            if len(oracle.works) > 1 or (
                self.rare and not (new.x is before.x and new.y is before.y)
            ):
                raise TypeError("a step asks for work in some lanes in a way that is not supported")
            self.cost = _plain_counts(oracle.counts)
            """Calls of each kind that a step makes, ..."""
            self.work_cost = oracle.works[0] if oracle.works else (0,) * len(Call)
            """... and those of the work beside."""
            self.streams = tuple(sorted(oracle.streams))
            return new

        values = dict(tree.named_leaves(one))
        # A zero is a switch that is off, and code may ask for it.
        numbers = {
            n: v for n, v in values.items() if isinstance(v, float | np.ndarray) and np.any(v)
        }
        free = tuple(numbers)
        if not _traces(step, numbers):
            jax.eval_shape(step, {})
            free = tuple(n for n, v in numbers.items() if _traces(step, {n: v}))
        fixed = [n for n, v in numbers.items() if isinstance(v, np.ndarray) and n not in free]
        if fixed:
            raise TypeError(f"code branches on the column of hyper-parameters {fixed[0]}")
        return free

    def counts(self, steps: Array, works: Array) -> list[Array]:
        """Calls of each kind made after so many steps and works."""
        costs = zip(self.begun, self.cost, self.work_cost, strict=True)
        return [begun + steps * cost + works * more for begun, cost, more in costs]

    def calls(self, steps: Ints, works: Ints) -> Floats:
        """The same in gradient calls."""
        counts = self.counts(steps, works)
        calls: Floats = sum(price * count for price, count in zip(PRICES, counts, strict=True))
        return calls

    def works(self, counts: list[Ints], steps: int) -> Ints:
        """How many works lanes have done that have made so many calls in so many steps."""
        for count, begun, cost, more in zip(
            counts, self.begun, self.cost, self.work_cost, strict=True
        ):
            if more:
                return (count - begun - steps * cost) // more
        return np.zeros(len(counts[0]), dtype=np.int64)

    def _advance(
        self,
        numbers: Mapping[str, Array],
        keys: Keys,
        lanes: Lanes,
        lengths: Array,
        count: Array,
        bounded: Array,
        lockstep: Array,
    ) -> tuple[Lanes, Path]:
        """Make the first ``count`` of M stretches of ``lengths`` steps each.

        ``bounded`` (lanes,) are the lanes whose distances are only bounded; with ``lockstep``
        every lane makes one whole step at the end of each stretch, whether it waits or not.
        """
        run = _Run(self, tree.rebuild(self.algorithm, dict(numbers)), keys, lengths[0] >= 0)

        def stretch(lanes: Lanes, length: Array) -> tuple[Lanes, Path]:
            if self.rare:
                return run.wait_and_work(lanes, length, lockstep)
            return run.walk(lanes, length, bounded)

        def write(m: Array, carry: tuple[Lanes, Path]) -> tuple[Lanes, Path]:
            lanes, rows = stretch(carry[0], lengths[m])
            put = partial(lax.dynamic_update_index_in_dim, index=m, axis=0)
            return lanes, jax.tree.map(put, carry[1], rows)

        row = run.path(lanes, *jnp.zeros((2, *lanes.steps.shape)))
        nothing = jax.tree.map(lambda a: jnp.zeros((len(lengths), *a.shape), a.dtype), row)
        advanced: tuple[Lanes, Path] = lax.fori_loop(0, count, write, (lanes, nothing))
        return advanced


class _Run:
    """One call of a program while it is traced: what stays the same in it."""

    def __init__(self, program: Program, algorithm: Algorithm, keys: Keys, true: Array) -> None:
        self.program = program
        self.problem = program.problem
        self.algorithm = algorithm
        self.keys = keys
        self.once = _Once(program.problem, true)

    def walk(self, lanes: Lanes, length: Array, bounded: Array) -> tuple[Lanes, Path]:
        """A stretch in which all lanes make all steps."""
        start = lanes.state
        nothing = jnp.full(lanes.steps.shape, jnp.inf)

        def tick(k: Array, carry: tuple[Any, Array, Array]) -> tuple[Any, Array, Array]:
            state, near, low = carry
            oracle = self.oracle(lanes.steps + k, lanes.works)
            new = self.algorithm.step(state, oracle)
            seen = oracle.seen
            if seen is not None and seen[0] is state.x and seen[1] is state.y:
                gx, gy = seen[2:]
            else:
                gx, gy = self.once.grad(jnp, state.x, state.y)
            now, size = self.near(state, start, bounded), self.low(state.x, state.y, gx, gy)
            near, low = jnp.where(now < near, now, near), jnp.where(size < low, size, low)
            return _like(new, state), near, low

        state, near, low = lax.fori_loop(0, length, tick, (start, nothing, nothing))
        return Lanes(state, lanes.steps + length, lanes.works), self.path(lanes, near, low)

    def wait_and_work(self, lanes: Lanes, length: Array, lockstep: Array) -> tuple[Lanes, Path]:
        """A stretch at whose end the lanes that want work get it."""

        def tick(_: Array, carry: tuple[Any, Array]) -> tuple[Any, Array]:
            state, steps = carry
            oracle = self.oracle(steps, lanes.works, leave_out=True)
            new = _like(self.algorithm.step(state, oracle), state)
            go = self.inside(state) & ~oracle.wanted
            return _choose(go, new, state), steps + go

        state, steps = lax.fori_loop(0, length, tick, (lanes.state, lanes.steps))
        oracle = self.oracle(steps, lanes.works)
        new = _like(self.algorithm.step(state, oracle), state)
        go = self.inside(state) & (oracle.wanted | lockstep)
        end = Lanes(_choose(go, new, state), steps + go, lanes.works + (go & oracle.wanted))
        start = lanes.state
        fine = self.inside(start) & self.bounded(start)
        stopped = self.algorithm.stopped(start)
        if stopped is not None:
            fine = fine & ~stopped
        near = jnp.where(fine, jnp.inf, -jnp.inf)
        return end, self.path(lanes, near, jnp.full(near.shape, jnp.inf))

    def path(self, start: Lanes, near: Array, low: Array) -> Path:
        """What is left behind of a stretch that began at ``start``."""
        return Path(start if self.program.rare else Lanes(start.state, None, None), near, low)

    def oracle(self, steps: Array, works: Array, leave_out: bool = False) -> _Streams:
        """The oracle of lanes that have made so many steps and works."""
        program = self.program
        noisy = program.noise.gradient or program.noise.value
        counts = program.counts(steps, works) if noisy else [0] * len(Call)
        return _Streams(self.once, self.keys, counts, program.noise, leave_out)

    def near(self, state: Any, start: Any, bounded: Array) -> Array:
        """See :attr:`Path.near`."""
        x, y = state.x, state.y
        near = -(square(jnp, x - start.x) + square(jnp, y - start.y))
        if self.program.exact:
            near = jnp.where(bounded, near, self.distance2(x, y))
        fine = self.bounded(state) & self.inside(state)
        stopped = self.algorithm.stopped(state)
        if stopped is not None:
            fine = fine & ~stopped
        return jnp.where(fine, near, -jnp.inf)

    def distance2(self, x: Array, y: Array) -> Array:
        """The squared distance to the nearest equilibrium."""
        problem, rows = self.problem, self.program.equilibria
        if not self.program.plain:
            distance = jnp.min(problem.distances(jnp, x, y, rows), axis=-1)
            return distance * distance
        known = problem.points()
        if rows.size > FEW:
            gap_x = problem.x_set.difference(jnp, x[:, None], known.x[rows])
            gap_y = problem.y_set.difference(jnp, y[:, None], known.y[rows])
            squares = square(jnp, gap_x) + square(jnp, gap_y)
            # Half the time of jnp.min, which looks for NaN.
            least: Array = lax.reduce(squares, np.inf, lambda a, b: jnp.where(b < a, b, a), (1,))
            return least
        # One point after the other: arrays of three dimensions are slow, and so are roots.
        to_each = [
            square(jnp, problem.x_set.difference(jnp, x, known.x[row]))
            + square(jnp, problem.y_set.difference(jnp, y, known.y[row]))
            for row in rows
        ]
        nearest = to_each[0]
        for other in to_each[1:]:
            nearest = jnp.minimum(nearest, other)
        return nearest

    def low(self, x: Array, y: Array, gx: Array, gy: Array) -> Array:
        """The squared residual."""
        if self.problem.constrained:
            residual = self.problem.residual(jnp, x, y, gx, gy)
            return residual * residual
        return square(jnp, gx) + square(jnp, gy)

    def bounded(self, state: Any) -> Array:
        """Whether the iterate has surely not diverged; false for NaN."""
        return square(jnp, state.x) + square(jnp, state.y) <= RADIUS**2

    def inside(self, state: Any) -> Array:
        """Whether the inner iterates have surely not diverged; false for NaN."""
        inside = jnp.ones(state.x.shape[0], dtype=bool)
        for inner in self.algorithm.inner(state):
            size = jnp.abs(inner)
            size = size[..., 0] if inner.shape[-1] == 1 else jnp.max(size, axis=-1)
            inside = inside & (size <= RADIUS)
        return inside


class _Once(Problem):
    """A problem whose functions XLA evaluates once each.

    On a CPU XLA fuses a gradient into every array that is computed from it, and so computes it
    several times over; but it does not look into the branches of a conditional. ``true`` is a true
    value that is not known when the program is compiled.
    """

    def __init__(self, problem: Problem, true: Array) -> None:
        self.name, self.dx, self.dy = problem.name, problem.dx, problem.dy
        self.x_set, self.y_set = problem.x_set, problem.y_set
        self.problem = problem
        self.true = true
        self.shapes: dict[str, Any] = {}

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f."""
        return self.once("value", partial(self.problem.value, xp), x, y)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        gx, gy = self.once("grad", partial(self.problem.grad, xp), x, y)
        return gx, gy

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""
        return self.once("grad_x", partial(self.problem.grad_x, xp), x, y)

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""
        return self.once("grad_y", partial(self.problem.grad_y, xp), x, y)

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""
        hx, hy = self.once("hvp", partial(self.problem.hvp, xp), x, y, u, v)
        return hx, hy

    def once(self, name: str, function: Callable[..., Any], *arrays: Array) -> Any:
        """``function(*arrays)``; functions of one name give arrays of the same shapes."""
        if name not in self.shapes:
            self.shapes[name] = jax.eval_shape(function, *arrays)

        def nothing(*_: Array) -> Any:
            return jax.tree.map(lambda a: jnp.zeros(a.shape, a.dtype), self.shapes[name])

        return lax.cond(self.true, function, nothing, *arrays)


class _Examiner(TracedOracle):
    """Finds out what a step asks for."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.streams: set[str] = set()
        self.works: list[tuple[int, ...]] = []

    def _key(self, stream: str) -> tuple[Array, Array]:
        self.streams.add(stream)
        return super()._key(stream)

    def where_needed(self, where: Array, work: Callable[[S, Oracle], S], state: S) -> S:
        """Do the work as if all lanes wanted it, for its cost and its streams alone."""
        part = copy.copy(self)
        part._counts = [0] * len(Call)
        work(state, part)
        self.works.append(_plain_counts(part.counts))
        return state


class _Streams(TracedOracle):
    """Draws from keys made beforehand, notes which lanes want work, and may leave it out."""

    def __init__(
        self, problem: _Once, keys: Keys, counts: list[Array], noise: OracleNoise, leave_out: bool
    ) -> None:
        super().__init__(problem, jnp, None, counts, noise)
        self._streams = keys
        self._once = problem.once
        self._leave_out = leave_out
        self.wanted: Array = False
        """The lanes that want work."""

    def _key(self, stream: str) -> tuple[Array, Array]:
        return self._streams[stream]

    # Every round of a draw uses the one before twice. Where XLA fuses draws into arrays of another
    # shape, it writes both uses out: twenty rounds become a million, and the compiler runs out of memory.

    def normal(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`minmaxbench.core.oracle.Oracle.normal`."""
        draw = partial(super().normal, stream, index, d)
        drawn: Array = self._once(f"normal {stream} {d}", draw)
        return drawn

    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`minmaxbench.core.oracle.Oracle.uniform`."""
        draw = partial(super().uniform, stream, index, d)
        drawn: Array = self._once(f"uniform {stream} {d}", draw)
        return drawn

    def where_needed(self, where: Array, work: Callable[[S, Oracle], S], state: S) -> S:
        """See :meth:`minmaxbench.core.oracle.Oracle.where_needed`."""
        self.wanted = where
        return state if self._leave_out else super().where_needed(where, work, state)


def _plain_counts(counts: Sequence[Array]) -> tuple[int, ...]:
    if not all(isinstance(count, int) for count in counts):
        raise TypeError("lanes make different numbers of oracle calls in one step")
    return tuple(counts)


def _traces(step: Callable[..., Any], numbers: Mapping[str, Array]) -> bool:
    try:
        jax.eval_shape(step, numbers)
    except jax.errors.ConcretizationTypeError:
        return False
    return True


def _kinds(thing: Any) -> Any:
    """The classes of an algorithm and of its parts."""
    parts = tree.children(thing)
    return None if parts is None else (type(thing), tuple(map(_kinds, parts.values())))


def _like(new: Any, old: Any) -> Any:
    """A state with the shapes and types of the one before."""
    return jax.tree.map(lambda a, b: b if a is b else jnp.asarray(a, b.dtype), new, old)


def _choose(go: Array, new: Any, old: Any) -> Any:
    """The new state in the lanes that go, the old one elsewhere."""

    def chosen(a: Array, b: Array) -> Array:
        column = jnp.reshape(go, (-1,) + (1,) * (b.ndim - 1))
        return b if a is b else jnp.where(column, a, b)

    return jax.tree.map(chosen, new, old)


@cache
def _options() -> dict[str, bool]:
    """Compiler options: the older of XLA's two code generators for CPUs, where there are two.

    It compiles the many small functions of a program in half the time, to code as fast.
    """
    options = {"xla_cpu_use_fusion_emitters": False}
    try:
        jax.jit(lambda a: a, compiler_options=options).lower(0.0).compile()
    except jax.errors.JaxRuntimeError:
        return {}
    return options


def program_for(problem: Problem, algorithm: Algorithm, noise: OracleNoise) -> Program:
    """The program of an algorithm on a problem; those that compile to the same code share it."""
    _use_cache()
    try:
        return _examined(problem, algorithm, noise)
    except TypeError:
        # Not hashable: it holds columns of hyper-parameters.
        return Program(problem, algorithm, noise)


@lru_cache(maxsize=KEPT)
def _examined(problem: Problem, algorithm: Algorithm, noise: OracleNoise) -> Program:
    program = Program(problem, algorithm, noise)
    if len(_shared) >= KEPT:
        _shared.clear()
    return _shared.setdefault(program.identity, program)


_shared: dict[Any, Program] = {}


@cache
def _use_cache() -> None:
    """Keep compiled programs in the user's cache folder, unless JAX already has a place for them."""
    config: Any = jax.config
    if config.jax_compilation_cache_dir is not None:
        return
    root = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    folder = root / "minmaxbench" / "jax"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        config.update("jax_compilation_cache_dir", str(folder))
        config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
