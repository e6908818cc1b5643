"""``minmaxbench plan``: what a study will take, before anything runs."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say, show
from minmaxbench.errors import UserError

if TYPE_CHECKING:
    from minmaxbench.bench.forecast import Forecast
    from minmaxbench.bench.study import Study

TOGETHER = 8.0
"""Seconds for drafting the plan and trying its units."""


def plan(
    study: Annotated[str, typer.Argument(help="A study as a TOML file, or the name of a suite.")],
    engine: Annotated[str | None, typer.Option(help="Another engine than the study's.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Other seeds than the study's.")] = None,
    budget: Annotated[float | None, typer.Option(help="Another budget than the study's.")] = None,
    out: options.Out = Path("results"),
    file: options.Files = None,
) -> None:
    """Tell units, runs, calls, hours and memory of a study; nothing is run but a sample, nothing kept."""
    from minmaxbench.bench.forecast import TRYING, forecast
    from minmaxbench.bench.plan import draft

    options.load(file)
    changes: dict[str, Any] = {"engine": engine, "seeds": seeds, "budget": budget}
    changes = {name: value for name, value in changes.items() if value is not None}
    if file:
        changes["files"] = [str(options.folder(name).resolve()) for name in file]
    began = time.perf_counter()
    asked = _study(study).replace(**changes)
    found = draft(asked, out / asked.name)
    for algorithm, reasons in found.excluded.items():
        say(f"Left out: {algorithm} on {len(reasons)} problems; the first: {reasons[0]}")
    if found.kept:
        say(f"{found.kept:,} of {found.whole:,} runs are there already.")
    if not found.missing:
        say("Nothing is left to do.")
        return
    engines = sorted({unit.engine for unit in found.missing})
    say(found.engine_note)
    # Ten seconds in all, of which loading a worker takes two.
    trying = max(TRYING, TOGETHER - (time.perf_counter() - began))
    _show(forecast(found, trying), ", ".join(engines))


def _study(text: str) -> Study:
    from minmaxbench.bench.studyfile import read_study
    from minmaxbench.bench.suites import SUITES

    if text in SUITES:
        return SUITES.get(text)()
    path = options.folder(text)
    if not path.exists() and path.suffix != ".toml":
        raise UserError(
            f"'{text}' is neither a study file nor a suite; suites are {', '.join(SUITES)}."
        )
    return read_study(path)


def _show(found: Forecast, engine: str) -> None:
    from rich.table import Table

    say(
        f"{found.units:,} units, {found.runs:,} runs, at most {found.calls:.3g} gradient calls; "
        f"results of about {found.disk / 1e9:.3g} GB."
    )
    table = Table("engine", "executor", "workers", "hours", "memory")
    cores = os.cpu_count() or 1
    rows = [("processes (-j 1)", 1, False), (f"processes (-j {cores})", cores, False)]
    rows += [("dask, slurm, pbs, lsf, mpi", n, True) for n in (10, 100, 1000)]
    for executor, workers, scheduled in rows:
        hours = found.hours(workers, scheduled)
        memory = f"{workers * found.memory / 1e9:.1f} GB"
        table.add_row(engine, executor, str(workers), f"{hours:.3g}", memory)
    show(table)
    say(
        f"Told from {found.tried:,} units, tried for a moment on one core of this machine: right within "
        "a factor of 2, as a rule, if no run ends long before its budget where those have not."
    )
