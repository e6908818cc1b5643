"""GDA along a gradient that is carried from step to step, corrected by minibatches at two points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.pairs import project, zeros
from minmaxbench.algorithms.registry import register
from minmaxbench.algorithms.variance_reduced import LINEAR, VARIES, whole_field
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array, flat
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import count, number, step_size, weight


class Carried(NamedTuple):
    """An iterate, the one before it, the estimate of F, the number of steps made."""

    x: Array
    y: Array
    last: Iterate
    v: Iterate
    k: Array
    """(lanes,)."""


def carried(x: Array, y: Array, oracle: Oracle) -> Carried:
    """The start, nothing estimated."""
    none = oracle.xp.zeros(x.shape[0], dtype=oracle.xp.int64)
    return Carried(x, y, Iterate(x, y), zeros(oracle.xp, x, y), none)


def estimated(state: Carried, m: Array, oracle: Oracle) -> Iterate:
    """The estimate at the iterate: F itself in the first step of an epoch, else a correction."""
    xp, z, last = oracle.xp, Iterate(state.x, state.y), state.last
    first = state.k % (flat(m) + 1) == 0
    with oracle.paired():
        gx, gy = oracle.grad(*z, where=~first)
        before_x, before_y = oracle.grad(*last, where=~first)
    fresh = oracle.where_needed(first, _whole, (z, state.v))[1]
    other = state.v + Iterate(gx - before_x, before_y - gy)
    return Iterate(*(xp.where(first[:, None], a, b) for a, b in zip(fresh, other, strict=True)))


def _whole(pair: tuple[Iterate, Iterate], oracle: Oracle) -> tuple[Iterate, Iterate]:
    return pair[0], whole_field(oracle, pair[0])


@register(
    "spider_gda",
    "Chen, Yao, Luo. Faster Stochastic Algorithms for Minimax Optimization under Polyak-Lojasiewicz "
    "Condition. NeurIPS 2022 (SPIDER-GDA)",
)
@dataclass(frozen=True)
class SpiderGDA(Algorithm):
    r"""GDA along a carried gradient: exact in one step of m + 1, corrected by a minibatch in the
    others.

    .. math:: v_0 = F(z_0), \quad v_j = v_{j-1} + F_i(z_j) - F_i(z_{j-1}), \\
              x_{j+1} = P(x_j - \eta_x v^x_j), \quad y_{j+1} = P(y_j - \eta_y v^y_j)

    for j = 0, ..., m, and again from the last iterate. Both players see the same minibatches. Without
    minibatches it is GDA. Cost: 2 gradient calls a step, and in one of m + 1 those that f itself is
    worth. Memory: v, the last iterate.

    >>> from minmaxbench.testing import play
    >>> d = play("spider_gda", "cgd_convex", start=(1.0, 1.0), steps=200)
    >>> abs(d[-1] - play("gda", "cgd_convex", start=(1.0, 1.0), steps=200)[-1]) < 1e-12
    True
    """

    step_sizes: ClassVar = ("eta_x", "eta_y")
    corrects: ClassVar = True
    price: ClassVar = VARIES
    claims: ClassVar = (
        Claim("It converges linearly where both players' problems are Polyak-Lojasiewicz, at a "
              "constant step", "Chen, Yao, Luo. NeurIPS 2022", LINEAR),
    )  # fmt: skip
    programs: ClassVar = (
        Program("TrueNobility303/SPIDER-GDA, code/GDA/SPIDER.m, commit b188af4",
                departs="its minibatches are parts of one permutation, and an epoch's first "
                "correction is 0; ours are drawn, and the first correction is that of the paper"),
    )  # fmt: skip

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)
    m: int = count(20, search=(5, 100))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Carried:
        """The start; the first step looks at all samples."""
        return carried(x, y, oracle)

    def step(self, state: Carried, oracle: Oracle) -> Carried:
        """The estimate, and a step along it."""
        z, v = Iterate(state.x, state.y), estimated(state, self.m, oracle)
        new = project(oracle, z - Iterate(self.eta_x, self.eta_y) * v)
        return Carried(*new, z, v, state.k + 1)


class Centred(NamedTuple):
    """SPIDER-GDA's state, the centre of the proximal term, and the last iterate it was made from."""

    x: Array
    y: Array
    inner: Carried
    centre: Array
    base: Array


@register(
    "spider_gda_catalyst",
    "Chen, Yao, Luo. Faster Stochastic Algorithms for Minimax Optimization under Polyak-Lojasiewicz "
    "Condition. NeurIPS 2022 (AccSPIDER-GDA)",
)
@dataclass(frozen=True)
class CatalystSpiderGDA(Algorithm):
    r"""SPIDER-GDA on f + beta/2 |x - u|^2, whose centre u moves on after so many epochs (Catalyst).

    .. math:: x_{j+1} = P(x_j - \eta_x [v^x_j + \beta (x_j - u)]), \quad y_{j+1} = P(y_j - \eta_y v^y_j)

    with v as in ``spider_gda``; after ``epochs`` epochs at x, and at :math:`x_p` the time before,
    :math:`u = x + \gamma (x - x_p)`. With beta = 0 it is ``spider_gda``. Cost: 2 gradient calls a step,
    and in one of m + 1 those that f itself is worth. Memory: v, the last iterate, u, x_p.

    >>> from minmaxbench.testing import play
    >>> d = play("spider_gda_catalyst", "cgd_convex", start=(1.0, 1.0), steps=2000)
    >>> d[-1] < 1e-6
    True
    """

    step_sizes: ClassVar = ("eta_x", "eta_y")
    corrects: ClassVar = True
    price: ClassVar = VARIES
    claims: ClassVar = (
        Claim("Where x is badly conditioned it needs fewer steps than SPIDER-GDA",
              "Chen, Yao, Luo. NeurIPS 2022"),
        Claim("With beta = 0 it is spider_gda", "its rule",
              "test_with_a_snapshot_in_every_step_they_are_methods_without"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("TrueNobility303/SPIDER-GDA, code/GDA/AccSPIDER.m, commit b188af4",
                departs="it adds beta (x - u) to what it carries, again in every step, and leaves it "
                "out of an epoch's first; ours is the paper's, a gradient of the proximal term"),
    )  # fmt: skip

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)
    m: int = count(20, search=(5, 100))
    beta: float = weight(1.0, search=(0.0, 10.0))
    epochs: int = count(2, search=(1, 20))
    gamma: float = number(0.3, 0.0, 1.0, below=True, search=(0.0, 0.9))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Centred:
        """The start, its own centre."""
        return Centred(x, y, carried(x, y, oracle), x, x)

    def step(self, state: Centred, oracle: Oracle) -> Centred:
        """A step towards the saddle of the proximal game; the centre moves on where it is time."""
        xp, inside, z = oracle.xp, state.inner, Iterate(state.x, state.y)
        v = estimated(inside, self.m, oracle)
        pulled = v.x + self.beta * (z.x - state.centre)
        new = project(oracle, Iterate(z.x - self.eta_x * pulled, z.y - self.eta_y * v.y))
        k = inside.k + 1
        ends = (k % (flat(self.epochs) * (flat(self.m) + 1)) == 0)[:, None]
        centre = xp.where(ends, new.x + self.gamma * (new.x - state.base), state.centre)
        base = xp.where(ends, new.x, state.base)
        return Centred(*new, Carried(*new, z, v, k), centre, base)
