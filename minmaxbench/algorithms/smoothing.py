"""Smoothed methods: a player is held near a point that follows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.pairs import column
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import count, number, positive, step_size, weight


class Held(NamedTuple):
    """An iterate, and the points near which the players are held."""

    x: Array
    y: Array
    z: Array
    v: Array


@register(
    "smoothed_gda",
    "Zhang, Xiao, Sun, Luo. A Single-Loop Smoothed Gradient Descent-Ascent Algorithm for "
    "Nonconvex-Concave Min-Max Problems. NeurIPS 2020 (Smoothed-GDA)",
)
@dataclass(frozen=True)
class SmoothedGDA(Algorithm):
    r"""GDA on f + r/2 |x - z|^2, where z follows x.

    .. math:: x^+ = P(x - c [\nabla_x f(x, y) + r (x - z)]), \quad
              y^+ = P(y + \alpha \nabla_y f(x^+, y)), \\
              z^+ = z + \beta (x^+ - z), \quad z_0 = x_0

    y sees the new x. Cost: 1 gradient call a step. Memory: z. On f = xy, where alternating GDA goes
    round, it converges:

    >>> from minmaxbench.testing import play
    >>> play("smoothed_gda", "bilinear_xy", start=(1.0, 0.0), steps=10000)[-1] < 1e-9
    True
    """

    step_sizes: ClassVar = ("c", "alpha")
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("It finds an eps-stationary point of a nonconvex-concave f in O(1/eps^4) gradients, "
              "of a maximum of finitely many functions in O(1/eps^2)",
              "Zhang, Xiao, Sun, Luo. NeurIPS 2020"),
        Claim("On f = xy it converges, where alternating GDA goes round",
              "Zhang, Xiao, Sun, Luo. NeurIPS 2020", EXAMPLE),
    )  # fmt: skip

    c: float = step_size(0.05)
    alpha: float = step_size(0.05)
    r: float = weight(1.0, search=(0.0, 10.0))
    beta: float = number(0.1, 0.0, 1.0, above=True, search=(0.01, 1.0), scale="log")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Held:
        """The start, held where it is."""
        return Held(x, y, x, y)

    def step(self, state: Held, oracle: Oracle) -> Held:
        """x, then y, then the point that follows."""
        pull = self.r * (state.x - state.z)
        x = oracle.project_x(state.x - self.c * (oracle.grad_x(state.x, state.y) + pull))
        y = oracle.project_y(state.y + self.alpha * oracle.grad_y(x, state.y))
        return Held(x, y, state.z + self.beta * (x - state.z), state.v)


@register(
    "ds_gda",
    "Zheng, Zhu, So, Blanchet, Li. Universal Gradient Descent Ascent Method for "
    "Nonconvex-Nonconcave Minimax Optimization. NeurIPS 2023 (DS-GDA)",
)
@dataclass(frozen=True)
class DoublySmoothedGDA(Algorithm):
    r"""Doubly smoothed GDA: both players are held near points that follow them.

    .. math:: x^+ = P(x - c [\nabla_x f(x, y) + r_1 (x - z)]), \quad
              y^+ = P(y + \alpha [\nabla_y f(x^+, y) - r_2 (y - v)]), \\
              z^+ = z + \beta (x^+ - z), \quad v^+ = v + \mu (y^+ - v), \quad z_0 = x_0,\ v_0 = y_0

    y sees the new x. The authors' universal setting is r1 = r2 = 0.125, c = alpha = 0.04,
    beta = mu = 0.8. Cost: 1 gradient call a step. Memory: (z, v). On the forsaken game it comes to
    rest where GDA goes round:

    >>> from minmaxbench.testing import play
    >>> play("gda", "global_forsaken", start=(1.0, 1.0), steps=3000)[-1] > 1
    True
    >>> play("ds_gda", "global_forsaken", start=(1.0, 1.0), steps=3000)[-1] < 1e-9
    True
    """

    step_sizes: ClassVar = ("c", "alpha")
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("It converges on nonconvex-nonconcave f that is one-sided KL, with one setting for "
              "all", "Zheng et al. NeurIPS 2023"),
        Claim("It comes to rest in the global forsaken game, where GDA goes round",
              "Zheng et al. NeurIPS 2023", "test_which_methods_go_round_in_the_forsaken_games"),
    )  # fmt: skip

    c: float = step_size(0.05)
    alpha: float = step_size(0.05)
    r1: float = weight(1.0, search=(0.0, 10.0))
    r2: float = weight(1.0, search=(0.0, 10.0))
    beta: float = number(0.1, 0.0, 1.0, above=True, search=(0.01, 1.0), scale="log")
    mu: float = number(0.1, 0.0, 1.0, above=True, search=(0.01, 1.0), scale="log")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Held:
        """The start, held where it is."""
        return Held(x, y, x, y)

    def step(self, state: Held, oracle: Oracle) -> Held:
        """x, then y, then the points that follow."""
        down = oracle.grad_x(state.x, state.y) + self.r1 * (state.x - state.z)
        x = oracle.project_x(state.x - self.c * down)
        up = oracle.grad_y(x, state.y) - self.r2 * (state.y - state.v)
        y = oracle.project_y(state.y + self.alpha * up)
        z, v = state.z + self.beta * (x - state.z), state.v + self.mu * (y - state.v)
        return Held(x, y, z, v)


class Staged(NamedTuple):
    """An iterate, the mean of x's gradients, and what a stage is made of."""

    x: Array
    y: Array
    g: Array
    reference: Array
    """What x is held near."""
    total: Array
    """The sum of the stage's x."""
    k: Array
    """Steps made, (lanes, 1)."""
    eta: Array
    """(lanes, 1)."""


