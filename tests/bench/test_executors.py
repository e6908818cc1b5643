"""Whatever runs the units: a crash, an exit or an endless step costs its own unit alone."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pandas as pd
import pytest

import minmaxbench as mb
from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.bench.executors import pool, run_plan
from minmaxbench.bench.plan import make_plan
from minmaxbench.bench.studyfile import read_study

FILE = """
import os, sys, time, ctypes
from dataclasses import dataclass
import minmaxbench as mb

class Sad(Exception):
    def __str__(self):
        raise ValueError("no text")

def endless():
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass

@mb.register("naughty", "a test")
@dataclass(frozen=True)
class Naughty(mb.Memoryless):
    "Does what no algorithm should."
    def step(self, state, oracle):
        {deed}
        return state
"""

DEEDS = {
    "is killed": ("os.kill(os.getpid(), 9)", "exit code -9"),
    "leaves Python": ("os._exit(0)", "exit code 0"),
    "exits": ("sys.exit(0)", "SystemExit"),
    "exits with 3": ("sys.exit(3)", "SystemExit: 3"),
    "crashes": ("ctypes.string_at(0)", "exit code -11"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "raises GeneratorExit": ("raise GeneratorExit", "GeneratorExit"),
    "raises without a text": ("raise Sad", "Sad: .its text cannot be made"),
    "prints": ("print('noise'); sys.stdout.flush(); 1 / 0", "ZeroDivisionError"),
}


def study_of(folder, deed, **more):
    (folder / "naughty.py").write_text(FILE.format(deed=deed))
    lines = "".join(f"{k} = {v!r}\n" for k, v in more.items())
    (folder / "study.toml").write_text(
        'problems = ["ftr_f1", "keswani_f3"]\nalgorithms = ["naughty", "gda"]\nseeds = 3\n'
        f'budget = 20\nfiles = ["naughty.py"]\n{lines}'
    )
    return read_study(folder / "study.toml")


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("what", DEEDS)
def test_what_an_algorithm_does_costs_only_its_own_units(tmp_path, what, jobs):
    if jobs == 2 and what not in ("is killed", "exits"):
        pytest.skip("the same code")
    deed, says = DEEDS[what]
    study = study_of(tmp_path, deed)
    try:
        with pytest.warns(UserWarning, match="6 runs ended in an error"):
            got = mb.run(study, out=tmp_path / "out", jobs=jobs)
    finally:
        ALGORITHMS.remove("naughty")
    assert len(got.runs) == 12
    outcomes = got.runs.groupby("algorithm")["outcome"].agg(set)
    assert outcomes["naughty"] == {"error"}
    assert "error" not in outcomes["gda"]
    assert got.errors["message"].str.contains(says).all(), got.errors["message"][0]


SEVERAL = FILE.replace("step(", "moved(").replace(
    "    def moved",
    """    eta: float = 0.1

    def step(self, state, oracle):
        return self.moved(state, oracle) if self.eta > 0.5 else state

    def moved""",
)


@pytest.mark.parametrize("deed", ["os._exit(0)", "sys.exit(3)", "1 / 0"])
def test_a_setting_that_ends_its_worker_is_lost_alone(tmp_path, deed):
    (tmp_path / "mine.py").write_text(SEVERAL.format(deed=deed))
    etas = [0.1, 0.2, 0.3, 0.7, 0.4]
    try:
        study = mb.Study(
            ["ftr_f1"], [{"name": "naughty", "eta": etas}], seeds=2, budget=20,
            files=[str(tmp_path / "mine.py")],
        )  # fmt: skip
        plan = make_plan(study, tmp_path / "out")
        (unit,) = plan.missing
        (done,) = run_plan(plan, 2)
        assert (done.unit, sum(done.outcomes.values()), done.outcomes["error"]) == (unit, 10, 2)
        assert len(list((tmp_path / "out" / "units").iterdir())) == 1
        runs = mb.load(tmp_path / "out").runs
        lost = set(runs.loc[runs["outcome"] == "error", "algorithm"])
        assert lost == {"naughty(eta=0.7)"}
        assert len(runs) == 10
        # It alone is tried again.
        (again,) = make_plan(study, tmp_path / "out").missing
        assert [ref.label for ref in again.algorithms] == ["naughty(eta=0.7)"]
        assert not make_plan(study, tmp_path / "out", retry=False).missing
    finally:
        ALGORITHMS.remove("naughty")


def test_a_step_that_swallows_every_exception_does_not_outlive_its_time(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "GRACE", 6.0)
    study = study_of(tmp_path, "endless()", time_limit=0.5)
    began = time.perf_counter()
    try:
        with pytest.warns(UserWarning, match="was killed"):
            got = mb.run(study, out=tmp_path / "out")
    finally:
        ALGORITHMS.remove("naughty")
    assert time.perf_counter() - began < 60
    assert set(got.errors["algorithm"]) == {"naughty"}


SESSION = """
from dataclasses import dataclass
import minmaxbench as mb

