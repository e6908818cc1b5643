"""Implicit methods: the proximal point, and second-order methods that come near it.

Each solves systems with I + eta J, J the Jacobian of F. Since J is D H with D = diag(1, -1), they
are symmetric once multiplied by D: (D + eta H) w = D b, which MINRES solves without a matrix.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.krylov import minres, product
from minmaxbench.algorithms.pairs import column, field, length, project, where, zeros
from minmaxbench.algorithms.registry import register
from minmaxbench.algorithms.second_order import SECOND
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import count, number, positive, step_size, weight


def mirrored(z: Iterate) -> Iterate:
    """D z: the max-player's part with its sign turned."""
    return Iterate(z.x, -z.y)


def resolvent(
    oracle: Oracle, z: Iterate, eta: Array, b: Iterate, free: Iterate | None = None
) -> Iterate:
    """(I + eta J(z))^{-1} b by MINRES; coordinates that are not ``free`` are taken from b."""

    def apply(w: Iterate, lanes: Array | None) -> Iterate:
        if free is None:
            return mirrored(w) + scaled(product(oracle, z, w, lanes))
        inside = mirrored(w) + scaled(product(oracle, z, w * free, lanes))
        return inside * free + w - w * free

    def scaled(w: Iterate) -> Iterate:
        return Iterate(eta * w.x, eta * w.y)

    right = mirrored(b) if free is None else mirrored(b) * free + b - b * free
    solved: Iterate = minres(oracle.xp, apply, right, z.x.shape[-1] + z.y.shape[-1])
    return solved


class Solving(NamedTuple):
    """An iterate, the next one as far as it is found, and the Newton steps made towards it."""

    x: Array
    y: Array
    next: Iterate
    tries: Array


@register(
    "proximal_point",
    "Martinet. Regularisation d'inequations variationnelles par approximations successives. 1970; "
    "Rockafellar. Monotone Operators and the Proximal Point Algorithm. SIAM Journal on Control and "
    "Optimization 1976",
)
@dataclass(frozen=True)
class ProximalPoint(Algorithm):
    r"""Proximal point: a step of GDA with the gradients found at its end.

    .. math:: z^+ = P(z - \eta F(z^+))

    found by Newton's method from z on, to a residual of ``tol`` times the length of z, and at least
    ``tol``: extragradient and optimism approximate it with one gradient more. Where F is not
    monotone, z^+ is the solution that Newton finds from z. Where the projection moves a coordinate,
    the projected point is taken (semismooth Newton on a box, a fixed-point step on other sets). A
    step here is one *tick*: one step of Newton, or the move to what it found. Cost: 1 gradient call
    a tick, and what MINRES takes, at most 5 products more than there are unknowns. Memory: the
    point sought. On f = xy it contracts by :math:`(1 + \eta^2)^{-1/2}` in two ticks, whatever eta:

    >>> from minmaxbench.testing import play
    >>> d = play("proximal_point", "bilinear_xy", start=(1.0, 0.0), steps=4, eta=1.0)[::2]
    >>> [round(distance, 12) for distance in d]
    [1.0, 0.707106781187, 0.5]
    """

    needs: ClassVar = SECOND
    price: ClassVar = 3.0
    step_sizes: ClassVar = ()
    own_steps: ClassVar = True
    claims: ClassVar = (
        Claim(
            "On f = xy every step divides the distance to the solution by sqrt(1 + eta^2), whatever eta",
            "Rockafellar. SIAM Journal on Control and Optimization 1976",
            "test_proximal_point_contracts_at_its_known_rate",
        ),
        Claim(
            "A step of extragradient differs from it by o(eta^2)",
            "Mokhtari, Ozdaglar, Pattathil. AISTATS 2020, Proposition 1",
            "test_extragradient_and_optimism_approach_the_proximal_point",
        ),
    )

    eta: float = step_size(0.05, search=(1e-3, 100.0))
    tol: float = positive(1e-10)
    max_newton: int = count(50)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Solving:
        """The start; Newton begins there."""
        return Solving(x, y, Iterate(x, y), column(oracle.xp, x, 0))

    def step(self, state: Solving, oracle: Oracle) -> Solving:
        """One step of Newton, or the move where the residual is short."""
        xp, z, w = oracle.xp, Iterate(state.x, state.y), state.next
        outside = z - self.eta * field(oracle, w)
        inside = project(oracle, outside)
        error = w - inside
        limit = self.tol * xp.maximum(length(xp, z), 1.0)
        found = (length(xp, error) <= limit) | (state.tries >= self.max_newton)
        free = Iterate(
            xp.where(inside.x == outside.x, 1.0, 0.0), xp.where(inside.y == outside.y, 1.0, 0.0)
        )
        better = project(oracle, w - resolvent(oracle, w, self.eta, error, free))
        return Solving(
            *where(xp, found, w, z),
            where(xp, found, w, better),
            xp.where(found, 0.0, state.tries + 1),
        )


