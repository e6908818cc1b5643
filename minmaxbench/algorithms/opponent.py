"""Methods in which a player thinks of what the other will do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.gradient import GDA, Behind
from minmaxbench.algorithms.krylov import h_xy, h_yx
from minmaxbench.algorithms.pairs import field, inner, project, ratio
from minmaxbench.algorithms.parts.composed import Alias, Field, compose
from minmaxbench.algorithms.registry import register
from minmaxbench.algorithms.second_order import SECOND
from minmaxbench.core.algorithm import Algorithm, Iterate, Memoryless
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import (
    count,
    flag,
    number,
    positive,
    step_size,
    weight,
)


class Blocks(NamedTuple):
    """The four blocks of the Hessian, times the gradients."""

    xx: Array
    """h_xx grad_x f."""
    xy: Array
    """h_xy grad_y f."""
    yx: Array
    """h_yx grad_x f."""
    yy: Array
    """h_yy grad_y f."""


def blocks(oracle: Oracle, x: Array, y: Array, gx: Array, gy: Array) -> Blocks:
    """All four, with two Hessian products."""
    xx, yx = oracle.hvp(x, y, gx, oracle.xp.zeros_like(gy))
    xy, yy = oracle.hvp(x, y, oracle.xp.zeros_like(gx), gy)
    return Blocks(xx, xy, yx, yy)


@dataclass(frozen=True)
class SymplecticField(Field):
    r"""F and lam times A'F, A the antisymmetric part of the Jacobian."""

    lam: float = weight(1.0)
    align: bool = flag(False)
    """Whether the sign of lam follows the Hamiltonian's gradient."""

    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """Adjusted gradients."""
        xp = oracle.xp
        gx, gy = oracle.grad(x, y)
        h = blocks(oracle, x, y, gx, gy)
        lam = self.lam
        if self.align:
            down, adjustment = Iterate(gx, -gy), Iterate(h.xy, h.yx)
            slope = Iterate(h.xx + h.xy, h.yx + h.yy)
            d = x.shape[-1] + y.shape[-1]
            both = inner(xp, down, slope) * inner(xp, adjustment, slope) / d
            lam = self.lam * xp.sign(both + 0.1)
        return gx + lam * h.xy, gy - lam * h.yx


