"""``minmaxbench plot``: a study's figures, and the paths of runs on one problem."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from minmaxbench.cli import options
from minmaxbench.cli.console import say
from minmaxbench.errors import UserError, unknown

if TYPE_CHECKING:
    import pandas as pd

    from minmaxbench.core.algorithm import Algorithm
    from minmaxbench.problems.registry import ProblemRef

FEW = 4
"""Paths are drawn unasked where a study has at most so many planar problems."""
RUNS = 12
"""So many runs of each algorithm are drawn."""
CALLS = 2000.0
"""Paths end after so many gradient calls."""
LACKS = "is not known here; give the file that declares it with --file."


def plot(
    folder: options.Results,
    trajectories: Annotated[
        str | None, typer.Option(help="Draw the paths of runs on this planar problem instead.")
    ] = None,
    basins: Annotated[
        str | None,
        typer.Option(help="Draw where runs on this planar problem get to, by where they start."),
    ] = None,
    metric: options.Metric = "distance",
    calls: Annotated[
        float, typer.Option(help="Paths, and runs from a grid of starts, end after so many calls.")
    ] = CALLS,
    plots: options.Plots = Path("plots"),
    format_: options.Format = "png",
    file: options.Files = None,
) -> None:
    """Draw a study's figures: profile, verdicts, traces; or paths or basins on one problem."""
    from minmaxbench.analysis.statistics import METRICS
    from minmaxbench.bench.results import load

    formats = options.formats(format_)
    options.load(file)
    if metric not in METRICS:
        raise unknown("metric", metric, METRICS)
    runs = load(folder)
    where = plots / folder.name
    for note in runs.attrs["notes"]:
        say(note)
    if trajectories is None and basins is None:
        draw(runs, folder, where, metric, formats, calls=calls)
        return
    there, paths = sorted(runs["problem"].unique()), list[Path]()
    for name in filter(None, (trajectories, basins)):
        if name not in there:
            raise unknown(f"problem in '{folder}'", name, there)
    if trajectories is not None:
        paths += _paths(runs[runs["problem"] == trajectories], folder, where, formats, calls)
    if basins is not None:
        paths += _basins(runs[runs["problem"] == basins], where, formats, calls)
    for path in paths:
        say(f"Figure: {path}")


def draw(
    runs: pd.DataFrame,
    folder: Path,
    where: Path,
    metric: str,
    formats: Sequence[str],
    problems: Sequence[ProblemRef] = (),
    calls: float = CALLS,
) -> None:
    """Draw all figures of the runs in ``folder``; ``problems`` are those known without their file.

    What needs a problem that is not known here is left out, and said to be.
    """
    from minmaxbench.report.figures import draw_study

    if runs["algorithm"].nunique() < 2:
        say("No ranks are drawn: they need two algorithms, and here is one.")
    paths = draw_study(runs, where, metric, formats)
    planar = runs[(runs["dx"] == 1) & (runs["dy"] == 1)]
    if planar["problem"].nunique() <= FEW:
        for name, mine in planar.groupby("problem"):
            try:
                paths += _paths(mine, folder, where, formats, calls, problems)
            except UserError as error:
                say(f"No paths of runs are drawn on {name}: {error}")
    say(f"Figures: {where}   ({', '.join(path.name for path in paths)})")


def _paths(
    runs: pd.DataFrame,
    folder: Path,
    where: Path,
    formats: Sequence[str],
    calls: float,
    problems: Sequence[ProblemRef] = (),
) -> list[Path]:
    """Draw the paths of runs on one problem, a picture an instance."""
    from minmaxbench.report.figures.planar import check_planar, paths_figure
    from minmaxbench.report.style import save
    from minmaxbench.report.text import filename

    written: list[Path] = []
    for name, instance in runs[["problem", "instance"]].drop_duplicates().itertuples(index=False):
        mine = runs[runs["instance"] == instance]
        check_planar(str(name), int(mine["dx"].max()), int(mine["dy"].max()))
        ref = _ref(str(name), int(instance), problems)
        figure = paths_figure(_walked(mine, ref, folder, calls), ref.build())
        stem = f"trajectories-{filename(name)}" + (f"@{instance}" if instance else "")
        written += save(figure, where / stem, formats)
    return written


def _basins(runs: pd.DataFrame, where: Path, formats: Sequence[str], calls: float) -> list[Path]:
    """Draw where the algorithms of some runs get to from a grid of starts, a picture an instance."""
    from minmaxbench.bench.basins import basins
    from minmaxbench.bench.unit import sentence
    from minmaxbench.report.figures.basins import basins_figure
    from minmaxbench.report.figures.planar import check_planar
    from minmaxbench.report.style import save
    from minmaxbench.report.text import filename

    written: list[Path] = []
    for name, instance in runs[["problem", "instance"]].drop_duplicates().itertuples(index=False):
        mine = runs[runs["instance"] == instance]
        check_planar(str(name), int(mine["dx"].max()), int(mine["dy"].max()))
        problem, found = _ref(str(name), int(instance), ()).build(), {}
        for algorithm, some in mine.groupby("algorithm", sort=True):
            try:
                found[str(algorithm)] = basins(problem, _algorithm(some.iloc[0]), budget=calls)
            except UserError as error:
                say(f"{algorithm} is left out: {error}")
            except Exception as error:
                # Code of the user's may raise anything.
                say(f"{algorithm} is left out: {sentence(error)}")
        if not found:
            raise UserError(f"No algorithm can be run on {name} here.")
        stem = f"basins-{filename(name)}" + (f"@{instance}" if instance else "")
        written += save(basins_figure(found, problem), where / stem, formats)
    return written


def _ref(name: str, instance: int, problems: Sequence[ProblemRef]) -> ProblemRef:
    """The problem of a row; one that is not known here raises :class:`UserError`."""
    from minmaxbench.bench.naming import problem_refs

    for ref in problems:
        if (ref.name, ref.instance) == (name, instance):
            return ref
    try:
        (ref,) = problem_refs([name], instances=[instance])
    except UserError as error:
        raise UserError(f"'{name}' {LACKS}") from error
    return ref


def _walked(runs: pd.DataFrame, ref: ProblemRef, folder: Path, calls: float) -> pd.DataFrame:
    """Every iterate of some runs of each algorithm; of one that cannot run here, those on record."""
    import pandas as pd

    from minmaxbench.analysis.statistics import in_error
    from minmaxbench.bench.replay import asked, replay
    from minmaxbench.report.figures.planar import recorded

    whole = runs[~in_error(runs)].sort_values("seed")
    if not len(whole):
        raise UserError("every run ended in error.")
    settings, parts = asked(folder), []
    for name, mine in whole.groupby("algorithm"):
        some = mine.head(RUNS)
        first = some.iloc[0]
        try:
            algorithm = _algorithm(first)
            walked = replay(ref, algorithm, settings, some, calls).assign(joined=True)
        except Exception as error:
            say(f"Of {name} the points on record are drawn, not every step: {error}")
            walked = recorded(some, RUNS).assign(ended=True)
        parts.append(walked.assign(algorithm=name))
    return pd.concat(parts, ignore_index=True)


def _algorithm(row: pd.Series[Any]) -> Algorithm:
    """The algorithm of a run; one that is not known here raises :class:`UserError`."""
    from minmaxbench.algorithms.registry import ALGORITHMS, get_algorithm

    if row["method"] not in ALGORITHMS:
        raise UserError(f"'{row['method']}' {LACKS}")
    return get_algorithm(row["method"], **json.loads(row["parameters"]))
