"""Return times and growth against plain sums, and against motions whose answer is a formula."""

import numpy as np
import pytest

from minmaxbench.record.periods import _mismatch, growth, return_time
from minmaxbench.record.tail import KEPT


def steps_of(n, stride=1):
    return np.tile(stride * np.arange(KEPT), (n, 1))


def test_mismatches_are_those_of_plain_sums():
    states = np.random.default_rng(0).normal(size=(3, 2, KEPT)).cumsum(-1)
    states[1, :, : KEPT // 2] = np.nan
    states[2, :, :200] = np.nan
    got, window, _ = _mismatch(states)
    for run, z in enumerate(states):
        w = np.isfinite(z[0]).sum() // 2
        assert window[run] == w
        z = z - z[:, -w:].mean(1, keepdims=True)
        spread = sum(np.sum(z[:, j] ** 2) for j in range(KEPT - w, KEPT))
        for lag in range(w + 1):
            gaps = [np.sum((z[:, j] - z[:, j - lag]) ** 2) for j in range(KEPT - w, KEPT)]
            assert got[run, lag] == pytest.approx(sum(gaps) / (2 * spread), abs=1e-9)
        assert np.isinf(got[run, w + 1 :]).all()


@pytest.mark.parametrize("stride", [1, 8])
def test_a_return_between_two_states_is_found(stride):
    at = steps_of(1, stride)
    angle = 2 * np.pi * at[0] / (17.3 * stride)
    circle = np.stack([np.cos(angle), np.sin(angle)])[None]
    assert return_time(circle, at)[0] == pytest.approx(17.3 * stride, rel=1e-3)


def test_what_never_comes_back_has_no_return_time():
    rng = np.random.default_rng(1)
    straight = np.stack([np.linspace(0, 1, KEPT), np.linspace(0, 2, KEPT)])[None]
    cloud = rng.normal(size=(20, 2, KEPT))
    rest = np.ones((1, 2, KEPT)) + np.where(np.arange(KEPT) < 100, rng.normal(size=KEPT), 0)
    motions = np.concatenate([straight, cloud, rest])
    with np.errstate(all="ignore"):
        assert np.isnan(return_time(motions, steps_of(len(motions)))).all()


@pytest.mark.parametrize("rate", [-0.003, 0.0, 0.0008])
@pytest.mark.parametrize("flat", [1.0, 0.02])
def test_growth_is_the_exponent_however_thin_the_ellipse(rate, flat):
    at, period, n = steps_of(1), 20.0, 1000
    angle, size = 2 * np.pi * at[0] / period, np.exp(rate * at[0])
    spiral = 5 + size * np.stack([np.cos(angle), flat * np.sin(angle)])[None]
    change, amplitude = growth(spiral, at, np.array([period]), np.array([n]))
    assert change[0] == pytest.approx(rate * n / 4, rel=0.02, abs=1e-9)
    late = spiral[0, 0, -120:]
    assert amplitude[0] == pytest.approx(np.ptp(late) / 2, rel=0.05)


def test_growth_of_less_than_a_period_is_unknown():
    at = steps_of(1)
    angle = 2 * np.pi * at[0] / 200
    circle = np.stack([np.cos(angle), np.sin(angle)])[None]
    with np.errstate(all="ignore"):
        change, _ = growth(circle, at, np.array([200.0]), np.array([256]))
    assert np.isnan(change[0])
