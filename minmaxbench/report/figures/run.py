"""One run: its path in the plane, or its distance and residual against what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.core.problem import Problem
from minmaxbench.report import text
from minmaxbench.report.figures.planar import paths_figure
from minmaxbench.report.figures.traces import FLOOR, LOST
from minmaxbench.report.style import legend, look, panels, say_nothing, styles

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SHOWN = ("distance", "residual")


def run_figure(trajectory: pd.DataFrame, problem: Problem, title: str) -> Figure:
    """The path over the landscape of a planar problem; of any other, how near it came.

    ``trajectory`` has a row an iterate: ``call``, ``x``, ``y``, ``residual``, ``distance``.
    """
    if problem.dx == problem.dy == 1:
        return paths_figure(trajectory.assign(algorithm=title, run=0), problem)
    looks, found = styles(SHOWN), dict[str, Any]()
    with look():
        figure, axes = panels(1, 1, (5.2, 3.8))
        ax = axes.flat[0]
        for name in SHOWN:
            values = trajectory[name].to_numpy(float)
            if np.isfinite(values).any():
                values = np.clip(np.nan_to_num(values, nan=LOST), FLOOR, LOST)
                every = max(1, len(values) // 8)
                (found[name],) = ax.plot(trajectory["call"], values, markevery=every, **looks[name])
        ax.set_title(text.figure(title))
        if found:
            ax.set(yscale="log", xlabel="gradient calls")
        else:
            say_nothing(ax, "neither distance nor residual is finite")
        legend(figure, found)
    return figure
