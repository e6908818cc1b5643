"""Greedy-max of Keswani, Mangoubi, Sachdeva and Vishnoi, as published and as programmed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from minmaxbench.algorithms.base import Algorithm, preset, register
from minmaxbench.algorithms.proposals import PROPOSALS
from minmaxbench.core.arrays import Array
from minmaxbench.core.oracle import Call, Oracle
from minmaxbench.errors import UserError
from minmaxbench.problems.base import Problem

KESWANI = (
    "Keswani, Mangoubi, Sachdeva, Vishnoi. A Convergent and Dimension-Independent Min-Max "
    "Optimization Algorithm. ICML 2022"
)


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


class Greedy(Algorithm):
    """What the greedy methods share: proposals, the rule that ends them, and what may run away.

    Their hyper-parameters are plain numbers, not columns.
    """

    needs: ClassVar[frozenset[Call]] = frozenset({Call.VALUE, Call.GRAD_Y})

    r_max: int
    proposal: str
    scale: float

    def stopped(self, state: GreedyState | ProgramState) -> Array:
        """More than r_max rejections in a row."""
        return state.rejections > self.r_max

    def watched(self, state: GreedyState | ProgramState) -> tuple[Array, ...]:
        """The accepted point and the candidate, whose ascent may run to infinity."""
        return (state.x, state.y, state.candidate_x, state.candidate_y)

    def uses(self) -> tuple[Callable[..., Any], ...]:
        """The distribution Q."""
        return (PROPOSALS.get(self.proposal),)

    def _check(self) -> None:
        """Refuse hyper-parameters that are no numbers, and distributions that do not exist."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, str | int | float):
                raise UserError(
                    f"Hyper-parameters of {self.name} are plain numbers; {field.name} is a "
                    f"{type(value).__name__}."
                )
        PROPOSALS.get(self.proposal)

    def _propose(self, x: Array, y: Array, index: Array, oracle: Oracle) -> Array:
        draw = PROPOSALS.get(self.proposal)
        return oracle.project_x(x + draw(x, y, self.scale, index, oracle))


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
    here is one *tick*: one ascent step, or the judgement of a candidate and the next proposal. Cost:
    1/2 gradient call a tick and 1/2 for each judgement. The defaults are the authors' settings for
    their test functions (constant inner tolerance: L = 0; no random acceptance: tau1 = 0).

    On F1 it finds the local minimax point that repels GDA; on F2, where y escapes to infinity and no
    equilibrium exists, it says so by diverging:

    >>> from minmaxbench.testing import play
    >>> play("greedy_max", "ftr_f1", start=(5.5, 5.5), steps=20000)[-1] < 1.0
    True
    """

    eta: float = 0.05
    eps: float = 0.12
    """Accuracy; a proposal must lower f by eps/4."""
    inner_eps: float = 0.001
    """eps_0, the tolerance of the inner ascent at the start (the theory takes eps/2)."""
    L: float = 0.0
    """Smoothness in the schedule of eps_i; 0 keeps the inner tolerance constant."""
    r_max: int = 20
    tau1: float = 0.0
    """Temperature of random acceptance; 0 for none."""
    proposal: str = "gaussian"
    """The distribution Q: a name in :data:`minmaxbench.algorithms.proposals.PROPOSALS`."""
    scale: float = 0.5
    """The scale of Q: standard deviation, radius or step size."""
    max_ascents: int = 20_000
    """Ascent steps after which a candidate is judged as it is."""

    def __post_init__(self) -> None:
        self._check()
        if not 2 * self.eta * self.L < 1:
            raise UserError(
                f"The schedule eps_i needs 2 eta L < 1; got eta = {self.eta}, L = {self.L}."
            )

    def init(self, x: Array, y: Array, oracle: Oracle) -> GreedyState:
        """The start, not yet accepted, and the first proposal."""
        xp = oracle.xp
        count = xp.zeros(x.shape[0], dtype=xp.int64)
        infinite = xp.full(x.shape[0], math.inf)
        eps = xp.full(x.shape[0], self.inner_eps)
        candidate = self._propose(x, y, count, oracle)
        return GreedyState(x, y, candidate, y, infinite, eps, count, count, count)

    def step(self, state: GreedyState, oracle: Oracle) -> GreedyState:
        """One tick: ascend where the gradient is long, judge and propose elsewhere."""
        xp = oracle.xp
        X, Y = state.candidate_x, state.candidate_y
        gy = oracle.grad_y(X, Y)
        ascended = oracle.project_y(Y + self.eta * gy)
        limit = state.eps / (1 - 2 * self.eta * self.L)
        still = (oracle.slope_y(Y, gy, self.eta) <= limit) | (state.ascents >= self.max_ascents)
        climbed = state._replace(
            candidate_y=xp.where(still[:, None], Y, ascended), ascents=state.ascents + 1
        )
        return GreedyState(*oracle.on(still, self._judge, *climbed))

    def _judge(self, oracle: Oracle, *fields: Array) -> tuple[Array, ...]:
        s = GreedyState(*fields)
        xp = oracle.xp
        f_new = oracle.value(s.candidate_x, s.candidate_y)
        accept = f_new <= s.f_old - self.eps / 4
        if self.tau1:
            luck = oracle.uniform("acceptance", s.proposals, 1)[:, 0]
            accept = accept | (luck < xp.exp(-s.proposals / self.tau1))
        x = xp.where(accept[:, None], s.candidate_x, s.x)
        y = xp.where(accept[:, None], s.candidate_y, s.y)
        proposals = s.proposals + 1
        return GreedyState(
            x=x,
            y=y,
            candidate_x=self._propose(x, y, proposals, oracle),
            candidate_y=y,
            f_old=xp.where(accept, f_new, s.f_old),
            eps=xp.where(accept, s.eps / (1 - 2 * self.eta * self.L) ** 2, s.eps),
            proposals=proposals,
            rejections=xp.where(accept, 0, s.rejections + 1),
            ascents=xp.zeros_like(s.ascents),
        )


preset(
    "greedy_max_paper",
    GreedyMax,
    "Greedy-max as published, with the authors' settings for their test functions.",
)


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

    eta: float = 0.05
    delta: float = 0.03
    eps: float = 0.001
    r_max: int = 20
    proposal: str = "gaussian"
    scale: float = 0.5

    def __post_init__(self) -> None:
        self._check()

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
        judged = ~state.fresh & (oracle.slope_y(Y, gy, self.eta) <= self.eps)
        climbed = state._replace(candidate_y=ascended, fresh=xp.zeros_like(state.fresh))
        return ProgramState(*oracle.on(judged, self._judge, *climbed))

    def _judge(self, oracle: Oracle, *fields: Array) -> tuple[Array, ...]:
        s = ProgramState(*fields)
        xp = oracle.xp
        f_new = oracle.value(s.candidate_x, s.candidate_y)
        accept = f_new < s.f_old - self.delta
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


@register("greedy_max_theory", KESWANI + ", theorem, settings as recalled in our notes")
@dataclass(frozen=True)
class GreedyMaxTheory(Greedy):
    r"""Greedy-max with the settings of its theorem, computed from the problem's b and L.

    :math:`I = \tau_1 \log(r_{max}/\nu) + 8 r_{max} b/\epsilon + 1` outer iterations,
    :math:`r_{max} = \lceil \log(I/\nu)/\omega \rceil` (solved together),
    :math:`\eta = \min(1/(10 L), 1/(8 L I))` and :math:`\epsilon_0 = \epsilon/2`. The constants are
    those recalled after Keswani et al.; they stand here and nowhere else. A problem without a finite
    bound b and smoothness L is refused.
    """

    eps: float = 0.12
    omega: float = 0.1
    nu: float = 0.1
    tau1: float = 1.0
    proposal: str = "gaussian"
    scale: float = 0.5

    def suited(self, problem: Problem) -> Algorithm:
        """The published algorithm with the theorem's settings for this problem."""
        b, L = max(abs(bound) for bound in problem.card.bounds), problem.card.smoothness
        if not (math.isfinite(b) and math.isfinite(L)):
            raise UserError(
                f"greedy_max_theory needs a bound b on |f| and a smoothness L; {problem.name} has "
                f"b = {b:g}, L = {L:g}."
            )
        r_max, outer = self.iterations(b)
        eta = min(1 / (10 * L), 1 / (8 * L * outer))
        return GreedyMax(
            eta=eta,
            eps=self.eps,
            inner_eps=self.eps / 2,
            L=L,
            r_max=r_max,
            tau1=self.tau1,
            proposal=self.proposal,
            scale=self.scale,
            max_ascents=inner_steps(b, eta, self.eps),
        )

    def iterations(self, b: float) -> tuple[int, float]:
        """(r_max, I): the two settings that depend on each other, by fixed-point iteration."""
        r_max, outer = 1, 1.0
        while True:
            outer = self.tau1 * math.log(r_max / self.nu) + 8 * r_max * b / self.eps + 1
            needed = math.ceil(math.log(outer / self.nu) / self.omega)
            if needed <= r_max:
                return r_max, outer
            r_max = needed

    def init(self, x: Array, y: Array, oracle: Oracle) -> GreedyState:
        """Never reached: the harness runs what :meth:`suited` returns."""
        raise UserError("greedy_max_theory must be suited to a problem before it runs.")

    def step(self, state: GreedyState, oracle: Oracle) -> GreedyState:
        """Never reached: the harness runs what :meth:`suited` returns."""
        raise UserError("greedy_max_theory must be suited to a problem before it runs.")


def inner_steps(b: float, eta: float, eps: float) -> int:
    """J = 16 b/(eta eps^2): at most so many ascent steps for one candidate, by the theorem."""
    return math.ceil(16 * b / (eta * eps**2))
