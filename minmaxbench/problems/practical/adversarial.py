"""Adversarial training: the max-player moves the examples, in a box or at a price."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Ints, Namespace
from minmaxbench.core.problem import About, Metric
from minmaxbench.core.sets import Box
from minmaxbench.problems.practical.base import ERROR, KNOWN, Practical, distances_where, square_sum
from minmaxbench.problems.practical.data import Design, logistic, malignant
from minmaxbench.problems.practical.networks import Network
from minmaxbench.problems.registry import register

P, N = 10, 569
"""Columns (means over cell nuclei) and examples."""
MU = 0.01
"""The weight of |w|^2/2."""
REACH = 0.25
"""How far each column of an example may be moved, in its standard deviations."""
PRICE = 2.0
"""gamma: what it costs to move an example, times |d_i|^2/2."""
NETWORK = Network(P, 8)
ROBUST_ERROR = Metric("robust_error", "share that some move within the box makes wrong")


class Moved(Practical):
    """y holds the moves d_i of all examples, one after the other; x the weights."""

    dy = N * P
    reach = 1.0
    """Moves start within this."""

    def __init__(self) -> None:
        super().__init__()
        rows, self.t = malignant(P)
        self.rows = np.ascontiguousarray(rows)

    def moved(self, xp: Namespace, y: Array) -> Array:
        """The examples where they have been moved to, (lanes, n, p)."""
        return xp.asarray(self.rows) + xp.reshape(y, (*y.shape[:-1], N, P))

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Moves start within their reach."""
        return x, self.reach * y


