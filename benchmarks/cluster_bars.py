"""What a scheduler costs: python -m benchmarks.cluster_bars [UNITS] [ROUNDS]

The same study by two worker processes (`-j 2`) and on a Dask LocalCluster with two workers, by turns, in
one process; wanted: at most 1.15 times the time, and the same rows bit for bit. Then a study whose
units do next to nothing: what handing over costs a unit; wanted: at most 5 ms.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import as_completed
from pathlib import Path

import pandas as pd

import minmaxbench as mb
from minmaxbench.bench.executors import run_plan
from minmaxbench.bench.executors.cluster import opened
from minmaxbench.bench.executors.elsewhere import Luggage, trouble, versions
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.results import runs_of

TIMES = ["seconds", "step_seconds", "unit_seconds"]


def study(units: int, seeds: int, budget: float) -> mb.Study:
    """So many units of less than a tenth of a second: instances of two problems, four algorithms."""
    problems = [
        {"name": name, "instance": list(range(1 + units // 8))} for name in ("ftr_f1", "keswani_f3")
    ]
    rules = ["gda", "ogda", "extragradient", "greedy_max"]
    return mb.Study(problems=problems, algorithms=rules, seeds=seeds, budget=budget)


def timed(asked: mb.Study, place: Path, executor: str | None) -> tuple[float, pd.DataFrame, int]:
    """Seconds, rows without times, and units."""
    plan = make_plan(asked, place)
    began = time.perf_counter()
    run_plan(plan, 2, executor)
    return time.perf_counter() - began, runs_of(plan).drop(columns=TIMES), len(plan.missing)


def handing_over(count: int) -> str:
    """What it takes to hand over a call that does nothing, in a sentence."""
    luggage = Luggage("numpy", "cpu", versions("numpy"), {}, [])
    with opened("dask", 2, {}, luggage, print) as cluster:
        submit = cluster.executor.submit
        wall, cpu = time.perf_counter(), time.process_time()
        for future in as_completed([submit(trouble, luggage.key) for _ in range(count)]):
            future.result()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return (
        f"handing over a call: {1000 * wall / count:.2f} ms, {1000 * cpu / count:.2f} ms of the "
        "processor for scheduler, workers and client together"
    )


def main(units: int, rounds: int) -> None:
    """Compare by turns and print."""
    print(handing_over(units), flush=True)
    for what, asked in (
        ("a study", study(units, 20, 2000)),
        ("units of nothing", study(units, 1, 2)),
    ):
        took: dict[str | None, list[float]] = {None: [], "dask": []}
        for _ in range(rounds):
            rows = []
            for executor, times in took.items():
                with tempfile.TemporaryDirectory() as place:
                    seconds, frame, count = timed(asked, Path(place), executor)
                times.append(seconds)
                rows.append(frame)
            assert rows[0].equals(rows[1]), "the rows differ"
        local, dask = min(took[None]), min(took["dask"])
        print(
            f"{what}, {count:,} units: -j 2 {local:.1f} s, LocalCluster of 2 {dask:.1f} s: ratio "
            f"{dask / local:.2f}; {1000 * (dask - local) / count:.1f} ms more a unit; rows are equal",
            flush=True,
        )


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:3]]
    main(*[*numbers, *[1000, 2][len(numbers) :]])
