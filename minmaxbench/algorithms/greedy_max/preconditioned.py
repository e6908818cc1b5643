"""Greedy-max for problems seen through minibatches: proposals and ascents are steps of Adam."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from minmaxbench.algorithms.greedy_max.base import KESWANI
from minmaxbench.algorithms.parts.scaling import Adam
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.calls import Call
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, count, fraction, number, positive, step_size, weight


class Proposing(NamedTuple):
    """The accepted point, what Adam remembers, and the counters."""

    x: Array
    y: Array
    memory: Any
    f_old: Array
    """(lanes,); infinite before the first."""
    proposals: Array
    """i, (lanes,)."""
    accepted: Array
    """How many proposals were, (lanes,)."""


class Proposed(NamedTuple):
    """A candidate, and f there as far as the rule looks at it."""

    x: Array
    y: Array
    memory: Any
    f_new: Array


@dataclass(frozen=True)
class Variant:
    """In what a program differs from the published algorithm."""

    sign: float = 1.0
    """-1 where it compares the discriminator's cross-entropy, which is -f."""
    fresh: bool = False
    """Whether f_old is taken anew, on a minibatch of its own, before each proposal."""
    inside: bool = False
    """Whether f_new is taken on the last ascent's minibatch, before that ascent; else on a fresh one."""
    greedy: bool = True
    """Whether the ascents see the new x from the first on; else the first is made together with x."""
    keeps_y: bool = False
    """Whether y keeps its ascents where x is rejected."""
    overwrites: bool = False
    """Whether f_old becomes f_new after a rejection, too."""


PUBLISHED = Variant()
MIXTURE = Variant(-1.0, inside=True, greedy=False, keeps_y=True, overwrites=True)
VARIANTS = {
    "published": PUBLISHED,
    "constant": PUBLISHED,
    "mixture": MIXTURE,
    "corrected": Variant(1.0, inside=True, greedy=False, keeps_y=True, overwrites=True),
    "coin": MIXTURE,
    "coin_both": Variant(greedy=False),
    "images": Variant(fresh=True, greedy=False),
    "temperature": Variant(fresh=True, greedy=False),
}


