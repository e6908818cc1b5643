"""Adaptive methods: rules wearing Adam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.extragradient import Extragradient
from minmaxbench.algorithms.gradient import GDA, AlternatingGDA
from minmaxbench.algorithms.optimism import OGDA
from minmaxbench.algorithms.pairs import column, field, project
from minmaxbench.algorithms.parts.composed import Alias, compose
from minmaxbench.algorithms.parts.scaling import Adam
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import (
    choice,
    flag,
    fraction,
    positive,
    step_size,
)


@register(
    "adam_gda",
    "Kingma, Ba. Adam: A Method for Stochastic Optimization. ICLR 2015, Algorithm 1, for each "
    "player",
)
@dataclass(frozen=True)
class AdamGDA(Alias):
    r"""GDA wearing Adam: how most GANs are trained.

    .. math:: m \leftarrow \beta_1 m + (1 - \beta_1) F, \quad
              v \leftarrow \beta_2 v + (1 - \beta_2) F^2,
              \quad z^+ = P\Big(z - \eta \frac{\hat m}{\sqrt{\hat v} + \epsilon}\Big)

    With ``alternating`` x moves first and y sees it. Cost: 1 gradient call a step. Memory: m, v.
    The first step has the length eta in every coordinate; on f = xy momentum drives it out:

    >>> from minmaxbench.testing import play
    >>> play("adam_gda", "cgd_convex", start=(1.0, 0.0), steps=1)[1]
    0.99000000005
    >>> play("adam_gda", "bilinear_xy", start=(1.0, 1.0), steps=10000)[-1] > 3.5
    True
    >>> play("adam_gda", "bilinear_xy", start=(1.0, 1.0), steps=10000, beta1=0.0)[-1] < 1
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("On f = xy with momentum it is driven out, and without it goes round",
              "Gidel et al. ICLR 2019", EXAMPLE),
    )  # fmt: skip

    eta: float = step_size(0.01, relative=False)
    beta1: float = fraction(0.9, search=(0.0, 0.95))
    beta2: float = fraction(0.999, search=(0.9, 0.9999))
    eps: float = positive(1e-8)
    alternating: bool = flag(False)

    def spelled_out(self) -> Algorithm:
        """GDA of either kind, and Adam."""
        rule = AlternatingGDA if self.alternating else GDA
        return compose(rule(self.eta, self.eta), Adam(self.beta1, self.beta2, self.eps))


