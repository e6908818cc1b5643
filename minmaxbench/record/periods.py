"""Motions that return: after how many steps, and how their size changes.

**Return time.** Let z_j, j < K, be the states of the last half of a run, seen from the mean of its
last w, the window W (half of the states). A lag of l steps compares W with the window that lies l
earlier,

    D(l) = sum_{j in W} |z_j - z_{j-l}|^2 = S(0) + S(l) - 2 C(l),
    S(l) = sum_{j in W} |z_{j-l}|^2,    C(l) = sum_{j in W} z_j . z_{j-l}.

Between unrelated states of a stationary motion C vanishes and D is 2 S(0): the *mismatch* of a lag is
sqrt(D(l) / 2 S(0)), 0 for a state that is back and about 1 for one that might be anywhere. All C(l)
come from one transform: C is the correlation of z, and of z where it is in W, with l <= w <= K/2, so
that j - l >= 0 and nothing is wrapped round. S(l) is a difference of two sums of |z|^2 from the end.
A motion has returned at the first l at which the mismatch is below BACK after it was above AWAY; of
the lags until it is above BACK again the one of the least mismatch counts, and between lags the lowest
point of the parabola through D(k-1), D(k), D(k+1):

    k + (D(k-1) - D(k+1)) / 2 (D(k-1) - 2 D(k) + D(k+1)).

**Growth.** On an ellipse z(t) = c + r A u(t), |u| = 1, the covariance over whole periods is
Q = r^2 A A' / 2, and q = (z - c)' Q^-1 (z - c) is 2 at every state, whichever are seen and however long
and thin the ellipse is. Where r changes by a factor e^g a step, q grows like e^{2 g t}. Two windows of
T steps each, T a whole number of periods, lie T apart, so that the growth in a quarter of a run of n
steps is

    g n / 4 = log(mean of q in the late one / mean of q in the early one) / 2T * n / 4.
"""

from __future__ import annotations

import numpy as np

from minmaxbench.core.arrays import Bools, Floats, Ints

AWAY, BACK = 0.5, 0.2
"""A period later the states of a cycle mismatch by no more than BACK, and in between by AWAY; the
mismatch of unrelated states is 1."""
ROUNDING = 1e-24
"""Squares smaller than this part of the sum that they are in are rounding."""


def return_time(states: Floats, at: Ints) -> Floats:
    """After how many steps each run is where it was before; NaN if it never is, (n,).

    ``states`` (n, d, K) end now and are NaN before the last half of a run; ``at`` (n, K) are their
    step numbers.
    """
    square, window, real = _mismatch(states)
    lag = np.arange(square.shape[1])
    away = np.logical_or.accumulate(square >= AWAY**2, axis=1)
    back = away & (square <= BACK**2)
    first = back.argmax(1)[:, None]
    gone = ~back & (lag > first)
    leaves = np.where(gone.any(1), gone.argmax(1), len(lag))[:, None]
    best = np.where((lag >= first) & (lag < leaves), square, np.inf).argmin(1)
    # A minimum at the longest lag may not be one: a coarser level will tell.
    found = back.any(1) & (best < window) & real
    k, row = np.where(found, best, 1), np.arange(len(states))
    low, middle, high = (square[row, k + j] for j in (-1, 0, 1))
    bend = low - 2 * middle + high
    shift = np.where((bend > 0) & np.isfinite(bend), (low - high) / (2 * bend), 0.0)
    stride = at[:, -1] - at[:, -2]
    # Rounding may bend the parabola any way, but the lowest of three points is the middle one.
    return np.where(found, (k + np.clip(shift, -0.5, 0.5)) * stride, np.nan)


def _mismatch(states: Floats) -> tuple[Floats, Ints, Bools]:
    """The squared mismatches D(l) / 2 S(0) of all lags, infinite beyond w, (n, K/2 + 1); w; ...

    ... and where they are more than rounding: not where the window is tiny beside what came before
    it, as that of a run that has come to rest.
    """
    n, _, kept = states.shape
    valid = np.isfinite(states[:, 0])
    window = valid.sum(1) // 2
    late = np.arange(kept) >= kept - window[:, None]
    z = np.where(valid[:, None], states - _centre(states, late)[..., None], 0.0)
    lag = np.arange(kept - kept // 2 + 1)
    transform = np.fft.rfft(np.where(late[:, None], z, 0.0)) * np.fft.rfft(z).conj()
    correlation = np.fft.irfft(transform.sum(1), kept)[:, lag]
    # last[t] is the sum of |z|^2 over the last t states.
    last = np.zeros((n, kept + 1))
    np.cumsum((z * z).sum(1)[:, ::-1], axis=1, out=last[:, 1:])
    then = np.take_along_axis(last, lag + window[:, None], 1) - last[:, lag]
    size = then[:, :1]
    square = (size + then - 2 * correlation) / (2 * size)
    square[lag > window[:, None]] = np.inf
    return square, window, size[:, 0] > ROUNDING * last[:, -1]


def growth(states: Floats, at: Ints, period: Floats, steps: Ints) -> tuple[Floats, Floats]:
    """How motions that return grow in a quarter of the run, and their amplitude, (n,) each.

    The windows are as many whole periods long as a quarter of the run, or half of the states, holds;
    NaN where that is none.
    """
    stride, end = at[:, -1] - at[:, -2], at[:, -1]
    span = np.isfinite(states[:, 0]).sum(1) * stride
    whole = np.floor(np.minimum(steps / 4, span / 2) / period) * period
    known = np.isfinite(states[:, 0]) & (whole > 0)[:, None]
    # Weights of the states in both windows and in the late one. A window may begin between two of
    # them: the first state inside then counts in part, or the means would jump with the period.
    since = np.where(known, at - (end - 2 * whole)[:, None], 0.0) / stride[:, None]
    both = np.clip(since, 0, 1)
    late = np.clip(since - (whole / stride)[:, None], 0, 1)
    z = np.where(known[:, None], states, 0.0)
    weight = np.maximum(both.sum(1), 1e-300)[:, None]
    z = z - ((both[:, None] * z).sum(-1) / weight)[..., None]
    covariance = (both[:, None] * z) @ z.transpose(0, 2, 1) / weight[..., None]
    size = np.trace(covariance, axis1=1, axis2=2)
    # A motion in fewer dimensions than there are has a singular covariance: a little of the identity.
    covariance += (1e-9 * size + 1e-300)[:, None, None] * np.eye(z.shape[1])
    q = (z * np.linalg.solve(covariance, z)).sum(1)
    mean_late = (late * q).sum(1) / late.sum(1)
    mean_early = ((both - late) * q).sum(1) / (both - late).sum(1)
    amplitude = extent(states, late > 0).max(1) / 2
    rate = np.log(mean_late / mean_early) / 2 / whole
    return rate * steps / 4, amplitude


def extent(states: Floats, where: Bools) -> Floats:
    """The range of each coordinate over the states chosen, (n, d)."""
    at, inf = where[:, None], np.inf
    return np.asarray(np.where(at, states, -inf).max(-1) - np.where(at, states, inf).min(-1))


def _centre(states: Floats, where: Bools) -> Floats:
    """The mean of the states chosen, (n, d)."""
    total = np.where(where[:, None], states, 0.0).sum(-1)
    centre: Floats = total / np.maximum(where.sum(1), 1)[:, None]
    return centre
