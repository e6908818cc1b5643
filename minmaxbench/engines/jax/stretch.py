"""Stretches of steps, as the compiler is shown them.

Some algorithms move their iterate only in work that few lanes ask for at a time
(:meth:`minmaxbench.core.oracle.Oracle.where_needed`): greedy-max judges a proposal after tens of
ascent steps. A compiled step does such work for all lanes or for none, so here a lane that wants it
waits until the end of the stretch, where it is done once for all that wait. Lanes then make different
numbers of steps in a stretch, and each counts its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

from minmaxbench.core import tree
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Ints, square
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import OracleNoise
from minmaxbench.core.problem import Problem
from minmaxbench.engines.jax.lanes import Keys, Lanes, Leaves, Path
from minmaxbench.engines.jax.oracles import Streams
from minmaxbench.record.outcomes import RADIUS

FEW = 4
"""The distance is computed to so many equilibria one after the other, to more all at once."""


@dataclass(frozen=True)
class Stretcher:
    """What stays the same in one call of a program while it is traced."""

    problem: Problem
    algorithm: Algorithm
    noise: OracleNoise
    template: Any
    """A state, for its shape."""
    iterate: tuple[str, str]
    """The names of x and y among its arrays."""
    equilibria: Ints
    """Rows of the listed points that are equilibria."""
    exact: bool
    """Whether distances to them are computed at every step."""
    keys: Keys
    true: Array
    """A true value that the compiler does not know."""
    counts: Callable[[Array, Array], list[Array]]
    """Calls of each kind made after so many steps and works."""

    def walk(self, lanes: Lanes, length: Array, bounded: Array) -> tuple[Lanes, Path]:
        """A stretch in which all lanes make all steps."""
        start = lanes.state
        nothing = jnp.full(lanes.steps.shape, jnp.inf)

        def tick(k: Array, carry: tuple[Leaves, Array, Array]) -> tuple[Leaves, Array, Array]:
            state, near, low = carry
            oracle = self.oracle(lanes.steps + k, lanes.works)
            new = self.step(state, oracle)
            (x, y), seen = self.at(state), oracle.seen
            if seen is not None and seen[0] is x and seen[1] is y:
                gx, gy = seen[2:]
            else:
                gx, gy = self.problem.grad(jnp, x, y)
            now, size = self.near(state, start, bounded), self.low(state, gx, gy)
            # Not jnp.minimum, which looks for NaN; a NaN never becomes the least.
            return new, jnp.where(now < near, now, near), jnp.where(size < low, size, low)

        state, near, low = lax.fori_loop(0, length, tick, (start, nothing, nothing))
        passed = Path(Lanes(start, None, None), near, low)
        return Lanes(state, lanes.steps + length, lanes.works), passed

    def wait_and_work(self, lanes: Lanes, length: Array, lockstep: Array) -> tuple[Lanes, Path]:
        """A stretch at whose end the lanes that want work get it."""

        def tick(_: Array, carry: tuple[Leaves, Array]) -> tuple[Leaves, Array]:
            state, steps = carry
            oracle = self.oracle(steps, lanes.works, leave_out=True)
            new = self.step(state, oracle)
            go = self.inside(state) & ~oracle.wanted
            return _choose(go, new, state), steps + go

        state, steps = lax.fori_loop(0, length, tick, (lanes.state, lanes.steps))
        oracle = self.oracle(steps, lanes.works)
        new = self.step(state, oracle)
        go = self.inside(state) & (oracle.wanted | lockstep)
        end = Lanes(_choose(go, new, state), steps + go, lanes.works + (go & oracle.wanted))
        near = jnp.where(self.going(lanes.state), jnp.inf, -jnp.inf)
        return end, Path(lanes, near, jnp.full(near.shape, jnp.inf))

    def step(self, state: Leaves, oracle: Streams) -> Leaves:
        """One step, with the types of the state before."""
        new = dict(tree.named_leaves(self.algorithm.step(self.whole(state), oracle)))
        return {
            name: old if new[name] is old else jnp.asarray(new[name], old.dtype)
            for name, old in state.items()
        }

    def whole(self, state: Leaves) -> Any:
        """A state as the algorithm knows it."""
        return tree.rebuild(self.template, state)

    def at(self, state: Leaves) -> tuple[Array, Array]:
        """The iterate (x, y)."""
        x, y = self.iterate
        return state[x], state[y]

    def oracle(self, steps: Array, works: Array, leave_out: bool = False) -> Streams:
        """The oracle of lanes that have made so many steps and works."""
        noisy = self.noise.gradient or self.noise.value
        counts = self.counts(steps, works) if noisy else [0] * len(Call)
        return Streams(self.problem, self.keys, counts, self.noise, self.true, leave_out)

    def near(self, state: Leaves, start: Leaves, bounded: Array) -> Array:
        """See :attr:`Path.near`."""
        (x, y), (x0, y0) = self.at(state), self.at(start)
        near = -(square(jnp, x - x0) + square(jnp, y - y0))
        if self.exact:
            near = jnp.where(bounded, near, self.distance2(x, y))
        return jnp.where(self.going(state), near, -jnp.inf)

    def low(self, state: Leaves, gx: Array, gy: Array) -> Array:
        """The squared residual."""
        if self.problem.constrained:
            residual = self.problem.residual(jnp, *self.at(state), gx, gy)
            return residual * residual
        return square(jnp, gx) + square(jnp, gy)

    def going(self, state: Leaves) -> Array:
        """Whether a run has surely not ended: not diverged, not stopped by its own rule."""
        x, y = self.at(state)
        going = (square(jnp, x) + square(jnp, y) <= RADIUS**2) & self.inside(state)
        stopped = self.algorithm.stopped(self.whole(state))
        return going if stopped is None else going & ~stopped

    def inside(self, state: Leaves) -> Array:
        """Whether the inner iterates have surely not diverged; false for NaN."""
        inside = jnp.ones(len(self.at(state)[0]), dtype=bool)
        for inner in self.algorithm.inner(self.whole(state)):
            size = jnp.abs(inner)
            size = size[..., 0] if inner.shape[-1] == 1 else jnp.max(size, axis=-1)
            inside = inside & (size <= RADIUS)
        return inside

    def distance2(self, x: Array, y: Array) -> Array:
        """The squared distance to the nearest equilibrium."""
        problem, rows = self.problem, self.equilibria
        if type(problem).distances is not Problem.distances:
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


def _choose(go: Array, new: Leaves, old: Leaves) -> Leaves:
    """The new state in the lanes that go, the old one elsewhere."""

    def chosen(a: Array, b: Array) -> Array:
        column = jnp.reshape(go, (-1,) + (1,) * (b.ndim - 1))
        return b if a is b else jnp.where(column, a, b)

    return {name: chosen(new[name], leaf) for name, leaf in old.items()}
