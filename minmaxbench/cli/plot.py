"""``minmaxbench plot``: a study's figures, and the paths of runs on one problem."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say
from minmaxbench.errors import unknown

if TYPE_CHECKING:
    import pandas as pd

    from minmaxbench.core.problem import Problem

FEW = 4
"""Paths are drawn unasked where a study has at most so many planar problems."""


def plot(
    folder: options.Results,
    trajectories: Annotated[
        str | None, typer.Option(help="Draw the paths of runs on this planar problem instead.")
    ] = None,
    metric: options.Metric = "distance",
    calls: Annotated[float, typer.Option(help="Paths end after so many gradient calls.")] = 2000.0,
    plots: options.Plots = Path("plots"),
    format_: options.Format = "png",
    file: options.Files = None,
) -> None:
    """Draw a study's figures: profile, verdicts, traces; or the paths of runs on one problem."""
    from minmaxbench.analysis.statistics import METRICS
    from minmaxbench.bench.results import load
    from minmaxbench.problems.registry import get_problem

    formats = options.formats(format_)
    options.load(file)
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    runs = load(folder)
    where = plots / folder.name
    if trajectories is None:
        draw(runs, where, metric, formats, calls)
        return
    for path in _draw_paths(runs, get_problem(trajectories), where, formats, calls):
        say(f"Figure: {path}")


def draw(
    runs: pd.DataFrame,
    folder: Path,
    metric: str,
    formats: Sequence[str],
    calls: float = 2000.0,
) -> None:
    """Draw all figures; what needs a problem that is not known here is left out, and said to be."""
    from minmaxbench.problems.registry import PROBLEMS, get_problem
    from minmaxbench.report.figures import draw_study

    paths = draw_study(runs, folder, metric, formats)
    planar = runs[(runs["dx"] == 1) & (runs["dy"] == 1)]["problem"].unique()
    unknown_here = [name for name in planar if name not in PROBLEMS]
    if len(planar) <= FEW:
        for name in planar:
            if name in PROBLEMS:
                paths += _draw_paths(runs, get_problem(name), folder, formats, calls)
        if unknown_here:
            say(
                f"No paths of runs are drawn on {', '.join(unknown_here)}: give the file that "
                "declares it with --file."
            )
    say(f"Figures: {folder}   ({', '.join(path.name for path in paths)})")


def _draw_paths(
    runs: pd.DataFrame, problem: Problem, folder: Path, formats: Sequence[str], calls: float
) -> list[Path]:
    from minmaxbench.report.figures.planar import paths_figure, recorded
    from minmaxbench.report.style import save
    from minmaxbench.report.text import filename

    figure = paths_figure(recorded(runs, problem.name), problem)
    return save(figure, folder / f"trajectories-{filename(problem.name)}", formats)