@register("greedy_max_adam", KESWANI + ", as used for GANs, and as programmed in three notebooks")
@dataclass(frozen=True)
class GreedyMaxAdam(Algorithm):
    r"""Greedy-max with Adam: proposals are stochastic Adam steps of x, ascents k Adam steps of y.

    One step: :math:`X = P(x - \eta_x d_x)`; k times :math:`Y \leftarrow P(Y + \eta_y d_y)`, each on a
    minibatch of its own; f_new = f(X, Y) on another; then ``accept`` decides about proposal i = 0, 1, ...:

    - ``published``: if f_new > f_old - eps/4 it is rejected with probability
      :math:`\max(0, 1 - e^{-i/\tau_1})`; both players go back (Algorithm 1);
    - ``constant``: the same with the probability 1 - 1/rate, as in the paper's experiments (we recall);
    - ``mixture``: the authors' Gaussian mixture, slips included: both players step together first, f_new is
      the negative of f, on the minibatch of the last ascent and before it; accepted if f_new is not above
      f_old or i is a multiple of rate; y goes on whatever happens to x; f_old is overwritten in any case;
    - ``corrected``: the same with the right sign;
    - ``coin``: the same, accepted with probability ``chance`` whatever f is: the control;
    - ``images``: the authors' MNIST and CIFAR-10: f_old and f_new are each taken on a minibatch of its own,
      before and after the step; accepted if f_new is not above f_old or i is a multiple of rate (their
      CIFAR-10 program has rate = 1, which never rejects); ``coin_both`` is its control: both players step,
      and go back or do not, with probability ``chance``;
    - ``temperature``: their MNIST with u uniform on (0, 4 + exp((i/20000)^2)): tested only if u > 1.

    Adam's moments never go back, as in all of the programs. There is no end of its own. The defaults are
    those of the mixture. Cost: (1 + k)/2 gradient calls and 1/2 for f_new, once more for ``images``.
    Memory: the moments.

    >>> from minmaxbench.testing import play
    >>> play("greedy_max_adam", "ftr_f1", (1.0, 1.0), 3000, eta_x=0.01, eta_y=0.01)[-1] < 0.5
    True
    """

    needs: ClassVar[frozenset[Call]] = frozenset({Call.VALUE, Call.GRAD_X, Call.GRAD_Y})
    price: ClassVar = 4.0
    claims: ClassVar = (
        Claim("It learns all four modes of the mixture more often than GDA and unrolled GANs",
              "Keswani et al. ICML 2022, table 1 as recalled"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("Keswani et al., notebook of the Gaussian mixture"),
        Program("Keswani et al., notebooks of MNIST and CIFAR-10",
                departs="each player's Adam counts its own steps, where theirs share one counter"),
    )  # fmt: skip

    eta_x: float = step_size(1e-3, relative=False)
    eta_y: float = step_size(1e-4, relative=False)
    beta1: float = fraction(0.5)
    beta2: float = fraction(0.999)
    adam_eps: float = positive(1e-8)
    k: int = count(6, search=(1, 3, 6, 12))
    accept: str = choice(
        "constant",
        "published",
        "mixture",
        "corrected",
        "coin",
        "coin_both",
        "images",
        "temperature",
    )
    eps: float = weight(0.0)
    """Accuracy: a proposal that is not to be decided by luck must lower f by eps/4."""
    tau1: float = positive(100.0)
    """Temperature of ``published``."""
    rate: int = count(4)
    chance: float = number(0.623, 0.0, 1.0)
    """Of ``coin``; the default is the rate of the authors' saved run."""

    def init(self, x: Array, y: Array, oracle: Oracle) -> Proposing:
        """The start, nothing accepted."""
        xp = oracle.xp
        count = xp.zeros(x.shape[0], dtype=xp.int64)
        infinite = xp.full(x.shape[0], math.inf)
        return Proposing(x, y, self._adam().init(x, y, xp), infinite, count, count)

    def step(self, state: Proposing, oracle: Oracle) -> Proposing:
        """One proposal, its ascents, and the decision."""
        xp, variant = oracle.xp, VARIANTS[self.accept]
        f_old = oracle.value(state.x, state.y) if variant.fresh else state.f_old
        new = self._propose(state, oracle, variant)
        accept = self._accepts(new.f_new, f_old, state.proposals, oracle)
        yes = accept[:, None]
        return Proposing(
            x=xp.where(yes, new.x, state.x),
            y=new.y if variant.keeps_y else xp.where(yes, new.y, state.y),
            memory=new.memory,
            f_old=new.f_new if variant.overwrites else xp.where(accept, new.f_new, f_old),
            proposals=state.proposals + 1,
            accepted=state.accepted + xp.astype(accept, xp.int64),
        )

    def uses(self) -> tuple[Callable[..., Any], ...]:
        """What the steps are made of."""
        return (Adam,)

    def _adam(self) -> Adam:
        return Adam(self.beta1, self.beta2, self.adam_eps)

    def _propose(self, state: Proposing, oracle: Oracle, variant: Variant) -> Proposed:
        """Adam's step of x and k of y, and f_new."""
        xp, adam = oracle.xp, self._adam()
        x, y, ascents = state.x, state.y, self.k
        if variant.greedy:
            down, up = oracle.grad_x(x, y), None
        else:
            down, up = oracle.grad(x, y)
            ascents -= 1
        down, up, memory = adam.turn(state.memory, down, up, xp)
        x = oracle.project_x(x - self.eta_x * down)
        if up is not None:
            y = oracle.project_y(y + self.eta_y * up)
        f_new = xp.full(x.shape[0], math.inf)
        for left in range(ascents, 0, -1):
            with oracle.paired():
                if variant.inside and left == 1:
                    f_new = variant.sign * oracle.value(x, y)
                up = oracle.grad_y(x, y)
            _, up, memory = adam.turn(memory, None, up, xp)
            y = oracle.project_y(y + self.eta_y * up)
        if not (variant.inside and ascents):
            f_new = variant.sign * oracle.value(x, y)
        return Proposed(x, y, memory, f_new)

    def _accepts(self, f_new: Array, f_old: Array, i: Array, oracle: Oracle) -> Array:
        """The lanes that accept proposal i."""
        xp = oracle.xp
        luck = oracle.uniform("acceptance", i, 1)[:, 0]
        if self.accept.startswith("coin"):
            return luck < self.chance
        lower = f_new <= f_old - self.eps / 4
        if self.accept in ("mixture", "corrected", "images"):
            return lower | (i % self.rate == 0)
        return lower | (luck < self._by_luck(i, xp))

    def _by_luck(self, i: Array, xp: Namespace) -> Array:
        """The probability with which a proposal is accepted that does not lower f."""
        i = xp.astype(i, xp.float64)
        if self.accept == "published":
            return xp.exp(-i / self.tau1)
        if self.accept == "temperature":
            return 1 / (4 + xp.exp((i / 20000) ** 2))
        return 1 / self.rate + 0 * i
