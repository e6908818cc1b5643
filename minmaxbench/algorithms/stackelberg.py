"""Methods in which y answers x: ridges, total gradients, Newton's method in y, curvature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from minmaxbench.algorithms.gradient import GDA, AlternatingGDA
from minmaxbench.algorithms.krylov import eigh, h_xy, h_yx, h_yy, hessian, minres, product
from minmaxbench.algorithms.parts.composed import Alias, Field, compose
from minmaxbench.algorithms.registry import register
from minmaxbench.algorithms.second_order import SECOND
from minmaxbench.core.algorithm import Algorithm, Iterate, Memoryless
from minmaxbench.core.arrays import Array, Namespace, dot
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import positive, step_size


def solve_yy(oracle: Oracle, z: Iterate, b: Array) -> Array:
    """h_yy^{-1} b by MINRES; 0 where h_yy is 0."""
    return minres(oracle.xp, lambda v, where: h_yy(oracle, z, v, where), b, z.y.shape[-1])


@dataclass(frozen=True)
class RidgeField(Field):
    r"""Gradients, and what keeps y on the ridge while x moves.

    :math:`d_y = \nabla_y f + r h_{yy}^{-1} h_{yx} \nabla_x f`, r the ratio of x's step to y's.
    """

    ratio: float = positive(1.0)

    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """One solve."""
        z = Iterate(x, y)
        gx, gy = oracle.grad(x, y)
        return gx, gy + self.ratio * solve_yy(oracle, z, h_yx(oracle, z, gx))


@register(
    "follow_the_ridge",
    "Wang, Zhang, Ba. On Solving Minimax Optimization Locally: A Follow-the-Ridge Approach. ICLR "
    "2020, Algorithm 1",
)
@dataclass(frozen=True)
class FollowTheRidge(Alias):
    r"""Follow the ridge: y is moved so that its gradient stays what it is while x descends.

    .. math:: x^+ = P(x - \eta_x \nabla_x f), \quad
              y^+ = P(y + \eta_y \nabla_y f + \eta_x h_{yy}^{-1} h_{yx} \nabla_x f)

    all at the old point. Its attracting points are the local minimax points, and only they. Cost: 1
    gradient call and 1 Hessian product a step, and what MINRES takes, at most 5 more than y has
    unknowns. On F1:

    >>> from minmaxbench.testing import play
    >>> play("gda", "ftr_f1", start=(1.0, 1.0), steps=500)[-1] > 1
    True
    >>> play("follow_the_ridge", "ftr_f1", start=(1.0, 1.0), steps=500)[-1] < 1e-9
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("For small steps exactly the local minimax points attract it",
              "Wang, Zhang, Ba. ICLR 2020",
              "test_follow_the_ridge_stays_at_local_minimax_points_only"),
        Claim("It converges to the minimax point of F1 and leaves the origin of F2",
              "Wang, Zhang, Ba. ICLR 2020",
              "test_the_minimax_point_of_f1_repels_gda_and_attracts_those_that_let_y_answer"),
        Claim("In the forsaken game, which has no local minimax point, it goes round", "computed",
              "test_which_methods_go_round_in_the_forsaken_games"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("the authors' toy program",
                departs="their GAN program takes the gradient in y at another point; ours is the "
                "toy's and the paper's"),
    )  # fmt: skip

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)

    def spelled_out(self) -> Algorithm:
        """GDA along the ridge."""
        return compose(GDA(self.eta_x, self.eta_y), RidgeField(self.eta_x / self.eta_y))


@dataclass(frozen=True)
class TotalField(Field):
    r"""The total gradient of x: :math:`\nabla_x f - h_{xy} h_{yy}^{-1} \nabla_y f`; y's own."""

    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """One solve."""
        z = Iterate(x, y)
        gx, gy = oracle.grad(x, y)
        return gx - h_xy(oracle, z, solve_yy(oracle, z, gy)), gy


