"""Greedy-max as published."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from minmaxbench.algorithms.greedy_max.base import KESWANI, Greedy
from minmaxbench.algorithms.registry import register
from minmaxbench.core.arrays import Array, flat
from minmaxbench.core.card import Claim
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import count, positive, relative_steps, step_size, weight, word
from minmaxbench.errors import UserError


class GreedyState(NamedTuple):
    """The accepted point, the candidate under ascent, and the counters of Algorithm 1."""

    x: Array
    y: Array
    candidate_x: Array
    candidate_y: Array
    f_old: Array
    """f at the accepted point, (lanes,); infinite before the first."""
    eps: Array
    """eps_i, (lanes,)."""
    proposals: Array
    """i, the proposals judged, (lanes,)."""
    rejections: Array
    """r, the rejections in a row, (lanes,)."""
    ascents: Array
    """Ascent steps made for this candidate, (lanes,)."""


@register("greedy_max", KESWANI + ", Algorithms 1 and 2")
@dataclass(frozen=True)
class GreedyMax(Greedy):
    r"""Greedy-max as published: random proposals for x, greedy ascent for y, accept on decrease.

    Repeat until more than ``r_max`` proposals in a row are rejected:

    1. propose :math:`X = P(x + \Delta)`, :math:`\Delta \sim Q_{x,y}`;
    2. from y, ascend :math:`Y \leftarrow P(Y + \eta \nabla_y f(X, Y))` while the gradient is longer
       than :math:`\epsilon_i / (1 - 2 \eta L)` (Algorithm 2: the gradient that passes is not
       applied);
    3. accept (X, Y) if :math:`f(X, Y) \le f_{old} - \epsilon/4`, else with probability
       :math:`e^{-i/\tau_1}`; on acceptance :math:`\epsilon_{i+1} = \epsilon_i/(1 - 2 \eta L)^2`.

    On a set the length of the projected step, divided by eta, stands for the gradient's. A step
    here is one *tick*: one ascent step, or the judgement of a candidate and the next proposal.
    Cost: 1/2 gradient call a tick and 1/2 for each judgement. The defaults are the authors'
    settings for their test functions (constant inner tolerance: L = 0; no random acceptance: tau1 =
    0).

    On F1 it finds the local minimax point that repels GDA; on F2, where y escapes to infinity and
    no equilibrium exists, it says so by diverging:

    >>> from minmaxbench.testing import play
    >>> play("greedy_max", "ftr_f1", start=(5.5, 5.5), steps=20000)[-1] < 1.0
    True
    """

    claims: ClassVar[tuple[Claim, ...]] = (
        Claim("It finds an (eps, omega)-equilibrium of any bounded f with Lipschitz gradient in "
              "poly(b, L, 1/eps) steps, whatever the dimension", "Keswani et al. ICML 2022"),
        Claim("It comes to the minimax point of F1", "Keswani et al. ICML 2022",
              "test_the_minimax_point_of_f1_repels_gda_and_attracts_those_that_let_y_answer"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    eps: float = positive(0.12, search=(0.01, 1.0))
    """Accuracy; a proposal must lower f by eps/4."""
    inner_eps: float = positive(0.001, search=(1e-4, 0.1))
    """eps_0, the tolerance of the inner ascent at the start (the theory takes eps/2)."""
    L: float = weight(0.0)
    """Smoothness in the schedule of eps_i; 0 keeps the inner tolerance constant."""
    r_max: int = count(20, low=0, search=(5, 100))
    tau1: float = weight(0.0)
    """Temperature of random acceptance; 0 for none."""
    proposal: str = word("gaussian", search=("gaussian", "annealed", "gradient_noise", "low_rank"))
    """The distribution Q: a name in
    :data:`minmaxbench.algorithms.greedy_max.proposals.PROPOSALS`."""
    scale: float = positive(0.5, search=(0.05, 5.0))
    """The scale of Q: standard deviation, radius or step size."""
    max_ascents: int = count(20_000)
    """Ascent steps after which a candidate is judged as it is."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not relative_steps(self) and np.any(2 * self.eta * self.L >= 1):
            raise UserError(
                f"The schedule eps_i needs 2 eta L < 1; got eta = {self.eta}, L = {self.L}."
            )

    def init(self, x: Array, y: Array, oracle: Oracle) -> GreedyState:
        """The start, not yet accepted, and the first proposal."""
        xp = oracle.xp
        count = xp.zeros(x.shape[0], dtype=xp.int64)
        infinite = xp.full(x.shape[0], math.inf)
        eps = xp.zeros(x.shape[0]) + flat(self.inner_eps)
        candidate = self._propose(x, y, count, oracle)
        return GreedyState(x, y, candidate, y, infinite, eps, count, count, count)

    def step(self, state: GreedyState, oracle: Oracle) -> GreedyState:
        """One tick: ascend where the gradient is long, judge and propose elsewhere."""
        xp = oracle.xp
        X, Y = state.candidate_x, state.candidate_y
        gy = oracle.grad_y(X, Y)
        ascended = oracle.project_y(Y + self.eta * gy)
        limit = state.eps / flat(1 - 2 * self.eta * self.L)
        slope = oracle.slope_y(Y, gy, self.eta)
        still = (slope <= limit) | (state.ascents >= flat(self.max_ascents))
        climbed = state._replace(
            candidate_y=xp.where(still[:, None], Y, ascended), ascents=state.ascents + 1
        )
        return oracle.where_needed(still, self._decide, climbed)

    def _decide(self, s: GreedyState, oracle: Oracle) -> GreedyState:
        """Accept the candidate or not, and propose the next."""
        xp = oracle.xp
        f_new = oracle.value(s.candidate_x, s.candidate_y)
        accept = f_new <= s.f_old - flat(self.eps) / 4
        if not (isinstance(self.tau1, float) and self.tau1 == 0):
            luck = oracle.uniform("acceptance", s.proposals, 1)[:, 0]
            accept = accept | (luck < xp.exp(-s.proposals / flat(self.tau1)))
        x = xp.where(accept[:, None], s.candidate_x, s.x)
        y = xp.where(accept[:, None], s.candidate_y, s.y)
        proposals = s.proposals + 1
        return GreedyState(
            x=x,
            y=y,
            candidate_x=self._propose(x, y, proposals, oracle),
            candidate_y=y,
            f_old=xp.where(accept, f_new, s.f_old),
            eps=xp.where(accept, s.eps / flat(1 - 2 * self.eta * self.L) ** 2, s.eps),
            proposals=proposals,
            rejections=xp.where(accept, 0, s.rejections + 1),
            ascents=xp.zeros_like(s.ascents),
        )
