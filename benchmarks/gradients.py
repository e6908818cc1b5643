"""What one gradient call of 100 runs costs on each problem: the least that any study of them takes.

    python -m benchmarks.gradients

Prints the dearest problems, sums by group, and from them a lower bound for ``minmaxbench run --all``: the
time that its gradient calls alone take, if every algorithm spends its budget and nothing else costs
anything. NumPy, one core; the least of many calls.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from minmaxbench.bench.suites import all_study
from minmaxbench.problems.registry import PROBLEMS, get_problem, names

LANES, SECONDS, SHOWN = 100, 0.1, 15


def cost(name: str) -> float:
    """Seconds of a gradient call at random points of the start region."""
    problem = get_problem(name)
    rng, (low, high) = np.random.default_rng(0), problem.about.region
    x = problem.x_set.project(np, rng.uniform(low, high, (LANES, problem.dx)))
    y = problem.y_set.project(np, rng.uniform(low, high, (LANES, problem.dy)))
    gradient = problem.function("grad")
    least, began = np.inf, time.perf_counter()
    with np.errstate(all="ignore"):
        gradient(np, x, y)
        while time.perf_counter() - began < SECONDS:
            since = time.perf_counter()
            gradient(np, x, y)
            least = min(least, time.perf_counter() - since)
    return least


def main() -> None:
    study = all_study()
    rows = [
        {
            "problem": name,
            "group": PROBLEMS.get(name).group if PROBLEMS.get(name).analytic else "real data",
            "us": 1e6 * cost(name),
        }
        for name in names()
    ]
    table = pd.DataFrame(rows).sort_values("us", ascending=False)
    print(table.head(SHOWN).to_string(index=False, float_format="{:.0f}".format))
    groups = table.groupby("group")["us"].agg(["count", "sum", "median"])
    runs = len(study.algorithms) * study.budget * study.seeds / LANES
    groups["hours of one core for --all"] = groups["sum"] * 1e-6 * runs / 3600
    print(groups.to_string(float_format="{:.1f}".format))
    print(f"({len(study.algorithms)} algorithms, {study.seeds} seeds, {study.budget:,.0f} calls)")


if __name__ == "__main__":
    main()
