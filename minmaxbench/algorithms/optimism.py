"""Optimism: rules that remember a gradient, at one gradient call a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.gradient import Behind
from minmaxbench.algorithms.pairs import field, project
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, fraction, number, step_size, weight


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


class Optimistic(Algorithm):
    r"""What the methods share that correct a step by the last gradient.

    :math:`z_{t+1} = P(z_t - a F(z_t) + b F(z_{t-1}))`. ``first`` says what stands for the gradient
    before the first: ``"repeat"`` takes F(z_0), ``"zero"`` takes 0.
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0

    first: str

    def weights(self) -> tuple[Array, Array]:
        """a and b."""
        raise NotImplementedError

    def init(self, x: Array, y: Array, oracle: Oracle) -> Started:
        """The start point, no gradient yet."""
        xp = oracle.xp
        started = xp.full((x.shape[0], 1), self.first == "zero")
        return Started(x, y, xp.zeros_like(x), xp.zeros_like(y), started)

    def step(self, state: Started, oracle: Oracle) -> Started:
        """One optimistic step."""
        a, b = self.weights()
        gx, gy = oracle.grad(state.x, state.y)
        old_gx = oracle.xp.where(state.started, state.gx, gx)
        old_gy = oracle.xp.where(state.started, state.gy, gy)
        x = oracle.project_x(state.x - a * gx + b * old_gx)
        y = oracle.project_y(state.y + a * gy - b * old_gy)
        return Started(x, y, gx, gy, oracle.xp.ones_like(state.started))


