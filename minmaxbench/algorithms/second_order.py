"""Methods that use the Hessian to correct the field that GDA follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.gradient import GDA
from minmaxbench.algorithms.krylov import eigh, hessian, minres, product, times
from minmaxbench.algorithms.pairs import field, inner, project, ratio, zeros
from minmaxbench.algorithms.parts.composed import GRADIENTS, Alias, Field, compose
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array
from minmaxbench.core.calls import Call
from minmaxbench.core.card import EXAMPLE, Claim
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, positive, step_size, weight

SECOND = GRADIENTS | {Call.HVP}
"""The calls of methods that use gradients and Hessian products."""


@dataclass(frozen=True)
class Hamiltonian(Field):
    r"""The gradient of :math:`|F|^2/2`, which is H (grad_x f, grad_y f)."""

    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """Down for both players."""
        hx, hy = oracle.hvp(x, y, *oracle.grad(x, y))
        return hx, -hy


@register(
    "hgd",
    "Balduzzi, Racaniere, Martens, Foerster, Tuyls, Graepel. The Mechanics of n-Player "
    "Differentiable Games. ICML 2018; Abernethy, Lai, Wibisono. Last-Iterate Convergence Rates "
    "for Min-Max Optimization. ALT 2021",
)
@dataclass(frozen=True)
class HGD(Alias):
    r"""Hamiltonian gradient descent: both players make F small.

    .. math:: z^+ = P(z - \eta J(z)^\top F(z)) = P\big(z - \eta \nabla \tfrac12 |F(z)|^2\big)

    It stops at any stationary point, and at others where :math:`J^\top F = 0`. Cost: 1 gradient
    call and 1 Hessian product a step. On f = xy it is gradient descent on :math:`|z|^2/2`:

    >>> from minmaxbench.testing import play
    >>> play("hgd", "bilinear_xy", start=(1.0, 0.0), steps=2, eta=0.5)
    [1.0, 0.5, 0.25]
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("Every non-degenerate stationary point attracts it", "Balduzzi et al. ICML 2018",
              "test_every_stationary_point_attracts_hamiltonian_descent_and_newton"),
        Claim("It converges linearly on sufficiently bilinear f",
              "Abernethy, Lai, Wibisono. ALT 2021"),
    )  # fmt: skip

    eta: float = step_size(0.05, relative=False)

    def spelled_out(self) -> Algorithm:
        """GDA on the Hamiltonian's field."""
        return compose(GDA(self.eta, self.eta), Hamiltonian())


@dataclass(frozen=True)
class ConsensusField(Field):
    r"""F and a share of the gradient of :math:`|F|^2/2`."""

    gamma: float = weight(0.1)

    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """Each player's gradient, and towards consensus."""
        gx, gy = oracle.grad(x, y)
        hx, hy = oracle.hvp(x, y, gx, gy)
        return gx + self.gamma * hx, gy - self.gamma * hy


