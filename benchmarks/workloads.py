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

import minmaxbench as mb
from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.bench.abreast import groups, work_abreast
from minmaxbench.bench.plan import make_plan
from minmaxbench.core.noise import Draws, normals, run_keys, stream_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.core.problem import Problem
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.choice import get_engine
from minmaxbench.engines.loop import advance
from minmaxbench.problems.registry import get_problem, names
from minmaxbench.problems.transforms.instances import get_instance
from minmaxbench.record.recorder import Recorder
from minmaxbench.record.targets import TARGETS

Work = Callable[[], Any]


def begin(problem: Problem, lanes: int) -> tuple[Any, Any, Any]:
    """Starts (x, y) in the problem's region and keys, for some lanes."""
    low, high = problem.about.region
    draw = partial(np.random.default_rng(0).uniform, low, high)
    x, y = problem.place(draw((lanes, problem.dx)), draw((lanes, problem.dy)))
    return x, y, run_keys("workload", np.arange(lanes))


def runs(engine: str, algorithm: str, problem: str, lanes: int, budget: float) -> Work:
    """Runs from start to end on an engine."""
    game = get_problem(problem)
    batch = Batch(game, get_algorithm(algorithm), *begin(game, lanes), budget)
    return partial(get_engine(engine).run, batch)


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

    def ahead(lanes: Any) -> Any:
        raise AssertionError("no lane arrives so early")

    return lambda: Recorder(problem, 1000, 10_000.0).record(chunk, ahead)


def study(*algorithms: str) -> mb.Study:
    """A hundred short runs of each algorithm on one problem."""
    return mb.Study(
        name="workload",
        problems=["keswani_f3"],
        algorithms=[*algorithms],
        seeds=100,
        budget=64.0,
        engine="numpy",
    )


def harness() -> Work:
    """A unit of a hundred short runs: planned, run and stored."""

    def work() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            return mb.run(study("gda"), out=folder)

    return work


def stored(*algorithms: str) -> Path:
    """The folder of a small study that has been run."""
    folder = Path(tempfile.mkdtemp(prefix="minmaxbench-"))
    mb.run(study(*algorithms), out=folder)
    return folder / "workload"


def reading() -> Work:
    """The hundred runs of a unit, loaded."""
    folder = stored("gda")
    return lambda: mb.load(folder).runs


def analysis() -> Work:
    """The comparison table of four hundred runs."""
    results = mb.load(stored("gda", "ogda", "extragradient", "gdmax"))
    return lambda: results.table(target=1e-5)


def side_by_side() -> Work:
    """GDA on all planar problems at once, twenty short runs of each, files included."""
    several = mb.Study(names("planar"), ["gda"], name="workload", seeds=20, budget=64.0)

    def work() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            plan = make_plan(several, Path(folder))
            return [work_abreast(some, plan.store.folder) for some in groups(plan.missing, 1)]

    return work


def large() -> Work:
    """A step of GDA with a million variables a player."""
    problem, algorithm = get_problem("f3_active_subspace_d", 1_000_000), get_algorithm("gda")
    x, y, keys = begin(problem, 1)
    oracle = NumpyOracle(problem, Draws(keys))
    state = algorithm.init(x, y, oracle)
    return lambda: algorithm.step(state, oracle)


def command() -> Work:
    """A new process that runs one pair, prints its tables and draws nothing."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    line = [sys.executable, "-m", "minmaxbench", "run", "-p", "keswani_f3", "-a", "gda"]

    def work() -> Any:
        with tempfile.TemporaryDirectory() as folder:
            options = ["--format", "none", "--out", folder]
            return subprocess.run(
                [*line, *options], check=True, env=environment, capture_output=True
            )

    return work


def importing() -> Work:
    """A new process that imports the package."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", "import minmaxbench"]
    return partial(subprocess.run, command, check=True, env=environment)


ORACLES = ("keswani_f3", "forsaken", "cbo_rastrigin_1d", "f3_active_subspace_d", "bilinear_d")
RUNS = [("gda", 1), ("gda", 1000), ("extragradient", 1000), ("greedy_max", 1000)]

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
    "side by side: 60 planar problems": side_by_side,
    "step: GDA with a million variables": large,
    "import: in a new process": importing,
    "command: one pair, in a new process": command,
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
    record = get_engine("numpy").run(
        Batch(game, get_algorithm(algorithm), *begin(game, 20), BUDGET)
    )
    hits = record.hits["distance"][:, TARGETS.index(target)]
    return float(np.where(np.isnan(hits), 2 * BUDGET, hits).mean())
