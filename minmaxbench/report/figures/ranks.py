"""The ranks of algorithms, with their intervals and a bar over those that a test does not tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.analysis.against import run_everywhere
from minmaxbench.analysis.ranking import ranking
from minmaxbench.analysis.runtimes import costs
from minmaxbench.analysis.statistics import check_runs
from minmaxbench.report import text
from minmaxbench.report.style import look, looks_of, panels, save, say_nothing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from minmaxbench.analysis.ranking import Ranking

TARGET = 1e-5
ROW = 0.24
"""Inches a row."""
ROWS = 30


def draw_ranks(runs: pd.DataFrame, path: str | Path) -> Path:
    """Write the figure; the ending of ``path`` says as what."""
    return save(rank_figure(runs), path)[0]


def rank_figure(runs: pd.DataFrame, target: float = TARGET, asked: Sequence[str] = ()) -> Figure:
    """Mean ranks by expected run time, the best at the top: a critical-difference diagram on its side.

    Demsar, JMLR 2006, figure 1; turned, so that sixty names can be read. The thin line is the 95 %
    interval over problems, a grey bar joins those whose ranks differ by less than Nemenyi's
    critical difference. Of more than :data:`ROWS` the first are shown, and those ``asked`` for; ranks
    are among all that were run on the most problems.
    """
    check_runs(runs)
    looks = looks_of(runs, asked)
    table = costs(run_everywhere(runs, asked), target)
    rows = min(table.shape[1], ROWS + len(asked))
    with look():
        figure, axes = panels(1, 1, (6.4, 1.2 + ROW * max(4, rows)))
        ax = axes.flat[0]
        if min(table.shape) < 1 or table.shape[1] < 2:
            words = "a ranking needs two algorithms run on the same\nproblems, with a listed equilibrium"
            say_nothing(ax, words)
        else:
            _panel(
                ax,
                ranking(table),
                {name: str(look["color"]) for name, look in looks.items()},
                target,
                asked,
                len(looks) - table.shape[1],
            )
    return figure


def _panel(
    ax: Axes,
    found: Ranking,
    colours: dict[str, str],
    target: float,
    asked: Sequence[str],
    others: int,
) -> None:
    whole = found.table
    table = whole
    if len(whole) > ROWS:
        table = whole[(np.arange(len(whole)) < ROWS) | whole.index.isin(asked)]
    places = np.arange(len(table))
    for place, (name, row) in zip(places, table.iterrows(), strict=True):
        colour = colours[str(name)]
        ax.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=1.0)
        ax.plot(row["rank"], place, "o", color=colour)
    bars = _bars([[list(table.index).index(n) for n in g if n in table.index] for g in found.ties])
    for k, (first, last) in enumerate(bars):
        at = len(whole) * (1.02 + 0.02 * k)
        ax.plot(
            [at, at],
            [first - 0.25, last + 0.25],
            color="#999999",
            linewidth=3,
            solid_capstyle="butt",
        )
    ax.set_yticks(places, [text.figure(str(name)) for name in table.index])
    ax.set(
        ylim=(len(table) - 0.5, -0.5), xlim=(0.8, len(whole) * max(1.2, 1.04 + 0.02 * len(bars)))
    )
    ax.set_xticks(range(1, len(whole) + 1, max(1, len(whole) // 12)))
    said = "" if np.isnan(found.p_value) else f"\nFriedman p = {found.p_value:.2g}"
    ax.set_xlabel(f"mean rank by expected run time to distance ≤ {target:g} (1 is best){said}")
    of = "" if len(table) == len(whole) else f"{len(table)} of {len(whole)} algorithms, "
    fewer = f", {others} more run on fewer" if others else ""
    ax.set_title(
        f"{of}{found.problems} problems{fewer}\n"
        f"grey bars: not told apart (critical difference {found.critical:.2f})"
    )


def _bars(groups: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """The first and last row of each group of rows that no other holds; they get a column each."""
    bars: list[tuple[int, int]] = []
    ends = {(group[0], group[-1]) for group in groups if len(group) > 1}
    for first, last in sorted(ends, key=lambda end: (end[0], -end[1])):
        if not bars or last > bars[-1][1]:
            bars.append((first, last))
    return bars
