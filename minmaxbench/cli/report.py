"""``minmaxbench report``: a results folder as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say


def report(
    folder: options.Results,
    target: options.Target = 1e-5,
    metric: options.Metric = "distance",
    to: Annotated[
        Path | None,
        typer.Option(parser=options.folder, help="Where to write it; report.html in the folder."),
    ] = None,
    file: options.Files = None,
) -> None:
    """Write the report of a study: one HTML file that opens without a network."""
    from minmaxbench.bench.naming import problem_refs
    from minmaxbench.bench.results import about, load
    from minmaxbench.errors import UserError
    from minmaxbench.report.html import write_report

    options.load(file)
    runs = load(folder)
    for note in runs.attrs["notes"]:
        say(note)
    known = {}
    for name, instance in runs[["problem", "instance"]].drop_duplicates().to_numpy().tolist():
        try:
            (known[name, instance],) = problem_refs([name], instances=[instance])
        except UserError as error:
            say(f"{name} is shown without its formula: {error}")
    path = write_report(runs, to or folder / "report.html", about(folder), known, target, metric)
    say(f"Report: {path}")
