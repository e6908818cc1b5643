"""Anchored methods: every step is drawn back to the start, less and less."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from minmaxbench.algorithms.pairs import column, field, project
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import number, positive, relative_steps, step_size
from minmaxbench.errors import UserError


class Anchored(NamedTuple):
    """An iterate, the start, and the number of steps made, as a (lanes, 1) column."""

    x: Array
    y: Array
    start: Iterate
    k: Array


class ToTheStart(Algorithm):
    """What the methods share that remember the start and count."""

    step_sizes: ClassVar[tuple[str, ...]] = ()
    price: ClassVar = 2.0

    def init(self, x: Array, y: Array, oracle: Oracle) -> Any:
        """The start, which is its own anchor."""
        return Anchored(x, y, Iterate(x, y), column(oracle.xp, x, 0))


@register(
    "eag_c",
    "Yoon, Ryu. Accelerated Algorithms for Smooth Convex-Concave Minimax Problems with O(1/k^2) "
    "Rate on Squared Gradient Norm. ICML 2021 (EAG-C)",
)
@dataclass(frozen=True)
class EAGC(ToTheStart):
    r"""Extra anchored gradient with a constant step.

    With :math:`b_k = 1/(k + 2)`, k = 0, 1, ...:

    .. math:: \bar z = P(z + b_k (z_0 - z) - \alpha F(z)), \quad
              z^+ = P(z + b_k (z_0 - z) - \alpha F(\bar z))

    The paper takes :math:`\alpha = 1/(8 L)`. Cost: 2 gradient calls a step. Memory: z_0. For
    monotone F, :math:`|F(z_k)|^2 \le 260 L^2 |z_0 - z^*|^2/(k + 1)^2`; on f = xy it is 63.8/k^2 in
    the end:

    >>> from minmaxbench.testing import play
    >>> d = play("eag_c", "bilinear_xy", start=(1.0, 0.0), steps=1000, alpha=0.125)
    >>> round(1000**2 * d[-1] ** 2, 1)
    63.8
    """

    claims: ClassVar = (
        Claim("For monotone F and alpha = 1/(8 L) |F(z_k)|^2 <= 260 L^2 |z_0 - z*|^2/(k + 1)^2",
              "Yoon, Ryu. ICML 2021", "test_anchored_methods_keep_the_bounds_of_their_theorems"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("echnen, optimize.py",
                departs="it anchors at the origin; ours at the start, as the paper does"),
    )  # fmt: skip

    alpha: float = step_size(0.05)

    def step(self, state: Anchored, oracle: Oracle) -> Anchored:
        """One step; anchoring with the old iterate both times."""
        z = Iterate(state.x, state.y)
        back = z + (state.start - z) / (state.k + 2)
        ahead = project(oracle, back - self.alpha * field(oracle, z))
        new = project(oracle, back - self.alpha * field(oracle, ahead))
        return Anchored(*new, state.start, state.k + 1)


class Varying(NamedTuple):
    """An anchored iterate whose step size changes by a rule of its own."""

    x: Array
    y: Array
    start: Iterate
    k: Array
    eta: Array
    look: Iterate


@register(
    "eag_v",
    "Yoon, Ryu. Accelerated Algorithms for Smooth Convex-Concave Minimax Problems with O(1/k^2) "
    "Rate on Squared Gradient Norm. ICML 2021 (EAG-V)",
)
@dataclass(frozen=True)
class EAGV(ToTheStart):
    r"""Extra anchored gradient with a varying step.

    As ``eag_c``, but with :math:`\alpha_0 = \text{first}/L` and

    .. math:: \alpha_{k+1} = \frac{\alpha_k}{1 - \alpha_k^2 L^2}
              \Big(1 - \frac{(k + 2)^2}{(k + 1)(k + 3)} \alpha_k^2 L^2\Big)

    The paper takes first = 0.618. Cost: 2 gradient calls a step. Memory: z_0. For monotone F,
    :math:`|F(z_k)|^2 \le 27 L^2 |z_0 - z^*|^2/((k + 1)(k + 2))`; on f = xy:

    >>> from minmaxbench.testing import play
    >>> d = play("eag_v", "bilinear_xy", start=(1.0, 0.0), steps=1000, L=1.0)
    >>> round(1000**2 * d[-1] ** 2, 2)
    5.23
    """

    claims: ClassVar = (
        Claim("For monotone F |F(z_k)|^2 <= 27 L^2 |z_0 - z*|^2/((k + 1)(k + 2))",
              "Yoon, Ryu. ICML 2021", "test_anchored_methods_keep_the_bounds_of_their_theorems"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("echnen, optimize.py",
                departs="it starts at 0.5/L and anchors at the origin; ours at 0.618/L and at the "
                "start, as the paper does"),
    )  # fmt: skip

    L: float = positive(10.0, search=(1.0, 1000.0))
    first: float = number(0.618, 0.0, 0.75, above=True, below=True)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Varying:
        """The start and the first step size."""
        eta = column(oracle.xp, x, 1) * (self.first / self.L)
        z = Iterate(x, y)
        return Varying(x, y, z, column(oracle.xp, x, 0), eta, z)

    def step(self, state: Varying, oracle: Oracle) -> Varying:
        """One step, and the next step size."""
        z, k, alpha = Iterate(state.x, state.y), state.k, state.eta
        back = z + (state.start - z) / (k + 2)
        ahead = project(oracle, back - alpha * field(oracle, z))
        new = project(oracle, back - alpha * field(oracle, ahead))
        square = (alpha * self.L) ** 2
        shrunk = 1 - (k + 2) ** 2 / ((k + 1) * (k + 3)) * square
        return Varying(*new, state.start, k + 1, alpha / (1 - square) * shrunk, state.look)


@register(
    "feg",
    "Lee, Kim. Fast Extra Gradient Methods for Smooth Structured Nonconvex-Nonconcave Minimax "
    "Problems. NeurIPS 2021 (class FEG and Theorem 4.1)",
)
@dataclass(frozen=True)
class FEG(ToTheStart):
    r"""Fast extragradient, for comonotone F.

    With :math:`b_k = 1/(k + 1)`, k = 0, 1, ..., so that the first step is GDA's:

    .. math:: \bar z = P(z + b_k (z_0 - z) - (1 - b_k)(\eta + 2 \rho) F(z)), \\
              z^+ = P(z + b_k (z_0 - z) - \eta F(\bar z) - (1 - b_k) 2 \rho F(z))

    :math:`\eta = 1/L`; rho > -eta/2 is the constant of comonotonicity. Cost: 2 gradient calls a
    step. Memory: z_0. :math:`|F(z_k)|^2 \le 4 |z_0 - z^*|^2/((\eta + 2 \rho)^2 k^2)`, and on f = xy
    with eta = 1 this is met for k = 2, 6, 10, ..., while F is 0 for k = 4, 8, 12, ...:

    >>> from minmaxbench.testing import play
    >>> d = play("feg", "bilinear_xy", start=(1.0, 0.0), steps=10, eta=1.0)
    >>> [round(d[k] ** 2 * k**2, 12) for k in (2, 6, 10)], [round(d[k], 12) for k in (4, 8)]
    ([4.0, 4.0, 4.0], [0.0, 0.0])
    """

    claims: ClassVar = (
        Claim("For rho-comonotone F |F(z_k)|^2 <= 4 |z_0 - z*|^2/((eta + 2 rho)^2 k^2)",
              "Lee, Kim. NeurIPS 2021, Theorem 4.1",
              "test_anchored_methods_keep_the_bounds_of_their_theorems"),
        Claim("On f = xy with eta = 1 the bound is met for k = 2 mod 4, and F is 0 for k = 0 mod 4",
              "computed", "test_feg_meets_its_bound_at_2_mod_4_and_is_at_the_solution_at_0_mod_4"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("RAIN, rho_func"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    rho: float = number(0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if relative_steps(self):
            return
        slack = self.eta + 2 * self.rho
        if not (slack > 0 if isinstance(slack, float) else (slack > 0).all()):
            raise UserError(f"rho of feg is above -eta/2; got {self.rho} with eta = {self.eta}.")

    def step(self, state: Anchored, oracle: Oracle) -> Anchored:
        """One step."""
        z, b = Iterate(state.x, state.y), 1 / (state.k + 1)
        back, here = z + b * (state.start - z), field(oracle, z)
        ahead = project(oracle, back - ((1 - b) * (self.eta + 2 * self.rho)) * here)
        step = self.eta * field(oracle, ahead) + ((1 - b) * (2 * self.rho)) * here
        return Anchored(*project(oracle, back - step), state.start, state.k + 1)


@register(
    "apv",
    "Tran-Dinh, Luo. Halpern-Type Accelerated and Splitting Algorithms for Monotone Inclusions. "
    "2021 (anchored Popov with varying step), as in public programs",
)
@dataclass(frozen=True)
class AnchoredPopov(ToTheStart):
    r"""Anchored Popov: anchoring at one gradient call a step.

    With :math:`b_k = 1/(k + 2)`, :math:`\eta_0 = 1/(2 \sqrt 3 L)`, :math:`M = 4 L^2`, :math:`w_0 =
    z_0`:

    .. math:: w^+ = P(b_k z_0 + (1 - b_k) z - (1 - b_k) \eta_k F(w)), \\
              z^+ = P(b_k z_0 + (1 - b_k) z - \eta_k F(w^+)), \\
              \eta_{k+1} = \frac{(1 - b_k^2 - M \eta_k^2)\, b_{k+1} \eta_k}
                                {(1 - M \eta_k^2)(1 - b_k)\, b_k}

    Cost: 1 gradient call a step, and 1 more in the first. Memory: z_0, F(w). On f = xy:

    >>> from minmaxbench.testing import play
    >>> d = play("apv", "bilinear_xy", start=(1.0, 0.0), steps=2000, L=1.0)
    >>> round(2000**2 * d[-1] ** 2, 1)
    21.6
    """

    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("|F(z_k)| = O(1/k) for monotone F, at one gradient call a step; k^2 |F|^2 tends to "
              "21.6 on f = xy", "Tran-Dinh, Luo. 2021", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("echnen, optimize.py", departs="it anchors at the origin; ours at the start"),
    )  # fmt: skip

    L: float = positive(5.0, search=(1.0, 1000.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Varying:
        """The start, the first step size, and F at the start, which is paid for."""
        eta = column(oracle.xp, x, 1) / (2 * math.sqrt(3) * self.L)
        z = Iterate(x, y)
        return Varying(x, y, z, column(oracle.xp, x, 0), eta, field(oracle, z))

    def step(self, state: Varying, oracle: Oracle) -> Varying:
        """One step, and the next step size."""
        z, eta = Iterate(state.x, state.y), state.eta
        b, next_b, m = 1 / (state.k + 2), 1 / (state.k + 3), 4 * (self.L * eta) ** 2
        back = b * state.start + (1 - b) * z
        ahead = field(oracle, project(oracle, back - ((1 - b) * eta) * state.look))
        new = project(oracle, back - eta * ahead)
        eta = (1 - b * b - m) * next_b * eta / ((1 - m) * (1 - b) * b)
        return Varying(*new, state.start, state.k + 1, eta, ahead)


@register(
    "g_eag",
    "Bot, Chenchene. Extra-Gradient Method with Flexible Anchoring. 2024 (arXiv:2410.14369)",
)
@dataclass(frozen=True)
class FlexibleEAG(ToTheStart):
    r"""Extragradient with flexible anchoring, in an implicit form.

    With :math:`e_k = \alpha/(\theta (k + \beta))`, k = 0, 1, ...:

    .. math:: \bar z = P(z - \theta e_k (z - z_0) - \theta F(z)), \quad
              z^+ = P\Big(z_0 + \frac{z - z_0 - \theta F(\bar z)}{1 + \theta e_{k+1}}\Big)

    :math:`\theta < 1/L` and alpha <= 2. Cost: 2 gradient calls a step. Memory: z_0. Among many
    solutions it goes to the one nearest to z_0.

    >>> from minmaxbench.testing import play
    >>> d = play("g_eag", "bilinear_xy", start=(1.0, 0.0), steps=2000, theta=0.5)
    >>> d[-1] < 4 / 2000
    True
    """

    step_sizes: ClassVar = ("theta",)
    claims: ClassVar = (
        Claim("It converges to the solution nearest to its start", "Bot, Chenchene. 2024",
              "test_flexible_anchoring_leads_to_the_nearest_of_many_solutions"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("the authors' program"),
    )  # fmt: skip

    theta: float = step_size(0.05)
    alpha: float = number(2.0, 0.0, 2.0, above=True, search=(0.5, 2.0))
    beta: float = number(2.0, 1.0, search=(1.0, 50.0), scale="log")

    def step(self, state: Anchored, oracle: Oracle) -> Anchored:
        """One step."""
        z, v = Iterate(state.x, state.y), state.start
        now = self.alpha / (state.k + self.beta)
        later = self.alpha / (state.k + 1 + self.beta)
        ahead = project(oracle, z - now * (z - v) - self.theta * field(oracle, z))
        new = v + (z - v - self.theta * field(oracle, ahead)) / (1 + later)
        return Anchored(*project(oracle, new), v, state.k + 1)


@register(
    "anchored_gda",
    "Ryu, Yuan, Yin. ODE Analysis of Stochastic Gradient Methods with Optimism and Anchoring for "
    "Minimax Problems. 2019 (anchored SGDA)",
)
@dataclass(frozen=True)
class AnchoredGDA(ToTheStart):
    r"""GDA that is drawn back to its start: made for noise.

    .. math:: z_{k+1} = P\Big(z_k - \frac{\gamma}{(k + o)^p} F(z_k) +
                              \frac{\lambda}{(k + o)^q} (z_0 - z_k)\Big), \quad k = 0, 1, \dots

    Cost: 1 gradient call a step. Memory: z_0. On f = xy GDA with the same steps ends far out:

    >>> from minmaxbench.testing import play
    >>> play("anchored_gda", "bilinear_xy", start=(1.0, 0.0), steps=20000)[-1] < 0.2
    True
    """

    step_sizes: ClassVar = ("gamma",)
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("It converges with noisy gradients on convex-concave f", "Ryu, Yuan, Yin. 2019"),
        Claim("On f = xy it converges, where GDA with the same steps does not",
              "Ryu, Yuan, Yin. 2019", EXAMPLE),
    )  # fmt: skip

    gamma: float = step_size(0.5, search=(1e-3, 10.0))
    lam: float = positive(0.5, search=(0.01, 10.0))
    o: float = number(1.0, 1.0)
    p: float = number(0.6, 0.0, 1.0)
    q: float = number(1.0, 0.0, 1.0, above=True)

    def step(self, state: Anchored, oracle: Oracle) -> Anchored:
        """One step."""
        z, t = Iterate(state.x, state.y), state.k + self.o
        back = (self.lam / t**self.q) * (state.start - z)
        new = project(oracle, z - (self.gamma / t**self.p) * field(oracle, z) + back)
        return Anchored(*new, state.start, state.k + 1)