class Extrapolating(NamedTuple):
    """An iterate, F there, the error of the last linear model, and the step size to try."""

    x: Array
    y: Array
    here: Iterate
    v: Iterate
    eta: Array


LARGEST = 1e50
"""Where F is linear every step is accepted and the next is longer: it ends here, where the method
has long been Newton's."""


@register(
    "ogda_second_order",
    "Jiang, Mokhtari. Generalized Optimistic Methods for Convex-Concave Saddle Point Problems. "
    "2022 (second-order optimistic method, with its line search)",
)
@dataclass(frozen=True)
class SecondOrderOGDA(Algorithm):
    r"""Second-order optimism: a linear model of F in the step, corrected by its last error.

    .. math:: d = -(I + \eta J(z))^{-1} (\eta F(z) + v), \quad z^+ = P(z + d)

    is accepted if :math:`\eta |r| \le (\alpha/2) |d|` for the error :math:`r = F(z^+) - F(z) - J(z)
    d`; then :math:`v^+ = r/(1/\eta + \mu)` and the next trial has :math:`\eta \sqrt{1 + 2 \eta
    \mu}/\beta`. Otherwise eta is multiplied by beta. A step here is one *tick*, one trial. For
    monotone F the gap falls as :math:`k^{-3/2}`; near a strict solution it is Newton's method. Cost:
    1 gradient call and 1 product a tick, and what MINRES takes, at most 5 products more than there
    are unknowns. Memory: F, v.

    >>> from minmaxbench.testing import play
    >>> play("ogda_second_order", "bilinear_xy", start=(1.0, 0.0), steps=20)[-1] < 1e-12
    True
    """

    needs: ClassVar = SECOND
    price: ClassVar = 4.0
    step_sizes: ClassVar = ()
    own_steps: ClassVar = True
    claims: ClassVar = (
        Claim(
            "It converges superlinearly where F is strongly monotone",
            "Jiang, Mokhtari. 2022, Theorem 5.5",
            "test_second_order_methods_end_superlinearly",
        ),
    )

    eta0: float = step_size(1.0, search=(1e-2, 100.0))
    alpha: float = number(0.5, 0.0, 1.0, above=True, below=True, search=(0.1, 0.9))
    beta: float = number(0.5, 0.0, 1.0, above=True, below=True, search=(0.1, 0.9))
    mu: float = weight(0.0, search=(0.0, 1.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Extrapolating:
        """The start, F there, and no error yet."""
        z = Iterate(x, y)
        eta = column(oracle.xp, x, 1) * self.eta0
        return Extrapolating(x, y, field(oracle, z), zeros(oracle.xp, x, y), eta)

    def step(self, state: Extrapolating, oracle: Oracle) -> Extrapolating:
        """One trial."""
        xp, z, eta = oracle.xp, Iterate(state.x, state.y), state.eta
        ahead = project(oracle, z - resolvent(oracle, z, eta, eta * state.here + state.v))
        d, there = ahead - z, field(oracle, ahead)
        error = there - state.here - mirrored(product(oracle, z, d))
        fine = eta * length(xp, error) <= self.alpha / 2 * length(xp, d)
        longer = xp.minimum(eta * xp.sqrt(1 + 2 * eta * self.mu) / self.beta, LARGEST)
        return Extrapolating(
            *where(xp, fine, ahead, z),
            where(xp, fine, there, state.here),
            where(xp, fine, error / (1 / eta + self.mu), state.v),
            xp.where(fine, longer, self.beta * eta),
        )


class Homotopy(NamedTuple):
    """The iterate, F there, the point that the resolvent is sought of, and its step size."""

    x: Array
    y: Array
    here: Iterate
    centre: Iterate
    lam: Array


@register(
    "hipnex",
    "Alves, Pereira, Svaiter. A Search-Free O(1/k^{3/2}) Homotopy Inexact Proximal-Newton "
    "Extragradient Algorithm for Monotone Variational Inequalities. 2023 (HIPNEX, exact solves)",
)
@dataclass(frozen=True)
class HIPNEX(Algorithm):
    r"""Proximal Newton extragradient without a search: as long a step as one Newton step can serve.

    With :math:`\theta = 1/2, \hat\theta = \theta^2, \eta = 2 \hat\theta/(\sigma L), \tau = (\theta -
    \hat\theta)/(\theta + \eta L/4 + \sqrt{(\theta + \eta L/4)^2 - \theta (\theta - \hat\theta)})`,
    L the Lipschitz constant of the Jacobian, and :math:`r = \lambda F(y) + y - x`:

    - while :math:`|r| \le 2 \hat\theta/(\lambda L)`: if :math:`\lambda |y - x| \ge \eta`, an
      extragradient step :math:`x \leftarrow x - \tau \lambda F(y)` with :math:`\lambda \leftarrow
      (1 - \tau) \lambda`; else :math:`\lambda \leftarrow \lambda/(1 - \tau)`;
    - otherwise a Newton step :math:`y^+ = P(y - (I + \lambda J(y))^{-1} r)`.

    The iterate shown is the paper's y. A step here is one *tick*, one of the three; it ends where
    :math:`|F| \le` tol. Cost: nothing, but for a Newton step 1 gradient call and what MINRES takes,
    at most 5 products more than there are unknowns. Memory: x, F. For monotone F the gap falls as
    :math:`k^{-3/2}`.

    >>> from minmaxbench.testing import play
    >>> play("hipnex", "bilinear_xy", start=(1.0, 0.0), steps=300)[-1] < 1e-9
    True
    """

    needs: ClassVar = SECOND
    price: ClassVar = math.nan
    step_sizes: ClassVar = ()
    own_steps: ClassVar = True
    claims: ClassVar = (
        Claim(
            "For monotone F the gap of the mean of the iterates falls as k^(-3/2)",
            "Alves, Pereira, Svaiter. 2023",
        ),
    )
    programs: ClassVar = (
        Program(
            "github.com/joaompereira/hipnex, hipnex.m",
            departs="its inner loops are ticks, and its tolerance ends lanes that stay",
        ),
    )

    L: float = positive(1.0, search=(0.01, 100.0))
    sigma: float = number(0.95, 0.0, 1.0, above=True, below=True)
    tol: float = positive(1e-12)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Homotopy:
        """The start, F there, and the first step size, sqrt(2 theta/(L |F|))."""
        xp, z = oracle.xp, Iterate(x, y)
        here = field(oracle, z)
        size = self.L * length(xp, here)
        lam = xp.where(size > 0, 1 / xp.sqrt(xp.where(size > 0, size, 1.0)), 1.0)
        return Homotopy(x, y, here, z, lam)

    def stopped(self, state: Homotopy) -> Array:
        """Where F is short."""
        return self._at_rest(state)[:, 0]

    def _at_rest(self, state: Homotopy) -> Array:
        """The same, as a (lanes, 1) column."""
        square = state.here * state.here
        return (square.x.sum(-1) + square.y.sum(-1))[:, None] <= self.tol * self.tol

    def step(self, state: Homotopy, oracle: Oracle) -> Homotopy:
        """An extragradient step, a longer lambda, or a step of Newton."""
        xp, y, lam = oracle.xp, Iterate(state.x, state.y), state.lam
        theta, theta2 = 0.5, 0.25
        eta = 2 * theta2 / (self.sigma * self.L)
        a = theta + eta * self.L / 4
        tau = (theta - theta2) / (a + (a * a - theta * (theta - theta2)) ** 0.5)
        gap = y - state.centre
        rest = self._at_rest(state)
        solved = length(xp, lam * state.here + gap) <= 2 * theta2 / (lam * self.L)
        far = lam * length(xp, gap) >= eta
        moved = state.centre - (tau * lam) * state.here
        step = xp.where(far, (1 - tau) * lam, lam / (1 - tau))
        ready = state._replace(
            centre=where(xp, solved & far & ~rest, moved, state.centre),
            lam=xp.where(solved & ~rest, step, lam),
        )
        return oracle.where_needed((~solved & ~rest)[:, 0], _newton, ready)


def _newton(s: Homotopy, oracle: Oracle) -> Homotopy:
    """y - (I + lambda J)^{-1} (lambda F + y - x)."""
    y = Iterate(s.x, s.y)
    gap = s.lam * s.here + y - s.centre
    new = project(oracle, y - resolvent(oracle, y, s.lam, gap))
    return Homotopy(*new, field(oracle, new), s.centre, s.lam)
