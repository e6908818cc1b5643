"""``minmaxbench run``: a study from its options to its table and its figures."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say
from minmaxbench.errors import UserError, unknown

if TYPE_CHECKING:
    from minmaxbench.bench.plan import Plan
    from minmaxbench.bench.study import Study

STORES = ("gather", "shared")


def run(
    everything: Annotated[
        bool, typer.Option("--all", help="Every problem, every algorithm: the suite 'all'.")
    ] = False,
    suite: Annotated[str | None, typer.Option(help="A study that comes with the package.")] = None,
    study: Annotated[
        Path | None, typer.Option(parser=options.folder, help="A study as a TOML file.")
    ] = None,
    problem: Annotated[
        list[str] | None,
        typer.Option(
            "--problem", "-p", help="A name, 'bilinear_d:dx=3,dy=5', or a formula; repeat."
        ),
    ] = None,
    algorithm: Annotated[
        list[str] | None,
        typer.Option("--algorithm", "-a", help="A name, or 'gda:eta_x=.1,eta_y=1/20'; repeat."),
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Runs of each pair.")] = None,
    first_seed: Annotated[int | None, typer.Option(help="The number of the first run.")] = None,
    settings: Annotated[
        str | None,
        typer.Option(help="default, tuned, best (for each problem), or several: 'default,tuned'."),
    ] = None,
    budget: Annotated[float | None, typer.Option(help="Gradient calls a run.")] = None,
    dim: Annotated[
        list[int] | None, typer.Option(help="A dimension dx = dy for families; repeat.")
    ] = None,
    instance: Annotated[
        list[int] | None,
        typer.Option(help="0 is the published function; others shift, rotate, scale; repeat."),
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="region, paper, near, ring, or a point such as '5.5,5.5'.")
    ] = None,
    gradient_noise: Annotated[
        float | None, typer.Option(help="Standard deviation in every coordinate.")
    ] = None,
    value_noise: Annotated[float | None, typer.Option(help="Standard deviation.")] = None,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds for the runs of one pair together.")
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="numpy, jax (compiled), torch (networks, CUDA), or auto: jax where that pays."
        ),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="cpu, or cuda for the engines jax and torch.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="The name of the study's folder.")] = None,
    against: Annotated[
        str | None,
        typer.Option(
            help="'reference': run these algorithms alone, and show them beside all others."
        ),
    ] = None,
    jobs: options.Jobs = 0,
    executor: Annotated[
        str | None,
        typer.Option(help="dask, dask://HOST:PORT, slurm, pbs, lsf or mpi: docs/cluster.md."),
    ] = None,
    store: Annotated[
        str, typer.Option(help="A cluster's results: gather them, or write to a shared folder.")
    ] = "gather",
    shard: Annotated[
        str | None, typer.Option(help="A part of the study, such as '3/100', for a job array.")
    ] = None,
    out: options.Out = Path("results"),
    plots: options.Plots = Path("plots"),
    format_: Annotated[
        str, typer.Option("--format", help="Of figures: png, pdf, svg, several, or none.")
    ] = "png",
    file: options.Files = None,
) -> None:
    """Run a study, print its table, draw its figures; what is finished already is not run again."""
    formats = () if format_.strip().lower() == "none" else options.formats(format_)
    options.load(file)
    if against is not None and (everything or suite or study):
        raise UserError("--against says what is run: leave out --all, --suite and --study.")
    chosen = _base(everything, suite, study, anything=bool(problem or algorithm or against))
    changes: dict[str, Any] = {
        "seeds": seeds, "budget": budget, "start": start, "time_limit": time_limit, "name": name,
        "engine": engine, "device": device, "algorithms": algorithm, "first_seed": first_seed,
        "settings": settings,
    }  # fmt: skip
    changes = {field: value for field, value in changes.items() if value is not None}
    changes |= _problems(chosen, problem, dim, instance)
    changes |= _noise(chosen, gradient_noise, value_noise)
    if file:
        changes["files"] = (*_files(chosen), *options.absolute(file))
    where = _where(jobs, executor, store, shard)
    run_and_report(_changed(chosen, changes, against), where, out, plots, formats, against)


class Where(NamedTuple):
    """Where a study runs."""

    jobs: int = 0
    executor: str | None = None
    shared: bool = False
    shard: tuple[int, int] | None = None


def _where(jobs: int, executor: str | None, store: str, shard: str | None) -> Where:
    if store not in STORES:
        raise unknown("store", store, STORES)
    return Where(jobs, executor, store == "shared", None if shard is None else options.part(shard))


def _base(everything: bool, suite: str | None, file: Path | None, anything: bool) -> Study | None:
    """The study that the other options of ``run`` change; None where they are all there is."""
    from minmaxbench.bench.studyfile import read_study
    from minmaxbench.bench.suites import SUITES

    if (everything + (suite is not None) + (file is not None)) > 1:
        raise UserError("Give one of --all, --suite and --study.")
    if file is not None:
        return read_study(file)
    if everything or suite is not None:
        return SUITES.get("all" if suite is None else suite)()
    if not anything:
        raise UserError("Say what to run: --all, --suite, --study, or problems with -p.")
    return None


def _changed(study: Study | None, changes: dict[str, Any], against: str | None) -> Study:
    from minmaxbench.bench.study import Study as New
    from minmaxbench.cli.against import study_against

    if against is not None:
        return study_against(against, changes)
    return New(**changes) if study is None else study.replace(**changes)


def _files(study: Study | None) -> tuple[str, ...]:
    return () if study is None else study.files


def _problems(
    study: Study | None,
    names: list[str] | None,
    dims: list[int] | None,
    instances: list[int] | None,
) -> dict[str, Any]:
    """The problems asked for, by name or those of the study, at dimensions and as instances."""
    from minmaxbench.bench.naming import problem_refs
    from minmaxbench.problems.registry import PROBLEMS

    if not (names or dims or instances):
        return {}
    chosen = names or (list(PROBLEMS) if study is None else study.problems)
    return {"problems": problem_refs(chosen, dims, instances)}


def _noise(study: Study | None, gradient: float | None, value: float | None) -> dict[str, Any]:
    """The noise asked for; what is not given stays as the study has it."""
    given = {"gradient": gradient, "value": value}
    given = {name: size for name, size in given.items() if size is not None}
    if not given:
        return {}
    before = {} if study is None else dataclasses.asdict(study.noise)
    return {"noise": {**before, **given}}


def run_and_report(
    study: Study,
    where: Where,
    out: Path,
    plots: Path,
    formats: tuple[str, ...],
    against: str | None = None,
) -> None:
    """Run a study and show what came of it; exit code 1 where runs are missing or in error."""
    from minmaxbench.analysis.statistics import in_error
    from minmaxbench.bench.executors.cluster import check
    from minmaxbench.bench.forecast import check_memory
    from minmaxbench.bench.plan import Shard, make_plan
    from minmaxbench.bench.results import runs_of
    from minmaxbench.cli.against import show_against
    from minmaxbench.cli.plot import draw
    from minmaxbench.cli.progress import run_with_progress
    from minmaxbench.cli.table import print_tables

    folder = out / study.name
    if where.executor is not None:
        check(where.executor, study.cluster)
    plan = make_plan(study, folder, shard=Shard(*where.shard or ()))
    _say_plan(plan)
    if where.shard is not None and not plan.files:
        say(f"Part {where.shard[0]} of {where.shard[1]} holds no unit of this study.")
        return
    if where.executor in (None, "dask"):
        check_memory(plan, min(where.jobs or os.cpu_count() or 1, len(plan.missing)))
    run_with_progress(plan, where.jobs, where.executor, where.shared)
    runs = runs_of(plan)
    errors = int(in_error(runs).sum())
    say(f"Planned {plan.runs:,} runs, done {len(runs):,}, of which {errors:,} ended in error.")
    if where.shard is None and against is not None:
        show_against(runs, study, folder, plots / study.name, formats)
    elif where.shard is None:
        print_tables(runs, 1e-5, "distance")
        if formats:
            draw(runs, folder, plots / study.name, "distance", formats, study.problems)
    say(f"Results: {folder}   (minmaxbench table {folder} --by problem)")
    if len(runs) != plan.runs or errors:
        raise typer.Exit(1)


def _say_plan(plan: Plan) -> None:
    """What is left out, what is there already, what is noteworthy, and which engine runs the rest."""
    from minmaxbench.bench.expected import expected_seconds

    for algorithm, reasons in plan.excluded.items():
        where = f"{len(reasons)} of {len(plan.study.problems)} problems"
        say(f"Left out: {algorithm} on {where}; the first: {reasons[0]}")
    for note in plan.notes:
        say(note)
    if plan.kept:
        say(f"{plan.kept:,} runs are there already; {plan.runs - plan.kept:,} to go.")
    if plan.missing:
        say(plan.engine_note)
        seconds = expected_seconds(plan)
        if seconds:
            say(f"About {seconds / 60:,.0f} minutes of one core's time, by a few calls just timed.")
