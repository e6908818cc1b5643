"""The counted oracle: the only door from an algorithm to a problem.

It counts calls a lane, projects onto the players' sets, draws the minibatch that a call sees or adds
noise, and hands out random draws. An algorithm sees neither the formula, nor the equilibria, nor
another lane; it cannot write to what it is handed, and cannot change its counts.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.arrays import Array, Ints, Namespace, norm
from minmaxbench.core.calls import PRICES, Call
from minmaxbench.core.contract import refuse_writing
from minmaxbench.core.noise import Draws, normals, stream_keys, uniforms
from minmaxbench.core.problem import Problem
from minmaxbench.core.stochastic import Numbers, Stochastic
from minmaxbench.errors import UserError

S = TypeVar("S")


@dataclass(frozen=True)
class OracleNoise:
    """Additive Gaussian noise of a stochastic oracle: standard deviations, 0 for exact.

    The gradient noise has this deviation in every coordinate.
    """

    gradient: float = 0.0
    value: float = 0.0

    def __post_init__(self) -> None:
        for name in ("gradient", "value"):
            deviation = getattr(self, name)
            number = isinstance(deviation, int | float) and not isinstance(deviation, bool)
            if not number or not 0 <= deviation < np.inf:
                raise UserError(
                    f"The {name} noise is a standard deviation, a number of at least 0; got "
                    f"{deviation!r}."
                )


EXACT = OracleNoise()


class Oracle(ABC):
    """Counted access to a problem for a batch of lanes.

    ``where`` in a call is a (lanes,) mask of the lanes that pay for it; what the others get back
    is not to be used.
    """

    xp: Namespace

    def __init__(
        self,
        problem: Problem,
        noise: OracleNoise = EXACT,
        counts: Sequence[Array] = (0,) * len(Call),
    ) -> None:
        self._problem = problem
        self._noise = noise
        self._counts = list(counts)
        self._seen: tuple[Array, Array, Array, Array] | None = None
        self._shared: Any = None
        """The minibatch of all calls within :meth:`paired`."""

    @property
    def counts(self) -> tuple[Array, ...]:
        """For each :class:`Call`, how many every lane has made.

        A plain number while all lanes have made the same, an array of shape (lanes,) otherwise.
        """
        return tuple(self._counts)

    def value(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """f(x, y), shape (lanes,), plus value noise."""
        index = self._pay(Call.VALUE, where)
        f = self._ask("value", index, x, y)
        if self._noise.value:
            f = f + self._noise.value * self.normal("value noise", index, 1)[:, 0]
        return f

    def grad_x(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """The gradient in x, shape (lanes, dx), plus gradient noise."""
        index = self._pay(Call.GRAD_X, where)
        return self._noisy(self._ask("grad_x", index, x, y), "grad_x noise", index)

    def grad_y(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """The gradient in y, shape (lanes, dy), plus gradient noise."""
        index = self._pay(Call.GRAD_Y, where)
        return self._noisy(self._ask("grad_y", index, x, y), "grad_y noise", index)

    def grad(self, x: Array, y: Array, where: Array | None = None) -> tuple[Array, Array]:
        """Both gradients at one point: one grad_x call and one grad_y call."""
        index_x = self._pay(Call.GRAD_X, where)
        index_y = self._pay(Call.GRAD_Y, where)
        gx, gy = self._ask("grad", index_x, x, y)
        if self._seen is None and not isinstance(self._problem, Stochastic):
            self._seen = (x, y, gx, gy)
        return self._noisy(gx, "grad_x noise", index_x), self._noisy(gy, "grad_y noise", index_y)

    def hvp(
        self, x: Array, y: Array, u: Array, v: Array, where: Array | None = None
    ) -> tuple[Array, Array]:
        """The Hessian of f at (x, y) times (u, v): shapes (lanes, dx) and (lanes, dy)."""
        index = self._pay(Call.HVP, where)
        hx, hy = self._ask("hvp", index, x, y, u, v)
        return hx, hy

    @contextmanager
    def paired(self) -> Iterator[None]:
        """Within ``with oracle.paired():`` all calls see one minibatch, and are paid for as ever.

        It is numbered by the calls made before, so each use of ``paired`` with a call in it sees
        another one. Of use for a value and a gradient at one point, or for two points that are to be
        compared. It changes nothing on a problem that draws no minibatches.
        """
        before, problem = self._shared, self._problem
        if before is None and isinstance(problem, Stochastic):
            self._shared = self._drawn_for(problem, "paired", sum(self._counts))
        try:
            yield
        finally:
            self._shared = before

    def project_x(self, x: Array) -> Array:
        """The nearest point of the min-player's set."""
        return self._problem.x_set.project(self.xp, x)

    def project_y(self, y: Array) -> Array:
        """The nearest point of the max-player's set."""
        return self._problem.y_set.project(self.xp, y)

    def slope_y(self, y: Array, gy: Array, eta: Array) -> Array:
        """How steeply f can be climbed from y, shape (lanes,).

        ``|gy|``, or ``|P(y + eta gy) - y|/eta`` on a set, where the gradient may point out of it.
        """
        if self._problem.y_set.constrained:
            gy = (self.project_y(y + eta * gy) - y) / eta
        return norm(self.xp, gy)

    @abstractmethod
    def normal(self, stream: str, index: Array, d: int) -> Array:
        """Standard normal draw number ``index`` (a number, or one a lane) of a stream: (lanes, d)."""

    @abstractmethod
    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """Uniform draw number ``index`` of a stream, in (0, 1): (lanes, d)."""

    @abstractmethod
    def where_needed(self, where: Array, work: Callable[[S, Oracle], S], state: S) -> S:
        """``state``, replaced by ``work(state, oracle)`` in the lanes of ``where``.

        Only those lanes pay. The NumPy engine does the work for those lanes alone, the others
        for all of them: write ``work`` so that both give the same.
        """

    def price(self) -> Array:
        """What has been spent, in gradient calls: a number, or one a lane."""
        return sum(price * count for price, count in zip(PRICES, self._counts, strict=True))

    def begin_step(self) -> None:
        """Forget what was seen in the step before; for the engine."""
        self._seen = None

    @property
    def seen(self) -> tuple[Array, Array, Array, Array] | None:
        """The first exact gradient evaluated in this step, with its point: (x, y, gx, gy)."""
        return self._seen

    def _ask(self, what: str, index: Array, *arrays: Array) -> Array:
        """Evaluate a function of the problem, on the minibatch of call number ``index``."""
        problem = self._problem
        if isinstance(problem, Stochastic):
            shared = self._shared
            problem = problem.on(
                self._drawn_for(problem, what, index) if shared is None else shared
            )
        return getattr(problem, what)(self.xp, *arrays)

    def _drawn_for(self, problem: Stochastic, what: str, index: Array) -> Any:
        return problem.draw(self.xp, Numbers(self, f"minibatch of {what}", index))

    def _pay(self, call: Call, where: Array | None) -> Array:
        before = self._counts[call]
        paid = 1 if where is None else self.xp.astype(where, self.xp.int64)
        self._counts[call] = before + paid
        return before

    def _noisy(self, gradient: Array, stream: str, index: Array) -> Array:
        if not self._noise.gradient:
            return gradient
        return gradient + self._noise.gradient * self.normal(stream, index, gradient.shape[-1])


