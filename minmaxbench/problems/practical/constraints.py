"""Constraints on a classifier as Lagrangians: fairness, Neyman-Pearson."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.problem import About, Metric
from minmaxbench.core.sets import Box
from minmaxbench.problems.practical.base import ERROR, KNOWN, Practical, square_sum
from minmaxbench.problems.practical.data import (
    Design,
    Means,
    load,
    logistic,
    malignant,
    with_intercept,
)
from minmaxbench.problems.registry import register

MU = 0.01
"""The weight of |w|^2/2."""
COVARIANCE = 0.05
"""The covariance that is allowed."""
MISSED = 0.05
"""The loss on the malignant that is allowed."""


@register(
    "fair_logistic",
    About(
        title="fair logistic regression by its Lagrangian: scores uncorrelated with sex, diabetes",
        source="Zafar, Valera, Gomez Rodriguez, Gummadi. Fairness Constraints: Mechanisms for Fair "
        "Classification. AISTATS 2017; Agarwal, Beygelzimer, Dudik, Langford, Wallach. A Reductions "
        "Approach to Fair Classification. ICML 2018 (the Lagrangian, multipliers bounded)",
        classes=("practical", "convex-concave", "convex-linear", "boxed"),
        region=(-1.0, 1.0),
        note="f = mean l_i(w) + 0.005 |w|^2 + y1 (c - 0.05) + y2 (-c - 0.05) over y in [0, 10]^2, c the "
        "covariance of the score w.r with the standardised sex, which is no feature. The class is whether "
        "the disease progresses more than the median.",
        confidence="high",
    ),
)
class FairLogistic(Practical):
    """A multiplier for each side of the constraint |c| <= 0.05."""

    dx, dy = 10, 2
    y_set = Box(0.0, 10.0)
    metrics = (
        *KNOWN,
        ERROR,
        Metric(
            "parity_gap", "difference between the sexes in the share that is classified positive"
        ),
    )
    by_example = ("z",)

    def __init__(self) -> None:
        super().__init__()
        data = load("diabetes")
        self.sex = data.rows[:, 1]
        self.t = np.where(data.target > np.median(data.target), 1.0, -1.0)
        rows = with_intercept(np.delete(data.rows, 1, axis=1))
        self.z = Design(self.t[:, None] * rows)
        self.c = self.sex @ rows / len(rows)
        """The covariance is c.w."""

    def _slack(self, xp: Namespace, x: Array) -> Array:
        c = xp.sum(x * xp.asarray(self.c), axis=-1, keepdims=True)
        return xp.concat([c, -c], axis=-1) - COVARIANCE

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        loss, _ = logistic(xp, self.z.apply(xp, x))
        paid = xp.sum(y * self._slack(xp, x), axis=-1)
        return xp.mean(loss, axis=-1) + MU / 2 * square_sum(xp, x) + paid

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients: y's are the constraints."""
        _, slope = logistic(xp, self.z.apply(xp, x))
        price = y[..., :1] - y[..., 1:]
        gx = self.z.transpose(xp, slope) / len(self.z) + MU * x + price * xp.asarray(self.c)
        return gx, self._slack(xp, x)

    def primal(self, xp: Namespace, x: Array) -> Array:
        """What the bounded multipliers make of x: an exact penalty."""
        slack = self._slack(xp, x)
        y = xp.where(slack > 0, 10.0, 0.0)
        return self.value(xp, x, y)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And error and parity gap."""
        margin = self.z.apply(np, x)
        positive = margin * self.t > 0
        one = self.sex > 0
        parity = np.abs(positive[:, one].mean(1) - positive[:, ~one].mean(1))
        return {
            **super().measure(x, y),
            ERROR.name: (margin <= 0).mean(1),
            "parity_gap": parity,
        }

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Multipliers start in [0, 1]."""
        return x, np.abs(y)


@register(
    "neyman_pearson",
    About(
        title="Neyman-Pearson classification by its Lagrangian: few malignant tumours missed",
        source="Rigollet, Tong. Neyman-Pearson Classification, Convexity and Stochastic Constraints. JMLR "
        "2011; the Lagrangian as in Gallego-Posada et al. Cooper. arXiv:2504.01212",
        classes=("practical", "convex-concave", "convex-linear", "boxed"),
        region=(-1.0, 1.0),
        note="f = L-(w) + 0.005 |w|^2 + y (L+(w) - 0.05) over y >= 0, with L- and L+ the mean logistic "
        "losses of benign and malignant tumours.",
        confidence="high",
    ),
)
class NeymanPearson(Practical):
    """One multiplier."""

    dx, dy = 31, 1
    y_set = Box(0.0, np.inf)
    metrics = (
        Metric("false_alarms", "share of the benign that is called malignant"),
        Metric("missed", "share of the malignant that is called benign"),
    )
    by_example = ("z", "means")

    def __init__(self) -> None:
        super().__init__()
        rows, self.t = malignant()
        self.z = Design(self.t[:, None] * with_intercept(rows))
        self.means = Means.over(self.t)

    def losses(self, xp: Namespace, x: Array) -> tuple[Array, Array]:
        """The mean losses of both classes, (lanes, 2), and the slopes of all."""
        loss, slope = logistic(xp, self.z.apply(xp, x))
        return self.means.apply(xp, loss), slope

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        means, _ = self.losses(xp, x)
        paid = (y * (means[..., 1:] - MISSED))[..., 0]
        return means[..., 0] + MU / 2 * square_sum(xp, x) + paid

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients: y's is the constraint."""
        means, slope = self.losses(xp, x)
        weights = self.means.transpose(xp, xp.concat([xp.ones_like(y), y], axis=-1))
        return self.z.transpose(xp, weights * slope) + MU * x, means[..., 1:] - MISSED

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """The two errors."""
        errors = self.means.apply(np, (self.z.apply(np, x) <= 0).astype(float))
        return {"false_alarms": errors[:, 0], "missed": errors[:, 1]}

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The multiplier starts at or above zero."""
        return x, np.abs(y)
