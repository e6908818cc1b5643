"""25 settings of 40 seeds against 1,000 seeds of one setting, on the NumPy engine, interleaved.

    python benchmarks/settings_as_lanes.py [--rounds 5] [ALGORITHM ...]

Prints, for each algorithm and problem, the ratio of the least times over the rounds: the bar is 1.3.
All settings are the default, told apart in a column by a hair: runs that end early would make the
comparison one of step sizes.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench.together import as_one
from minmaxbench.bench.unit import begin
from minmaxbench.core import parameters
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.numpy_engine import NumpyEngine
from minmaxbench.problems.registry import ProblemRef

SETTINGS, SEEDS = 25, 40
PROBLEMS = ("keswani_f3", "forsaken", "ncsc_quadratic_d")
NAMES = ("gda", "extragradient", "ogda", "adam_gda", "greedy_max")


def seconds(batch: Batch) -> float:
    began = time.perf_counter()
    NumpyEngine().run(batch)
    return time.perf_counter() - began


def compared(name: str, problem: str, rounds: int, budget: float) -> float:
    """The ratio of the two times."""
    ref, kind = ProblemRef.named(problem), ALGORITHMS.get(name)
    built = ref.build()
    searched = [n for n, allowed in parameters.ranges(kind).items() if allowed.search]
    plain = kind()
    settings = [
        kind(**{n: v + k * 1e-12 for n in searched if type(v := getattr(plain, n)) is float})
        for k in range(SETTINGS)
    ]
    several = as_one([s.for_problem(built) for s in settings], np.repeat(range(SETTINGS), SEEDS))
    one = plain.for_problem(built)
    x, y, keys = begin(ref, built, "region", 0, np.arange(SETTINGS * SEEDS))
    batches = [Batch(built, algorithm, x, y, keys, budget) for algorithm in (one, several)]
    times = [[seconds(batch) for batch in batches] for _ in range(rounds)]
    least = np.min(times, axis=0)
    return float(least[1] / least[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=2000.0)
    asked = parser.parse_args()
    for name in asked.names:
        ratios = [compared(name, p, asked.rounds, asked.budget) for p in PROBLEMS]
        print(f"{name:<20}", *(f"{p} {r:5.2f}" for p, r in zip(PROBLEMS, ratios, strict=True)))


if __name__ == "__main__":
    main()
