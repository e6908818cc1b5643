"""A problem's own metrics over calls, and the samples of networks: strips and an animation.

Behind samples of the plane lies the discriminator: light where it takes a point for real, dark where for
fake, on a scale of its own in each picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from minmaxbench.core.arrays import Floats
from minmaxbench.report.metrics import metric_names
from minmaxbench.report.style import legend, look, make_folder, panels, save, styles
from minmaxbench.report.text import filename

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

COLUMNS = 3
TIMES = 8
"""Pictures in a strip: from the start to the end, evenly in calls as far as the grid allows."""
SAMPLES, LANDSCAPE = "trace_metric_samples", "trace_metric_landscape"
IMAGES = 4
"""Images of a strip's picture, in each direction."""
CALLS = "gradient calls"


def in_units(runs: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The runs with their grids in ``unit``: gradient calls, iterations, or seconds of the steps.

    By each run's own ratios: its iterations cost the same, and one more second passes for as many.
    """
    if unit == CALLS:
        return runs
    ratio = runs["steps"] / runs["calls"]
    ratio = ratio * runs["step_seconds"] if unit == "seconds" else ratio
    grids = [np.asarray(c, float) * r for c, r in zip(runs["trace_calls"], ratio, strict=True)]
    return runs.assign(trace_calls=grids)


def draw_metrics(
    runs: pd.DataFrame, folder: Path, formats: Sequence[str] = ("png",), unit: str = CALLS
) -> list[Path]:
    """Write the curves of each problem's own metrics, and strips and an animation of samples.

    All against calls, or what else :func:`in_units` knows.
    """
    paths: list[Path] = []
    runs = in_units(runs, unit)
    for name, mine in runs.groupby("problem"):
        names = [m for m in metric_names(mine) if mine[f"trace_metric_{m}"].notna().all()]
        if names:
            stem = filename(str(name))
            paths += save(metric_figure(mine, names, unit), folder / f"metrics-{stem}", formats)
            if SAMPLES in mine and (mine := mine[mine[SAMPLES].notna()]).size:
                paths += save(strip_figure(mine, unit), folder / f"samples-{stem}", formats)
                paths.append(write_animation(mine, folder / f"samples-{stem}.gif", unit))
    return paths


def metric_figure(runs: pd.DataFrame, names: Sequence[str], unit: str = CALLS) -> Figure:
    """A panel a metric: the median over runs, and the band from the 10 % to the 90 % quantile."""
    pairs = runs[["algorithm", "method"]].drop_duplicates("algorithm")
    looks = styles(pairs["algorithm"], pairs["method"])
    floors = {n: f"{n}_floor" for n in names if f"{n}_floor" in names}
    shown = [n for n in names if n not in floors.values()]
    rows = -(-len(shown) // COLUMNS)
    with look():
        figure, axes = panels(rows, COLUMNS, (3.2 * COLUMNS, 2.4 * rows))
        lines: dict[str, Any] = {}
        for ax, name in zip(axes.flat, shown, strict=False):
            for algorithm, mine in runs.groupby("algorithm"):
                calls, values = _curves(mine, f"trace_metric_{name}")
                style = looks[str(algorithm)]
                with np.errstate(all="ignore"):
                    low, middle, high = np.nanquantile(values, (0.1, 0.5, 0.9), axis=0)
                (lines[str(algorithm)],) = ax.plot(calls, middle, **style)
                ax.fill_between(calls, low, high, color=style["color"], alpha=0.15, lw=0)
            if name in floors:
                level = float(runs[f"metric_{floors[name]}"].dropna().iloc[0])
                ax.axhline(level, color="#555555", lw=0.8, ls=":")
            ax.set(title=name, xlabel=unit)
        for ax in axes.flat[len(shown) :]:
            ax.set_axis_off()
        legend(figure, lines)
    return figure


def strip_figure(runs: pd.DataFrame, unit: str = CALLS) -> Figure:
    """A strip an algorithm: what the run of its least seed makes, over training."""
    chosen, calls = _chosen(runs)
    times = sorted({int(np.abs(calls - c).argmin()) for c in np.linspace(0, calls[-1], TIMES)})
    with look():
        figure, axes = panels(len(chosen), len(times), (1.25 * len(times), 1.4 * len(chosen)))
        for place, (row, line) in enumerate(zip(chosen, axes, strict=True)):
            frames = _frames(row, calls)
            for j, ax in zip(times, line, strict=True):
                _show(ax, frames[j])
                if place == 0:
                    ax.set_title(f"{calls[j]:,.0f}", fontsize=7)
            line[0].set_ylabel(_short(str(row["algorithm"])), fontsize=5)
        figure.supxlabel(f"{unit} above; one run each", fontsize=7)
    return figure


def write_animation(runs: pd.DataFrame, path: Path, unit: str = CALLS) -> Path:
    """A GIF of the same, all algorithms side by side."""
    from matplotlib.animation import FuncAnimation, PillowWriter
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    chosen, calls = _chosen(runs)
    frames = [_frames(row, calls) for row in chosen]
    make_folder(path.parent)
    with look():
        figure, axes = panels(1, len(chosen), (1.8 * len(chosen), 2.1))
        FigureCanvasAgg(figure)

        def draw(j: int) -> list[Any]:
            for ax, row, mine in zip(axes.flat, chosen, frames, strict=True):
                ax.clear()
                _show(ax, mine[j])
                ax.set_title(_short(str(row["algorithm"])), fontsize=5)
            figure.suptitle(f"{calls[j]:,.0f} {unit}", fontsize=8)
            return []

        later = range(len(calls) // 3, len(calls))
        FuncAnimation(figure, draw, frames=later).save(path, PillowWriter(fps=4), dpi=80)
    return path


def _chosen(runs: pd.DataFrame) -> tuple[list[Any], Floats]:
    """The run of the least seed of each algorithm, and the grid of the one with the largest budget."""
    chosen = [mine.sort_values("seed").iloc[0] for _, mine in runs.groupby("algorithm")]
    return chosen, max(
        (np.asarray(row["trace_calls"], float) for row in chosen), key=lambda c: c[-1]
    )


def _curves(runs: pd.DataFrame, column: str) -> tuple[Floats, Floats]:
    """The grid, and the values of each run on it."""
    calls = np.asarray(runs["trace_calls"].iloc[0], float)
    return calls, np.array([np.asarray(v, float) for v in runs[column]])


class _Frame(NamedTuple):
    """What is shown of a run at one entry of its grid."""

    samples: Floats
    """Points (n, 2), or images (n, side, side, colours), one colour being grey."""
    landscape: Floats
    """(side, side), the discriminator, or nothing."""
    reach: float


def _frames(row: Any, calls: Floats) -> list[_Frame]:
    """What is shown of a run after so many calls; a run with a smaller budget stays as it ended."""
    every, own = _all_frames(row), np.asarray(row["trace_calls"], float)
    return [every[int(np.abs(own - c).argmin())] for c in calls]


def _all_frames(row: Any) -> list[_Frame]:
    """What is shown of a run, at each entry of its grid."""
    times = len(row["trace_calls"])
    whole = np.asarray(row[SAMPLES], float).reshape(times, -1)
    nothing = np.empty((0, 0))
    pixels = whole.shape[1] // IMAGES**2
    for colours in (1, 3):
        side = round((pixels / colours) ** 0.5)
        if side > 6 and colours * side**2 == pixels:
            images = whole.reshape(times, IMAGES**2, colours, side, side)
            return [_Frame(np.moveaxis(each, 1, -1), nothing, 0.0) for each in images]
    points = whole.reshape(times, -1, 2)
    if not np.ndim(row.get(LANDSCAPE)):
        return [_Frame(each, nothing, 2.0) for each in points]
    heights = np.asarray(row[LANDSCAPE], float).reshape(times, -1)
    side = round((heights.shape[1] - 1) ** 0.5)
    land = heights[:, 1:].reshape(times, side, side)
    return [_Frame(*each) for each in zip(points, land, heights[:, 0], strict=True)]


def _show(ax: Any, frame: _Frame) -> None:
    """Points in the plane, or images on a grid."""
    samples, land, reach = frame
    if samples.ndim == 2:
        if land.size:
            ax.imshow(land, cmap="Blues_r", origin="lower", extent=(-reach, reach) * 2)
        ax.scatter(*samples.T, s=1, color="#B04000", alpha=0.5, lw=0)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    else:
        side, colours = samples.shape[2:]
        grid = samples.reshape(IMAGES, IMAGES, side, side, colours).swapaxes(1, 2)
        shown = np.clip(grid.reshape(IMAGES * side, IMAGES * side, colours) / 2 + 0.5, 0, 1)
        ax.imshow(shown if colours == 3 else shown[..., 0], cmap="gray", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])


def _short(label: str) -> str:
    return "\n".join(_pieces(label.replace("(", "\n").rstrip(")").replace(", ", "\n")))


def _pieces(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield line if len(line) <= 22 else line[:21] + "."
