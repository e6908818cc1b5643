"""Optimism: rules that remember a gradient, at one gradient call a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, step_size


class Remembered(NamedTuple):
    """An iterate with the last gradient seen."""

    x: Array
    y: Array
    gx: Array
    gy: Array


class Started(NamedTuple):
    """The same, and whether a gradient has been seen at all, as a (lanes, 1) column."""

    x: Array
    y: Array
    gx: Array
    gy: Array
    started: Array


@register(
    "ogda",
    "Popov 1980; Daskalakis, Ilyas, Syrgkanis, Zeng. Training GANs with Optimism. ICLR 2018; "
    "optimistic mirror descent (OMD) in Keswani et al. ICML 2022",
)
@dataclass(frozen=True)
class OGDA(Algorithm):
    r"""Optimistic gradient descent ascent, the sequence with two gradients (OMD in GAN papers).

    With :math:`F = (\nabla_x f, -\nabla_y f)`:

    .. math:: z_{t+1} = P(z_t - 2 \eta F(z_t) + \eta F(z_{t-1}))

    ``first`` says what the first step uses for the gradient before the first: ``"repeat"`` takes
    F(z_0), so that step one is plain GDA with eta; ``"zero"`` takes 0, so that it is GDA with 2 eta.
    Cost: 1 gradient call a step. The other sequence in use, the extrapolated one, is ``popov``.

    >>> from minmaxbench.testing import play
    >>> play("ogda", "bilinear_xy", start=(1.0, 0.0), steps=4000, eta=0.2)[-1] < 1e-9
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0

    eta: float = step_size(0.05)
    first: str = choice("repeat", "zero")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Started:
        """The start point, no gradient yet."""
        xp = oracle.xp
        started = xp.full((x.shape[0], 1), self.first == "zero")
        return Started(x, y, xp.zeros_like(x), xp.zeros_like(y), started)

    def step(self, state: Started, oracle: Oracle) -> Started:
        """One optimistic step."""
        gx, gy = oracle.grad(state.x, state.y)
        old_gx = oracle.xp.where(state.started, state.gx, gx)
        old_gy = oracle.xp.where(state.started, state.gy, gy)
        x = oracle.project_x(state.x - 2 * self.eta * gx + self.eta * old_gx)
        y = oracle.project_y(state.y + 2 * self.eta * gy - self.eta * old_gy)
        return Started(x, y, gx, gy, oracle.xp.ones_like(state.started))


@register(
    "popov",
    "Popov. A Modification of the Arrow-Hurwicz Method for Search of Saddle Points. 1980; "
    "Gidel, Berard, Vignoud, Vincent, Lacoste-Julien. A Variational Inequality Perspective on "
    "GANs. ICLR 2019 (extrapolation from the past)",
)
@dataclass(frozen=True)
class Popov(Algorithm):
    r"""Extrapolation from the past: OGDA's other sequence.

    .. math:: w_k = P(z_k - \eta F(w_{k-1})), \quad z_{k+1} = P(z_k - \eta F(w_k)), \quad
              w_{-1} = z_0

    The iterate is :math:`z_k`; unconstrained, :math:`w_k` is iterate k + 1 of ``ogda``. Cost: 1
    gradient call a step, and 1 more in the first.

    >>> from minmaxbench.testing import play
    >>> play("popov", "bilinear_xy", start=(1.0, 0.0), steps=4000, eta=0.2)[-1] < 1e-9
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0

    eta: float = step_size(0.05)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Remembered:
        """The start point and its gradient, which is paid for."""
        return Remembered(x, y, *oracle.grad(x, y))

    def step(self, state: Remembered, oracle: Oracle) -> Remembered:
        """Extrapolate with the gradient remembered, then step with the one seen there."""
        gx, gy = oracle.grad(
            oracle.project_x(state.x - self.eta * state.gx),
            oracle.project_y(state.y + self.eta * state.gy),
        )
        x = oracle.project_x(state.x - self.eta * gx)
        y = oracle.project_y(state.y + self.eta * gy)
        return Remembered(x, y, gx, gy)
