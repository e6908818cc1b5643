"""The command line: run, list, show, certify, table, plot, scaling."""

from __future__ import annotations

import sys
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import minmaxbench

if len(sys.argv) == 2 and sys.argv[1] == "--version":
    # Answered before Typer and Rich are imported: a version is asked for often, by scripts.
    print(f"minmaxbench {minmaxbench.__version__}")
    sys.exit(0)

import typer

from minmaxbench.errors import UserError, unknown

if TYPE_CHECKING:
    from rich.console import Console

    from minmaxbench.bench.study import Study
    from minmaxbench.problems.certificates import CertifiedPoint

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Compare min-max algorithms on problems whose equilibria are known.",
)


class Thing(StrEnum):
    """What can be listed."""

    problems = "problems"
    algorithms = "algorithms"
    suites = "suites"


Files = Annotated[
    list[str] | None,
    typer.Option(
        "--file", "--problem-file", "--algorithm-file",
        help="A Python file of your own that registers problems or algorithms.",
    ),
]  # fmt: skip
Target = Annotated[float, typer.Option(help="Success is to reach this: 0.5, 1e-1, ..., 1e-10.")]
Metric = Annotated[str, typer.Option(help="What the target bounds: distance or residual.")]


def main() -> None:
    """Run the command line; bad input is one sentence and exit code 2."""
    try:
        app()
    except UserError as error:
        _err().print(f"[bold red]Error:[/] {_plain(str(error))}", soft_wrap=True)
        sys.exit(2)


def _err() -> Console:
    from rich.console import Console

    return Console(stderr=True)


def _out() -> Console:
    from rich.console import Console

    # Redirected output is not cut at 80 columns.
    return Console(width=None if sys.stdout.isatty() else 200)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


