"""Figures of a study: data profile, verdicts, traces, trajectories."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from minmaxbench.analysis.statistics import KEYS, by_verdict, calls_to
from minmaxbench.core.problem import Kind, Problem
from minmaxbench.errors import UserError
from minmaxbench.record.verdicts import Verdict
from minmaxbench.report.style import VERDICT_COLOURS, entries, lines, look, panels, save
from minmaxbench.report.tables import problem_labels

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Window: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
"""The intervals of x and of y that a planar picture shows."""

PANELS = 12
"""Panels on a page of traces."""

MARKS = {
    Kind.NASH: ("*", "#009E73"),
    Kind.MINIMAX: ("*", "#0072B2"),
    Kind.MAXIMIN: ("s", "#CC79A7"),
    Kind.NEITHER: ("X", "#D55E00"),
    Kind.DEGENERATE: ("D", "#999999"),
}


def draw_study(runs: pd.DataFrame, folder: Path, metric: str = "distance") -> list[Path]:
    """Draw the profile, the verdicts and the traces of a study into ``folder``."""
    folder = make_folder(folder)
    paths = [draw_profile(runs, folder), draw_verdicts(runs, folder)]
    return [*paths, *draw_traces(runs, folder, metric)]


def make_folder(folder: Path) -> Path:
    """Make a folder for pictures; raises :class:`UserError` if that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder '{folder}' cannot be made: {error.strerror}.") from error
    return folder


def draw_profile(runs: pd.DataFrame, folder: Path) -> Path:
    """The data profile: share of (problem, run, target) triples reached, against calls.

    Every problem with an equilibrium weighs the same (Hansen, Auger, Ros, Tusar, Brockhoff, COCO,
    2021: run-time distributions).
    """
    targets = (1e-1, 1e-3, 1e-6)
    solvable = runs[runs["equilibria"].fillna(0) > 0]
    budget = float(runs["budget"].max())
    grid = np.geomspace(1, budget, 200)
    with look():
        figure, axes = panels(1, len(targets), (9.5, 3.6), sharey=True)
        styles = lines(runs["algorithm"])
        for ax, target in zip(axes.flat, targets, strict=True):
            frame = solvable.assign(hit=calls_to(solvable, target))
            for algorithm, mine in frame.groupby("algorithm"):
                share = np.mean(
                    [
                        np.searchsorted(np.sort(one["hit"]), grid, "right") / len(one)
                        for _, one in mine.groupby(KEYS)
                    ],
                    axis=0,
                )
                ax.plot(grid, share, label=str(algorithm), **styles[str(algorithm)])
            ax.set(xscale="log", xlabel="gradient calls", ylim=(0, 1), xlim=(1, budget))
            # They would take half of the time that this figure takes.
            ax.minorticks_off()
            ax.set_title(f"distance to an equilibrium ≤ {target:.0e}")
        axes.flat[0].set_ylabel("share of runs, mean over problems")
        _legend(figure, axes.flat)
        return save(figure, folder / "profile.png")


def draw_verdicts(runs: pd.DataFrame, folder: Path) -> Path:
    """Where runs got to: the share of each verdict, a mean over problems, one bar an algorithm."""
    shares = by_verdict(runs).pivot(index="algorithm", columns="verdict", values="share").iloc[::-1]
    with look():
        figure, axes = panels(1, 1, (7.5, 1.2 + 0.3 * len(shares)))
        ax, left = axes.flat[0], np.zeros(len(shares))
        for kind in Verdict:
            part = shares[kind.value].to_numpy()
            if part.any():
                colour = VERDICT_COLOURS[kind.value]
                ax.barh(shares.index, part, left=left, color=colour, label=kind.value, height=0.7)
                left += part
        ax.set(xlim=(0, 1), xlabel="share of runs, mean over problems")
        ax.grid(visible=False, axis="y")
        _legend(figure, [ax])
        return save(figure, folder / "verdicts.png")