class MovedLinear(Moved):
    """The logistic loss of w.r + c: x = (w, c)."""

    dx = P + 1
    metrics: tuple[Metric, ...] = (*KNOWN, ERROR)

    def __init__(self) -> None:
        super().__init__()
        self.z = Design(self.t[:, None] * self.rows)

    def _margins(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """t_i (w.(r_i + d_i) + c), and the moves as (lanes, n, p)."""
        w, t = x[..., :-1], xp.asarray(self.t)
        moves = xp.reshape(y, (*y.shape[:-1], N, P))
        pushed = (moves @ w[..., None])[..., 0] + x[..., -1:]
        return self.z.apply(xp, w) + t * pushed, moves

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And the error on the examples as they are."""
        margin, _ = self._margins(np, x, np.zeros((len(x), self.dy)))
        return {**super().measure(x, y), ERROR.name: (margin <= 0).mean(1)}

    def _loss(self, xp: Namespace, x: Array, y: Array) -> Array:
        loss, _ = logistic(xp, self._margins(xp, x, y)[0])
        return xp.mean(loss, axis=-1) + MU / 2 * square_sum(xp, x)

    def _slopes(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        margin, moves = self._margins(xp, x, y)
        slope = logistic(xp, margin)[1] / N
        r = xp.asarray(self.t) * slope
        gw = self.z.transpose(xp, slope) + (r[..., None, :] @ moves)[..., 0, :]
        gx = xp.concat([gw, xp.sum(r, axis=-1, keepdims=True)], axis=-1) + MU * x
        return gx, xp.reshape(r[..., None] * x[..., None, :-1], y.shape)


@register(
    "adversarial_linear",
    About(
        title="adversarial training of a linear classifier, moves in a box, breast cancer",
        source="Madry, Makelov, Schmidt, Tsipras, Vladu. Towards Deep Learning Models Resistant to "
        "Adversarial Attacks. ICLR 2018; Goodfellow, Shlens, Szegedy. Explaining and Harnessing "
        "Adversarial Examples. ICLR 2015 (linear models)",
        classes=("practical", "convex-nonconcave", "boxed"),
        region=(-1.0, 1.0),
        note="f = mean log(1 + exp(-t_i (w.(r_i + d_i) + c))) + 0.005 |(w, c)|^2 over |d_i|_inf <= 0.25: "
        "convex in (w, c), quasi-concave in each d_i.",
        confidence="high",
    ),
)
class AdversarialLinear(MovedLinear):
    """The best moves are the corners -0.25 t_i sign(w): max over d is convex in w, with kinks at zeros."""

    y_set = Box(-REACH, REACH)
    reach = REACH
    metrics = (*KNOWN, ERROR, ROBUST_ERROR)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        return self._loss(xp, x, y)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        return self._slopes(xp, x, y)

    def answer(self, xp: Namespace, x: Array) -> Array:
        """Against the label, along the sign of each weight.

        Where a weight is zero every move is best; chosen is the one that keeps the weight there, if one
        does: the same for all examples, against their labels.
        """
        w = x[..., :-1]
        margin, _ = self._margins(xp, x, self._corners(xp, xp.sign(w)))
        slope = logistic(xp, margin)[1]
        total = REACH * xp.sum(slope, axis=-1, keepdims=True)
        staying = xp.clip(self.z.transpose(xp, slope) / total, -1.0, 1.0)
        return self._corners(xp, xp.where(w == 0, staying, xp.sign(w)))

    def _corners(self, xp: Namespace, side: Array) -> Array:
        """The moves -0.25 t_i times the side of each column."""
        moves = -REACH * xp.asarray(self.t)[:, None] * side[..., None, :]
        return xp.reshape(moves, (*side.shape[:-1], self.dy))

    def distances(self, xp: Namespace, x: Array, y: Array, rows: Ints | None = None) -> Array:
        """Moves of a column whose weight is zero at the solution do not count: many are as good."""
        counts = np.tile(self.points().x[:, :-1] != 0, N).astype(float)
        return distances_where(xp, self.points(), counts, x, y, rows)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And the error under the best moves."""
        margin, _ = self._margins(np, x, self.answer(np, x))
        return {**super().measure(x, y), ROBUST_ERROR.name: (margin <= 0).mean(1)}


@register(
    "wasserstein_dro",
    About(
        title="Wasserstein DRO logistic regression: examples moved at a price, breast cancer",
        source="Sinha, Namkoong, Duchi. Certifying Some Distributional Robustness with Principled "
        "Adversarial Training. ICLR 2018",
        classes=("practical", "convex-nonconcave"),
        region=(-1.0, 1.0),
        note="f = mean log(1 + exp(-t_i (w.(r_i + d_i) + c))) - |d_i|^2 + 0.005 |(w, c)|^2 (gamma = 2): "
        "convex in (w, c), strongly concave in d where |w|^2 < 8.",
        confidence="high",
    ),
)
class WassersteinDro(MovedLinear):
    """An example moves along w, against its label, by the root of an equation of one variable."""

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        return self._loss(xp, x, y) - PRICE / 2 * square_sum(xp, y) / N

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        gx, gy = self._slopes(xp, x, y)
        return gx, gy - PRICE / N * y

    def answer(self, xp: Namespace, x: Array) -> Array:
        """d_i = -t_i s_i w with gamma s = sigma(s |w|^2 - m), m the margin, by 60 halvings."""
        w = x[..., :-1]
        margin, _ = self._margins(xp, x, xp.zeros((*x.shape[:-1], self.dy), dtype=x.dtype))
        size = square_sum(xp, w)[..., None]
        low, high = 0 * margin, 0 * margin + 1 / PRICE
        for _ in range(60):
            middle = (low + high) / 2
            more = -logistic(xp, margin - middle * size)[1] > PRICE * middle
            low, high = xp.where(more, middle, low), xp.where(more, high, middle)
        s = (low + high) / 2
        moves = -(xp.asarray(self.t) * s)[..., None] * w[..., None, :]
        return xp.reshape(moves, (*x.shape[:-1], self.dy))


@register(
    "adversarial_network",
    About(
        title="adversarial training of a network, moves in a box, breast cancer",
        source="Madry, Makelov, Schmidt, Tsipras, Vladu. Towards Deep Learning Models Resistant to "
        "Adversarial Attacks. ICLR 2018",
        classes=("practical", "nonconvex-nonconcave", "boxed"),
        region=(-0.5, 0.5),
        note="f = mean log(1 + exp(-t_i h_w(r_i + d_i))) + 0.005 |w|^2 over |d_i|_inf <= 0.25, h a network "
        "10-8-1 with tanh.",
        confidence="high",
    ),
)
class AdversarialNetwork(Moved):
    """Permutations of its units leave f as it is."""

    dx = NETWORK.size
    y_set = Box(-REACH, REACH)
    reach = 2 * REACH
    metrics = (ERROR, Metric("attacked_error", "share that is wrong under the present moves y"))

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        h, _ = NETWORK.forward(xp, x, self.moved(xp, y))
        loss, _ = logistic(xp, xp.asarray(self.t) * h)
        return xp.mean(loss, axis=-1) + MU / 2 * square_sum(xp, x)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients, from one pass backwards."""
        rows, t = self.moved(xp, y), xp.asarray(self.t)
        h, hidden = NETWORK.forward(xp, x, rows)
        pull = t * logistic(xp, t * h)[1] / N
        gw, inner = NETWORK.backward(xp, x, rows, hidden, pull)
        gy = xp.reshape(NETWORK.inputs_of(xp, x, inner), y.shape)
        return gw + MU * x, gy

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """The errors without moves and with them."""
        errors = [
            (self.t * NETWORK.forward(np, x, rows)[0] <= 0).mean(1)
            for rows in (self.rows, self.moved(np, y))
        ]
        return dict(zip((m.name for m in self.metrics), errors, strict=True))
