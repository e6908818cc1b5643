"""The figures of tuning: expected best of k settings, how much of a space works, curves of step sizes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.analysis.tuning import means, sensitivity, tunability
from minmaxbench.bench.tuning.tuned import Tuned
from minmaxbench.core.parameters import relative_steps
from minmaxbench.report.style import look, panels, save

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS, WIDTH, HEIGHT = 6, 2.0, 1.6
"""Panels in a row, and their size in inches."""


def draw_tuning(
    table: pd.DataFrame, tuned: Tuned, where: Path, formats: Sequence[str] = ("png",)
) -> list[Path]:
    """Write all figures of the scores of a tuning."""
    seen = table[table["problem"].isin(list(tuned.training))] if tuned.training else table
    figures = {
        "tunability": tunability_figure(seen),
        "sensitivity": sensitivity_figure(seen),
        "step-sizes": step_size_figure(seen),
    }
    return [path for name, made in figures.items() for path in save(made, where / name, formats)]


def tunability_figure(table: pd.DataFrame) -> Figure:
    """A panel an algorithm: the expected best score of k settings, its band, and the default's score."""
    curves = tunability(table)

    def panel(ax: Axes, name: str) -> None:
        mine = curves[curves["method"] == name]
        ax.fill_between(mine["k"], mine["low"], mine["high"], color="#0072B2", alpha=0.2, lw=0)
        ax.plot(mine["k"], mine["score"], "o-", color="#0072B2", ms=2.5)
        ax.axhline(float(mine["default"].iloc[0]), color="#D55E00", ls="--", lw=1)
        ax.set(xscale="log", xticks=[1, 5, 25], xticklabels=["1", "5", "25"])
        ax.minorticks_off()

    return _small(sorted(curves["method"].unique()), panel, "settings tried", _SCORE)


_SCORE = "mean log10 calls (dashed: default)"


def step_size_figure(table: pd.DataFrame) -> Figure:
    """A panel an algorithm with step sizes: the score of each setting against its first step size.

    Where steps are in units of 1/L, so is the axis; the default is a number, and its score a line.
    """
    averaged = means(table)
    names = [
        name
        for name in sorted(averaged["method"].unique())
        if name in ALGORITHMS and _step_size(name) is not None
    ]

    def panel(ax: Axes, name: str) -> None:
        mine = averaged[averaged["method"] == name]
        field = _step_size(name)
        assert field is not None
        steps = [json.loads(p).get(field) for p in mine["parameters"].iloc[1:]]
        relative = any(map(relative_steps, steps))
        etas = [relative_steps(step).get("", step) for step in steps]
        ax.plot(np.array(etas, float), mine["score"].iloc[1:], "o", color="#0072B2", ms=2.5)
        ax.axhline(float(mine["score"].iloc[0]), color="#D55E00", ls="--", lw=1)
        ax.set(xscale="log")
        ax.minorticks_off()
        # Below the axis: inside the panel it would meet a dot.
        ax.set_xlabel(f"{field} L" if relative else field, fontsize=7, labelpad=1)

    return _small(names, panel, "step size", _SCORE)


def sensitivity_figure(table: pd.DataFrame) -> Figure:
    """A bar an algorithm: the share of its space that solves a problem, and of problems solved anywhere."""
    shares = sensitivity(table).sort_values("share", ignore_index=True)
    with look():
        figure, axes = panels(1, 1, (6.5, 1.0 + 0.17 * len(shares)))
        ax, rows = axes.flat[0], np.arange(len(shares))
        ax.barh(
            rows, shares["anywhere"], color="#D9E8F2", label="problems that some setting solves"
        )
        ax.barh(
            rows, shares["share"], color="#0072B2", label="settings that solve, mean over problems"
        )
        ax.set(yticks=rows, xlim=(0, 1), ylim=(-0.6, len(shares) - 0.4), xlabel="share")
        ax.set_yticklabels(shares["method"], fontsize=7)
        ax.legend(loc="lower right")
    return figure


def _small(names: Sequence[str], panel: Any, across: str, up: str) -> Figure:
    """Small panels side by side that share their vertical axis."""
    rows = max(1, -(-len(names) // COLUMNS))
    with look():
        figure, axes = panels(rows, COLUMNS, (COLUMNS * WIDTH, 0.4 + rows * HEIGHT), sharey=True)
        for ax, name in zip(axes.flat, names, strict=False):
            panel(ax, name)
            ax.set_title(name, fontsize=8)
        for ax in axes.flat[len(names) :]:
            ax.set_axis_off()
        figure.supxlabel(across, fontsize=9)
        figure.supylabel(up, fontsize=9)
    return figure


def _step_size(name: str) -> str | None:
    """The first hyper-parameter that is tuned on a logarithmic scale, a step size where there is one."""
    kind = ALGORITHMS.get(name)
    named = [*kind.step_sizes, "eta", "eta0", "s", "alpha"]
    fields = {field.name for field in dataclasses.fields(kind)}
    return next((field for field in named if field in fields), None)
