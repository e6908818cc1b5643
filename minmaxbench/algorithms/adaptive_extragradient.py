"""Extragradient methods that find their own step sizes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.pairs import (
    column,
    field,
    inner,
    length,
    project,
    ratio,
    zeros,
)
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate, Memoryless
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, number, positive, step_size, weight


class Stepping(NamedTuple):
    """An iterate and what its step size is made of, as a (lanes, 1) column."""

    x: Array
    y: Array
    a: Array


class OwnSteps(Algorithm):
    """What the methods share that find their own step sizes."""

    own_steps: ClassVar = True
    step_sizes: ClassVar = ()
    price: ClassVar = 2.0


@register(
    "eg_adaptive_boehm",
    "Boehm. Solving Nonconvex-Nonconcave Min-Max Problems Exhibiting Weak Minty Solutions. TMLR "
    "2023 (adaptive EG+)",
)
@dataclass(frozen=True)
class AdaptiveEGPlus(OwnSteps):
    r"""EG+ whose step size comes down to the local Lipschitz constant.

    .. math:: \bar z = P(z - a F(z)), \quad z^+ = P(z - \gamma a F(\bar z)), \quad
              a^+ = \min(a, \tau |\bar z - z| / |F(\bar z) - F(z)|)

    The smaller step counts from the next iteration on. His programs have tau = 1. Cost: 2 gradient
    calls a step. Memory: a. On f = xy, where the constant is 1, it finds tau:

    >>> from minmaxbench.testing import play
    >>> d = play("eg_adaptive_boehm", "bilinear_xy", (1.0, 0.0), 400, a0=10.0, tau=0.5)
    >>> abs(d[400] / d[399] - ((1 - 0.125) ** 2 + 0.0625) ** 0.5) < 1e-12
    True
    """

    claims: ClassVar = (
        Claim("It converges where there is a weak Minty solution, without knowing L",
              "Boehm. TMLR 2023"),
        Claim("On f = xy its step comes down to tau/L", "Boehm. TMLR 2023", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("Boehm, in Julia", departs="it leaves out tau"),
    )  # fmt: skip

    a0: float = step_size(0.5)
    tau: float = number(0.99, 0.0, 1.0, above=True, search=(0.1, 1.0))
    gamma: float = number(0.5, 0.0, 1.0, above=True, search=(0.1, 1.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Stepping:
        """The start."""
        return Stepping(x, y, column(oracle.xp, x, 1) * self.a0)

    def step(self, state: Stepping, oracle: Oracle) -> Stepping:
        """EG+, then a smaller a."""
        xp, z, a = oracle.xp, Iterate(state.x, state.y), state.a
        here = field(oracle, z)
        ahead = project(oracle, z - a * here)
        there = field(oracle, ahead)
        new = project(oracle, z - (self.gamma * a) * there)
        bound = ratio(xp, length(xp, ahead - z), length(xp, there - here), math.inf)
        return Stepping(*new, xp.minimum(a, self.tau * bound))


def relaxed(
    oracle: Oracle, z: Iterate, ahead: Iterate, gap: Iterate, delta: Array, lam: Array
) -> Iterate:
    """P(z + lam alpha gap), the step of AdaptiveEG+; ``gap`` is H(ahead) - H(z)."""
    xp = oracle.xp
    alpha = delta + ratio(xp, inner(xp, ahead - z, gap), inner(xp, gap, gap), 0.0)
    return project(oracle, z + (lam * alpha) * gap)


@register(
    "eg_plus_adaptive",
    "Pethick, Latafat, Patrinos, Fercoq, Cevher. Escaping Limit Cycles: Global Convergence for "
    "Constrained Nonconvex-Nonconcave Minimax Problems. ICLR 2022 (AdaptiveEG+)",
)
@dataclass(frozen=True)
class PethickEGPlus(Memoryless):
    r"""AdaptiveEG+: look gamma ahead, then as far as the half-space found there allows.

    With :math:`H(z) = z - \gamma F(z)`:

    .. math:: \bar z = P(H(z)), \quad
              \alpha = \delta + \frac{\langle \bar z - z, H(\bar z) - H(z) \rangle}
                                     {|H(\bar z) - H(z)|^2}, \quad
              z^+ = P(z + \lambda \alpha (H(\bar z) - H(z)))

    delta is in units of gamma, and :math:`\gamma = 1/L`. Their programs record :math:`\bar z`; here
    it is z. Cost: 2 gradient calls a step. It leaves the limit cycle of the forsaken game in which
    the extragradient stays:

    >>> from minmaxbench.testing import play
    >>> play("extragradient", "global_forsaken", (1.0, 1.0), 3000)[-1] > 1
    True
    >>> play("eg_plus_adaptive", "global_forsaken", (1.0, 1.0), 3000, gamma=0.1)[-1] < 1e-9
    True
    """

    own_steps: ClassVar = True
    step_sizes: ClassVar = ("gamma",)
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("It converges where there is a weak Minty solution with rho > -1/(2 L)",
              "Pethick et al. ICLR 2022"),
        Claim("It leaves the limit cycle of the global forsaken game, in which the extragradient "
              "stays", "Pethick et al. ICLR 2022",
              "test_which_methods_go_round_in_the_forsaken_games"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("Pethick et al., notebook",
                departs="it records the look ahead; here the iterate is z"),
    )  # fmt: skip

    gamma: float = step_size(0.05)
    delta: float = number(-0.495, -0.5, 0.0, above=True)
    lam: float = number(1.0, 0.0, 2.0, above=True, below=True)

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """Look ahead, then step as far as alpha says."""
        forward = state - self.gamma * field(oracle, state)
        ahead = project(oracle, forward)
        gap = ahead - self.gamma * field(oracle, ahead) - forward
        return relaxed(oracle, state, ahead, gap, self.delta, self.lam)


@register(
    "eg_universal",
    "Antonakopoulos, Belmega, Mertikopoulos. Adaptive Extra-Gradient Methods for Min-Max "
    "Optimization and Games. ICLR 2021 (AdaProx, Euclidean)",
)
@dataclass(frozen=True)
class UniversalExtragradient(OwnSteps):
    r"""Extragradient without parameters: its step shrinks with the differences seen.

    .. math:: \eta_t = \Big(1 + \sum_{s < t} |F(\bar z_s) - F(z_s)|^2\Big)^{-1/2}, \quad
              \bar z_t = P(z_t - \eta_t F(z_t)), \quad z_{t+1} = P(z_t - \eta_t F(\bar z_t))

    Cost: 2 gradient calls a step. Memory: the sum.

    >>> from minmaxbench.testing import play
    >>> play("eg_universal", "bilinear_xy", start=(1.0, 0.0), steps=1000)[-1] < 1e-30
    True
    """

    claims: ClassVar = (
        Claim("It converges for smooth monotone F at O(1/T), for bounded F at O(1/sqrt(T)), "
              "without parameters", "Antonakopoulos, Belmega, Mertikopoulos. ICLR 2021"),
        Claim("On f = xy its step stays above 0 and it converges linearly",
              "Antonakopoulos, Belmega, Mertikopoulos. ICLR 2021", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("two ports"),
    )  # fmt: skip

    def init(self, x: Array, y: Array, oracle: Oracle) -> Stepping:
        """The start."""
        return Stepping(x, y, column(oracle.xp, x, 1))

    def step(self, state: Stepping, oracle: Oracle) -> Stepping:
        """Extragradient, and its difference into the sum."""
        xp, z = oracle.xp, Iterate(state.x, state.y)
        eta = 1 / xp.sqrt(state.a)
        here = field(oracle, z)
        there = field(oracle, project(oracle, z - eta * here))
        gap = there - here
        return Stepping(*project(oracle, z - eta * there), state.a + inner(xp, gap, gap))


@register(
    "mirror_prox_universal",
    "Bach, Levy. A Universal Algorithm for Variational Inequalities Adaptive to Smoothness and "
    "Noise. COLT 2019 (Euclidean)",
)
@dataclass(frozen=True)
class UniversalMirrorProx(OwnSteps):
    r"""Universal mirror-prox: the step shrinks with the distances moved.

    .. math:: \eta_t = D \Big(G_0 + \sum_{s < t} Z_s\Big)^{-1/2}, \quad
              \bar z_t = P(z_t - \eta_t F(z_t)), \quad z_{t+1} = P(z_t - \eta_t F(\bar z_t)), \\
              Z_t = (|\bar z_t - z_{t+1}|^2 + |\bar z_t - z_t|^2) / (5 \eta_t^2)

    The paper's answer is the mean of the :math:`\bar z_t`; the iterate here is z. Cost: 2 gradient
    calls a step. Memory: the sum.

    >>> from minmaxbench.testing import play
    >>> play("mirror_prox_universal", "bilinear_xy", start=(1.0, 0.0), steps=1000)[-1] < 1e-9
    True
    """

    claims: ClassVar = (
        Claim("The mean of its looks ahead has a gap of O(1/T) for smooth monotone F and of "
              "O(1/sqrt(T)) for bounded F", "Bach, Levy. COLT 2019"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("lucasmrdt",
                departs="the paper's answer is a mean; here the iterate is the last one"),
    )  # fmt: skip

    D: float = positive(math.sqrt(2), search=(0.1, 10.0))
    G0: float = positive(2.0, search=(0.1, 100.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Stepping:
        """The start."""
        return Stepping(x, y, column(oracle.xp, x, 1) * self.G0)

    def step(self, state: Stepping, oracle: Oracle) -> Stepping:
        """Extragradient, and its moves into the sum."""
        xp, z = oracle.xp, Iterate(state.x, state.y)
        eta = self.D / xp.sqrt(state.a)
        ahead = project(oracle, z - eta * field(oracle, z))
        new = project(oracle, z - eta * field(oracle, ahead))
        moved = inner(xp, ahead - new, ahead - new) + inner(xp, ahead - z, ahead - z)
        return Stepping(*new, state.a + moved / (5 * eta * eta))


class Dual(NamedTuple):
    """An iterate and its dual: the start, the sum of all -F, the squares, the F seen last."""

    x: Array
    y: Array
    start: Iterate
    dual: Iterate
    squares: Array
    last: Iterate


@register(
    "dual_extrapolation",
    "Antonakopoulos, Pethick, Kavis, Mertikopoulos, Cevher. Sifting through the Noise: Universal "
    "First-Order Methods for Stochastic Variational Inequalities. NeurIPS 2021 (DualX, DualOpt, "
    "DualAvg)",
)
@dataclass(frozen=True)
class DualExtrapolation(OwnSteps):
    r"""Dual extrapolation with an adaptive step: every iterate is the start plus all steps made.

    .. math:: \bar z = P(z - \gamma g), \quad Y^+ = Y - F(\bar z), \quad
              z^+ = P(z_0 + \gamma^+ Y^+), \\
              \gamma = lr \Big(1 + \sum |F(\bar z) - g|^2\Big)^{-1/2}

    ``look`` says what g is: the gradient seen last (DualOpt, which begins with 0), F(z) (DualX), or
    0 (DualAvg). Cost: 1 gradient call a step, 2 with ``look="extra"``. Memory: four vectors.

    >>> from minmaxbench.testing import play
    >>> play("dual_extrapolation", "bilinear_xy", (1.0, 0.0), 1000, look="extra")[-1] < 1e-9
    True
    """

    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("It converges at O(1/T) under relative noise, without knowing the noise or L",
              "Antonakopoulos et al. NeurIPS 2021"),
        Claim("On f = xy it converges", "Antonakopoulos et al. NeurIPS 2021", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("LIONS-EPFL/vi-relative-noise"),
    )  # fmt: skip

    lr: float = step_size(1.0, search=(0.1, 200.0), relative=False)
    look: str = choice("past", "extra", "none")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Dual:
        """The start, nothing seen."""
        none = zeros(oracle.xp, x, y)
        return Dual(x, y, Iterate(x, y), none, column(oracle.xp, x, 1), none)

    def step(self, state: Dual, oracle: Oracle) -> Dual:
        """Look ahead, collect, and step from the start."""
        xp, z = oracle.xp, Iterate(state.x, state.y)
        g = field(oracle, z) if self.look == "extra" else state.last
        there = field(oracle, project(oracle, z - (self.lr / xp.sqrt(state.squares)) * g))
        dual, gap = state.dual - there, there - g
        squares = state.squares + inner(xp, gap, gap)
        new = project(oracle, state.start + (self.lr / xp.sqrt(squares)) * dual)
        last = there if self.look == "past" else state.last
        return Dual(*new, state.start, dual, squares, last)


@register(
    "eg_l0_l1",
    "Extragradient for (L0, L1)-Lipschitz operators with the step 1/(c0 + c1 |F|^alpha), 2025, "
    "as digested in our notes",
)
@dataclass(frozen=True)
class SmoothlyGrowingExtragradient(Memoryless):
    r"""Extragradient whose step is short where F is long.

    .. math:: \gamma = \frac{1}{c_0 + c_1 |F(z)|^\alpha}, \quad \bar z = P(z - \gamma F(z)), \quad
              z^+ = P(z - \gamma F(\bar z))

    Cost: 2 gradient calls a step. On polynomials that throw the extragradient out it stays:

    >>> from minmaxbench.testing import play
    >>> play("extragradient", "omd_ex22", (2.0, 2.0), 5, eta=0.1)[-1] < 1e3
    False
    >>> play("eg_l0_l1", "omd_ex22", (2.0, 2.0), 2000)[-1] < 3.0
    True
    """

    own_steps: ClassVar = True
    step_sizes: ClassVar = ()
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("It converges for monotone (L0, L1)-Lipschitz F, where a constant step may throw "
              "the extragradient out", "2025, as quoted in digests: the paper was not read"),
    )  # fmt: skip

    c0: float = positive(10.0, search=(1.0, 1000.0))
    c1: float = weight(10.0, search=(0.0, 100.0))
    alpha: float = number(1.0, 0.0, 1.0, search=(0.0, 1.0))

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """Look ahead, then step."""
        here = field(oracle, state)
        gamma = 1 / (self.c0 + self.c1 * length(oracle.xp, here) ** self.alpha)
        ahead = project(oracle, state - gamma * here)
        return project(oracle, state - gamma * field(oracle, ahead))