mb.planar("here", "x*y - y**2")

class Data(mb.Problem):
    name, dx, dy = "data", 2, 1
    def value(self, xp, x, y):
        return (x[:, :1] * y)[:, 0]
    def grad(self, xp, x, y):
        return xp.concatenate([y, 0 * y], axis=1), x[:, :1].copy()

@mb.register("there", "a test")
@dataclass(frozen=True)
class There(mb.Memoryless):
    "A rule."
    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return mb.Iterate(state.x - 0.1 * gx, state.y + 0.1 * gy)

res = mb.run(["here", Data(), "ftr_f1"], ["there", "gda"], seeds=3, budget=20, jobs={jobs})
assert len(res.runs) == 18 and not len(res.errors), res.errors
print("fine", sorted(res.runs["problem"].unique()))
"""


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("how", ["-c", "script"])
def test_what_a_session_declares_runs_in_workers_and_needs_no_guard(tmp_path, jobs, how):
    code = SESSION.format(jobs=jobs)
    if how == "script":
        (tmp_path / "script.py").write_text(code)
        command = [sys.executable, "script.py"]
    else:
        command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "fine ['data', 'ftr_f1', 'here']"


def test_executors_of_the_users(tmp_path):
    study = mb.Study(problems=["ftr_f1", "keswani_f3"], algorithms=["gda"], seeds=3, budget=30)
    alone = mb.run(study).runs.drop(columns=["seconds", "step_seconds", "unit_seconds"])
    # Spawned: a fork of a process in which JAX has run may hang.
    processes = partial(ProcessPoolExecutor, mp_context=get_context("spawn"))
    for k, kind in enumerate((ThreadPoolExecutor, processes)):
        with kind(2) as executor:
            got = mb.run(study, out=tmp_path / str(k), executor=executor).runs
        assert got.drop(columns=["seconds", "step_seconds", "unit_seconds"]).equals(alone)


def test_an_executor_of_the_users_gets_units_that_run_side_by_side(tmp_path):
    """Twice as many tasks as it has workers; where it does not say how many, each unit by itself."""
    study = mb.Study(problems=["ftr_f1", "ftr_f2", "keswani_f3", "forsaken"], algorithms=["gda", "ogda"],
                     seeds=2, budget=10)  # fmt: skip

    class Counting(ThreadPoolExecutor):
        tasks = 0

        def submit(self, *args):
            self.tasks += 1
            return super().submit(*args)

    class Unsaid(Executor):
        def __init__(self, inner):
            self.inner, self.submit = inner, inner.submit

    for k, (wrapped, tasks) in enumerate(((lambda inner: inner, 4), (Unsaid, 8))):
        with Counting(2) as executor:
            runs = mb.run(study, out=tmp_path / str(k), executor=wrapped(executor)).runs
        assert (len(runs), executor.tasks) == (16, tasks)


def test_an_executor_without_a_folder_is_refused():
    with (
        ThreadPoolExecutor(1) as executor,
        pytest.raises(mb.UserError, match="needs a folder"),
    ):
        mb.run(["ftr_f1"], ["gda"], executor=executor)


def test_relative_folders_reach_workers_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(FILE.format(deed="pass"))
    study = mb.Study(problems=["ftr_f1"], algorithms=["gda"], seeds=2, budget=10, files=["mine.py"])
    plan = make_plan(study, tmp_path / "out")
    try:
        seen = []

        class Elsewhere(ThreadPoolExecutor):
            def submit(self, function, *args):
                os.chdir("/")
                seen.append(args)
                return super().submit(function, *args)

        with Elsewhere(1) as executor:
            done = run_plan(plan, executor=executor)
    finally:
        os.chdir(tmp_path)
        ALGORITHMS.remove("naughty")
    assert [d.outcomes for d in done] == [{"budget": 2}]


def test_a_killed_command_leaves_no_worker_behind(tmp_path):
    (tmp_path / "slow.py").write_text(FILE.format(deed="time.sleep(60)"))
    code = (
        "import minmaxbench as mb; mb.run(['ftr_f1'], ['naughty'], files=['slow.py'], seeds=1,"
        " budget=5, out='out')"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path)
    deadline = time.time() + 20
    children: list[int] = []
    while not children and time.time() < deadline:
        time.sleep(0.1)
        children = workers_of(parent.pid)
    assert children
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    while any(alive(child) for child in children) and time.time() < deadline:
        time.sleep(0.1)
    assert not any(alive(child) for child in children)


def workers_of(pid):
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True
    )
    return [int(word) for word in listed.stdout.split()]


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


FILE_OF_TWO = """
import os, subprocess, sys, warnings
from dataclasses import dataclass
import numpy as np
import minmaxbench as mb

