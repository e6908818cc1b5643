"""Print the bars of the compiled engine, each a ratio inside one run.

    python -m benchmarks.bars_jax [loops] [lane] [greedy] [cold] [planar] [suite] [peers]

without arguments everything but ``planar``, ``suite`` and ``peers``, which take minutes. Ratios of loops are
of processor time, the least of some repetitions, after a first run that compiles; others say what they are.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import minmaxbench as mb
from benchmarks.bars import plain
from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.bench.suites import all_study
from minmaxbench.core import tree
from minmaxbench.core.algorithm import Memoryless
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import EXACT, NumpyOracle
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.jax.calls import PLANAR, STRETCH
from minmaxbench.engines.jax.engine import JaxEngine
from minmaxbench.engines.jax.lanes import Lanes
from minmaxbench.engines.jax.program import program_for
from minmaxbench.engines.numpy_engine import NumpyEngine
from minmaxbench.problems.registry import get_problem

STEPS, ETA = 10_000, 0.05

C_LOOP = """
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
    int lanes = atoi(argv[1]), steps = atoi(argv[2]);
    double *x = malloc(lanes * sizeof(double)), *y = malloc(lanes * sizeof(double)), sum = 0;
    for (int i = 0; i < lanes; i++) {
        x[i] = 10.0 * rand() / RAND_MAX - 5;
        y[i] = 10.0 * rand() / RAND_MAX - 5;
    }
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int k = 0; k < steps; k++)
        for (int i = 0; i < lanes; i++) {
            double x2 = x[i] * x[i], y2 = y[i] * y[i];
            double q = y[i] - 3 * x[i] + 0.05 * x2 * x[i];
            double e = exp(-0.01 * (x2 + y2)), p = 4 * x2 - q * q - 0.1 * y2 * y2;
            double gx = e * (8 * x[i] - 2 * q * (0.15 * x2 - 3) - 0.02 * x[i] * p);
            double gy = e * (-2 * q - 0.4 * y2 * y[i] - 0.02 * y[i] * p);
            x[i] -= 0.05 * gx;
            y[i] += 0.05 * gy;
        }
    clock_gettime(CLOCK_MONOTONIC, &b);
    for (int i = 0; i < lanes; i++) sum += x[i] + y[i];
    fprintf(stderr, "%g", sum);
    printf("%.9f", b.tv_sec - a.tv_sec + 1e-9 * (b.tv_nsec - a.tv_nsec));
}
"""


def timed(work: Callable[[], Any], repeat: int = 4) -> tuple[float, float, Any]:
    """The least wall time and processor time of some repetitions, and the last result."""
    walls, processor = [], []
    for _ in range(repeat):
        wall, cpu = time.perf_counter(), time.process_time()
        result = work()
        walls.append(time.perf_counter() - wall)
        processor.append(time.process_time() - cpu)
    return min(walls), min(processor), result


def harness(algorithm: Any, lanes: int, budget: float, engine: str = "jax") -> Callable[[], Any]:
    """Runs on F3 through the whole harness, with new seeds and a new folder at each call."""
    folder, seeds = Path(tempfile.mkdtemp(prefix="minmaxbench-")), iter(range(10**9))
    atexit.register(shutil.rmtree, folder)

    def work() -> Path:
        name, seed = f"bars{next(seeds)}", next(seeds)
        mb.run(
            ["keswani_f3"],
            [algorithm],
            seeds=lanes,
            budget=budget,
            engine=engine,
            seed=seed,
            name=name,
            out=folder,
        )
        return folder / name

    work()
    return work


def starts(lanes: int) -> tuple[Any, Any]:
    """Starts for the bare loops."""
    rng = np.random.default_rng(0)
    return rng.uniform(-5, 5, (lanes, 1)), rng.uniform(-5, 5, (lanes, 1))


def bare_scan(algorithm: str, lanes: int, steps: int) -> Callable[[], Any]:
    """GDA or extragradient on F3 in a bare jax.lax.scan that keeps nothing but the last iterate."""
    import jax
    import jax.numpy as jnp

    problem, (x, y) = get_problem("keswani_f3"), starts(lanes)

    def step(carry: Any, _: None) -> Any:
        x, y = carry
        gx, gy = problem.grad(jnp, x, y)
        if algorithm == "extragradient":
            gx, gy = problem.grad(jnp, x - ETA * gx, y + ETA * gy)
        return (x - ETA * gx, y + ETA * gy), None

    with jax.enable_x64(True):
        scan = jax.jit(lambda x, y: jax.lax.scan(step, (x, y), None, length=steps)[0])
        compiled = scan.lower(x, y).compile()

    def work() -> Any:
        with jax.enable_x64(True):
            return jax.block_until_ready(compiled(x, y))

    work()
    return work


def compiled_loop(name: str, stretches: int) -> Callable[[], Any]:
    """So many stretches of a block of the engine's, watched, as one call of its program makes them."""
    import jax

    problem = get_problem("keswani_f3")
    algorithm = get_algorithm(name).for_problem(problem)
    program, (x, y) = program_for(problem, algorithm, EXACT), starts(PLANAR[-1])
    oracle = NumpyOracle(problem, Draws(run_keys("bars", np.arange(len(x)))))
    state = {name: np.array(a) for name, a in tree.named_leaves(algorithm.init(x, y, oracle))}
    nothing = np.zeros(len(x), dtype=np.int64)
    values = dict(tree.named_leaves(algorithm))
    numbers = {name: values[name] for name in program.numbers}
    lengths = np.full(stretches, STRETCH, dtype=np.int32)
    lanes = Lanes(state, nothing, nothing)
    arguments = numbers, {}, lanes, lengths, stretches, nothing.astype(bool), False

    def work() -> Any:
        with jax.enable_x64(True):
            return jax.block_until_ready(program.run(*arguments))

    work()
    return work


