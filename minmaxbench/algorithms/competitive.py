"""Competitive gradient descent: both players solve a local bilinear game at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.gradient import GDA
from minmaxbench.algorithms.krylov import h_xy, h_yx, minres
from minmaxbench.algorithms.pairs import column
from minmaxbench.algorithms.parts.composed import Alias, Field, compose
from minmaxbench.algorithms.registry import register
from minmaxbench.algorithms.second_order import SECOND
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import fraction, positive, step_size, weight


@dataclass(frozen=True)
class CompetitiveField(Field):
    r"""Gradients corrected by the local bilinear game, in which both players' steps answer each
    other.

    :math:`d_x = (I + \alpha^2 h_{xy} h_{yx})^{-1} (g_x + \alpha h_{xy} g_y)` and
    :math:`d_y = g_y - \alpha h_{yx} d_x`.
    """

    alpha: float = weight(0.05)

    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """By MINRES for x; y's part follows."""
        z, alpha = Iterate(x, y), self.alpha
        gx, gy = oracle.grad(x, y)

        def apply(u: Array, where: Array | None) -> Array:
            answer = h_yx(oracle, z, u, where)
            return u + alpha * alpha * h_xy(oracle, z, answer, where)

        right = gx + alpha * h_xy(oracle, z, gy)
        down = minres(oracle.xp, apply, right, x.shape[-1])
        return down, gy - alpha * h_yx(oracle, z, down)