@register(
    "ogda",
    "Popov 1980; Daskalakis, Ilyas, Syrgkanis, Zeng. Training GANs with Optimism. ICLR 2018; "
    "optimistic mirror descent (OMD) in Keswani et al. ICML 2022",
)
@dataclass(frozen=True)
class OGDA(Optimistic):
    r"""Optimistic gradient descent ascent, the sequence with two gradients (OMD in GAN papers).

    With :math:`F = (\nabla_x f, -\nabla_y f)`:

    .. math:: z_{t+1} = P(z_t - 2 \eta F(z_t) + \eta F(z_{t-1}))

    ``first`` says what the first step uses for the gradient before the first: ``"repeat"`` takes
    F(z_0), so that step one is plain GDA with eta; ``"zero"`` takes 0, so that it is GDA with 2
    eta. Cost: 1 gradient call a step. Memory: the last gradient. The other sequence in use, the
    extrapolated one, is ``popov``. With P this is the forward-reflected-backward method of
    Malitsky, Tam (SIOPT 2020).

    >>> from minmaxbench.testing import play
    >>> play("ogda", "bilinear_xy", start=(1.0, 0.0), steps=4000, eta=0.2)[-1] < 1e-9
    True
    """

    claims: ClassVar = (
        Claim("On bilinear games it converges linearly, on f = xy at the modulus of the larger "
              "root of l^2 = (1 - 2 i eta) l + i eta", "Daskalakis et al. ICLR 2018",
              "test_on_xy_optimism_and_looking_ahead_contract_at_their_known_rates"),
        Claim("For small steps the points that attract GDA attract it, and maybe more",
              "Daskalakis, Panageas. NeurIPS 2018", "test_points_that_attract_gda_attract_ogda"),
        Claim("It goes round in the forsaken game", "Hsieh, Mertikopoulos, Cevher. ICML 2021",
              "test_which_methods_go_round_in_the_forsaken_games"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("Keswani et al., OMD.m", departs="its first step is that of first = 'repeat'"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    first: str = choice("repeat", "zero")

    def weights(self) -> tuple[Array, Array]:
        """2 eta and eta."""
        return 2 * self.eta, self.eta


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
    claims: ClassVar = (
        Claim("Without sets its looks ahead are the iterates of ogda", "Gidel et al. ICLR 2019",
              "test_popov_and_ogda_are_two_sequences_of_one_method"),
        Claim("It converges for monotone Lipschitz F and eta < 1/(3 L)", "Popov. 1980"),
    )  # fmt: skip

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


@register(
    "ogda_general",
    "Mokhtari, Ozdaglar, Pattathil. A Unified Analysis of Extra-Gradient and Optimistic Gradient "
    "Methods for Saddle Point Problems. AISTATS 2020 (coefficients relative, as in optax)",
)
@dataclass(frozen=True)
class GeneralOGDA(Optimistic):
    r"""OGDA with a correction of another size.

    .. math:: z_{t+1} = P(z_t - \eta [(\alpha + \beta) F(z_t) - \beta F(z_{t-1})])

    alpha = beta = 1 is ``ogda``, beta = 0 is ``gda``. Cost: 1 gradient call a step. Memory: the
    last gradient. On f = xy half the correction is just too little to converge:

    >>> from minmaxbench.testing import play
    >>> play("ogda_general", "bilinear_xy", (1.0, 0.0), 2000, eta=0.1, beta=0.4)[-1] > 1.0
    True
    >>> play("ogda_general", "bilinear_xy", (1.0, 0.0), 2000, eta=0.1, beta=0.6)[-1] < 0.5
    True
    """

    claims: ClassVar = (
        Claim("With alpha = beta = 1 it is ogda", "Mokhtari, Ozdaglar, Pattathil. AISTATS 2020",
              "test_what_is_another_method_by_another_name_makes_the_same_steps"),
        Claim("On strongly convex-concave and on bilinear f it converges linearly where both "
              "coefficients are near each other", "Mokhtari, Ozdaglar, Pattathil. AISTATS 2020"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("optax 0.2.8, optimistic_gradient_descent", check="test_ogda_is_that_of_optax"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    alpha: float = number(1.0, 0.0, above=True, search=(0.1, 2.0), scale="log")
    beta: float = weight(0.5, search=(0.0, 2.0))
    first: str = choice("repeat", "zero")

    def weights(self) -> tuple[Array, Array]:
        """eta (alpha + beta) and eta beta."""
        return self.eta * (self.alpha + self.beta), self.eta * self.beta


@register(
    "ogda_plus",
    "Boehm. Solving Nonconvex-Nonconcave Min-Max Problems Exhibiting Weak Minty Solutions. TMLR "
    "2023 (OGDA+)",
)
@dataclass(frozen=True)
class OGDAPlus(Optimistic):
    r"""OGDA whose new gradient counts less: for weak Minty solutions.

    .. math:: z_{t+1} = P(z_t - \eta [(1 + \gamma) F(z_t) - F(z_{t-1})]), \quad F(z_{-1}) = F(z_0)

    gamma = 1 is ``ogda``; :math:`\eta = (1 - \gamma)/((1 + \gamma) L)` in the paper. Cost: 1
    gradient call a step. Memory: the last gradient.

    >>> from minmaxbench.testing import play
    >>> play("ogda_plus", "bilinear_xy", (1.0, 0.0), 2000, eta=0.3)[-1] < 1e-9
    True
    """

    claims: ClassVar = (
        Claim("It converges where there is a weak Minty solution, for small rho",
              "Boehm. TMLR 2023"),
        Claim("With gamma = 1 it is ogda", "Boehm. TMLR 2023",
              "test_what_is_another_method_by_another_name_makes_the_same_steps"),
    )  # fmt: skip

    first = "repeat"

    eta: float = step_size(0.05)
    gamma: float = number(0.5, 0.0, 1.0, above=True, search=(0.05, 1.0))

    def weights(self) -> tuple[Array, Array]:
        """eta (1 + gamma) and eta."""
        return self.eta * (1 + self.gamma), self.eta


@register(
    "ogda_alt",
    "Lee, Cho, Yun. Fundamental Benefit of Alternating Updates in Minimax Optimization. ICML 2024, "
    "the baseline Alt-OGD with its two steps",
)
@dataclass(frozen=True)
class AlternatingOGDA(Optimistic):
    r"""OGDA in turn: y corrects its step after x has moved.

    .. math:: x^+ = P(x - a \nabla_x f(x, y) + b g_x), \quad
              y^+ = P(y + a \nabla_y f(x^+, y) - b g_y)

    with a = 2 eta, b = 2 eta back and (g_x, g_y) the gradients of the last step. Cost: 1 gradient
    call a step. Memory: the last gradient.

    >>> from minmaxbench.testing import play
    >>> play("ogda_alt", "bilinear_xy", (1.0, 0.0), 2000, eta=0.2)[-1] < 1e-9
    True
    """

    claims: ClassVar = (
        Claim("On bilinear games it converges", "Lee, Cho, Yun. ICML 2024", EXAMPLE),
    )  # fmt: skip

    eta: float = step_size(0.05)
    back: float = number(0.5, 0.0, 1.0, search=(0.0, 1.0))
    first: str = choice("repeat", "zero")

    def weights(self) -> tuple[Array, Array]:
        """2 eta and 2 eta back."""
        return 2 * self.eta, 2 * self.eta * self.back

    def step(self, state: Started, oracle: Oracle) -> Started:
        """x first, then y."""
        a, b = self.weights()
        gx = oracle.grad_x(state.x, state.y)
        x = oracle.project_x(state.x - a * gx + b * oracle.xp.where(state.started, state.gx, gx))
        gy = oracle.grad_y(x, state.y)
        y = oracle.project_y(state.y + a * gy - b * oracle.xp.where(state.started, state.gy, gy))
        return Started(x, y, gx, gy, oracle.xp.ones_like(state.started))


@register(
    "nupi",
    "Sohrabi, Ramirez, Zhang, Lacoste-Julien, Gallego-Posada. On PI Controllers for Updating "
    "Lagrange Multipliers in Constrained Optimization. ICML 2024 (nuPI)",
)
@dataclass(frozen=True)
class NuPI(Optimistic):
    r"""A controller with a proportional and an integral part, for both players.

    .. math:: \xi_t = \nu \xi_{t-1} + (1 - \nu) F(z_t), \quad
              z_{t+1} = P(z_t - \eta [K_i F(z_t) + K_p (\xi_t - \xi_{t-1})])

    nu = 0 and Ki = Kp = 1 is ``ogda``. ``first`` says what :math:`\xi_{-1}` is: F(z_0) or 0. Cost:
    1 gradient call a step. Memory: xi.

    >>> from minmaxbench.testing import play
    >>> play("nupi", "bilinear_xy", (1.0, 0.0), 2000, eta=0.1, Kp=2.0)[-1] < 1e-6
    True
    """

    claims: ClassVar = (
        Claim("With nu = 0 and Ki = Kp = 1 it is ogda", "Sohrabi et al. ICML 2024",
              "test_what_is_another_method_by_another_name_makes_the_same_steps"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("cooper"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    nu: float = fraction(0.0, search=(0.0, 0.9))
    Ki: float = number(1.0, 0.0, above=True)
    Kp: float = weight(1.0, search=(0.0, 10.0))
    first: str = choice("repeat", "zero")

    def step(self, state: Started, oracle: Oracle) -> Started:
        """One step; the state's gradients are xi."""
        gx, gy = oracle.grad(state.x, state.y)
        old_x = oracle.xp.where(state.started, state.gx, gx)
        old_y = oracle.xp.where(state.started, state.gy, gy)
        xi_x = self.nu * old_x + (1 - self.nu) * gx
        xi_y = self.nu * old_y + (1 - self.nu) * gy
        x = state.x - self.eta * (self.Ki * gx + self.Kp * (xi_x - old_x))
        y = state.y + self.eta * (self.Ki * gy + self.Kp * (xi_y - old_y))
        started = oracle.xp.ones_like(state.started)
        return Started(oracle.project_x(x), oracle.project_y(y), xi_x, xi_y, started)


@register(
    "reflected_gradient",
    "Malitsky. Projected Reflected Gradient Methods for Monotone Variational Inequalities. SIAM "
    "Journal on Optimization 2015",
)
@dataclass(frozen=True)
class ReflectedGradient(Algorithm):
    r"""The gradient at the reflection of the last iterate in this one.

    .. math:: z_{t+1} = P(z_t - \eta F(2 z_t - z_{t-1})), \quad z_{-1} = z_0

    Cost: 1 gradient call a step. Memory: the last iterate. Where F is affine and there is no set it
    is ``ogda``:

    >>> from minmaxbench.testing import play
    >>> mine = play("reflected_gradient", "bilinear_xy", start=(1.0, 0.0), steps=100, eta=0.2)
    >>> theirs = play("ogda", "bilinear_xy", start=(1.0, 0.0), steps=100, eta=0.2)
    >>> abs(mine[-1] - theirs[-1]) < 1e-12
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("Where F is affine it is ogda", "Malitsky. SIAM Journal on Optimization 2015",
              EXAMPLE),
        Claim("It converges for monotone Lipschitz F and eta < (sqrt(2) - 1)/L",
              "Malitsky. SIAM Journal on Optimization 2015"),
    )  # fmt: skip

    eta: float = step_size(0.05)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Behind:
        """The start, twice."""
        return Behind(x, y, Iterate(x, y))

    def step(self, state: Behind, oracle: Oracle) -> Behind:
        """One step."""
        z = Iterate(state.x, state.y)
        return Behind(*project(oracle, z - self.eta * field(oracle, 2 * z - state.old)), z)