@mb.register("vandal", "a test")
@dataclass(frozen=True)
class Vandal(mb.Memoryless):
    "Leaves its process as nobody should find it."
    def step(self, state, oracle):
        np.seterr(all="raise")
        warnings.simplefilter("error")
        os.chdir("/")
        np.random.seed(0)
        sys.setrecursionlimit(60)
        np.isfinite = np.all = np.sqrt = lambda *a, **k: False
        subprocess.Popen(["sleep", "77.25"])
        raise ValueError("on purpose")

@mb.register("second", "a test")
@dataclass(frozen=True)
class Second(mb.Memoryless):
    "Plain GDA."
    def step(self, state, oracle):
        gx, gy = oracle.grad(state.x, state.y)
        return mb.Iterate(state.x - 0.05 * gx, state.y + 0.05 * gy)
"""


def test_what_code_does_to_its_process_reaches_nobody_else(tmp_path):
    (tmp_path / "two.py").write_text(FILE_OF_TWO)
    rules = ["vandal", "second", "gda"]
    study = mb.Study(
        problems=["ftr_f1", "keswani_f3"], algorithms=rules, seeds=3, budget=300,
        files=[str(tmp_path / "two.py")],
    )  # fmt: skip
    try:
        with pytest.warns(UserWarning, match="6 runs ended in an error"):
            got = mb.run(study).runs
    finally:
        ALGORITHMS.remove("vandal")
        ALGORITHMS.remove("second")
    assert set(got[got["outcome"] == "error"]["algorithm"]) == {"vandal"}
    alone = mb.run(["ftr_f1", "keswani_f3"], ["gda"], seeds=3, budget=300).runs
    for rule in ("second", "gda"):
        mine = got[got["algorithm"] == rule].reset_index(drop=True)
        for column in ("calls", "value", "residual", "outcome", "verdict"):
            pd.testing.assert_series_equal(mine[column], alone[column])
    # Nor does what it has begun outlive it.
    assert not [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"77.25" in said(p)]


def said(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""