def c_loop(lanes: int, steps: int) -> float:
    """Seconds of the same in C, or NaN without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return float("nan")
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder) / "gda.c", Path(folder) / "gda"
        source.write_text(C_LOOP)
        flags = ["-O3", "-march=native", "-ffast-math"]
        subprocess.run([compiler, *flags, "-o", program, source, "-lm"], check=True)
        command = [str(program), str(lanes), str(steps)]
        runs = [subprocess.run(command, check=True, capture_output=True) for _ in range(4)]
        return min(float(run.stdout) for run in runs)


def loops() -> None:
    """GDA and extragradient on F3: the compiled loop, and the whole harness, against bare scans.

    Processor time, interleaved, since all of them use one core: wall times say more of what runs beside.
    """
    stretches, scans = 100, 100 * STRETCH
    for name, price in (("gda", 1), ("extragradient", 2)):
        works = compiled_loop(name, stretches), bare_scan(name, PLANAR[-1], scans)
        rounds = [[timed(work, 1)[1] for work in works] for _ in range(15)]
        ours, bare = (min(column) for column in zip(*rounds, strict=True))
        each = 1e9 / PLANAR[-1] / scans
        print(
            f"{name} on F3, the compiled loop: {ours * each:.2f} ns a lane and step; / bare lax.scan "
            f"({bare * each:.2f} ns): {ours / bare:.2f}",
            flush=True,
        )
        for lanes, steps in ((1000, STEPS), (10_000, STEPS), (1000, 10 * STEPS)):
            _, cpu, _ = timed(harness(name, lanes, float(price * steps)), 2)
            _, least, _ = timed(bare_scan(name, lanes, scans), 3)
            each, alone = 1e9 / lanes / steps, 1e9 / lanes / scans
            print(
                f"  {lanes:,} lanes, {steps:,} steps, through the harness: {cpu * each:.1f} ns; / bare "
                f"lax.scan ({least * alone:.2f} ns): {cpu * each / least / alone:.2f}",
                flush=True,
            )
    in_c = c_loop(1000, STEPS)
    print(f"gda on F3 in C: {1e9 * in_c / 1000 / STEPS:.2f} ns a lane and step")


def lane() -> None:
    """One lane, 100,000 steps, against the loop that people write; processor time of both."""
    _, ours, _ = timed(harness("gda", 1, 100_000.0), 3)
    begin = [a[0] for a in starts(1)]
    by_hand = 50 * timed(lambda: plain(*begin, 2000))[1]
    print(
        f"one lane, 100,000 steps: {ours:.3f} s; NumPy loop {by_hand:.2f} s: {by_hand / ours:.1f} x"
    )


def greedy() -> None:
    """A tick of greedy-max against a step of GDA, on both engines; processor time, files left out."""
    # Without its own rule to end, so that all lanes make all ticks.
    endless = get_algorithm("greedy_max", r_max=10**9)
    problem, (x, y) = get_problem("keswani_f3"), starts(1000)
    keys = run_keys("bars", np.arange(len(x)))
    for engine in (NumpyEngine(), JaxEngine()):
        each = {}
        for name, algorithm, budget in (
            ("gda", get_algorithm("gda"), STEPS),
            ("tick", endless, STEPS / 2),
        ):
            batch = Batch(problem, algorithm, x, y, keys, float(budget))
            engine.run(batch)
            _, cpu, record = timed(lambda run=engine.run, batch=batch: run(batch), 2)
            each[name] = cpu / record.steps.sum() * 1e9
        print(
            f"greedy-max, {engine.name}: {each['tick']:.1f} ns a lane and tick; / GDA step "
            f"({each['gda']:.1f} ns): {each['tick'] / each['gda']:.2f}"
        )


def cold() -> None:
    """A whole ``minmaxbench run`` of one pair in a new process, bytecode there as after an installation.

    The least wall time and processor time of three; on JAX first with nothing compiled, once.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "XDG_CACHE_HOME": f"{folder}/cache",
            "PYTHONPATH": os.pathsep.join(p or str(Path.cwd()) for p in sys.path),
            "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def once(engine: str, figures: str) -> tuple[float, float]:
            command = [sys.executable, "-m", "minmaxbench", "run", "-p", "keswani_f3", "-a", "gda"]
            command += [
                "--engine",
                engine,
                "--format",
                figures,
                "--out",
                tempfile.mkdtemp(dir=folder),
            ]
            began, before = time.perf_counter(), os.times()
            subprocess.run(
                command, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
            wall, after = time.perf_counter() - began, os.times()
            used = after.children_user + after.children_system
            return wall, used - before.children_user - before.children_system

        for engine, what, figures, times in (
            ("numpy", "bytecode not there", "png", 1),
            ("numpy", "pictures", "png", 3),
            ("numpy", "no pictures", "none", 3),
            ("jax", "nothing compiled, no pictures", "none", 1),
            ("jax", "compiled before, no pictures", "none", 3),
        ):
            walls, used = zip(*(once(engine, figures) for _ in range(times)), strict=True)
            print(
                f"minmaxbench run, {engine}, {what}: {min(walls):.2f} s ({min(used):.2f} of processor)"
            )


def suite() -> None:
    """The suite ``all`` on the JAX engine, compiling included."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        for what in ("nothing compiled", "compiled"):
            study = all_study().replace(engine="jax", name=what.replace(" ", "-"))
            began = time.perf_counter()
            runs = mb.run(study, out=folder, jobs=2).runs
            wall = time.perf_counter() - began
            pairs = runs.groupby(["problem", "algorithm"])
            each = pairs["unit_seconds"].first() / pairs["calls"].sum() * 1e9
            mean = np.exp(np.log(each).mean())
            full = pairs["calls"].mean() > 0.99 * study.budget
            spent = np.exp(np.log(each[full]).mean())
            print(
                f"suite all, {what}: {wall:.0f} s on 2 processes; geometric mean {mean:.0f} ns a "
                f"lane and call over {len(each)} pairs, {spent:.0f} over the {full.sum()} whose "
                f"runs spend the budget; engines {dict(runs['engine'].value_counts())}"
            )


EACH_PAIR = """
import sys, tempfile, time
from pathlib import Path
import numpy as np
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.store import read_frames
from minmaxbench.bench.study import Study
from minmaxbench.bench.unit import work
from minmaxbench.problems.registry import names

study = Study(names("planar"), [sys.argv[1]], seeds=100, budget=10_000, engine="jax")
with tempfile.TemporaryDirectory() as folder:
    plan, each = make_plan(study, Path(folder)), []
    for unit in plan.missing:
        began = time.process_time()
        work(unit, plan.store.folder)
        each.append(time.process_time() - began)
    calls = read_frames(plan.files)["calls"].sum()
each = np.array(each)
mean = np.exp(np.log(each / 1e6).mean())
print(f"{1e9 * mean:.0f} ns a run and call of the budget, {1e9 * each.sum() / calls:.0f} of those made; "
      f"a pair takes {np.median(each):.2f} s (median)")
"""


def planar() -> None:
    """All planar problems on the JAX engine, 100 seeds, 10,000 calls: processor time, pair by pair."""
    for name in ("gda", "extragradient"):
        with tempfile.TemporaryDirectory() as folder:
            environment = {
                **os.environ,
                "XDG_CACHE_HOME": folder,
                "PYTHONPATH": os.pathsep.join(p or str(Path.cwd()) for p in sys.path),
            }
            for what in ("nothing compiled", "compiled before"):
                command = [sys.executable, "-c", EACH_PAIR, name]
                done = subprocess.run(
                    command, check=True, env=environment, capture_output=True, text=True
                )
                print(f"{name}, planar, JAX, {what}: {done.stdout.strip()}", flush=True)


BENCHOPT = {
    "objective.py": """
from benchopt import BaseObjective


class Objective(BaseObjective):
    name = "F3"

    def set_data(self, start):
        self.start = start

    def get_objective(self):
        return {"start": self.start}

    def evaluate_result(self, z):
        return {"value": float(abs(z).sum())}

    def get_one_result(self):
        return {"z": self.start}
""",
    "datasets/start.py": """
import numpy as np
from benchopt import BaseDataset


class Dataset(BaseDataset):
    name = "start"
    parameters = {"seed": list(range(SEEDS))}

    def get_data(self):
        return {"start": np.random.default_rng(self.seed).uniform(-5, 5, 2)}
""",
    "solvers/still.py": """
from benchopt import BaseSolver


class Solver(BaseSolver):
    name = "still"
    sampling_strategy = "run_once"

    def set_objective(self, start):
        self.start = start

    def run(self, _):
        self.z = self.start

    def get_result(self):
        return {"z": self.z}
""",
}


def peers() -> None:
    """What the harness adds to a run that does nothing, beside benchopt's (if it is installed)."""

    class Still(Memoryless):
        """Does nothing. Cost: none."""

        name = "still"

        def step(self, state: Any, oracle: Any) -> Any:
            return state

    ours, _, _ = timed(harness(Still(), 1000, 1.0, "numpy"), 3)
    print(f"harness: {ours:.3f} ms a run that does nothing")
    if shutil.which("benchopt") is None:
        print("benchopt is not installed: no comparison")
        return
    seeds = 20
    with tempfile.TemporaryDirectory() as folder:
        for name, text in BENCHOPT.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text.replace("SEEDS", str(seeds)))
        walls = []
        for number in (1, seeds):
            chosen = [f"start[seed=[{','.join(map(str, range(number)))}]]"]
            command = [
                "benchopt",
                "run",
                folder,
                "--no-plot",
                "--no-html",
                "-f",
                "still",
                "-r",
                "1",
            ]
            began = time.perf_counter()
            subprocess.run([*command, "-d", *chosen], check=True, stdout=subprocess.DEVNULL)
            walls.append(time.perf_counter() - began)
    theirs = (walls[1] - walls[0]) / (seeds - 1) * 1000
    print(f"benchopt: {theirs:.1f} ms a run; {theirs / ours:.0f} x as much")


PARTS = {p.__name__: p for p in (loops, lane, greedy, cold, planar, suite, peers)}

if __name__ == "__main__":
    for part in sys.argv[1:] or ["loops", "lane", "greedy", "cold"]:
        PARTS[part]()
