"""The area under the ROC curve, maximised as a saddle point."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.problem import About, Metric
from minmaxbench.core.sets import Box
from minmaxbench.problems.practical.base import KNOWN, PRIMAL, Practical, square_sum
from minmaxbench.problems.practical.data import Design, Means, malignant
from minmaxbench.problems.practical.networks import Network
from minmaxbench.problems.registry import register

MU = 0.01
"""The weight of |w|^2/2."""
NETWORK = Network(30, 8)
AREA = Metric("auc", "area under the ROC curve: the share of pairs in the right order")
FORM = (
    "f = E+(h - a)^2 + E-(h - b)^2 + 2 alpha (1 + E- h - E+ h) - alpha^2 + 0.005 |w|^2, alpha >= 0, with "
    "E+ and E- the means over malignant and benign tumours; Ying et al. have 1 + alpha for alpha, "
    "LibAUC (Yuan et al. 2021) the form here."
)
SOURCE = "Ying, Wen, Lyu. Stochastic Online AUC Maximization. NIPS 2016"


class Auc(Practical):
    """x = (w, a, b) with a score h of the examples under w; y = alpha."""

    dy = 1
    y_set = Box(0.0, np.inf)
    metrics: tuple[Metric, ...] = (PRIMAL, AREA)

    def __init__(self) -> None:
        super().__init__()
        rows, t = malignant()
        self.rows, self.sick = np.array(rows), t > 0
        self.means = Means.over(t)
        """Means over the benign, then over the malignant."""

    def score(self, xp: Namespace, w: Array) -> tuple[Array, Array]:
        """h of every example, (lanes, n), and what :meth:`pull` needs besides."""
        raise NotImplementedError

    def pull(self, xp: Namespace, w: Array, more: Array, r: Array) -> Array:
        """The gradient in w of the sum of r_i h_i."""
        raise NotImplementedError

    def _gaps(self, xp: Namespace, x: Array) -> tuple[Array, Array, Array, Array]:
        """h, what the pull needs, h less a or b, and alpha's best answer."""
        h, more = self.score(xp, x[..., :-2])
        ends = xp.where(xp.asarray(self.sick), x[..., -2:-1], x[..., -1:])
        means = self.means.apply(xp, h)
        return h, more, h - ends, 1 + means[..., :1] - means[..., 1:]

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        _, _, gap, best = self._gaps(xp, x)
        squares = xp.sum(self.means.apply(xp, gap * gap), axis=-1)
        won = (2 * y * best - y * y)[..., 0]
        return squares + won + MU / 2 * square_sum(xp, x[..., :-2])

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        w = x[..., :-2]
        _, more, gap, best = self._gaps(xp, x)
        weights = self.means.transpose(xp, xp.ones((*x.shape[:-1], 2), dtype=gap.dtype))
        r = 2 * (weights * gap + self.means.transpose(xp, xp.concat([y, -y], axis=-1)))
        gw = self.pull(xp, w, more, r) + MU * w
        ends = -2 * self.means.apply(xp, gap)
        return xp.concat([gw, ends[..., 1:], ends[..., :1]], axis=-1), 2 * (best - y)

    def answer(self, xp: Namespace, x: Array) -> Array:
        """alpha = 1 + E- h - E+ h, or 0."""
        return self.y_set.project(xp, self._gaps(xp, x)[3])

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And the share of pairs, one tumour of each class, that the score orders; ties count half."""
        # Half a second to import, and only needed here.
        from scipy.stats import rankdata

        h, _ = self.score(np, x[:, :-2])
        rank = rankdata(h, axis=1)
        m, n = int(self.sick.sum()), int((~self.sick).sum())
        auc = (rank[:, self.sick].sum(1) - m * (m + 1) / 2) / (m * n)
        return {**super().measure(x, y), "auc": auc}

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """alpha starts at or above zero."""
        return x, np.abs(y)


@register(
    "auc_linear",
    About(
        title="AUC maximisation, linear score, breast cancer",
        source=SOURCE,
        classes=("practical", "convex-concave", "quadratic"),
        region=(-1.0, 1.0),
        note=f"h = w.r. {FORM}",
        confidence="high",
    ),
)
class LinearAuc(Auc):
    """The score is linear: everything is quadratic."""

    dx = 32
    metrics = (*KNOWN, AREA)
    by_example = ("sick", "means", "design")

    def __init__(self) -> None:
        super().__init__()
        self.design = Design(self.rows)

    def score(self, xp: Namespace, w: Array) -> tuple[Array, Array]:
        """w.r."""
        return self.design.apply(xp, w), w

    def pull(self, xp: Namespace, w: Array, more: Array, r: Array) -> Array:
        """The sum of r_i times row i."""
        return self.design.transpose(xp, r)


@register(
    "auc_network",
    About(
        title="AUC maximisation, a network's score, breast cancer",
        source=f"{SOURCE}; Yuan, Yan, Sonka, Yang. Large-scale Robust Deep AUC Maximization. ICCV 2021",
        classes=("practical", "nonconvex-strongly-concave"),
        region=(-0.5, 0.5),
        note=f"h is a network 30-8-1 with tanh. {FORM}",
        confidence="high",
    ),
)
class NetworkAuc(Auc):
    """The score is a small network's: permutations of its units leave f as it is."""

    dx = NETWORK.size + 2
    by_example = ("sick", "means", "rows")

    def score(self, xp: Namespace, w: Array) -> tuple[Array, Array]:
        """The network's outputs and its hidden layer."""
        return NETWORK.forward(xp, w, xp.asarray(self.rows))

    def pull(self, xp: Namespace, w: Array, more: Array, r: Array) -> Array:
        """Backpropagation."""
        return NETWORK.backward(xp, w, xp.asarray(self.rows), more, r)[0]
