"""What the tests of several rooms share: starts, keys, and two records compared."""

import numpy as np

from minmaxbench.core.noise import run_keys
from minmaxbench.core.oracle import EXACT
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.record.outcomes import Outcome


def keys(lanes, label="tests"):
    """The keys of so many runs."""
    return run_keys(label, np.arange(lanes))


def begin(problem, lanes, label="tests"):
    """Starts (x, y) anywhere in the problem's region, and keys."""
    low, high = problem.about.region
    rng = np.random.default_rng(1)
    x = rng.uniform(low, high, (lanes, problem.dx))
    y = rng.uniform(low, high, (lanes, problem.dy))
    return x, y, keys(lanes, label)


def run(problem, algorithm, x, y, keys, budget, engine="numpy", **more):
    """The record of runs on an engine."""
    return get_engine(engine).run(Batch(problem, algorithm, x, y, keys, budget, **more))


def both(engine, problem, algorithm, lanes=12, budget=600.0, noise=EXACT):
    """The records of the same runs on the NumPy engine and on another."""
    batch = Batch(problem, algorithm, *begin(problem, lanes), budget, noise)
    return get_engine("numpy").run(batch), get_engine(engine).run(batch)


def assert_same(a, b, tolerance=1e-10):
    """Two engines made the same runs, up to rounding.

    Rounding may move a first hit: a run that meets a target to the last digit meets it a step
    earlier or later. Hits are compared up to one per cent, or two steps; everything else that is
    discrete must be equal.
    """
    assert a.outcome == b.outcome
    converged = np.array([o is Outcome.CONVERGED for o in a.outcome], dtype=bool)
    for name in ("steps", "counts"):
        mine, other = getattr(a, name), getattr(b, name)
        assert np.array_equal(mine[~converged], other[~converged])
        assert np.all(np.abs(mine - other) <= np.maximum(8, 0.01 * mine))
    for name, hits in a.hits.items():
        assert np.array_equal(np.isnan(hits), np.isnan(b.hits[name])), name
        gap = np.abs(hits - b.hits[name])
        assert np.nanmax(gap - np.maximum(2, 0.01 * hits), initial=0) <= 0, name
    assert a.trace.keys() == b.trace.keys()
    for name, path in a.trace.items():
        wide = np.nan_to_num(np.abs(path), posinf=0) < 1e6
        mine, other = path[wide], b.trace[name][wide]
        assert np.allclose(mine, other, rtol=tolerance, atol=tolerance, equal_nan=True), name
    assert a.verdict == b.verdict
    for name in ("period", "amplitude"):
        assert np.allclose(getattr(a, name), getattr(b, name), rtol=1e-6, equal_nan=True), name


def assert_equal(a, b, lanes=slice(None)):
    """The runs of ``a`` are, bit for bit, those of some lanes of ``b``."""
    assert a.outcome == b.outcome[lanes]
    assert a.verdict == b.verdict[lanes]
    for name in ("x", "y", "calls", "counts", "steps", "distance", "period", "amplitude"):
        assert np.array_equal(getattr(a, name), getattr(b, name)[lanes], equal_nan=True), name
    for part in ("trace", "hits"):
        for name, column in getattr(a, part).items():
            other = getattr(b, part)[name][lanes]
            assert np.array_equal(column, other, equal_nan=True), (part, name)