@register(
    "tgda",
    "Evtushenko 1974; Fiez, Chasnov, Ratliff. Implicit Learning Dynamics in Stackelberg Games. "
    "ICML 2020; Zhang, Wu, Poupart, Yu. Newton-Type Methods for Minimax Optimization. 2021 "
    "(total gradient)",
)
@dataclass(frozen=True)
class TotalGDA(Alias):
    r"""Total gradient descent ascent: x descends as if y answered at once.

    .. math:: x^+ = P(x - \eta_x (\nabla_x f - h_{xy} h_{yy}^{-1} \nabla_y f)), \quad
              y^+ = P(y + \eta_y \nabla_y f)

    Cost: 1 gradient call and 1 Hessian product a step, and what MINRES takes, at most 5 more than y
    has unknowns. On F1:

    >>> from minmaxbench.testing import play
    >>> play("tgda", "ftr_f1", start=(1.0, 1.0), steps=500)[-1] < 1e-9
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("The minimax point of F1 attracts it",
              "Fiez, Chasnov, Ratliff. ICML 2020; Zhang, Wu, Poupart, Yu. 2021",
              "test_the_minimax_point_of_f1_repels_gda_and_attracts_those_that_let_y_answer"),
    )  # fmt: skip

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)

    def spelled_out(self) -> Algorithm:
        """GDA on the total gradient."""
        return compose(GDA(self.eta_x, self.eta_y), TotalField())


@dataclass(frozen=True)
class NewtonAnswer(Field):
    r"""y's direction is Newton's, :math:`-h_{yy}^{-1} \nabla_y f`; x's is its gradient."""

    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """Both at one point."""
        return self.of_x(x, y, oracle), self.of_y(x, y, oracle)

    def of_x(self, x: Array, y: Array, oracle: Oracle) -> Array:
        """The gradient."""
        return oracle.grad_x(x, y)

    def of_y(self, x: Array, y: Array, oracle: Oracle) -> Array:
        """One solve."""
        return -solve_yy(oracle, Iterate(x, y), oracle.grad_y(x, y))


@register(
    "gdn",
    "Zhang, Wu, Poupart, Yu. Newton-Type Methods for Minimax Optimization. 2021 (GDN)",
)
@dataclass(frozen=True)
class GDN(Alias):
    r"""Gradient descent Newton: x descends, then y makes a step of Newton's method.

    .. math:: x^+ = P(x - \eta \nabla_x f(x, y)), \quad
              y^+ = P(y - h_{yy}(x^+, y)^{-1} \nabla_y f(x^+, y))

    Cost: 1 gradient call a step, and what MINRES takes, at most 5 more than y has unknowns. On F1,
    where f is quadratic, y is at its maximum after every step:

    >>> from minmaxbench.testing import play
    >>> play("gdn", "ftr_f1", start=(1.0, 1.0), steps=500)[-1] < 1e-9
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("It converges linearly near strict local minimax points, whatever the conditioning "
              "of y is", "Zhang, Wu, Poupart, Yu. 2021",
              "test_complete_newton_converges_quadratically_and_gradient_descent_newton_linearly"),
    )  # fmt: skip

    eta: float = step_size(0.05)

    def spelled_out(self) -> Algorithm:
        """Alternating GDA, y by Newton."""
        return compose(AlternatingGDA(self.eta, 1.0), NewtonAnswer())


@dataclass(frozen=True)
class CompleteNewtonField(NewtonAnswer):
    r"""Newton's direction for y, and :math:`D^{-1} \nabla_x f` for x, D the Schur complement.

    :math:`D = h_{xx} - h_{xy} h_{yy}^{-1} h_{yx}`: the x part of :math:`H^{-1} (\nabla_x f, 0)`.
    """

    def of_x(self, x: Array, y: Array, oracle: Oracle) -> Array:
        """One solve with the whole Hessian."""
        z, right = Iterate(x, y), Iterate(oracle.grad_x(x, y), oracle.xp.zeros_like(y))
        unknowns = x.shape[-1] + y.shape[-1]
        whole = minres(oracle.xp, lambda w, where: product(oracle, z, w, where), right, unknowns)
        x_part: Array = whole.x
        return x_part


@register(
    "complete_newton",
    "Zhang, Wu, Poupart, Yu. Newton-Type Methods for Minimax Optimization. 2021 (CN)",
)
@dataclass(frozen=True)
class CompleteNewton(Alias):
    r"""Complete Newton: Newton's method for the min-player's answer function, and for y.

    With :math:`D = h_{xx} - h_{xy} h_{yy}^{-1} h_{yx}`:

    .. math:: x^+ = P(x - D(x, y)^{-1} \nabla_x f(x, y)), \quad
              y^+ = P(y - h_{yy}(x^+, y)^{-1} \nabla_y f(x^+, y))

    x uses its partial gradient, y sees the new x. Cost: 1 gradient call a step, and what MINRES
    takes for two systems, at most 5 more each than they have unknowns. Near a strict local minimax
    point it converges quadratically:

    >>> from minmaxbench.testing import play
    >>> d = play("complete_newton", "ftr_f1", start=(1.0, 1.0), steps=2)
    >>> d[-1] < 1e-12
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ()
    price: ClassVar = 4.0
    claims: ClassVar = (
        Claim("It converges quadratically near strict local minimax points",
              "Zhang, Wu, Poupart, Yu. 2021",
              "test_complete_newton_converges_quadratically_and_gradient_descent_newton_linearly"),
    )  # fmt: skip

    def spelled_out(self) -> Algorithm:
        """Alternating GDA with whole steps, both by Newton."""
        return compose(AlternatingGDA(1.0, 1.0), CompleteNewtonField())


