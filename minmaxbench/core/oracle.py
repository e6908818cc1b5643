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
from typing import Any, Self, TypeVar

import numpy as np

from minmaxbench.core import tree
from minmaxbench.core.arrays import Array, Ints, Namespace, norm
from minmaxbench.core.calls import PRICES, Call
from minmaxbench.core.contract import (
    check_mask,
    check_point,
    checked,
    closed,
    read_only,
    refuse_writing,
)
from minmaxbench.core.ledger import Ledger
from minmaxbench.core.noise import EXACT as EXACT
from minmaxbench.core.noise import Draws
from minmaxbench.core.noise import OracleNoise as OracleNoise
from minmaxbench.core.problem import Problem
from minmaxbench.core.stochastic import Numbers, Stochastic

S = TypeVar("S")


WHOLE = object()
"""In the place of a minibatch: f itself."""


class Oracle(ABC):
    """Counted access to a problem for a batch of lanes.

    ``where`` in a call is a (lanes,) mask of the lanes that pay for it; what the others get back
    is not to be used: NaN while code is audited.
    """

    xp: Namespace
    ledger: Ledger | None = None
    """Where calls are noted while code is audited; lanes that do not pay are then answered NaN."""

    def __init__(
        self,
        problem: Problem,
        noise: OracleNoise = EXACT,
        counts: Sequence[Array] = (0,) * len(Call),
    ) -> None:
        # With two underscores: out of the reach of an algorithm that would only have a look.
        self.__problem = problem
        self._name = problem.name
        self._noise = noise
        self.__counts = list(counts)
        self._seen: tuple[Array, Array, Array, Array] | None = None
        self._shared: Any = None
        """The minibatch of all calls within :meth:`paired`."""
        self._worth = 1
        """How many calls are paid for each: more than one within :meth:`whole`."""

    @property
    def counts(self) -> tuple[Array, ...]:
        """For each :class:`Call`, how many every lane has made.

        A plain number while all lanes have made the same, an array of shape (lanes,) otherwise.
        """
        return tuple(self.__counts)

    def value(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """f(x, y), shape (lanes,), plus value noise."""
        index = self._pay(Call.VALUE, where)
        f = self._answer("value", index, where, x, y)
        if self._noise.value:
            f = f + self._noise.value * self.normal("value noise", index, 1)[:, 0]
        return f

    def grad_x(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """The gradient in x, shape (lanes, dx), plus gradient noise."""
        index = self._pay(Call.GRAD_X, where)
        return self._noisy(self._answer("grad_x", index, where, x, y), "grad_x noise", index)

    def grad_y(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """The gradient in y, shape (lanes, dy), plus gradient noise."""
        index = self._pay(Call.GRAD_Y, where)
        return self._noisy(self._answer("grad_y", index, where, x, y), "grad_y noise", index)

    def grad(self, x: Array, y: Array, where: Array | None = None) -> tuple[Array, Array]:
        """Both gradients at one point: one grad_x call and one grad_y call."""
        index_x = self._pay(Call.GRAD_X, where)
        index_y = self._pay(Call.GRAD_Y, where)
        gx, gy = self._answer("grad", index_x, where, x, y)
        if self._seen is None and not isinstance(self.__problem, Stochastic):
            self._seen = (x, y, gx, gy)
        return self._noisy(gx, "grad_x noise", index_x), self._noisy(gy, "grad_y noise", index_y)

    def hvp(
        self, x: Array, y: Array, u: Array, v: Array, where: Array | None = None
    ) -> tuple[Array, Array]:
        """The Hessian of f at (x, y) times (u, v): shapes (lanes, dx) and (lanes, dy)."""
        index = self._pay(Call.HVP, where)
        hx, hy = self._answer("hvp", index, where, x, y, u, v)
        return hx, hy

    @contextmanager
    def paired(self, again: Any = None) -> Iterator[Any]:
        """Within ``with oracle.paired():`` all calls see one minibatch, and are paid for as ever.

        It is numbered by the calls made before, so each use of ``paired`` with a call in it sees
        another one. Of use for a value and a gradient at one point, or for two points that are to be
        compared. ``with oracle.paired() as one:`` gives it a name, by which ``oracle.paired(one)`` sees
        it again. It changes nothing on a problem that draws no minibatches.
        """
        before, problem = self._shared, self.__problem
        if before is None and isinstance(problem, Stochastic):
            number = sum(self.__counts)
            self._shared = self._drawn_for(problem, "paired", number) if again is None else again
        try:
            yield self._shared
        finally:
            self._shared = before

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Within ``with oracle.whole():`` calls see f itself, and cost what its minibatches would.

        A call is paid as often as the problem says that f is worth a minibatch; on a problem that draws
        none it is a call like any other. Not to be used within :meth:`paired`.
        """
        before, problem = self._shared, self.__problem
        if isinstance(problem, Stochastic):
            self._shared, self._worth = WHOLE, problem.worth
        try:
            yield
        finally:
            self._shared, self._worth = before, 1

    def project_x(self, x: Array) -> Array:
        """The nearest point of the min-player's set."""
        return self.__problem.x_set.project(self.xp, x)

    def project_y(self, y: Array) -> Array:
        """The nearest point of the max-player's set."""
        return self.__problem.y_set.project(self.xp, y)

    def slope_y(self, y: Array, gy: Array, eta: Array) -> Array:
        """How steeply f can be climbed from y, shape (lanes,).

        ``|gy|``, or ``|P(y + eta gy) - y|/eta`` on a set, where the gradient may point out of it.
        """
        if self.__problem.y_set.constrained:
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
        return sum(price * count for price, count in zip(PRICES, self.__counts, strict=True))

    def begin_step(self) -> None:
        """Forget what was seen in the step before; for the engine."""
        self._seen = None

    @property
    def seen(self) -> tuple[Array, Array, Array, Array] | None:
        """The first exact gradient evaluated in this step, with its point: (x, y, gx, gy)."""
        return self._seen

    def _answer(self, what: str, index: Array, where: Array | None, *arrays: Array) -> Any:
        answer = self._ask(what, index, *arrays)
        if where is None or self.ledger is None:
            return answer

        def paid(a: Array) -> Array:
            return self.xp.where(self.xp.reshape(where, (-1,) + (1,) * (a.ndim - 1)), a, np.nan)

        return tuple(map(paid, answer)) if isinstance(answer, tuple) else paid(answer)

    def _ask(self, what: str, index: Array, *arrays: Array) -> Array:
        """Evaluate a function of the problem, on the minibatch of call number ``index``."""
        problem = self.__problem
        if isinstance(problem, Stochastic) and self._shared is not WHOLE:
            shared = self._shared
            problem = problem.on(
                self._drawn_for(problem, what, index) if shared is None else shared
            )
        return getattr(problem, what)(self.xp, *arrays)

    def _drawn_for(self, problem: Stochastic, what: str, index: Array) -> Any:
        return problem.draw(self.xp, Numbers(self, f"minibatch of {what}", index))

    def _pay(self, call: Call, where: Array | None) -> Array:
        before = self.__counts[call]
        paid = 1 if where is None else self.xp.astype(where, self.xp.int64)
        self.__counts[call] = before + (paid if self._worth == 1 else self._worth * paid)
        return before

    def _part(self, counts: Sequence[Array], lanes: Ints | None = None) -> Self:
        """The same oracle, for some of the lanes or all, with counts of its own."""
        part = copy.copy(self)
        part.__counts = list(counts)
        if lanes is not None:
            part.__problem = self.__problem.select(lanes)
        return part

    def _take_back(self, counts: Sequence[Array]) -> None:
        """Go on from the counts of a part."""
        self.__counts = list(counts)

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
        return [c if isinstance(c, int) else c[lanes] for c in self.counts]


class NumpyOracle(EagerOracle):
    """The oracle of the NumPy engine: the reference."""

    xp = np

    def __init__(
        self,
        problem: Problem,
        draws: Draws,
        noise: OracleNoise = EXACT,
        counts: Sequence[Array] = (0,) * len(Call),
    ) -> None:
        super().__init__(problem, noise, counts)
        self._draws = draws
        self._dims = problem.dx, problem.dy
        self._be(None)

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
        before = self._counts_of(lanes)
        part = self._part(before, lanes)
        if self._shared is not None and self._shared is not WHOLE:
            part._shared = tree.select(self._shared, lanes)
        part._be(lanes if self._lanes is None else self._lanes[lanes])
        mine_alone = tree.map_leaves(lambda leaf: closed(leaf[lanes]), state)
        result = _cut(work, lanes)(mine_alone, part)
        counts = list(self.counts)
        for call, (old, new) in enumerate(zip(before, part.counts, strict=True)):
            if new is not old:
                whole = np.broadcast_to(np.asarray(counts[call]), where.shape)
                counts[call] = _written(whole, lanes, new)
        self._take_back(counts)
        return tree.map_leaves(lambda a, r: _written(a, lanes, r), state, result)

    def select(self, lanes: Ints) -> NumpyOracle:
        """The same oracle for some of its lanes, counts carried along."""
        part = self._part(self._counts_of(lanes), lanes)
        part._draws = self._draws.select(lanes)
        part._be(None)
        return part

    def _be(self, lanes: Ints | None) -> None:
        """Serve these of the lanes of the draws, or all."""
        self._lanes = lanes
        self._size = len(self._draws.keys if lanes is None else lanes)
        self._shapes = tuple((self._size, d) for d in (*self._dims, *self._dims))

    def _pay(self, call: Call, where: Array | None) -> Array:
        if where is not None:
            check_mask(where, self._size)
        if self.ledger is not None:
            self.ledger.note(call, where)
        return super()._pay(call, where)

    def _ask(self, what: str, index: Array, *arrays: Array) -> Array:
        check_point(what, arrays, self._shapes)
        try:
            result = super()._ask(what, index, *map(read_only, arrays))
        except ValueError as error:
            refuse_writing(self._name, error)
            raise
        shapes = self._shapes[:2] if what in ("grad", "hvp") else None
        if what == "value":
            return checked(self._name, what, result, (self._size,))
        if shapes is None:
            return checked(self._name, what, result, self._shapes[what == "grad_y"])
        parts = result if isinstance(result, tuple | list) else (result,)
        if len(parts) != 2:
            raise TypeError(f"{what} of '{self._name}' must return two arrays")
        names = ("grad_x", "grad_y") if what == "grad" else ("hvp in x", "hvp in y")
        both = zip(names, parts, shapes, strict=True)
        return tuple(checked(self._name, name, part, shape) for name, part, shape in both)


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
