"""Extragradient and its relatives: look ahead, then step with the gradient seen there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from minmaxbench.algorithms.gradient import Counted
from minmaxbench.algorithms.pairs import column, field, project
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate, Memoryless
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, count, number, step_size


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
    claims: ClassVar = (
        Claim("On f = xy a step multiplies the distance by sqrt((1 - eta^2)^2 + eta^2)",
              "Korpelevich. 1976; Mokhtari, Ozdaglar, Pattathil. AISTATS 2020",
              "test_on_xy_optimism_and_looking_ahead_contract_at_their_known_rates"),
        Claim("It converges for monotone Lipschitz F and eta < 1/L", "Korpelevich. 1976"),
        Claim("It goes round in the forsaken games", "Hsieh, Mertikopoulos, Cevher. ICML 2021",
              "test_which_methods_go_round_in_the_forsaken_games"),
        Claim("On the comonotone quadratic with rho = -1/3 and L = 1 it diverges",
              "Pethick, Xie, Cevher. NeurIPS 2023",
              "test_more_inner_steps_of_rapp_do_not_always_help"),
    )  # fmt: skip

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


@register(
    "eg_two_timescale",
    "Chae, Kim, Kim. Two-Timescale Extragradient for Finding Local Minimax Points. ICLR 2024 "
    "(tau-EG)",
)
@dataclass(frozen=True)
class TwoTimescaleExtragradient(Memoryless):
    r"""Extragradient with a slower min-player.

    .. math:: \bar z = P(z - \eta \Lambda F(z)), \quad z^+ = P(z - \eta \Lambda F(\bar z)), \quad
              \Lambda = \mathrm{diag}(1/\tau, 1)

    Cost: 2 gradient calls a step. For tau large enough it reaches local minimax points, also where
    the Hessian of y is degenerate:

    >>> from minmaxbench.testing import play
    >>> play("extragradient", "ftr_f1", start=(0.1, 0.1), steps=500)[-1] > 1.0
    True
    >>> play("eg_two_timescale", "ftr_f1", start=(0.1, 0.1), steps=5000, eta=0.1)[-1] < 1e-6
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("For tau large enough exactly the strict local minimax points attract",
              "Chae, Kim, Kim. ICLR 2024",
              "test_slow_min_players_are_attracted_by_strict_local_minimax_points_only"),
        Claim("It also reaches local minimax points whose Hessian in y is degenerate, where GDA "
              "on two time scales may not", "Chae, Kim, Kim. ICLR 2024"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    tau: float = number(10.0, 0.0, above=True, search=(1.0, 100.0), scale="log")

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """Look ahead, then step."""
        eta = Iterate(self.eta / self.tau, self.eta)
        ahead = project(oracle, state - eta * field(oracle, state))
        return project(oracle, state - eta * field(oracle, ahead))


@register(
    "eg_plus",
    "Diakonikolas, Daskalakis, Jordan. Efficient Methods for Structured Nonconvex-Nonconcave "
    "Min-Max Optimization. AISTATS 2021 (EG+)",
)
@dataclass(frozen=True)
class EGPlus(Memoryless):
    r"""EG+: the step is shorter than the look ahead, for weak Minty solutions.

    .. math:: \bar z = P(z - \eta F(z)), \quad z^+ = P(z - \alpha \eta F(\bar z))

    :math:`\eta = 1/L` and :math:`\alpha = 1/2` in the paper; "damped EGM" with Grimmer et al. Cost:
    2 gradient calls a step. On f = xy with eta = 1 the look-ahead point is all that counts, and
    half a step halves the distance where a whole one keeps it:

    >>> from minmaxbench.testing import play
    >>> play("eg_plus", "bilinear_xy", start=(1.0, 0.0), steps=2, eta=1.0)
    [1.0, 0.7071067811865476, 0.5]
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("It converges where there is a weak Minty solution, for small rho",
              "Diakonikolas, Daskalakis, Jordan. AISTATS 2021"),
        Claim("On the comonotone quadratic with rho = -1/3, L = 1 and eta = 1 alpha = 0.1 "
              "converges and 0.5 does not", "Pethick, Xie, Cevher. NeurIPS 2023",
              "test_more_inner_steps_of_rapp_do_not_always_help"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    alpha: float = number(0.5, 0.0, 1.0, above=True, search=(0.05, 1.0))

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """Look ahead, then step a part of the way."""
        ahead = project(oracle, state - self.eta * field(oracle, state))
        return project(oracle, state - (self.alpha * self.eta) * field(oracle, ahead))


@register(
    "eg_alt",
    "Bonettini, Ruggiero. An Alternating Extragradient Method for Total Variation-Based Image "
    "Restoration. Inverse Problems 2011, Algorithm AEM; the other two as programmed by others",
)
@dataclass(frozen=True)
class AlternatingExtragradient(Memoryless):
    r"""Alternating extragradient: four different methods carry the name.

    ``gauss_seidel``, each player sees all that has moved:

    .. math:: \bar x = P(x - \eta \nabla_x f(x, y)), \quad
              \bar y = P(y + \eta \nabla_y f(\bar x, y)), \\
              x^+ = P(x - \eta \nabla_x f(\bar x, \bar y)), \quad
              y^+ = P(y + \eta \nabla_y f(x^+, \bar y))

    ``bonettini``, y alone looks ahead (Bonettini, Ruggiero 2011):

    .. math:: \bar y = P(y + \eta \nabla_y f(x, y)), \quad
              x^+ = P(x - \eta \nabla_x f(x, \bar y)), \quad y^+ = P(y + \eta \nabla_y f(x^+, y))

    ``cross``, each looks at the other's next point from its own present one:

    .. math:: x^+ = P(x - \eta \nabla_x f(x, \bar y)), \quad y^+ = P(y + \eta \nabla_y f(\bar x, y))

    ``again``, both look ahead again when x has moved (Lee, Cho, Yun, ICML 2024, a baseline):

    .. math:: x^+ = P(x - \eta \nabla_x f(\bar x, \bar y)), \quad
              y^+ = P(y + \eta \nabla_y f(\bar x', \bar y'))

    with bars for simultaneous looks from (x, y), and from (x^+, y). Cost: 2 gradient calls a step,
    ``bonettini`` 3/2, ``again`` 3. All four converge on f = xy:

    >>> from minmaxbench.testing import play
    >>> for kind in ("gauss_seidel", "bonettini", "cross", "again"):
    ...     print(play("eg_alt", "bilinear_xy", (1.0, 0.0), 600, eta=0.3, variant=kind)[-1] < 1e-8)
    True
    True
    True
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("All variants converge on f = xy", "Bonettini, Ruggiero. Inverse Problems 2011",
              EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("HanseulJo/Alex-GDA, quadratic-extensive/algo.py, AltEG, commit 752f36c"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    variant: str = choice("gauss_seidel", "bonettini", "cross", "again")

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """One step of the variant."""
        x, y = state

        def down(a: Array, b: Array) -> Array:
            return oracle.project_x(x - self.eta * oracle.grad_x(a, b))

        def up(a: Array, b: Array) -> Array:
            return oracle.project_y(y + self.eta * oracle.grad_y(a, b))

        if self.variant == "bonettini":
            new = down(x, up(x, y))
            return Iterate(new, up(new, y))
        if self.variant == "again":
            new = down(*_ahead(oracle, state, self.eta))
            return Iterate(new, up(*_ahead(oracle, Iterate(new, y), self.eta)))
        if self.variant == "cross":
            ahead_x, ahead_y = _ahead(oracle, state, self.eta)
            return Iterate(down(x, ahead_y), up(ahead_x, y))
        ahead_x = down(x, y)
        ahead_y = up(ahead_x, y)
        new = down(ahead_x, ahead_y)
        return Iterate(new, up(new, ahead_y))


def _ahead(oracle: Oracle, z: Iterate, eta: Array) -> Iterate:
    """A step of GDA from z."""
    return project(oracle, z - eta * field(oracle, z))


@register(
    "rapp",
    "Pethick, Xie, Cevher. Stable Nonconvex-Nonconcave Training via Linear Interpolation. "
    "NeurIPS 2023 (RAPP)",
)
@dataclass(frozen=True)
class RAPP(Memoryless):
    r"""Relaxed approximate proximal point: T inner steps to the proximal point, then a part of the
    way.

    .. math:: w_0 = z, \quad w_{j+1} = P(z - \gamma F(w_j)),\ j < T, \quad
              z^+ = (1 - \lambda) z + \lambda w_T

    T = 1 is GDA with the step lambda gamma, T = 2 is EG+. Cost: T gradient calls a step. On f = xy
    three inner steps and a relaxation of 0.9 converge:

    >>> from minmaxbench.testing import play
    >>> play("rapp", "bilinear_xy", start=(1.0, 0.0), steps=300, gamma=0.5)[-1] < 1e-9
    True
    """

    step_sizes: ClassVar = ("gamma",)
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("On the comonotone quadratic with rho = -1/3 T = 1 diverges and more inner steps "
              "converge, though not the more the better", "Pethick, Xie, Cevher. NeurIPS 2023",
              "test_more_inner_steps_of_rapp_do_not_always_help"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("LIONS-EPFL/linear-interpolation, rapp/optim/RAPP.py, commit 2593408"),
    )  # fmt: skip

    gamma: float = step_size(0.05)
    T: int = count(3, search=(1, 2, 3, 5, 10))
    lam: float = number(0.9, 0.0, 1.0, above=True, search=(0.1, 1.0))

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """Inner steps and a relaxed one."""
        w = state
        for _ in range(self.T):
            w = project(oracle, state - self.gamma * field(oracle, w))
        return project(oracle, (1 - self.lam) * state + self.lam * w)


@register(
    "fbf",
    "Tseng. A Modified Forward-Backward Splitting Method for Maximal Monotone Mappings. SIAM "
    "Journal on Control and Optimization 2000",
)
@dataclass(frozen=True)
class ForwardBackwardForward(Memoryless):
    r"""Tseng's forward-backward-forward: look ahead onto the set, then correct by the difference.

    .. math:: \bar z = P(z - \eta F(z)), \quad z^+ = P(\bar z - \eta (F(\bar z) - F(z)))

    Without sets it is the extragradient. Cost: 2 gradient calls a step.

    >>> from minmaxbench.testing import play
    >>> play("fbf", "bilinear_xy", start=(1.0, 0.0), steps=1, eta=0.5)
    [1.0, 0.9013878188659973]
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("Without sets it is the extragradient",
              "Tseng. SIAM Journal on Control and Optimization 2000",
              "test_what_is_another_method_by_another_name_makes_the_same_steps"),
        Claim("It converges for monotone Lipschitz F and eta < 1/L",
              "Tseng. SIAM Journal on Control and Optimization 2000"),
    )  # fmt: skip

    eta: float = step_size(0.05)

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """Look ahead, then correct."""
        here = field(oracle, state)
        ahead = project(oracle, state - self.eta * here)
        return project(oracle, ahead - self.eta * (field(oracle, ahead) - here))


@register(
    "dseg",
    "Hsieh, Iutzeler, Malick, Mertikopoulos. Explore Aggressively, Update Conservatively: "
    "Stochastic Extragradient Methods with Variable Stepsize Scaling. NeurIPS 2020 (DSEG)",
)
@dataclass(frozen=True)
class DoubleStepExtragradient(Algorithm):
    r"""Extragradient for noisy gradients: look far ahead, step carefully.

    .. math:: \bar z = P(z - \frac{\gamma}{(t + b)^p} F(z)), \quad
              z^+ = P(z - \frac{\eta}{(t + b)^q} F(\bar z)), \quad t = 0, 1, \dots

    With p < q it converges on noisy bilinear games, where equal exponents do not.
    Cost: 2 gradient calls a step. Memory: t.

    >>> from minmaxbench.testing import play
    >>> play("dseg", "bilinear_xy", start=(1.0, 0.0), steps=3000)[-1] < 0.1
    True
    """

    step_sizes: ClassVar = ("gamma", "eta")
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("With equal exponents noise keeps it away from the solution of a bilinear game, "
              "with a shorter second step it converges", "Hsieh et al. NeurIPS 2020",
              "test_equal_exponents_of_double_step_extragradient_fail_on_the_noisy_bilinear_game"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("cyber-meow (Hsieh et al.)"),
    )  # fmt: skip

    gamma: float = step_size(1.0, search=(1e-2, 10.0))
    eta: float = step_size(1.0, search=(1e-2, 10.0))
    b: float = number(19.0, 1.0)
    p: float = number(1 / 3, 0.0, 1.0)
    q: float = number(2 / 3, 0.0, 1.0)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Counted:
        """The start."""
        return Counted(x, y, column(oracle.xp, x, 0))

    def step(self, state: Counted, oracle: Oracle) -> Counted:
        """Look ahead, then step."""
        z = Iterate(state.x, state.y)
        gamma = self.gamma / (state.t + self.b) ** self.p
        eta = self.eta / (state.t + self.b) ** self.q
        ahead = project(oracle, z - gamma * field(oracle, z))
        return Counted(*project(oracle, z - eta * field(oracle, ahead)), state.t + 1)
