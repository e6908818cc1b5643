"""Units side by side against the same units one after another, on the NumPy engine, interleaved.

    python -m benchmarks.abreast [--seeds 20 100] [--rounds 3] [--budget 10000] [ALGORITHM ...]

For each algorithm and number of seeds, on all planar problems: processor seconds a problem both ways (the
least of the rounds), their ratio, and nanoseconds a run and gradient call, files and verdicts included.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from minmaxbench.bench.abreast import groups, work_abreast
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.store import read_frames
from minmaxbench.bench.study import Study
from minmaxbench.bench.unit import work
from minmaxbench.problems.registry import names

NAMES = ("gda", "extragradient", "ogda", "adam_gda", "greedy_max")


def seconds(study: Study, abreast: bool) -> tuple[float, float, int]:
    """Processor seconds for a study, the gradient calls that its runs made, and its units."""
    with tempfile.TemporaryDirectory() as folder:
        plan = make_plan(study, Path(folder))
        began = time.process_time()
        if abreast:
            for some in groups(plan.missing, 1):
                work_abreast(some, plan.store.folder)
        else:
            for unit in plan.missing:
                work(unit, plan.store.folder)
        took = time.process_time() - began
        return took, float(np.nansum(read_frames(plan.files)["calls"])), len(plan.missing)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--seeds", type=int, nargs="*", default=[20, 100])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--budget", type=float, default=10_000.0)
    asked = parser.parse_args()
    planar = names("planar")
    # What the first of all pays for formulas and imports is nobody's.
    seconds(Study(planar, asked.names, seeds=1, budget=10), True)
    for name in asked.names:
        for seeds in asked.seeds:
            study = Study(planar, [name], seeds=seeds, budget=asked.budget)
            ways = [[seconds(study, way) for way in (False, True)] for _ in range(asked.rounds)]
            (alone, calls, units), (together, _, _) = (
                min(column) for column in zip(*ways, strict=True)
            )
            print(
                f"{name:<16} {seeds:>4} seeds: alone {alone / units:6.3f} s a problem, side by side "
                f"{together / units:6.3f} ({alone / together:4.2f} times as fast), "
                f"{1e9 * together / calls:6.1f} ns a run and call",
                flush=True,
            )


if __name__ == "__main__":
    main()
