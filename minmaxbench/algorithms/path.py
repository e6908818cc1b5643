"""Path following: the ridge that leads from a corner of a box to a solution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

from minmaxbench.algorithms.krylov import hessian
from minmaxbench.algorithms.pairs import column
from minmaxbench.algorithms.registry import register
from minmaxbench.algorithms.second_order import SECOND
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array, Namespace, dot
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import positive, step_size
from minmaxbench.core.problem import Problem
from minmaxbench.core.sets import Box
from minmaxbench.errors import UserError


class Ridge(NamedTuple):
    """A point of the path, in the box and in the unit cube, and which coordinates are in play."""

    x: Array
    y: Array
    u: Array
    """In the unit cube, (lanes, n)."""
    i: Array
    """The coordinate that is sought now, 0 to n; n where all are satisfied: (lanes, 1)."""
    S: Array
    """1 for coordinates held at V_j = 0, (lanes, n)."""
    fresh: Array
    """0 while V_i is still at the zero from which the path came back to i, else 1: (lanes, 1)."""


@register(
    "ston_r",
    "Daskalakis, Golowich, Skoulakis, Zampetakis. STay-ON-the-Ridge: Guaranteed Convergence to Local "
    "Minimax Equilibrium in Nonconvex-Nonconcave Games. COLT 2023 (discretised as in "
    "StayOnTheRidge.jl)",
)
@dataclass(frozen=True)
class StayOnTheRidge(Algorithm):
    r"""STay-ON-the-Ridge: satisfies one coordinate after the other, and keeps those it has.

    With :math:`V = (-\nabla_x f, \nabla_y f)` in coordinates u of the unit cube, coordinate i is
    satisfied where :math:`|V_i| \le \epsilon`, or at a bound that V_i points out of. From the corner u
    = 0 on, with :math:`i = 1, S = \emptyset`, repeat: d is the unit vector on :math:`S \cup \{i\}` along
    which V_j stays 0 for all j in S, its sign that of :math:`(-1)^{|S|}` times the cofactors of row i;

    - i is satisfied: i joins S if :math:`|V_i| \le \epsilon`, and i + 1 is next;
    - d points out at u_j, j in S or j = i: j leaves S; if j = i, i - 1 is next and leaves S, and is
      satisfied only once :math:`|V_{i-1}| > \epsilon` has been seen;
    - V_j, j < i at a bound, would turn at :math:`u + \gamma d`: j joins S;
    - otherwise :math:`u \leftarrow u + \gamma d`, clipped.

    All runs follow the same path, whatever their start. It ends, within the order of gamma and epsilon
    of a solution of the variational inequality, when no coordinate is left. Cost: 2 gradient calls and
    the Hessian a step, which is one of the four. Memory: S.

    >>> from minmaxbench.testing import play
    >>> play("ston_r", "stonr_f2", start=(0.3, 0.3), steps=4000)[-1] < 0.1
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ()
    price: ClassVar = 4.0
    claims: ClassVar = (
        Claim(
            "From the corner it ends at a solution of the variational inequality",
            "Daskalakis, Golowich, Skoulakis, Zampetakis. COLT 2023, Theorem 4",
            "test_the_ridge_leads_to_a_solution_where_gradient_methods_cycle",
        ),
    )
    programs: ClassVar = (
        Program(
            "gitlab.fel.cvut.cz/kosohmar/StayOnTheRidge.jl",
            departs="that one also ends where the whole inequality holds to 0.1, and takes the zero "
            "that it has just left for a new one, so that it may go round",
        ),
    )

    gamma: float = step_size(1e-3, search=(1e-4, 1e-2), relative=False)
    epsilon: float = positive(1e-1, search=(1e-3, 1.0))

    def for_problem(self, problem: Problem) -> Self:
        """Itself; raises :class:`UserError` where the players do not move in bounded boxes."""
        for player, own, d in (("x", problem.x_set, problem.dx), ("y", problem.y_set, problem.dy)):
            if not isinstance(own, Box) or not _bounded(own):
                raise UserError(
                    f"ston_r follows a path in a bounded box; in '{problem.name}' it is "
                    f"{own.describe(player)} (d = {d})."
                )
        return self

    def init(self, x: Array, y: Array, oracle: Oracle) -> Ridge:
        """The corner of least coordinates."""
        xp, low = oracle.xp, _corners(x, y, oracle)[0]
        u = xp.zeros((x.shape[0], x.shape[1] + y.shape[1]))
        return Ridge(*low, u, column(xp, x, 0), u, column(xp, x, 1))

    def stopped(self, state: Ridge) -> Array:
        """No coordinate is left."""
        return state.i[:, 0] >= state.u.shape[1]

    def step(self, state: Ridge, oracle: Oracle) -> Ridge:
        """One exit, or one step along the ridge."""
        xp, u, i, S = oracle.xp, state.u, state.i, state.S
        n, dx = u.shape[1], state.x.shape[1]
        low, high = (xp.concat(list(z), axis=-1) for z in _corners(state.x, state.y, oracle))
        width = high - low
        signs = xp.asarray([-1.0] * dx + [1.0] * (n - dx)) * width
        k = xp.arange(n)
        mine = k == i

        def v(at: Array) -> Array:
            z = low + width * at
            return signs * xp.concat(list(oracle.grad(z[:, :dx], z[:, dx:])), axis=-1)

        at = low + width * u
        h = hessian(oracle, Iterate(at[:, :dx], at[:, dx:]))
        d = _along(xp, signs[:, :, None] * h * width[:, None, :], S, mine)
        here, ahead = v(u), v(xp.clip(u + self.gamma * d, 0.0, 1.0))
        mine_v, mine_u = (xp.sum(xp.where(mine, a, 0.0), axis=-1)[:, None] for a in (here, u))
        near = xp.abs(mine_v) <= self.epsilon
        fresh = xp.where(near, state.fresh, 1.0)
        zero = near & (fresh > 0)
        good = zero | ((mine_u == 0) & (mine_v < self.epsilon))
        good = good | ((mine_u == 1) & (mine_v > -self.epsilon))
        inside = (S > 0) | mine
        leaves = _first(xp, inside & (((u == 0) & (d < 0)) | ((u == 1) & (d > 0))), k)
        turns = (k < i) & (S == 0) & (((u == 0) & (ahead > 0)) | ((u == 1) & (ahead < 0)))
        joins = _first(xp, turns, k)
        bad, middling = xp.any(leaves, axis=-1)[:, None], xp.any(joins, axis=-1)[:, None]
        back = xp.any(leaves & mine, axis=-1)[:, None]
        bad, middling = bad & ~good, middling & ~bad & ~good
        moves = ~(good | bad | middling | (i >= n))
        S = xp.where(good & zero & mine, 1.0, S)
        S = xp.where(bad & xp.where(back, k == i - 1, leaves), 0.0, S)
        S = xp.where(middling & joins, 1.0, S)
        i = i + xp.where(good & (i < n), 1.0, 0.0) - xp.where(bad & back & (i > 0), 1.0, 0.0)
        fresh = xp.where(bad & back, 0.0, xp.where(good, 1.0, fresh))
        u = xp.where(moves, xp.clip(u + self.gamma * d, 0.0, 1.0), u)
        z = low + width * u
        return Ridge(oracle.project_x(z[:, :dx]), oracle.project_y(z[:, dx:]), u, i, S, fresh)


