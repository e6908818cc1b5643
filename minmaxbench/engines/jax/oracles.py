"""Problem and oracle as the compiler is shown them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp
from jax import lax

from minmaxbench.core.arrays import Array
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import Oracle, OracleNoise, S
from minmaxbench.core.problem import Problem
from minmaxbench.core.traced import TracedOracle
from minmaxbench.engines.jax.lanes import Keys


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
        self,
        problem: Problem,
        keys: Keys,
        counts: list[Array],
        noise: OracleNoise,
        true: Array,
        leave_out: bool,
    ) -> None:
        """``true`` is a true value that is not known when the program is compiled."""
        super().__init__(problem, jnp, None, counts, noise)
        self._streams = keys
        self._true = true
        self._leave_out = leave_out
        self.wanted: Array = False
        """The lanes that want work."""

    def _key(self, stream: str) -> tuple[Array, Array]:
        return self._streams[stream]

    # Every round of a draw uses the one before twice. Where XLA fuses draws into arrays of another
    # shape, it writes both uses out: twenty rounds become a million, and the compiler runs out of memory.
    # It does not look into the branches of a conditional.

    def normal(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`minmaxbench.core.oracle.Oracle.normal`."""
        return self._apart(partial(super().normal, stream, index, d), stream, d)

    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`minmaxbench.core.oracle.Oracle.uniform`."""
        return self._apart(partial(super().uniform, stream, index, d), stream, d)

    def _apart(self, draw: Callable[[], Array], stream: str, d: int) -> Array:
        shape = (len(self._streams[stream][0]), d)
        drawn: Array = lax.cond(self._true, draw, lambda: jnp.zeros(shape))
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
