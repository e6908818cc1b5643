"""How GANs are trained: each player wears Adam at a rate of its own, and the max-player steps more often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from minmaxbench.algorithms.extragradient import Extragradient
from minmaxbench.algorithms.optimism import OGDA
from minmaxbench.algorithms.parts.averaging import Lookahead
from minmaxbench.algorithms.parts.composed import Alias, compose
from minmaxbench.algorithms.parts.rates import Rates
from minmaxbench.algorithms.parts.scaling import Adam
from minmaxbench.algorithms.registry import register
from minmaxbench.algorithms.second_order import SECOND
from minmaxbench.core.algorithm import Algorithm, Iterate, Memoryless
from minmaxbench.core.arrays import Array
from minmaxbench.core.card import Claim, Program
from minmaxbench.core.oracle import Oracle
from minmaxbench.core.parameters import choice, count, fraction, positive, step_size

AUTHORS = (
    "Keswani, Mangoubi, Sachdeva, Vishnoi. A Convergent and Dimension-Independent Min-Max "
    "Optimization Algorithm. ICML 2022, the authors' programs for GANs"
)


@dataclass(frozen=True)
class Oftener(Memoryless):
    """Simultaneous GDA with unit steps, and k - 1 more ascents of y, each on a gradient of its own."""

    k: int = count(1)

    def step(self, state: Iterate, oracle: Oracle) -> Iterate:
        """One step of both players, then of y alone."""
        gx, gy = oracle.grad(state.x, state.y)
        x, y = oracle.project_x(state.x - gx), oracle.project_y(state.y + gy)
        for _ in range(self.k - 1):
            y = oracle.project_y(y + oracle.grad_y(x, y))
        return Iterate(x, y)


@register("adam_players", AUTHORS)
@dataclass(frozen=True)
class AdamPlayers(Alias):
    r"""A rule wearing Adam, with a rate for each player.

    With Adam's directions d_x, d_y in the place of the gradients:

    - ``gda``: :math:`x^+ = P(x - \eta_x d_x), y \leftarrow P(y + \eta_y d_y)`, and k - 1 more such steps
      of y at the new x; on a stochastic problem each sees a minibatch of its own;
    - ``optimistic``: :math:`z^+ = P(z - 2 \eta d_t + \eta d_{t-1})`, d before the first 0 (Daskalakis et
      al., ICLR 2018);
    - ``extra``: the extragradient (Gidel et al., ICLR 2019);
    - ``lookahead``: ``gda``, and after every 6 steps half the way back (Chavdarova et al., ICLR 2021).

    The defaults are those of the authors' Gaussian mixture. Cost: (1 + k)/2 gradient calls a step, 2 with
    ``extra``. Memory: the moments. The first step has the length of the rate:

    >>> from minmaxbench.testing import play
    >>> play("adam_players", "cgd_convex", start=(1.0, 0.0), steps=1, eta_x=0.01)[1]
    0.99000000005
    """

    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 1.0
    claims: ClassVar = (
        Claim("With k = 1 it goes from mode to mode of the mixture, with k = 6 it misses some",
              "Keswani et al. ICML 2022, figure 3 as recalled"),
    )  # fmt: skip
    programs: ClassVar = (
        Program("Keswani et al., notebook of the Gaussian mixture", departs="the optimistic rule corrects "
                "each direction by the factors of its own step"),
        Program("torch.optim.Adam", "test_ten_steps_equal_a_plain_loop_with_torchs_adam"),
    )  # fmt: skip

    eta_x: float = step_size(1e-3, relative=False)
    eta_y: float = step_size(1e-4, relative=False)
    beta1: float = fraction(0.5, search=(0.0, 0.95))
    beta2: float = fraction(0.999, search=(0.9, 0.9999))
    eps: float = positive(1e-8)
    rule: str = choice("gda", "optimistic", "extra", "lookahead")
    k: int = count(1)

    def spelled_out(self) -> Algorithm:
        """The rule with unit steps, Adam, and the rates."""
        pieces = Adam(self.beta1, self.beta2, self.eps), Rates(self.eta_x, self.eta_y)
        if self.rule == "lookahead":
            return Lookahead(compose(Oftener(self.k), *pieces), 6, 0.5)
        rules = {
            "gda": Oftener(self.k),
            "optimistic": OGDA(1.0, "zero"),
            "extra": Extragradient(1.0),
        }
        return compose(rules[self.rule], *pieces)


class Unrolling(NamedTuple):
    """An iterate with Adam's memory of both players."""

    x: Array
    y: Array
    memory: Any