class EagerOracle(Oracle):
    """The oracle of an engine that makes one step at a time."""

    @abstractmethod
    def select(self, lanes: Ints) -> EagerOracle:
        """The same oracle for some of its lanes, counts carried along."""

    def _counts_of(self, lanes: Ints) -> list[Array]:
        return [c if isinstance(c, int) else c[lanes] for c in self._counts]


class NumpyOracle(EagerOracle):
    """The oracle of the NumPy engine: the reference."""

    xp = np

    def __init__(
        self,
        problem: Problem,
        draws: Draws,
        noise: OracleNoise = EXACT,
        lanes: Ints | None = None,
        counts: Sequence[Array] = (0,) * len(Call),
    ) -> None:
        super().__init__(problem, noise, counts)
        self._draws = draws
        self._lanes = lanes

    def normal(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`Oracle.normal`."""
        return self._draws.draw("normal", stream, index, d, self._lanes)

    def uniform(self, stream: str, index: Array, d: int) -> Array:
        """See :meth:`Oracle.uniform`."""
        return self._draws.draw("uniform", stream, index, d, self._lanes)

    def where_needed(self, where: Array, work: Callable[[S, Oracle], S], state: S) -> S:
        """See :meth:`Oracle.where_needed`."""
        lanes = np.flatnonzero(where)
        if lanes.size == 0:
            return state
        mine = lanes if self._lanes is None else self._lanes[lanes]
        before = self._counts_of(lanes)
        part = NumpyOracle(self._problem, self._draws, self._noise, mine, before)
        part._shared = None if self._shared is None else tree.select(self._shared, lanes)
        mine_alone = tree.map_leaves(lambda leaf: closed(leaf[lanes]), state)
        result = _cut(work, lanes)(mine_alone, part)
        for call, (old, new) in enumerate(zip(before, part._counts, strict=True)):
            if new is not old:
                whole = np.broadcast_to(np.asarray(self._counts[call]), where.shape)
                self._counts[call] = _written(whole, lanes, new)
        return tree.map_leaves(lambda a, r: _written(a, lanes, r), state, result)

    def select(self, lanes: Ints) -> NumpyOracle:
        """The same oracle for some of its lanes, counts carried along."""
        counts = self._counts_of(lanes)
        return NumpyOracle(self._problem, self._draws.select(lanes), self._noise, counts=counts)

    def _ask(self, what: str, index: Array, *arrays: Array) -> Array:
        try:
            result = super()._ask(what, index, *map(read_only, arrays))
        except ValueError as error:
            refuse_writing(self._problem.name, error)
            raise
        shapes = [a.shape for a in arrays[:2]] if what in ("grad", "hvp") else None
        if what == "value":
            return checked(self._problem, what, result, arrays[0].shape[:1])
        if shapes is None:
            return checked(self._problem, what, result, arrays[what == "grad_y"].shape)
        parts = result if isinstance(result, tuple | list) else (result,)
        if len(parts) != 2:
            raise TypeError(f"{what} of '{self._problem.name}' must return two arrays")
        names = ("grad_x", "grad_y") if what == "grad" else ("hvp in x", "hvp in y")
        both = zip(names, parts, shapes, strict=True)
        return tuple(checked(self._problem, name, part, shape) for name, part, shape in both)


def read_only(array: Array) -> Array:
    """The same numbers, not to be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def closed(array: Array) -> Array:
    """An array of one's own, from now on not to be written to."""
    array.flags.writeable = False
    return array


def checked(problem: Problem, what: str, result: Array, shape: tuple[int, ...]) -> Array:
    """What a problem returned, closed to writing; a wrong shape or type raises :class:`TypeError`."""
    if not isinstance(result, np.ndarray) or result.shape != shape:
        got = f"shape {result.shape}" if isinstance(result, np.ndarray) else type(result).__name__
        raise TypeError(f"{what} of '{problem.name}' returned {got}; wanted shape {shape}")
    if result.dtype != np.float64:
        raise TypeError(
            f"{what} of '{problem.name}' returned numbers of type {result.dtype}; wanted float64"
        )
    result.flags.writeable = False
    return result


def _cut(work: Callable[[S, Oracle], S], lanes: Ints) -> Callable[[S, Oracle], S]:
    """The work for some lanes; a method's algorithm has its columns of numbers cut to them."""
    rule = getattr(work, "__self__", None)
    if not tree.has_columns(rule):
        return work
    cut: Callable[[S, Oracle], S] = getattr(rule.select(lanes), work.__name__)  # type: ignore[union-attr]
    return cut


def _written(array: Array, lanes: Ints, rows: Array) -> Array:
    copy = np.array(array)
    copy[lanes] = rows
    return copy


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
        part = copy.copy(self)
        part._counts, part._mask = list(self._counts), mask
        result = work(state, part)
        self._counts = part._counts

        def chosen(a: Array, r: Array) -> Array:
            return xp.where(xp.reshape(where, (-1,) + (1,) * (a.ndim - 1)), r, a)

        return tree.map_leaves(chosen, state, result)

    def _drawn(self, stream: str, index: Array) -> tuple[tuple[Array, Array], Array]:
        """The key of a stream, and the number of the draw, for each lane."""
        key = self._key(stream)
        return key, self.xp.broadcast_to(self.xp.asarray(index), key[0].shape)

    def _key(self, stream: str) -> tuple[Array, Array]:
        return stream_keys(self.xp, self._keys, stream)
