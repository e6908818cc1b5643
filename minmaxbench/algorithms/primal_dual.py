"""Primal-dual methods: one player answers where the other is going."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate, Memoryless
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import Claim
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import number, step_size


@register(
    "pdhg",
    "Chambolle, Pock. A First-Order Primal-Dual Algorithm for Convex Problems with Applications to "
    "Imaging. Journal of Mathematical Imaging and Vision 2011, Algorithm 1, with gradients",
)
@dataclass(frozen=True)
class PDHG(Memoryless):
    r"""Primal-dual hybrid gradient: y answers where x is going.

    .. math:: x^+ = P(x - \tau \nabla_x f(x, y)), \quad
              y^+ = P(y + \sigma \nabla_y f(x^+ + \theta (x^+ - x), y))

    With theta = 1 and a bilinear f it is the method of Chambolle and Pock, which converges where
    :math:`\tau \sigma |A|^2 < 1` (on xy up to 4/3); with theta = 0 it is alternating GDA. Parts of f
    that are not bilinear take part with their gradients, not with their proximal maps. Cost: 1
    gradient call a step. On f = xy:

    >>> from minmaxbench.testing import play
    >>> play("pdhg", "bilinear_xy", start=(1.0, 0.0), steps=200, tau=0.9, sigma=0.9)[-1] < 1e-12
    True
    """

    step_sizes: ClassVar = ("tau", "sigma")
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim(
            "On f = xy it converges up to tau sigma = 4/3 and not beyond",
            "He, Ma, Xu, Yuan. SIAM Journal on Imaging Sciences 2022",
            "test_primal_dual_methods_converge_on_xy_up_to_their_known_limit",
        ),
    )

    tau: float = step_size(0.05)
    sigma: float = step_size(0.05)
    theta: float = number(1.0, 0.0, 1.0, search=(0.0, 1.0))

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """x, then y at the point beyond it."""
        x = oracle.project_x(state.x - self.tau * oracle.grad_x(state.x, state.y))
        beyond = x + self.theta * (x - state.x)
        y = oracle.project_y(state.y + self.sigma * oracle.grad_y(beyond, state.y))
        return Iterate(x, y)


class Rising(NamedTuple):
    """An iterate, the last gradient in y, and whether there is one, as a (lanes, 1) column."""

    x: Array
    y: Array
    gy: Array
    started: Array


@register(
    "sapd",
    "Zhang, Aybat, Gurbuzbalaban. Robust Accelerated Primal-Dual Methods for Computing Saddle "
    "Points. SIAM Journal on Optimization 2024 (SAPD, Algorithm 1)",
)
@dataclass(frozen=True)
class SAPD(Algorithm):
    r"""Accelerated primal-dual: y goes on with its momentum, then x answers the new y.

    .. math:: s = \nabla_y f(x, y) + \theta (\nabla_y f(x, y) - \nabla_y f(x_p, y_p)), \quad
              y^+ = P(y + \sigma s), \quad x^+ = P(x - \tau \nabla_x f(x, y^+))

    with :math:`x_p = x_0, y_p = y_0` at first. With theta = 0 it is alternating GDA, y first. On a
    bilinear f with theta = 1 it is the method of Chambolle and Pock with the players exchanged. Cost:
    1 gradient call a step. Memory: the last gradient in y.

    >>> from minmaxbench.testing import play
    >>> play("sapd", "bilinear_xy", start=(1.0, 0.0), steps=200, tau=0.9, sigma=0.9)[-1] < 1e-12
    True
    """

    step_sizes: ClassVar = ("tau", "sigma")
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim(
            "On f = xy it converges up to tau sigma = 4/3 and not beyond",
            "He, Ma, Xu, Yuan. SIAM Journal on Imaging Sciences 2022",
            "test_primal_dual_methods_converge_on_xy_up_to_their_known_limit",
        ),
    )

    tau: float = step_size(0.05)
    sigma: float = step_size(0.05)
    theta: float = number(1.0, 0.0, 1.0, search=(0.0, 1.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Rising:
        """The start, no gradient seen."""
        started = oracle.xp.zeros((x.shape[0], 1), dtype=oracle.xp.bool)
        return Rising(x, y, oracle.xp.zeros_like(y), started)

    def step(self, state: Rising, oracle: Oracle) -> Rising:
        """y, then x at the new y."""
        xp, (x, y, old, started) = oracle.xp, state
        gy = oracle.grad_y(x, y)
        ahead = gy + self.theta * (gy - xp.where(started, old, gy))
        new = oracle.project_y(y + self.sigma * ahead)
        down = oracle.project_x(x - self.tau * oracle.grad_x(x, new))
        return Rising(down, new, gy, xp.ones_like(started))
