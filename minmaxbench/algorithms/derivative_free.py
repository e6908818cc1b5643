"""Methods that ask for values of f alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from minmaxbench.algorithms.gradient import AlternatingGDA
from minmaxbench.algorithms.krylov import times
from minmaxbench.algorithms.pairs import column
from minmaxbench.algorithms.parts.composed import Alias
from minmaxbench.algorithms.parts.zeroth_order import ZerothOrder
from minmaxbench.algorithms.registry import register
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.arrays import Array, dot
from minmaxbench.core.calls import Call
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, count, number, positive, step_size, weight

VALUES: frozenset[Call] = frozenset({Call.VALUE})


@register(
    "zo_gda",
    "Liu, Lu, Chen, Feng, Xu, Al-Dujaili, Hong, O'Reilly. Min-Max Optimization without Gradients: "
    "Convergence and Applications to Black-Box Evasion and Poisoning Attacks. ICML 2020 "
    "(ZO-Min-Max, Algorithm 1)",
)
@dataclass(frozen=True)
class ZeroOrderGDA(Alias):
    r"""Zeroth-order GDA: alternating GDA on two-point estimates of the gradients.

    .. math:: x^+ = P(x - \eta_x \hat\nabla_x f(x, y)), \quad
              y^+ = P(y + \eta_y \hat\nabla_y f(x^+, y)), \\
              \hat\nabla_x f = \frac{d_x}{\mu q} \sum_{i=1}^{q} [f(x + \mu u_i, y) - f(x, y)] u_i

    with :math:`u_i` uniform on the unit sphere. It is ``ZerothOrder`` around ``gda_alt``; any rule of
    gradients can be worn by it. Cost: 2 + 2 q values a step, 1 + q gradient calls; 2 q with
    ``difference="central"``. On f = xy - y^2/2:

    >>> from minmaxbench.testing import play
    >>> play("zo_gda", "dirac_gan_r1", start=(1.0, 1.0), steps=2000)[-1] < 1e-2
    True
    """

    needs: ClassVar = VALUES
    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 6.0
    claims: ClassVar = (
        Claim(
            "The estimate is the gradient of f smoothed over a ball, and so exact on average for a "
            "quadratic f with central differences",
            "Liu et al. ICML 2020, section 3; Shamir. JMLR 2017",
            "test_the_zeroth_order_estimate_is_right_on_average",
        ),
    )

    eta_x: float = step_size(0.05)
    eta_y: float = step_size(0.05)
    mu: float = positive(1e-3, search=(1e-6, 1e-1))
    q: int = count(5, search=(1, 5, 20, 50))
    difference: str = choice("forward", "central")

    def spelled_out(self) -> Algorithm:
        """Alternating GDA that is given values."""
        rule = AlternatingGDA(self.eta_x, self.eta_y)
        return ZerothOrder(rule, self.mu, self.q, self.difference)


class Swarm(NamedTuple):
    """The consensus points, the particles of both players, and the number of draws made."""

    x: Array
    y: Array
    X: Array
    """(lanes, particles, dx)."""
    Y: Array
    made: Array


@register(
    "cbo_sp",
    "Huang, Qiu, Riedl. Consensus-Based Optimization for Saddle Point Problems. SIAM Journal on "
    "Control and Optimization 2024 (CBO-SP, in the order of the authors' program)",
)
@dataclass(frozen=True)
class ConsensusBased(Algorithm):
    r"""Consensus-based optimisation: particles of both players drift to where the best of them are.

    With the mean :math:`\bar y` of y's particles and :math:`w_i = e^{-\alpha f(X_i, \bar y)}`:

    .. math:: x = \sum_i w_i X_i \Big/ \sum_i w_i, \quad
              X_i \leftarrow P\big(X_i - \lambda \delta (X_i - x)
                             + \sigma \sqrt{\delta} |X_i - x| \odot \xi_i\big)

    then likewise for y, at the mean of the new X and with :math:`e^{+\beta f}`. :math:`\xi_i` is
    standard normal; :math:`|.|` is taken of every coordinate, or with ``noise="joint"`` of the whole
    vector. Particles begin at the start and N(0, spread^2) from it. The iterate is the consensus
    (x, y). (The authors' programs take alpha = beta = 1e15, where rounding chooses among near
    particles.) Cost: 2 n values a step, n gradient calls. Memory: n pairs.

    >>> from minmaxbench.testing import play
    >>> play("cbo_sp", "cbo_nonseparate", start=(1.0, 1.0), steps=600)[-1] < 0.1
    True
    """

    needs: ClassVar = VALUES
    price: ClassVar = 20.0
    claims: ClassVar = (
        Claim(
            "The particles of both players gather at the global saddle point, over many local ones",
            "Huang, Qiu, Riedl. SIAM Journal on Control and Optimization 2024, Theorem 2.9",
            "test_consensus_finds_the_global_saddle_among_local_ones",
        ),
    )
    programs: ClassVar = (Program("CBOSP of Riedl, CBOSP.m and compute_consensus.m, version 1.0"),)

    n: int = count(20, low=2, search=(10, 20, 50, 100))
    delta: float = step_size(0.05, relative=False)
    lam: float = positive(1.0, search=(0.1, 10.0))
    sigma: float = weight(1.0, search=(0.0, 3.0))
    alpha: float = positive(1e3, search=(10.0, 1e6))
    beta: float = positive(1e3, search=(10.0, 1e6))
    spread: float = positive(1.0, search=(0.1, 10.0))
    noise: str = choice("each", "joint")

    def init(self, x: Array, y: Array, oracle: Oracle) -> Swarm:
        """The start, with particles around it."""
        none = oracle.xp.zeros(x.shape[0], dtype=oracle.xp.int64)
        X = oracle.project_x(
            x[:, None] + self._wide(self.spread) * self._drawn("x", x, none, oracle)
        )
        Y = oracle.project_y(
            y[:, None] + self._wide(self.spread) * self._drawn("y", y, none, oracle)
        )
        return Swarm(x, y, X, Y, none + 1)

    def step(self, state: Swarm, oracle: Oracle) -> Swarm:
        """The min-player's particles, then the max-player's."""
        xp, (_, _, X, Y, made) = oracle.xp, state
        mean = _mean(xp, Y)
        f = xp.stack([oracle.value(X[:, i], mean) for i in range(self.n)], axis=-1)
        x = oracle.project_x(_weighted(xp, X, -self.alpha * f))
        X = oracle.project_x(self._moved("x", X, x, made, oracle))
        mean = _mean(xp, X)
        f = xp.stack([oracle.value(mean, Y[:, i]) for i in range(self.n)], axis=-1)
        y = oracle.project_y(_weighted(xp, Y, self.beta * f))
        Y = oracle.project_y(self._moved("y", Y, y, made, oracle))
        return Swarm(x, y, X, Y, made + 1)

    def _moved(self, player: str, Z: Array, z: Array, made: Array, oracle: Oracle) -> Array:
        """Particles after a drift towards z and a step of noise."""
        xp = oracle.xp
        gap = Z - z[:, None]
        size = xp.abs(gap)
        if self.noise == "joint":
            size = xp.sqrt(dot(xp, gap, gap))
        delta, lam, sigma = map(self._wide, (self.delta, self.lam, self.sigma))
        noise = self._drawn(player, z, made, oracle)
        return Z - lam * delta * gap + sigma * delta**0.5 * size * noise

    def _drawn(self, player: str, z: Array, made: Array, oracle: Oracle) -> Array:
        d = z.shape[-1]
        normal = oracle.normal(f"particles {player}", made, self.n * d)
        return oracle.xp.reshape(normal, (-1, self.n, d))

    def _wide(self, a: Array) -> Array:
        """A column of hyper-parameters beside particles."""
        return a[:, None] if getattr(a, "ndim", 0) == 2 else a


def _mean(xp: Array, Z: Array) -> Array:
    """The mean of the particles, one added to the other: a sum whose order no batch changes."""
    total = Z[:, 0]
    for i in range(1, Z.shape[1]):
        total = total + Z[:, i]
    return total / Z.shape[1]


def _weighted(xp: Array, Z: Array, logs: Array) -> Array:
    """The mean with the weights exp(logs), the greatest of which is taken to be 1."""
    w = xp.exp(logs - xp.max(logs, axis=-1, keepdims=True))
    return _mean(xp, w[:, :, None] * Z) / _mean(xp, w)[:, None]


class Search(NamedTuple):
    """An evolution strategy of one parent: its point, f there, and what the next try is drawn with."""

    z: Array
    f: Array
    sigma: Array
    success: Array
    """How often tries succeed, smoothed; (lanes, 1)."""
    A: Array
    """The root of the covariance, (lanes, d, d)."""


class Duel(NamedTuple):
    """An iterate, both players' searches, and the number of tries made."""

    x: Array
    y: Array
    of_x: Search
    of_y: Search
    made: Array


