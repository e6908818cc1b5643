"""Methods that multiply the probabilities of mixed strategies: mirror descent on simplices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.card import Claim
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import number, step_size
from minmaxbench.core.problem import Problem
from minmaxbench.core.sets import Simplex
from minmaxbench.errors import UserError


class Multiplied(NamedTuple):
    """An iterate, and both players' gradients in the last step."""

    x: Array
    y: Array
    last: Iterate
    t: Array
    """Steps made, (lanes, 1)."""


@register(
    "omwu",
    "Daskalakis, Panageas. Last-Iterate Convergence: Zero-Sum Games and Constrained Min-Max "
    "Optimization. ITCS 2019 (optimistic multiplicative weights update)",
)
@dataclass(frozen=True)
class MultiplicativeWeights(Algorithm):
    r"""Optimistic multiplicative weights: each strategy's probability grows with what it would have
    brought.

    .. math:: u = x \exp(-\eta [(1 + b) \nabla_x f - b \nabla_x f_p]), \quad x^+ = u/\sum_i u_i, \\
              v = y \exp(\eta [(1 + b) \nabla_y f - b \nabla_y f_p]), \quad y^+ = v/\sum_j v_j

    coordinate by coordinate, with the gradients f_p of the last step, in the first step those of the
    start. b = 1 is OMWU, b = 0
    the multiplicative weights update, which leaves. Both players must move on a simplex; a probability
    that is 0 stays 0. Cost: 1 gradient call a step. Memory: the last gradients.

    >>> from minmaxbench.testing import play
    >>> play("omwu", "policeman_burglar_d", start=(1 / 50, 1 / 50), steps=1500, eta=0.5)[-1] < 1e-5
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("Its last iterate converges in zero-sum matrix games with one equilibrium",
              "Daskalakis, Panageas. ITCS 2019, Theorem 3.1",
              "test_optimistic_weights_converge_in_matrix_games_and_plain_ones_leave"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    b: float = number(1.0, 0.0, 1.0, search=(0.0, 1.0))

    def for_problem(self, problem: Problem) -> Algorithm:
        """As for others; raises :class:`UserError` where a player does not move on a simplex."""
        for player, own in (("x", problem.x_set), ("y", problem.y_set)):
            if not isinstance(own, Simplex) or own.floor:
                raise UserError(
                    f"omwu moves on the simplex; in '{problem.name}' it is {own.describe(player)}."
                )
        return super().for_problem(problem)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Multiplied:
        """The start."""
        z = Iterate(x, y)
        return Multiplied(x, y, z, 0 * x[:, :1])

    def step(self, state: Multiplied, oracle: Oracle) -> Multiplied:
        """One step of both players."""
        xp, g = oracle.xp, Iterate(*oracle.grad(state.x, state.y))
        first = state.t == 0
        last = Iterate(*(xp.where(first, a, b) for a, b in zip(g, state.last, strict=True)))
        d = (1 + self.b) * g - self.b * last
        x = _multiplied(xp, state.x, -self.eta * d.x)
        y = _multiplied(xp, state.y, self.eta * d.y)
        return Multiplied(x, y, g, state.t + 1)


def _multiplied(xp: Namespace, z: Array, logs: Array) -> Array:
    """Probabilities times exp(logs), with the sum 1; the greatest factor is taken to be 1."""
    w = z * xp.exp(logs - xp.max(logs, axis=-1, keepdims=True))
    return w / xp.sum(w, axis=-1, keepdims=True)
