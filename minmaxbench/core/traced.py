"""The oracle of arrays that are not NumPy's: what a compiler traces, and tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from minmaxbench.core import tree
from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import normals, stream_keys, uniforms
from minmaxbench.core.oracle import EXACT, Oracle, OracleNoise, S
from minmaxbench.core.problem import Problem


class TracedOracle(Oracle):
    """The oracle of arrays that are not NumPy's: all lanes do everything, masks decide what counts."""

    def __init__(
        self,
        problem: Problem,
        xp: Namespace,
        keys: Array,
        counts: Sequence[Array],
        noise: OracleNoise = EXACT,
        mask: Array | None = None,
    ) -> None:
        super().__init__(problem, noise, counts)
        self.xp = xp
        self._keys = keys
        self._mask = mask

    def _pay(self, call: Call, where: Array | None) -> Array:
        if self._mask is not None:
            where = self._mask if where is None else where & self._mask
        return super()._pay(call, where)

    def normal(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`Oracle.normal`."""
        return normals(self.xp, *self._drawn(stream, index), d)

    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`Oracle.uniform`."""
        return uniforms(self.xp, *self._drawn(stream, index), d)

    def where_needed(self, where: Array, work: Callable[[S, Oracle], S], state: S) -> S:
        """See :meth:`Oracle.where_needed`."""
        xp = self.xp
        mask = where if self._mask is None else where & self._mask
        part = self._part(self.counts)
        part._mask = mask
        result = work(state, part)
        self._take_back(part.counts)

        def chosen(a: Array, r: Array) -> Array:
            return xp.where(xp.reshape(where, (-1,) + (1,) * (a.ndim - 1)), r, a)

        return tree.map_leaves(chosen, state, result)

    def _drawn(self, stream: str, index: Array) -> tuple[tuple[Array, Array], Array]:
        """The key of a stream, and the number of the draw, for each lane."""
        key = self._key(stream)
        return key, self.xp.broadcast_to(self.xp.asarray(index), key[0].shape)

    def _key(self, stream: str) -> tuple[Array, Array]:
        return stream_keys(self.xp, self._keys, stream)
