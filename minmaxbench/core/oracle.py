"""The counted oracle: the only door from an algorithm to a problem.

It counts calls a lane, projects onto the players' sets, adds the noise of a stochastic problem,
and hands out random draws. An algorithm sees neither the formula, nor the equilibria, nor
another lane.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np

from minmaxbench.core.arrays import Array, Ints, Namespace, norm
from minmaxbench.core.noise import Draws, normals, stream_keys, uniforms
from minmaxbench.core.sets import Set


class Call(IntEnum):
    """The kinds of oracle call."""

    VALUE = 0
    GRAD_X = 1
    GRAD_Y = 2
    HVP = 3

    @property
    def price(self) -> float:
        """The cost in gradient calls.

        A full gradient (both players) is 1, each half of it 1/2, a value 1/2, a Hessian-vector
        product 1.
        """
        return 1.0 if self is Call.HVP else 0.5


PRICES = tuple(call.price for call in Call)


@dataclass(frozen=True)
class OracleNoise:
    """Additive Gaussian noise of a stochastic oracle: standard deviations, 0 for exact.

    The gradient noise has this deviation in every coordinate.
    """

    gradient: float = 0.0
    value: float = 0.0


class Game(Protocol):
    """What the oracle needs of a problem: see :class:`minmaxbench.problems.Problem`."""

    dx: int
    dy: int
    x_set: Set
    y_set: Set

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f."""

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""

    def grad_x(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in x."""

    def grad_y(self, xp: Namespace, x: Array, y: Array) -> Array:
        """The gradient in y."""

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""


EXACT = OracleNoise()


class Oracle(ABC):
    """Counted access to a problem for a batch of lanes.

    ``where`` in a call is a (lanes,) mask of the lanes that pay for it; what the others get back
    is not to be used. ``counts`` holds, for each :class:`Call`, how many every lane has made: a
    plain number while all lanes have made the same, an array of shape (lanes,) otherwise.
    """

    xp: Namespace

    def __init__(self, problem: Game, noise: OracleNoise = EXACT) -> None:
        self.problem = problem
        self.noise = noise
        self.counts: list[Array] = [0] * len(Call)
        self.seen: tuple[Array, Array, Array, Array] | None = None
        """The first exact gradient evaluated in this step, with its point: (x, y, gx, gy)."""

    def value(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """f(x, y), shape (lanes,), plus value noise."""
        index = self._pay(Call.VALUE, where)
        f = self.problem.value(self.xp, x, y)
        if self.noise.value:
            f = f + self.noise.value * self.normal("value noise", index, 1)[:, 0]
        return f

    def grad_x(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """The gradient in x, shape (lanes, dx), plus gradient noise."""
        index = self._pay(Call.GRAD_X, where)
        return self._noisy(self.problem.grad_x(self.xp, x, y), "grad_x noise", index)

    def grad_y(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """The gradient in y, shape (lanes, dy), plus gradient noise."""
        index = self._pay(Call.GRAD_Y, where)
        return self._noisy(self.problem.grad_y(self.xp, x, y), "grad_y noise", index)

    def grad(self, x: Array, y: Array, where: Array | None = None) -> tuple[Array, Array]:
        """Both gradients at one point: one grad_x call and one grad_y call."""
        index_x = self._pay(Call.GRAD_X, where)
        index_y = self._pay(Call.GRAD_Y, where)
        gx, gy = self.problem.grad(self.xp, x, y)
        if self.seen is None:
            self.seen = (x, y, gx, gy)
        return self._noisy(gx, "grad_x noise", index_x), self._noisy(gy, "grad_y noise", index_y)

    def hvp(
        self, x: Array, y: Array, u: Array, v: Array, where: Array | None = None
    ) -> tuple[Array, Array]:
        """The Hessian of f at (x, y) times (u, v): shapes (lanes, dx) and (lanes, dy)."""
        self._pay(Call.HVP, where)
        return self.problem.hvp(self.xp, x, y, u, v)

    def project_x(self, x: Array) -> Array:
        """The nearest point of the min-player's set."""
        return self.problem.x_set.project(self.xp, x)

    def project_y(self, y: Array) -> Array:
        """The nearest point of the max-player's set."""
        return self.problem.y_set.project(self.xp, y)

    def slope_y(self, y: Array, gy: Array, eta: Array) -> Array:
        """How steeply f can be climbed from y, shape (lanes,).

        |gy|, or |P(y + eta gy) - y|/eta on a set, where the gradient may point out of it.
        """
        if self.problem.y_set.constrained:
            gy = (self.project_y(y + eta * gy) - y) / eta
        return norm(self.xp, gy)

    @abstractmethod
    def normal(self, stream: str, index: Array, d: int) -> Array:
        """Standard normal draw number ``index`` (a number, or one a lane) of a stream: (lanes, d)."""

    @abstractmethod
    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """Uniform draw number ``index`` of a stream, in (0, 1): (lanes, d)."""

    @abstractmethod
    def on(
        self, where: Array, work: Callable[..., tuple[Array, ...]], *arrays: Array
    ) -> tuple[Array, ...]:
        """Replace ``arrays`` by ``work(oracle, *arrays)`` in the lanes of ``where``.

        Only those lanes pay. The NumPy engine does the work for those lanes alone, the others
        for all of them: write ``work`` so that both give the same.
        """

    def price(self) -> Array:
        """What has been spent, in gradient calls: a number, or one a lane."""
        return sum(price * count for price, count in zip(PRICES, self.counts, strict=True))

    def _pay(self, call: Call, where: Array | None) -> Array:
        before = self.counts[call]
        paid = 1 if where is None else self.xp.astype(where, self.xp.int64)
        self.counts[call] = before + paid
        return before

    def _noisy(self, gradient: Array, stream: str, index: Array) -> Array:
        if not self.noise.gradient:
            return gradient
        return gradient + self.noise.gradient * self.normal(stream, index, gradient.shape[-1])


class EagerOracle(Oracle):
    """The oracle of an engine that makes one step at a time."""

    @abstractmethod
    def take(self, lanes: Ints) -> EagerOracle:
        """The same oracle for some of its lanes, counts carried along."""


class NumpyOracle(EagerOracle):
    """The oracle of the NumPy engine: the reference."""

    xp = np

    def __init__(
        self, problem: Game, draws: Draws, noise: OracleNoise = EXACT, lanes: Ints | None = None
    ) -> None:
        super().__init__(problem, noise)
        self._draws = draws
        self._lanes = lanes

    def normal(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`Oracle.normal`."""
        return self._draws.draw("normal", stream, index, d, self._lanes)

    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`Oracle.uniform`."""
        return self._draws.draw("uniform", stream, index, d, self._lanes)

    def on(
        self, where: Array, work: Callable[..., tuple[Array, ...]], *arrays: Array
    ) -> tuple[Array, ...]:
        """See :meth:`Oracle.on`."""
        lanes = np.flatnonzero(where)
        if lanes.size == 0:
            return arrays
        mine = lanes if self._lanes is None else self._lanes[lanes]
        part = NumpyOracle(self.problem, self._draws, self.noise, mine)
        part.counts = [c if isinstance(c, int) else c[lanes] for c in self.counts]
        before = list(part.counts)
        results = work(part, *(a[lanes] for a in arrays))
        for call, (old, new) in enumerate(zip(before, part.counts, strict=True)):
            if new is not old:
                self.counts[call] = _written(
                    np.broadcast_to(np.asarray(self.counts[call]), where.shape), lanes, new
                )
        return tuple(_written(a, lanes, r) for a, r in zip(arrays, results, strict=True))

    def take(self, lanes: Ints) -> NumpyOracle:
        """The same oracle for some of its lanes, counts carried along."""
        part = NumpyOracle(self.problem, self._draws.take(lanes), self.noise)
        part.counts = [c if isinstance(c, int) else c[lanes] for c in self.counts]
        return part


def _written(array: Array, lanes: Ints, rows: Array) -> Array:
    copy = np.array(array)
    copy[lanes] = rows
    return copy


class TracedOracle(Oracle):
    """The oracle of arrays that are not NumPy's: all lanes do everything, masks decide what counts."""

    def __init__(
        self,
        problem: Game,
        xp: Namespace,
        keys: Array,
        counts: list[Array],
        noise: OracleNoise = EXACT,
        mask: Array | None = None,
    ) -> None:
        super().__init__(problem, noise)
        self.xp = xp
        self.counts = counts
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

    def on(
        self, where: Array, work: Callable[..., tuple[Array, ...]], *arrays: Array
    ) -> tuple[Array, ...]:
        """See :meth:`Oracle.on`."""
        xp = self.xp
        mask = where if self._mask is None else where & self._mask
        part = copy.copy(self)
        part.counts, part._mask = list(self.counts), mask
        results = work(part, *arrays)
        self.counts = part.counts
        return tuple(
            xp.where(xp.reshape(where, (-1,) + (1,) * (a.ndim - 1)), r, a)
            for a, r in zip(arrays, results, strict=True)
        )

    def _drawn(self, stream: str, index: Array) -> tuple[tuple[Array, Array], Array]:
        """The key of a stream, and the number of the draw, for each lane."""
        key = self._key(stream)
        return key, self.xp.broadcast_to(self.xp.asarray(index), key[0].shape)

    def _key(self, stream: str) -> tuple[Array, Array]:
        return stream_keys(self.xp, self._keys, stream)
