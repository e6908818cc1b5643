"""What a step costs against dimension and lanes, beside this machine's memory.

python benchmarks/scaling_bars.py writes results/scaling/cost.csv and plots/scaling/cost.png. Every ratio
is of times measured in this process; run it on an idle machine.
"""

import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from minmaxbench.algorithms.registry import get_algorithm
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import Draws, run_keys
from minmaxbench.core.oracle import NumpyOracle
from minmaxbench.core.traced import TracedOracle
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.numpy_engine import NumpyEngine
from minmaxbench.problems.registry import get_problem

LARGEST, FAMILY = 1_000_000, "f3_active_subspace_d"
BYTES = 8


def timed(work, seconds=1.0):
    """The median time of a call, over about so many seconds."""
    work()
    times = []
    while not times or (sum(times) < seconds and len(times) < 1000):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def bandwidth():
    """Bytes a second that one core reads from memory: the sum of an array far larger than the cache."""
    array = np.ones(8 * LARGEST)
    return array.nbytes / timed(array.sum)


def operands(lanes, d):
    """Bytes that a GDA step on the active-subspace family must read: x and y of each lane, u and v."""
    return BYTES * d * (2 * lanes + 2)


def start(lanes, d):
    rng = np.random.default_rng(0)
    return rng.standard_normal((lanes, d)), rng.standard_normal((lanes, d))


def numpy_step(name, d, lanes, family=FAMILY):
    """Seconds of one step of the algorithm alone on the NumPy engine."""
    problem, algorithm = get_problem(family, d), get_algorithm(name)
    oracle = NumpyOracle(problem, Draws(run_keys("bars", np.arange(lanes))))
    state = algorithm.init(*start(lanes, d), oracle)
    with np.errstate(all="ignore"):
        return timed(lambda: algorithm.step(state, oracle))


def harness_step(name, d, lanes, family=FAMILY):
    """Seconds of one step with everything that is recorded, from two run lengths."""
    problem, algorithm = get_problem(family, d), get_algorithm(name)
    problem.points()
    keys = run_keys("bars", np.arange(lanes))

    def run(calls):
        began = time.perf_counter()
        batch = Batch(problem, algorithm, *start(lanes, d), keys, calls)
        record = NumpyEngine().run(batch)
        return time.perf_counter() - began, int(record.steps.max())

    short, long = run(30.0), run(60.0)
    return (long[0] - short[0]) / (long[1] - short[1])


def compiled_step(name, d, lanes, family=FAMILY):
    """Seconds of one step compiled by JAX, the old iterate's memory given up."""
    import jax

    problem, algorithm = get_problem(family, d), get_algorithm(name)
    xp, keys = jax.numpy, run_keys("bars", np.arange(lanes))

    def step(state):
        return algorithm.step(state, TracedOracle(problem, xp, keys, [0] * len(Call)))

    compiled = jax.jit(step, donate_argnums=0)

    def once():
        states[0] = jax.block_until_ready(compiled(states[0]))

    with jax.enable_x64(True):
        x, y = (xp.asarray(a) for a in start(lanes, d))
        states = [algorithm.init(x, y, None)]
        return timed(once)


def memory(name, lanes):
    """Peak GiB of a process that runs some lanes at the largest dimension through the harness."""
    code = (
        "import resource, minmaxbench as mb\n"
        f"mb.run(['{FAMILY}:d={LARGEST}'], ['{name}'], seeds={lanes}, budget=20)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return int(done.stdout) * 1024 / 2**30


def costs(speed):
    """Seconds a step for each algorithm against d with one lane, and against lanes at d = 1,000."""
    sizes = [(10**k, 1) for k in range(1, 7)] + [(1000, 2**k) for k in range(1, 11)]
    rows = []
    for name in ("gda", "extragradient", "gda_two_timescale", "gdmax", "greedy_max"):
        for d, lanes in sizes:
            rows.append(
                {
                    "algorithm": name, "d": d, "lanes": lanes,
                    "step": numpy_step(name, d, lanes), "bound": operands(lanes, d) / speed,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def draw(table, path):
    """Seconds a step and lane, against d and against lanes, above the time of one read of the operands."""
    from minmaxbench.report.style import look, panels, save, styles

    with look():
        figure, (axes,) = panels(1, 2, (8, 3.4))
        parts = (table[table["lanes"] == 1], "d"), (table[table["d"] == 1000], "lanes")
        for ax, (part, axis) in zip(axes, parts, strict=True):
            looks = styles(part["algorithm"].unique())
            for name, mine in part.groupby("algorithm"):
                mine = mine.sort_values(axis)
                ax.plot(mine[axis], mine["step"] / mine["lanes"], label=name, **looks[name])
            mine = part[part["algorithm"] == "gda"].sort_values(axis)
            ax.plot(mine[axis], mine["bound"] / mine["lanes"], color="#555555", linestyle=":",
                    label="one read of GDA's operands from memory")  # fmt: skip
            ax.set(xscale="log", yscale="log", ylabel="seconds a step and lane")
        axes[0].set(xlabel="dimension d of each player, one lane")
        axes[1].set(xlabel="lanes, d = 1,000")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        save(figure, path)


def main() -> None:
    """Measure, print, write, draw."""
    speed = bandwidth()
    print(f"read bandwidth of one core: {speed / 1e9:.1f} GB/s")
    once = operands(1, LARGEST) / speed
    print(f"d = {LARGEST:,}, one lane, GDA on {FAMILY}: one read of x, y, u, v {once * 1e3:.2f} ms")
    kinds = {
        "step, NumPy": numpy_step,
        "step, compiled by JAX": compiled_step,
        "harness, NumPy (recorded to every target)": harness_step,
    }
    for kind, measure in kinds.items():
        seconds = measure("gda", LARGEST, 1)
        print(f"  {kind}: {seconds * 1e3:.2f} ms, {seconds / once:.2f} x one read")
    for name in ("gda", "greedy_max"):
        print(f"peak memory, {name}, d = {LARGEST:,}, 16 lanes: {memory(name, 16):.2f} GiB")
    table = costs(speed)
    Path("results/scaling").mkdir(parents=True, exist_ok=True)
    Path("plots/scaling").mkdir(parents=True, exist_ok=True)
    table.to_csv("results/scaling/cost.csv", index=False, float_format="%.4g")
    draw(table, "plots/scaling/cost.png")
    print(
        "this process, peak:",
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB",
    )


if __name__ == "__main__":
    main()
