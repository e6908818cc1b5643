"""Gradients against the values, or losses of players, that they belong to; Hessians against gradients.

A complex step, which knows a slope to the last digit, where value accepts complex numbers and
agrees; otherwise central differences, extrapolated, with an estimate of their own error: only a
difference that the error cannot explain is refused.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from minmaxbench.core.arrays import Bools, Floats
from minmaxbench.core.calls import Call
from minmaxbench.core.problem import Problem
from minmaxbench.errors import UserError
from minmaxbench.problems.checks.asked import Asked, Samples, at

STEPS = (1e-2, 1e-3, 1e-4)
"""Differences are taken at these parts of the start region; for each slope the best one counts."""
COORDINATES = 8
"""Up to so many coordinates every one is looked at, beyond only a few directions."""
NUMBERS = 4_000_000
TINY = 1e-30
"""The complex step."""
AGREE, EXACT = 1e-6, 1e-9
"""Relative differences that differences and complex steps may show."""

Loss = Callable[[Floats, Floats], Floats]
"""What a player plays for, at x (n, dx) and y (n, dy): (n,)."""

Points = Floats
"""(lanes, dx + dy)."""


@dataclass(frozen=True)
class Slopes:
    """Estimated slopes along directions, shape (lanes, directions, ...), and how far they may be off."""

    slope: Floats
    error: Floats


def check_slopes(asked: Asked, samples: Samples) -> None:
    """Refuse gradients, and Hessian-vector products, that are no derivatives."""
    z, directions = _plan(asked, samples)
    dx = asked.problem.dx
    gradient = np.concatenate(asked.grad(*_split(z, dx)), axis=1)
    claimed = gradient @ directions.T
    if not _complex_agrees(asked, z, directions, claimed):
        _refuse_slopes(asked, z, directions, claimed)
    if Call.HVP in asked.problem.offers:
        _check_hvp(asked, z)


def _plan(asked: Asked, samples: Samples) -> tuple[Points, Floats]:
    """At which points, along which directions: every coordinate, or some at random of each player."""
    z = np.concatenate([samples.x, samples.y], axis=1)
    dx, d = asked.problem.dx, z.shape[1]
    if d <= COORDINATES:
        return z, np.eye(d)
    drawn = np.random.default_rng(1).standard_normal((4, d))
    mine = np.arange(d) < dx
    directions = np.where(np.array([mine, ~mine, mine, ~mine]), drawn, 0.0)
    directions /= np.sqrt((directions * directions).sum(1, keepdims=True) / min(d, 100))
    count = max(1, NUMBERS // (7 * d))
    return z[: max(1, count // 4)], directions[: 4 if count >= 4 else 2]


def _complex_agrees(asked: Asked, z: Points, directions: Floats, claimed: Floats) -> bool:
    """Whether a complex step confirms all slopes; never the other way round, for abs and conj lie."""
    problem = asked.problem
    lanes, k, d = len(z), *directions.shape
    stepped = (z[:, None] + TINY * 1j * directions).reshape(-1, d)
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error")
            losses = partial(problem.loss_x, np), partial(problem.gain_y, np)
            f = _each_their_own(problem, losses, stepped.reshape(lanes, k, d), directions)
            slope = f.imag / TINY
    except Exception:
        return False
    size = np.abs(claimed).max() + np.abs(slope)
    return bool((np.abs(slope - claimed) <= EXACT * size).all())


def _refuse_slopes(asked: Asked, z: Points, directions: Floats, claimed: Floats) -> None:
    problem = asked.problem

    def value(points: Points) -> Floats:
        stencil = points.reshape(len(z), len(directions), -1, z.shape[1])
        losses = asked.loss_x, asked.gain_y
        return _each_their_own(problem, losses, stencil, directions).reshape(-1)

    found = _differences(value, z, directions, problem.about.region)
    off = _off(claimed, found)
    if not off.any():
        return
    lane, k = np.unravel_index(
        np.argmax(np.where(off, np.abs(claimed - found.slope), 0)), off.shape
    )
    in_x = bool(np.abs(directions[k, : problem.dx]).max() > 0)
    got, want = claimed[lane, k], found.slope[lane, k]
    mine = directions[k, : problem.dx] if in_x else directions[k, problem.dx :]
    what = f"[{int(np.argmax(mine))}]" if len(directions) == z.shape[1] else " along a direction"
    raise UserError(
        f"grad_{'x' if in_x else 'y'}{what} of '{problem.name}' is {got:.6g} at "
        f"{at(*_split(z[lane], problem.dx))}, where value has the slope {want:.6g} "
        f"(within {found.error[lane, k]:.1g}){_sign(claimed, found, off)}."
    )


def _each_their_own(
    problem: Problem, losses: tuple[Loss, Loss], points: Floats, directions: Floats
) -> Floats:
    """At points (lanes, directions, ..., d) what the player of each direction plays for."""
    dx = problem.dx
    if problem.zero_sum:
        return losses[0](*_split(points.reshape(-1, points.shape[-1]), dx)).reshape(
            points.shape[:-1]
        )
    mine = np.abs(directions[:, :dx]).max(1) > 0
    kind = complex if np.iscomplexobj(points) else float
    found = np.empty(points.shape[:-1], dtype=kind)
    for loss, rows in zip(losses, (mine, ~mine), strict=True):
        part = points[:, rows]
        found[:, rows] = loss(*_split(part.reshape(-1, part.shape[-1]), dx)).reshape(
            part.shape[:-1]
        )
    return found


def _sign(claimed: Floats, found: Slopes, off: Bools) -> str:
    """A word where the slopes that are off all have the wrong sign."""
    turned = np.abs(claimed + found.slope)[off]
    wrong = (turned <= AGREE * np.abs(claimed[off]) + 20 * found.error[off]).all()
    return ": the sign is wrong" if wrong else ""


def _off(claimed: Floats, found: Slopes) -> Bools:
    """Where a claim is further off than the error of the differences explains."""
    size = np.abs(claimed) + np.abs(found.slope)
    allowed = 20 * found.error + AGREE * size + EXACT * np.abs(claimed).max()
    off: Bools = np.isfinite(found.slope) & ~(np.abs(claimed - found.slope) <= allowed)
    return off


def _differences(
    function: Callable[[Points], Floats], z: Points, directions: Floats, region: tuple[float, float]
) -> Slopes:
    """Central differences at h, h/2 and h/4, extrapolated twice; the best of several h.

    Their error: how much the second extrapolation changed, what rounding does to values, and kinks.
    """
    lanes, k, d = len(z), *directions.shape
    best: Slopes | None = None
    for part in STEPS:
        h = part * (region[1] - region[0])
        shifts = h * np.array([1.0, -1.0, 0.5, -0.5, 0.25, -0.25, 0.0])
        stencil = z[:, None, None] + shifts[:, None] * directions[None, :, None]
        f = function(stencil.reshape(-1, d))
        f = f.reshape(lanes, k, len(shifts), *f.shape[1:])
        with np.errstate(all="ignore"):
            first, second, third = (
                (f[:, :, i] - f[:, :, i + 1]) / (shifts[i] - shifts[i + 1]) for i in (0, 2, 4)
            )
            one, two = (4 * second - first) / 3, (4 * third - second) / 3
            rounding = 8 * np.finfo(float).eps * np.abs(f).max(2) / h
            change = np.abs(two - one)
            # Something narrower than h: the slope has not settled, and nobody knows how far it is off.
            settled = (change <= 0.05 * np.abs(two)) | (change <= 10 * rounding)
            error = np.where(settled, change + rounding + _kink(f, shifts, rounding), np.inf)
            found = Slopes(two, error)
        error = np.where(np.isfinite(found.error), found.error, np.inf)
        found = Slopes(np.where(np.isfinite(error), found.slope, np.nan), error)
        better = True if best is None else error < best.error
        old = found if best is None else best
        best = Slopes(np.where(better, found.slope, old.slope), np.where(better, error, old.error))
    assert best is not None
    return best


def _kink(f: Floats, shifts: Floats, rounding: Floats) -> Floats:
    """By how much the slope jumps at the point: differences see the middle, however small h is.

    Forwards minus backwards shrinks with h where f is smooth, and does not at a kink.
    """
    wide, narrow = (
        np.abs(f[:, :, i] - 2 * f[:, :, -1] + f[:, :, i + 1]) / shifts[i] for i in (0, 4)
    )
    return np.where((narrow > 0.7 * wide) & (narrow > 100 * rounding), narrow, 0.0)


def _check_hvp(asked: Asked, z: Points) -> None:
    """Hessian-vector products against differences of the gradient, along one random direction."""
    problem, d = asked.problem, z.shape[1]
    direction = np.random.default_rng(2).standard_normal((1, d))
    z = z[: max(1, NUMBERS // (7 * d))]
    along = np.broadcast_to(direction, z.shape)
    claimed = np.concatenate(asked.hvp(*_split(z, problem.dx), *_split(along, problem.dx)), axis=1)

    def gradient(points: Points) -> Floats:
        return np.concatenate(asked.grad(*_split(points, problem.dx)), axis=1)

    found = _differences(gradient, z, direction, problem.about.region)
    found = Slopes(found.slope[:, 0], found.error[:, 0])
    off = _off(claimed, found)
    if off.any():
        gap = np.where(off, np.abs(claimed - found.slope), 0)
        lane, i = np.unravel_index(np.argmax(gap), off.shape)
        raise UserError(
            f"hvp of '{problem.name}' disagrees with its gradient at "
            f"{at(*_split(z[lane], problem.dx))}: component {i} is {claimed[lane, i]:.6g}, where "
            f"differences of the gradient give {found.slope[lane, i]:.6g} "
            f"(within {found.error[lane, i]:.1g})."
        )


def _split(z: Floats, dx: int) -> tuple[Floats, Floats]:
    return z[..., :dx], z[..., dx:]
