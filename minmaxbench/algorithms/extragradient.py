"""Extragradient and its relatives: look ahead, then step with the gradient seen there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Iterate, Memoryless
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import step_size


@register(
    "extragradient",
    "Korpelevich. The Extragradient Method for Finding Saddle Points and Other Problems. 1976",
)
@dataclass(frozen=True)
class Extragradient(Memoryless):
    r"""Korpelevich's extragradient: look ahead, then step with the gradient seen there.

    .. math:: \bar z = P(z - \eta F(z)), \quad z^+ = P(z - \eta F(\bar z))

    Cost: 2 gradient calls a step. On f = xy every step contracts the distance by
    :math:`\sqrt{(1 - \eta^2)^2 + \eta^2}`:

    >>> from minmaxbench.testing import play
    >>> play("extragradient", "bilinear_xy", start=(1.0, 0.0), steps=1, eta=0.5)
    [1.0, 0.9013878188659973]
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 2.0

    eta: float = step_size(0.05)

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """Look ahead, then step."""
        gx, gy = oracle.grad(state.x, state.y)
        gx, gy = oracle.grad(
            oracle.project_x(state.x - self.eta * gx), oracle.project_y(state.y + self.eta * gy)
        )
        return Iterate(
            oracle.project_x(state.x - self.eta * gx), oracle.project_y(state.y + self.eta * gy)
        )
