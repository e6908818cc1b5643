"""Steps that shrink with the lengths of all gradients seen: AdaGrad-norm, TiAda, NeAda."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.gradient import GDA
from minmaxbench.algorithms.pairs import column, ratio
from minmaxbench.algorithms.parts.composed import Alias, Piece, compose
from minmaxbench.algorithms.parts.scaling import AdaGradNorm
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, Namespace, dot
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import (
    count,
    flag,
    number,
    step_size,
    weight,
)


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
    claims: ClassVar = (
        Claim("For minimisation it converges whatever eta and L are",
              "Ward, Wu, Bottou. ICML 2019"),
        Claim("For minimax problems it may fail: the ratio of the time scales does not adapt",
              "Li, Yang, He. ICLR 2023"),
    )  # fmt: skip

    eta_x: float = step_size(0.5, relative=False)
    eta_y: float = step_size(0.5, relative=False)
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
    claims: ClassVar = (
        Claim("It converges on nonconvex-strongly-concave f whatever the step sizes are",
              "Li, Yang, He. ICLR 2023"),
        Claim("It comes to a minimax point that GDA on one time scale leaves",
              "Li, Yang, He. ICLR 2023", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("the authors' torch class",
                departs="it scales each coordinate for itself and adds 1e-10; ours is the rule of "
                "the paper"),
    )  # fmt: skip

    eta_x: float = step_size(0.5, relative=False)
    eta_y: float = step_size(0.5, relative=False)
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
    claims: ClassVar = (
        Claim("It converges on nonconvex-strongly-concave f whatever the step sizes are",
              "Yang, Li, He. NeurIPS 2022"),
        Claim("It comes to the minimax point of F1", "Yang, Li, He. NeurIPS 2022", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("the authors' toy script",
                departs="it makes one ascent in any case and allows t of them; ours tests first"),
    )  # fmt: skip

    eta_x: float = step_size(0.5, relative=False)
    eta_y: float = step_size(0.5, relative=False)
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
