"""Methods for means over samples that look at all of them now and then, and correct minibatches by
it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.pairs import field, project, zeros
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm, Iterate
from minmaxbench.core.arrays import Array, flat
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import count, flag, number, step_size

VARIES = float("nan")
LINEAR = "test_variance_reduction_converges_where_minibatches_alone_do_not"


def chance(default: float = 0.1) -> float:
    """A field for the probability of a new snapshot; the papers' is 1/n, n minibatches being f."""
    chosen: float = number(default, 0.0, 1.0, above=True, search=(0.01, 1.0), scale="log")
    return chosen


class Kept(NamedTuple):
    """An iterate, a snapshot, F there, the snapshot before it, and the number of steps made."""

    x: Array
    y: Array
    w: Iterate
    full: Iterate
    before: Iterate
    k: Array
    """(lanes,)."""


def kept(x: Array, y: Array, full: Iterate, oracle: Oracle) -> Kept:
    """The start as the snapshot of itself."""
    z = Iterate(x, y)
    return Kept(x, y, z, full, z, oracle.xp.zeros(x.shape[0], dtype=oracle.xp.int64))


def whole_field(oracle: Oracle, z: Iterate) -> Iterate:
    """F(z) itself, paid for by as many calls as it is worth minibatches."""
    with oracle.whole():
        return field(oracle, z)


def renewed(pair: tuple[Kept, Iterate], oracle: Oracle) -> tuple[Kept, Iterate]:
    """A state with its snapshot at another point."""
    state, z = pair
    return state._replace(w=z, full=whole_field(oracle, z)), z


class Snapshots(Algorithm):
    """A method that takes a new snapshot with probability p."""

    step_sizes: ClassVar = ("eta",)
    corrects: ClassVar = True
    price: ClassVar = VARIES

    def init(self, x: Array, y: Array, oracle: Oracle) -> Kept:
        """The start, and F there, which is paid for whole."""
        return kept(x, y, whole_field(oracle, Iterate(x, y)), oracle)

    def tossed(self, p: Array, state: Kept, z: Iterate, oracle: Oracle) -> Kept:
        """The state after a step, with the snapshot at z where the coin of the step says so."""
        heads = (oracle.uniform("snapshots", state.k, 1) < p)[:, 0]
        state = state._replace(before=state.w, k=state.k + 1)
        return oracle.where_needed(heads, renewed, (state, z))[0]


def reduced(oracle: Oracle, z: Iterate, state: Kept) -> Iterate:
    """F(z) and F(w) on one minibatch, the second corrected to what F(w) is."""
    with oracle.paired():
        return field(oracle, z) - field(oracle, state.w) + state.full


