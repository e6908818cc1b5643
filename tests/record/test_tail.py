"""The tail against lists of all states."""

import numpy as np
import pytest

from minmaxbench.record.tail import KEPT, SLACK, SPACING, Tail

ENDS = np.array([0, 5, 255, 256, 300, 2999])


def paths(rng):
    return rng.normal(size=(3000, len(ENDS), 2)), rng.normal(size=(3000, len(ENDS), 1))


def by_chunks(tail, x, y, rng):
    """As the engine hands states over: all runs in step, those that have ended left out later."""
    first = 0
    while first < len(x):
        last = min(first + int(rng.integers(1, SLACK + 1)), len(x))
        live = np.flatnonzero(first <= ENDS)
        tail.put_rows(live, np.arange(first, last), x[first:last, live], y[first:last, live])
        first = last


def in_any_order(tail, x, y, rng):
    """And some states twice, and some beyond the end of their run."""
    steps, runs = np.nonzero(np.arange(len(x))[:, None] <= ENDS + SLACK)
    order = rng.permutation(np.r_[np.arange(len(steps)), rng.integers(len(steps), size=500)])
    for some in np.array_split(order, 30):
        tail.put(runs[some], steps[some], x[steps[some], runs[some]], y[steps[some], runs[some]])


@pytest.mark.parametrize("put", [by_chunks, in_any_order])
def test_equals_the_last_of_a_list(put):
    rng = np.random.default_rng(0)
    x, y = paths(rng)
    tail = Tail(len(ENDS), 2, 1, 3000)
    put(tail, x, y, rng)
    assert KEPT * SPACING ** (tail.levels - 1) > 3000
    for level in range(tail.levels):
        states, at = tail.read(level, np.arange(len(ENDS)), ENDS)
        for run, end in enumerate(ENDS):
            steps = [s for s in range(end + 1) if s % SPACING**level == 0][-KEPT:]
            assert at[run, KEPT - len(steps) :].tolist() == steps
            known = np.concatenate([x[steps, run], y[steps, run]], axis=1)
            assert np.array_equal(states[run, KEPT - len(steps) :], known)
            assert np.isnan(states[run, : KEPT - len(steps)]).all()


def test_the_finest_level_that_shows_all():
    tail = Tail(1, 1, 1, 10_000)
    steps = np.array([1, KEPT - 1, KEPT, KEPT * SPACING - 1, KEPT * SPACING, 10_000])
    assert tail.whole(steps).tolist() == [0, 0, 1, 1, 2, 2]
