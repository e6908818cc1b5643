"""What is measured, written once for asv and for pytest-benchmark: see docs/performance.md.

A workload is prepared outside the clock, called once to warm up, and then called as often as the
measurement wants.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from minmaxbench.bench.harness import make_plan, run_study

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.bench.starts import start_points
from minmaxbench.bench.store import load
from minmaxbench.bench.study import Study, algorithm_specs, problem_specs
from minmaxbench.core.noise import Draws, normals, run_keys, stream_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.core.problem import Problem
from minmaxbench.engines.choice import run_lanes
from minmaxbench.engines.loop import advance
from minmaxbench.problems.registry import get_problem
from minmaxbench.problems.transforms.instances import get_instance
from minmaxbench.record.recorder import Recorder
from minmaxbench.record.targets import TARGETS
from minmaxbench.report.tables import comparison

Work = Callable[[], Any]


def begin(problem: Problem, lanes: int) -> tuple[Any, Any, Any]:
    """Starts (x, y) in the problem's region and keys, for some lanes."""
    seeds = np.arange(lanes)
    keys = run_keys("workload", seeds)
    return *start_points("region", problem, keys, seeds), keys


def runs(engine: str, algorithm: str, problem: str, lanes: int, budget: float) -> Work:
    """Runs from start to end on an engine."""
    game, method = get_problem(problem), get_algorithm(algorithm)
    arguments = (*begin(game, lanes), budget)
    return lambda: run_lanes(engine, game, method, *arguments)


def gradient(problem: str) -> Work:
    """One oracle call for a thousand lanes."""
    game = get_problem(problem)
    x, y, keys = begin(game, 1000)
    oracle = NumpyOracle(game, Draws(keys))
    return lambda: oracle.grad(x, y)


def noise() -> Work:
    """Ten normal numbers for each of a thousand lanes."""
    key = stream_keys(np, run_keys("workload", np.arange(1000)), "proposal")
    return lambda: normals(np, key, 0, 10)


def draws() -> Work:
    """The next draw of a thousand lanes, mostly drawn ahead."""
    stream, number = Draws(run_keys("workload", np.arange(1000))), count()
    return lambda: stream.draw("normal", "proposal", np.full(1000, next(number)), 1, None)


def recorder() -> Work:
    """A chunk of 64 states of a thousand lanes, looked at."""
    problem, algorithm = get_problem("keswani_f3"), get_algorithm("gda")
    x, y, keys = begin(problem, 1000)
    oracle = NumpyOracle(problem, Draws(keys))
    chunk, _ = advance(algorithm, algorithm.init(x, y, oracle), oracle, 64)
    return lambda: Recorder(problem, 1000, 10_000.0).record(chunk)


def study(*algorithms: str, seeds: int = 100, budget: float = 64.0) -> Study:
    """A small study on one problem."""
    return Study(
        "workload",
        problem_specs(["keswani_f3"]),
        algorithm_specs([*algorithms]),
        seeds=seeds,
        budget=budget,
        engine="numpy",
    )


def harness() -> Work:
    """A unit of a hundred short runs: planned, run and stored."""

    def work() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            return run_study(make_plan(study("gda"), Path(folder)))

    return work


def stored(*algorithms: str) -> Path:
    """The folder of a small study that has been run."""
    folder = Path(tempfile.mkdtemp(prefix="minmaxbench-"))
    run_study(make_plan(study(*algorithms), folder))
    return folder


def reading() -> Work:
    """The hundred runs of a unit, loaded."""
    return partial(load, stored("gda"))


def analysis() -> Work:
    """The comparison table of four hundred runs."""
    frame = load(stored("gda", "ogda", "extragradient", "gdmax"))
    return lambda: comparison(frame, 1e-5, "distance")


def importing() -> Work:
    """A new process that imports the package."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", "import minmaxbench"]
    return partial(subprocess.run, command, check=True, env=environment)


ORACLES = ("keswani_f3", "forsaken", "cbo_rastrigin_1d", "f3_active_subspace_d", "bilinear_d")
RUNS = [("gda", 1), ("gda", 1000), ("greedy_max", 1000)]

WORKLOADS: dict[str, Callable[[], Work]] = {
    **{
        f"run: {algorithm}, {engine}, {lanes} lanes": partial(
            runs, engine, algorithm, "keswani_f3", lanes, 1000.0
        )
        for engine in ("numpy", "jax")
        for algorithm, lanes in RUNS
    },
    **{f"oracle: gradient of {name}": partial(gradient, name) for name in ORACLES},
    "noise: 1000 x 10 normal numbers": noise,
    "noise: next draw of 1000 lanes": draws,
    "recorder: 64 states of 1000 lanes": recorder,
    "harness: plan, run, store 100 short runs": harness,
    "store: load 100 runs": reading,
    "analysis: comparison of 400 runs": analysis,
    "import: in a new process": importing,
}
"""Names to functions that prepare a workload and return what is to be timed."""

SPEED = (
    ("ogda", "bilinear_xy", 1e-5),
    ("extragradient", "bilinear_xy", 1e-5),
    ("gda_two_timescale", "ftr_f1", 1e-5),
    ("gdmax", "ftr_f1", 1e-5),
    ("greedy_max", "ftr_f1", 1e-1),
    ("greedy_max_program", "ftr_f1", 1e-1),
    ("gda", "yang_two_sided_pl", 1e-5),
    ("ogda", "yang_two_sided_pl", 1e-5),
    ("gda_alt", "dirac_gan_r1", 1e-5),
    ("popov", "dirac_gan_r1", 1e-5),
)
"""Algorithms whose speed is watched, on instance 1 of a problem, to a distance."""

BUDGET = 5000.0


def calls_to_target(algorithm: str, problem: str, target: float) -> float:
    """The mean gradient calls to a distance of ``target``: 20 seeds on instance 1 of a problem.

    A run that never gets there counts as twice its budget.
    """
    game = get_instance(get_problem(problem), 1)
    answer = run_lanes("numpy", game, get_algorithm(algorithm), *begin(game, 20), BUDGET)
    hits = answer.record.hits["distance"][:, TARGETS.index(target)]
    return float(np.where(np.isnan(hits), 2 * BUDGET, hits).mean())