@app.callback()
def callback(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Compare min-max algorithms on problems whose equilibria are known."""
    if version:
        print(f"minmaxbench {minmaxbench.__version__}")
        raise typer.Exit


@app.command()
def run(
    everything: Annotated[
        bool, typer.Option("--all", help="Every problem, every algorithm: the suite 'all'.")
    ] = False,
    suite: Annotated[str | None, typer.Option(help="A study that comes with the package.")] = None,
    study: Annotated[Path | None, typer.Option(help="A study as a TOML file.")] = None,
    problem: Annotated[
        list[str] | None, typer.Option("--problem", "-p", help="A problem by name; repeat.")
    ] = None,
    algorithm: Annotated[
        list[str] | None,
        typer.Option("--algorithm", "-a", help="A name, or 'gda:eta_x=0.1,eta_y=0.1'; repeat."),
    ] = None,
    seeds: Annotated[int | None, typer.Option(help="Runs of each pair.")] = None,
    budget: Annotated[float | None, typer.Option(help="Gradient calls a run.")] = None,
    dim: Annotated[
        list[int] | None, typer.Option(help="A dimension dx = dy for families; repeat.")
    ] = None,
    instance: Annotated[
        list[int] | None,
        typer.Option(help="0 is the published function; others shift, rotate, scale; repeat."),
    ] = None,
    start: Annotated[
        str | None, typer.Option(help="region, paper, near, ring, or a point 'x,y'.")
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
    name: Annotated[str | None, typer.Option(help="The name of the study's folder.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Processes; 0 for one a core.")] = 0,
    out: Annotated[Path, typer.Option(help="Where results go.")] = Path("results"),
    plots: Annotated[Path, typer.Option(help="Where figures go.")] = Path("plots"),
    file: Files = None,
) -> None:
    """Run a study, print its table, draw its figures; what is finished already is not run again."""
    from dataclasses import replace

    from minmaxbench.core.oracle import OracleNoise

    _load(file)
    chosen = _choose(everything, suite, study, problem, algorithm, dim, instance)
    changes: dict[str, Any] = {
        "seeds": seeds, "budget": budget, "start": start, "time_limit": time_limit, "name": name,
        "engine": engine,
    }  # fmt: skip
    chosen = replace(chosen, **{k: v for k, v in changes.items() if v is not None})
    if gradient_noise is not None or value_noise is not None:
        chosen = replace(chosen, noise=OracleNoise(gradient_noise or 0.0, value_noise or 0.0))
    if file:
        chosen = replace(chosen, files=(*chosen.files, *(str(Path(f).resolve()) for f in file)))
    _run_and_report(chosen, jobs, out, plots)


def _choose(
    everything: bool,
    suite: str | None,
    file: Path | None,
    problems: list[str] | None,
    algorithms: list[str] | None,
    dims: list[int] | None,
    instances: list[int] | None,
) -> Study:
    """The study that the options of ``run`` ask for."""
    from dataclasses import replace

    from minmaxbench.bench.study import algorithm_specs, problem_specs, read_study
    from minmaxbench.bench.suites import SUITES

    if (everything + (suite is not None) + (file is not None)) > 1:
        raise UserError("Give one of --all, --suite and --study.")
    if not (everything or suite or file or problems or algorithms):
        raise UserError("Say what to run: --all, --suite, --study, or problems with -p.")
    if file:
        chosen = read_study(file)
    else:
        chosen = SUITES.get(suite or "all").build()
        if not (everything or suite):
            chosen = replace(chosen, name="study")
    names = problems or list(dict.fromkeys(spec.name for spec in chosen.problems))
    if problems or dims or instances:
        chosen = replace(chosen, problems=problem_specs(names, dims, instances))
    if algorithms:
        parsed = [_parse_algorithm(text) for text in algorithms]
        chosen = replace(chosen, algorithms=algorithm_specs([*parsed]))
    return chosen


def _parse_algorithm(text: str) -> dict[str, Any]:
    """``gda:eta_x=0.1,order=xy`` as a table."""
    import tomllib

    name, _, rest = text.partition(":")
    table: dict[str, Any] = {"name": name}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise UserError(f"A hyper-parameter is written name=value; got '{part}' in '{text}'.")
        try:
            table[key.strip()] = tomllib.loads(f"v = {value}")["v"]
        except tomllib.TOMLDecodeError:
            table[key.strip()] = value
    return table


def _run_and_report(study: Study, jobs: int, out: Path, plots: Path) -> None:
    import os

    from minmaxbench.bench.harness import make_plan
    from minmaxbench.bench.store import load
    from minmaxbench.engines.choice import choose
    from minmaxbench.record.outcomes import Outcome

    console = _out()
    folder = out / study.name
    plan = make_plan(study, folder)
    for algorithm, reasons in plan.excluded.items():
        where = f"{len(reasons)} of {len(study.problems)} problems"
        console.print(f"Left out: {algorithm} on {where}; the first: {_plain(reasons[0])}")
    if plan.kept:
        console.print(f"{plan.kept:,} runs are there already; {plan.runs - plan.kept:,} to go.")
    if plan.missing:
        console.print(_plain(choose(study.engine, study.budget)[1]), soft_wrap=True)
    messages = _run_with_progress(plan, jobs or os.cpu_count() or 1)
    runs = load(folder)
    errors = int((runs["outcome"] == Outcome.ERROR.value).sum())
    for message in messages[:5]:
        console.print(f"[red]{_plain(message)}[/]")
    console.print(
        f"Planned {plan.runs:,} runs, done {len(runs):,}, of which {errors:,} ended in error."
    )
    _print_tables(runs, 1e-5, "distance")
    console.print(f"Results: {folder}   (minmaxbench table {folder} --by problem)")
    _draw(runs, plots / study.name)
    if len(runs) != plan.runs or errors:
        raise typer.Exit(1)


def _run_with_progress(plan: Any, jobs: int) -> list[str]:
    """Run a plan under a progress bar that weighs units by their runs; what went wrong."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from minmaxbench.bench.harness import run_study

    messages: list[str] = []
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("runs"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=_err()) as bar:
        task = bar.add_task("Running", total=plan.runs, completed=plan.kept)

        def progress(done: Any) -> None:
            bar.update(task, advance=done.unit.count)
            if done.message:
                messages.append(f"{done.unit.title}: {done.message}")

        try:
            run_study(plan, jobs, progress=progress)
        except KeyboardInterrupt:
            bar.stop()
            _err().print(
                "Interrupted. Finished units are kept: the same command goes on from here."
            )
            raise typer.Exit(130) from None
    return messages


_VERDICTS = "Verdicts: share of runs, mean over problems (95 % interval)"


def _print_tables(runs: Any, target: float, metric: str) -> None:
    from minmaxbench.analysis.statistics import verdict
    from minmaxbench.report.tables import as_rich, comparison, verdict_table

    console = _out()
    title = f"Reached {metric} <= {target:.0e}"
    console.print(as_rich(comparison(runs, target, metric), title))
    console.print(as_rich(verdict_table(runs), _VERDICTS))
    console.print(verdict(runs, target, metric) + "\n", soft_wrap=True)


def _draw(runs: Any, folder: Path, metric: str = "distance") -> None:
    from minmaxbench.problems.registry import PROBLEMS, get_problem
    from minmaxbench.report.figures import draw_study, draw_trajectories

    finished = runs[runs["outcome"] != "error"]
    if not len(finished):
        return
    paths = draw_study(finished, folder, metric)
    planar = [p for p in finished["problem"].unique() if PROBLEMS.get(p).group == "planar"]
    if len(planar) <= 4:
        for name in planar:
            path = folder / f"trajectories-{name}.png"
            paths.append(draw_trajectories(finished, get_problem(name), path))
    _out().print(f"Figures: {folder}   ({', '.join(p.name for p in paths)})", soft_wrap=True)


@app.command("list")
def list_things(
    what: Annotated[Thing, typer.Argument(help="problems, algorithms or suites")] = Thing.problems,
    kind: Annotated[
        str | None, typer.Option("--class", help="Only problems of this class.")
    ] = None,
    dim: Annotated[
        int | None, typer.Option(help="Only problems that exist with dx = dy = DIM.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Only where the source holds this text.")
    ] = None,
    file: Files = None,
) -> None:
    """List problems, algorithms or suites, with filters."""
    from rich import box
    from rich.table import Table

    _load(file)
    table = Table(box=box.SIMPLE_HEAD)
    rows = {
        Thing.problems: lambda: _problem_rows(kind, dim, source),
        Thing.algorithms: lambda: _algorithm_rows(source),
        Thing.suites: _suite_rows,
    }[what]()
    heads = {
        Thing.problems: ("problem", "dx, dy", "classes", "title"),
        Thing.algorithms: ("algorithm", "what it is"),
        Thing.suites: ("suite", "what it is"),
    }[what]
    for head in heads:
        table.add_column(head, no_wrap=head in ("problem", "algorithm", "dx, dy"))
    for row in rows:
        table.add_row(*map(_plain, row))
    _out().print(table)
    _out().print(f"{len(rows)} {what.value}")


def _problem_rows(kind: str | None, dim: int | None, source: str | None) -> list[tuple[str, ...]]:
    from minmaxbench.problems.registry import PROBLEMS
    from minmaxbench.problems.vocabulary import CLASSES

    entries = [PROBLEMS.get(name) for name in PROBLEMS]
    known = {c for entry in entries for c in entry.about.classes} | set(CLASSES)
    if kind is not None and kind not in known:
        raise unknown("class of problems", kind, known)
    return [
        (
            entry.name,
            f"{entry.fixed[0]}, {entry.fixed[1]}" if entry.fixed else "any",
            ", ".join(entry.about.classes),
            entry.about.title,
        )
        for entry in entries
        if (kind is None or kind in entry.about.classes)
        and (dim is None or entry.fixed in (None, (dim, dim)))
        and (source is None or source.lower() in entry.about.source.lower())
    ]


def _algorithm_rows(source: str | None) -> list[tuple[str, ...]]:
    from minmaxbench.algorithms.registry import ALGORITHMS

    presets = [ALGORITHMS.get(name) for name in ALGORITHMS]
    return [
        (p.name, p.summary)
        for p in presets
        if source is None or source.lower() in p.kind.source.lower()
    ]


def _suite_rows() -> list[tuple[str, ...]]:
    from minmaxbench.bench.suites import SUITES

    return [(name, SUITES.get(name).summary) for name in SUITES]


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A problem or an algorithm.")],
    dim: Annotated[int | None, typer.Option(help="The dimension dx = dy of a family.")] = None,
    plot: Annotated[bool, typer.Option("--plot", help="Draw contours and gradient field.")] = False,
    plots: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("plots"),
    file: Files = None,
) -> None:
    """Show a problem (formula, sets, points, source) or an algorithm (rule, parameters, source)."""
    from minmaxbench.algorithms.registry import ALGORITHMS
    from minmaxbench.problems.registry import PROBLEMS, get_problem

    _load(file)
    if name in ALGORITHMS:
        _show_algorithm(name)
    elif name in PROBLEMS:
        problem = get_problem(name, dim)
        _show_problem(problem)
        if plot:
            from minmaxbench.report.figures import draw_problem

            _out().print(f"Picture: {draw_problem(problem, plots / f'{name}.png')}")
    else:
        raise unknown("problem or algorithm", name, [*PROBLEMS, *ALGORITHMS])


