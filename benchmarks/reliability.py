"""Measure what reliability costs, and run many processes in one folder.

python -m benchmarks.reliability [audit] [checks] [harness] [help] [folder]

Without words, all of them. Times are the least of some repetitions; run it on a quiet machine.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

import minmaxbench as mb
from benchmarks.kills import command, runs
from minmaxbench.core.noise import run_keys
from minmaxbench.engines.audit import Audit
from minmaxbench.engines.batch import Batch
from minmaxbench.engines.numpy_engine import NumpyEngine
from minmaxbench.problems.checks import check_problem

PROCESSES = 6


def least(work: Callable[[], object], repeat: int = 5) -> float:
    """Seconds of processor time of one call."""
    times = []
    for _ in range(repeat):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def audit() -> None:
    """The audit of a default unit: 100 seeds, 10,000 gradient calls. Bar: 1 % and 20 ms.

    Its own time is taken, within a run: the difference of two runs is lost in what else a machine does.
    """
    for name in ("keswani_f3", "ftr_f1"):
        problem = mb.problem(name)
        rng = np.random.default_rng(0)
        x, y = rng.uniform(-2, 2, (100, 1)), rng.uniform(-2, 2, (100, 1))
        shares = []
        for _ in range(9):
            batch = Batch(
                problem, mb.algorithm("gda"), x, y, run_keys("audit", np.arange(100)), 10_000.0,
                audit=True,
            )  # fmt: skip
            with timed_audit() as spent:
                began = time.process_time()
                NumpyEngine().run(batch)
                whole = time.process_time() - began
            shares.append((sum(spent), whole - sum(spent)))
        extra, without = (min(each) for each in zip(*shares, strict=True))
        print(f"audit of gda on {name}: {1e3 * extra:.1f} ms of {1e3 * without:.0f} ms: "
              f"{extra / without:.1%}")  # fmt: skip


@contextmanager
def timed_audit() -> Iterator[list[float]]:
    """The seconds that each call of an audit takes, while it is entered."""
    spent: list[float] = []

    def timed(method: Callable[..., None]) -> Callable[..., None]:
        def call(*given: object) -> None:
            began = time.process_time()
            try:
                method(*given)
            finally:
                spent.append(time.process_time() - began)

        return call

    methods = {name: getattr(Audit, name) for name in ("before", "after")}
    try:
        for name, method in methods.items():
            setattr(Audit, name, timed(method))
        yield spent
    finally:
        for name, method in methods.items():
            setattr(Audit, name, method)


def checks() -> None:
    """What a problem is asked when it gets its name. Bar: 20 ms for a planar one."""
    for name in ("keswani_f3", "ftr_f1"):
        problem = mb.problem(name)
        check_problem(problem)
        print(f"checks of {name}: {1e3 * least(lambda p=problem: check_problem(p)):.1f} ms")


def harness() -> None:
    """Ten steps of GDA through plan, unit, store and results. Bar: 1 ms a run."""
    with tempfile.TemporaryDirectory() as place:

        def study(name: str) -> object:
            return mb.run(["keswani_f3"], ["gda"], seeds=1000, budget=10, name=name, out=place)

        study("warm")
        times = [least(lambda k=k: study(f"s{k}"), 1) for k in range(5)]
    print(f"a run of 10 steps through the whole harness: {min(times):.3f} ms")


def help_() -> None:
    """``minmaxbench --help``. Bar: 0.4 s."""
    walls = []
    for _ in range(7):
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "minmaxbench", "--help"], check=True, stdout=subprocess.DEVNULL
        )
        walls.append(time.perf_counter() - began)
    print(f"minmaxbench --help: {min(walls):.2f} s, median {statistics.median(walls):.2f} s")


def folder() -> None:
    """Six processes in one folder, three times: all end with 0, and all runs are there, bit for bit."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        subprocess.run(command(root / "whole", 1), check=True, capture_output=True)
        whole = runs(root / "whole")
        for turn in range(3):
            out = root / str(turn)
            crowd = [
                subprocess.Popen(
                    command(out, 1), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
                )
                for _ in range(PROCESSES)
            ]
            said = [process.communicate()[1] for process in crowd]
            codes = [process.returncode for process in crowd]
            assert codes == [0] * PROCESSES, said
            assert runs(out).equals(whole)
            print(
                f"{PROCESSES} processes in one folder: all exit 0, all {len(whole)} runs are there"
            )


ALL = {"audit": audit, "checks": checks, "harness": harness, "help": help_, "folder": folder}

if __name__ == "__main__":
    for word in sys.argv[1:] or ALL:
        ALL[word]()
