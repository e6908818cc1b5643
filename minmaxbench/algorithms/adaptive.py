"""Adaptive methods: rules wearing Adam or AdaGrad, and those that adapt players to each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.extragradient import Extragradient
from minmaxbench.algorithms.gradient import GDA, AlternatingGDA
from minmaxbench.algorithms.optimism import OGDA
from minmaxbench.algorithms.pairs import column, field, project, ratio
from minmaxbench.algorithms.parts.composed import Alias, Piece, compose
from minmaxbench.algorithms.parts.scaling import AdaGradNorm, Adam
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array, Namespace, dot
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import (
    choice,
    count,
    flag,
    fraction,
    number,
    positive,
    step_size,
    weight,
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

    eta: float = step_size(0.01)
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

    eta: float = step_size(0.01)
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

    eta: float = step_size(0.01)
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

    eta: float = step_size(0.01)
    beta1: float = fraction(0.9, search=(0.0, 0.95))
    beta2: float = fraction(0.999, search=(0.9, 0.9999))
    eps: float = positive(1e-8)

    def spelled_out(self) -> Algorithm:
        """Extragradient and Adam."""
        return compose(Extragradient(self.eta), Adam(self.beta1, self.beta2, self.eps, "raw"))


@register(
    "adagrad_gda",
    "Ward, Wu, Bottou. AdaGrad Stepsizes: Sharp Convergence over Nonconvex Landscapes. ICML 2019 "
    "(AdaGrad-Norm), for each player",
)
@dataclass(frozen=True)
class AdaGradGDA(Alias):
    r"""GDA wearing AdaGrad-norm: each player's steps shrink with all gradients it has seen.

    .. math:: v_x \leftarrow v_x + |\nabla_x f|^2, \quad x^+ = P(x - \eta_x \nabla_x f/\sqrt{v_x})

    and likewise for y; the present gradient is counted in. Cost: 1 gradient call a step. Memory:
    two numbers. The first step has the length eta:

    >>> from minmaxbench.testing import play
    >>> play("adagrad_gda", "cgd_convex", start=(1.0, 0.0), steps=1)
    [1.0, 0.5]
    """

    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 1.0

    eta_x: float = step_size(0.5)
    eta_y: float = step_size(0.5)
    v0: float = weight(0.0)

    def spelled_out(self) -> Algorithm:
        """GDA and AdaGrad-norm."""
        return compose(GDA(self.eta_x, self.eta_y), AdaGradNorm(self.v0))


@dataclass(frozen=True)
class TimeScaleAdaptive(Piece):
    r"""Gradients scaled so that x is never the faster player: the scaling of TiAda.

    .. math:: v_x \leftarrow v_x + |g_x|^2, \quad v_y \leftarrow v_y + |g_y|^2, \quad
              g_x/\max(v_x, v_y)^\alpha, \quad g_y/v_y^\beta
    """

    alpha: float = number(0.6, 0.0, 1.0)
    beta: float = number(0.4, 0.0, 1.0)
    v0x: float = weight(0.0)
    v0y: float = weight(0.0)
    use_max: bool = flag(True)
    """Whether x looks at y's sum, too."""

    def init(self, x: Array, y: Array, xp: Namespace) -> tuple[Array, Array]:
        """The sums, as (lanes, 1) columns."""
        none = column(xp, x, 0)
        return none + self.v0x, none + self.v0y

    def turn(
        self, state: tuple[Array, Array], gx: Array, gy: Array, xp: Namespace
    ) -> tuple[Array, Array, tuple[Array, Array]]:
        """Scaled by the sums, the present gradients counted in."""
        of_x, of_y = state
        of_x = of_x if gx is None else of_x + dot(xp, gx, gx)
        of_y = of_y if gy is None else of_y + dot(xp, gy, gy)
        if gx is not None:
            gx = gx * ratio(
                xp, 1.0, (xp.maximum(of_x, of_y) if self.use_max else of_x) ** self.alpha, 1.0
            )
        if gy is not None:
            gy = gy * ratio(xp, 1.0, of_y**self.beta, 1.0)
        return gx, gy, (of_x, of_y)