@register(
    "pesg",
    "Yuan, Yan, Sonka, Yang. Large-Scale Robust Deep AUC Maximization: A New Surrogate Loss and "
    "Empirical Studies on Medical Image Classification. ICCV 2021 (PESG)",
)
@dataclass(frozen=True)
class ProximalEpoch(Algorithm):
    r"""Proximal epoch stochastic gradients: in stages x is held near its mean in the stage before.

    .. math:: g^+ = (1 - m) g + m [\mathrm{clip}(\nabla_x f(x, y)) + \lambda (x - v)], \\
              x^+ = P(x - \eta g^+), \quad y^+ = P(y + \eta \nabla_y f(x, y))

    The first g is its bracket, and clip cuts every entry to [-c, c]. After ``stage`` steps v, which is
    x_0 at first, is the mean of the stage's x^+, and eta is divided by ``factor``. How long a stage is
    the authors leave to the user; their tutorials divide by 10 twice in a run. Cost: 1 gradient call a
    step. Memory: g, v and the sum of x.

    >>> from minmaxbench.testing import play
    >>> play("pesg", "cgd_convex", start=(1.0, 1.0), steps=2000)[-1] < 1e-4
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("It maximises the area under the ROC curve, through its saddle form",
              "Yuan, Yan, Sonka, Yang. ICCV 2021",
              "test_the_proximal_epoch_method_maximises_the_area_under_the_curve"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("Optimization-AI/LibAUC, libauc/optimizers/pesg.py, commit 4a471cf",
                departs="it starts from a v that is drawn, adds a weight decay, which is a term of f "
                "here, and its alpha sees the new a and b in the place of the means that they follow"),
    )  # fmt: skip

    eta: float = step_size(0.1)
    momentum: float = number(0.9, 0.0, 1.0, above=True, search=(0.1, 1.0))
    clip: float = positive(1.0, search=(0.1, 100.0))
    lam: float = weight(2e-3, search=(0.0, 1.0))
    stage: int = count(1000, search=(100, 10_000), scale="log")
    factor: float = number(2.0, 1.0, search=(1.0, 10.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Staged:
        """The start, held where it is."""
        one = column(oracle.xp, x, 1)
        return Staged(x, y, 0 * x, x, 0 * x, 0 * one, self.eta * one)

    def step(self, state: Staged, oracle: Oracle) -> Staged:
        """Both players at the old point, then the books of the stage."""
        xp, eta = oracle.xp, state.eta
        gx, gy = oracle.grad(state.x, state.y)
        seen = xp.clip(gx, -self.clip, self.clip) + self.lam * (state.x - state.reference)
        g = xp.where(state.k == 0, seen, (1 - self.momentum) * state.g + self.momentum * seen)
        x = oracle.project_x(state.x - eta * g)
        y = oracle.project_y(state.y + eta * gy)
        k, total = state.k + 1, state.total + x
        over = k % self.stage == 0
        return Staged(
            x,
            y,
            g,
            xp.where(over, total / self.stage, state.reference),
            xp.where(over, 0.0, total),
            k,
            xp.where(over, eta / self.factor, eta),
        )