@register(
    "sga",
    "Balduzzi, Racaniere, Martens, Foerster, Tuyls, Graepel. The Mechanics of n-Player "
    "Differentiable Games. ICML 2018 (symplectic gradient adjustment)",
)
@dataclass(frozen=True)
class SGA(Alias):
    r"""Symplectic gradient adjustment.

    With :math:`A = (J - J^\top)/2`, so that :math:`A^\top F = (h_{xy} \nabla_y f, h_{yx} \nabla_x
    f)`:

    .. math:: z^+ = P(z - \eta (F(z) + \lambda A^\top F(z)))

    With ``align`` lambda takes the sign of :math:`\langle F, J^\top F \rangle \langle A^\top F,
    J^\top F \rangle/d + 0.1`, d the number of unknowns. Cost: 1 gradient call and 2 Hessian
    products a step. On f = xy lambda = 1 turns F inwards:

    >>> from minmaxbench.testing import play
    >>> play("sga", "bilinear_xy", start=(1.0, 0.0), steps=1, eta=0.5)
    [1.0, 0.7071067811865476]
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("On f = xy it converges, with lambda = 1 straight inwards and round",
              "Balduzzi et al. ICML 2018", EXAMPLE),
    )  # fmt: skip

    eta: float = step_size(0.01)
    lam: float = weight(1.0, search=(0.0, 10.0))
    align: bool = flag(False)

    def spelled_out(self) -> Algorithm:
        """GDA on the adjusted field."""
        return compose(GDA(self.eta, self.eta), SymplecticField(self.lam, self.align))


@register(
    "lookahead_opponent",
    "Zhang, Lesser. Multi-Agent Learning with Policy Prediction. AAAI 2010; Letcher et al. "
    "Stable Opponent Shaping in Differentiable Games. ICLR 2019 (LookAhead)",
)
@dataclass(frozen=True)
class LookaheadOpponent(Alias):
    r"""LookAhead: each player answers the other's next step, taken as given.

    With H_o the off-diagonal blocks of J:

    .. math:: z^+ = P(z - \eta (I - \alpha H_o) F(z))

    In a zero-sum game it is ``sga`` with lambda = alpha. Cost: 1 gradient call and 2 Hessian
    products a step.

    >>> from minmaxbench.testing import play
    >>> play("lookahead_opponent", "bilinear_xy", (1.0, 0.0), steps=2000, alpha=0.1)[-1] < 1e-3
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("In a zero-sum game it is sga with lambda = alpha", "Letcher et al. ICLR 2019",
              "test_what_is_another_method_by_another_name_makes_the_same_steps"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    alpha: float = positive(0.05, search=(1e-3, 10.0))

    def spelled_out(self) -> Algorithm:
        """SGA with alpha."""
        return compose(GDA(self.eta, self.eta), SymplecticField(self.alpha))


@register(
    "lola",
    "Foerster, Chen, Al-Shedivat, Whiteson, Abbeel, Mordatch. Learning with Opponent-Learning "
    "Awareness. AAMAS 2018 (first-order form)",
)
@dataclass(frozen=True)
class LOLA(Alias):
    r"""LOLA: each player shapes the other's next step.

    .. math:: z^+ = P(z - \eta [(I - \alpha H_o) F(z) - \alpha \chi(z)])

    In a zero-sum game :math:`\chi = H_o F`, and it is ``sga`` with lambda = 2 alpha. Cost: 1
    gradient call and 2 Hessian products a step.

    >>> from minmaxbench.testing import play
    >>> play("lola", "bilinear_xy", (1.0, 0.0), steps=1000, alpha=0.1)[-1] < 1e-3
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("In a zero-sum game it is sga with lambda = 2 alpha", "Letcher et al. ICLR 2019",
              "test_what_is_another_method_by_another_name_makes_the_same_steps"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    alpha: float = positive(0.05, search=(1e-3, 10.0))

    def spelled_out(self) -> Algorithm:
        """SGA with twice alpha."""
        return compose(GDA(self.eta, self.eta), SymplecticField(2 * self.alpha))


@dataclass(frozen=True)
class ShapingField(Field):
    r"""LookAhead's field and as much of LOLA's shaping as is safe."""

    alpha: float = positive(0.05)
    a: float = number(0.5, 0.0, 1.0, above=True, below=True)
    b: float = positive(0.1)

    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """Shaping p, the less of its two bounds."""
        xp = oracle.xp
        gx, gy = oracle.grad(x, y)
        h = blocks(oracle, x, y, gx, gy)
        # -H_o F = (h_xy gy, h_yx gx), which is -chi as well.
        shaping = self.alpha * Iterate(h.xy, h.yx)
        ahead = Iterate(gx, -gy) + shaping
        dot, here = inner(xp, shaping, ahead), Iterate(gx, gy)
        against = ratio(xp, -self.a * inner(xp, ahead, ahead), dot, 1.0)
        p1 = xp.where(dot >= 0, 1.0, xp.minimum(against, 1.0))
        squared = inner(xp, here, here)
        p2 = xp.where(squared < self.b * self.b, squared, 1.0)
        d = ahead + xp.minimum(p1, p2) * shaping
        return d.x, -d.y


@register(
    "sos",
    "Letcher, Foerster, Balduzzi, Rocktaeschel, Whiteson. Stable Opponent Shaping in "
    "Differentiable Games. ICLR 2019, Algorithm 1",
)
@dataclass(frozen=True)
class SOS(Alias):
    r"""Stable opponent shaping: between LookAhead and LOLA, as far as both agree.

    With :math:`\xi_0 = (I - \alpha H_o) F`:

    .. math:: z^+ = P(z - \eta (\xi_0 - p \alpha \chi)), \quad p = \min(p_1, p_2)

    :math:`p_1` is 1 if :math:`\langle -\alpha \chi, \xi_0 \rangle \ge 0`, else :math:`\min(1, -a
    |\xi_0|^2/\langle -\alpha \chi, \xi_0 \rangle)`; :math:`p_2` is :math:`|F|^2` where |F| < b,
    else 1. The authors take alpha = eta. Cost: 1 gradient call and 2 Hessian products a step.

    >>> from minmaxbench.testing import play
    >>> play("sos", "bilinear_xy", (1.0, 0.0), steps=1000, alpha=0.1)[-1] < 0.1
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("It converges to stable fixed points and leaves strict saddles",
              "Letcher et al. ICLR 2019"),
        Claim("On f = xy it converges", "Letcher et al. ICLR 2019", EXAMPLE),
    )  # fmt: skip

    eta: float = step_size(0.05)
    alpha: float = positive(0.05, search=(1e-3, 10.0))
    a: float = number(0.5, 0.0, 1.0, above=True, below=True)
    b: float = positive(0.1)

    def spelled_out(self) -> Algorithm:
        """GDA on the shaped field."""
        return compose(GDA(self.eta, self.eta), ShapingField(self.alpha, self.a, self.b))


