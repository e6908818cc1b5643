"""Gradient descent ascent in its classical orders."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.pairs import column, field, project
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate, Memoryless
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, count, flag, number, positive, step_size, weight


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
    claims: ClassVar = (
        Claim("On f = xy every step multiplies the distance to the solution by sqrt(1 + eta^2)",
              "Daskalakis et al. ICLR 2018",
              "test_on_xy_gda_grows_by_the_known_factor_and_alternating_stays_bounded"),
        Claim("Local minimax points that are no local Nash points may repel it: the one of F1 does",
              "Wang, Zhang, Ba. ICLR 2020",
              "test_the_minimax_point_of_f1_repels_gda_and_attracts_those_that_let_y_answer"),
        Claim("Points that are no local minimax points may attract it: the origin of F2 does",
              "Wang, Zhang, Ba. ICLR 2020",
              "test_a_point_of_f2_that_is_no_minimax_attracts_gda_and_repels_follow_the_ridge"),
        Claim("It goes round in the forsaken game, whose stationary point it never reaches",
              "Hsieh, Mertikopoulos, Cevher. ICML 2021",
              "test_which_methods_go_round_in_the_forsaken_games"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("Keswani et al., GDA.m"),
    )  # fmt: skip

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
    claims: ClassVar = (
        Claim("On f = xy its iterates stay bounded and do not converge",
              "Gidel et al. AISTATS 2019",
              "test_on_xy_gda_grows_by_the_known_factor_and_alternating_stays_bounded"),
    )  # fmt: skip

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
    claims: ClassVar = (
        Claim("It finds a stationary point of max_y f in O(log(1/eps)/eps^2) gradients where f(x, "
              ".) satisfies the PL condition", "Nouiehed et al. NeurIPS 2019"),
        Claim("With steps short for x and many for y the minimax point of F1 attracts it",
              "Jin, Netrapalli, Jordan. ICML 2020",
              "test_the_minimax_point_of_f1_repels_gda_and_attracts_those_that_let_y_answer"),
    )  # fmt: skip

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)
    k: int = count(5, search=(1, 2, 5, 10, 20))
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
    claims: ClassVar = (
        Claim("For tau large enough exactly the strict local minimax points attract",
              "Jin, Netrapalli, Jordan. ICML 2020; Fiez, Ratliff. ICLR 2021",
              "test_slow_min_players_are_attracted_by_strict_local_minimax_points_only"),
        Claim("It finds an eps-stationary point of max_y f in O(kappa^2/eps^2) gradients where f "
              "is strongly concave in y", "Lin, Jin, Jordan. ICML 2020"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    tau: float = number(10.0, 0.0, above=True, search=(1.0, 100.0), scale="log")

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """One simultaneous step with two step sizes."""
        gx, gy = oracle.grad(state.x, state.y)
        return Iterate(
            oracle.project_x(state.x - (self.eta / self.tau) * gx),
            oracle.project_y(state.y + self.eta * gy),
        )


class Behind(NamedTuple):
    """An iterate and the one before it."""

    x: Array
    y: Array
    old: Iterate


@register(
    "gda_momentum",
    "Gidel, Askari Hemmat, Pezeshki, Le Priol, Huang, Lacoste-Julien, Mitliagkas. Negative "
    "Momentum for Improved Game Dynamics. AISTATS 2019",
)
@dataclass(frozen=True)
class MomentumGDA(Algorithm):
    r"""GDA with Polyak's momentum, negative where beta is.

    .. math:: z_{t+1} = P(z_t - \eta F(z_t) + \beta (z_t - z_{t-1})), \quad z_{-1} = z_0

    With ``alternating`` x moves first and y sees it. Cost: 1 gradient call a step. Memory:
    :math:`z_{t-1}`. On f = xy the simultaneous method does not converge; alternating it
    converges linearly with beta = -1/2 and steps below 1 (their part on bilinear games).

    >>> from minmaxbench.testing import play
    >>> play("gda_momentum", "bilinear_xy", (1.0, 0.0), 900, eta=0.5, alternating=True)[-1] < 1e-9
    True
    >>> play("gda_momentum", "bilinear_xy", (1.0, 0.0), 200, eta=0.1)[-1] > 1.0
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("On bilinear games the simultaneous method converges for no beta, the alternating "
              "one linearly for beta = -1/2", "Gidel et al. AISTATS 2019",
              "test_on_xy_negative_momentum_converges_in_turn_and_not_at_once"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    beta: float = number(-0.5, -1.0, 1.0, above=True, below=True, search=(-0.9, 0.9))
    alternating: bool = flag(False)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Behind:
        """The start, without momentum."""
        return Behind(x, y, Iterate(x, y))

    def step(self, state: Behind, oracle: Oracle) -> Behind:
        """One step of both players."""
        z = Iterate(state.x, state.y)
        drift = z + self.beta * (z - state.old)
        if self.alternating:
            x = oracle.project_x(drift.x - self.eta * oracle.grad_x(z.x, z.y))
            y = oracle.project_y(drift.y + self.eta * oracle.grad_y(x, z.y))
            return Behind(x, y, z)
        return Behind(*project(oracle, drift - self.eta * field(oracle, z)), z)


class Seen(NamedTuple):
    """An iterate, and y as x will see it."""

    x: Array
    y: Array
    seen_y: Array


@register(
    "alex_gda",
    "Lee, Cho, Yun. Fundamental Benefit of Alternating Updates in Minimax Optimization. ICML 2024 "
    "(Alex-GDA)",
)
@dataclass(frozen=True)
class AlexGDA(Algorithm):
    r"""Alternating-extrapolation GDA: each player looks at where the other would be going further.

    .. math:: \tilde x = P(x - \gamma \eta_x \nabla_x f(x, \tilde y)), \quad
              x^+ = P(x - \eta_x \nabla_x f(x, \tilde y)), \\
              \tilde y^+ = P(y + \delta \eta_y \nabla_y f(\tilde x, y)), \quad
              y^+ = P(y + \eta_y \nabla_y f(\tilde x, y)), \quad \tilde y_0 = y_0

    (0, 1) for (gamma, delta) is simultaneous GDA, (1, 1) alternating. Cost: 1 gradient call a step.
    Memory: the y looked at. On f = xy it converges linearly for gamma, delta > 1:

    >>> from minmaxbench.testing import play
    >>> play("alex_gda", "bilinear_xy", (1.0, 0.0), 500, eta_x=0.3, eta_y=0.3)[-1] < 1e-19
    True
    >>> both = {"gamma": 1.0, "delta": 1.0}
    >>> play("alex_gda", "bilinear_xy", (1.0, 0.0), 500, eta_x=0.3, eta_y=0.3, **both)[-1] > 0.5
    True
    """

    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("On bilinear games it converges linearly for gamma, delta > 1",
              "Lee, Cho, Yun. ICML 2024",
              "test_on_xy_alternating_extrapolation_converges_as_its_paper_says"),
        Claim("On strongly convex-concave f it needs as many gradients as the extragradient, up "
              "to a constant", "Lee, Cho, Yun. ICML 2024"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("HanseulJo/Alex-GDA, quadratic-extensive/algo.py, commit 752f36c"),
    )  # fmt: skip

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)
    gamma: float = weight(2.0, search=(0.0, 4.0))
    delta: float = weight(2.0, search=(0.0, 4.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Seen:
        """The start, seen as it is."""
        return Seen(x, y, y)

    def step(self, state: Seen, oracle: Oracle) -> Seen:
        """Both players, each with a look further ahead."""
        x, y, seen_y = state
        down = self.eta_x * oracle.grad_x(x, seen_y)
        seen_x = oracle.project_x(x - self.gamma * down)
        up = self.eta_y * oracle.grad_y(seen_x, y)
        return Seen(
            oracle.project_x(x - down),
            oracle.project_y(y + up),
            oracle.project_y(y + self.delta * up),
        )


class Counted(NamedTuple):
    """An iterate and the number of steps made, as a (lanes, 1) column."""

    x: Array
    y: Array
    t: Array


@register(
    "slingshot",
    "Shugart, Altschuler. Negative Stepsizes Make Gradient-Descent-Ascent Converge. 2025 "
    "(arXiv:2505.01423), the schedule for bilinear games",
)
@dataclass(frozen=True)
class Slingshot(Algorithm):
    r"""GDA with step sizes that are negative in turn, for bilinear games.

    Pair j of steps, with :math:`h = h_{j \bmod T}`:

    .. math:: (x, y) \leftarrow (x - h \nabla_x f, y - h \nabla_y f), \quad
              (x, y) \leftarrow (x + h \nabla_x f, y + h \nabla_y f)

    and :math:`h_k^{-2} = (M + m)/2 + (M - m)/2 \cos((2k + 1) \pi/(2T))` if the squared singular
    values of the game's matrix lie in [m, M]. Cost: 1 gradient call a step. Each pair is a step of
    descent on :math:`|F|^2`: on f = xy, z goes to (1 - h^2) z. It is for bilinear games only;
    elsewhere it walks about.

    >>> from minmaxbench.testing import play
    >>> play("slingshot", "bilinear_xy", start=(1.0, 0.0), steps=4)[::2]
    [1.0, 0.75, 0.5625]
    """

    step_sizes: ClassVar = ()
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("On f = xy a pair of steps takes z to (1 - h^2) z", "Shugart, Altschuler. 2025",
              EXAMPLE),
        Claim("GDA with negative steps converges on convex-concave f, with a random schedule that "
              "is not here", "Shugart, Altschuler. 2025"),
    )  # fmt: skip

    m: float = positive(4.0, search=(0.01, 100.0))
    M: float = positive(4.0, search=(0.01, 100.0))
    T: int = count(1, search=(1, 2, 4, 8))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Counted:
        """The start."""
        return Counted(x, y, column(oracle.xp, x, 0))

    def step(self, state: Counted, oracle: Oracle) -> Counted:
        """One step of the pair."""
        xp = oracle.xp
        k = xp.floor(state.t / 2) % self.T
        turn = xp.cos((2 * k + 1) * (math.pi / (2 * self.T)))
        h = 1 / xp.sqrt((self.M + self.m) / 2 + (self.M - self.m) / 2 * turn)
        h = xp.where(state.t % 2 == 0, h, -h)
        gx, gy = oracle.grad(state.x, state.y)
        x, y = oracle.project_x(state.x - h * gx), oracle.project_y(state.y - h * gy)
        return Counted(x, y, state.t + 1)


def in_turn(
    state: Iterate, oracle: Oracle, eta_x: Array, eta_y: Array, k: int, order: str
) -> Iterate:
    """One descent step of x and k ascent steps of y, the second player seeing the first one's
    move."""
    x, y = state
    if order == "xy":
        x = oracle.project_x(x - eta_x * oracle.grad_x(x, y))
    for _ in range(k):
        y = oracle.project_y(y + eta_y * oracle.grad_y(x, y))
    if order == "yx":
        x = oracle.project_x(x - eta_x * oracle.grad_x(x, y))
    return Iterate(x, y)