def _show_algorithm(name: str) -> None:
    import dataclasses
    import inspect

    from minmaxbench.algorithms.registry import ALGORITHMS

    preset, console = ALGORITHMS.get(name), _out()
    console.print(f"[bold]{name}[/]\n")
    console.print(_plain(inspect.getdoc(preset.kind) or preset.summary))
    console.print("\n[bold]Hyper-parameters[/]")
    for field in dataclasses.fields(preset.kind):
        console.print(f"  {field.name} = {preset.fixed.get(field.name, field.default)!r}")
    calls = ", ".join(call.name.lower() for call in sorted(preset.kind.needs))
    console.print(f"\n[bold]Oracle calls[/]  {calls}")
    console.print(f"\n[bold]Source[/]  {_plain(preset.kind.source)}")


def _show_problem(problem: Any) -> None:
    from rich.table import Table

    from minmaxbench.problems.certificates import certificate
    from minmaxbench.problems.planar import Planar

    about, console = problem.about, _out()
    console.print(f"[bold]{problem.name}[/]  {_plain(about.title)}\n")
    facts = Table.grid(padding=(0, 2))
    if isinstance(problem, Planar):
        facts.add_row("f(x, y)", _plain(problem.text))
        facts.add_row("LaTeX", _plain(problem.formula.latex))
    low, high = about.bounds
    facts.add_row(
        "players", f"min over {problem.x_set.describe('x')}, max over {problem.y_set.describe('y')}"
    )
    facts.add_row("dimensions", f"dx = {problem.dx}, dy = {problem.dy}")
    facts.add_row("classes", ", ".join(about.classes))
    facts.add_row(
        "bounds", f"{low:g} <= f <= {high:g}" if low > -1e308 or high < 1e308 else "none known"
    )
    facts.add_row(
        "smoothness", f"L = {about.smoothness:g}" if about.smoothness < 1e308 else "none known"
    )
    facts.add_row("start region", f"[{about.region[0]:g}, {about.region[1]:g}] in every coordinate")
    facts.add_row(
        "published starts", _plain(", ".join(f"({x:g}, {y:g})" for x, y in about.starts) or "none")
    )
    facts.add_row("source", _plain(about.source))
    facts.add_row(
        "formula known",
        {"high": "from the authors' code or paper", "own": "made for this project"}.get(
            about.confidence, f"with {about.confidence} confidence"
        ),
    )
    if about.note:
        facts.add_row("note", _plain(about.note))
    console.print(facts)
    proved = certificate(problem) if isinstance(problem, Planar) else None
    if proved is not None:
        console.print(f"global minimax  {_plain(proved.minimax.summary)}", soft_wrap=True)
    known = problem.points()
    table = Table(title=f"Stationary points: {known.proof}", title_justify="left", box=None)
    for head in ("", "x", "y", "f", "kind", *(["attracts, at step 0.05"] if proved else [])):
        table.add_column(head)
    for k in range(min(len(known), 40)):
        x, y = (_plain(_vector(v)) for v in (known.x[k], known.y[k]))
        row = [str(k), x, y, f"{known.value[k]:.6g}", known.kind[k].value]
        table.add_row(*row, *([_attracted(proved.points[k])] if proved else []))
    console.print()
    console.print(table)
    if len(known) > 40:
        console.print(f"... and {len(known) - 40} more")
    _show_cycles(problem)


