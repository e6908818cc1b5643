"""Print the bars of the compiled engine, each a ratio inside one run.

    python benchmarks/bars_jax.py [loops] [lane] [greedy] [cold] [suite] [peers]

without arguments everything but ``suite`` and ``peers``, which take minutes. Times are wall times,
the least of some repetitions, after a first run that compiles; the processor time is given beside.
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
from minmaxbench.bench.suites import all_study
from minmaxbench.core.algorithm import Memoryless
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


def bare_scan(lanes: int, steps: int) -> Callable[[], Any]:
    """GDA on F3 in a bare jax.lax.scan that keeps nothing but the last iterate."""
    import jax
    import jax.numpy as jnp

    problem, (x, y) = get_problem("keswani_f3"), starts(lanes)

    def loop(x: Any, y: Any) -> Any:
        def step(carry: Any, _: None) -> Any:
            x, y = carry
            gx, gy = problem.grad(jnp, x, y)
            return (x - ETA * gx, y + ETA * gy), None

        return jax.lax.scan(step, (x, y), None, length=steps)[0]

    with jax.enable_x64(True):
        compiled = jax.jit(loop).lower(x, y).compile()

    def work() -> Any:
        with jax.enable_x64(True):
            return jax.block_until_ready(compiled(x, y))

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
    """GDA on F3 through the whole harness, against bare loops."""
    for lanes in (1000, 10_000):
        ours, cpu, folder = timed(harness("gda", lanes, STEPS))
        runs = mb.load(folder).runs
        units = float(runs["unit_seconds"].groupby(runs["seed"] // 1000).first().sum())
        bare, _, _ = timed(bare_scan(lanes, STEPS))
        in_c = c_loop(lanes, STEPS)
        each = 1e9 / lanes / STEPS
        print(
            f"GDA on F3, {lanes} lanes, {STEPS} steps: {ours * each:.1f} ns a lane and step "
            f"(processor {cpu * each:.1f}; running alone {units * each:.1f})\n"
            f"  / bare lax.scan ({bare * each:.1f} ns): {ours / bare:.2f} (running alone "
            f"{units / bare:.2f})\n  / C loop ({in_c * each:.1f} ns): {ours / in_c:.2f}"
        )


def lane() -> None:
    """One lane, 100,000 steps, against the loop that people write."""
    ours, _, _ = timed(harness("gda", 1, 100_000.0), 2)
    x, y = (a[0] for a in starts(1))
    began = time.perf_counter()
    for _ in range(2000):
        e = np.exp(-0.01 * (x**2 + y**2))
        q = y - 3 * x + 0.05 * x**3
        p = 4 * x**2 - q**2 - 0.1 * y**4
        gx = e * (8 * x - 2 * q * (-3 + 0.15 * x**2) - 0.02 * x * p)
        gy = e * (-2 * q - 0.4 * y**3 - 0.02 * y * p)
        x, y = x - ETA * gx, y + ETA * gy
    written = 50 * (time.perf_counter() - began)
    print(
        f"one lane, 100,000 steps: {ours:.2f} s; NumPy loop {written:.2f} s: {written / ours:.1f} x"
    )


def greedy() -> None:
    """A tick of greedy-max against a step of GDA, on both engines."""
    # Without its own rule to end, so that all lanes make all ticks.
    endless = {"name": "greedy_max", "r_max": 10**9}
    for engine in ("numpy", "jax"):
        each = {}
        for name, algorithm, budget in (
            ("gda", "gda", STEPS),
            ("greedy_max", endless, STEPS / 2),
        ):
            _, _, folder = timed(harness(algorithm, 1000, budget, engine), 2)
            runs = mb.load(folder).runs
            each[name] = runs["unit_seconds"].iloc[0] / runs["steps"].sum() * 1e9
        ratio = each["greedy_max"] / each["gda"]
        print(
            f"greedy-max, {engine}: {each['greedy_max']:.1f} ns a lane and tick; / GDA step "
            f"({each['gda']:.1f} ns): {ratio:.2f}"
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


PARTS = {p.__name__: p for p in (loops, lane, greedy, cold, suite, peers)}

if __name__ == "__main__":
    for part in sys.argv[1:] or ["loops", "lane", "greedy", "cold"]:
        PARTS[part]()
