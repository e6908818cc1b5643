"""The compiled part of the JAX engine: one algorithm on one problem, for a batch of lanes.

A call makes many short *stretches* of steps (:mod:`minmaxbench.engines.jax.stretch`). Of each stretch
it hands back the lanes as they stood at its start, and two numbers a lane that bound what happened in
it: how near the iterate came, and how small the residual became. The host looks closely only where
these say that something may have happened, and there it makes the stretch again, one step at a time:
a step is a pure function.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Floats, Ints
from minmaxbench.core.calls import PRICES, Call
from minmaxbench.core.noise import Draws
from minmaxbench.core.oracle import NumpyOracle, OracleNoise
from minmaxbench.core.problem import Problem
from minmaxbench.core.stochastic import Stochastic
from minmaxbench.engines.batch import Unsupported
from minmaxbench.engines.jax.lanes import Keys, Lanes, Leaves, Path
from minmaxbench.engines.jax.oracles import Examiner, plain_counts
from minmaxbench.engines.jax.stretch import FEW, Stretcher

MANY = 2**12
"""Distances are computed at every step where so many numbers describe the equilibria, or where they
are few; to more they are bounded."""

KEPT = 64
"""Programs kept in memory."""


class Program:
    """One algorithm on one problem, compiled.

    Hyper-parameters on whose values no code branches are arguments (``numbers``), so that
    one compilation serves a whole grid of them.
    """

    def __init__(self, problem: Problem, algorithm: Algorithm, noise: OracleNoise) -> None:
        """Trace one step to see what it costs and what it changes.

        Raises :class:`Unsupported` where the code cannot be traced.
        """
        if isinstance(problem, Stochastic):
            raise Unsupported("a minibatch is drawn at every call, which it does not compile")
        self.problem, self.algorithm, self.noise = problem, algorithm, noise
        self.equilibria = problem.points().equilibria
        count = self.equilibria.size
        self.exact = count > 0 and (count <= FEW or count * (problem.dx + problem.dy) <= MANY)
        """Whether distances to equilibria are computed at every step."""
        try:
            with jax.enable_x64(True):
                found = examine(problem, algorithm, noise)
                jax.eval_shape(self._look, np.zeros((1, problem.dx)), np.zeros((1, problem.dy)))
        except Exception as error:
            reason = str(error).strip().split("\n")[0].rstrip(".")
            raise Unsupported(f"{type(error).__name__}: {reason}") from error
        self.template, self.iterate, self.numbers, self.streams, self.costs, self.rare = found
        hyper = tree.named_leaves(algorithm)
        closed = tuple((name, repr(leaf)) for name, leaf in hyper if name not in self.numbers)
        self.identity = (id(problem), _kinds(algorithm), closed, noise)
        """Programs of one identity compile to the same code."""
        self.run = jax.jit(self._advance)

    def _look(self, x: Array, y: Array) -> Any:
        """What is asked of the problem beside the algorithm's steps."""
        residual = self.problem.residual(jnp, x, y, x, y)
        return residual, self.problem.distances(jnp, x, y, self.equilibria) if self.exact else 0.0

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
        stretcher = Stretcher(
            problem=self.problem,
            algorithm=tree.rebuild(self.algorithm, dict(numbers)),
            noise=self.noise,
            template=self.template,
            iterate=self.iterate,
            equilibria=self.equilibria,
            exact=self.exact,
            keys=keys,
            true=lengths[0] >= 0,
            counts=self.costs.counts,
        )

        def stretch(lanes: Lanes, length: Array) -> tuple[Lanes, Path]:
            if self.rare:
                return stretcher.wait_and_work(lanes, length, lockstep)
            return stretcher.walk(lanes, length, bounded)

        def write(m: Array, carry: tuple[Lanes, Path]) -> tuple[Lanes, Path]:
            lanes, rows = stretch(carry[0], lengths[m])
            put = partial(lax.dynamic_update_index_in_dim, index=m, axis=0)
            return lanes, jax.tree.map(put, carry[1], rows)

        start = lanes if self.rare else Lanes(lanes.state, None, None)
        row = Path(start, *jnp.zeros((2, *lanes.steps.shape)))
        nothing = jax.tree.map(lambda a: jnp.zeros((len(lengths), *a.shape), a.dtype), row)
        advanced: tuple[Lanes, Path] = lax.fori_loop(0, count, write, (lanes, nothing))
        return advanced


