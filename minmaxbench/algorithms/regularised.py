"""Extragradient on a regularised game: drawn to the start, or to all iterates, for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.anchored import Anchored, ToTheStart
from minmaxbench.algorithms.pairs import column, field, project
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Iterate
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import positive, step_size


@register(
    "eg_regularised",
    "Chen, Luo. Near-Optimal Algorithms for Making the Gradient Small in Stochastic Minimax "
    "Optimization. 2022 (R-EG, as in the authors' program)",
)
@dataclass(frozen=True)
class RegularisedEG(ToTheStart):
    r"""Extragradient on F + lam (z - z_0): the anchor never lets go.

    .. math:: \bar z = P(z - \eta [F(z) + \lambda (z - z_0)]), \quad
              z^+ = P(z - \eta [F(\bar z) + \lambda (\bar z - z_0)])

    It converges to the solution of the regularised game, at a distance of the order lam from F's.
    Cost: 2 gradient calls a step. Memory: z_0. On f = xy it ends at :math:`\lambda/\sqrt{1 +
    \lambda^2}`:

    >>> from minmaxbench.testing import play
    >>> d = play("eg_regularised", "bilinear_xy", start=(1.0, 0.0), steps=3000, lam=0.1)
    >>> abs(d[-1] - 0.1 / 1.01**0.5) < 1e-9
    True
    """

    claims: ClassVar = (
        Claim(
            "It converges to the solution of F(z) + lam (z - z_0) = 0",
            "Chen, Luo. 2022",
            "test_the_regularised_extragradient_ends_at_the_regularised_solution",
        ),
    )

    eta: float = step_size(0.1)
    lam: float = positive(0.1, search=(1e-3, 1.0))

    def step(self, state: Anchored, oracle: Oracle) -> Anchored:
        """Extragradient, drawn to the start at both points."""
        z, start = Iterate(state.x, state.y), state.start
        ahead = project(oracle, z - self.eta * (field(oracle, z) + self.lam * (z - start)))
        pull = field(oracle, ahead) + self.lam * (ahead - start)
        return Anchored(*project(oracle, z - self.eta * pull), start, state.k + 1)


class Recursive(NamedTuple):
    """An iterate, and all before it as anchors: the sum of their weights, and of them, weighted."""

    x: Array
    y: Array
    anchors: Iterate
    weights: Array
    weight: Array
    """That of the last, (lanes, 1)."""


@register(
    "rain",
    "Chen, Luo. Near-Optimal Algorithms for Making the Gradient Small in Stochastic Minimax "
    "Optimization. 2022 (RAIN, in one loop as in the authors' program)",
)
@dataclass(frozen=True)
class RAIN(ToTheStart):
    r"""Recursively anchored iteration: extragradient drawn to all its iterates, the late ones more.

    With :math:`A(u) = \lambda \gamma \sum_{j=1}^{k} (1 + \gamma)^j (u - z_j)` over the iterates
    :math:`z_1, ..., z_k` so far, of which two sums are kept:

    .. math:: \bar z = P(z_k - \eta [F(z_k) + A(z_k)]), \quad
              z_{k+1} = P(z_k - \eta [F(\bar z) + A(\bar z)])

    The authors' program also counts the iterate not yet made, as the origin; here it is left out.
    The weights grow without end: with :math:`\eta \lambda (1 + \gamma)^k > 1` it leaves, so gamma is
    chosen for the number of steps. Cost: 2 gradient calls a step. Memory: 1 vector.

    >>> from minmaxbench.testing import play
    >>> d = play("rain", "bilinear_xy", start=(10.0, 10.0), steps=900)
    >>> d[-1] < play("extragradient", "bilinear_xy", (10.0, 10.0), 900, eta=0.1)[-1]
    True
    """

    claims: ClassVar = (
        Claim(
            "On f = xy from (10, 10) it is nearer than extragradient after 900 steps",
            "Chen, Luo. 2022, the figure of their program",
            EXAMPLE,
        ),
        Claim(
            "Its weights grow until the iterates leave",
            "read off its rule",
            "test_rain_is_faster_than_one_anchor_and_leaves_in_the_end",
        ),
    )

    eta: float = step_size(0.1)
    lam: float = positive(0.1, search=(1e-3, 1.0))
    gamma: float = positive(1e-3, search=(1e-4, 1e-1))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Recursive:
        """The start; no anchor yet."""
        one = column(oracle.xp, x, 1)
        return Recursive(x, y, 0 * Iterate(x, y), 0 * one, one)

    def step(self, state: Recursive, oracle: Oracle) -> Recursive:
        """Extragradient, drawn to the anchors at both points; the new iterate is one more."""
        z, share = Iterate(state.x, state.y), self.lam * self.gamma

        def pulled(u: Iterate) -> Iterate:
            pull: Iterate = share * (state.weights * u - state.anchors)
            return field(oracle, u) + pull

        ahead = project(oracle, z - self.eta * pulled(z))
        new = project(oracle, z - self.eta * pulled(ahead))
        weight = (1 + self.gamma) * state.weight
        anchors = state.anchors + weight * new
        return Recursive(*new, anchors, state.weights + weight, weight)
