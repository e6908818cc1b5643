"""Greedy-max with the settings of its theorem."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from minmaxbench.algorithms.greedy_max.base import KESWANI, Greedy
from minmaxbench.algorithms.greedy_max.published import GreedyMax, GreedyState
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import Claim
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import number, positive, weight
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError

UNSET = (
    "greedy_max_theory takes its settings from a problem: run what for_problem(problem) returns."
)


@register("greedy_max_theory", KESWANI + ", theorem, settings as recalled in our notes")
@dataclass(frozen=True)
class GreedyMaxTheory(Greedy):
    r"""Greedy-max with the settings of its theorem, computed from the problem's b and L.

    :math:`I = \tau_1 \log(r_{max}/\nu) + 8 r_{max} b/\epsilon + 1` outer iterations, :math:`r_{max}
    = \lceil \log(I/\nu)/\omega \rceil` (solved together), :math:`\eta = \min(1/(10 L), 1/(8 L I))`
    and :math:`\epsilon_0 = \epsilon/2`. The constants are those recalled after Keswani et al.; they
    stand here and nowhere else. A problem without a finite bound b and smoothness L is refused.
    """

    claims: ClassVar = (
        Claim("With these settings it finds an (eps, omega)-equilibrium with probability 1 - nu",
              "Keswani et al. ICML 2022"),
    )  # fmt: skip

    eps: float = positive(0.12)
    omega: float = number(0.1, 0.0, 1.0, above=True, below=True)
    nu: float = number(0.1, 0.0, 1.0, above=True, below=True)
    tau1: float = weight(1.0)
    proposal: str = "gaussian"
    scale: float = positive(0.5)

    def for_problem(self, problem: Problem) -> Algorithm:
        """The published algorithm with the theorem's settings for this problem."""
        b, L = max(abs(bound) for bound in problem.about.bounds), problem.about.smoothness
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
        """Never reached: the harness runs what :meth:`for_problem` returns."""
        raise UserError(UNSET)

    def step(self, state: GreedyState, oracle: Oracle) -> GreedyState:
        """Never reached: the harness runs what :meth:`for_problem` returns."""
        raise UserError(UNSET)


def inner_steps(b: float, eta: float, eps: float) -> int:
    """J = 16 b/(eta eps^2): at most so many ascent steps for one candidate, by the theorem."""
    return math.ceil(16 * b / (eta * eps**2))
