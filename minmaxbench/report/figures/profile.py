"""The profile: which share of the runs had reached a target after so many gradient calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.analysis.profile import profile
from minmaxbench.analysis.statistics import check_runs
from minmaxbench.report.style import REST, legend, look, looks_of, panels, save, say_nothing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TARGETS = (1e-1, 1e-3, 1e-6)
POINTS = 200
"""Numbers of calls at which the curves are computed."""
APART = 40
"""A marker every so many of them."""
BANDS = 4
"""Of more algorithms than this the bands would hide one another."""


def draw_profile(runs: pd.DataFrame, path: str | Path) -> Path:
    """Write the figure; the ending of ``path`` says as what."""
    return save(profile_figure(runs), path)[0]


def profile_figure(
    runs: pd.DataFrame, targets: Sequence[float] = TARGETS, asked: Sequence[str] = ()
) -> Figure:
    """The share of runs that reached a distance, against calls; a mean over problems, a panel a target.

    Bands are 95 % intervals at each number of calls. Runs in error are failures. An algorithm that was
    not run on every problem says so. Of many algorithms the best, and those ``asked`` for, are in colour;
    the others are grey.
    """
    check_runs(runs)
    calls = np.geomspace(1, max(2.0, float(runs["budget"].max())), POINTS)
    looks = looks_of(runs, asked)
    found: dict[str, Any] = {}
    with look():
        figure, axes = panels(1, len(targets), (3.2 * len(targets), 3.6), sharey=True)
        for ax, target in zip(axes.flat, targets, strict=True):
            curves = profile(runs, target, calls)
            if len(curves):
                _panel(ax, curves, looks, found)
            else:
                say_nothing(ax, "no problem with\na listed equilibrium")
            ax.set_title(f"distance to an equilibrium ≤ {target:g}")
        axes.flat[0].set_ylabel("share of runs, mean over problems")
        legend(figure, found)
    return figure


def _panel(
    ax: Axes, curves: pd.DataFrame, looks: dict[str, dict[str, Any]], found: dict[str, Any]
) -> None:
    most, rest = int(curves["problems"].max()), []
    for k, (name, mine) in enumerate(curves.groupby("algorithm", sort=True)):
        number = int(mine["problems"].iloc[0])
        where = "" if number == most else f" (on {number} of {most} problems)"
        every = ((7 * k) % APART, APART)
        mark = looks[str(name)]
        front = 1 if mark is REST else 2
        (line,) = ax.plot(mine["calls"], mine["share"], markevery=every, zorder=front, **mark)
        if len(looks) <= BANDS:
            low, high = mine["low"], mine["high"]
            ax.fill_between(mine["calls"], low, high, color=mark["color"], alpha=0.1, linewidth=0)
        if mark is REST:
            rest.append(line)
        else:
            found.setdefault(f"{name}{where}", line)
    if rest:
        found.setdefault(f"{len(rest)} others", rest[0])
    ax.set(xscale="log", xlabel="gradient calls", ylim=(-0.02, 1.02), xlim=(1, mine["calls"].max()))
    # They would take half of the time that this figure takes.
    ax.minorticks_off()
