"""``minmaxbench report``: a results folder as one HTML file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say
from minmaxbench.cli.plot import LACKS

if TYPE_CHECKING:
    import pandas as pd

    from minmaxbench.problems.registry import ProblemRef


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
    from minmaxbench.bench.results import load

    options.load(file)
    runs = load(folder)
    for note in runs.attrs["notes"]:
        say(note)
    path = write(runs, folder, to or folder / "report.html", target=target, metric=metric)
    say(f"Report: {path}")


def write(
    runs: pd.DataFrame,
    folder: Path,
    to: Path,
    refs: Iterable[ProblemRef] = (),
    target: float = 1e-5,
    metric: str = "distance",
    **more: Any,
) -> Path:
    """Write the report of runs, those in ``folder`` among them; ``refs`` are problems that are at hand."""
    from minmaxbench.bench.naming import problem_refs
    from minmaxbench.bench.results import about
    from minmaxbench.errors import UserError
    from minmaxbench.report.html import write_report

    known = {(ref.name, ref.instance): ref for ref in refs}
    for name, instance in runs[["problem", "instance"]].drop_duplicates().to_numpy().tolist():
        if (name, instance) in known:
            continue
        try:
            (known[name, instance],) = problem_refs([name], instances=[instance])
        except UserError:
            say(f"{name} is shown without its formula: it {LACKS}")
    return write_report(runs, to, about(folder), known, target, metric, **more)
