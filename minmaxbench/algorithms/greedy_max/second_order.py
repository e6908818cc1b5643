"""Greedy-max with a max-player that sees curvature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from minmaxbench.algorithms.greedy_max.published import GreedyMax, GreedyState
from minmaxbench.algorithms.krylov import h_yy, unit
from minmaxbench.algorithms.registry import register
from minmaxbench.algorithms.stackelberg import eigenpair
from minmaxbench.core.algorithm import Iterate
from minmaxbench.core.arrays import dot, flat
from minmaxbench.core.calls import Call
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import positive


@register(
    "greedy_max_second_order",
    "after Mangoubi, Vishnoi. Greedy Adversarial Equilibrium: An Efficient Alternative to "
    "Nonconvex-Nonconcave Min-Max Optimization. STOC 2021 (greedy paths of second order, for the "
    "min-player of greedy_max)",
)
@dataclass(frozen=True)
class SecondOrderGreedyMax(GreedyMax):
    r"""Greedy-max whose max-player climbs to a point of second order: it also leaves saddles of y.

    As ``greedy_max``, but where the gradient is short, and the greatest eigenvalue of h_yy is above
    ``curvature``, with the unit eigenvector v,

    .. math:: Y \leftarrow P\Big(Y + \frac{\lambda}{2 \rho} \mathrm{sgn} \langle v, \nabla_y f \rangle
              v\Big)

    with sgn(0) = 1 for a v whose longest entry is positive. A candidate is judged where neither way is
    up. The paper's own min-player, a descent on a smoothed, truncated maximum, is not part of it: its
    constants could not be read. NumPy and torch run it; the JAX engine does not compile two kinds of
    rare work in one step. Cost: that of ``greedy_max``, and for each look at the curvature 1/2
    gradient call and as many Hessian products as y has unknowns.

    >>> from minmaxbench.testing import play
    >>> play("greedy_max_second_order", "ftr_f1", start=(5.5, 5.5), steps=20000)[-1] < 1.0
    True
    """

    needs: ClassVar[frozenset[Call]] = frozenset({Call.VALUE, Call.GRAD_Y, Call.HVP})
    claims: ClassVar[tuple[Claim, ...]] = (
        Claim(
            "The max-player leaves saddles of f(x, .), where a first-order path stands still",
            "Mangoubi, Vishnoi. STOC 2021",
            "test_the_second_order_path_leaves_a_saddle_of_y",
        ),
    )
    programs: ClassVar[tuple[Program, ...]] = ()

    curvature: float = positive(0.1, search=(1e-3, 1.0))
    rho: float = positive(10.0, search=(1.0, 1000.0))

    def step(self, state: GreedyState, oracle: Oracle) -> GreedyState:
        """One tick: ascend where the gradient is long, look at the curvature and judge elsewhere."""
        xp = oracle.xp
        X, Y = state.candidate_x, state.candidate_y
        gy = oracle.grad_y(X, Y)
        ascended = oracle.project_y(Y + self.eta * gy)
        limit = state.eps / flat(1 - 2 * self.eta * self.L)
        out = state.ascents >= flat(self.max_ascents)
        still = (oracle.slope_y(Y, gy, self.eta) <= limit) | out
        climbed = state._replace(
            candidate_y=xp.where(still[:, None], Y, ascended), ascents=state.ascents + 1
        )
        looked = oracle.where_needed(still, self._push, climbed)
        judged = still & (out | ~xp.any(looked.candidate_y != climbed.candidate_y, axis=-1))
        return oracle.where_needed(judged, self._decide, looked)

    def _push(self, s: GreedyState, oracle: Oracle) -> GreedyState:
        """Along the eigenvector in which f still bends up in y."""
        xp, z = oracle.xp, Iterate(s.candidate_x, s.candidate_y)
        rows = [h_yy(oracle, z, unit(xp, z.y, k)) for k in range(z.y.shape[1])]
        high, up = eigenpair(xp, xp.stack(rows, axis=-2), z.y.shape[1] - 1)
        sign = xp.where(dot(xp, up, oracle.grad_y(*z)) >= 0, 1.0, -1.0)
        pushed = oracle.project_y(z.y + high / (2 * self.rho) * sign * up)
        return s._replace(candidate_y=xp.where(high > self.curvature, pushed, z.y))
