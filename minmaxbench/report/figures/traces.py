"""Traces: how the distance or the residual fell, a panel a problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.analysis.statistics import check_runs, in_error, ranked
from minmaxbench.analysis.words import percent
from minmaxbench.core.arrays import Floats
from minmaxbench.report import text
from minmaxbench.report.style import legend, look, panels, save, say_nothing, styles
from minmaxbench.report.tables import problem_labels

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = 12
"""Panels on a page."""

LOST = 1e10
"""A run that has left, or that ended in error, is drawn this far away."""
FLOOR = 1e-17
"""Exact zeros are drawn here: a logarithmic axis has no place for them."""
SHOWN = 1e-16, 1e6
TOLD = 3
"""So many algorithms with runs in error are named in a panel."""
ALARM = "#B00000"


def draw_traces(
    runs: pd.DataFrame,
    folder: str | Path,
    metric: str = "distance",
    formats: Sequence[str] = ("png",),
) -> list[Path]:
    """Write the pages into ``folder`` as ``traces-METRIC.png``, numbered if there are several."""
    figures, paths = list(trace_figures(runs, metric)), []
    for page, figure in enumerate(figures, start=1):
        number = f"-{page}" if len(figures) > 1 else ""
        paths += save(figure, Path(folder) / f"traces-{metric}{number}", formats)
    return paths


def traces_figure(runs: pd.DataFrame, metric: str = "distance") -> Figure:
    """The traces of all problems on one page, however long; an empty page says why it is."""
    for figure in trace_figures(runs, metric, on_page=len(runs)):
        return figure
    with look():
        figure, axes = panels(1, 1, (4.5, 3.0))
        say_nothing(axes.flat[0], f"no run has a {metric} to show")
    return figure


def trace_figures(
    runs: pd.DataFrame, metric: str = "distance", on_page: int = PANELS
) -> Iterator[Figure]:
    """Pages of panels, one a problem: median over runs, and the band from the 10 % to the 90 % quantile.

    Runs in error are as far away as can be. Problems without a listed equilibrium have no distances,
    and no panel.
    """
    check_runs(runs)
    column = f"trace_{metric}"
    if column not in runs:
        return
    if metric == "distance":
        runs = runs[ranked(runs)]
    pairs = runs[["algorithm", "method"]].drop_duplicates("algorithm")
    looks = styles(pairs["algorithm"], pairs["method"])
    groups = list(runs.assign(label=problem_labels(runs)).groupby("label"))
    for start in range(0, len(groups), on_page):
        yield _page(groups[start : start + on_page], column, metric, looks)


def _page(
    groups: list[tuple[Any, pd.DataFrame]], column: str, metric: str, looks: dict[str, Any]
) -> Figure:
    columns = min(4, len(groups))
    rows = -(-len(groups) // columns)
    found: dict[str, Any] = {}
    with look():
        figure, axes = panels(rows, columns, (max(4.5, 2.7 * columns), 2.1 * rows + 0.8))
        for ax, (label, frame) in zip(axes.flat, groups, strict=False):
            _panel(ax, frame, column, looks, found)
            ax.set_title(text.figure(label))
        for ax in list(axes.flat)[len(groups) :]:
            ax.set_visible(False)
        for ax in axes[-1]:
            ax.set_xlabel("gradient calls")
        for row in axes:
            row[0].set_ylabel(metric)
        legend(figure, found)
    return figure


def _panel(
    ax: Axes, frame: pd.DataFrame, column: str, looks: dict[str, Any], found: dict[str, Any]
) -> None:
    if frame[column].isna().all():
        say_nothing(ax, "every run ended in error")
        return
    failed = []
    # Many bands on top of each other would be all that is seen.
    haze = 0.12 if frame["algorithm"].nunique() <= 8 else 0.04
    for k, ((name, _), mine) in enumerate(frame.groupby(["algorithm", "budget"], sort=True)):
        errors = float(in_error(mine).mean())
        if errors:
            failed.append((errors, text.figure(text.short(text.plain(name), 24))))
        if errors == 1:
            continue
        calls, data = curves(mine, column)
        # No interpolation: there is nothing between a run and one that is lost.
        low, middle, high = np.quantile(data, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf")
        style = looks[str(name)]
        ax.fill_between(calls, low, high, color=style["color"], alpha=haze, linewidth=0)
        every = (k % 8, 8)
        (line,) = ax.plot(calls, middle, linewidth=1.2, markersize=3, markevery=every, **style)
        found.setdefault(str(name), line)
    ax.set_xscale("symlog", linthresh=1)
    ax.set_yscale("log")
    ax.set_xlim(0, None)
    low, high = ax.get_ylim()
    low, high = max(low, SHOWN[0]), min(high, SHOWN[1])
    if high < 100 * low:
        # Whole decades, so that there are two to be labelled.
        low, high = 10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high))
    ax.set_ylim(low, high)
    # They would take two thirds of the time that this figure takes.
    ax.minorticks_off()
    failed.sort(key=lambda pair: -pair[0])
    told = [f"{name}: {percent(errors)} in error" for errors, name in failed[:TOLD]]
    told += [f"and {len(failed) - TOLD} more"] if len(failed) > TOLD else []
    note = ax.text(0.02, 0.02, "\n".join(told), transform=ax.transAxes, fontsize=6, color=ALARM)
    note.set_in_layout(False)


def curves(mine: pd.DataFrame, column: str) -> tuple[Floats, Floats]:
    """The grid of calls, and the traces, one row a run; lost and failed ones are far away."""
    known = mine[mine[column].notna()]
    calls = np.asarray(known["trace_calls"].iloc[0], float)
    rows = np.stack([np.asarray(trace, float) for trace in known[column]])
    lost = np.full((len(mine) - len(known), len(calls)), np.inf)
    data = np.nan_to_num(np.concatenate([rows, lost]), nan=np.inf)
    return calls, np.clip(data, FLOOR, LOST)
