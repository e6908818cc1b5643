"""Least squares against an adversary, on diabetes."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.constants import Constant, How, block_norm
from minmaxbench.core.problem import About, Kind, Metric, Points
from minmaxbench.problems.practical.base import KNOWN, Practical, square_sum
from minmaxbench.problems.practical.data import Design, load, with_intercept
from minmaxbench.problems.registry import register

LAMBDA = 3.0
"""What moving the targets costs."""
RIDGE = COST = 0.2
"""What weights cost, and what shifting the examples costs."""
DATA = "data of Efron, Hastie, Johnstone, Tibshirani. Annals of Statistics 2004"


@register(
    "robust_ls_diabetes",
    About(
        title="robust least squares (|Ax - y|^2 - 3 |y - b|^2)/n, diabetes",
        source="El Ghaoui, Lebret. Robust Solutions to Least-Squares Problems with Uncertain Data. SIAM "
        f"Journal on Matrix Analysis 1997; Yang, Kiyavash, He. NeurIPS 2020, section 5; {DATA}",
        classes=("practical", "convex-concave", "quadratic", "two-sided-PL"),
        region=(-1.0, 1.0),
        note="A has an intercept; b is standardised.",
        confidence="high",
    ),
)
class RobustLeastSquaresDiabetes(Practical):
    """The adversary moves the targets: the answer is y = (3b - Ax)/2."""

    dx, dy = 11, 442
    metrics = KNOWN

    def __init__(self) -> None:
        super().__init__()
        data = load("diabetes")
        self.a, self.b = Design(with_intercept(data.rows)), data.standardised

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        fit, moved = self.a.apply(xp, x) - y, y - xp.asarray(self.b)
        return (square_sum(xp, fit) - LAMBDA * square_sum(xp, moved)) / self.dy

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        fit, moved = self.a.apply(xp, x) - y, y - xp.asarray(self.b)
        return 2 * self.a.transpose(xp, fit) / self.dy, -2 * (fit + LAMBDA * moved) / self.dy

    def known_constants(self) -> dict[str, Constant]:
        """From the singular values of A: strongly convex in x, strongly concave in y, and so two-sided PL."""
        values = 2 * np.linalg.svd(self.a.rows, compute_uv=False) ** 2 / self.dy
        least, most, mu = float(values.min()), float(values.max()), 2 * (LAMBDA - 1) / self.dy
        coupling = float(np.sqrt(2 * most / self.dy))
        found = {"mu_x": least, "pl_x": least, "mu_y": mu, "pl_y": mu}
        found["L"] = block_norm((least, most), coupling, (mu, mu))
        return {name: Constant(c, How.CLOSED) for name, c in found.items()}

    def answer(self, xp: Namespace, x: Array) -> Array:
        """(lambda b - Ax)/(lambda - 1)."""
        return (LAMBDA * xp.asarray(self.b) - self.a.apply(xp, x)) / (LAMBDA - 1)

    @cached_property
    def _points(self) -> Points:
        """Least squares, whatever lambda is: the answer makes f = 3/2 |Ax - b|^2/n."""
        x: Floats = np.linalg.lstsq(self.a.rows, self.b, rcond=None)[0][None].astype(float)
        y = self.answer(np, x)
        proof = "closed form: least squares"
        return Points(x, y, self.value(np, x, y), (Kind.NASH,), complete=True, proof=proof)


@register(
    "robust_shift",
    About(
        title="least squares when all examples are shifted alike, diabetes",
        source="Beznosikov, Gorbunov, Berard, Loizou. Stochastic Gradient Descent-Ascent: Unified Theory and "
        f"New Efficient Methods. AISTATS 2023 (robust linear regression, authors' code); {DATA}",
        classes=("practical", "convex-nonconcave"),
        region=(-1.0, 1.0),
        note="f = mean (w.(r_i + d) - b_i)^2/2 + 0.05 (|w|^2 - |d|^2). Concave in d only where |w|^2 <= 0.1; "
        "beyond, the best shift is infinite.",
        confidence="high",
    ),
)
class RobustShift(Practical):
    """The least squares solution has |w|^2 > 0.1, so the solutions lie where f is flat along d = w."""

    dx = dy = 10
    metrics = (Metric("mse", "mean squared error on the examples as they are"),)
    by_example = ("a", "b")

    def __init__(self) -> None:
        super().__init__()
        data = load("diabetes")
        self.a, self.b = Design(data.rows), data.standardised

    def _gap(self, xp: Namespace, x: Array, y: Array) -> Array:
        return self.a.apply(xp, x) + xp.sum(x * y, axis=-1, keepdims=True) - xp.asarray(self.b)

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f, shape (lanes,)."""
        gap = self._gap(xp, x, y)
        paid = RIDGE * square_sum(xp, x) - COST * square_sum(xp, y)
        return xp.mean(gap * gap, axis=-1) / 2 + paid / 4

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""
        gap = self._gap(xp, x, y)
        mean = xp.sum(gap, axis=-1, keepdims=True) / len(self.a)
        gx = self.a.transpose(xp, gap) / len(self.a) + mean * y + RIDGE / 2 * x
        return gx, mean * x - COST / 2 * y

    def measure(self, x: Floats, y: Floats) -> dict[str, Floats]:
        """The mean squared error."""
        gap = self.a.apply(np, x) - self.b
        return {"mse": (gap * gap).mean(1)}

    @cached_property
    def _points(self) -> Points:
        """Ridge regression with |w|^2 = 0.1, and d along w to both sides.

        As all columns and b have mean 0, f = |Rw - b|^2/2n + (w.d)^2/2 + 0.05 (|w|^2 - |d|^2): d = s w
        with 0.1 = |w|^2, and in w a ridge of 0.1 (1 + s^2).
        """
        n = len(self.a)
        values, vectors = np.linalg.eigh(self.a.columns @ self.a.rows / n)
        pull = vectors.T @ (self.a.columns @ self.b / n)

        def excess(ridge: float) -> float:
            return float(((pull / (values + ridge)) ** 2).sum() - COST / 2)

        from scipy.optimize import brentq

        ridge = float(brentq(excess, RIDGE / 2, 10.0, xtol=1e-15, rtol=1e-15))
        w = vectors @ (pull / (values + ridge))
        s = np.sqrt((ridge - RIDGE / 2) / (COST / 2))
        x, y = np.stack([w, w]), np.stack([s * w, -s * w])
        proof = "closed form but for the root of a secular equation; f is convex in w, concave in d at w"
        kinds = (Kind.NASH, Kind.NASH)
        return Points(x, y, self.value(np, x, y), kinds, complete=False, proof=proof)
