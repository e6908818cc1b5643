"""Methods made for minibatches: what is seen twice is seen on the same samples, or on others, on
purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.pairs import column, field, project
from minmaxbench.algorithms.registry import register
from minmaxbench.algorithms.second_order import SECOND
from minmaxbench.algorithms.variance_reduced import VARIES, chance
from minmaxbench.core.algorithm import Algorithm, Iterate, Memoryless
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import EXAMPLE, Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, number, positive, step_size


class Stepped(NamedTuple):
    """An iterate and the number of the next step, (lanes, 1)."""

    x: Array
    y: Array
    t: Array


@register(
    "seg_same_sample",
    "Emmanouilidis, Vidal, Loizou. Stochastic Extragradient with Random Reshuffling: Improved "
    "Convergence for Variational Inequalities. AISTATS 2024 (SEG with uniform samples); Gorbunov, "
    "Berard, Gidel, Loizou. Stochastic Extragradient: General Analysis and Improved Rates. AISTATS "
    "2022 (S-SEG)",
)
@dataclass(frozen=True)
class SameSampleExtragradient(Algorithm):
    r"""Extragradient whose look ahead and step see the same minibatch.

    .. math:: \bar z = P\Big(z - \frac{r \eta}{t^q} F_i(z)\Big), \quad
              z^+ = P\Big(z - \frac{\eta}{t^q} F_i(\bar z)\Big), \quad t = 1, 2, \dots

    The authors take eta = 1, q = 1 and r = 2 (4 on bilinear games); q = 0 is a constant step. Samples
    are drawn with replacement, as everywhere here: the order of samples is the problem's, so that the
    paper's reshuffling is not part of it. Cost: 2 gradient calls a step. Memory: t.

    >>> from minmaxbench.testing import play
    >>> play("seg_same_sample", "bilinear_xy", start=(1.0, 0.0), steps=1000, r=1.0)[-1] < 0.3
    True
    """

    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 2.0
    claims: ClassVar = (
        Claim("On bilinear games with samples of their own it converges where independent samples "
              "throw it out", "Mishchenko et al. AISTATS 2020; Emmanouilidis et al. AISTATS 2024",
              "test_one_sample_for_both_half_steps_converges_where_two_diverge"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("emmanouilidisk/Stochastic-Extragradient-with-Random-Reshuffling, "
                "src/optimizer.py, commit ac79d6d"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    r: float = positive(2.0, search=(0.5, 8.0))
    q: float = number(0.0, 0.0, 1.0, search=(0.0, 1.0))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Stepped:
        """The start."""
        return Stepped(x, y, column(oracle.xp, x, 1))

    def step(self, state: Stepped, oracle: Oracle) -> Stepped:
        """Look ahead and step, on one minibatch."""
        z, eta = Iterate(state.x, state.y), self.eta / state.t**self.q
        with oracle.paired():
            ahead = project(oracle, z - (self.r * eta) * field(oracle, z))
            new = project(oracle, z - eta * field(oracle, ahead))
        return Stepped(*new, state.t + 1)


class Corrected(NamedTuple):
    """An iterate, the one before it, the last look ahead, the number of the next step."""

    x: Array
    y: Array
    last: Iterate
    ahead: Iterate
    t: Array
    """(lanes, 1)."""


@register(
    "bcseg_plus",
    "Pethick, Fercoq, Latafat, Patrinos, Cevher. Solving Stochastic Weak Minty Variational "
    "Inequalities without Increasing Batch Size. ICLR 2023, Algorithm 1 (BCSEG+); on sets its "
    "constrained form P1BCSEG+",
)
@dataclass(frozen=True)
class BiasCorrectedExtragradient(Algorithm):
    r"""EG+ for noisy gradients: only the second step size falls, and the look ahead is corrected for
    the bias that the first leaves.

    .. math:: h = z - \gamma F_i(z) + (1 - \alpha_t) (\bar z_p - z_p + \gamma F_i(z_p)), \quad
              \bar z = P(h), \\
              z^+ = P(z - \alpha_t (h - \bar z + \gamma F_j(\bar z))), \quad
              \alpha_t = \alpha_0/(t/c + 1), \quad t = 1, 2, \dots

    with :math:`\bar z_p = z_p = z_0` at first; ``decay="root"`` divides by the root of t/c + 1. Without
    sets h is z bar and the method is BCSEG+; the program does not project z^+, here every iterate is in
    its set. SEG+, without the correction, is ``dseg`` with p = 0. Cost: 3 gradient calls a step. Memory:
    the last iterate and look ahead.

    >>> from minmaxbench.testing import play
    >>> play("bcseg_plus", "bilinear_xy", start=(1.0, 0.0), steps=1000, c=100.0)[-1] < 0.1
    True
    """

    step_sizes: ClassVar = ("gamma",)
    price: ClassVar = 3.0
    claims: ClassVar = (
        Claim("A noisy look ahead of constant length leaves a bias, which the correction takes away",
              "Pethick et al. ICLR 2023, Theorem 6.3",
              "test_the_bias_of_a_noisy_look_ahead_is_corrected"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("LIONS-EPFL/stochastic-weak-minty-code, runner.py, commit d4cc284",
                departs="on sets it does not project the iterate, only the look ahead"),
    )  # fmt: skip

    gamma: float = step_size(0.5, search=(1e-3, 2.0))
    alpha0: float = number(1 / 18, 0.0, 1.0, above=True, search=(0.01, 1.0), scale="log")
    c: float = positive(1.0, search=(1.0, 1000.0))
    decay: str = choice("line", "root")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Corrected:
        """The start, three times."""
        z = Iterate(x, y)
        return Corrected(x, y, z, z, column(oracle.xp, x, 1))

    def step(self, state: Corrected, oracle: Oracle) -> Corrected:
        """The corrected look ahead on one minibatch, the step on another."""
        z, last = Iterate(state.x, state.y), state.last
        falls = state.t / self.c + 1
        alpha = self.alpha0 / (oracle.xp.sqrt(falls) if self.decay == "root" else falls)
        with oracle.paired():
            h = z - self.gamma * field(oracle, z)
            h = h + (1 - alpha) * (state.ahead - last + self.gamma * field(oracle, last))
        ahead = project(oracle, h)
        new = z - alpha * (h - ahead + self.gamma * field(oracle, ahead))
        return Corrected(*project(oracle, new), z, ahead, state.t + 1)


class Seen(NamedTuple):
    """Directions at a point: of both players' gradients, and down |F|^2/2."""

    F: Iterate
    H: Iterate


