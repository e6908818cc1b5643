"""What the tests of several rooms share: starts, keys, scripted runs, two records compared."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from minmaxbench.bench import reference
from minmaxbench.bench.executors import run_plan
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.results import runs_of
from minmaxbench.core.algorithm import Algorithm
from minmaxbench.core.noise import run_keys
from minmaxbench.core.oracle import EXACT
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.problems.registry import get_problem
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


class At(NamedTuple):
    x: Any
    y: Any
    step: Any


@dataclass(frozen=True)
class Replay(Algorithm):
    """Goes through given states, (lanes, steps, 2), at one call a step, and stays at the last."""

    path: Any = None
    dear: Any = None
    """Lanes whose steps cost two calls more, (lanes,)."""

    def init(self, x, y, oracle):
        return At(self.path[:, 0, :1], self.path[:, 0, 1:], np.zeros(len(x), dtype=int))

    def step(self, state, oracle):
        oracle.grad(state.x, state.y)
        if self.dear is not None:
            oracle.grad(state.x, state.y, where=self.dear)
        step = np.minimum(state.step + 1, self.path.shape[1] - 1)
        z = self.path[np.arange(len(step)), step]
        return At(z[:, :1], z[:, 1:], step)

    def select(self, lanes):
        return Replay(self.path[lanes], None if self.dear is None else self.dear[lanes])


def replay(paths, problem=None, budget=None):
    """The record of runs that go through given states, (lanes, steps, 2), of a planar problem."""
    paths = np.asarray(paths)
    zero = np.zeros((len(paths), 1))
    budget = paths.shape[1] - 1 if budget is None else budget
    problem = get_problem("keswani_f3") if problem is None else problem
    return run(problem, Replay(paths), zero, zero, keys(len(paths)), budget)


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


def small_reference(folder, seeds=3, budget=300.0):
    """A reference of two problems and two algorithms: the runs that it was made of, and its file."""
    study = reference.reference_study(["ftr_f1", "bilinear_xy"], ["gda", "ogda"])
    study = study.replace(seeds=seeds, budget=budget)
    plan = make_plan(study, folder / "units")
    run_plan(plan)
    runs = runs_of(plan)
    return runs, reference.pack(runs, study, folder / "reference.parquet")