@dataclass(frozen=True)
class Costs:
    """Calls of each kind that an algorithm makes, the same in every lane."""

    begun: tuple[int, ...]
    """By ``init``."""
    step: tuple[int, ...]
    """By a step without the work that lanes ask for."""
    work: tuple[int, ...]
    """By that work."""

    @property
    def price(self) -> float:
        """Of a step, in gradient calls."""
        return float(np.dot(PRICES, self.step))

    def counts(self, steps: Array, works: Array) -> list[Array]:
        """Calls of each kind made after so many steps and works."""
        costs = zip(self.begun, self.step, self.work, strict=True)
        return [begun + steps * cost + works * more for begun, cost, more in costs]

    def calls(self, steps: Ints, works: Ints) -> Floats:
        """The same in gradient calls."""
        counts = self.counts(steps, works)
        calls: Floats = sum(price * count for price, count in zip(PRICES, counts, strict=True))
        return calls

    def works(self, counts: list[Ints], steps: int) -> Ints:
        """How many works lanes have done that have made so many calls in so many steps."""
        costs = zip(counts, self.begun, self.step, self.work, strict=True)
        for count, begun, cost, more in costs:
            if more:
                return (count - begun - steps * cost) // more
        return np.zeros(len(counts[0]), dtype=np.int64)


class Examined(NamedTuple):
    """What a step does, as far as tracing it tells."""

    template: Any
    """A state, for its shape."""
    iterate: tuple[str, str]
    """The names of x and y among its arrays."""
    numbers: tuple[str, ...]
    """The hyper-parameters on whose values no code branches."""
    streams: tuple[str, ...]
    """The streams of noise that are drawn from."""
    costs: Costs
    rare: bool
    """Whether the iterate moves only in work that lanes ask for."""


def examine(problem: Problem, algorithm: Algorithm, noise: OracleNoise) -> Examined:
    """Make the first step of one lane, traced; raises what the code raises on tracers."""
    one = algorithm.select(np.array([0]))
    keys = np.zeros((1, 2), dtype=np.uint32)
    oracle = NumpyOracle(problem, Draws(keys), noise)
    with np.errstate(all="ignore"):
        x = oracle.project_x(np.zeros((1, problem.dx)))
        y = oracle.project_y(np.zeros((1, problem.dy)))
        state = one.init(x, y, oracle)
    begun, fields = plain_counts(oracle.counts), [name for name, _ in tree.named_leaves(state)]
    iterate = _names_of_iterate(state)
    found: list[Examined] = []

    def step(numbers: Mapping[str, Array]) -> Leaves:
        oracle = Examiner(problem, jnp, keys, [0] * len(Call), noise)
        before = tree.map_leaves(jnp.asarray, state)
        new = tree.rebuild(one, dict(numbers)).step(before, oracle)
        rare = bool(oracle.works)
        if len(oracle.works) > 1 or (rare and not (new.x is before.x and new.y is before.y)):
            raise TypeError("a step asks for work in some lanes in a way that is not supported")
        after = dict(tree.named_leaves(new))
        if list(after) != fields:
            raise TypeError("a step returns a state with other fields than init")
        work = oracle.works[0] if rare else (0,) * len(Call)
        costs = Costs(begun, plain_counts(oracle.counts), work)
        found[:] = [Examined(state, iterate, (), tuple(sorted(oracle.streams)), costs, rare)]
        return after

    free = _open_numbers(one, step)
    return found[0]._replace(numbers=free)


def _names_of_iterate(state: Any) -> tuple[str, str]:
    """Which arrays of a state are x and y; a state made of parts may hold them in one."""
    marks = {name: object() for name, _ in tree.named_leaves(state)}
    marked = tree.rebuild(state, marks)
    names = {id(mark): name for name, mark in marks.items()}
    x, y = names.get(id(marked.x)), names.get(id(marked.y))
    if x is None or y is None:
        raise TypeError("x and y are no arrays of the state")
    return x, y


def _open_numbers(algorithm: Algorithm, step: Callable[..., Any]) -> tuple[str, ...]:
    """The hyper-parameters that a step can be traced without knowing."""
    # A zero is a switch that is off, and code may ask for it.
    numbers = {
        name: value
        for name, value in tree.named_leaves(algorithm)
        if isinstance(value, float | np.ndarray) and np.any(value)
    }
    free = tuple(numbers)
    if not _traces(step, numbers):
        jax.eval_shape(step, {})
        free = tuple(n for n, v in numbers.items() if _traces(step, {n: v}))
    fixed = [n for n, v in numbers.items() if isinstance(v, np.ndarray) and n not in free]
    if fixed:
        raise TypeError(f"code branches on the column of hyper-parameters {fixed[0]}")
    return free


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


def program_for(problem: Problem, algorithm: Algorithm, noise: OracleNoise) -> Program:
    """The program of an algorithm on a problem; those that compile to the same code share it."""
    _use_cache()
    try:
        hash((problem, algorithm))
    except TypeError:
        # Columns of hyper-parameters, or data of a problem.
        return _shared_by(Program(problem, algorithm, noise))
    return _examined(problem, algorithm, noise)


@lru_cache(maxsize=KEPT)
def _examined(problem: Problem, algorithm: Algorithm, noise: OracleNoise) -> Program:
    return _shared_by(Program(problem, algorithm, noise))


def _shared_by(program: Program) -> Program:
    """The program of the same identity that was made first: columns are arguments, too."""
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
