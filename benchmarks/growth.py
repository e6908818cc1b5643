"""How the cost of a study grows with lanes, steps, problems and algorithms: exponents with intervals.

    python -m benchmarks.growth [--rounds 3] [lanes | steps | problems | algorithms ...]

Along each axis a study is run at some sizes, one after the other, round after round; of each the least
processor time counts, planning, files and verdicts included. The exponent p of seconds = c size^p is
fitted on a double logarithmic scale, with Student's 95 % interval: 1 is linear growth, less than 1
that a fixed cost is shared by more.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.analysis.statistics import student
from minmaxbench.bench.abreast import groups, work_abreast
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.study import Study
from minmaxbench.problems.registry import names

PLANAR = names("planar")
CHEAP = [
    name
    for name in ALGORITHMS
    if ALGORITHMS.get(name).needs <= ALGORITHMS.get("extragradient").needs
]
"""Algorithms that ask for gradients alone."""


def of_lanes(engine: str) -> Callable[[int], Study]:
    """GDA on F3 with so many seeds."""
    return lambda n: Study(["keswani_f3"], ["gda"], seeds=n, budget=1000, engine=engine)


def of_steps(engine: str) -> Callable[[int], Study]:
    """GDA on F3 with so many steps."""
    return lambda n: Study(["keswani_f3"], ["gda"], seeds=100, budget=n, engine=engine)


def spread(things: list[str], n: int) -> list[str]:
    """``n`` of them, evenly spread."""
    return [things[k * len(things) // n] for k in range(n)]


AXES: dict[str, tuple[Callable[[int], Study], tuple[int, ...]]] = {
    "lanes, numpy": (of_lanes("numpy"), (1000, 2000, 4000, 8000, 16000)),
    "lanes, jax": (of_lanes("jax"), (1000, 2000, 4000, 8000, 16000)),
    "steps, numpy": (of_steps("numpy"), (2000, 4000, 8000, 16000, 32000)),
    "steps, jax": (of_steps("jax"), (64_000, 128_000, 256_000, 512_000, 1_024_000)),
    "problems, numpy": (
        lambda n: Study(spread(PLANAR, n), ["gda"], seeds=20, budget=2000),
        (7, 15, 30, 60),
    ),
    "algorithms, numpy": (
        lambda n: Study(["keswani_f3"], spread(CHEAP, n), seeds=20, budget=2000),
        (6, 12, 24, 48),
    ),
}


def seconds(study: Study) -> float:
    """Processor seconds of a study in a new folder, in this process."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        plan = make_plan(study, Path(folder))
        for some in groups(plan.missing, 1):
            work_abreast(some, plan.store.folder)
        return time.process_time() - began


def exponent(sizes: tuple[int, ...], times: list[float]) -> tuple[float, float]:
    """The exponent of growth, and half of its interval."""
    x, y = np.log(sizes), np.log(times)
    x = x - x.mean()
    slope = float((x * y).sum() / (x * x).sum())
    rest = y - y.mean() - slope * x
    error = float(np.sqrt((rest**2).sum() / (len(x) - 2) / (x * x).sum()))
    return slope, student(len(x) - 2, 0.95) * error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("axes", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    for axis, (make, sizes) in AXES.items():
        if asked.axes and axis.partition(",")[0] not in asked.axes:
            continue
        # Imports, formulas and programs are made once, before the clock.
        seconds(make(sizes[-1]).replace(seeds=10, budget=200))
        seconds(make(sizes[0]))
        rounds = [[seconds(make(size)) for size in sizes] for _ in range(asked.rounds)]
        times = [min(column) for column in zip(*rounds, strict=True)]
        slope, half = exponent(sizes, times)
        each = ", ".join(f"{n:,}: {t:.2f} s" for n, t in zip(sizes, times, strict=True))
        print(
            f"{axis}: size^{slope:.2f} ({slope - half:.2f} to {slope + half:.2f}); {each}",
            flush=True,
        )


if __name__ == "__main__":
    main()