@register(
    "l_svrgda",
    "Beznosikov, Gorbunov, Berard, Loizou. Stochastic Gradient Descent-Ascent: Unified Theory and "
    "New Efficient Methods. AISTATS 2023 (L-SVRGDA)",
)
@dataclass(frozen=True)
class LooplessSVRGDA(Snapshots):
    r"""GDA with minibatches that a snapshot corrects, taken anew with probability p.

    .. math:: g = F_i(z) - F_i(w) + F(w), \quad z^+ = P(z - \eta g), \quad
              w^+ = z \text{ with probability } p,\ w \text{ otherwise}

    F_i is F on the minibatch of the step. Without minibatches it is GDA. Cost: 2 gradient calls a
    step, and for a snapshot those that f itself is worth. Memory: w, F(w).

    >>> from minmaxbench.testing import play
    >>> d = play("l_svrgda", "cgd_convex", start=(1.0, 1.0), steps=200)
    >>> abs(d[-1] - play("gda", "cgd_convex", start=(1.0, 1.0), steps=200)[-1]) < 1e-12
    True
    """

    claims: ClassVar = (
        Claim("It converges linearly for strongly monotone F, at a constant step",
              "Beznosikov et al. AISTATS 2023", LINEAR),
    )  # fmt: skip
    programs: ClassVar = (
        Program("hugobb/sgda, gamesopt/optimizer/vr.py",
                departs="it takes a snapshot where the coin says no; ours where it says yes, as the "
                "paper does"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    p: float = chance()

    def step(self, state: Kept, oracle: Oracle) -> Kept:
        """One step, and a coin."""
        z = Iterate(state.x, state.y)
        new = project(oracle, z - self.eta * reduced(oracle, z, state))
        return self.tossed(self.p, state._replace(x=new.x, y=new.y), z, oracle)


@register(
    "svre",
    "Chavdarova, Gidel, Fleuret, Lacoste-Julien. Reducing Noise in GAN Training with Variance "
    "Reduced Extragradient. NeurIPS 2019, Algorithm 2 (SVRE)",
)
@dataclass(frozen=True)
class SVRE(Snapshots):
    r"""Extragradient with minibatches that a snapshot corrects, two of them a step.

    .. math:: \bar z = P(z - \eta [F_i(z) - F_i(w) + F(w)]), \quad
              z^+ = P(z - \eta [F_j(\bar z) - F_j(w) + F(w)])

    and w = z^+ with probability p: the lengths of the paper's epochs are geometric, which is a coin
    a step. Both players see the same minibatches. Without minibatches it is the extragradient. Cost:
    4 gradient calls a step, and for a snapshot those that f itself is worth. Memory: w, F(w).

    >>> from minmaxbench.testing import play
    >>> d = play("svre", "bilinear_xy", start=(1.0, 0.0), steps=300, eta=0.3)
    >>> abs(d[-1] - play("extragradient", "bilinear_xy", (1.0, 0.0), 300, eta=0.3)[-1]) < 1e-12
    True
    """

    claims: ClassVar = (
        Claim("It converges linearly for strongly monotone F, at a constant step",
              "Chavdarova et al. NeurIPS 2019, Theorem 2", LINEAR),
    )  # fmt: skip
    programs: ClassVar = (
        Program("hugobb/sgda, gamesopt/optimizer/extragradient.py, commit 10c6db7"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    p: float = chance()

    def step(self, state: Kept, oracle: Oracle) -> Kept:
        """Look ahead, step, and a coin."""
        z = Iterate(state.x, state.y)
        ahead = project(oracle, z - self.eta * reduced(oracle, z, state))
        new = project(oracle, z - self.eta * reduced(oracle, ahead, state))
        return self.tossed(self.p, state._replace(x=new.x, y=new.y), new, oracle)


@register(
    "eg_vr",
    "Alacaoglu, Malitsky. Stochastic Variance Reduction for Variational Inequality Methods. COLT "
    "2022, Algorithm 1",
)
@dataclass(frozen=True)
class ReducedExtragradient(Snapshots):
    r"""Extragradient that looks ahead with the snapshot's F, and steps with a corrected minibatch.

    .. math:: m = (1 - p) z + p w, \quad \bar z = P(m - \eta F(w)), \\
              z^+ = P(m - \eta [F_i(\bar z) - F_i(w) + F(w)]), \quad
              w^+ = z^+ \text{ with probability } p

    :math:`\eta < \sqrt p/L`. With p = 1 it is the extragradient. Cost: 2 gradient calls a step, and
    for a snapshot those that f itself is worth. Memory: w, F(w). On f = xy it converges:

    >>> from minmaxbench.testing import play
    >>> play("eg_vr", "bilinear_xy", start=(1.0, 0.0), steps=1000, eta=0.3)[-1] < 1e-6
    True
    """

    claims: ClassVar = (
        Claim("It converges for monotone finite sums, and linearly for strongly monotone ones, at "
              "a constant step", "Alacaoglu, Malitsky. COLT 2022, Theorems 4 and 8", LINEAR),
        Claim("With p = 1 it is the extragradient", "its rule",
              "test_with_a_snapshot_in_every_step_they_are_methods_without"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("hugobb/sgda, gamesopt/optimizer/extragradient.py, commit 10c6db7",
                departs="its alpha is a setting of its own; ours is the paper's 1 - p"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    p: float = chance()

    def step(self, state: Kept, oracle: Oracle) -> Kept:
        """Look ahead from between the iterate and the snapshot, step from there, and a coin."""
        mean = (1 - self.p) * Iterate(state.x, state.y) + self.p * state.w
        ahead = project(oracle, mean - self.eta * state.full)
        new = project(oracle, mean - self.eta * reduced(oracle, ahead, state))
        return self.tossed(self.p, state._replace(x=new.x, y=new.y), new, oracle)


@register(
    "vr_forb",
    "Alacaoglu, Malitsky. Stochastic Variance Reduction for Variational Inequality Methods. COLT "
    "2022 (forward-reflected-backward with variance reduction)",
)
@dataclass(frozen=True)
class ReducedReflection(Snapshots):
    r"""Forward-reflected-backward with variance reduction: one new minibatch a step.

    .. math:: z^+ = P((1 - p) z + p w - \eta [F(w) + F_i(z) - F_i(w_p)]), \quad
              w^+ = z^+ \text{ with probability } p

    where w_p is the snapshot of the step before. With p = 1 it is OGDA. Cost: 2 gradient calls a step,
    and for a snapshot those that f itself is worth. Memory: w, F(w), w_p. On f = xy it converges:

    >>> from minmaxbench.testing import play
    >>> play("vr_forb", "bilinear_xy", start=(1.0, 0.0), steps=2000, eta=0.1)[-1] < 1e-6
    True
    """

    claims: ClassVar = (
        Claim("It converges for monotone finite sums at a constant step",
              "Alacaoglu, Malitsky. COLT 2022", LINEAR),
        Claim("With p = 1 it is OGDA", "its rule",
              "test_with_a_snapshot_in_every_step_they_are_methods_without"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("hugobb/sgda, gamesopt/optimizer/vr.py",
                departs="it keeps the last other snapshot for w_p, and does not average; ours is "
                "the paper's"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    p: float = chance()

    def step(self, state: Kept, oracle: Oracle) -> Kept:
        """One step, and a coin."""
        z = Iterate(state.x, state.y)
        mean = (1 - self.p) * z + self.p * state.w
        with oracle.paired():
            g = state.full + field(oracle, z) - field(oracle, state.before)
        new = project(oracle, mean - self.eta * g)
        return self.tossed(self.p, state._replace(x=new.x, y=new.y), new, oracle)


@register(
    "svrg_gda",
    "Palaniappan, Bach. Stochastic Variance Reduction Methods for Saddle-Point Problems. NIPS 2016 "
    "(SVRG); alternating: Yang, Kiyavash, He. Global Convergence and Variance Reduction for a Class "
    "of Nonconvex-Nonconcave Minimax Problems. NeurIPS 2020 (VR-AGDA)",
)
@dataclass(frozen=True)
class SVRGGDA(Algorithm):
    r"""GDA with minibatches that a snapshot corrects, taken anew after every m steps.

    .. math:: x^+ = P(x - \eta_x [\nabla_x f_i(x, y) - \nabla_x f_i(w) + \nabla_x f(w)]), \\
              y^+ = P(y + \eta_y [\nabla_y f_j(x, y) - \nabla_y f_j(w) + \nabla_y f(w)])

    Each player draws a minibatch of its own. With ``alternating`` y sees the new x, which is VR-AGDA;
    there the next snapshot is drawn among the iterates of an epoch, here it is the last. Cost: 2
    gradient calls a step, and in every m-th those that f itself is worth. Memory: w, F(w).

    >>> from minmaxbench.testing import play
    >>> d = play("svrg_gda", "cgd_convex", start=(1.0, 1.0), steps=200)
    >>> abs(d[-1] - play("gda", "cgd_convex", start=(1.0, 1.0), steps=200)[-1]) < 1e-12
    True
    """

    step_sizes: ClassVar = ("eta_x", "eta_y")
    corrects: ClassVar = True
    price: ClassVar = VARIES
    claims: ClassVar = (
        Claim("It converges linearly for strongly monotone F, at a constant step",
              "Palaniappan, Bach. NIPS 2016", LINEAR),
        Claim("Alternating, it converges linearly where both players' problems are "
              "Polyak-Lojasiewicz", "Yang, Kiyavash, He. NeurIPS 2020"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("TrueNobility303/SPIDER-GDA, code/GDA/SVRG.m, commit b188af4",
                departs="its minibatches are parts of one permutation; ours are drawn"),
    )  # fmt: skip

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)
    m: int = count(20, search=(5, 100))
    alternating: bool = flag(False)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Kept:
        """The start; the first step takes the first snapshot."""
        return kept(x, y, zeros(oracle.xp, x, y), oracle)

    def step(self, state: Kept, oracle: Oracle) -> Kept:
        """A snapshot where it is time, then one step."""
        z = Iterate(state.x, state.y)
        state, _ = oracle.where_needed(state.k % flat(self.m) == 0, renewed, (state, z))
        w, full = state.w, state.full
        with oracle.paired():
            gx = oracle.grad_x(*z) - oracle.grad_x(*w) + full.x
        x = oracle.project_x(z.x - self.eta_x * gx)
        there = x if self.alternating else z.x
        with oracle.paired():
            gy = oracle.grad_y(there, z.y) - oracle.grad_y(*w) - full.y
        y = oracle.project_y(z.y + self.eta_y * gy)
        return state._replace(x=x, y=y, k=state.k + 1)
