"""Running a study: plan what is missing, hand units to workers, count what came back."""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, field, replace
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import numpy as np

from minmaxbench.bench.plugins import load_entry_points, load_files
from minmaxbench.bench.starts import start_points
from minmaxbench.bench.store import Store, unit_columns
from minmaxbench.bench.study import Study, Unit
from minmaxbench.core.calls import Call
from minmaxbench.core.noise import run_keys
from minmaxbench.core.problem import Problem
from minmaxbench.engines.choice import Answer, run_lanes
from minmaxbench.errors import UserError
from minmaxbench.record.outcomes import Outcome
from minmaxbench.record.record import Record, join
from minmaxbench.record.targets import SMALL, TARGETS
from minmaxbench.record.verdicts import Verdict
from minmaxbench.theory.equilibrium import columns_of, equilibrium

BLOCK = 2**16
"""Lanes that advance together have about so many variables."""


@dataclass(frozen=True)
class Done:
    """A unit that is finished: how its runs ended, and how long it took."""

    unit: Unit
    outcomes: dict[str, int]
    seconds: float
    message: str = ""
    """What went wrong, if anything did, or why another engine ran it."""


@dataclass
class Plan:
    """What a study asks for, and what of it is missing in its store."""

    study: Study
    store: Store
    missing: list[Unit] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    kept: int = 0
    """Runs that are already there."""
    excluded: dict[str, list[str]] = field(default_factory=dict)
    """Algorithms that cannot run on some of the problems, with the reasons."""

    @property
    def runs(self) -> int:
        """How many runs are planned, those already there included."""
        return self.kept + sum(unit.count for unit in self.missing)


def make_plan(study: Study, folder: Path) -> Plan:
    """Compare a study with its folder; a seed that is already answered is not asked again."""
    study.check()
    plan = Plan(study, Store(folder))
    plan.store.open()
    finished = plan.store.finished()
    one_seed = replace(study, seeds=1)
    for first in one_seed.units():
        try:
            first.algorithm.build().for_problem(first.problem.build())
        except UserError as error:
            plan.excluded.setdefault(first.algorithm.label, []).append(str(error))
            continue
        question = first.question
        open_seeds = np.ones(study.seeds, dtype=bool)
        for start, count in finished.get(question, []):
            if open_seeds[start : start + count].any():
                open_seeds[start : start + count] = False
                plan.files.append(plan.store.path(question, start, count).name)
        plan.kept += int(study.seeds - open_seeds.sum())
        for unit in _gaps(study, first, open_seeds):
            plan.missing.append(unit)
            plan.files.append(plan.store.path(question, unit.first, unit.count).name)
    if not plan.files:
        raise UserError(next(iter(plan.excluded.values()))[0])
    plan.store.write_manifest(study, plan.files, plan.runs)
    return plan


def _gaps(study: Study, like: Unit, open_seeds: Any) -> Iterator[Unit]:
    """Units for each stretch of seeds that is still open."""
    edges = np.flatnonzero(np.diff(np.r_[0, open_seeds, 0]))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        one = replace(study, problems=(like.problem,), algorithms=(like.algorithm,))
        yield from one.units(int(first), int(last - first))


def run_study(
    plan: Plan,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Callable[[Done], None] = lambda done: None,
) -> dict[str, int]:
    """Run what is missing; return how the runs of the whole plan that ran now ended.

    ``executor`` may be any ``concurrent.futures`` executor, a cluster's among them, that shares
    the results folder; otherwise ``jobs`` worker processes are used.
    """
    total: Counter[str] = Counter()
    with closing(_execute(plan, jobs, executor)) as execution:
        for done in execution:
            total.update(done.outcomes)
            progress(done)
    return dict(total)


def _execute(plan: Plan, jobs: int, executor: Executor | None) -> Generator[Done]:
    folder, files = plan.store.folder, plan.study.files
    if executor is not None:
        futures = [executor.submit(work, unit, folder, files) for unit in plan.missing]
        yield from (future.result() for future in as_completed(futures))
        return
    if jobs == 1 or len(plan.missing) <= 1:
        yield from (work(unit, folder, files) for unit in plan.missing)
        return
    left, suspects = list(plan.missing), False
    while left:
        # After a crash nobody knows which unit it was: one at a time until it shows.
        batch = left[:1] if suspects else left
        finished: list[Unit] = []
        try:
            with _pool(min(jobs, len(batch))) as pool:
                futures = [pool.submit(work, unit, folder, files) for unit in batch]
                try:
                    for future in as_completed(futures):
                        done = future.result()
                        finished.append(done.unit)
                        yield done
                finally:
                    # When interrupted: what has not begun does not begin.
                    pool.shutdown(wait=False, cancel_futures=True)
        except BrokenProcessPool:
            if suspects:
                finished.append(batch[0])
                yield _failed(batch[0], folder, "The worker process died (a crash or a kill).")
            suspects = not suspects
        left = [unit for unit in left if unit not in finished]


def _pool(jobs: int) -> ProcessPoolExecutor:
    # Spawned, not forked: a fork of a process that has started threads may hang.
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_begin_worker)


def _begin_worker() -> None:
    """A worker ends with its parent: at once on Ctrl-C, silently, and when the parent is killed."""
    # Where Ctrl-C is ignored, as in a shell's background, the parent goes on, and so does a worker.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def end_with_parent() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


