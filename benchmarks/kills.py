"""Kill a study at random moments and go on: is the result, bit for bit, that of one that ran through?

python -m benchmarks.kills [COUNT [SEED]]

The killed process is a copy of one in which the package is loaded: nearly all of its time is units,
where kills should fall.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

import minmaxbench as mb

TIMES = ["seconds", "step_seconds", "unit_seconds"]
PROBLEMS = ("ftr_f1", "keswani_f3", "forsaken")
ALGORITHMS = ("gda", "ogda", "greedy_max", "extragradient")
UNITS = len(PROBLEMS) * len(ALGORITHMS)
TURNS = ((1, 1), (2, 2), (1, 2), (2, 1))
"""With how many processes it is killed, and with how many it goes on."""
LOADED = [
    "minmaxbench.bench.executors", "minmaxbench.bench.results", "minmaxbench.bench.suites",
    "minmaxbench.problems.registry", "minmaxbench.engines.numpy_engine", "pyarrow.parquet", "sympy",
]  # fmt: skip


def command(out: Path, jobs: int) -> list[str]:
    """The study with its table and its figures, as a user gives it."""
    words = [w for p in PROBLEMS for w in ("-p", p)] + [w for a in ALGORITHMS for w in ("-a", a)]
    rest = ["--seeds", "20", "--budget", "400", "--name", "k", "-j", str(jobs), "--out", str(out)]
    return [sys.executable, "-m", "minmaxbench", "run", *words, *rest, "--plots", str(out)]


def study(out: Path, jobs: int) -> None:
    """The same study from Python, without figures."""
    mb.run(PROBLEMS, ALGORITHMS, seeds=20, budget=400, name="k", jobs=jobs, out=out)


def runs(out: Path) -> pd.DataFrame:
    """The rows, without their times."""
    return mb.load(out / "k").runs.drop(columns=TIMES)


def finished(out: Path) -> int:
    """How many units are there."""
    return len(list(out.rglob("*.parquet")))


def kill(out: Path, jobs: int, rng: random.Random) -> int:
    """Start the study and kill it shortly after a random unit; how many units it leaves behind.

    Its workers leave by themselves, when the pipe from it ends.
    """
    process = multiprocessing.get_context("forkserver").Process(target=study, args=(out, jobs))
    process.start()
    target = rng.randrange(UNITS)
    # Before the first unit, anywhere in the start; after one, anywhere in the next few.
    later = rng.uniform(0.0, 0.2 if target else 2.0)
    while finished(out) < target and process.is_alive():
        time.sleep(0.001)
    time.sleep(later)
    process.kill()
    process.join()
    return finished(out)


def main(count: int, seed: int) -> None:
    """Kill ``count`` times, with one process and with two, and go on with one and with two, by turns.

    ``seed`` says when.
    """
    rng = random.Random(seed)
    multiprocessing.get_context("forkserver").set_forkserver_preload(LOADED)
    kept = []
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        study(root / "whole", 1)
        whole = runs(root / "whole")
        for k in range(count):
            out, (jobs, later) = root / str(k), TURNS[k % len(TURNS)]
            kept.append(kill(out, jobs, rng))
            study(out, later)
            pd.testing.assert_frame_equal(runs(out), whole, check_exact=True)
            print(
                f"{k + 1}: {jobs} processes, killed at {kept[-1]} of {UNITS} units, resumed with {later}, "
                "bit for bit", flush=True,
            )  # fmt: skip
    within = sum(0 < number < UNITS for number in kept)
    print(f"{count} kills, {within} of them after the first of {UNITS} units and before the last: "
          "all resumed, bit for bit")  # fmt: skip


if __name__ == "__main__":
    main(int([*sys.argv[1:], "50"][0]), int([*sys.argv[2:], "0"][0]))
