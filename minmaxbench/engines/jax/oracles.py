"""Problem and oracle as the compiler is shown them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import Oracle, OracleNoise, S
from minmaxbench.core.problem import Problem
from minmaxbench.core.traced import TracedOracle
from minmaxbench.engines.jax.lanes import Keys


class Once(Problem):
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


class Examiner(TracedOracle):
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
        part = self._part([0] * len(Call))
        work(state, part)
        self.works.append(plain_counts(part.counts))
        return state


class Streams(TracedOracle):
    """Draws from keys made beforehand, notes which lanes want work, and may leave it out."""

    def __init__(
        self, problem: Once, keys: Keys, counts: list[Array], noise: OracleNoise, leave_out: bool
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


def plain_counts(counts: Sequence[Array]) -> tuple[int, ...]:
    """The counts of calls that all lanes make alike; :class:`TypeError` where they differ."""
    if not all(isinstance(count, int) for count in counts):
        raise TypeError("lanes make different numbers of oracle calls in one step")
    return tuple(counts)