def _show_cycles(problem: Any) -> None:
    """Where gradient play goes round, a line each."""
    from minmaxbench.problems.cycles import known_cycles

    cycles = known_cycles(problem)
    if cycles is not None:
        _out().print("\nCycles: " + ("" if cycles else "the search found none"))
        for cycle in cycles:
            _out().print(f"  {_plain(cycle.summary)}", soft_wrap=True)


def _attracted(point: CertifiedPoint) -> str:
    """The algorithms that a stationary point attracts."""
    from minmaxbench.problems.certificates import middle
    from minmaxbench.theory.dynamics.stability import radii

    if any(point.held):
        return "held by a bound"
    a, b, c = map(middle, point.hessian)
    return ", ".join(name for name, radius in radii((a, b, c)).items() if radius < 1) or "none"


def _vector(v: Any) -> str:
    numbers = [f"{0.0 if abs(c) < 1e-15 else c:.8g}" for c in v[:4]]
    return numbers[0] if len(v) == 1 else f"({', '.join(numbers)}{', ...' if len(v) > 4 else ''})"


@app.command()
def certify(
    names: Annotated[
        list[str] | None, typer.Argument(help="Planar problems; all of them if none is named.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write each certificate to this folder, as NAME.json.")
    ] = None,
    file: Files = None,
) -> None:
    """Prove which stationary points planar problems have, and what they are (needs python-flint)."""
    from rich.progress import track

    from minmaxbench.problems.registry import PROBLEMS, get_problem
    from minmaxbench.theory.certify import certify as prove

    _load(file)
    planar = [name for name in PROBLEMS if PROBLEMS.get(name).group == "planar"]
    chosen = [get_problem(name) for name in names or planar]
    console = _out()
    for problem in track(chosen, "Certifying", console=_err(), disable=len(chosen) == 1):
        proved = prove(problem)
        kinds = ", ".join(
            f"{n} {kind}" for kind, n in Counter(p.kind for p in proved.points).items()
        )
        console.print(
            f"[bold]{problem.name}[/]  {_plain(kinds or 'no stationary point')}; "
            f"{_plain(proved.summary)}",
            soft_wrap=True,
        )
        for cell in proved.open:
            place = " x ".join(f"[{low:.9g}, {high:.9g}]" for low, high in (cell.x, cell.y))
            console.print(f"  open: {_plain(place)}: {_plain(cell.reason)}", soft_wrap=True)
        console.print(f"  global minimax: {_plain(proved.minimax.summary)}", soft_wrap=True)
        if out is not None:
            console.print(f"  written: {proved.write(out)}")


