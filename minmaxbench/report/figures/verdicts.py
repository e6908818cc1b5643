"""Where runs got to: one bar an algorithm."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.analysis.statistics import KEYS, by_verdict
from minmaxbench.record.verdicts import Verdict
from minmaxbench.report import text
from minmaxbench.report.style import VERDICT_COLOURS, legend, look, panels, save

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

DARK = ("diverged", "error", "stopped", "stalled")
"""Verdicts on whose colour black is not read."""


def draw_verdicts(runs: pd.DataFrame, path: str | Path) -> Path:
    """Write the figure; the ending of ``path`` says as what."""
    return save(verdict_figure(runs), path)[0]


def verdict_figure(runs: pd.DataFrame) -> Figure:
    """The share of each verdict, a mean over problems, one bar an algorithm, runs in error included."""
    shares = by_verdict(runs).pivot(index="algorithm", columns="verdict", values="share").iloc[::-1]
    rows = np.arange(len(shares))
    problems = runs.groupby("algorithm")[KEYS].apply(lambda mine: len(mine.drop_duplicates()))
    most = int(problems.max())
    names = [
        text.figure(name)
        + ("" if problems[name] == most else f"\non {problems[name]} of {most} problems")
        for name in shares.index
    ]
    found: dict[str, Any] = {}
    with look():
        width = 6.0 + 0.075 * max(len(line) for name in names for line in name.split("\n"))
        figure, axes = panels(1, 1, (width, 1.3 + 0.3 * len(shares)))
        ax, left = axes.flat[0], np.zeros(len(shares))
        for kind in Verdict:
            part = shares[kind.value].to_numpy()
            if part.any():
                colour = VERDICT_COLOURS[kind.value]
                found[kind.value] = ax.barh(rows, part, left=left, color=colour, height=0.7)
                shade = "white" if kind.value in DARK else "black"
                for row in np.flatnonzero(part >= 0.06):
                    middle, number = left[row] + part[row] / 2, f"{100 * part[row]:.0f}"
                    ax.text(middle, row, number, ha="center", va="center", color=shade, fontsize=7)
                left += part
        ax.set(
            xlim=(0, 1),
            ylim=(-0.5, len(shares) - 0.5),
            xlabel="share of runs (numbers: %), mean over problems",
        )
        ax.set_yticks(rows, names)
        ax.grid(visible=False, axis="y")
        legend(figure, found)
    return figure