def _bounded(box: Box) -> bool:
    bounds = (box.lower, box.upper)
    return all(abs(b) < 1e300 for s in bounds for b in (s if isinstance(s, tuple) else (s,)))


def _corners(x: Array, y: Array, oracle: Oracle) -> tuple[Iterate, Iterate]:
    """The least and the greatest corner: what points far outside are projected to."""
    far = 1e300
    low = Iterate(oracle.project_x(0 * x - far), oracle.project_y(0 * y - far))
    return low, Iterate(oracle.project_x(0 * x + far), oracle.project_y(0 * y + far))


def _first(xp: Namespace, mask: Array, k: Array) -> Array:
    """The first true entry of every row, alone."""
    first = xp.min(xp.where(mask, k, mask.shape[-1]), axis=-1)[:, None]
    return mask & (k == first)


def _along(xp: Namespace, jacobian: Array, S: Array, mine: Array) -> Array:
    """The direction d: the cofactors of row i of the rows of S, and of unit rows elsewhere."""
    n = S.shape[1]
    eye, inside = xp.eye(n), (S > 0) | mine
    rows = xp.where((S > 0)[:, :, None], xp.where(inside[:, None, :], jacobian, 0.0), eye)

    def cofactor(k: int) -> Array:
        return xp.linalg.det(xp.where(mine[:, :, None], eye[k], rows))

    d = xp.where(inside, xp.stack([cofactor(k) for k in range(n)], axis=-1), 0.0)
    size = xp.sqrt(dot(xp, d, d))
    odd = xp.sum(S, axis=-1)[:, None] % 2
    return xp.where(odd > 0, -1.0, 1.0) * d / xp.where(size > 0, size, 1.0)
