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
from minmaxbench.record.outcomes import CUT_SHORT, Outcome
from minmaxbench.record.periods import extent, growth, return_time
from minmaxbench.record.tail import SPACING, Tail

NEAR = 0.1
"""A run is at a point if it stays so close to it."""
FLAT = 1e-3
"""A residual below this is small."""
SAME = 0.05
"""A cycle changes its size by no more than this part from the third quarter of a run to the last."""
TINY = 1e-6
"""A motion that returns and is smaller than this, relative to 1 + |z|, is rest."""
STILL = 1e-12
"""A run stands still whose last states differ by no more than this, relative to 1 + |z|."""
GROWING = 24
"""A run leaves its point if, of the 28 pairs of eighths of its last half, the later one is further away
in so many."""
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
    """Stood still for the last KEPT steps, or moves on a circle that is rounding."""
    period: Floats
    """In steps, NaN for a run that is no cycle."""
    amplitude: Floats

    @classmethod
    def unknown(cls, n: int) -> Motion:
        """Nothing is known of n runs."""
        no, nan = np.zeros(n, dtype=bool), np.full(n, np.nan)
        return cls(no, no.copy(), nan, nan.copy())


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

    def ended(*reasons: Outcome) -> Bools:
        return np.array([why in reasons for why in outcome], dtype=bool)

    here = gap <= NEAR
    motion = Motion.unknown(len(steps))
    # Every other outcome leaves no question of motion.
    moving = np.flatnonzero(ended(*CUT_SHORT))
    if tail is not None and moving.size:
        target = np.where(here, nearest, -1)[moving]
        parts = _motion(problem, tail, moving, steps[moving], target)
        for whole, part in zip(motion, parts, strict=True):
            whole[moving] = part
        here[moving] = motion.settled[moving]
    here |= ended(Outcome.CONVERGED)
    equilibrium = np.isin(nearest, problem.points().equilibria)
    rules = {
        Verdict.ERROR: ended(Outcome.ERROR),
        Verdict.DIVERGED: ended(Outcome.DIVERGED, Outcome.NON_FINITE),
        Verdict.CYCLE: np.isfinite(motion.period),
        Verdict.EQUILIBRIUM: here & equilibrium,
        Verdict.OTHER: here,
        Verdict.STOPPED: ended(Outcome.STOPPED),
        Verdict.STALLED: motion.still | (residual <= FLAT),
        Verdict.UNFINISHED: np.ones(len(steps), dtype=bool),
    }
    words, first = list(rules), np.argmax(list(rules.values()), axis=0)
    return Verdicts([words[k] for k in first], motion.period, motion.amplitude)


def _motion(problem: Problem, tail: Tail, runs: Ints, steps: Ints, target: Ints) -> Motion:
    """The motion of ``runs``, in groups whose whole length the same level shows.

    ``target`` is the row of the listed point where a run ended, -1 if it ended at none.
    """
    motion = Motion.unknown(len(runs))
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
        period, change, amplitude = _turning(problem, tail, coarsest, runs[group], steps[group])
        cycle = (np.abs(change) <= SAME) & (amplitude > 0)
        motion.period[group] = np.where(cycle, period, np.nan)
        motion.amplitude[group] = np.where(cycle, amplitude, np.nan)
        motion.still[group] = (amplitude == 0) | _still(tail, runs[group], steps[group])
    return motion


def _turning(
    problem: Problem, tail: Tail, coarsest: int, runs: Ints, steps: Ints
) -> tuple[Floats, Floats, Floats]:
    """Period, growth and amplitude of motions that return, (n,) each; NaN for the others.

    The amplitude is 0 where the motion is that of a run at rest.

    The finest level at which a motion returns has its period, its amplitude and its present growth;
    the coarsest one, its growth in the long run, unless it shows only a part of the motion, as where
    its spacing is about a multiple of the period. Of the two growths the smaller one counts.
    """
    period, change, amplitude = np.full((3, len(runs)), np.nan)
    open_ = np.arange(len(runs))
    for level in range(coarsest + 1):
        states, at = _last_half(problem, tail, level, runs[open_], steps[open_])
        time = return_time(states, at)
        back = np.isfinite(time)
        found, open_ = open_[back], open_[~back]
        period[found] = time[back]
        rate, size = growth(states[back], at[back], time[back], steps[found])
        real = size > TINY * (1 + np.abs(states[back, :, -1]).max(-1))
        change[found], amplitude[found] = rate, np.where(real, size, 0.0)
    found = np.flatnonzero(np.isfinite(period))
    states, at = _last_half(problem, tail, coarsest, runs[found], steps[found])
    late, size = growth(states, at, period[found], steps[found])
    smaller = (size >= amplitude[found] / 2) & (np.abs(late) < np.abs(change[found]))
    change[found] = np.where(smaller, late, change[found])
    return period, change, amplitude


def _still(tail: Tail, runs: Ints, steps: Ints) -> Bools:
    """Whether the last KEPT consecutive states are the same, up to rounding."""
    # Hardly any run has made its last step so small, and only of those more need be seen.
    before, now = tail.read(0, runs, steps, last=2)[0].transpose(1, 0, 2)
    size = 1 + np.abs(now).max(1)
    still: Bools = ~(np.abs(now - before).max(1) > STILL * size)
    some = np.flatnonzero(still)
    states = tail.read(0, runs[some], steps[some])[0].transpose(0, 2, 1)
    ranges = extent(states, np.isfinite(states[:, 0]))
    still[some] = (ranges <= STILL * size[some, None]).all(1)
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
    leaving = (np.asarray(grow) >= GROWING) & grown & (means[:, -1] > 1e-8)
    return stays & ~leaving


def _mean(values: Floats, where: Bools) -> Floats:
    total = np.where(where, values, 0.0).sum(1)
    mean: Floats = total / np.maximum(where.sum(1), 1)
    return mean
