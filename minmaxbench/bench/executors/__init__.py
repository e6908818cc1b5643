"""What runs the units of a plan: this process, worker processes, or an executor of the user's."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Executor, Future, as_completed
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from minmaxbench.bench.executors.pool import Pool
from minmaxbench.bench.executors.task import pack, perform
from minmaxbench.bench.plan import Plan
from minmaxbench.bench.unit import Answer, Unit, failed, sentence, work

__all__ = ["Done", "run_plan"]


@dataclass(frozen=True)
class Done:
    """A unit that is finished: how its runs ended, and how long it took."""

    unit: Unit
    outcomes: dict[str, int]
    seconds: float
    message: str = ""
    """What went wrong, if anything did, or why another engine ran it."""


def run_plan(
    plan: Plan,
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Callable[[Done], None] = lambda done: None,
) -> list[Done]:
    """Run what is missing of a plan; return how it went, unit by unit.

    Parameters
    ----------
    plan :
        What :func:`minmaxbench.bench.plan.make_plan` made.
    jobs :
        Worker processes; 0 for one a core. Code of the user's always runs in a worker.
    executor :
        Any ``concurrent.futures`` executor, a cluster's among them, that shares the results folder.
    progress :
        Called after each unit.
    """
    finished: list[Done] = []
    with closing(_execute(plan, jobs or os.cpu_count() or 1, executor)) as execution:
        for done in execution:
            finished.append(done)
            progress(done)
    return finished


def _execute(plan: Plan, jobs: int, executor: Executor | None) -> Generator[Done]:
    folder, files, units = plan.store.folder.resolve(), plan.study.files, plan.missing
    if executor is not None:
        yield from _handed_over(units, folder, files, executor)
    elif all(unit.own for unit in units) and (jobs == 1 or len(units) <= 1):
        yield from (Done(unit, *work(unit, folder)) for unit in units)
    else:
        with Pool(min(jobs, len(units)), files) as pool:
            futures = {pool.submit(unit, folder): unit for unit in units}
            yield from _collected(futures, folder)


def _handed_over(
    units: Iterable[Unit], folder: Path, files: tuple[str, ...], executor: Executor
) -> Generator[Done]:
    futures = {executor.submit(perform, pack(unit, folder, files)): unit for unit in units}
    yield from _collected(futures, folder)


def _collected(futures: dict[Future[Answer], Unit], folder: Path) -> Generator[Done]:
    """What comes back; a future that raises is a unit whose rows say why."""
    try:
        for future in as_completed(futures):
            unit = futures[future]
            try:
                answer = future.result()
            except Exception as error:
                answer = failed(unit, folder, sentence(error))
            yield Done(unit, *answer)
    finally:
        for future in futures:
            future.cancel()
