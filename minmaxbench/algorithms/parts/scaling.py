"""Pieces that scale gradients: Adam, RMSProp, AdaGrad-norm, clipping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from minmaxbench.algorithms.parts.composed import EachPlayer
from minmaxbench.core.arrays import Array, Namespace, dot
from minmaxbench.core.parameters import choice, fraction, positive, weight


class Moments(NamedTuple):
    """Moving averages of a gradient and of its square, and the weight that the start still has."""

    m: Array
    v: Array
    left_m: Array
    """beta1^t, (lanes, 1)."""
    left_v: Array
    """beta2^t, (lanes, 1)."""


@dataclass(frozen=True)
class Adam(EachPlayer):
    r"""The direction of Adam: the average gradient over the root of the average square.

    .. math:: m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad
              v \leftarrow \beta_2 v + (1 - \beta_2) g^2,
              \quad \frac{m/(1 - \beta_1^t)}{\sqrt{v/(1 - \beta_2^t)} + \epsilon}

    t counts gradients. With ``eps_in="raw"`` the corrections are taken out as one factor
    :math:`\sqrt{1 - \beta_2^t}/(1 - \beta_1^t)`, and eps is added to the root of v itself. Kingma,
    Ba. Adam. ICLR 2015, Algorithm 1 and the end of its section 2.
    """

    beta1: float = fraction(0.9)
    beta2: float = fraction(0.999)
    eps: float = positive(1e-8)
    eps_in: str = choice("corrected", "raw")

    def begin(self, z: Array, xp: Namespace) -> Moments:
        """No gradient seen."""
        one = xp.ones((z.shape[0], 1), dtype=xp.float64)
        return Moments(xp.zeros_like(z), xp.zeros_like(z), one, one)

    def scale(self, state: Moments, g: Array, xp: Namespace) -> tuple[Array, Moments]:
        """Adam's direction."""
        quicker = IN_ONE_PASS.get(xp)
        done = None if quicker is None else quicker(self, state, g)
        return self.formula(state, g, xp) if done is None else done

    def formula(self, state: Moments, g: Array, xp: Namespace) -> tuple[Array, Moments]:
        """The same, as it is written."""
        m = self.beta1 * state.m + (1 - self.beta1) * g
        v = self.beta2 * state.v + (1 - self.beta2) * g * g
        left_m, left_v = self.beta1 * state.left_m, self.beta2 * state.left_v
        # What is left of the start is in double precision, whatever the gradient is in.
        by_m, by_v = (xp.astype(1 - left, g.dtype, copy=False) for left in (left_m, left_v))
        if self.eps_in == "raw":
            step = xp.sqrt(by_v) / by_m * m / (xp.sqrt(v) + self.eps)
        else:
            step = m / by_m / (xp.sqrt(v / by_v) + self.eps)
        return step, Moments(m, v, left_m, left_v)


IN_ONE_PASS: dict[Namespace, Callable[[Adam, Moments, Array], Any]] = {}
"""An engine's kernel for Adam's direction, by the engine's namespace; None where it cannot."""


@dataclass(frozen=True)
class RMSProp(EachPlayer):
    r"""The gradient over the root of the average square: :math:`g/(\sqrt{v} + \epsilon)`.

    Tieleman, Hinton. Lecture 6.5, COURSERA 2012.
    """

    beta: float = fraction(0.99)
    eps: float = positive(1e-8)

    def begin(self, z: Array, xp: Namespace) -> Array:
        """No gradient seen."""
        return xp.zeros_like(z)

    def scale(self, state: Array, g: Array, xp: Namespace) -> tuple[Array, Array]:
        """The scaled gradient."""
        v = self.beta * state + (1 - self.beta) * g * g
        return g / (xp.sqrt(v) + self.eps), v


@dataclass(frozen=True)
class AdaGradNorm(EachPlayer):
    r"""The gradient over the root of the sum of all squared lengths: :math:`g/\sqrt{v}`.

    :math:`v \leftarrow v + |g|^2`, the current gradient included; where v is 0 nothing is scaled.
    Ward, Wu, Bottou. AdaGrad Stepsizes. ICML 2019.
    """

    v0: float = weight(0.0)

    def begin(self, z: Array, xp: Namespace) -> Array:
        """v0, as a (lanes, 1) column."""
        return xp.zeros((z.shape[0], 1)) + self.v0

    def scale(self, state: Array, g: Array, xp: Namespace) -> tuple[Array, Array]:
        """The scaled gradient."""
        v = state + dot(xp, g, g)
        return g / xp.sqrt(xp.where(v > 0, v, 1.0)), v


@dataclass(frozen=True)
class Clip(EachPlayer):
    """The gradient, shortened to ``longest`` where it is longer: each player's on its own."""

    neutral: ClassVar = {"longest": 1e300}

    longest: float = positive(1.0)

    def begin(self, z: Array, xp: Namespace) -> tuple[()]:
        """Nothing is remembered."""
        return ()

    def scale(self, state: tuple[()], g: Array, xp: Namespace) -> tuple[Array, tuple[()]]:
        """The clipped gradient."""
        size = xp.sqrt(dot(xp, g, g))
        return xp.where(size > self.longest, self.longest / size, 1.0) * g, state


@dataclass(frozen=True)
class Momentum(EachPlayer):
    r"""The gradient and what is left of those before: :math:`m \leftarrow \beta m + g`.

    With a constant step and no set to project on, GDA wearing it is Polyak's heavy ball.
    """

    neutral: ClassVar = {"beta": 0.0}

    beta: float = fraction(0.9)

    def begin(self, z: Array, xp: Namespace) -> Array:
        """No gradient seen."""
        return xp.zeros_like(z)

    def scale(self, state: Array, g: Array, xp: Namespace) -> tuple[Array, Array]:
        """The sum."""
        m = self.beta * state + g
        return m, m