@register(
    "cesp",
    "Adolphs, Daneshmand, Lucchi, Hofmann. Local Saddle Point Optimization: A Curvature "
    "Exploitation Approach. AISTATS 2019 (CESP)",
)
@dataclass(frozen=True)
class CESP(Memoryless):
    r"""GDA that leaves points where a player's curvature is wrong: only local Nash points attract
    it.

    With :math:`(\lambda_x, v_x)` the least eigenpair of h_xx and :math:`(\lambda_y, v_y)` the
    greatest of h_yy:

    .. math:: x^+ = P\Big(x - \eta \nabla_x f + 1_{\lambda_x < 0} \frac{\lambda_x}{2 \rho_x}
                        \mathrm{sgn}\langle v_x, \nabla_x f\rangle v_x\Big), \\
              y^+ = P\Big(y + \eta \nabla_y f + 1_{\lambda_y > 0} \frac{\lambda_y}{2 \rho_y}
                        \mathrm{sgn}\langle v_y, \nabla_y f\rangle v_y\Big)

    sgn(0) is 1, for an eigenvector whose longest entry is positive: it leaves stationary points,
    too. Cost: 1 gradient call a step, and the Hessian (as many products as unknowns).

    >>> from minmaxbench.testing import play
    >>> play("gda", "adolphs_cesp", start=(0.0, 0.0), steps=10)[-1] == play(
    ...     "gda", "adolphs_cesp", start=(0.0, 0.0), steps=1)[0]
    True
    >>> play("cesp", "adolphs_cesp", start=(0.0, 0.0), steps=1000)[-1] < 1e-6
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("Points that attract it are local Nash points",
              "Adolphs, Daneshmand, Lucchi, Hofmann. AISTATS 2019"),
        Claim("It leaves a stationary point that attracts GDA and is no local Nash point",
              "Adolphs, Daneshmand, Lucchi, Hofmann. AISTATS 2019", EXAMPLE),
    )  # fmt: skip

    eta: float = step_size(0.05)
    rho_x: float = positive(10.0, search=(1.0, 1000.0))
    rho_y: float = positive(10.0, search=(1.0, 1000.0))

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """GDA, and a push along the wrong curvature."""
        xp, (x, y), dx = oracle.xp, state, state.x.shape[-1]
        gx, gy = oracle.grad(x, y)
        h = hessian(oracle, state)
        low, down = eigenpair(xp, h[:, :dx, :dx], 0)
        high, up = eigenpair(xp, h[:, dx:, dx:], y.shape[-1] - 1)
        push_x = (
            xp.where(low < 0, low / (2 * self.rho_x), 0.0) * _sign(xp, dot(xp, down, gx)) * down
        )
        push_y = xp.where(high > 0, high / (2 * self.rho_y), 0.0) * _sign(xp, dot(xp, up, gy)) * up
        return Iterate(
            oracle.project_x(x - self.eta * gx + push_x),
            oracle.project_y(y + self.eta * gy + push_y),
        )


def eigenpair(xp: Namespace, matrices: Array, k: int) -> tuple[Array, Array]:
    """Eigenvalue k, as a column, and its eigenvector, whose longest entry is positive."""
    values, vectors = eigh(xp, matrices)
    v = vectors[:, :, k]
    longest = xp.argmax(xp.abs(v), axis=-1)[:, None] == xp.arange(v.shape[-1])
    entry = xp.sum(xp.where(longest, v, 0.0), axis=-1)[:, None]
    return values[:, k : k + 1], _sign(xp, entry) * v


def _sign(xp: Namespace, a: Array) -> Array:
    """1 where a is 0 or more, -1 elsewhere."""
    return xp.where(a >= 0, 1.0, -1.0)
