"""Gradients of the practical problems as one writes them in NumPy for one x and one y.

Each function gets the data ready-made and returns a function of (x, y): the yardstick of speed, and a
second implementation to test against.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from minmaxbench.core.arrays import Floats
from minmaxbench.problems.practical import adversarial, constraints, dro, regression
from minmaxbench.problems.practical.data import load, malignant, with_intercept
from minmaxbench.problems.registry import get_problem

Gradient: TypeAlias = Callable[[Floats, Floats], tuple[Floats, Floats]]
PLAIN: dict[str, Callable[[], Gradient]] = {}


def plain(make: Callable[[], Gradient]) -> Callable[[], Gradient]:
    """Keep it under its name."""
    PLAIN[make.__name__] = make
    return make


def tumours(columns: int = 30) -> tuple[Floats, Floats]:
    """Rows with an intercept, and labels."""
    rows, t = malignant(columns)
    return np.ascontiguousarray(with_intercept(rows)), t


def loss_and_slope(m: Floats) -> tuple[Floats, Floats]:
    """log(1 + exp(-m)) and its derivative."""
    return np.logaddexp(0.0, -m), -1 / (1 + np.exp(m))


def means_of(groups: Floats) -> Floats:
    """The matrix that takes means over groups."""
    rows = [(groups == g) / np.sum(groups == g) for g in np.unique(groups)]
    return np.array(rows)


@plain
def dro_chi2() -> Gradient:
    rows, t = tumours()

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        loss, slope = loss_and_slope(t * (rows @ x))
        return rows.T @ (y * slope * t) + dro.MU * x, loss

    return gradient


@plain
def dro_nonconvex() -> Gradient:
    rows, t = tumours()
    n = len(t)

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        loss, slope = loss_and_slope(t * (rows @ x))
        paid = 1e-3 * 20 * x / (1 + 10 * x**2) ** 2
        return rows.T @ (y * slope * t) + paid, loss - (n * y - 1) / n

    return gradient


@plain
def dro_kl() -> Gradient:
    rows, t = tumours()
    n = len(t)

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        w, price = x[:-1], x[-1]
        loss, slope = loss_and_slope(t * (rows @ w))
        logs = np.log(n * y)
        gw = rows.T @ (y * slope * t) + dro.MU * w
        return np.append(gw, dro.RHO_KL - y @ logs), loss - price * (logs + 1)

    return gradient


@plain
def group_dro() -> Gradient:
    rows, t = tumours()
    means = means_of(2 * (t > 0) + (rows[:, 1] > np.median(rows[:, 1])))

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        loss, slope = loss_and_slope(t * (rows @ x))
        return rows.T @ ((y @ means) * slope * t) + dro.MU * x, means @ loss

    return gradient


@plain
def group_regression() -> Gradient:
    data = load("diabetes")
    rows, b = with_intercept(data.rows), data.standardised
    means = means_of(data.rows[:, 1])

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        gap = rows @ x - b
        return 2 * rows.T @ ((y @ means) * gap), means @ gap**2 - dro.GROUP_LAMBDA * y

    return gradient


@plain
def auc_linear() -> Gradient:
    rows, t = malignant()
    sick = t > 0
    plus, minus = sick / sick.sum(), ~sick / (~sick).sum()

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        w, a, b, alpha = x[:-2], x[-2], x[-1], y[0]
        h = rows @ w
        up, down = plus * (h - a), minus * (h - b)
        gw = 2 * rows.T @ (up + down + alpha * (minus - plus)) + 0.01 * w
        gx = np.concatenate([gw, [-2 * up.sum(), -2 * down.sum()]])
        return gx, np.array([2 * (1 + minus @ h - plus @ h - alpha)])

    return gradient


@plain
def auc_network() -> Gradient:
    rows, t = malignant()
    sick = t > 0
    plus, minus = sick / sick.sum(), ~sick / (~sick).sum()

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        w, a, b, alpha = x[:-2], x[-2], x[-1], y[0]
        first, shift = w[:240].reshape(30, 8), w[240:248]
        second, last = w[248:256], w[256]
        hidden = np.tanh(rows @ first + shift)
        h = hidden @ second + last
        up, down = plus * (h - a), minus * (h - b)
        r = 2 * (up + down + alpha * (minus - plus))
        inner = np.outer(r, second) * (1 - hidden**2)
        gw = np.concatenate([(rows.T @ inner).ravel(), inner.sum(0), r @ hidden, [r.sum()]])
        gx = np.concatenate([gw + 0.01 * w, [-2 * up.sum(), -2 * down.sum()]])
        return gx, np.array([2 * (1 + minus @ h - plus @ h - alpha)])

    return gradient


@plain
def fair_logistic() -> Gradient:
    data = load("diabetes")
    rows = with_intercept(np.delete(data.rows, 1, axis=1))
    t = np.where(data.target > np.median(data.target), 1.0, -1.0)
    c = data.rows[:, 1] @ rows / len(t)

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        _, slope = loss_and_slope(t * (rows @ x))
        gx = rows.T @ (slope * t) / len(t) + constraints.MU * x + (y[0] - y[1]) * c
        return gx, np.array([c @ x, -c @ x]) - constraints.COVARIANCE

    return gradient


@plain
def neyman_pearson() -> Gradient:
    rows, t = tumours()
    sick = t > 0
    plus, minus = sick / sick.sum(), ~sick / (~sick).sum()

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        loss, slope = loss_and_slope(t * (rows @ x))
        gx = rows.T @ ((minus + y[0] * plus) * slope * t) + constraints.MU * x
        return gx, np.array([plus @ loss - constraints.MISSED])

    return gradient


@plain
def worst_class() -> Gradient:
    data = load("wine")
    rows, one_hot = with_intercept(data.rows), np.eye(3)[data.classes]
    means = means_of(data.classes)

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        logits = rows @ x.reshape(14, 3)
        logits = logits - logits.max(1, keepdims=True)
        e = np.exp(logits)
        total = e.sum(1)
        loss = np.log(total) - logits[one_hot > 0]
        r = (y @ means)[:, None] * (e / total[:, None] - one_hot)
        return (rows.T @ r).ravel() + 0.01 * x, means @ loss - 0.1 * y

    return gradient


@plain
def boosting_game() -> Gradient:
    rows, t = malignant()
    cuts = np.quantile(rows, np.arange(1, 10) / 10, axis=0)
    votes = np.column_stack(
        [np.where(rows[:, j] > c, 1.0, -1.0) for j in range(30) for c in cuts[:, j]]
    )
    margins = t[:, None] * np.column_stack([votes, -votes])

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        return -margins.T @ y, -margins @ x

    return gradient


@plain
def robust_ls_diabetes() -> Gradient:
    data = load("diabetes")
    rows, b = with_intercept(data.rows), data.standardised
    n = len(b)

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        fit = rows @ x - y
        return 2 * rows.T @ fit / n, (-2 * fit - 2 * regression.LAMBDA * (y - b)) / n

    return gradient


@plain
def robust_shift() -> Gradient:
    data = load("diabetes")
    rows, b = data.rows, data.standardised

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        gap = rows @ x + x @ y - b
        mean = gap.mean()
        return rows.T @ gap / len(b) + mean * y + 0.1 * x, mean * x - 0.1 * y

    return gradient


def moved_logistic(x: Floats, moved: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Gradients by (w, c) and by the moved rows."""
    w, c = x[:-1], x[-1]
    _, slope = loss_and_slope(t * (moved @ w + c))
    r = slope * t / len(t)
    gx = np.append(moved.T @ r, r.sum()) + adversarial.MU * x
    return gx, np.outer(r, w).ravel()


