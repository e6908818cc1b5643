"""Print the bars of the foundation as ratios measured in one process: python benchmarks/bars.py.

The bare loops are what one writes by hand for GDA on F3: once with shared subexpressions, as carefully as
we could, and once straight from the formula.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import minmaxbench as mb
from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.algorithm import Memoryless
from minmaxbench.core.noise import run_keys
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.numpy_engine import NumpyEngine
from minmaxbench.problems.registry import get_problem

LANES, STEPS, ETA = 1000, 10_000, 0.05


def careful(x, y, steps):
    """GDA on F3 with every common subexpression written once."""
    for _ in range(steps):
        x2, y2 = x * x, y * y
        q = y - 3 * x + 0.05 * x2 * x
        e = np.exp(-0.01 * (x2 + y2))
        p = 4 * x2 - q * q - 0.1 * y2 * y2
        gx = e * (8 * x - 2 * q * (0.15 * x2 - 3) - 0.02 * x * p)
        gy = e * (-2 * q - 0.4 * y2 * y - 0.02 * y * p)
        x, y = x - ETA * gx, y + ETA * gy
    return x, y


def plain(x, y, steps):
    """GDA on F3 as the formula reads."""
    for _ in range(steps):
        e = np.exp(-0.01 * (x**2 + y**2))
        q = y - 3 * x + 0.05 * x**3
        p = 4 * x**2 - q**2 - 0.1 * y**4
        gx = e * (8 * x - 2 * q * (-3 + 0.15 * x**2) - 0.02 * x * p)
        gy = e * (-2 * q - 0.4 * y**3 - 0.02 * y * p)
        x, y = x - ETA * gx, y + ETA * gy
    return x, y


def timed(work, repeat=3):
    """The least processor time of some repetitions."""
    times = []
    for _ in range(repeat):
        began = time.process_time()
        result = work()
        times.append(time.process_time() - began)
    return min(times), result


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-5, 5, (LANES, 1)), rng.uniform(-5, 5, (LANES, 1))
    problem, keys = get_problem("keswani_f3"), run_keys("bars", np.arange(LANES))
    problem.points()

    def harness(algorithm):
        return NumpyEngine().run(Batch(problem, get_algorithm(algorithm), x, y, keys, STEPS))

    harness("gda")
    ours, _ = timed(lambda: harness("gda"))
    by_hand, _ = timed(lambda: careful(x[:, 0], y[:, 0], STEPS))
    as_read, _ = timed(lambda: plain(x[:, 0], y[:, 0], STEPS))
    one, _ = timed(lambda: careful(x[:1, 0], y[:1, 0], STEPS))
    print(f"GDA on F3, {LANES} lanes, {STEPS} steps, harness: {ours / STEPS * 1e6:.0f} us a step")
    print(f"  / careful hand-written loop ({by_hand / STEPS * 1e6:.0f} us): {ours / by_hand:.2f}")
    print(f"  / loop as the formula reads ({as_read / STEPS * 1e6:.0f} us): {ours / as_read:.2f}")
    print(
        f"  per run, against the careful loop one seed at a time: {one / (ours / LANES):.0f} x faster"
    )
    greedy, record = timed(lambda: harness("greedy_max"))
    tick = greedy / record.steps.max()
    print(f"greedy-max tick: {tick * 1e6:.0f} us; / GDA step: {tick / (ours / STEPS):.2f}")

    class NoOp(Memoryless):
        """Does nothing. Cost: none."""

        name = "no_op"

        def step(self, state, oracle):
            return state

    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        mb.run(["keswani_f3"], [NoOp()], seeds=1000, budget=100, name="bars", out=folder)
        print(f"no-op through the whole harness: {(time.perf_counter() - began):.3f} ms a run")
        began = time.perf_counter()
        print(f"{len(mb.load(Path(folder) / 'bars').runs)} runs")
        print(f"reading back: {(time.perf_counter() - began):.3f} ms a run")
    for what, code in (
        ("python -c pass", "pass"),
        ("import minmaxbench", "import minmaxbench"),
        ("minmaxbench --version", "import sys; sys.argv = ['minmaxbench', '--version']\n"
         "from minmaxbench.cli import main; main()"),
    ):  # fmt: skip
        walls = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
            walls.append(time.perf_counter() - began)
        print(f"{what}: {sorted(walls)[2]:.3f} s")


if __name__ == "__main__":
    main()