@register(
    "optimistic_adam",
    "Daskalakis, Ilyas, Syrgkanis, Zeng. Training GANs with Optimism. ICLR 2018, Algorithm 1",
)
@dataclass(frozen=True)
class OptimisticAdam(Alias):
    r"""Optimistic Adam: OGDA wearing Adam.

    With Adam's direction d_t:

    .. math:: z_{t+1} = P(z_t - 2 \eta d_t + \eta d_{t-1})

    d before the first is 0, or with ``first="repeat"`` the first. Cost: 1 gradient call a step.
    Memory: m, v, d. On f = xy it converges without momentum, where Adam goes round:

    >>> from minmaxbench.testing import play
    >>> play("adam_gda", "bilinear_xy", start=(1.0, 1.0), steps=10000, beta1=0.0)[-1] > 0.8
    True
    >>> play("optimistic_adam", "bilinear_xy", start=(1.0, 1.0), steps=10000, beta1=0.0)[-1] < 1e-9
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("On f = xy it converges without momentum", "Daskalakis et al. ICLR 2018", EXAMPLE),
    )  # fmt: skip

    eta: float = step_size(0.01, relative=False)
    beta1: float = fraction(0.9, search=(0.0, 0.95))
    beta2: float = fraction(0.999, search=(0.9, 0.9999))
    eps: float = positive(1e-8)
    first: str = choice("zero", "repeat")

    def spelled_out(self) -> Algorithm:
        """OGDA and Adam."""
        return compose(OGDA(self.eta, self.first), Adam(self.beta1, self.beta2, self.eps))


class Raw(NamedTuple):
    """An iterate, raw moments, the direction before, and what the start still weighs."""

    x: Array
    y: Array
    m: Iterate
    v: Iterate
    old: Iterate
    left_m: Array
    left_v: Array


@register(
    "optimistic_adam_keswani",
    "Keswani, Mangoubi, Sachdeva, Vishnoi. A Convergent and Dimension-Independent Min-Max "
    "Optimization Algorithm. ICML 2022, optimAdam of the authors' program for Gaussian mixtures",
)
@dataclass(frozen=True)
class KeswaniOptimisticAdam(Algorithm):
    r"""Optimistic Adam as programmed by Keswani et al.

    Raw moments, and the present step size for the old direction too:

    .. math:: \eta_t = \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}, \quad
              d_t = \frac{m_t}{\sqrt{v_t} + \epsilon}, \quad
              z_{t+1} = P(z_t - 2 \eta_t d_t + \eta_t d_{t-1})

    Cost: 1 gradient call a step. Memory: m, v, d. Its first step is twice Adam's:

    >>> from minmaxbench.testing import play
    >>> d = play("optimistic_adam_keswani", "bilinear_xy", start=(1.0, 0.0), steps=1, eta=0.1)
    >>> abs(d[1] - (1 + 0.2**2) ** 0.5) < 1e-5
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("It trains the mixture of Gaussians of the paper's GAN experiment",
              "Keswani et al. ICML 2022"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("Keswani et al., notebook of the Gaussian mixture"),
    )  # fmt: skip

    eta: float = step_size(0.01, relative=False)
    beta1: float = fraction(0.9, search=(0.0, 0.95))
    beta2: float = fraction(0.999, search=(0.9, 0.9999))
    eps: float = positive(1e-7)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Raw:
        """The start, nothing seen."""
        none = 0 * Iterate(x, y)
        one = column(oracle.xp, x, 1)
        return Raw(x, y, none, none, none, one, one)

    def step(self, state: Raw, oracle: Oracle) -> Raw:
        """One step."""
        xp, z = oracle.xp, Iterate(state.x, state.y)
        here = field(oracle, z)
        m = self.beta1 * state.m + (1 - self.beta1) * here
        v = self.beta2 * state.v + (1 - self.beta2) * (here * here)
        left_m, left_v = self.beta1 * state.left_m, self.beta2 * state.left_v
        d = m / Iterate(xp.sqrt(v.x) + self.eps, xp.sqrt(v.y) + self.eps)
        eta = self.eta * xp.sqrt(1 - left_v) / (1 - left_m)
        new = project(oracle, z - (2 * eta) * d + eta * state.old)
        return Raw(*new, m, v, d, left_m, left_v)


@register(
    "extra_adam",
    "Gidel, Berard, Vignoud, Vincent, Lacoste-Julien. A Variational Inequality Perspective on "
    "Generative Adversarial Networks. ICLR 2019, Algorithm 4",
)
@dataclass(frozen=True)
class ExtraAdam(Alias):
    r"""ExtraAdam: extragradient wearing Adam.

    The moments are updated by both gradients of a step, t counts gradients, and eps is added to the
    root of v before it is corrected:

    .. math:: s_t = \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}, \quad
              \bar z = P\Big(z - s_t \frac{m_t}{\sqrt{v_t} + \epsilon}\Big), \quad
              z^+ = P\Big(z - s_{t+1} \frac{m_{t+1}}{\sqrt{v_{t+1}} + \epsilon}\Big)

    Cost: 2 gradient calls a step. Memory: m, v.

    >>> from minmaxbench.testing import play
    >>> play("adam_gda", "bilinear_xy", start=(1.0, 1.0), steps=10000, beta1=0.0)[-1] > 0.8
    True
    >>> play("extra_adam", "bilinear_xy", start=(1.0, 1.0), steps=10000, beta1=0.0)[-1] < 0.02
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("On f = xy without momentum it comes nearer than Adam", "Gidel et al. ICLR 2019",
              EXAMPLE),
    )  # fmt: skip

    eta: float = step_size(0.01, relative=False)
    beta1: float = fraction(0.9, search=(0.0, 0.95))
    beta2: float = fraction(0.999, search=(0.9, 0.9999))
    eps: float = positive(1e-8)

    def spelled_out(self) -> Algorithm:
        """Extragradient and Adam."""
        return compose(Extragradient(self.eta), Adam(self.beta1, self.beta2, self.eps, "raw"))
