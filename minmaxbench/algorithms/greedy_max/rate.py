"""Greedy-max as its authors programmed it for networks, without its random numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.greedy_max.base import KESWANI
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array
from minmaxbench.core.calls import Call
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import count, flag, step_size


class Rated(NamedTuple):
    """An iterate, the value that a proposal must not exceed, and the number of the next: (lanes,)."""

    x: Array
    y: Array
    f_old: Array
    j: Array


@register("greedy_max_rate", KESWANI + ", the skeleton of the authors' programs for networks")
@dataclass(frozen=True)
class GreedyMaxRate(Algorithm):
    r"""Greedy-max for networks: a gradient step for x is taken back unless f falls, but every rate-th
    time.

    Number j, from ``first`` on, proposes :math:`X = P(x - \eta_x \nabla_x f(x, y))` and Y, k ascent
    steps from y at X. If rate divides j it is accepted; otherwise only if :math:`f(X, Y) \le f_{old}`.
    f_old is f(x, y), or with ``stale`` the value of the last proposal, accepted or not (1e7 at first:
    the mixture's notebook). With ``restore`` off, a rejected y keeps its ascent steps (the same
    notebook). The programs wear Adam and see minibatches; this is what they share. Cost: (1 + k)/2
    gradient calls and two values a step, one with ``stale``.

    >>> from minmaxbench.testing import play
    >>> play("greedy_max_rate", "dirac_gan_r1", start=(1.0, 1.0), steps=3000)[-1] < 0.1
    True
    """

    needs: ClassVar = frozenset({Call.VALUE, Call.GRAD_X, Call.GRAD_Y})
    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim(
            "With rate 1 nothing is rejected, and it is alternating GDA",
            "read off the CIFAR notebook of Keswani et al. ICML 2022",
            "test_at_rate_one_nothing_is_rejected",
        ),
    )
    programs: ClassVar = (
        Program(
            "the notebooks of Keswani et al. ICML 2022 for MNIST, CIFAR-10 and the mixture",
            departs="every rate-th proposal is accepted where those toss a coin",
        ),
    )

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)
    k: int = count(1, search=(1, 3, 10))
    rate: int = count(5, search=(1, 5, 10))
    stale: bool = flag(False)
    restore: bool = flag(True)
    first: int = count(1, low=0)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Rated:
        """The start."""
        xp = oracle.xp
        j = xp.zeros(x.shape[0], dtype=xp.int64) + self.first
        return Rated(x, y, xp.full(x.shape[0], 1e7), j)

    def step(self, state: Rated, oracle: Oracle) -> Rated:
        """Propose, and accept or not."""
        xp, (x, y, f_old, j) = oracle.xp, state
        if not self.stale:
            f_old = oracle.value(x, y)
        X = oracle.project_x(x - self.eta_x * oracle.grad_x(x, y))
        Y = y
        for _ in range(self.k):
            Y = oracle.project_y(Y + self.eta_y * oracle.grad_y(X, Y))
        f_new = oracle.value(X, Y)
        accept = ((j % self.rate == 0) | (f_new <= f_old))[:, None]
        kept = xp.where(accept, Y, y) if self.restore else Y
        return Rated(xp.where(accept, X, x), kept, f_new, j + 1)
