"""A rule of gradients that is given values of f alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from minmaxbench.algorithms.parts.averaging import Around
from minmaxbench.algorithms.parts.before import Before
from minmaxbench.algorithms.parts.composed import GRADIENTS
from minmaxbench.core.arrays import Array, dot
from minmaxbench.core.calls import Call
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, count, positive
from minmaxbench.errors import UserError


class Guessed(NamedTuple):
    """The state of a rule, and the number of estimates made, (lanes,)."""

    rule: Any
    made: Array

    @property
    def x(self) -> Array:
        """The min-player's iterate."""
        return self.rule.x

    @property
    def y(self) -> Array:
        """The max-player's iterate."""
        return self.rule.y


@dataclass(frozen=True)
class ZerothOrder(Around):
    r"""The rule sees two-point estimates of the gradients, made of values of f.

    .. math:: \hat\nabla_x f = \frac{d_x}{\mu q} \sum_{i=1}^{q} [f(x + \mu u_i, y) - f(x, y)] u_i

    with :math:`u_i` uniform on the unit sphere; with ``difference="central"`` it is :math:`[f(x + \mu
    u_i, y) - f(x - \mu u_i, y)]/2` in the brackets. Likewise in y. Points beside a set are asked for,
    too. Liu, Lu, Chen, Feng, Xu, Al-Dujaili, Hong, O'Reilly. Min-Max Optimization without Gradients.
    ICML 2020, Eq. 3; central: Shamir. JMLR 2017.
    """

    mu: float = positive(1e-3, search=(1e-6, 1e-1))
    q: int = count(5, search=(1, 5, 20, 50))
    difference: str = choice("forward", "central")

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.rule.needs <= GRADIENTS:
            more = ", ".join(call.words for call in sorted(self.rule.needs - GRADIENTS))
            raise UserError(
                f"{self.rule.name} asks for {more}, which ZerothOrder does not estimate."
            )
        object.__setattr__(self, "needs", frozenset({Call.VALUE}))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Guessed:
        """The rule's start, on estimates."""
        guess = Estimated(oracle, self, oracle.xp.zeros(x.shape[0], dtype=oracle.xp.int64))
        return Guessed(self.rule.init(x, y, guess), guess.memory)

    def step(self, state: Guessed, oracle: Oracle) -> Guessed:
        """A step of the rule, on estimates."""
        guess = Estimated(oracle, self, state.made)
        return Guessed(self.rule.step(state.rule, guess), guess.memory)


class Estimated(Before):
    """The oracle as the rule sees it: every gradient is an estimate with directions of its own."""

    def __init__(self, below: Oracle, law: ZerothOrder, made: Array) -> None:
        # Estimates made by now number the directions.
        super().__init__(below, made)
        self._law = law

    def again(self, below: Oracle, memory: Array) -> Estimated:
        """The same before another oracle."""
        return Estimated(below, self._law, memory)

    def grad(self, x: Array, y: Array, where: Array | None = None) -> tuple[Array, Array]:
        """Both estimates, with one value at the point itself."""
        here = self._value_here(x, y, where)
        gx, gy = self._of_x(x, y, here, where), self._of_y(x, y, here, where)
        self._count(where)
        return gx, gy

    def grad_x(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """That in x."""
        gx = self._of_x(x, y, self._value_here(x, y, where), where)
        self._count(where)
        return gx

    def grad_y(self, x: Array, y: Array, where: Array | None = None) -> Array:
        """That in y."""
        gy = self._of_y(x, y, self._value_here(x, y, where), where)
        self._count(where)
        return gy

    def _value_here(self, x: Array, y: Array, where: Array | None) -> Array:
        central = self._law.difference == "central"
        return None if central else self._below.value(x, y, where)

    def _count(self, where: Array | None) -> None:
        self.memory = self.memory + (1 if where is None else self.xp.astype(where, self.xp.int64))

    def _of_x(self, x: Array, y: Array, here: Array, where: Array | None) -> Array:
        return self._estimate("x", x, lambda at: self._below.value(at, y, where), here)

    def _of_y(self, x: Array, y: Array, here: Array, where: Array | None) -> Array:
        return self._estimate("y", y, lambda at: self._below.value(x, at, where), here)

    def _estimate(self, player: str, z: Array, f: Callable[[Array], Array], here: Array) -> Array:
        """The mean over q directions, for the function f of one player."""
        law, d, total = self._law, z.shape[-1], 0.0 * z
        drawn = self._below.normal(f"zeroth order {player}", self.memory, law.q * d)
        for k in range(law.q):
            u = drawn[:, k * d : (k + 1) * d]
            u = u / self.xp.sqrt(dot(self.xp, u, u))
            ahead = f(z + law.mu * u)
            rise = (ahead - f(z - law.mu * u)) / 2 if here is None else ahead - here
            total = total + rise[:, None] * u
        return d / (law.mu * law.q) * total
