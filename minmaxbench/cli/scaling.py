"""``minmaxbench scaling``: does the number of iterations depend on the dimension?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say


def scaling(
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer dimensions and seeds: about two minutes.")
    ] = False,
    jobs: options.Jobs = 0,
    out: options.Out = Path("results"),
    plots: options.Plots = Path("plots"),
    format_: options.Format = "png",
) -> None:
    """Does the number of iterations depend on the dimension? Run the study, fit exponents, draw."""
    from minmaxbench.bench.plan import make_plan
    from minmaxbench.bench.scaling import load_studies, studies
    from minmaxbench.cli.progress import run_with_progress
    from minmaxbench.cli.table import print_table
    from minmaxbench.report import scaling as report
    from minmaxbench.report.figures.scaling import draw_scaling

    formats = options.formats(format_)
    chosen = studies(quick)
    for study in chosen:
        say(f"{study.name}: {len(study.problems)} problems, {study.seeds} seeds")
        run_with_progress(make_plan(study, out / study.name), jobs)
    runs = load_studies(out, quick)
    folder = out / chosen[0].name
    report.keep_runs(runs, folder / "runs.parquet")
    written = report.write_tables(runs, folder)
    written += draw_scaling(runs, plots / folder.name, formats=formats)
    print_table(report.growth_report(runs))
    say(f"Written: {', '.join(map(str, written))}")
