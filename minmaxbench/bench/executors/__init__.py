"""What runs the units of a plan: this process, worker processes, a cluster, an executor of the user's."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, as_completed
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeAlias

from minmaxbench.bench.abreast import allowance, groups, work_abreast
from minmaxbench.bench.executors.elsewhere import (
    NotSettledError,
    luggage_of,
    perform_here,
    told,
)
from minmaxbench.bench.executors.pool import Pool, count_gpus
from minmaxbench.bench.executors.task import pack, perform
from minmaxbench.bench.fingerprint import texts_of
from minmaxbench.bench.plan import Plan
from minmaxbench.bench.store import StoreError
from minmaxbench.bench.unit import Answer, Unit, failed
from minmaxbench.errors import UserError

__all__ = ["Done", "run_plan"]


@dataclass(frozen=True)
class Done:
    """A unit that is finished: how its runs ended, and how long it took."""

    unit: Unit
    outcomes: dict[str, int]
    seconds: float
    message: str = ""
    """What went wrong, if anything did, or why another engine ran it."""


Submit: TypeAlias = Callable[[list[Unit]], Future[Any]]
"""Has units performed; what comes of it is an answer, or a list of them."""


def run_plan(
    plan: Plan,
    jobs: int = 1,
    executor: Executor | str | None = None,
    progress: Callable[[Done], None] = lambda done: None,
    shared: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> list[Done]:
    """Run what is missing of a plan; return how it went, unit by unit.

    Parameters
    ----------
    plan :
        What :func:`minmaxbench.bench.plan.make_plan` made.
    jobs :
        Worker processes; 0 for one a core. Code of the user's always runs in a worker.
    executor :
        A kind of cluster by name (see :mod:`minmaxbench.bench.executors.cluster`), or any
        ``concurrent.futures`` executor, whose workers share the results folder.
    progress :
        Called after each unit.
    shared :
        Whether the workers of a cluster write to the results folder themselves. Otherwise results
        come back with the answers, and no disk is shared.
    say :
        Called with what one should know of a cluster, in sentences.

    Raises
    ------
    UserError
        For a cluster that cannot be used, before anything runs, and for one that is lost, a full disk
        and the like later. Units that are finished are kept.
    """
    finished: list[Done] = []
    with closing(_execute(plan, jobs or os.cpu_count() or 1, executor, shared, say)) as execution:
        for done in execution:
            finished.append(done)
            progress(done)
    return finished


def _execute(
    plan: Plan,
    jobs: int,
    executor: Executor | str | None,
    shared: bool,
    say: Callable[[str], None],
) -> Generator[Done]:
    folder, units = plan.store.folder.resolve(), plan.missing
    files = texts_of(plan.study.files)
    if not units:
        return
    alone = [[unit] for unit in units]
    if isinstance(executor, str):
        yield from _on_a_cluster(plan, jobs, executor, shared, say)
    elif executor is not None:
        # One that does not say how many workers it has may have as many as there are units.
        workers = getattr(executor, "_max_workers", len(units))
        yield from _collected(
            groups(units, max(2, workers)),
            plan,
            lambda some: executor.submit(perform, pack(some, folder, files)),
        )
    elif units[0].device == "cuda":
        # One worker a GPU.
        devices = count_gpus(units[0].engine)
        with Pool(min(jobs, devices, len(units)), files, devices) as pool:
            yield from _collected(alone, plan, lambda some: pool.submit(some, folder))
    elif all(unit.own for unit in units) and (jobs == 1 or len(units) <= 1):
        for some in groups(units, jobs):
            yield from _done(some, work_abreast(some, folder))
    else:
        with Pool(min(jobs, len(units)), files) as pool:
            ordered = pool.order(groups(units, jobs))
            yield from _collected(ordered, plan, lambda some: pool.submit(some, folder))


def _on_a_cluster(
    plan: Plan, jobs: int, name: str, shared: bool, say: Callable[[str], None]
) -> Generator[Done]:
    from minmaxbench.bench.executors.cluster import opened

    luggage = luggage_of(plan, far=name != "dask")
    key, folder = luggage.key, plan.store.folder.resolve() if shared else None
    with opened(name, jobs, plan.study.cluster, luggage, say) as cluster:
        # More workers may join: no group is everything.
        submit, tasks = cluster.executor.submit, groups(plan.missing, max(2, cluster.workers))
        yield from _collected(
            tasks,
            plan,
            lambda some: submit(perform_here, key, pack(some, folder), allowance(some)),
        )


def _future(submit: Submit, units: list[Unit]) -> Future[Any]:
    try:
        return submit(units)
    except BrokenExecutor as error:
        # A crash has ended the user's executor.
        broken: Future[Any] = Future()
        broken.set_exception(error)
        return broken


def _collected(tasks: Sequence[list[Unit]], plan: Plan, submit: Submit) -> Generator[Done]:
    """What comes back; a future that raises is a unit whose rows say why.

    Where it has several units, or a unit several settings, one of them may be the cause: units are tried
    again alone, settings in halves.
    """
    folder, torn = plan.store.folder.resolve(), []
    futures = {_future(submit, units): units for units in tasks}
    try:
        for future in as_completed(futures):
            units = futures.pop(future)
            try:
                result: Answer | list[Answer] = future.result()
                answers = [result] if isinstance(result, Answer) else result
            except (NotSettledError, StoreError):
                raise
            except CancelledError as error:
                raise UserError(
                    "The cluster's scheduler is gone; finished units are kept: the same command "
                    "goes on from here."
                ) from error
            except Exception as error:
                if len(units) > 1 or len(units[0].algorithms) > 1:
                    torn.append(units)
                    continue
                answers = [failed(units[0], folder, told(error))]
            for unit, answer in zip(units, answers, strict=True):
                if answer.file:
                    plan.store.adopt(unit, answer.file)
            yield from _done(units, answers)
    finally:
        for future in futures:
            future.cancel()
    for units in torn:
        if len(units) > 1:
            yield from _collected([[unit] for unit in units], plan, submit)
        else:
            yield _in_halves(units[0], plan, submit)


def _in_halves(unit: Unit, plan: Plan, submit: Submit) -> Done:
    """A unit of several settings, run again in halves."""
    halves = unit.halves()
    parts = list(_collected([[half] for half in halves], plan, submit))
    plan.store.join(unit, halves)
    ends = sum((Counter(part.outcomes) for part in parts), Counter[str]())
    said = next((part.message for part in parts if part.message), "")
    return Done(unit, dict(ends), sum(part.seconds for part in parts), said)


def _done(units: list[Unit], answers: list[Answer]) -> Generator[Done]:
    """What is told of units that are finished."""
    for unit, answer in zip(units, answers, strict=True):
        yield Done(unit, *answer[:3])
