"""The Python face of the harness: one call runs a study and hands back its runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from minmaxbench.bench.harness import Done, make_plan, run_study
from minmaxbench.bench.store import load
from minmaxbench.bench.study import Study

if TYPE_CHECKING:
    import pandas as pd


def run(
    study: Study,
    out: str | Path = "results",
    jobs: int = 1,
    executor: Executor | None = None,
    progress: Callable[[Done], None] = lambda done: None,
) -> pd.DataFrame:
    """Run what is missing of ``study`` in ``out/<name>/`` and return all its runs.

    See :func:`minmaxbench.load` for the columns, and
    :func:`minmaxbench.bench.harness.run_study` for ``jobs`` and ``executor``.
    """
    folder = Path(out) / study.name
    run_study(make_plan(study, folder), jobs, executor, progress)
    return load(folder)