def draw_traces(runs: pd.DataFrame, folder: Path, metric: str = "distance") -> list[Path]:
    """Traces, a panel a problem: median over runs, and the band from the 10 % to the 90 % quantile."""
    column = f"trace_{metric}"
    if column not in runs:
        return []
    runs = runs.dropna(subset=[column])
    if metric == "distance":
        runs = runs[runs["equilibria"] > 0]
    labelled = runs.assign(label=problem_labels(runs)) if len(runs) else runs.assign(label="")
    groups = list(labelled.groupby("label"))
    styles = lines(runs["algorithm"])
    paths = []
    with look():
        for page, start in enumerate(range(0, len(groups), PANELS), start=1):
            part = groups[start : start + PANELS]
            rows, columns = -(-len(part) // min(4, len(part))), min(4, len(part))
            figure, axes = panels(rows, columns, (2.7 * columns, 2.1 * rows + 0.8))
            for ax, (label, frame) in zip(axes.flat, part, strict=False):
                _trace_panel(ax, frame, column, styles)
                ax.set_title(str(label))
            for ax in list(axes.flat)[len(part) :]:
                ax.set_visible(False)
            for ax in axes[-1]:
                ax.set_xlabel("gradient calls")
            for row in axes:
                row[0].set_ylabel(metric)
            _legend(figure, axes.flat)
            name = f"traces-{metric}-{page}.png" if len(groups) > PANELS else f"traces-{metric}.png"
            paths.append(save(figure, folder / name))
    return paths


def _trace_panel(ax: Axes, frame: pd.DataFrame, column: str, styles: dict[str, Any]) -> None:
    for algorithm, mine in frame.groupby("algorithm"):
        calls = np.asarray(mine["trace_calls"].iloc[0])
        # A lost run is as far away as can be; the floor keeps exact zeros on the axis.
        data = np.nan_to_num(np.stack(list(mine[column])).astype(float), nan=np.inf)
        data = np.clip(data, 1e-17, 1e10)
        low, middle, high = np.quantile(data, [0.1, 0.5, 0.9], axis=0)
        style = styles[str(algorithm)]
        ax.fill_between(calls, low, high, color=style["color"], alpha=0.12, linewidth=0)
        ax.plot(calls, middle, label=str(algorithm), linewidth=1.2, **style)
    ax.set_xscale("symlog", linthresh=1)
    ax.set_yscale("log")
    ax.set_xlim(0, None)
    low, high = ax.get_ylim()
    ax.set_ylim(max(low, 1e-16), min(high, 1e6))


def draw_trajectories(
    runs: pd.DataFrame, problem: Problem, path: Path, count: int = 12, calls: float = np.inf
) -> Path:
    """Trajectories of the first ``count`` runs of each algorithm over contours and the field.

    Raises :class:`UserError` for a problem that is not planar or has no runs in the frame.
    """
    mine = runs[(runs["problem"] == problem.name)]
    if problem.dx + problem.dy != 2:
        raise UserError(f"Trajectories are drawn for planar problems; {problem.name} is not one.")
    if not len(mine) or "trace_x" not in mine:
        raise UserError(f"The study holds no runs on {problem.name}.")
    make_folder(path.parent)
    algorithms = sorted(mine["algorithm"].unique())
    columns = math.isqrt(len(algorithms) - 1) + 1
    rows = -(-len(algorithms) // columns)
    box = _window(mine, problem, calls)
    with look():
        figure, axes = panels(rows, columns, (3.4 * columns, 3.2 * rows + 0.6))
        for ax, algorithm in zip(axes.flat, algorithms, strict=False):
            draw_landscape(ax, problem, box)
            some = mine[mine["algorithm"] == algorithm].sort_values("seed").head(count)
            for row in some.itertuples():
                shown = np.asarray(row.trace_calls) <= calls
                x, y = (np.stack(list(t)).ravel()[shown] for t in (row.trace_x, row.trace_y))
                ax.plot(x, y, color="#222222", linewidth=0.9, alpha=0.8)
                ax.plot(x[:1], y[:1], "o", color="white", markeredgecolor="#222222", markersize=4)
                ax.plot(x[-1:], y[-1:], "o", color="#222222", markersize=4)
            ax.set(title=algorithm, xlim=box[0], ylim=box[1])
        for ax in list(axes.flat)[len(algorithms) :]:
            ax.set_visible(False)
        _mark_legend(figure, problem, box)
        return save(figure, path)


def draw_problem(problem: Problem, path: Path) -> Path:
    """The contours, gradient field and listed points of a planar problem."""
    if problem.dx + problem.dy != 2:
        raise UserError(f"A contour picture needs a planar problem; {problem.name} is not one.")
    make_folder(path.parent)
    low, high = problem.about.region
    pad = 0.05 * (high - low)
    with look():
        figure, axes = panels(1, 1, (5.2, 4.4))
        box = ((low - pad, high + pad), (low - pad, high + pad))
        filled = draw_landscape(axes.flat[0], problem, box)
        axes.flat[0].set_title(f"{problem.name}: x descends, y ascends")
        figure.colorbar(filled, ax=axes.flat[0], label="f", shrink=0.85)
        _mark_legend(figure, problem, box)
        return save(figure, path)


def draw_landscape(ax: Axes, problem: Problem, box: Window) -> Any:
    """Contours of f, arrows of the direction (-f_x, f_y), and the listed points inside the box."""
    x, y = np.meshgrid(np.linspace(*box[0], 121), np.linspace(*box[1], 121))
    at = x.reshape(-1, 1), y.reshape(-1, 1)
    with np.errstate(all="ignore"):
        f = problem.value(np, *at).reshape(x.shape)
        gx, gy = (g.reshape(x.shape)[3::9, 3::9] for g in problem.grad(np, *at))
    low, high = np.nanquantile(f[np.isfinite(f)], [0.02, 0.98])
    levels = np.linspace(low, high if high > low else low + 1, 22)
    filled = ax.contourf(x, y, f, levels=levels, cmap="RdBu_r", extend="both", alpha=0.55)
    length = np.hypot(gx, gy)
    length = np.where(length > 0, length, 1.0)
    ax.quiver(
        x[3::9, 3::9], y[3::9, 3::9], -gx / length, gy / length,
        angles="xy", color="#666666", scale=32, width=0.0028, alpha=0.8,
    )  # fmt: skip
    for px, py, kind in _points_inside(problem, box):
        mark, colour = MARKS[kind]
        ax.plot(
            px, py, mark, color=colour, markersize=12 if mark == "*" else 7,
            markeredgecolor="white", markeredgewidth=0.8, zorder=5,
        )  # fmt: skip
    ax.set(xlabel="x", ylabel="y")
    ax.grid(visible=False)
    return filled


def _window(runs: pd.DataFrame, problem: Problem, calls: float) -> Window:
    """What trajectories and equilibria need, without the runs that went to infinity."""
    low, high = problem.about.region
    known = problem.points()
    limits = []
    for name, points in (("trace_x", known.x), ("trace_y", known.y)):
        paths = np.concatenate([np.stack(list(t)).ravel() for t in runs[name]])
        reach = 3 * max(abs(low), abs(high), 1.0)
        seen = paths[np.isfinite(paths) & (np.abs(paths) < reach)]
        near = points[known.equilibria].ravel()
        near = near[np.abs(near) < reach]
        values = np.concatenate([seen, near]) if seen.size else np.array([low, high])
        pad = 0.08 * max(float(np.ptp(values)), 1e-3)
        limits.append((float(values.min() - pad), float(values.max() + pad)))
    return limits[0], limits[1]


def _legend(figure: Figure, every: Iterable[Axes]) -> None:
    """One legend for all panels: an algorithm may be in some of them only."""
    found = entries(every)
    columns = min(5, max(1, len(found)))
    figure.legend(found.values(), found.keys(), loc="outside lower center", ncols=columns)


def _mark_legend(figure: Figure, problem: Problem, box: Window) -> None:
    """The kinds of the points inside the window."""
    from matplotlib.lines import Line2D

    shown = {kind for *_, kind in _points_inside(problem, box)}
    handles = [
        Line2D([], [], linestyle="", marker=mark, color=colour, markersize=8, label=kind.value)
        for kind, (mark, colour) in MARKS.items()
        if kind in shown
    ]
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))


def _points_inside(problem: Problem, box: Window) -> Iterator[tuple[float, float, Kind]]:
    """The listed points of a planar problem inside a window."""
    known = problem.points()
    for x, y, kind in zip(known.x[:, 0], known.y[:, 0], known.kind, strict=True):
        if box[0][0] <= x <= box[0][1] and box[1][0] <= y <= box[1][1]:
            yield float(x), float(y), kind