@plain
def adversarial_linear() -> Gradient:
    rows, t = malignant(10)
    return lambda x, y: moved_logistic(x, rows + y.reshape(rows.shape), t)


@plain
def wasserstein_dro() -> Gradient:
    rows, t = malignant(10)

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        gx, gy = moved_logistic(x, rows + y.reshape(rows.shape), t)
        return gx, gy - adversarial.PRICE / len(t) * y

    return gradient


@plain
def adversarial_network() -> Gradient:
    rows, t = malignant(10)

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        moved = rows + y.reshape(rows.shape)
        first, shift, second, last = x[:80].reshape(10, 8), x[80:88], x[88:96], x[96]
        hidden = np.tanh(moved @ first + shift)
        _, slope = loss_and_slope(t * (hidden @ second + last))
        r = slope * t / len(t)
        inner = np.outer(r, second) * (1 - hidden**2)
        gw = np.concatenate([(moved.T @ inner).ravel(), inner.sum(0), r @ hidden, [r.sum()]])
        return gw + adversarial.MU * x, (inner @ first.T).ravel()

    return gradient


@plain
def sparse_pca() -> Gradient:
    rows = load("wine").rows
    s = rows.T @ rows / len(rows)

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        u = y.reshape(13, 13)
        return -2 * s @ x - (u + u.T) @ x, -np.outer(x, x).ravel()

    return gradient


@plain
def fair_pca() -> Gradient:
    data = load("digits")
    groups = [data.rows[data.classes == g] for g in range(10)]
    moments = np.stack([g.T @ g / len(g) for g in groups])

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        images = moments @ x
        return -2 * y @ images, -images @ x

    return gradient


@plain
def lq_gan() -> Gradient:
    rows = load("wine").rows
    s = rows.T @ rows / len(rows)

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        v, w = x.reshape(13, 2), y.reshape(13, 13)
        return -((w + w.T) @ v).ravel(), (s - v @ v.T - 0.5 * w).ravel()

    return gradient


@plain
def lq_game() -> Gradient:
    from scipy.linalg import solve_discrete_lyapunov

    from minmaxbench.problems.practical.policy import A, B, C

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        k, ell = x[None], y[None]
        loop = A - B @ k + C @ ell
        cost = solve_discrete_lyapunov(loop.T, np.eye(3) + k.T @ k - ell.T @ ell)
        states = solve_discrete_lyapunov(loop, np.eye(3))
        gx, gy = 2 * (k - B.T @ cost @ loop) @ states, 2 * (C.T @ cost @ loop - ell) @ states
        return gx[0], gy[0]

    return gradient


@plain
def markov_game() -> Gradient:
    game = get_problem("markov_game")
    reward, moves = game.reward, game.moves

    def gradient(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        p, q = x.reshape(3, 3), y.reshape(3, 3)
        won = np.einsum("sa,sab,sb->s", p, reward, q)
        chain = np.einsum("sa,sabt,sb->st", p, moves, q)
        value = np.linalg.solve(np.eye(3) - 0.9 * chain, 0.1 * won)
        time = np.linalg.solve(np.eye(3) - 0.9 * chain.T, np.full(3, 1 / 3))
        earned = 0.1 * reward + 0.9 * moves @ value
        gx = time[:, None] * np.einsum("sab,sb->sa", earned, q)
        return gx.ravel(), (time[:, None] * np.einsum("sab,sa->sb", earned, p)).ravel()

    return gradient
