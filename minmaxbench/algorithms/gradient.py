"""Gradient descent ascent in its classical orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Iterate, Memoryless
from minmaxbench.core.arrays import Array
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, count, number, step_size


@register("gda", "Arrow, Hurwicz, Uzawa. Studies in Linear and Non-Linear Programming. 1958")
@dataclass(frozen=True)
class GDA(Memoryless):
    r"""Gradient descent ascent, both players at once.

    .. math:: x^+ = P(x - \eta_x \nabla_x f(x, y)), \quad y^+ = P(y + \eta_y \nabla_y f(x, y))

    Cost: 1 gradient call a step. On f = xy the distance to the solution grows by
    :math:`\sqrt{1 + \eta^2}` a step:

    >>> from minmaxbench.testing import play
    >>> play("gda", "bilinear_xy", start=(1.0, 0.0), steps=2, eta_x=1.0, eta_y=1.0)
    [1.0, 1.4142135623730951, 2.0]
    """

    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 1.0

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """One simultaneous step."""
        gx, gy = oracle.grad(state.x, state.y)
        return Iterate(
            oracle.project_x(state.x - self.eta_x * gx),
            oracle.project_y(state.y + self.eta_y * gy),
        )


@register(
    "gda_alt",
    "Gidel, Askari Hemmat, Pezeshki, Le Priol, Huang, Lacoste-Julien, Mitliagkas. Negative "
    "Momentum for Improved Game Dynamics. AISTATS 2019",
)
@dataclass(frozen=True)
class AlternatingGDA(Memoryless):
    r"""Alternating gradient descent ascent: the second player sees the first one's move.

    With ``order="xy"``:

    .. math:: x^+ = P(x - \eta_x \nabla_x f(x, y)), \quad y^+ = P(y + \eta_y \nabla_y f(x^+, y))

    and with ``order="yx"`` the max-player moves first. Cost: 1 gradient call a step. On f = xy it
    stays bounded where simultaneous GDA spirals out:

    >>> from minmaxbench.testing import play
    >>> max(play("gda_alt", "bilinear_xy", start=(1.0, 0.0), steps=1000)) < 1.1
    True
    """

    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 1.0

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)
    order: str = choice("xy", "yx")

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """One step of each player in turn."""
        return in_turn(state, oracle, self.eta_x, self.eta_y, 1, self.order)


@register(
    "gdmax",
    "Nouiehed, Sanjabi, Huang, Lee, Razaviyayn. Solving a Class of Non-Convex Min-Max Games Using "
    "Iterative First Order Methods. NeurIPS 2019",
)
@dataclass(frozen=True)
class GDmax(Memoryless):
    r"""GDmax: k ascent steps of the max-player for one descent step of the min-player.

    With ``order="yx"`` the ascent comes first and the descent step sees its end:

    .. math:: y^{j+1} = P(y^j + \eta_y \nabla_y f(x, y^j)),\ j < k, \quad
              x^+ = P(x - \eta_x \nabla_x f(x, y^k)), \quad y^+ = y^k

    With ``order="xy"`` the descent step comes first. Cost: (1 + k)/2 gradient calls a step. On
    f = xy - y^2/2, where the best answer to x is y = x, it contracts:

    >>> from minmaxbench.testing import play
    >>> play("gdmax", "dirac_gan_r1", start=(1.0, 1.0), steps=2000)[-1] < 1e-6
    True
    """

    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 3.0

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)
    k: int = count(5, search=(1, 20))
    order: str = choice("yx", "xy")

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """k ascent steps and one descent step."""
        return in_turn(state, oracle, self.eta_x, self.eta_y, self.k, self.order)


@register(
    "gda_two_timescale",
    "Heusel, Ramsauer, Unterthiner, Nessler, Hochreiter. GANs Trained by a Two Time-Scale Update "
    "Rule. NIPS 2017; Lin, Jin, Jordan. On Gradient Descent Ascent for Nonconvex-Concave Minimax "
    "Problems. ICML 2020",
)
@dataclass(frozen=True)
class TwoTimescaleGDA(Memoryless):
    r"""GDA on two time scales: the min-player is slower by the factor tau.

    .. math:: x^+ = P(x - (\eta/\tau) \nabla_x f(x, y)), \quad y^+ = P(y + \eta \nabla_y f(x, y))

    Cost: 1 gradient call a step. At a strict local minimax point that is no local Nash point it is
    stable once tau is large enough (Fiez, Ratliff, ICLR 2021):

    >>> from minmaxbench.testing import play
    >>> play("gda", "ftr_f1", start=(0.1, 0.1), steps=500)[-1] > 1.0
    True
    >>> play("gda_two_timescale", "ftr_f1", start=(0.1, 0.1), steps=5000, eta=0.1)[-1] < 1e-6
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0

    eta: float = step_size(0.05)
    tau: float = number(10.0, 0.0, above=True, search=(1.0, 100.0), scale="log")

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """One simultaneous step with two step sizes."""
        gx, gy = oracle.grad(state.x, state.y)
        return Iterate(
            oracle.project_x(state.x - (self.eta / self.tau) * gx),
            oracle.project_y(state.y + self.eta * gy),
        )


def in_turn(
    state: Iterate, oracle: Oracle, eta_x: Array, eta_y: Array, k: int, order: str
) -> Iterate:
    """One descent step of x and k ascent steps of y, the second player seeing the first one's move."""
    x, y = state
    if order == "xy":
        x = oracle.project_x(x - eta_x * oracle.grad_x(x, y))
    for _ in range(k):
        y = oracle.project_y(y + eta_y * oracle.grad_y(x, y))
    if order == "yx":
        x = oracle.project_x(x - eta_x * oracle.grad_x(x, y))
    return Iterate(x, y)
