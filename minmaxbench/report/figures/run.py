"""One run: its path in the plane, or its distance and residual against what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from minmaxbench.core.problem import Problem
from minmaxbench.report import text
from minmaxbench.report.figures.planar import paths_figure
from minmaxbench.report.style import look, panels

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def run_figure(trajectory: pd.DataFrame, problem: Problem, title: str) -> Figure:
    """The path over the landscape of a planar problem; of any other, how near it came.

    ``trajectory`` has a row an iterate: ``call``, ``x``, ``y``, ``residual``, ``distance``.
    """
    if problem.dx == problem.dy == 1:
        return paths_figure(trajectory.assign(algorithm=title, run=0), problem)
    with look():
        figure, axes = panels(1, 1, (5.2, 3.6))
        ax = axes.flat[0]
        for name, style in (("distance", "-"), ("residual", "--")):
            values = trajectory[name].to_numpy(float)
            if np.isfinite(values).any():
                shown = np.clip(values, 1e-17, 1e17)
                ax.plot(trajectory["call"], shown, style, label=name)
        ax.set(yscale="log", xlabel="gradient calls", title=text.figure(title))
        ax.legend()
    return figure