@register(
    "adversarial_cma_es",
    "Akimoto. Saddle Point Optimization with Approximate Minimization Oracle. GECCO 2021, Eq. 2, "
    "with a constant learning rate; the search is Igel, Suttorp, Hansen. A Computational Efficient "
    "Covariance Matrix Update and a (1+1)-CMA for Evolution Strategies. GECCO 2006",
)
@dataclass(frozen=True)
class AdversarialCMAES(Algorithm):
    r"""Both players search for their best answer by (1+1)-CMA-ES, and go a part of the way there.

    .. math:: x^+ = P(x + \eta (\tilde x - x)), \quad y^+ = P(y + \eta (\tilde y - y))

    where :math:`\tilde x` is what ``k`` tries :math:`x + \sigma A u`, u normal, find against y, and
    :math:`\tilde y` what they find against x. A success raises sigma and turns A A' towards A u u' A'
    by :math:`2/(d^2 + 6)`, a failure lowers sigma, so that 2 in 11 succeed. (The paper's rule that
    adapts eta is not part of it.) Cost: 1 + 2 k values a step, k + 1/2 gradient calls. Memory: A, for
    both.

    >>> from minmaxbench.testing import play
    >>> play("adversarial_cma_es", "cbo_nonseparate", start=(1.0, 1.0), steps=400)[-1] < 1e-6
    True
    """

    needs: ClassVar = VALUES
    price: ClassVar = 5.5
    claims: ClassVar = (
        Claim(
            "On a x^2/2 + b x y - c y^2/2 it converges for eta < 2/(1 + b^2/(a c)), and leaves beyond",
            "Akimoto. GECCO 2021, Theorem 3.5 (exact answers)",
            "test_adversarial_search_converges_below_its_learning_rate_and_leaves_above",
        ),
    )

    eta: float = number(0.3, 0.0, 1.0, above=True, search=(1e-3, 1.0), scale="log")
    sigma0: float = positive(0.5, search=(0.01, 10.0))
    k: int = count(5, search=(1, 5, 20, 50))

    def init(self, x: Array, y: Array, oracle: Oracle) -> Duel:
        """The start, and searches that have found nothing."""
        xp = oracle.xp

        def search(z: Array) -> Search:
            one, d = column(xp, z, 1), z.shape[-1]
            A = xp.zeros((z.shape[0], d, d)) + xp.eye(d)
            return Search(z, 0 * one[:, 0], one * self.sigma0, one * TARGET, A)

        return Duel(x, y, search(x), search(y), xp.zeros(x.shape[0], dtype=xp.int64))

    def step(self, state: Duel, oracle: Oracle) -> Duel:
        """k tries of each player against the other as it is, then both go a part of the way."""
        x, y, of_x, of_y, made = state
        f = oracle.value(x, y)
        of_x, of_y = of_x._replace(z=x, f=f), of_y._replace(z=y, f=-f)
        for i in range(self.k):
            u = oracle.normal("tries x", made + i, x.shape[-1])
            of_x = tried(oracle, of_x, u, oracle.project_x, lambda z: oracle.value(z, y))
            v = oracle.normal("tries y", made + i, y.shape[-1])
            of_y = tried(oracle, of_y, v, oracle.project_y, lambda z: -oracle.value(x, z))
        new_x = oracle.project_x(x + self.eta * (of_x.z - x))
        new_y = oracle.project_y(y + self.eta * (of_y.z - y))
        return Duel(new_x, new_y, of_x, of_y, made + self.k)