@register(
    "consensus",
    "Mescheder, Nowozin, Geiger. The Numerics of GANs. NIPS 2017",
)
@dataclass(frozen=True)
class Consensus(Alias):
    r"""Consensus optimisation: GDA, with both players making F small beside.

    .. math:: z^+ = P(z - \eta (F(z) + \gamma J(z)^\top F(z)))

    The authors take gamma = 10 for GANs. Cost: 1 gradient call and 1 Hessian product a step. On f =
    xy:

    >>> from minmaxbench.testing import play
    >>> play("consensus", "bilinear_xy", start=(1.0, 0.0), steps=1, eta=0.1, gamma=1.0)
    [1.0, 0.9055385138137417]
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("On f = xy it converges linearly", "Mescheder, Nowozin, Geiger. NIPS 2017", EXAMPLE),
        Claim("In the forsaken game it goes round with gamma = 0.1", "computed",
              "test_which_methods_go_round_in_the_forsaken_games"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    gamma: float = weight(0.1, search=(0.0, 10.0))

    def spelled_out(self) -> Algorithm:
        """GDA on the consensus field."""
        return compose(GDA(self.eta, self.eta), ConsensusField(self.gamma))


@dataclass(frozen=True)
class SurgeryField(Field):
    r"""Half of F and half of :math:`J^\top (J^\top J + \lambda)^{-1} J^\top F`."""

    xi: float = positive(1e-4)
    regulariser: str = choice("vanishing", "constant")

    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """From the eigenvalues of the Hessian: J' is H times diag(1, -1), and J'J is H^2."""
        xp, z, dx = oracle.xp, Iterate(x, y), x.shape[-1]
        gx, gy = oracle.grad(x, y)
        g = Iterate(gx, gy)
        lam = self.xi
        if self.regulariser == "vanishing":
            lam = self.xi * (1 - xp.exp(-inner(xp, g, g)))
        values, vectors = eigh(xp, hessian(oracle, z))
        turned = times(xp, xp.matrix_transpose(vectors), xp.concat([gx, gy], axis=-1))
        v = times(xp, vectors, ratio(xp, values, values * values + lam, 0.0) * turned)
        back = product(oracle, z, Iterate(v[:, :dx], -v[:, dx:]))
        return 0.5 * (gx + back.x), 0.5 * (gy - back.y)


@register(
    "lss",
    "Mazumdar, Jordan, Sastry. On Finding Local Nash Equilibria (and Only Local Nash Equilibria) "
    "in Zero-Sum Games. 2019 (local symplectic surgery, with its inverse)",
)
@dataclass(frozen=True)
class LSS(Alias):
    r"""Local symplectic surgery, with the inverse of the paper's flow.

    .. math:: z^+ = P\Big(z - \frac{\eta}{2}
              \big[F + J^\top (J^\top J + \lambda I)^{-1} J^\top F\big]\Big), \quad
              \lambda = \xi (1 - e^{-|F|^2})

    With ``regulariser="constant"`` lambda is xi. Only local Nash equilibria attract it. Cost: 1
    gradient call a step, and one Hessian product more than there are unknowns. The minimax point of
    F1, which is no local Nash equilibrium, repels it:

    >>> from minmaxbench.testing import play
    >>> play("lss", "ftr_f1", start=(0.1, 0.1), steps=500)[-1] > 1
    True
    >>> play("lss", "cbo_nonseparate", start=(1.0, 1.0), steps=1000)[-1] < 1e-9
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 4.0
    claims: ClassVar = (
        Claim("The points that attract it are the local Nash points",
              "Mazumdar, Jordan, Sastry. 2019",
              "test_symplectic_surgery_stays_at_local_nash_points_only"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    xi: float = positive(1e-4, search=(1e-6, 1.0))
    regulariser: str = choice("vanishing", "constant")

    def spelled_out(self) -> Algorithm:
        """GDA on the surgery's field."""
        return compose(GDA(self.eta, self.eta), SurgeryField(self.xi, self.regulariser))


class Chasing(NamedTuple):
    """An iterate and the vector that chases the solution of a linear system."""

    x: Array
    y: Array
    v: Iterate


@register(
    "lss_two_timescale",
    "Mazumdar, Jordan, Sastry. On Finding Local Nash Equilibria (and Only Local Nash Equilibria) "
    "in Zero-Sum Games. 2019 (local symplectic surgery, on two time scales)",
)
@dataclass(frozen=True)
class TwoTimescaleLSS(Algorithm):
    r"""Local symplectic surgery as proposed: a fast vector v in the place of the inverse.

    .. math:: z^+ = P\Big(z - \frac{a}{2} (F + J^\top v)\Big), \quad
              v^+ = v - b (J^\top J v - J^\top F + \lambda v), \quad
              \lambda = \xi (1 - e^{-|F|^2}), \quad v_0 = 0

    Cost: 1 gradient call and 3 Hessian products a step. Memory: v.

    >>> from minmaxbench.testing import play
    >>> play("lss_two_timescale", "cbo_nonseparate", start=(1.0, 1.0), steps=2000)[-1] < 1e-6
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("a", "b")
    price: ClassVar = 4.0
    claims: ClassVar = (
        Claim("It follows the flow of lss with probability one", "Mazumdar, Jordan, Sastry. 2019"),
        Claim("It converges to a local Nash point", "Mazumdar, Jordan, Sastry. 2019", EXAMPLE),
    )  # fmt: skip

    a: float = step_size(0.01)
    b: float = step_size(0.05)
    xi: float = positive(1e-4, search=(1e-6, 1.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Chasing:
        """The start, v = 0."""
        return Chasing(x, y, zeros(oracle.xp, x, y))

    def step(self, state: Chasing, oracle: Oracle) -> Chasing:
        """z slowly, v fast."""
        xp, z, v = oracle.xp, Iterate(state.x, state.y), state.v
        here = field(oracle, z)
        g = Iterate(here.x, -here.y)
        pull = product(oracle, z, Iterate(v.x, -v.y))
        error = product(oracle, z, product(oracle, z, v) - g)
        lam = self.xi * (1 - xp.exp(-inner(xp, here, here)))
        new = project(oracle, z - (self.a / 2) * (here + pull))
        return Chasing(*new, v - self.b * (error + lam * v))


@dataclass(frozen=True)
class NewtonField(Field):
    r"""Newton's direction for F(z) = 0: :math:`J^{-1} F`, which is H^{-1} (grad_x f, grad_y f)."""

    def both(self, x: Array, y: Array, oracle: Oracle) -> tuple[Array, Array]:
        """By MINRES on the Hessian."""
        z, g = Iterate(x, y), Iterate(*oracle.grad(x, y))
        unknowns = x.shape[-1] + y.shape[-1]
        s = minres(oracle.xp, lambda w, where: product(oracle, z, w, where), g, unknowns)
        return s.x, -s.y


@register(
    "newton_root",
    "Newton's method for F(z) = 0, as in Kelley. Solving Nonlinear Equations with Newton's "
    "Method. SIAM 2003",
)
@dataclass(frozen=True)
class NewtonRoot(Alias):
    r"""Newton's method on F(z) = 0.

    .. math:: z^+ = P(z - \eta J(z)^{-1} F(z))

    Every non-degenerate stationary point attracts it, whatever its kind. Cost: 1 gradient call a
    step, and as many Hessian products as MINRES takes, at most 5 more than there are unknowns.

    >>> from minmaxbench.testing import play
    >>> play("newton_root", "ftr_f1", start=(1.0, 2.0), steps=1)[-1] < 1e-12
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("Every non-degenerate stationary point attracts it", "Kelley. 2003",
              "test_every_stationary_point_attracts_hamiltonian_descent_and_newton"),
    )  # fmt: skip

    eta: float = step_size(1.0, search=(0.05, 1.0), relative=False)

    def spelled_out(self) -> Algorithm:
        """GDA on Newton's field."""
        return compose(GDA(self.eta, self.eta), NewtonField())
