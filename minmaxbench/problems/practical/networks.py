"""A small network, tanh inside and linear at the end, with its derivatives written out."""

from __future__ import annotations

from dataclasses import dataclass

from minmaxbench.core.arrays import Array, Namespace


@dataclass(frozen=True)
class Network:
    """h(r) = v.tanh(W'r + s) + c with all weights in one vector: W row by row, s, v, c."""

    inputs: int
    hidden: int

    @property
    def size(self) -> int:
        """How many weights there are."""
        return self.hidden * (self.inputs + 2) + 1

    def _parts(self, xp: Namespace, w: Array) -> tuple[Array, Array, Array, Array]:
        p, h = self.inputs, self.hidden
        first = xp.reshape(w[..., : p * h], (*w.shape[:-1], p, h))
        shift, second = w[..., None, p * h : p * h + h], w[..., None, p * h + h : p * h + 2 * h]
        return first, shift, second, w[..., -1:]

    def forward(self, xp: Namespace, w: Array, rows: Array) -> tuple[Array, Array]:
        """Outputs (lanes, n) and the hidden layer (lanes, n, hidden) of rows (n, p) or (lanes, n, p)."""
        first, shift, second, last = self._parts(xp, w)
        hidden = xp.tanh(xp.astype(rows, w.dtype, copy=False) @ first + shift)
        return (hidden @ xp.matrix_transpose(second))[..., 0] + last, hidden

    def backward(
        self, xp: Namespace, w: Array, rows: Array, hidden: Array, pull: Array
    ) -> tuple[Array, Array]:
        """Gradients of the sum of pull_i h(row i): by the weights, and by the hidden sums.

        The second, (lanes, n, hidden), is for :meth:`inputs_of`.
        """
        second = self._parts(xp, w)[2]
        pull = xp.astype(pull, w.dtype, copy=False)
        inner = (pull[..., None] @ second) * (1 - hidden * hidden)
        turned = xp.matrix_transpose(xp.astype(rows, w.dtype, copy=False))
        parts = [
            xp.reshape(turned @ inner, (*w.shape[:-1], self.inputs * self.hidden)),
            xp.sum(inner, axis=-2),
            (pull[..., None, :] @ hidden)[..., 0, :],
            xp.sum(pull, axis=-1, keepdims=True),
        ]
        return xp.concat(parts, axis=-1), inner

    def inputs_of(self, xp: Namespace, w: Array, inner: Array) -> Array:
        """The gradient by the rows, (lanes, n, p)."""
        return inner @ xp.matrix_transpose(self._parts(xp, w)[0])
