"""Verdicts: where a run got to. ``docs/verdicts.md`` says the rule in words.

The outcome of a run says why it ended; its verdict says what it was doing: it was at a listed
stationary point, it went round, it left for infinity, it stood still, or it was still on its way.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minmaxbench.core.arrays import Bools, Floats, Ints
from minmaxbench.core.problem import Problem
from minmaxbench.core.sets import Set, Torus
from minmaxbench.core.words import Worded
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.tail import SPACING, Tail

NEAR = 0.1
"""A run is at a point if it stays so close to it."""
FLAT = 1e-3
"""A residual below this is small."""
SAME = 0.05
"""A cycle changes its size by no more than this part from the third quarter of a run to the last."""
AWAY, BACK = 0.5, 0.2
"""A period later the states of a cycle mismatch by no more than BACK, and in between by AWAY; the
mismatch of unrelated states is 1."""
TINY = 1e-6
"""A cycle smaller than this, relative to 1 + |z|, is rounding."""
ROUNDING = 1e-24
"""Squares smaller than this part of the sum that they are in are rounding."""
FEW = 16
"""With fewer states in the last half of a run, at the level that shows all of it, nothing is said."""


class Verdict(Worded):
    """A name for tables, and the sentence that users read."""

    EQUILIBRIUM = "equilibrium", "The run reached a listed local minimax or local Nash point."
    OTHER = (
        "other point",
        "The run reached a listed stationary point that is no local minimax point.",
    )
    CYCLE = "cycle", "The run went round and round, its size unchanged."
    DIVERGED = "diverged", "The iterates, or the max-player's inner ascent, left for infinity."
    STOPPED = "stopped", "The algorithm stopped itself, with no listed point near."
    STALLED = (
        "stalled",
        "The run stood still, or its gradient was small, with no listed point near.",
    )
    UNFINISHED = "unfinished", "The run was still on its way, or moved irregularly, when it ended."
    ERROR = "error", "The algorithm or the problem raised an error."


class Verdicts(NamedTuple):
    """The verdicts of n runs."""

    verdict: list[Verdict]
    period: Floats
    """Of a cycle, in steps; NaN for other runs."""
    amplitude: Floats
    """Of a cycle: half its largest extent in a coordinate; NaN for other runs."""


class Motion(NamedTuple):
    """What n runs did towards their end."""

    settled: Bools
    """Stayed within NEAR of one listed point for the last tenth, and was not leaving it."""
    still: Bools
    """Did not move for the last quarter."""
    period: Floats
    """In steps, NaN for a run that is no cycle."""
    amplitude: Floats


def judge(
    problem: Problem,
    outcome: list[Outcome],
    steps: Ints,
    residual: Floats,
    nearest: Ints,
    gap: Floats,
    tail: Tail | None,
) -> Verdicts:
    """The verdicts of runs, given how they ended: (n,) each.

    ``nearest`` is the row of the nearest listed stationary point of any kind (-1 if none is listed)
    and ``gap`` the distance to it. Without a ``tail`` (problems of many variables) the final state
    alone decides, and no cycle is told.
    """
    ended = np.array([_ENDED.get(why, "") for why in outcome])
    near = gap <= NEAR
    period = np.full(len(steps), np.nan)
    amplitude = period.copy()
    still = np.zeros(len(steps), dtype=bool)
    if tail is not None:
        moving = np.flatnonzero(ended == "")
        if moving.size:
            target = np.where(gap <= NEAR, nearest, -1)[moving]
            motion = _motion(problem, tail, moving, steps[moving], target)
            near[moving], still[moving] = motion.settled, motion.still
            period[moving], amplitude[moving] = motion.period, motion.amplitude
    equilibrium = np.isin(nearest, problem.points().equilibria)
    verdicts = np.select(
        [
            ended == "error",
            ended == "diverged",
            np.isfinite(period),
            (near | (ended == "converged")) & equilibrium,
            near | (ended == "converged"),
            ended == "stopped",
            still | (residual <= FLAT),
        ],
        [*"EDCQOPS"],
        "U",
    )
    return Verdicts([_LETTERS[letter] for letter in verdicts], period, amplitude)


_ENDED = {
    Outcome.ERROR: "error",
    Outcome.DIVERGED: "diverged",
    Outcome.NON_FINITE: "diverged",
    Outcome.CONVERGED: "converged",
    Outcome.STOPPED: "stopped",
}
"""Outcomes that leave no question of motion; the others cut a run short."""

_LETTERS = {
    "E": Verdict.ERROR,
    "D": Verdict.DIVERGED,
    "C": Verdict.CYCLE,
    "Q": Verdict.EQUILIBRIUM,
    "O": Verdict.OTHER,
    "P": Verdict.STOPPED,
    "S": Verdict.STALLED,
    "U": Verdict.UNFINISHED,
}


def _motion(problem: Problem, tail: Tail, runs: Ints, steps: Ints, target: Ints) -> Motion:
    """The motion of ``runs``, in groups whose whole length the same level shows.

    ``target`` is the row of the listed point where a run ended, -1 if it ended at none.
    """
    n = len(runs)
    nothing = np.zeros(n, dtype=bool)
    motion = Motion(nothing.copy(), nothing.copy(), np.full(n, np.nan), np.full(n, np.nan))
    level = tail.whole(steps)
    for coarsest in map(int, np.unique(level)):
        # Half of the states lie in the last half of a run.
        enough = steps >= 2 * FEW * SPACING**coarsest
        group = np.flatnonzero((level == coarsest) & enough)
        if not group.size:
            continue
        there = group[target[group] >= 0]
        if there.size:
            motion.settled[there] = _settled(
                problem, tail, coarsest, runs[there], steps[there], target[there]
            )
        period, growth, amplitude = _turning(problem, tail, coarsest, runs[group], steps[group])
        cycle = np.abs(growth) <= SAME
        motion.period[group] = np.where(cycle, period, np.nan)
        motion.amplitude[group] = np.where(cycle, amplitude, np.nan)
        straight = group[np.isnan(period)]
        motion.still[straight] = _still(tail, runs[straight], steps[straight])
    return motion


def _turning(
    problem: Problem, tail: Tail, coarsest: int, runs: Ints, steps: Ints
) -> tuple[Floats, Floats, Floats]:
    """Period, growth and amplitude of motions that return, (n,) each; NaN for the others.

    The finest level at which a motion returns has its period, its amplitude and its present growth;
    the coarsest one, its growth in the long run, unless it shows only a part of the motion, as where
    its spacing is about a multiple of the period. Of the two growths the smaller one counts.
    """
    period, growth, amplitude = np.full((3, len(runs)), np.nan)
    open_ = np.arange(len(runs))
    for level in range(coarsest + 1):
        states, at = _last_half(problem, tail, level, runs[open_], steps[open_])
        time = _return_time(states, at)
        back = np.isfinite(time)
        found, open_ = open_[back], open_[~back]
        period[found] = time[back]
        rate, size = _growth(states[back], at[back], time[back], steps[found])
        real = size > TINY * (1 + np.abs(states[back, :, -1]).max(-1))
        growth[found], amplitude[found] = np.where(real, rate, np.nan), size
    found = np.flatnonzero(np.isfinite(period))
    states, at = _last_half(problem, tail, coarsest, runs[found], steps[found])
    late, size = _growth(states, at, period[found], steps[found])
    smaller = (size >= amplitude[found] / 2) & (np.abs(late) < np.abs(growth[found]))
    growth[found] = np.where(smaller, late, growth[found])
    return period, growth, amplitude


def _still(tail: Tail, runs: Ints, steps: Ints) -> Bools:
    """Whether the last KEPT consecutive states are all the same."""
    states = tail.read(0, runs, steps)[0].transpose(0, 2, 1)
    still: Bools = (_extent(states, np.isfinite(states[:, 0])) == 0).all(1)
    return still


def _last_half(
    problem: Problem, tail: Tail, level: int, runs: Ints, steps: Ints
) -> tuple[Floats, Ints]:
    """States of the last half of runs (n, d, KEPT), NaN before; angles as points of circles."""
    states, at = tail.read(level, runs, steps)
    states[at <= 0.5 * steps[:, None]] = np.nan
    dx = problem.dx
    parts = [_embed(problem.x_set, states[..., :dx]), _embed(problem.y_set, states[..., dx:])]
    # What follows are sums over states: these run along memory.
    return np.ascontiguousarray(np.concatenate(parts, axis=-1).transpose(0, 2, 1)), at


def _embed(set_: Set, states: Floats) -> Floats:
    if not isinstance(set_, Torus):
        return states
    turn = 2 * np.pi / set_.period
    return np.concatenate([np.cos(turn * states), np.sin(turn * states)], axis=-1) / turn


def _extent(states: Floats, where: Bools) -> Floats:
    """The range of each coordinate over the states chosen, (n, d)."""
    at, inf = where[:, None], np.inf
    return np.asarray(np.where(at, states, -inf).max(-1) - np.where(at, states, inf).min(-1))


def _settled(
    problem: Problem, tail: Tail, level: int, runs: Ints, steps: Ints, target: Ints
) -> Bools:
    """Whether runs stayed within NEAR of their point for the last tenth, and were not leaving."""
    states, at = tail.read(level, runs, steps)
    n, kept, d = states.shape
    flat = states.reshape(-1, d)
    distances = problem.distances(np, flat[:, : problem.dx], flat[:, problem.dx :])
    own = np.repeat(target, kept)
    gap = distances[np.arange(len(flat)), own].reshape(n, kept)
    share = at / np.maximum(steps, 1)[:, None]
    stays: Bools = np.where(share > 0.9, gap, 0.0).max(1) <= NEAR
    # Leaving: the means of eighths of the last half grow, in almost every pair of them.
    eighth = np.clip(np.ceil((share - 0.5) * 16), 0, 8)
    means = np.stack([_mean(gap, eighth == k) for k in range(1, 9)], axis=1)
    grow = sum((means[:, k + 1 :] > means[:, k : k + 1]).sum(1) for k in range(7))
    grown = means[:, -1] > (1 + SAME) * means[:, 0]
    leaving = (np.asarray(grow) >= 24) & grown & (means[:, -1] > 1e-8)
    return stays & ~leaving


def _mean(values: Floats, where: Bools) -> Floats:
    total = np.where(where, values, 0.0).sum(1)
    mean: Floats = total / np.maximum(where.sum(1), 1)
    return mean


def _return_time(states: Floats, at: Ints) -> Floats:
    """After how many steps each run is where it was before; NaN if it never is, (n,).

    The mismatch of a lag is the root mean square distance between the last half of the states and
    those a lag earlier, relative to what it would be between unrelated states.
    """
    n, _, kept = states.shape
    valid = np.isfinite(states[:, 0])
    window = valid.sum(1) // 2
    most = kept // 2
    late = np.arange(kept) >= kept - window[:, None]
    z = np.where(valid[:, None], states - _centre(states, late)[..., None], 0.0)
    lag = np.arange(kept - most + 1)
    # The sums over the window and over the windows before it; no lag reaches round the circle.
    transform = np.fft.rfft(np.where(late[:, None], z, 0.0)) * np.fft.rfft(z).conj()
    both = np.fft.irfft(transform.sum(1), kept)[:, lag]
    last = np.zeros((n, kept + 1))
    np.cumsum((z * z).sum(1)[:, ::-1], axis=1, out=last[:, 1:])
    then = np.take_along_axis(last, lag + window[:, None], 1) - last[:, lag]
    size = then[:, :1]
    mismatch = (size + then - 2 * both) / (2 * size)
    mismatch[lag > window[:, None]] = np.inf
    away = np.logical_or.accumulate(mismatch >= AWAY**2, axis=1)
    back = away & (mismatch <= BACK**2)
    first = back.argmax(1)[:, None]
    gone = ~back & (lag > first)
    last_back = np.where(gone.any(1), gone.argmax(1), len(lag))[:, None]
    best = np.where((lag >= first) & (lag < last_back), mismatch, np.inf).argmin(1)
    # A minimum at the longest lag may not be one: a coarser level will tell. And where the last half is
    # tiny beside what came before, as at rest, its sums are rounding.
    found = back.any(1) & (best < window) & (size[:, 0] > ROUNDING * last[:, -1])
    k, row = np.where(found, best, 1), np.arange(n)
    low, middle, high = (mismatch[row, k + j] for j in (-1, 0, 1))
    bend = low - 2 * middle + high
    shift = np.where((bend > 0) & np.isfinite(bend), (low - high) / (2 * bend), 0.0)
    stride = at[:, -1] - at[:, -2]
    return np.where(found, (k + np.clip(shift, -0.5, 0.5)) * stride, np.nan)


def _centre(states: Floats, where: Bools) -> Floats:
    """The mean of the states chosen, (n, d)."""
    total = np.where(where[:, None], states, 0.0).sum(-1)
    centre: Floats = total / np.maximum(where.sum(1), 1)[:, None]
    return centre


def _growth(states: Floats, at: Ints, period: Floats, steps: Ints) -> tuple[Floats, Floats]:
    """How motions that return grow, and their amplitude, (n,) each; NaN if unknown.

    Squared radii are measured in the metric in which the motion's covariance is the identity: on an
    ellipse they are constant, whichever states of it are seen. The growth is half the logarithm of
    the ratio of their means over two windows, of as many whole periods as a quarter of the run, or
    half of the states, holds; at this rate, in a quarter of the run.
    """
    stride, end = at[:, -1] - at[:, -2], at[:, -1]
    span = np.isfinite(states[:, 0]).sum(1) * stride
    whole = np.floor(np.minimum(steps / 4, span / 2) / period) * period
    known = np.isfinite(states[:, 0]) & (whole > 0)[:, None]
    since = np.where(known, at - (end - 2 * whole)[:, None], 0.0) / stride[:, None]
    both = np.clip(since, 0, 1)
    late = np.clip(since - (whole / stride)[:, None], 0, 1)
    z = np.where(known[:, None], states, 0.0)
    weight = np.maximum(both.sum(1), 1e-300)[:, None]
    z = z - ((both[:, None] * z).sum(-1) / weight)[..., None]
    covariance = (both[:, None] * z) @ z.transpose(0, 2, 1) / weight[..., None]
    size = np.trace(covariance, axis1=1, axis2=2)
    covariance += (1e-9 * size + 1e-300)[:, None, None] * np.eye(z.shape[1])
    q = (z * np.linalg.solve(covariance, z)).sum(1)
    mean_late = (late * q).sum(1) / late.sum(1)
    mean_early = ((both - late) * q).sum(1) / (both - late).sum(1)
    amplitude = _extent(states, late > 0).max(1) / 2
    rate = np.log(mean_late / mean_early) / 2 / whole
    return rate * steps / 4, amplitude
