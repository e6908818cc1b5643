"""Distributionally robust logistic regression: the max-player weights examples, or groups of them."""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.problem import About, Metric
from minmaxbench.core.sets import Box, ChiSquareBall, Product, Simplex, Space
from minmaxbench.problems.practical.base import ERROR, KNOWN, Practical, square_sum, unit
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
RHO_CHI2, RHO_KL = 50.0, 0.1
"""The radii of the balls of weights."""
FLOOR = 0.1
"""The least weight in the KL problem, as a part of 1/n (Namkoong, Duchi 2016)."""
NONCONVEX = 1e-3, 10.0
"""lambda_2 and alpha of the regulariser of Luo et al."""
GROUP_LAMBDA = 0.1
"""The weight of |q|^2/2 in the regression over groups."""

WORST_GROUP = Metric("worst_group_error", "share of the worst group that is classified wrongly")

NAMKOONG = (
    "Namkoong, Duchi. Stochastic Gradient Methods for Distributionally Robust Optimization with "
    "f-divergences. NIPS 2016"
)


class WeightedLogistic(Practical):
    """Logistic losses l_i of the tumours: x begins with the weights w and an intercept."""

    dx, dy = 31, 569
    metrics: tuple[Metric, ...] = (*KNOWN, ERROR)
    by_example: tuple[str, ...] = ("z",)

    def __init__(self) -> None:
        super().__init__()
        rows, t = malignant()
        self.z = Design(t[:, None] * with_intercept(rows))
        """Row i times its label: the margin of example i is z_i.w."""

    def losses(self, xp: Namespace, w: Array) -> tuple[Array, Array]:
        """Losses and their derivatives by the margins, (lanes, n) each."""
        return logistic(xp, self.z.apply(xp, w))

    def wrong(self, x: Floats) -> Floats:
        """Which examples are classified wrongly: 1 or 0, (n, examples)."""
        return np.asarray(self.z.apply(np, x[:, :31]) <= 0, dtype=float)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """Primal value and error."""
        return {**super().measure(x, y), ERROR.name: self.wrong(x).mean(1)}

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The weights of examples are spread over the simplex."""
        return x, Simplex().spread(unit(y, *self.about.region))


@register(
    "dro_chi2",
    About(
        title="DRO logistic regression over a chi-square ball of example weights, breast cancer",
        source=NAMKOONG,
        classes=("practical", "convex-concave", "convex-linear", "simplex"),
        region=(-1.0, 1.0),
        note="f = sum p_i l_i(w) + 0.005 |w|^2 over p in the simplex with |n p - 1|^2 <= 100.",
        confidence="high",
    ),
)
class ChiSquareDro(WeightedLogistic):
    """The worst weighting within a chi-square divergence."""

    y_set = ChiSquareBall(RHO_CHI2)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """sum p_i l_i + mu/2 |w|^2."""
        loss, _ = self.losses(xp, x)
        return xp.sum(y * loss, axis=-1) + MU / 2 * square_sum(xp, x)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients: y's are the losses."""
        loss, slope = self.losses(xp, x)
        return self.z.transpose(xp, y * slope) + MU * x, loss

    def answer(self, xp: Namespace, x: Array) -> Array:
        """Far along the losses, projected."""
        return self.y_set.project(xp, 1e6 * self.losses(xp, x)[0])

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Weights near the uniform ones."""
        return x, self.y_set.spread(unit(y, *self.about.region))


@register(
    "dro_nonconvex",
    About(
        title="DRO logistic regression, chi-square penalty and nonconvex regulariser, breast cancer",
        source="Luo, Ye, Huang, Zhang. Stochastic Recursive Gradient Descent Ascent for Stochastic "
        "Nonconvex-Strongly-Concave Minimax Problems (SREDA). NeurIPS 2020, section 6",
        classes=("practical", "nonconvex-strongly-concave", "simplex"),
        region=(-1.0, 1.0),
        note="f = sum p_i l_i(w) - |n p - 1|^2/(2 n^2) + 0.001 sum 10 w_j^2/(1 + 10 w_j^2) over p in the "
        "simplex; the source has other data.",
        confidence="high",
    ),
)
class NonconvexDro(WeightedLogistic):
    """Strongly concave in the weights; w pays for being away from zero, no more the further."""

    y_set = Simplex()

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        scale, alpha = NONCONVEX
        loss, _ = self.losses(xp, x)
        squares = alpha * x * x
        paid = scale * xp.sum(squares / (1 + squares), axis=-1)
        return xp.sum(y * loss, axis=-1) - square_sum(xp, y - 1 / self.dy) / 2 + paid

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        scale, alpha = NONCONVEX
        loss, slope = self.losses(xp, x)
        paid = 2 * scale * alpha * x / (1 + alpha * x * x) ** 2
        return self.z.transpose(xp, y * slope) + paid, loss - (y - 1 / self.dy)

    def answer(self, xp: Namespace, x: Array) -> Array:
        """The losses, projected."""
        return self.y_set.project(xp, self.losses(xp, x)[0])


@register(
    "dro_kl",
    About(
        title="DRO logistic regression over a Kullback-Leibler ball, by its multiplier, breast cancer",
        source="Qi, Lyu, Chan, Bai, Yang. Stochastic Constrained DRO with a Complexity Independent of "
        f"Sample Size. TMLR 2023; {NAMKOONG} (the floor)",
        classes=("practical", "convex-concave", "simplex", "ill-conditioned"),
        region=(-1.0, 1.0),
        note="x = (w, lambda): f = sum p_i l_i(w) - lambda (sum p_i log(n p_i) - 0.1) + 0.005 |w|^2, "
        "lambda >= 0.01, p_i >= 0.1/n.",
        confidence="high",
    ),
)
class KullbackLeiblerDro(WeightedLogistic):
    """The multiplier of the ball is the min-player's last coordinate."""

    dx = 32
    x_set = Product(((Space(), 31), (Box(0.01, np.inf), 1)))
    y_set = Simplex(FLOOR / 569)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        w, price = x[..., :-1], x[..., -1]
        loss, _ = self.losses(xp, w)
        divergence = xp.sum(y * xp.log(self.dy * y), axis=-1)
        won = xp.sum(y * loss, axis=-1) - price * (divergence - RHO_KL)
        return won + MU / 2 * square_sum(xp, w)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        w, price = x[..., :-1], x[..., -1:]
        loss, slope = self.losses(xp, w)
        logs = xp.log(self.dy * y)
        gap = RHO_KL - xp.sum(y * logs, axis=-1, keepdims=True)
        gx = self.z.transpose(xp, y * slope) + MU * w
        return xp.concat([gx, gap], axis=-1), loss - price * (logs + 1)

    def answer(self, xp: Namespace, x: Array) -> Array:
        """exp(l_i/lambda) times a constant, no less than the floor."""
        loss, _ = self.losses(xp, x[..., :-1])
        e = xp.exp((loss - xp.max(loss, axis=-1, keepdims=True)) / x[..., -1:])
        floor = self.y_set.floor
        falling = -xp.sort(-e, axis=-1)
        left = 1 - floor * (self.dy - xp.astype(xp.arange(1, self.dy + 1), e.dtype))
        factors = left / xp.cumulative_sum(falling, axis=-1)
        above = factors * falling > floor
        count = xp.sum(xp.astype(above, e.dtype), axis=-1, keepdims=True)
        number = xp.arange(1, self.dy + 1)
        factor = xp.sum(xp.where(number == count, factors, 0.0), axis=-1, keepdims=True)
        return xp.maximum(factor * e, xp.asarray(floor))

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The multiplier is positive, the weights are at least the floor."""
        x = np.concatenate([x[..., :-1], np.abs(x[..., -1:]) + 0.01], axis=-1)
        return x, self.y_set.spread(unit(y, *self.about.region))


@register(
    "group_dro",
    About(
        title="group DRO logistic regression: the worst of four groups of tumours",
        source="Sagawa, Koh, Hashimoto, Liang. Distributionally Robust Neural Networks for Group Shifts. "
        "ICLR 2020",
        classes=("practical", "convex-concave", "convex-linear", "simplex"),
        region=(-1.0, 1.0),
        note="f = sum q_g L_g(w) + 0.005 |w|^2. Groups are label times texture (below or above its "
        "median), as the source's are label times attribute.",
        confidence="high",
    ),
)
class GroupDro(WeightedLogistic):
    """y weights the mean losses of groups."""

    dy = 4
    y_set = Simplex()
    metrics = (*KNOWN, ERROR, WORST_GROUP)
    by_example = ("z", "means")

    def __init__(self) -> None:
        super().__init__()
        rows, t = malignant()
        texture = rows[:, 1] > np.median(rows[:, 1])
        groups = 2 * (t > 0) + texture
        self.means = Means.over(groups)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """sum q_g L_g + mu/2 |w|^2."""
        loss, _ = self.losses(xp, x)
        return xp.sum(y * self.means.apply(xp, loss), axis=-1) + MU / 2 * square_sum(xp, x)

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients: y's are the groups' losses."""
        loss, slope = self.losses(xp, x)
        weights = self.means.transpose(xp, y)
        return self.z.transpose(xp, weights * slope) + MU * x, self.means.apply(xp, loss)

    def primal(self, xp: Namespace, x: Array) -> Array:
        """The worst group's loss, and the penalty."""
        worst = xp.max(self.means.apply(xp, self.losses(xp, x)[0]), axis=-1)
        return worst + MU / 2 * square_sum(xp, x)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And the error in the worst group."""
        worst = self.means.apply(np, self.wrong(x)).max(1)
        return {**super().measure(x, y), WORST_GROUP.name: worst}


@register(
    "group_regression",
    About(
        title="group DRO least squares: the worse of two sexes, diabetes",
        source="Sagawa, Koh, Hashimoto, Liang. Distributionally Robust Neural Networks for Group Shifts. "
        "ICLR 2020; data of Efron, Hastie, Johnstone, Tibshirani. Annals of Statistics 2004",
        classes=("practical", "convex-concave", "simplex"),
        region=(-1.0, 1.0),
        note="f = sum q_g MSE_g(w) - 0.05 |q|^2 over the two sexes (column 2), with an intercept; the "
        "target is standardised.",
        confidence="high",
    ),
)
class GroupRegression(Practical):
    """Squared errors of two groups."""

    dx, dy = 11, 2
    y_set = Simplex()
    metrics = (*KNOWN, Metric("worst_group_mse", "mean squared error in the worse group"))
    by_example = ("a", "b", "means")

    def __init__(self) -> None:
        super().__init__()
        data = load("diabetes")
        self.a, self.b = Design(with_intercept(data.rows)), data.standardised
        self.means = Means.over(data.rows[:, 1] > 0)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        gap = self.a.apply(xp, x) - xp.asarray(self.b)
        paid = GROUP_LAMBDA / 2 * square_sum(xp, y)
        return xp.sum(y * self.means.apply(xp, gap * gap), axis=-1) - paid

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        gap = self.a.apply(xp, x) - xp.asarray(self.b)
        gx = 2 * self.a.transpose(xp, self.means.transpose(xp, y) * gap)
        return gx, self.means.apply(xp, gap * gap) - GROUP_LAMBDA * y

    def answer(self, xp: Namespace, x: Array) -> Array:
        """The groups' errors over lambda, projected."""
        gap = self.a.apply(xp, x) - xp.asarray(self.b)
        return self.y_set.project(xp, self.means.apply(xp, gap * gap) / GROUP_LAMBDA)

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """And the error in the worse group."""
        gap = self.a.apply(np, x) - self.b
        return {
            **super().measure(x, y),
            "worst_group_mse": self.means.apply(np, gap * gap).max(1),
        }

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The weights of groups are spread over the simplex."""
        return x, Simplex().spread(unit(y, *self.about.region))