def two_samples(oracle: Oracle, *points: Iterate) -> list[Seen]:
    """At each point, on the same two minibatches i and j: (F_i + F_j)/2, and the gradient of
    <F_i, F_j>/2. 2 gradient calls and 2 Hessian products a point.
    """
    with oracle.paired() as first:
        one = [oracle.grad(*z) for z in points]
    with oracle.paired():
        other = [oracle.grad(*z) for z in points]
        by_one = [oracle.hvp(*z, *g) for z, g in zip(points, one, strict=True)]
    with oracle.paired(first):
        by_other = [oracle.hvp(*z, *g) for z, g in zip(points, other, strict=True)]
    found = []
    for g, h, a, b in zip(one, other, by_one, by_other, strict=True):
        F = 0.5 * (Iterate(g[0], -g[1]) + Iterate(h[0], -h[1]))
        found.append(Seen(F, 0.5 * (Iterate(*a) + Iterate(*b))))
    return found


@register(
    "shgd",
    "Loizou, Berard, Jolicoeur-Martineau, Vincent, Lacoste-Julien, Mitliagkas. Stochastic "
    "Hamiltonian Gradient Methods for Smooth Games. ICML 2020, Algorithm 1 (SHGD)",
)
@dataclass(frozen=True)
class StochasticHamiltonian(Memoryless):
    r"""Hamiltonian descent on two minibatches: an unbiased gradient of |F|^2/2.

    .. math:: z^+ = P\Big(z - \frac{\eta}{2} (J_i^\top F_j + J_j^\top F_i)\Big)

    One minibatch for both would be biased. Without minibatches it is ``hgd``. Cost: 2 gradient calls and
    2 Hessian products a step.

    >>> from minmaxbench.testing import play
    >>> play("shgd", "bilinear_xy", start=(1.0, 0.0), steps=2, eta=0.5)
    [1.0, 0.5, 0.25]
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta",)
    price: ClassVar = 4.0
    claims: ClassVar = (
        Claim("Its direction is an unbiased gradient of |F|^2/2", "Loizou et al. ICML 2020",
              "test_two_samples_give_an_unbiased_gradient_of_the_hamiltonian"),
        Claim("On stochastic bilinear games it converges linearly to a neighbourhood",
              "Loizou et al. ICML 2020, Theorem 4.3"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("hugobb/StochasticGamesOpt, hamiltonian/algorithms/co.py, commit e834375"),
    )  # fmt: skip

    eta: float = step_size(0.05)

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """One step."""
        (seen,) = two_samples(oracle, state)
        return project(oracle, state - self.eta * seen.H)


@register(
    "sco",
    "Loizou, Berard, Jolicoeur-Martineau, Vincent, Lacoste-Julien, Mitliagkas. Stochastic "
    "Hamiltonian Gradient Methods for Smooth Games. ICML 2020 (stochastic consensus optimisation)",
)
@dataclass(frozen=True)
class StochasticConsensus(Memoryless):
    r"""Consensus optimisation on two minibatches.

    .. math:: z^+ = P\Big(z - \frac{\eta}{2} (F_i + F_j)
                             - \frac{\gamma}{2} (J_i^\top F_j + J_j^\top F_i)\Big)

    Without minibatches it is ``consensus`` with its gamma times eta in the place of gamma. Cost: 2
    gradient calls and 2 Hessian products a step.

    >>> from minmaxbench.testing import play
    >>> play("sco", "bilinear_xy", start=(1.0, 0.0), steps=1, eta=0.1, gamma=0.1)
    [1.0, 0.9055385138137417]
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta", "gamma")
    price: ClassVar = 4.0
    claims: ClassVar = (
        Claim("On f = xy it converges linearly", "Loizou et al. ICML 2020", EXAMPLE),
    )  # fmt: skip
    programs: ClassVar = (
        Program("hugobb/StochasticGamesOpt, hamiltonian/algorithms/co.py, commit e834375"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    gamma: float = step_size(0.05)

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """One step."""
        (seen,) = two_samples(oracle, state)
        return project(oracle, state - self.eta * seen.F - self.gamma * seen.H)


class Snapshot(NamedTuple):
    """An iterate, a snapshot, what is seen there on all samples, and the number of steps made."""

    x: Array
    y: Array
    w: Iterate
    there: Seen
    k: Array
    """(lanes,)."""


@register(
    "svrco",
    "Loizou, Berard, Jolicoeur-Martineau, Vincent, Lacoste-Julien, Mitliagkas. Stochastic "
    "Hamiltonian Gradient Methods for Smooth Games. ICML 2020 (variance-reduced consensus, and with "
    "eta near 0 L-SVRHG)",
)
@dataclass(frozen=True)
class ReducedConsensus(Algorithm):
    r"""Stochastic consensus whose two parts a snapshot corrects, taken anew with probability p.

    .. math:: z^+ = P(z - \eta [F_{ij}(z) - F_{ij}(w) + F(w)]
                        - \gamma [\nabla H_{ij}(z) - \nabla H_{ij}(w) + \nabla H(w)])

    with :math:`F_{ij} = (F_i + F_j)/2` and :math:`\nabla H_{ij} = (J_i^\top F_j + J_j^\top F_i)/2`; w is
    z^+ with probability p. Cost: 4 gradient calls and 4 Hessian products a step, and for a snapshot
    what one of each of f itself is worth. Memory: w, F and the gradient of H there.

    >>> from minmaxbench.testing import play
    >>> d = play("svrco", "bilinear_xy", start=(1.0, 0.0), steps=1, eta=0.1, gamma=0.1)
    >>> abs(d[1] - 0.9055385138137417) < 1e-12
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta", "gamma")
    price: ClassVar = VARIES
    claims: ClassVar = (
        Claim("It converges linearly on stochastic bilinear games, at a constant step",
              "Loizou et al. ICML 2020, Theorem 5.1 (L-SVRHG)",
              "test_variance_reduction_converges_where_minibatches_alone_do_not"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("hugobb/StochasticGamesOpt, hamiltonian/algorithms/co.py, commit e834375",
                departs="its default probability is the number of samples, so that every step takes "
                "a snapshot; ours is p"),
    )  # fmt: skip

    eta: float = step_size(0.05)
    gamma: float = step_size(0.05)
    p: float = chance()

    def init(self, x: Array, y: Array, oracle: Oracle) -> Snapshot:
        """The start, its own snapshot, which is paid for whole."""
        z, none = Iterate(x, y), oracle.xp.zeros(x.shape[0], dtype=oracle.xp.int64)
        return Snapshot(x, y, z, _on_all(oracle, z), none)

    def step(self, state: Snapshot, oracle: Oracle) -> Snapshot:
        """One step, and a coin."""
        z = Iterate(state.x, state.y)
        here, then = two_samples(oracle, z, state.w)
        F, H = here.F - then.F + state.there.F, here.H - then.H + state.there.H
        new = project(oracle, z - self.eta * F - self.gamma * H)
        heads = (oracle.uniform("snapshots", state.k, 1) < self.p)[:, 0]
        moved = Snapshot(*new, state.w, state.there, state.k + 1)
        return oracle.where_needed(heads, _renewed, moved)


def _renewed(state: Snapshot, oracle: Oracle) -> Snapshot:
    z = Iterate(state.x, state.y)
    return state._replace(w=z, there=_on_all(oracle, z))


def _on_all(oracle: Oracle, z: Iterate) -> Seen:
    """F and the gradient of |F|^2/2 on all samples."""
    with oracle.whole():
        gx, gy = oracle.grad(*z)
        return Seen(Iterate(gx, -gy), Iterate(*oracle.hvp(*z, gx, gy)))