TARGET, LEARN = 2 / 11, 1 / 12
"""The share of tries that should succeed, and how fast it is learned."""
OFTEN = 0.44
"""Where more tries succeed than this the covariance is left: the steps are too short to tell."""


def tried(
    oracle: Oracle,
    s: Search,
    u: Array,
    project: Callable[[Array], Array],
    f: Callable[[Array], Array],
) -> Search:
    """One iteration of the (1+1)-CMA-ES that lowers f, with the normal draw u."""
    xp, d = oracle.xp, u.shape[-1]
    c = 2 / (d * d + 6)
    turned = times(xp, s.A, u)
    new = project(s.z + s.sigma * turned)
    f_new = f(new)
    better = (f_new <= s.f)[:, None]
    success = (1 - LEARN) * s.success + xp.where(better, LEARN, 0.0)
    sigma = s.sigma * xp.exp((success - TARGET) / (1 - TARGET) / (1 + d / 2))
    square = dot(xp, u, u)
    longer = (xp.sqrt(1 + c / (1 - c) * square) - 1) / square
    A = (1 - c) ** 0.5 * (s.A + (longer * turned)[:, :, None] * u[:, None, :])
    learned = better & (success < OFTEN)
    return Search(
        xp.where(better, new, s.z),
        xp.where(better[:, 0], f_new, s.f),
        sigma,
        success,
        xp.where(learned[:, :, None], A, s.A),
    )