@app.command()
def table(
    folder: Annotated[Path, typer.Argument(help="A study's results folder.")],
    by: Annotated[str, typer.Option(help="algorithm, problem or verdict")] = "algorithm",
    target: Target = 1e-5,
    metric: Metric = "distance",
    csv: Annotated[Path | None, typer.Option(help="Write the table here, too.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write the table here, too.")] = None,
    latex: Annotated[Path | None, typer.Option(help="Write the table here, too.")] = None,
) -> None:
    """Print a study's tables: by algorithm, problem or verdict; also CSV, Markdown, LaTeX."""
    from minmaxbench.bench.store import load
    from minmaxbench.report import tables

    reached = f"Share of runs with {metric} <= {target:.0e} (median gradient calls)"
    makers: dict[str, tuple[Any, str]] = {
        "algorithm": (lambda runs: tables.comparison(runs, target, metric), reached),
        "problem": (lambda runs: tables.problem_table(runs, target, metric), reached),
        "verdict": (tables.verdict_table, _VERDICTS),
    }
    if by not in makers:
        raise unknown("way to group a table", by, makers)
    runs = load(folder)
    make, title = makers[by]
    rows = make(runs)
    if by == "algorithm":
        _print_tables(runs, target, metric)
    else:
        _out().print(tables.as_rich(rows, title))
    caption = f"{title}, study {folder.name}."
    for form, path in (("csv", csv), ("markdown", markdown), ("latex", latex)):
        if path:
            tables.write(rows, path, form, caption)
            _out().print(f"Written: {path}")


