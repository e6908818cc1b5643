"""Methods with a line search, written as ticks: every step asks for F at one point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.adaptive_extragradient import OwnSteps, Stepping, relaxed
from minmaxbench.algorithms.krylov import hessian, spectral_norm
from minmaxbench.algorithms.pairs import (
    column,
    field,
    inner,
    length,
    project,
    ratio,
    where,
    zeros,
)
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Iterate
from minmaxbench.core.arrays import Array, Namespace
from minmaxbench.core.calls import Call
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import count, number, step_size


class Searching(NamedTuple):
    """A line search under way: the iterate, F there, the step tried, and what it is tried with."""

    x: Array
    y: Array
    here: Iterate
    eta: Array
    """The step size, (lanes, 1)."""
    tries: Array
    """Trials made from this iterate, (lanes, 1)."""
    testing: Array
    """Whether F at the iterate is known, and a step from it is to be tried: (lanes, 1)."""


def _searching(x: Array, y: Array, eta: Array, xp: Namespace) -> Searching:
    none = column(xp, x, 0)
    return Searching(x, y, zeros(xp, x, y), eta, none, none > 0)


@register(
    "eg_plus_curvature",
    "Pethick, Latafat, Patrinos, Fercoq, Cevher. Escaping Limit Cycles: Global Convergence for "
    "Constrained Nonconvex-Nonconcave Minimax Problems. ICLR 2022 (CurvatureEG+)",
)
@dataclass(frozen=True)
class CurvatureEGPlus(OwnSteps):
    r"""CurvatureEG+: AdaptiveEG+ with gamma from the local curvature and a line search.

    From :math:`\gamma = \nu/|J(z)|_2` on, gamma is multiplied by tau while :math:`\gamma |F(\bar z)
    - F(z)| > \nu |\bar z - z|` with :math:`\bar z = P(z - \gamma F(z))`; then the step of
    ``eg_plus_adaptive``. A step here is one *tick*: F at the iterate and the norm of the Jacobian,
    or one trial. Cost: 1 gradient call a tick, and the Hessian for the first of each iterate (as
    many products as unknowns). Memory: F, gamma.

    >>> from minmaxbench.testing import play
    >>> play("eg_plus_curvature", "global_forsaken", (1.0, 1.0), 2000)[-1] < 1e-6
    True
    """

    needs: ClassVar[frozenset[Call]] = frozenset({Call.GRAD_X, Call.GRAD_Y, Call.HVP})
    price: ClassVar = math.nan
    claims: ClassVar = (
        Claim("It leaves the limit cycles of both forsaken games", "Pethick et al. ICLR 2022",
              "test_which_methods_go_round_in_the_forsaken_games"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("Pethick et al., notebook",
                departs="it records the look ahead; here the iterate is z"),
    )  # fmt: skip

    nu: float = number(0.99, 0.0, 1.0, above=True, below=True, search=(0.5, 0.99))
    tau: float = number(0.5, 0.0, 1.0, above=True, below=True, search=(0.1, 0.95))
    lam: float = number(1.0, 0.0, 2.0, above=True, below=True)
    delta: float = number(-0.495, -0.5, 0.0, above=True)
    max_backtrack: int = count(100)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Searching:
        """The start, F there unknown."""
        return _searching(x, y, column(oracle.xp, x, 1), oracle.xp)

    def step(self, state: Searching, oracle: Oracle) -> Searching:
        """One trial, or a look at a new iterate."""
        xp, z, test = oracle.xp, Iterate(state.x, state.y), state.testing
        forward = z - state.eta * state.here
        at = where(xp, test, project(oracle, forward), z)
        found = field(oracle, at)
        curvature = oracle.where_needed(
            ~test[:, 0], _curvature, Stepping(z.x, z.y, column(xp, z.x, 0))
        ).a
        fresh = self.nu * ratio(xp, 1 + 0 * curvature, curvature, 0.0)
        short = state.eta * length(xp, found - state.here) > self.nu * length(xp, at - z)
        short = test & short & (state.tries < self.max_backtrack)
        done = test & ~short
        gap = at - state.eta * found - forward
        moved = where(xp, done, relaxed(oracle, z, at, gap, self.delta, self.lam), z)
        eta = xp.where(test, xp.where(short, self.tau * state.eta, state.eta), fresh)
        tries = xp.where(short, state.tries + 1, 0.0)
        return Searching(*moved, where(xp, test, state.here, found), eta, tries, ~done)


def _curvature(at: Stepping, oracle: Oracle) -> Stepping:
    """|J|_2 = |H|_2 in the place of the step."""
    norm = spectral_norm(oracle.xp, hessian(oracle, Iterate(at.x, at.y)))
    return at._replace(a=norm)


@register(
    "fbf_search",
    "Tseng. A Modified Forward-Backward Splitting Method for Maximal Monotone Mappings. SIAM "
    "Journal on Control and Optimization 2000; the constants of Malitsky's program (2020)",
)
@dataclass(frozen=True)
class FBFSearch(OwnSteps):
    r"""Tseng's forward-backward-forward with a line search: no Lipschitz constant is needed.

    eta starts at delta times the last; while :math:`\eta |F(\bar z) - F(z)| > \theta |\bar z - z|`
    with :math:`\bar z = P(z - \eta F(z))`, it is multiplied by beta; then

    .. math:: z^+ = P(\bar z - \eta (F(\bar z) - F(z)))

    A step here is one *tick*: F at an iterate, or one trial. Cost: 1 gradient call a tick. Memory:
    F, eta.

    >>> from minmaxbench.testing import play
    >>> play("fbf_search", "bilinear_xy", start=(1.0, 0.0), steps=1600)[-1] < 1e-9
    True
    """

    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("It converges for monotone continuous F, without knowing L",
              "Tseng. SIAM Journal on Control and Optimization 2000"),
        Claim("On f = xy it converges", "Tseng. SIAM Journal on Control and Optimization 2000",
              EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("ymalitsky/graal, nash_equilibrium/algorithms.py, commit 33bbea9",
                departs="its first step size comes from a random point near the start; ours is eta0"),
    )  # fmt: skip

    eta0: float = step_size(1.0, search=(1e-3, 10.0))
    theta: float = number(0.99, 0.0, 1.0, above=True, below=True, search=(0.3, 0.99))
    beta: float = number(0.7, 0.0, 1.0, above=True, below=True, search=(0.3, 0.95))
    delta: float = number(2.0, 1.0, search=(1.0, 2.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Searching:
        """The start, F there unknown."""
        return _searching(x, y, column(oracle.xp, x, 1) * self.eta0, oracle.xp)

    def step(self, state: Searching, oracle: Oracle) -> Searching:
        """One trial, or F at a new iterate."""
        xp, z, test = oracle.xp, Iterate(state.x, state.y), state.testing
        at = where(xp, test, project(oracle, z - state.eta * state.here), z)
        found = field(oracle, at)
        change = found - state.here
        short = state.eta * length(xp, change) > self.theta * length(xp, at - z)
        done = test & ~short
        moved = where(xp, done, project(oracle, at - state.eta * change), z)
        factor = xp.where(test, xp.where(short, self.beta, 1.0), self.delta)
        here = where(xp, test, state.here, found)
        return Searching(*moved, here, state.eta * factor, state.tries + 1, ~done)


ROUNDING = 1e-12
"""On a bilinear f both tests of FEG-A are equalities: rounding must not decide them."""


class Shrinking(NamedTuple):
    """An anchored iterate, F there, the start, the number of steps made, and two step sizes."""

    x: Array
    y: Array
    here: Iterate
    start: Iterate
    k: Array
    tau: Array
    eta: Array


@register(
    "feg_adaptive",
    "Lee, Kim. Fast Extra Gradient Methods for Smooth Structured Nonconvex-Nonconcave Minimax "
    "Problems. NeurIPS 2021 (FEG-A)",
)
@dataclass(frozen=True)
class AdaptiveFEG(OwnSteps):
    r"""Fast extragradient that finds its constants: neither L nor rho need be known.

    With :math:`b_k = 1/(k + 1)`, k = 0, 1, ..., so that the first step is GDA's:

    .. math:: \bar z = P(z + b_k (z_0 - z) - (1 - b_k) \eta F(z)), \\
              z^+ = P(z + b_k (z_0 - z) - \tau F(\bar z) - (1 - b_k)(\eta - \tau) F(z))

    where :math:`\tau |F(z^+) - F(\bar z)| \le |z^+ - \bar z|` fails, tau is multiplied by 1 -
    delta; where, for k > 0, :math:`\langle F(z^+) - F(z), z^+ - z \rangle \ge \tfrac12 (\eta -
    \tau) |F(z^+) - F(z)|^2` fails, eta is; and z^+ is tried again. (tau is near 1/L in the end, and
    eta near 1/L + 2 rho, where rho is F's comonotonicity.) A step here is one *tick*, one trial.
    Cost: 2 gradient calls a tick. Memory: F, z_0. On f = xy:

    >>> from minmaxbench.testing import play
    >>> d = play("feg_adaptive", "bilinear_xy", start=(1.0, 0.0), steps=1000)
    >>> d[-1] < 0.01
    True
    """

    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim(
            "Its |F(z_k)|^2 is at most 4 R^2/(((k - 1)(1 - delta) + 1)^2 ((1 - delta)/L + 2 rho)^2)",
            "Lee, Kim. NeurIPS 2021",
            "test_adaptive_feg_meets_its_bound_without_knowing_the_constants",
        ),
    )

    tau0: float = step_size(1.0, search=(1e-2, 100.0))
    eta0: float = step_size(1.0, search=(1e-2, 100.0))
    delta: float = number(0.1, 0.0, 1.0, above=True, below=True, search=(0.01, 0.9))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Shrinking:
        """The start, which is its own anchor, and F there."""
        z, one = Iterate(x, y), column(oracle.xp, x, 1)
        here = field(oracle, z)
        return Shrinking(x, y, here, z, 0 * one, one * self.tau0, one * self.eta0)

    def step(self, state: Shrinking, oracle: Oracle) -> Shrinking:
        """One trial."""
        xp, z, here = oracle.xp, Iterate(state.x, state.y), state.here
        k, tau, eta = state.k, state.tau, state.eta
        b = 1 / (k + 1)
        back = z + b * (state.start - z)
        ahead = project(oracle, back - ((1 - b) * eta) * here)
        middle = field(oracle, ahead)
        new = project(oracle, back - tau * middle - ((1 - b) * (eta - tau)) * here)
        there = field(oracle, new)
        change, moved = there - here, length(xp, new - ahead)
        long = tau * length(xp, there - middle) > (1 + ROUNDING) * moved
        slack = ROUNDING * length(xp, change) * length(xp, new - z)
        bound = (eta - tau) / 2 * inner(xp, change, change)
        bent = (inner(xp, change, new - z) + slack < bound) & (k > 0)
        done = ~(long | bent)
        return Shrinking(
            *where(xp, done, new, z),
            where(xp, done, there, here),
            state.start,
            xp.where(done, k + 1, k),
            xp.where(long, (1 - self.delta) * tau, tau),
            xp.where(bent, (1 - self.delta) * eta, eta),
        )
