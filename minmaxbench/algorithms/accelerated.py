"""Accelerated methods at one gradient call a step: memory and momentum in the place of a second
call."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.pairs import (
    column,
    field,
    inner,
    project,
    ratio,
    zeros,
)
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import number, positive, step_size


class Path(NamedTuple):
    """An iterate, the one before it and the start; F where it was seen last; a correction;
    steps."""

    x: Array
    y: Array
    old: Iterate
    start: Iterate
    last: Iterate
    zeta: Iterate
    k: Array
    """The number of the next step, from 1 on: (lanes, 1)."""


def _begin(x: Array, y: Array, last: Iterate, oracle: Oracle) -> Path:
    z = Iterate(x, y)
    return Path(x, y, z, z, last, zeros(oracle.xp, x, y), column(oracle.xp, x, 1))


@register(
    "arg",
    "Cai, Zheng. Accelerated Single-Call Methods for Constrained Min-Max Optimization. ICLR 2023 "
    "(ARG)",
)
@dataclass(frozen=True)
class AcceleratedReflectedGradient(Algorithm):
    r"""Accelerated reflected gradient: reflection and an anchor.

    For k = 1, 2, ...:

    .. math:: w = 2 z_k - z_{k-1} + \frac{z_0 - z_k}{k + 1} - \frac{z_k - z_{k-1}}{k}, \quad
              z_{k+1} = P\Big(z_k - \eta F(w) + \frac{z_0 - z_k}{k + 1}\Big)

    :math:`\eta \le 1/(12 L)`. Cost: 1 gradient call a step. Memory: z_0, the last iterate. k
    |F(z_k)| stays bounded, also for F that is a little less than monotone; on f = xy:

    >>> from minmaxbench.testing import play
    >>> d = play("arg", "bilinear_xy", start=(1.0, 1.0), steps=4000, eta=1 / 12)
    >>> round(4000 * d[-1], 1)
    17.0
    """

    step_sizes: ClassVar = ()
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("k |F(z_k)| stays bounded for F that is Lipschitz and a little less than monotone; "
              "it tends to 17.0 on f = xy", "Cai, Zheng. ICLR 2023", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("monviso (ECC 2025)"),
    )  # fmt: skip

    eta: float = step_size(0.05)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Path:
        """The start, twice."""
        return _begin(x, y, Iterate(x, y), oracle)

    def step(self, state: Path, oracle: Oracle) -> Path:
        """One step."""
        z, k = Iterate(state.x, state.y), state.k
        back, drift = (state.start - z) / (k + 1), z - state.old
        look = z + drift + back - drift / k
        new = project(oracle, z - self.eta * field(oracle, look) + back)
        return Path(*new, z, state.start, state.last, state.zeta, k + 1)


@register(
    "fast_ogda",
    "Bot, Csetnek, Nguyen. Fast Optimistic Gradient Descent Ascent (OGDA) Method in Continuous and "
    "Discrete Time. Foundations of Computational Mathematics 2023",
)
@dataclass(frozen=True)
class FastOGDA(Algorithm):
    r"""Fast OGDA: momentum that grows, with a corrected gradient.

    For k = 1, 2, ... and :math:`w_0 = z_0`:

    .. math:: w_k = z_k + \frac{k}{k + \alpha} (z_k - z_{k-1})
                    - \frac{s \alpha}{k + \alpha} F(w_{k-1}), \\
              z_{k+1} = P\Big(w_k - s \frac{2 k + \alpha}{k + \alpha} (F(w_k) - F(w_{k-1}))\Big)

    alpha > 2, s < 1/(4 L). Cost: 1 gradient call a step, and 1 more in the first. Memory: F(w), the
    last iterate. For monotone F, k |F(z_k)| goes to 0, as on f = xy:

    >>> from minmaxbench.testing import play
    >>> d = play("fast_ogda", "bilinear_xy", start=(1.0, 1.0), steps=1000, s=0.2, alpha=3.0)
    >>> [round(k * d[k], 2) for k in (100, 1000)]
    [1.26, 0.4]
    """

    step_sizes: ClassVar = ()
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("k |F(z_k)| goes to 0 for monotone Lipschitz F", "Bot, Csetnek, Nguyen. FoCM 2023",
              EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("monviso (ECC 2025)"),
    )  # fmt: skip

    s: float = step_size(0.05)
    alpha: float = number(2.1, 2.0, above=True, search=(2.1, 30.0), scale="log")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Path:
        """The start and F there, which is paid for."""
        return _begin(x, y, field(oracle, Iterate(x, y)), oracle)

    def step(self, state: Path, oracle: Oracle) -> Path:
        """One step."""
        z, k, whole = Iterate(state.x, state.y), state.k, state.k + self.alpha
        look = z + (k / whole) * (z - state.old) - (self.s * self.alpha / whole) * state.last
        seen = field(oracle, look)
        new = look - (self.s * (k + whole) / whole) * (seen - state.last)
        return Path(*project(oracle, new), z, state.start, seen, state.zeta, k + 1)


@register(
    "cfogda",
    "Sedlmayer, Nguyen, Bot. A Fast Optimistic Method for Monotone Variational Inequalities. "
    "ICML 2023",
)
@dataclass(frozen=True)
class ConstrainedFastOGDA(Algorithm):
    r"""Fast OGDA for constrained problems: the projection's pull is remembered, too.

    For k = 1, 2, ..., :math:`w_0 = z_0` and :math:`\zeta_1 = 0`:

    .. math:: w_k = z_k + \frac{k}{k + \alpha} (z_k - z_{k-1})
                    - \frac{s \alpha}{k + \alpha} (F(w_{k-1}) + \zeta_k), \\
              d = F(w_k) - F(w_{k-1}) - \zeta_k, \quad
              z_{k+1} = P\Big(w_k - s \frac{2 k + \alpha}{k + \alpha} d\Big), \quad
              \zeta_{k+1} = \frac{k + \alpha}{s (2 k + \alpha)} (w_k - z_{k+1}) - d

    Without sets zeta stays 0 and it is ``fast_ogda``. Cost: 1 gradient call a step, and 1 more in
    the first. Memory: F(w), zeta, the last iterate.

    >>> from minmaxbench.testing import play
    >>> d = play("cfogda", "bilinear_xy", start=(1.0, 1.0), steps=1000, s=0.2, alpha=3.0)
    >>> [round(k * d[k], 2) for k in (100, 1000)]
    [1.26, 0.4]
    """

    step_sizes: ClassVar = ()
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("The residual is O(1/k) for monotone F on a set",
              "Sedlmayer, Nguyen, Bot. ICML 2023"),
        Claim("Without sets it is fast_ogda", "Sedlmayer, Nguyen, Bot. ICML 2023", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("monviso (ECC 2025)",
                departs="it forgets a factor 1/(k + alpha) in w; ours is the paper's"),
    )  # fmt: skip

    s: float = step_size(0.05)
    alpha: float = number(2.1, 2.0, above=True, search=(2.1, 30.0), scale="log")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Path:
        """The start and F there, which is paid for."""
        return _begin(x, y, field(oracle, Iterate(x, y)), oracle)

    def step(self, state: Path, oracle: Oracle) -> Path:
        """One step."""
        z, k, whole = Iterate(state.x, state.y), state.k, state.k + self.alpha
        pull = (self.s * self.alpha / whole) * (state.last + state.zeta)
        look = z + (k / whole) * (z - state.old) - pull
        seen = field(oracle, look)
        d, step = seen - state.last - state.zeta, self.s * (k + whole) / whole
        new = project(oracle, look - step * d)
        return Path(*new, z, state.start, seen, (look - new) / step - d, k + 1)


class Golden(NamedTuple):
    """An iterate, the mean of all before it, and what the step sizes are made of."""

    x: Array
    y: Array
    mean: Iterate
    eta: Array
    theta: Array
    here: Iterate
    """F at the iterate."""


@register(
    "graal",
    "Malitsky. Golden Ratio Algorithms for Variational Inequalities. Mathematical Programming 2020 "
    "(GRAAL); phi up to 2: Alacaoglu, Boehm, Malitsky. Beyond the Golden Ratio. 2022",
)
@dataclass(frozen=True)
class GRAAL(Algorithm):
    r"""The golden ratio algorithm: steps from a mean of the past, one gradient call each.

    .. math:: \bar z_k = \frac{(\varphi - 1) z_k + \bar z_{k-1}}{\varphi}, \quad
              z_{k+1} = P(\bar z_k - \eta F(z_k)), \quad \bar z_{-1} = z_0

    :math:`\eta \le \varphi/(2 L)` for the golden ratio; other phi in (1, 2] are sound with their
    own bounds. Cost: 1 gradient call a step. Memory: the mean.

    >>> from minmaxbench.testing import play
    >>> play("graal", "bilinear_xy", start=(1.0, 0.0), steps=200, eta=0.809)[-1] < 1e-11
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("It converges for monotone Lipschitz F and eta <= phi/(2 L)",
              "Malitsky. Mathematical Programming 2020"),
        Claim("On f = xy it converges linearly", "Malitsky. Mathematical Programming 2020",
              EXAMPLE),
        Claim("It goes round in the forsaken games", "Alacaoglu, Boehm, Malitsky. 2022",
              "test_which_methods_go_round_in_the_forsaken_games"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("ymalitsky/graal"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    phi: float = number((1 + math.sqrt(5)) / 2, 1.0, 2.0, above=True, search=(1.05, 2.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Golden:
        """The start, its own mean."""
        z, none = Iterate(x, y), zeros(oracle.xp, x, y)
        one = column(oracle.xp, x, 1)
        return Golden(x, y, z, one, one, none)

    def step(self, state: Golden, oracle: Oracle) -> Golden:
        """The mean, and a step from it."""
        z = Iterate(state.x, state.y)
        mean = ((self.phi - 1) * z + state.mean) / self.phi
        new = project(oracle, mean - self.eta * field(oracle, z))
        return Golden(*new, mean, state.eta, state.theta, state.here)


@register(
    "agraal",
    "Malitsky. Golden Ratio Algorithms for Variational Inequalities. Mathematical Programming 2020 "
    "(adaptive GRAAL)",
)
@dataclass(frozen=True)
class AdaptiveGRAAL(Algorithm):
    r"""The adaptive golden ratio algorithm: its step follows the local Lipschitz constant.

    With :math:`\theta_0 = 1` and :math:`\bar z_0 = z_0`:

    .. math:: z_{k+1} = P(\bar z_k - \eta_k F(z_k)), \\
              \eta_{k+1} = \min\Big(\rho \eta_k,\ \frac{\varphi \theta_k}{4 \eta_k}
                \frac{|z_{k+1} - z_k|^2}{|F(z_{k+1}) - F(z_k)|^2},\ \eta_{max}\Big), \\
              \bar z_{k+1} = \frac{(\varphi - 1) z_{k+1} + \bar z_k}{\varphi}, \quad
              \theta_{k+1} = \varphi \eta_{k+1}/\eta_k

    rho is 1/phi + 1/phi^2 in the paper, larger for weak Minty solutions with small phi. A move so short
    that its square is 0 tells nothing of L, and the step grows by rho. Cost: 1 gradient call a step,
    and 1 more in the first. Memory: the mean, F.

    >>> from minmaxbench.testing import play
    >>> play("agraal", "bilinear_xy", start=(1.0, 0.0), steps=200, eta0=0.75)[-1] < 1e-8
    True
    """

    own_steps: ClassVar = True
    step_sizes: ClassVar = ()
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("It converges for monotone locally Lipschitz F, without knowing L",
              "Malitsky. Mathematical Programming 2020"),
        Claim("On f = xy it converges linearly", "Malitsky. Mathematical Programming 2020",
              EXAMPLE),
        Claim("With the defaults it goes round in the forsaken game",
              "Alacaoglu, Boehm, Malitsky. 2022 (arXiv:2212.13955): phi = 1.5 against 1.4",
              "test_which_methods_go_round_in_the_forsaken_games"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("ymalitsky/graal, nash_equilibrium/algorithms.py, commit 33bbea9",
                departs="its first step size comes from a random point near the start; ours is "
                "eta0"),
    )  # fmt: skip

    eta0: float = step_size(0.05)
    phi: float = number(1.5, 1.0, 2.0, above=True, search=(1.05, 2.0))
    rho: float = number(10 / 9, 1.0, search=(1.0, 2.0))
    eta_max: float = positive(1e6)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Golden:
        """The start and F there, which is paid for."""
        z, one = Iterate(x, y), column(oracle.xp, x, 1)
        return Golden(x, y, z, one * self.eta0, one, field(oracle, z))

    def step(self, state: Golden, oracle: Oracle) -> Golden:
        """A step from the mean, the next step size, the next mean."""
        xp, z, eta = oracle.xp, Iterate(state.x, state.y), state.eta
        new = project(oracle, state.mean - eta * state.here)
        there = field(oracle, new)
        moved, turned = new - z, there - state.here
        flat = ratio(xp, inner(xp, moved, moved), inner(xp, turned, turned), math.inf)
        flat = xp.where(flat > 0, flat, math.inf)
        later = xp.minimum(self.rho * eta, self.phi * state.theta / (4 * eta) * flat)
        later = xp.minimum(later, self.eta_max)
        mean = ((self.phi - 1) * new + state.mean) / self.phi
        return Golden(*new, mean, later, self.phi * later / eta, there)