@register(
    "unrolled_adam",
    "Metz, Poole, Pfau, Sohl-Dickstein. Unrolled Generative Adversarial Networks. ICLR 2017; as "
    "in Keswani et al. ICML 2022, the authors' program for Gaussian mixtures",
)
@dataclass(frozen=True)
class UnrolledAdam(Algorithm):
    r"""Unrolled GDA wearing Adam: x descends on f after k Adam steps of y, and through them.

    With :math:`y^0 = y` and :math:`y^j` the j-th Adam step of y from :math:`y^{j-1}`, moments included,
    all on one minibatch, x makes an Adam step along the whole derivative of :math:`f(x, y^k)` in x, while y
    makes the first of these steps. The derivative is found backwards, by one Hessian product a step. The
    defaults are those of the authors' mixture. Cost: 1 + k/2 gradient calls and k
    Hessian products a step. On f = xy - y^2/2:

    >>> from minmaxbench.testing import play
    >>> play("unrolled_adam", "dirac_gan_r1", (1.0, 0.5), 4000, eta_x=1e-3, eta_y=1e-3)[-1] < 0.2
    True
    """

    needs: ClassVar = SECOND
    step_sizes: ClassVar = ("eta_x", "eta_y")
    price: ClassVar = 10.0
    claims: ClassVar = (
        Claim("Unrolling keeps generators from leaving modes", "Metz et al. ICLR 2017"),
    )  # fmt: skip
    programs: ClassVar = (Program("Keswani et al., notebook of the Gaussian mixture"),)

    eta_x: float = step_size(1e-3, relative=False)
    eta_y: float = step_size(1e-4, relative=False)
    beta1: float = fraction(0.5)
    beta2: float = fraction(0.999)
    eps: float = positive(1e-8)
    k: int = count(6, search=(1, 3, 6, 12))

    def _adam(self) -> Adam:
        return Adam(self.beta1, self.beta2, self.eps)

    def init(self, x: Array, y: Array, oracle: Oracle) -> Unrolling:
        """The start, nothing seen."""
        return Unrolling(x, y, self._adam().init(x, y, oracle.xp))

    def step(self, state: Unrolling, oracle: Oracle) -> Unrolling:
        """k steps ahead of y, back through them, and one step of each player."""
        adam, xp = self._adam(), oracle.xp
        of_x, of_y = state.memory
        with oracle.paired():
            y, memory, way = state.y, of_y, []
            for _ in range(self.k):
                g = oracle.grad_y(state.x, y)
                direction, memory = adam.scale(memory, g, xp)
                way.append((y, g, memory))
                y = y + self.eta_y * direction
            gx, back = oracle.grad(state.x, y)
            in_m = in_v = 0.0
            for before, g, m in reversed(way):
                # The derivative of Adam's step in its gradient, by way of both moments.
                by_m, by_v = (xp.astype(1 - a, g.dtype, copy=False) for a in (m.left_m, m.left_v))
                root = xp.sqrt(m.v / by_v)
                bottom = by_m * (root + self.eps)
                slope = xp.where(root > 0, 1 / xp.where(root > 0, root, 1.0), 0.0)
                in_m = in_m + self.eta_y * back / bottom
                through = m.m / (bottom * (root + self.eps)) * slope / (2 * by_v)
                in_v = in_v - self.eta_y * back * through
                in_g = (1 - self.beta1) * in_m + 2 * (1 - self.beta2) * g * in_v
                hx, hy = oracle.hvp(state.x, before, xp.zeros_like(gx), in_g)
                gx, back = gx + hx, back + hy
                in_m, in_v = self.beta1 * in_m, self.beta2 * in_v
        down, of_x = adam.scale(of_x, gx, xp)
        up, of_y = adam.scale(of_y, way[0][1], xp)
        x = oracle.project_x(state.x - self.eta_x * down)
        return Unrolling(x, oracle.project_y(state.y + self.eta_y * up), (of_x, of_y))
