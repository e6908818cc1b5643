"""Greedy-max as its authors programmed it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.greedy_max.base import KESWANI, Greedy
from minmaxbench.algorithms.registry import register
from minmaxbench.core.arrays import Array, flat
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import count, positive, step_size, weight


class ProgramState(NamedTuple):
    """The state of the authors' program."""

    x: Array
    y: Array
    candidate_x: Array
    candidate_y: Array
    f_old: Array
    fresh: Array
    """Whether the candidate has just been proposed, (lanes,)."""
    proposals: Array
    rejections: Array


@register("greedy_max_program", KESWANI + ", the authors' program for the test functions")
@dataclass(frozen=True)
class GreedyMaxProgram(Greedy):
    r"""Greedy-max as the authors programmed it for their test functions.

    It differs from the pseudo-code: y is maximised at the start before any proposal; the first
    ascent step for a proposal uses the gradient at the old point; a candidate is judged after the
    step whose gradient passed the test has been applied, and never in the step that proposed it;
    the inner tolerance is constant; acceptance is strict, ``f_new < f_old - delta``, and never
    random. Cost: 1/2 gradient call an ascent step and 1/2 for each judgement.

    >>> from minmaxbench.testing import play
    >>> play("greedy_max_program", "ftr_f1", start=(5.5, 5.5), steps=20000)[-1] < 1.0
    True
    """

    claims: ClassVar = (
        Claim("It comes near the minimax point of F1", "Keswani et al. ICML 2022", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("Keswani et al., Our_Algorithm.m"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    delta: float = weight(0.03)
    eps: float = positive(0.001)
    r_max: int = count(20, low=0)
    proposal: str = "gaussian"
    scale: float = positive(0.5, search=(0.05, 5.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> ProgramState:
        """The start; the program's f_old is 1000, so that the first maximum is accepted."""
        xp = oracle.xp
        count = xp.zeros(x.shape[0], dtype=xp.int64)
        fresh = xp.zeros(x.shape[0], dtype=xp.bool)
        return ProgramState(x, y, x, y, xp.full(x.shape[0], 1000.0), fresh, count, count)

    def step(self, state: ProgramState, oracle: Oracle) -> ProgramState:
        """One ascent step, and the judgement of the candidates whose gradient was short."""
        xp = oracle.xp
        seen_x = xp.where(state.fresh[:, None], state.x, state.candidate_x)
        Y = state.candidate_y
        gy = oracle.grad_y(seen_x, Y)
        ascended = oracle.project_y(Y + self.eta * gy)
        judged = ~state.fresh & (oracle.slope_y(Y, gy, self.eta) <= flat(self.eps))
        climbed = state._replace(candidate_y=ascended, fresh=xp.zeros_like(state.fresh))
        return oracle.where_needed(judged, self._decide, climbed)

    def _decide(self, s: ProgramState, oracle: Oracle) -> ProgramState:
        """Accept the candidate or not, and propose the next."""
        xp = oracle.xp
        f_new = oracle.value(s.candidate_x, s.candidate_y)
        accept = f_new < s.f_old - flat(self.delta)
        x = xp.where(accept[:, None], s.candidate_x, s.x)
        y = xp.where(accept[:, None], s.candidate_y, s.y)
        return ProgramState(
            x=x,
            y=y,
            candidate_x=self._propose(x, y, s.proposals, oracle),
            candidate_y=y,
            f_old=xp.where(accept, f_new, s.f_old),
            fresh=xp.ones_like(s.fresh),
            proposals=s.proposals + 1,
            rejections=xp.where(accept, 0, s.rejections + 1),
        )
