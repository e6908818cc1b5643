"""Training for the worst class."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.problem import About, Metric
from minmaxbench.core.sets import Simplex
from minmaxbench.problems.practical.base import ERROR, KNOWN, Practical, square_sum, unit
from minmaxbench.problems.practical.data import Means, load, with_intercept
from minmaxbench.problems.registry import register

LAMBDA, MU = 0.1, 0.01
"""The weights of |p|^2/2 and |W|^2/2."""


@register(
    "worst_class",
    About(
        title="softmax regression for the worst of three classes, wine",
        source="Nouiehed, Sanjabi, Huang, Lee, Razaviyayn. Solving a Class of Non-Convex Min-Max Games "
        "Using Iterative First Order Methods. NeurIPS 2019, section 5",
        classes=("practical", "convex-concave", "simplex"),
        region=(-1.0, 1.0),
        note="f = sum p_c L_c(W) - 0.05 |p|^2 + 0.005 |W|^2 with L_c the mean cross entropy of class c; x is "
        "W, 14 x 3, row by row, the last row intercepts. The source has networks and Fashion MNIST.",
        confidence="high",
    ),
)
class WorstClass(Practical):
    """y weights the mean losses of the classes."""

    dx, dy = 42, 3
    y_set = Simplex()
    metrics = (*KNOWN, ERROR, Metric("worst_class_error", "share of the worst class that is wrong"))
    by_example = ("rows", "member", "means")

    def __init__(self) -> None:
        super().__init__()
        data = load("wine")
        self.rows = with_intercept(data.rows)
        self.member = np.eye(3)[data.classes]
        """Which class each wine is of: (n, 3) of zeros and ones."""
        self.means = Means.over(data.classes)

    def losses(self, xp: Namespace, x: Array) -> tuple[Array, Array]:
        """Cross entropies (lanes, n), and probabilities (lanes, 3, n): a row a class, for long sums."""
        rows = xp.astype(xp.asarray(self.rows), x.dtype, copy=False)
        logits = xp.reshape(x, (*x.shape[:-1], 14, 3)).mT @ rows.mT
        logits = logits - xp.max(xp.real(logits), axis=-2, keepdims=True)
        e = xp.exp(logits)
        total = xp.sum(e, axis=-2, keepdims=True)
        mine = xp.sum(logits * xp.asarray(self.member).mT, axis=-2)
        return xp.log(total[..., 0, :]) - mine, e / total

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        means = self.means.apply(xp, self.losses(xp, x)[0])
        paid = MU / 2 * square_sum(xp, x) - LAMBDA / 2 * square_sum(xp, y)
        return xp.sum(y * means, axis=-1) + paid

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        loss, chance = self.losses(xp, x)
        weights = self.means.transpose(xp, y)
        r = weights[..., None, :] * (chance - xp.asarray(self.member).mT)
        rows = xp.astype(xp.asarray(self.rows), x.dtype, copy=False)
        gx = xp.reshape((xp.astype(r, x.dtype, copy=False) @ rows).mT, x.shape) + MU * x
        return gx, self.means.apply(xp, loss) - LAMBDA * y

    def answer(self, xp: Namespace, x: Array) -> Array:
        """The classes' losses over lambda, projected."""
        means = self.means.apply(xp, self.losses(xp, x)[0])
        return self.y_set.project(xp, means / LAMBDA)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And the errors."""
        chance = self.losses(np, x)[1]
        wrong = (chance.argmax(-2) != self.member.argmax(-1)).astype(float)
        worst = self.means.apply(np, wrong).max(1)
        return {**super().measure(x, y), ERROR.name: wrong.mean(1), "worst_class_error": worst}

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The weights of classes are spread over the simplex."""
        return x, Simplex().spread(unit(y, *self.about.region))