def work(unit: Unit, folder: Path, files: tuple[str, ...] = ()) -> Done:
    """Run one unit and write its file; a unit that raises becomes rows with its message."""
    load_entry_points()
    load_files(files)
    began = time.perf_counter()
    try:
        problem, answer = _run(unit)
        judged = _judge(unit, problem, answer)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        name = type(error).__name__
        return _failed(
            unit, folder, f"{name}: {error} ({Path(where.filename).name}:{where.lineno})"
        )
    seconds = time.perf_counter() - began
    store = Store(folder)
    columns = unit_columns(unit, run_columns(problem, answer, seconds) | judged)
    store.write(store.path(unit.question, unit.first, unit.count), columns)
    return Done(unit, dict(Counter(columns["outcome"])), seconds, answer.note)


def _run(unit: Unit) -> tuple[Problem, Answer]:
    problem, algorithm = unit.problem.build(), unit.algorithm.build()
    seeds = unit.first + np.arange(unit.count)
    label = f"{unit.seed}|{problem.name}|{unit.problem.instance}|{problem.dx}|{problem.dy}"
    keys = run_keys(label, seeds)
    deadline = time.perf_counter() + (np.inf if unit.time_limit is None else unit.time_limit)
    # Lanes are independent: those that do not fit into the cache together run after one another.
    size = max(1, BLOCK // (problem.dx + problem.dy))
    answers = []
    for first in range(0, unit.count, size):
        block = slice(first, first + size)
        x, y = start_points(unit.start, problem, keys[block], seeds[block])
        left = deadline - time.perf_counter()
        runs = problem, algorithm, x, y, keys[block], unit.budget, unit.noise, left
        answers.append(run_lanes(unit.engine, *runs))
    answer = answers[0]._replace(record=join([answer.record for answer in answers]))
    check_bounds(problem, answer.record)
    return problem, answer


def _judge(unit: Unit, problem: Problem, answer: Answer) -> dict[str, Any]:
    """The columns of the equilibrium test, for the runs that are judged; empty for the others."""
    if unit.equilibrium is None:
        return {}
    count = min(max(unit.judged - unit.first, 0), unit.count)
    final = answer.record.x[:count], answer.record.y[:count]
    finite = np.isfinite(np.concatenate(final, axis=1)).all(1)
    points = final[0][finite], final[1][finite]
    known = columns_of(equilibrium(problem, *points, unit.equilibrium, unit.seed))
    columns: dict[str, Any] = {}
    for name, values in known.items():
        whole = np.full(unit.count, "" if name == "equilibrium" else np.nan, dtype=object)
        whole[:count][finite] = values
        columns[name] = whole.tolist()
    return columns


class BoundError(Exception):
    """A run reached a value that the problem's proved bounds exclude."""


def check_bounds(problem: Problem, record: Record) -> None:
    """Fail loudly when a recorded value lies outside the proved bounds of f.

    It is a free check of problem, bounds and harness against each other. Runs that diverged are
    left out: rounding rules there.
    """
    low, high = problem.about.bounds
    sane = np.array([o not in (Outcome.DIVERGED, Outcome.NON_FINITE) for o in record.outcome])
    values = record.trace["value"][sane]
    slack = 1e-9 * (1 + max([abs(b) for b in (low, high) if np.isfinite(b)], default=0.0))
    if (values < low - slack).any() or (values > high + slack).any():
        raise BoundError(
            f"f reached {np.nanmin(values):.17g} to {np.nanmax(values):.17g} on {problem.name}, but "
            f"is proved to stay in [{low:.17g}, {high:.17g}]"
        )


def _failed(unit: Unit, folder: Path, message: str) -> Done:
    columns = unit_columns(
        unit,
        {
            "outcome": [Outcome.ERROR.value] * unit.count,
            "verdict": [Verdict.ERROR.value] * unit.count,
            "message": [message] * unit.count,
            "engine": [unit.engine] * unit.count,
        },
    )
    store = Store(folder)
    store.write(store.path(unit.question, unit.first, unit.count), columns)
    return Done(unit, {Outcome.ERROR.value: unit.count}, 0.0, message)


def run_columns(problem: Problem, answer: Answer, seconds: float) -> dict[str, Any]:
    """The columns that say how runs went; traces as lists in single precision."""
    record = answer.record
    n = len(record.outcome)
    known = problem.points()
    kinds = [known.kind[k].value if k >= 0 else "" for k in record.nearest]
    steps = max(1, int(record.steps.sum()))
    columns: dict[str, Any] = {
        "outcome": [outcome.value for outcome in record.outcome],
        "message": [""] * n,
        "engine": [answer.engine] * n,
        "calls": record.calls,
        **{f"{c.name.lower()}_calls": record.counts[:, c] for c in Call},
        "steps": record.steps,
        "seconds": np.full(n, seconds / n),
        "step_seconds": np.full(n, seconds / steps),
        "unit_seconds": np.full(n, seconds),
        "equilibria": np.full(n, known.equilibria.size),
        "value": record.value,
        "residual": record.residual,
        "distance": record.distance,
        "nearest": record.nearest,
        "nearest_kind": kinds,
        "nearest_distance": record.gap,
        "verdict": [verdict.value for verdict in record.verdict],
        "period": record.period,
        "amplitude": record.amplitude,
    }
    if problem.dx + problem.dy <= SMALL:
        columns |= {"x": record.x, "y": record.y}
    for name, hits in record.hits.items():
        columns |= {hit_column(name, t): hits[:, j] for j, t in enumerate(TARGETS)}
    columns["trace_calls"] = np.tile(record.grid, (n, 1))
    with np.errstate(over="ignore"):
        # A diverging run may pass the largest single-precision number: infinite will do.
        columns |= {f"trace_{k}": v.astype(np.float32) for k, v in record.trace.items()}
    return columns


def hit_column(name: str, target: float) -> str:
    """The column of first-hit calls: ``distance_1e-05``."""
    return f"{name}_{target:.0e}"
