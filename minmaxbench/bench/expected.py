"""How long the runs of dear problems will take, from a few calls that are timed."""

from __future__ import annotations

import time
from functools import cache

import numpy as np

from minmaxbench.bench.plan import Plan
from minmaxbench.bench.starts import start_points
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.core.problem import Problem
from minmaxbench.problems.registry import ProblemRef
from minmaxbench.record.targets import call_grid


def expected_seconds(plan: Plan) -> float:
    """Seconds of one core for what is missing; 0 where no problem says that its value is dear.

    The price of a call is that of a full gradient on a minibatch, whatever the algorithm asks for.
    """

    @cache
    def each(ref: ProblemRef, budget: float) -> float:
        problem = ref.build()
        return _one_run(problem, budget) if problem.lanes is not None else 0.0

    return sum(u.count * len(u.algorithms) * each(u.problem, u.budget) for u in plan.missing)


def _one_run(problem: Problem, budget: float) -> float:
    keys = run_keys("expected", np.arange(1))
    x, y = start_points("region", problem, keys, np.arange(1))
    oracle = NumpyOracle(problem, Draws(keys))
    call = _timed(lambda: oracle.grad(x, y))
    look = _timed(lambda: (problem.grad(np, x, y), problem.value(np, x, y), problem.measure(x, y)))
    return budget * call + len(call_grid(budget)) * look


def _timed(work: object) -> float:
    # The first time builds what is kept.
    work()  # type: ignore[operator]
    began = time.process_time()
    for _ in range(3):
        work()  # type: ignore[operator]
    return (time.process_time() - began) / 3
