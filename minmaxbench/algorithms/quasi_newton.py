"""Methods that learn second derivatives, or the next iterate, from the steps they made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.gradient import in_turn
from minmaxbench.algorithms.krylov import minres, times
from minmaxbench.algorithms.pairs import column, field, project
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array, Namespace, dot
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, count, positive, step_size


def joined(xp: Namespace, z: Iterate) -> Array:
    """Both players' parts as one vector a lane."""
    return xp.concat([z.x, z.y], axis=-1)


def parted(z: Array, dx: int) -> Iterate:
    """A vector a lane as the players' parts."""
    return Iterate(z[:, :dx], z[:, dx:])


class Mixing(NamedTuple):
    """An iterate, and the last differences of iterates and of the gaps z - G(z)."""

    x: Array
    y: Array
    old: Array
    """The iterate before, (lanes, dx + dy)."""
    gap: Array
    """Its gap."""
    S: Array
    """Differences of iterates, (lanes, depth, dx + dy); 0 where there is none yet."""
    Y: Array
    """Differences of gaps."""
    made: Array
    """Steps since the history began, (lanes, 1)."""


@register(
    "gda_am",
    "He, Zhao, Zhang, Xiao, Saad. GDA-AM: On the Effectiveness of Solving Minimax Optimization via "
    "Anderson Mixing. ICLR 2022 (Algorithms 1 and 2)",
)
@dataclass(frozen=True)
class AndersonGDA(Algorithm):
    r"""Anderson mixing of GDA: the next iterate is made of the last ones so that the gap closes.

    With G a step of GDA, alternating or simultaneous, :math:`g = z - G(z)`, and S, Y the last
    differences of z and of g as columns:

    .. math:: \gamma = (Y^\top Y + \epsilon (|S|^2 + |Y|^2) I)^{-1} Y^\top g, \quad
              z^+ = P(G(z) - (S - Y) \gamma)

    On a bilinear f it is GMRES as long as that makes way. Alternating, the last ``depth`` differences
    are kept; simultaneous, all are forgotten once there are ``depth`` (the paper's restart). GMRES
    makes none in its first step on a skew matrix, such as f = xy gives simultaneous steps, and there
    Anderson mixing breaks down: only epsilon gets it going again, after some seven steps, so that it
    stands still with a depth below. Cost: 1 gradient call a step. Memory: 2 depth + 2 vectors.

    >>> from minmaxbench.testing import play
    >>> play("gda_am", "bilinear_xy", start=(3.0, 3.0), steps=10)[-1] < 1e-9
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 1.0
    own_steps: ClassVar = True
    claims: ClassVar = (
        Claim(
            "On f = xy it reaches 1e-9 in ten steps, alternating or simultaneous",
            "He, Zhao, Zhang, Xiao, Saad. ICLR 2022",
            "test_gda_am_reaches_1e_9_on_xy_in_ten_steps",
        ),
        Claim(
            "With a history shorter than seven steps the simultaneous form stands still on f = xy",
            "Walker, Ni. SINUM 2011, Theorem 2.2",
            "test_simultaneous_gda_am_breaks_down_on_xy_where_gmres_stands_still",
        ),
    )
    programs: ClassVar = (
        Program(
            "github.com/hehuannb/GDA-AM, python_GDAAM/AA.py, numpyAA.type2",
            departs="that one does not restart in its planar examples, and shrinks z by 1e-26",
        ),
    )

    eta: float = step_size(0.2)
    depth: int = count(10, search=(2, 5, 10, 20))
    epsilon: float = positive(1e-8)
    base: str = choice("alt", "sim")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Mixing:
        """The start, no history."""
        xp = oracle.xp
        z = joined(xp, Iterate(x, y))
        none = xp.zeros((z.shape[0], self.depth, z.shape[1]))
        return Mixing(x, y, z, xp.zeros_like(z), none, none, column(xp, x, 0))

    def step(self, state: Mixing, oracle: Oracle) -> Mixing:
        """A step of GDA, then the combination with the least gap."""
        xp, at = oracle.xp, Iterate(state.x, state.y)
        z = joined(xp, at)
        if self.base == "alt":
            image = joined(xp, in_turn(at, oracle, self.eta, self.eta, 1, "xy"))
        else:
            image = joined(xp, project(oracle, at - self.eta * field(oracle, at)))
        gap, begun = z - image, state.made > 0
        S = _pushed(xp, state.S, xp.where(begun, z - state.old, 0.0))
        Y = _pushed(xp, state.Y, xp.where(begun, gap - state.gap, 0.0))
        size = self.epsilon * (xp.sum(S * S, axis=(-2, -1)) + xp.sum(Y * Y, axis=(-2, -1)))[:, None]
        gamma = _damped_least_squares(xp, Y, gap, size)
        mixed = image - xp.sum((S - Y) * gamma[:, :, None], axis=1)
        new = project(oracle, parted(mixed, at.x.shape[1]))
        made = state.made + 1
        if self.base == "sim":
            again = made > self.depth
            S, Y = (xp.where(again[:, :, None], 0.0, old) for old in (S, Y))
            made = xp.where(again, 0.0, made)
        return Mixing(*new, z, gap, S, Y, made)


def _pushed(xp: Namespace, history: Array, new: Array) -> Array:
    """The history without its oldest row, and with a new one."""
    return xp.concat([history[:, 1:], new[:, None]], axis=1)


def _damped_least_squares(xp: Namespace, Y: Array, g: Array, damping: Array) -> Array:
    """argmin |Y' c - g|^2 + damping |c|^2 for rows Y, ``(lanes, p, d), (lanes, d) -> (lanes, p)``.

    By the QR factors of Y' over the root of the damping: the normal equations square their condition.
    """
    p = Y.shape[1]
    root = xp.sqrt(xp.where(damping > 0, damping, 1.0))
    tall = xp.concat([xp.matrix_transpose(Y), root[:, :, None] * xp.eye(p)], axis=1)
    Q, R = xp.linalg.qr(tall)
    right = xp.sum(Q[:, : g.shape[1]] * g[:, :, None], axis=1)
    found: list[Array] = []
    for k in reversed(range(p)):
        # From the last unknown to the first: R is triangular.
        known = sum((R[:, k, p - 1 - j] * c for j, c in enumerate(found)), start=0.0)
        found.append((right[:, k] - known) / R[:, k, k])
    return xp.stack(found[::-1], axis=-1)


class Learning(NamedTuple):
    """An iterate, the gradients there, and what is taken for the Hessian of f."""

    x: Array
    y: Array
    g: Array
    """(grad_x f, grad_y f), (lanes, dx + dy)."""
    H: Array
    """(lanes, dx + dy, dx + dy)."""


@register(
    "j_symmetric",
    "Asl, Lu, Yang. A J-Symmetric Quasi-Newton Method for Minimax Problems. Mathematical "
    "Programming 2024 (the local method)",
)
@dataclass(frozen=True)
class JSymmetric(Algorithm):
    r"""Quasi-Newton for F(z) = 0, with an approximate Jacobian that keeps the true one's symmetry.

    The Jacobian of F is D H with D = diag(1, -1) and H the Hessian of f. B = D H with

    .. math:: s = P(z - B^{-1} F(z)) - z, \quad r = \nabla f(z^+) - \nabla f(z) - H s, \\
              H^+ = H + \frac{r s^\top + s r^\top}{s^\top s}
                  - \frac{(r^\top s) s s^\top}{(s^\top s)^2}

    which is the smallest change that keeps H symmetric and makes :math:`B^+ s = F(z^+) - F(z)`:
    Powell's symmetric Broyden update. H begins as D/eta, so that the first step is GDA's. Steps
    that are rounding teach nothing. Near a solution with a regular Jacobian it converges
    superlinearly, whatever the solution is; far from one it may leave. Cost: 1 gradient call a step.
    Memory: H, and a symmetric solve.

    >>> from minmaxbench.testing import play
    >>> play("j_symmetric", "ftr_f1", start=(1.0, 1.0), steps=12)[-1] < 1e-12
    True
    """

    step_sizes: ClassVar = ()
    price: ClassVar = 1.0
    own_steps: ClassVar = True
    claims: ClassVar = (
        Claim(
            "Near a solution with a regular Jacobian it converges superlinearly, whatever the solution is",
            "Asl, Lu, Yang. Mathematical Programming 2024",
            "test_quasi_newton_is_drawn_to_a_point_whatever_it_is",
        ),
        Claim(
            "The learned Hessian is symmetric and meets the secant equation",
            "Asl, Lu, Yang. Mathematical Programming 2024",
            "test_the_learned_hessian_meets_the_secant_equation_and_stays_symmetric",
        ),
    )

    eta: float = step_size(0.05)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Learning:
        """The start, its gradients, and D/eta."""
        xp = oracle.xp
        g = joined(xp, Iterate(*oracle.grad(x, y)))
        signs = xp.asarray([1.0] * x.shape[1] + [-1.0] * y.shape[1])
        H = xp.zeros((*g.shape, g.shape[1])) + xp.eye(g.shape[1]) * signs
        return Learning(x, y, g, H / (column(xp, x, 1) * self.eta)[:, :, None])

    def step(self, state: Learning, oracle: Oracle) -> Learning:
        """A step of Newton's method with B, and what it teaches."""
        xp, z, H = oracle.xp, Iterate(state.x, state.y), state.H
        unknowns = state.g.shape[1]
        down = minres(xp, lambda v, _: times(xp, H, v), state.g, unknowns)
        new = project(oracle, z - parted(down, state.x.shape[1]))
        s, g = joined(xp, new - z), joined(xp, Iterate(*oracle.grad(*new)))
        r, square = g - state.g - times(xp, H, s), dot(xp, s, s)
        at = joined(xp, z)
        rounding = square <= ROUNDING**2 * (1 + dot(xp, at, at))
        size = xp.where(rounding, 1.0, xp.sqrt(square))
        s, r = (xp.where(rounding, 0.0, v / size) for v in (s, r))
        outer = r[:, :, None] * s[:, None, :]
        more = outer + xp.matrix_transpose(outer)
        more = more - dot(xp, r, s)[:, :, None] * (s[:, :, None] * s[:, None, :])
        return Learning(*new, g, H + more)


ROUNDING = 1e-10
"""Steps this short, beside the size of the iterate, are not learned from."""
