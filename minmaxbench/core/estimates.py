"""Constants that are only estimated: the largest of samples of a problem's start region."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from minmaxbench.core.arrays import Array, Floats, Namespace
from minmaxbench.core.calls import Call
from minmaxbench.core.constants import Constant, How
from minmaxbench.core.sets import Set
from minmaxbench.errors import UserError

SAMPLES, ROUNDS = 64, 40
"""Estimates are the largest of so many samples; the norm of a Hessian takes so many products."""
DENSE = 64
"""Up to so many coordinates of both players a Hessian is written out."""
SMALL = 1e-6
"""Gradients are differenced over this, relative to the start region, where no products are given."""


class Sampled(Protocol):
    """What is asked of a problem here; :class:`core.problem.Problem` has it all."""

    dx: int
    dy: int
    x_set: Set
    y_set: Set
    about: Any

    @property
    def offers(self) -> frozenset[Call]:
        """The oracle calls that it answers."""

    def value(self, xp: Namespace, x: Array, y: Array) -> Array:
        """f."""

    def grad(self, xp: Namespace, x: Array, y: Array) -> tuple[Array, Array]:
        """Both gradients."""

    def hvp(self, xp: Namespace, x: Array, y: Array, u: Array, v: Array) -> tuple[Array, Array]:
        """The Hessian times (u, v)."""

    def place(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Where a start that was drawn lies."""


def estimated(problem: Sampled) -> dict[str, Constant]:
    """L and b from samples of the start region: from below, and called so.

    Empty for a problem that cannot be evaluated with NumPy.
    """
    x, y = start_samples(problem, SAMPLES)
    found = {}
    with np.errstate(all="ignore"):
        try:
            norms = hessian_norms(problem, x, y)
            values = np.abs(problem.value(np, x, y)) if Call.VALUE in problem.offers else norms * 0
        except (TypeError, ValueError, AttributeError, ImportError, UserError):
            return {}
    for name, sample in (("L", norms), ("b", values)):
        finite = sample[np.isfinite(sample)]
        if finite.size and (name == "L" or Call.VALUE in problem.offers):
            found[name] = Constant(float(finite.max()), How.ESTIMATED)
    return found


def start_samples(problem: Sampled, count: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Points of the start region, in the players' sets: shapes (count, dx) and (count, dy)."""
    low, high = problem.about.region
    z = np.random.default_rng(seed).uniform(low, high, (count, problem.dx + problem.dy))
    x, y = problem.place(z[:, : problem.dx], z[:, problem.dx :])
    return problem.x_set.project(np, x), problem.y_set.project(np, y)


def hessian_norms(problem: Sampled, x: Floats, y: Floats) -> Floats:
    """The spectral norm of the field's Jacobian at points, shape (lanes,).

    From the whole matrix in few dimensions, by the power method in many.
    """
    if problem.dx + problem.dy <= DENSE:
        norms: Floats = np.linalg.norm(_finite(hessians(problem, x, y)), 2, axis=(1, 2))
        return norms
    rng = np.random.default_rng(1)
    u, v = rng.standard_normal(x.shape), rng.standard_normal(y.shape)
    size = np.ones(len(x))
    for _ in range(ROUNDS):
        length = np.sqrt((u * u).sum(-1) + (v * v).sum(-1))[:, None]
        u, v = u / np.where(length > 0, length, 1), v / np.where(length > 0, length, 1)
        u, v = _product(problem, x, y, u, v)
        size = np.sqrt((u * u).sum(-1) + (v * v).sum(-1))
    return size


def hessians(problem: Sampled, x: Floats, y: Floats) -> Floats:
    """The derivative of (f_x, f_y) at points as whole matrices: shape (lanes, dx + dy, dx + dy)."""
    columns = []
    for e in np.eye(problem.dx + problem.dy):
        u, v = (
            np.broadcast_to(part, z.shape)
            for part, z in ((e[: problem.dx], x), (e[problem.dx :], y))
        )
        columns.append(np.concatenate(_product(problem, x, y, u, v), axis=1))
    return np.stack(columns, axis=2)


def _finite(matrices: Floats) -> Floats:
    """Zero where a matrix has an entry that is not finite: the decomposition refuses those."""
    bad = ~np.isfinite(matrices).all((1, 2), keepdims=True)
    return np.where(bad, 0.0, matrices)


def _product(problem: Sampled, x: Floats, y: Floats, u: Floats, v: Floats) -> tuple[Floats, Floats]:
    if Call.HVP in problem.offers:
        return problem.hvp(np, x, y, u, v)
    h = SMALL * (problem.about.region[1] - problem.about.region[0])
    ahead = problem.grad(np, x + h * u, y + h * v)
    behind = problem.grad(np, x - h * u, y - h * v)
    return (ahead[0] - behind[0]) / (2 * h), (ahead[1] - behind[1]) / (2 * h)
