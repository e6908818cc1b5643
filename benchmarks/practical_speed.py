"""What a gradient of each practical problem costs beside the plain NumPy expression for its data.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.practical_speed

One lane against one call of the plain expression, then 20 lanes against 20 calls: medians of the ratios of
15 interleaved pairs of measurements, in the thread's own time, which other programs do not lengthen. Writes
results/practical/speed.csv. The bar is 1.5.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.practical_plain import PLAIN
from minmaxbench.problems.registry import get_problem

PAIRS = 15
SECONDS = 0.02
"""So long each measurement takes at least."""


def seconds(call: Callable[[], object], times: int) -> float:
    """How long so many calls take."""
    began = time.thread_time()
    for _ in range(times):
        call()
    return time.thread_time() - began


def ratio(one: Callable[[], object], other: Callable[[], object]) -> float:
    """The median ratio of their times."""
    times = 1
    while seconds(other, times) < SECONDS:
        times *= 2
    return float(np.median([seconds(one, times) / seconds(other, times) for _ in range(PAIRS)]))


def measured(name: str, lanes: int) -> float:
    """The ratio on a problem with so many lanes."""
    problem, gradient = get_problem(name), PLAIN[name]()
    low, high = problem.about.region
    rng = np.random.default_rng(0)
    x, y = problem.place(*(rng.uniform(low, high, (lanes, d)) for d in (problem.dx, problem.dy)))
    each = list(zip(x, y, strict=True))
    return ratio(lambda: problem.grad(np, x, y), lambda: [gradient(a, b) for a, b in each])


def main() -> None:
    """Print the table and write it."""
    rows = []
    for name in PLAIN:
        rows.append((name, round(measured(name, 1), 2), round(measured(name, 20), 2)))
        print(*rows[-1], flush=True)
    table = pd.DataFrame(rows, columns=["problem", "one_lane", "twenty_lanes"])
    table.to_csv(Path("results") / "practical" / "speed.csv", index=False)


if __name__ == "__main__":
    main()