@register(
    "tiada",
    "Li, Yang, He. TiAda: A Time-Scale Adaptive Algorithm for Nonconvex Minimax Optimization. "
    "ICLR 2023 (the paper's form with norms)",
)
@dataclass(frozen=True)
class TiAda(Alias):
    r"""TiAda: AdaGrad whose time scales find their own ratio.

    .. math:: v_x \leftarrow v_x + |\nabla_x f|^2, \quad v_y \leftarrow v_y + |\nabla_y f|^2, \\
              x^+ = P\Big(x - \frac{\eta_x}{\max(v_x, v_y)^\alpha} \nabla_x f\Big), \quad
              y^+ = P\Big(y + \frac{\eta_y}{v_y^\beta} \nabla_y f\Big)

    The authors' torch class scales each coordinate for itself. Cost: 1 gradient call a step.
    Memory: two numbers. Where GDA on one time scale leaves the minimax point, it comes:

    >>> from minmaxbench.testing import play
    >>> play("gda", "ftr_f1", start=(0.1, 0.1), steps=5000)[-1] > 1.0
    True
    >>> play("tiada", "ncsc_quadratic_d", start=(0.5, 0.5), steps=5000)[-1] < 1e-6
    True
    """

    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 1.0

    eta_x: float = step_size(0.5)
    eta_y: float = step_size(0.5)
    alpha: float = number(0.6, 0.0, 1.0, search=(0.5, 0.9))
    beta: float = number(0.4, 0.0, 1.0, search=(0.1, 0.5))
    v0x: float = weight(0.0)
    v0y: float = weight(0.0)
    use_max: bool = flag(True)

    def spelled_out(self) -> Algorithm:
        """GDA and its scaling."""
        scaling = TimeScaleAdaptive(self.alpha, self.beta, self.v0x, self.v0y, self.use_max)
        return compose(GDA(self.eta_x, self.eta_y), scaling)


class Nested(NamedTuple):
    """An iterate, the sums of squared gradients, outer steps and inner ones since the last."""

    x: Array
    y: Array
    of_x: Array
    of_y: Array
    t: Array
    inner: Array


@register(
    "neada_adagrad",
    "Yang, Li, He. Nest Your Adaptive Algorithm for Parameter-Agnostic Nonconvex Minimax "
    "Optimization. NeurIPS 2022 (NeAda-AdaGrad)",
)
@dataclass(frozen=True)
class NeAdaAdaGrad(Algorithm):
    r"""NeAda with AdaGrad: y ascends until its gradient is short, then x makes a step.

    In outer iteration t = 0, 1, ..., while :math:`|\nabla_y f|^2 > 1/(t + 1)` and at most
    ``max_inner`` times: :math:`v_y \leftarrow v_y + |\nabla_y f|^2, y \leftarrow P(y + \eta_y
    \nabla_y f/\sqrt{v_y})`; then x likewise, once. :math:`v_y` is never reset. Our convention: the
    test comes before the first ascent; the authors' script makes one ascent in any case. A step
    here is one *tick*: an ascent of y or a descent of x. Cost: 1/2 gradient call a tick, 1/2 more
    for a descent. Memory: two numbers.

    >>> from minmaxbench.testing import play
    >>> play("neada_adagrad", "ftr_f1", start=(1.0, 1.0), steps=5000)[-1] < 0.1
    True
    """

    own_steps: ClassVar = True
    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = math.nan

    eta_x: float = step_size(0.5)
    eta_y: float = step_size(0.5)
    v0x: float = weight(0.0)
    v0y: float = weight(0.0)
    max_inner: int = count(100)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Nested:
        """The start."""
        none = column(oracle.xp, x, 0)
        return Nested(x, y, none + self.v0x, none + self.v0y, none, none)

    def step(self, state: Nested, oracle: Oracle) -> Nested:
        """One ascent where the gradient is long, one descent elsewhere."""
        xp, (x, y, of_x, of_y, t, inner) = oracle.xp, state
        gy = oracle.grad_y(x, y)
        steep = dot(xp, gy, gy)
        up = (steep > 1 / (t + 1)) & (inner < self.max_inner)
        gx = oracle.grad_x(x, y, ~up[:, 0])
        of_y = xp.where(up, of_y + steep, of_y)
        of_x = xp.where(up, of_x, of_x + dot(xp, gx, gx))
        # A sum of 0 is one of gradients that are 0.
        climbed = oracle.project_y(y + ratio(xp, self.eta_y, xp.sqrt(of_y), 0.0) * gy)
        fallen = oracle.project_x(x - ratio(xp, self.eta_x, xp.sqrt(of_x), 0.0) * gx)
        return Nested(
            xp.where(up, x, fallen),
            xp.where(up, climbed, y),
            of_x,
            of_y,
            xp.where(up, t, t + 1),
            xp.where(up, inner + 1, 0.0),
        )
