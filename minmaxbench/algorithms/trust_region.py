"""Newton's method for a stationary point in a region in which the linear model of F is trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.implicit import mirrored
from minmaxbench.algorithms.krylov import minres, product
from minmaxbench.algorithms.pairs import column, field, inner, length, project, ratio, where
from minmaxbench.algorithms.registry import register
from minmaxbench.algorithms.second_order import SECOND
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import Claim
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import number, positive


class Trusting(NamedTuple):
    """An iterate, F there, and the radius within which the linear model is trusted."""

    x: Array
    y: Array
    here: Iterate
    radius: Array
    """(lanes, 1)."""


@register(
    "newton_dogleg",
    "Powell. A Hybrid Method for Nonlinear Equations. 1970; as Nocedal, Wright. Numerical "
    "Optimization. 2006, Algorithm 11.5 with the dogleg step of section 4.1; a baseline of Asl, Lu, "
    "Yang. A J-Symmetric Quasi-Newton Method for Minimax Problems. Mathematical Programming 2023",
)
@dataclass(frozen=True)
class NewtonDogleg(Algorithm):
    r"""Newton's method on F(z) = 0 in a trust region, with Powell's dogleg.

    .. math:: z^+ = P(z + p), \quad |p| \le \Delta

    where p is Newton's step :math:`p_N = -J^{-1} F` if that is short enough, else the end of the way
    from 0 to :math:`p_U = -(|g|^2/|J g|^2) g`, :math:`g = J^\top F`, and on towards :math:`p_N`. With
    the ratio r of the decrease of :math:`|F|^2/2` to that of :math:`|F + J p|^2/2`, the step is taken
    if r > eta; :math:`\Delta` is quartered if r < 1/4, and doubled, up to ``most``, if r > 3/4 and p is
    as long as it. A step here is one *tick*, one trial. Like ``newton_root`` it is after stationary
    points of any kind, and may end where only g is 0. Cost: 1 gradient call and 3 Hessian products a
    tick, and what MINRES takes, at most 5 products more than there are unknowns. Memory: F, Delta.

    >>> from minmaxbench.testing import play
    >>> play("newton_dogleg", "ftr_f1", start=(1.0, 2.0), steps=20)[-1] < 1e-12
    True
    """

    needs: ClassVar = SECOND
    price: ClassVar = 6.0
    step_sizes: ClassVar = ()
    own_steps: ClassVar = True
    claims: ClassVar = (
        Claim("|F| never grows; it may end where |F| is least, but not 0",
              "Nocedal, Wright. 2006, section 11.2",
              "test_the_dogleg_ends_where_the_field_is_shortest"),
        Claim("Near a regular point its steps are Newton's, and converge quadratically",
              "Nocedal, Wright. 2006, Theorem 11.7",
              "test_the_dogleg_never_lets_the_field_grow_and_ends_as_newton"),
    )  # fmt: skip

    radius: float = positive(0.1, search=(1e-2, 10.0))
    most: float = positive(0.5, search=(0.1, 100.0))
    eta: float = number(0.01, 0.0, 0.25, below=True, search=(1e-4, 0.2), scale="log")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Trusting:
        """The start, and F there."""
        first = oracle.xp.minimum(column(oracle.xp, x, 1) * self.radius, self.most)
        return Trusting(x, y, field(oracle, Iterate(x, y)), first)

    def step(self, state: Trusting, oracle: Oracle) -> Trusting:
        """One trial."""
        xp, z, F, radius = oracle.xp, Iterate(state.x, state.y), state.here, state.radius
        p, bound = self._dogleg(z, F, radius, oracle)
        ahead = project(oracle, z + p)
        p, there = ahead - z, field(oracle, ahead)
        model = F + mirrored(product(oracle, z, p))
        size = inner(xp, F, F)
        gain = ratio(xp, size - inner(xp, there, there), size - inner(xp, model, model), 1.0)
        longer = xp.minimum(2 * radius, self.most)
        kept = xp.where((gain > 0.75) & bound, longer, radius)
        fine = gain > self.eta
        return Trusting(
            *where(xp, fine, ahead, z),
            where(xp, fine, there, F),
            xp.where(gain >= 0.25, kept, radius / 4),
        )

    def _dogleg(
        self, z: Iterate, F: Iterate, radius: Array, oracle: Oracle
    ) -> tuple[Iterate, Array]:
        """The step, and whether the region bounds it."""
        xp, unknowns = oracle.xp, z.x.shape[-1] + z.y.shape[-1]
        right = mirrored(F)
        g = product(oracle, z, right)
        bent = product(oracle, z, g)
        newton = -1 * minres(xp, lambda w, lanes: product(oracle, z, w, lanes), right, unknowns)
        steep = -ratio(xp, inner(xp, g, g), inner(xp, bent, bent), 0.0) * g
        shortened = ratio(xp, radius, length(xp, g), 0.0) * (-1 * g)
        # |steep + t (newton - steep)| = radius, at t between 0 and 1.
        gap = newton - steep
        a, b = inner(xp, gap, gap), inner(xp, steep, gap)
        c = inner(xp, steep, steep) - radius**2
        t = ratio(xp, xp.sqrt(xp.maximum(b * b - a * c, 0.0)) - b, a, 0.0)
        bound = length(xp, newton) > radius
        leg = where(xp, length(xp, steep) >= radius, shortened, steep + t * gap)
        return where(xp, bound, leg, newton), bound
