"""Basins of attraction: where runs get to, by where they start. A panel an algorithm."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.analysis.words import percent
from minmaxbench.bench.basins import Basins
from minmaxbench.record.verdicts import Verdict
from minmaxbench.report import text
from minmaxbench.report.figures.planar import check_planar, marks, points_inside
from minmaxbench.report.style import VERDICT_COLOURS, legend, look, panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from minmaxbench.core.problem import Problem

KINDS = list(Verdict)
POINTS = (Verdict.EQUILIBRIUM, Verdict.OTHER)
"""Verdicts that name a point: each point has a tone of the verdict's colour."""
LIGHTEST = 0.55
"""How far the tones go towards white."""


def basins_figure(found: Mapping[str, Basins], problem: Problem) -> Figure:
    """The verdict of the run from each point of a grid of starts, with the listed points.

    Runs to different listed points have different tones. Raises :class:`UserError` unless the problem is
    planar.
    """
    from matplotlib.patches import Patch

    check_planar(problem.name, problem.dx, problem.dy)
    columns = len(found) if len(found) <= 3 else math.isqrt(len(found) - 1) + 1
    rows = -(-len(found) // columns)
    seen: set[Verdict] = set()
    with look():
        figure, axes = panels(rows, columns, (3.1 * columns, 3.0 * rows + 0.6))
        for ax, (name, one) in zip(axes.flat, found.items(), strict=False):
            _panel(ax, one, problem)
            seen |= {verdict for row in one.verdict for verdict in row}
            share = percent(one.share(Verdict.EQUILIBRIUM))
            ax.set_title(f"{text.figure(name)}\n{share} to an equilibrium")
        for ax in list(axes.flat)[len(found) :]:
            ax.set_visible(False)
        first = next(iter(found.values()))
        key: dict[str, Any] = {
            kind.value: Patch(color=VERDICT_COLOURS[kind.value]) for kind in KINDS if kind in seen
        }
        legend(figure, key | marks(problem, _window(first)))
    return figure


def _window(one: Basins) -> tuple[tuple[float, float], tuple[float, float]]:
    return (float(one.x[0]), float(one.x[-1])), (float(one.y[0]), float(one.y[-1]))


def _panel(ax: Axes, one: Basins, problem: Problem) -> None:
    from matplotlib.colors import to_rgb

    number = max(1, int(one.nearest.max()) + 1)
    picture = np.empty((*one.nearest.shape, 3))
    for i, row in enumerate(one.verdict):
        for j, verdict in enumerate(row):
            colour = np.array(to_rgb(VERDICT_COLOURS[verdict.value]))
            light = max(0, int(one.nearest[i, j])) / number if verdict in POINTS else 0.0
            picture[i, j] = colour + LIGHTEST * light * (1 - colour)
    box = _window(one)
    dx, dy = ((high - low) / (2 * (len(one.x) - 1)) for low, high in box)
    ax.imshow(
        picture, origin="lower", aspect="auto", interpolation="nearest",
        extent=(box[0][0] - dx, box[0][1] + dx, box[1][0] - dy, box[1][1] + dy),
    )  # fmt: skip
    for px, py, mark, ink in points_inside(problem, box):
        ax.plot(
            px, py, mark, color=ink, markersize=9, markeredgecolor="white", zorder=5, clip_on=False
        )
    ax.set(xlabel="x", ylabel="y")
    ax.grid(visible=False)