@register(
    "lead",
    "Askari Hemmat, Mitra, Lajoie, Mitliagkas. LEAD: Min-Max Optimization from a Physical "
    "Perspective. TMLR 2023",
)
@dataclass(frozen=True)
class LEAD(Algorithm):
    r"""LEAD: momentum, and the force of a moving charge in a magnetic field.

    .. math:: x^+ = P(x + \beta (x - x_p) - \eta \nabla_x f - \alpha h_{xy} (y - y_p)), \\
              y^+ = P(y + \beta (y - y_p) + \eta \nabla_y f + \alpha h_{yx} (x - x_p)), \\
              z_p = z_0

    Cost: 1 gradient call and 2 Hessian products a step. Memory: z_p, the last iterate.

    >>> from minmaxbench.testing import play
    >>> play("lead", "bilinear_xy", start=(1.0, 0.0), steps=2000, alpha=0.3)[-1] < 1e-6
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("On f = xy it converges linearly", "Askari Hemmat et al. TMLR 2023", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("the authors' Lyapunov.py",
                departs="it alternates and overwrites the previous iterate twice; ours is the "
                "rule of the paper"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    beta: float = number(0.3, -1.0, 1.0, above=True, below=True, search=(-0.5, 0.9))
    alpha: float = weight(0.1, search=(0.0, 2.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Behind:
        """The start, at rest."""
        return Behind(x, y, Iterate(x, y))

    def step(self, state: Behind, oracle: Oracle) -> Behind:
        """Both players at once."""
        z = Iterate(state.x, state.y)
        drift = z - state.old
        force = Iterate(h_xy(oracle, z, drift.y), -h_yx(oracle, z, drift.x))
        new = z + self.beta * drift - self.eta * field(oracle, z) - self.alpha * force
        return Behind(*project(oracle, new), z)


@register(
    "unrolled",
    "Metz, Poole, Pfau, Sohl-Dickstein. Unrolled Generative Adversarial Networks. ICLR 2017",
)
@dataclass(frozen=True)
class Unrolled(Memoryless):
    r"""Unrolled GDA: x descends on f after k ascents of y, and through them.

    .. math:: y^0 = y, \quad y^{j+1} = y^j + \eta_{in} \nabla_y f(x, y^j), \\
              x^+ = P\Big(x - \eta_x \frac{d}{dx} f(x, y^k(x))\Big), \quad
              y^+ = P(y + \eta_y \nabla_y f(x, y))

    The derivative is the total one, by going back through the ascents, which are not projected.
    Cost: 1 + k/2 gradient calls and k Hessian products a step.

    >>> from minmaxbench.testing import play
    >>> play("unrolled", "dirac_gan_r1", start=(1.0, 1.0), steps=2000)[-1] < 1e-6
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 8.5
    claims: ClassVar = (
        Claim("The more steps are unrolled, the nearer is the gradient to that of max_y f",
              "Metz, Poole, Pfau, Sohl-Dickstein. ICLR 2017"),
        Claim("The minimax point of F1 attracts it", "computed",
              "test_the_minimax_point_of_f1_repels_gda_and_attracts_those_that_let_y_answer"),
    )  # fmt: skip

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)
    eta_in: float = step_size(0.05)
    k: int = count(5, search=(1, 2, 5, 10, 20))

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """Forward through the ascents, back for the derivative, then both players."""
        x, y = state
        path, ups = [y], []
        for _ in range(self.k):
            ups.append(oracle.grad_y(x, path[-1]))
            path.append(path[-1] + self.eta_in * ups[-1])
        down, adjoint = oracle.grad(x, path.pop())
        for there in reversed(path):
            back_x, back_y = oracle.hvp(x, there, oracle.xp.zeros_like(x), adjoint)
            down = down + self.eta_in * back_x
            adjoint = adjoint + self.eta_in * back_y
        return Iterate(
            oracle.project_x(x - self.eta_x * down), oracle.project_y(y + self.eta_y * ups[0])
        )
