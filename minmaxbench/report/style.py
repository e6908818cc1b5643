"""One look for all figures: colours that colour-blind readers can tell apart, a light grid.

Figures are made without pyplot, whose import takes half a second and which keeps a user's figures.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Wong, "Points of view: Color blindness", Nature Methods 2011, and two darker tones.
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C510A",
    "#7A5195", "#999999",
)  # fmt: skip
DASHES = ("-", "--", ":")

VERDICT_COLOURS = {
    "equilibrium": "#009E73",
    "other point": "#56B4E9",
    "cycle": "#CC79A7",
    "diverged": "#D55E00",
    "stopped": "#7A5195",
    "stalled": "#8C510A",
    "unfinished": "#E69F00",
    "error": "#000000",
}

SETTINGS: dict[Any, Any] = {
    "figure.dpi": 100,
    "savefig.dpi": 160,
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E5E5E5",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.5,
    "legend.frameon": False,
}


def look() -> AbstractContextManager[None]:
    """The settings of every figure, for a ``with`` statement."""
    return mpl.rc_context(SETTINGS)


def panels(
    rows: int, columns: int, size: tuple[float, float], **options: Any
) -> tuple[Figure, Any]:
    """A figure of ``size`` inches, and its axes, an array (rows, columns)."""
    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **options)


def entries(every: Iterable[Axes]) -> dict[str, Any]:
    """What a legend for all panels names, each once, and the mark of it."""
    found: dict[str, Any] = {}
    for ax in every:
        for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return found


def save(figure: Figure, path: Path) -> Path:
    """Write a figure, whole or not at all."""
    part = path.with_name(f".{path.name}.part{path.suffix}")
    figure.savefig(part)
    part.replace(path)
    return path


def lines(algorithms: Iterable[str]) -> dict[str, dict[str, str]]:
    """Colour and dash for each algorithm, by its place in the alphabet."""
    return {
        name: {
            "color": COLOURS[k % len(COLOURS)],
            "linestyle": DASHES[k // len(COLOURS) % len(DASHES)],
        }
        for k, name in enumerate(sorted(set(algorithms)))
    }
