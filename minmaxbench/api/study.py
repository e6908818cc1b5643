"""A study in one call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import Any

from minmaxbench.api.results import Results
from minmaxbench.bench.executors import Done, run_plan
from minmaxbench.bench.plan import Plan, make_plan
from minmaxbench.bench.results import runs_of
from minmaxbench.bench.study import Study, known
from minmaxbench.errors import UserError, is_number, path_of


def run(
    problems: Any = None,
    algorithms: Any = None,
    *,
    out: str | Path | None = None,
    jobs: int = 1,
    executor: Executor | str | None = None,
    shared: bool = False,
    progress: Callable[[Done], None] = lambda done: None,
    **fields: Any,
) -> Results:
    """Run every algorithm on every problem, from many starts.

    Parameters
    ----------
    problems, algorithms :
        As in :class:`minmaxbench.Study`; or a study itself in the first place.
    out :
        The folder that holds results folders: runs that are there already are not made again. None
        keeps the results in memory only.
    jobs :
        Worker processes; 0 for one a core.
    executor :
        A cluster by name (``"dask"``, ``"dask://host:8786"``, ``"slurm"``, ``"pbs"``, ``"lsf"``,
        ``"mpi"``; its address is printed), or any ``concurrent.futures`` executor whose workers
        share the folder ``out``.
    shared :
        Whether the workers of a cluster that was named share the folder ``out``, too; otherwise
        results come back with the answers.
    progress :
        Called after each unit (one problem, one algorithm, up to 1,000 seeds).
    **fields :
        The other fields of :class:`minmaxbench.Study`: ``seeds``, ``budget``, ``name``, ...

    Returns
    -------
    Results
        A warning names what was left out, what ended in an error, and what else one should know.

    Raises
    ------
    UserError
        For names that do not exist and values out of range, before anything runs.
    """
    known(fields)
    _check(jobs, executor, progress)
    if isinstance(problems, Study):
        if algorithms is not None:
            raise UserError("A study holds its algorithms; give one or the other.")
        study = problems.replace(**fields) if fields else problems
    else:
        study = Study(problems=problems, algorithms=algorithms, **fields)
    folder = None if out is None else path_of("out", out)
    if folder is None and (shared or isinstance(executor, Executor)):
        raise UserError("An executor needs a folder that its workers share: give `out`.")
    run_it = partial(
        run_plan, jobs=jobs, executor=executor, progress=progress, shared=shared, say=print
    )
    if folder is not None:
        return _run(study, folder / study.name, run_it)
    with tempfile.TemporaryDirectory(prefix="minmaxbench-") as place:
        return _run(study, Path(place) / study.name, run_it, kept=False)


def _check(jobs: Any, executor: Any, progress: Any) -> None:
    if not is_number(jobs, whole=True) or jobs < 0:
        raise UserError(f"'jobs' is a number of processes, 0 for one a core; got {jobs!r}.")
    if not (executor is None or isinstance(executor, str) or hasattr(executor, "submit")):
        raise UserError(f"'executor' is a name, or has a method submit; got {executor!r}.")
    if not callable(progress):
        raise UserError(f"'progress' is a function of a finished unit; got {progress!r}.")


def _run(
    study: Study,
    folder: Path,
    run_it: Callable[[Plan], list[Done]],
    kept: bool = True,
) -> Results:
    plan = make_plan(study, folder)
    finished = run_it(plan)
    messages = list(dict.fromkeys(f"{d.unit.title}: {d.message}" for d in finished if d.message))
    results = Results(
        runs=runs_of(plan),
        study=study,
        folder=folder if kept else None,
        left_out=dict(plan.excluded),
        notes=plan.notes + messages,
    )
    results.warn()
    return results
