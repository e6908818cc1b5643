"""Is `minmaxbench plan` right, and quick? python -m benchmarks.plan_bars [small]

The forecast of the work of some studies over what they took, in processor time of one process, so that
a busy machine does not matter much; wanted: between 1/2 and 2. And a study of 100,000 units: wanted at
most 10 s and 500 MB.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import minmaxbench as mb
from minmaxbench.bench.executors import run_plan
from minmaxbench.bench.forecast import Forecast, forecast
from minmaxbench.bench.plan import draft, make_plan
from minmaxbench.problems.registry import names

RULES = ["gda", "extragradient", "ogda", "greedy_max"]
STUDIES = {
    "planar": {"problems": ["ftr_f1", "keswani_f3", "forsaken", "jin_cos"], "budget": 4000},
    "long": {"problems": ["keswani_f3"], "algorithms": ["gda", "greedy_max"], "budget": 1e5},
    "families": {"problems": [{"name": "bilinear_d", "d": [2, 20, 100]}], "budget": 3000},
    "suite": {"problems": list(names("planar")), "seeds": 20, "budget": 2000},
    "noisy": {"problems": ["keswani_f3", "ftr_f2"], "noise": 0.1, "budget": 5000, "seeds": 300},
    "jax": {"problems": ["keswani_f3", "forsaken"], "budget": 5e4, "engine": "jax"},
}


def measured(name: str) -> tuple[Forecast, float]:
    """The forecast of a study, and the seconds of the processor that it took."""
    study = mb.Study(**{"algorithms": RULES, "seeds": 100, "engine": "numpy", **STUDIES[name]})
    with tempfile.TemporaryDirectory() as place:
        told = forecast(draft(study, Path(place)), 7.0)
        plan = make_plan(study, Path(place))
        wall, cpu = time.perf_counter(), time.process_time()
        run_plan(plan)
        return told, min(time.process_time() - cpu, time.perf_counter() - wall)


def accuracy(asked: list[str]) -> None:
    """Print the ratio of each study."""
    for name in asked:
        told, took = measured(name)
        print(
            f"{name}: {told.seconds():.2f} s forecast from {told.tried} of {told.units} units in "
            f"{told.groups()} groups, {took:.2f} s taken: {told.seconds() / took:.2f}",
            flush=True,
        )


def hundred_thousand() -> None:
    """Print what drafting a study of 100,000 units takes."""
    problems = [
        {"name": name, "instance": list(range(250))}
        for name in ("ftr_f1", "keswani_f3", "forsaken", "bilinear_d")
    ]
    rules = list(mb.algorithms()["name"])[:20]
    cpu, wall = time.process_time(), time.perf_counter()
    study = mb.Study(problems=problems, algorithms=rules, seeds=5000, budget=1000)
    plan = draft(study, Path("nowhere"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{len(plan.missing):,} units: {time.process_time() - cpu:.1f} s of the processor, "
        f"{time.perf_counter() - wall:.1f} s, {peak:.0f} MB"
    )


if __name__ == "__main__":
    hundred_thousand()
    accuracy(["planar", "families", "suite"] if "small" in sys.argv else list(STUDIES))