@app.command()
def plot(
    folder: Annotated[Path, typer.Argument(help="A study's results folder.")],
    trajectories: Annotated[
        str | None, typer.Option(help="Draw this planar problem's trajectories instead.")
    ] = None,
    metric: Metric = "distance",
    calls: Annotated[float, typer.Option(help="Trajectories end after so many calls.")] = float(
        "inf"
    ),
    plots: Annotated[Path, typer.Option(help="Where figures go.")] = Path("plots"),
    file: Files = None,
) -> None:
    """Draw a study's figures: profile, verdicts, traces; or trajectories on one problem."""
    from minmaxbench.analysis.statistics import METRICS
    from minmaxbench.bench.store import load
    from minmaxbench.problems.registry import get_problem
    from minmaxbench.report.figures import draw_trajectories

    _load(file)
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    runs = load(folder)
    if trajectories is None:
        _draw(runs, plots / folder.name, metric)
        return
    path = plots / folder.name / f"trajectories-{trajectories}.png"
    _out().print(f"Figure: {draw_trajectories(runs, get_problem(trajectories), path, calls=calls)}")


@app.command()
def scaling(
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer dimensions and seeds: about two minutes.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Processes; 0 for one a core.")] = 0,
    out: Annotated[Path, typer.Option(help="Where results go.")] = Path("results"),
    plots: Annotated[Path, typer.Option(help="Where figures go.")] = Path("plots"),
) -> None:
    """Does the number of iterations depend on the dimension? Run the study, fit exponents, draw."""
    import os

    from minmaxbench.bench.harness import make_plan
    from minmaxbench.bench.scaling import load_studies, studies
    from minmaxbench.report import scaling as report
    from minmaxbench.report.tables import as_rich

    chosen = studies(quick)
    for study in chosen:
        _out().print(f"{study.name}: {len(study.problems)} problems, {study.seeds} seeds")
        messages = _run_with_progress(
            make_plan(study, out / study.name), jobs or os.cpu_count() or 1
        )
        for message in messages[:5]:
            _out().print(f"[red]{_plain(message)}[/]")
    runs = load_studies(out, quick)
    folder = out / chosen[0].name
    report.keep_runs(runs, folder / "runs.parquet")
    written = [*report.write_tables(runs, folder), *report.draw_scaling(runs, plots / folder.name)]
    target = report.TARGETS[0]
    title = f"Calls until the distance stays below {target:g}, against the dimension"
    _out().print(as_rich(report.growth_table(runs, target), title))
    _out().print(f"Written: {', '.join(map(str, written))}", soft_wrap=True)


def _load(files: list[str] | None) -> None:
    from minmaxbench.bench.plugins import load_entry_points, load_files

    load_entry_points()
    load_files(files or ())