@register(
    "cgd",
    "Schaefer, Anandkumar. Competitive Gradient Descent. NeurIPS 2019, Algorithm 1",
)
@dataclass(frozen=True)
class CGD(Alias):
    r"""Competitive gradient descent: the steps are the equilibrium of the local bilinear game.

    .. math:: x^+ = P(x - \eta (I + \eta^2 h_{xy} h_{yx})^{-1}
                        (\nabla_x f + \eta h_{xy} \nabla_y f)), \\
              y^+ = P(y + \eta (I + \eta^2 h_{yx} h_{xy})^{-1}
                        (\nabla_y f - \eta h_{yx} \nabla_x f))

    Cost: 1 gradient call a step, 2 Hessian products, and 2 for each of MINRES's iterations, at most
    5 more than x has unknowns. On f = xy it contracts by :math:`1/\sqrt{1 + \eta^2}`, however long
    eta:

    >>> from minmaxbench.testing import play
    >>> play("cgd", "bilinear_xy", start=(1.0, 0.0), steps=2, eta=1.0)
    [1.0, 0.7071067811865476, 0.5]
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 5.0
    claims: ClassVar = (
        Claim("On f = xy a step multiplies the distance by 1/sqrt(1 + eta^2), however long eta is",
              "Schaefer, Anandkumar. NeurIPS 2019",
              "test_on_xy_a_step_of_competitive_descent_is_the_proximal_point"),
        Claim("Near a point where f is convex-concave it converges, however strong the coupling is",
              "Schaefer, Anandkumar. NeurIPS 2019"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("CGDs 0.4.5, BCGD", check="test_cgd_is_that_of_the_authors_package",
                departs="its warm start is not taken: it leaves an error of 1e-7 and breaks for one "
                "variable"),
    )  # fmt: skip

    eta: float = step_size(0.05)

    def spelled_out(self) -> Algorithm:
        """GDA on the competitive field of the same step."""
        return compose(GDA(self.eta, self.eta), CompetitiveField(self.eta))


@register(
    "cgo",
    "Vyas, Azizzadenesheli. Competitive Gradient Optimization. ICML 2023",
)
@dataclass(frozen=True)
class CGO(Alias):
    r"""Competitive gradient optimisation: CGD whose answer has a length of its own.

    .. math:: x^+ = P(x - \eta (I + \alpha^2 h_{xy} h_{yx})^{-1}
                        (\nabla_x f + \alpha h_{xy} \nabla_y f)), \\
              y^+ = P(y + \eta (I + \alpha^2 h_{yx} h_{xy})^{-1}
                        (\nabla_y f - \alpha h_{yx} \nabla_x f))

    alpha = eta is ``cgd``, alpha = 0 is ``gda``. Cost: that of ``cgd``.

    >>> from minmaxbench.testing import play
    >>> d = play("cgo", "bilinear_xy", start=(1.0, 0.0), steps=100, eta=0.1, alpha=1.0)
    >>> round(d[100] / d[99], 12) == round((0.95**2 + 0.05**2) ** 0.5, 12)
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 5.0
    claims: ClassVar = (
        Claim("alpha = eta is cgd", "Vyas, Azizzadenesheli. ICML 2023",
              "test_what_is_another_method_by_another_name_makes_the_same_steps"),
        Claim("It converges on alpha-coherent f", "Vyas, Azizzadenesheli. ICML 2023"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("the authors' program, for one variable a player"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    alpha: float = weight(0.5, search=(0.0, 10.0))

    def spelled_out(self) -> Algorithm:
        """GDA on a competitive field."""
        return compose(GDA(self.eta, self.eta), CompetitiveField(self.alpha))


class Averaged(NamedTuple):
    """An iterate, the averages of squared gradients, and what their start still weighs."""

    x: Array
    y: Array
    v: Iterate
    left: Array


@register(
    "acgd",
    "Schaefer, Zheng, Anandkumar. Implicit Competitive Regularization in GANs. ICML 2020 (ACGD)",
)
@dataclass(frozen=True)
class ACGD(Algorithm):
    r"""Adaptive competitive gradient descent: CGD with RMSprop's step in each coordinate.

    With :math:`v \leftarrow \beta v + (1 - \beta) g^2` and
    :math:`A = \mathrm{diag}\big(\eta \sqrt{1 - \beta^t}/(\sqrt v + \epsilon)\big)` for each player:

    .. math:: \Delta x = -(I + A_x h_{xy} A_y h_{yx})^{-1} A_x
                        (\nabla_x f + h_{xy} A_y \nabla_y f), \\
              \Delta y = A_y (\nabla_y f + h_{yx} \Delta x), \quad z^+ = P(z + \Delta z)

    Cost: that of ``cgd``. Memory: v.

    >>> from minmaxbench.testing import play
    >>> play("acgd", "bilinear_xy", start=(1.0, 1.0), steps=5000, eta=0.01)[-1] < 0.1
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 5.0
    claims: ClassVar = (
        Claim("GANs trained with it are robust to overtraining without a penalty",
              "Schaefer, Zheng, Anandkumar. ICML 2020"),
    )  # fmt: skip

    eta: float = step_size(0.001, relative=False)
    beta: float = fraction(0.99, search=(0.9, 0.999))
    eps: float = positive(1e-5)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Averaged:
        """The start, nothing seen."""
        return Averaged(x, y, 0 * Iterate(x, y), column(oracle.xp, x, 1))

    def step(self, state: Averaged, oracle: Oracle) -> Averaged:
        """The local game, in the metric of both players' steps."""
        xp, z = oracle.xp, Iterate(state.x, state.y)
        g = Iterate(*oracle.grad(z.x, z.y))
        v = self.beta * state.v + (1 - self.beta) * (g * g)
        left = self.beta * state.left
        step = self.eta * xp.sqrt(1 - left)
        a = Iterate(step / (xp.sqrt(v.x) + self.eps), step / (xp.sqrt(v.y) + self.eps))
        root = xp.sqrt(a.x)

        def apply(u: Array, where: Array | None) -> Array:
            # With A_x = S S the system for u, Delta x = -S u, is symmetric.
            answer = a.y * h_yx(oracle, z, root * u, where)
            return u + root * h_xy(oracle, z, answer, where)

        right = root * (g.x + h_xy(oracle, z, a.y * g.y))
        down = -root * minres(xp, apply, right, z.x.shape[-1])
        up = a.y * (g.y + h_yx(oracle, z, down))
        return Averaged(oracle.project_x(z.x + down), oracle.project_y(z.y + up), v, left)
