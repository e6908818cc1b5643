"""Pictures of the plane: contours, the gradient field, listed points, and the paths of runs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from matplotlib.ticker import MaxNLocator

from minmaxbench.core.arrays import Floats
from minmaxbench.core.problem import Kind, Problem
from minmaxbench.core.sets import Set, Torus
from minmaxbench.errors import UserError
from minmaxbench.problems.cycles import FLOW, Cycle, known_cycles
from minmaxbench.report import text
from minmaxbench.report.style import legend, look, panels, save, say_nothing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Window: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
"""The intervals of x and of y that a picture shows."""

MARKS = {
    Kind.NASH: ("*", "#009E73"),
    Kind.MINIMAX: ("*", "#0072B2"),
    Kind.MAXIMIN: ("s", "#CC79A7"),
    Kind.NEITHER: ("X", "#D55E00"),
    Kind.DEGENERATE: ("D", "#999999"),
}

LINES: dict[str, Any] = {"attracting": "-", "repelling": "--", "neutral": ":"}
"""How cycles of the flow are drawn."""
ROUND = 400
"""Points of each."""
REACH = 3.0
"""Paths are followed so many times as far out as starts are drawn."""


def draw_problem(problem: Problem, path: str | Path) -> Path:
    """Write the contours, gradient field and listed points of a planar problem."""
    return save(problem_figure(problem), path)[0]


def problem_figure(problem: Problem) -> Figure:
    """Contours, gradient field, listed points and cycles of the flow.

    Raises :class:`UserError` unless the problem is planar.
    """
    check_planar(problem.name, problem.dx, problem.dy)
    cycles = [c for c in known_cycles(problem) or () if c.dynamics == FLOW]
    box = _around(problem, cycles)
    with look():
        figure, axes = panels(1, 1, (5.2, 4.6))
        filled = landscape(axes.flat[0], problem, box)
        _draw_cycles(axes.flat[0], problem, cycles)
        axes.flat[0].set(xlim=box[0], ylim=box[1])
        axes.flat[0].set_title(f"{text.figure(problem.name)}: x descends, y ascends")
        if filled is not None:
            figure.colorbar(filled, ax=axes.flat[0], label="f", shrink=0.85)
        legend(figure, marks(problem, box) | _lines(cycles))
    return figure


def draw_paths(paths: pd.DataFrame, problem: Problem, path: str | Path) -> Path:
    """Write the paths of runs over the landscape of their problem: see :func:`paths_figure`."""
    return save(paths_figure(paths, problem), path)[0]


def paths_figure(paths: pd.DataFrame, problem: Problem) -> Figure:
    """The paths of runs, a panel an algorithm, over contours, gradient field and listed points.

    ``paths`` has a row an iterate: ``x`` and ``y``, and where there are several, the columns
    ``algorithm`` and ``run``; a run's rows are in the order of its steps. A column ``joined`` that is
    False says that steps between two rows are missing: such rows are drawn as dots, with no line
    that the run never took. One ``ended`` that is False says that a run went on after its last row.
    Raises :class:`UserError` unless the problem is planar.
    """
    check_planar(problem.name, problem.dx, problem.dy)
    paths = paths.assign(x=_numbers(paths["x"]), y=_numbers(paths["y"]))
    single: dict[str, Any] = {"algorithm": "", "run": 0, "joined": True, "ended": True}
    paths = paths.assign(**{name: single[name] for name in single if name not in paths})
    groups = list(paths.groupby("algorithm", sort=True))
    number = max(1, len(groups))
    columns = number if number <= 3 else math.isqrt(number - 1) + 1
    rows = -(-number // columns)
    box = _window(paths, problem)
    with look():
        figure, axes = panels(rows, columns, (3.4 * columns, 3.2 * rows + 0.6))
        for ax, (name, mine) in zip(axes.flat, groups, strict=False):
            landscape(ax, problem, box)
            for _, one in mine.groupby("run", sort=True):
                _path(ax, one, box)
            ax.set(title=text.figure(name or problem.name), xlim=box[0], ylim=box[1])
        for ax in list(axes.flat)[len(groups) :]:
            ax.set_visible(False)
        if not groups:
            say_nothing(axes.flat[0], "no run")
        legend(figure, marks(problem, box) | _ends())
    return figure


def recorded(runs: pd.DataFrame, count: int = 12) -> pd.DataFrame:
    """The iterates of runs on one problem, on the trace's grid, as :func:`paths_figure` takes them.

    They are those of the first ``count`` seeds. Raises :class:`UserError` where none is on record.
    """
    import pandas as pd

    if "trace_x" not in runs or runs["trace_x"].isna().all():
        raise UserError("There is no path of a run on record.")
    known = runs[runs["trace_x"].notna()].sort_values(["algorithm", "seed"])
    parts = []
    for row in known.groupby("algorithm").head(count).to_dict("records"):
        x, y = (_numbers(row[name]) for name in ("trace_x", "trace_y"))
        columns = {"algorithm": row["algorithm"], "run": row["seed"], "x": x, "y": y}
        parts.append(pd.DataFrame({**columns, "joined": False}))
    return pd.concat(parts, ignore_index=True)


def check_planar(name: str, dx: int, dy: int) -> None:
    """Raise :class:`UserError` for a problem that has no picture in the plane."""
    if (dx, dy) != (1, 1):
        raise UserError(
            f"A picture of the plane needs a planar problem; {name} has dx = {dx} and dy = {dy}."
        )


def _numbers(column: pd.Series[Any]) -> Any:
    """A column of numbers, or of arrays with one number each."""
    return np.array([np.ravel(value)[0] for value in column], float)


def _path(ax: Axes, one: pd.DataFrame, box: Window) -> None:
    x, y = one["x"].to_numpy(), one["y"].to_numpy()
    inside = np.isfinite(x) & np.isfinite(y)
    for z, (low, high) in ((x, box[0]), (y, box[1])):
        # Far outside it would be drawn in vain, and beyond 1e30 not at all.
        inside &= np.abs(z - (low + high) / 2) < 50 * (high - low)
    ends = np.flatnonzero(~inside)
    x, y = (z[: ends[0]] if ends.size else z for z in (x, y))
    style: dict[str, Any] = {"linewidth": 0.8, "alpha": 0.8}
    if not one["joined"].iloc[0]:
        style = {"linestyle": "", "marker": ".", "markersize": 3, "alpha": 0.6}
    ax.plot(x, y, color="#222222", **style)
    ax.plot(x[:1], y[:1], "o", color="white", markeredgecolor="#222222", markersize=4)
    if one["ended"].iloc[0] and not ends.size:
        ax.plot(x[-1:], y[-1:], "o", color="#222222", markersize=4)


def landscape(ax: Axes, problem: Problem, box: Window) -> Any:
    """Contours of f, arrows of the direction (-f_x, f_y), and the listed points inside the box."""
    x, y = np.meshgrid(np.linspace(*box[0], 121), np.linspace(*box[1], 121))
    at = x.reshape(-1, 1), y.reshape(-1, 1)
    with np.errstate(all="ignore"):
        f = np.asarray(problem.value(np, *at), float).reshape(x.shape)
        gx, gy = (np.reshape(g, x.shape)[3::9, 3::9] for g in problem.grad(np, *at))
    filled, known = None, f[np.isfinite(f)]
    if known.size:
        low, high = np.quantile(known, [0.02, 0.98])
        levels = MaxNLocator(22).tick_values(low, high if high > low else low + 1)
        filled = ax.contourf(
            x, y, np.ma.masked_invalid(f), levels=levels, cmap="RdBu_r", extend="both", alpha=0.55
        )
    length = np.hypot(gx, gy)
    length = np.where(length > 0, length, 1.0)
    ax.quiver(
        x[3::9, 3::9], y[3::9, 3::9], -gx / length, gy / length,
        angles="xy", color="#666666", scale=32, width=0.0028, alpha=0.8,
    )  # fmt: skip
    for px, py, mark, colour in points_inside(problem, box):
        ax.plot(
            px, py, mark, color=colour, markersize=12 if mark == "*" else 7,
            markeredgecolor="white", markeredgewidth=0.8, zorder=5,
        )  # fmt: skip
    ax.set(xlabel="x", ylabel="y")
    ax.grid(visible=False)
    return filled


def _window(paths: pd.DataFrame, problem: Problem) -> Window:
    """What paths and equilibria need, without the runs that went to infinity."""
    low, high = problem.about.region
    known = problem.points()
    reach = REACH * max(abs(low), abs(high), 1.0)
    limits = []
    for name, points in (("x", known.x), ("y", known.y)):
        walked = paths[name].to_numpy()
        seen = walked[np.abs(walked) < reach]
        near = points[known.equilibria].ravel()
        near = near[np.abs(near) < reach]
        values = np.concatenate([seen, near]) if seen.size else np.array([low, high])
        pad = 0.08 * max(float(np.ptp(values)), 1e-3)
        limits.append((float(values.min() - pad), float(values.max() + pad)))
    return limits[0], limits[1]


def _around(problem: Problem, cycles: list[Cycle]) -> Window:
    """The start region and the cycles, with a margin; a torus is shown as it is."""
    ends = []
    for k in (0, 1):
        flat = [c.extent[k] for c in cycles if not any(c.winding)]
        low, high = (
            pick([problem.about.region[i], *(e[i] for e in flat)])
            for i, pick in enumerate((min, max))
        )
        pad = 0.05 * (high - low)
        ends.append((low - pad, high + pad))
    return ends[0], ends[1]


def _draw_cycles(ax: Axes, problem: Problem, cycles: list[Cycle]) -> None:
    from minmaxbench.problems.planar import Planar
    from minmaxbench.theory.dynamics.flow import orbit

    for cycle in cycles:
        assert isinstance(problem, Planar)
        path = orbit(problem, cycle, ROUND).T
        x, y = (_inside(s, z) for s, z in zip((problem.x_set, problem.y_set), path, strict=True))
        # On a torus a line that leaves on one side is not drawn back across the picture.
        broken = np.hypot(np.diff(x), np.diff(y)) > 0.5 * np.ptp(problem.about.region)
        x[1:][broken] = np.nan
        ax.plot(x, y, LINES[cycle.stability], color="#111111", linewidth=1.6, zorder=4)


def _inside(s: Set, z: Floats) -> Floats:
    """Coordinates in a set; on a circle, in the period about zero."""
    if isinstance(s, Torus):
        return np.asarray((z + s.period / 2) % s.period - s.period / 2)
    return np.asarray(s.project(np, z[:, None])[:, 0])


def _lines(cycles: list[Cycle]) -> dict[str, Any]:
    """The cycles in the legend."""
    from matplotlib.lines import Line2D

    shown = {cycle.stability for cycle in cycles}
    return {
        f"{name} cycle": Line2D([], [], linestyle=style, color="#111111", linewidth=1.6)
        for name, style in LINES.items()
        if name in shown
    }


def marks(problem: Problem, box: Window) -> dict[str, Any]:
    """The kinds of the points inside the window."""
    from matplotlib.lines import Line2D

    shown = {(mark, colour) for *_, mark, colour in points_inside(problem, box)}
    return {
        kind.value: Line2D([], [], linestyle="", marker=look[0], color=look[1], markersize=8)
        for kind, look in MARKS.items()
        if look in shown
    }


def _ends() -> dict[str, Any]:
    from matplotlib.lines import Line2D

    dot: dict[str, Any] = {
        "linestyle": "", "marker": "o", "markersize": 4, "markeredgecolor": "#222222",
    }  # fmt: skip
    colours = {"start": "white", "end": "#222222"}
    return {name: Line2D([], [], color=colour, **dot) for name, colour in colours.items()}


def points_inside(problem: Problem, box: Window) -> Iterator[tuple[float, float, str, str]]:
    """The listed points of a planar problem inside a window, each with its mark and its colour."""
    known = problem.points()
    for x, y, kind in zip(known.x[:, 0], known.y[:, 0], known.kind, strict=True):
        if box[0][0] <= x <= box[0][1] and box[1][0] <= y <= box[1][1]:
            yield float(x), float(y), *MARKS[kind]
