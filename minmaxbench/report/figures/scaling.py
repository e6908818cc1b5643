"""The scaling study on paper: iterations against dimension."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.analysis.growth import by_dimension
from minmaxbench.report import text
from minmaxbench.report.scaling import TARGETS
from minmaxbench.report.style import legend, look, panels, save, styles

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FLOOR = 1e-12
"""Smaller distances are drawn here."""

NEVER = "fewer than half of the runs reached it: at the budget"
"""What an open triangle means."""


def draw_scaling(
    runs: pd.DataFrame,
    folder: Path,
    target: float = TARGETS[0],
    formats: Sequence[str] = ("png",),
) -> list[Path]:
    """The figures: families, proposals of greedy-max, oracle noise.

    The runs are those of :func:`minmaxbench.bench.scaling.load_studies`, the families' study first.
    """
    table = by_dimension(runs, target)
    table["panel"] = table["problem"]
    # Panels in the order of the study.
    order = {name: k for k, name in enumerate(dict.fromkeys(runs["problem"]))}
    table = table.sort_values(["problem", "noise"], key=lambda c: c.map(order).fillna(c))
    exact, noisy = table[table["noise"] == 0], table[table["noise"] > 0]
    main = runs[runs["study"] == runs["study"].iloc[0]]
    laws = runs[runs["study"].str.endswith("-proposals")]
    greedy = main[main["algorithm"].str.startswith("greedy_max")]
    tried = exact["problem"].isin(laws["problem"])
    compared = exact["algorithm"].isin({*greedy["algorithm"], *laws["algorithm"]})
    # Beside the noisy runs, the same without noise.
    same = [table[key].isin(noisy[key]) for key in ("problem", "algorithm", "dx")]
    beside = table[np.logical_and.reduce(same)]
    names = [f"{p}, noise {n:g}" for p, n in zip(beside["problem"], beside["noise"], strict=True)]
    pages = {
        "iterations": exact[exact["algorithm"].isin(main["algorithm"])],
        "proposals": exact[tried & compared],
        "noise": beside.assign(panel=names),
    }
    paths: list[Path] = []
    for name, page in pages.items():
        if len(page):
            paths += save(_page(page, target), folder / name, formats)
    return paths


def _page(table: pd.DataFrame, target: float) -> Figure:
    """A panel a family, with three small ones under it.

    They show the shares that got there and that pass the test, and final distances.
    """
    groups = list(table.groupby("panel", sort=False))
    columns = min(4, len(groups))
    bands = -(-len(groups) // columns)
    looks = styles(table["algorithm"].unique())
    found: dict[str, Any] = {}
    least = np.minimum(table["calls_low"], table["budget"]).min()
    limits = 0.7 * float(least), 1.5 * float(table["budget"].max())
    with look():
        figure, axes = panels(
            4 * bands, columns, (max(6.0, 3.0 * columns), 5.0 * bands + 0.9),
            sharex=True, height_ratios=[3, 1, 1, 1.3] * bands,
        )  # fmt: skip
        for place in range(bands * columns):
            row, column = divmod(place, columns)
            stack = axes[4 * row : 4 * row + 4, column]
            if place < len(groups):
                _panel(list(stack), str(groups[place][0]), groups[place][1], looks, found)
                stack[0].set_ylim(limits)
            else:
                for ax in stack:
                    ax.set_visible(False)
        for row in range(bands):
            for ax, label in zip(axes[4 * row : 4 * row + 4, 0], (
                f"gradient calls until\ndistance ≤ {target:g}", "share\nreached",
                "share (ε, ω)-\nequilibrium", "final\ndistance",
            ), strict=True):  # fmt: skip
                ax.set_ylabel(label)
        for ax in axes[-1]:
            ax.set_xlabel("dimension d of each player")
        legend(figure, dict(sorted(found.items())) | {NEVER: _never()})
    return figure


def _never() -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], color="#555555", marker="^", fillstyle="none", linestyle="")


def _panel(
    stack: Sequence[Axes],
    title: str,
    table: pd.DataFrame,
    looks: dict[str, dict[str, Any]],
    found: dict[str, Any],
) -> None:
    calls, share, test, quality = stack
    shift = np.linspace(-0.06, 0.06, table["algorithm"].nunique())
    for k, (name, mine) in enumerate(table.groupby("algorithm", sort=True)):
        style, d = looks[str(name)], mine["dx"].to_numpy(float)
        middle, budget = mine["calls"].to_numpy(), mine["budget"].to_numpy()
        seen = np.isfinite(middle)
        low, high = (np.minimum(mine[c].to_numpy(), budget) for c in ("calls_low", "calls_high"))
        calls.fill_between(d, np.where(seen, low, np.nan), np.where(seen, high, np.nan),
                           color=style["color"], alpha=0.15, linewidth=0)  # fmt: skip
        (line,) = calls.plot(d, np.where(seen, middle, np.nan), **style)
        found.setdefault(str(name), line)
        # Moved a little, so that algorithms that never arrive do not hide each other.
        at = d[~seen] * 10 ** shift[k]
        calls.plot(at, budget[~seen], "^", fillstyle="none", markersize=5, color=style["color"])
        for ax, column in ((share, "reached"), (test, "passed")):
            ax.plot(d, mine[column], linewidth=1, markersize=3, **style)
        ends = np.maximum(mine["distance"].to_numpy(), FLOOR)
        quality.plot(d, ends, linewidth=1, markersize=3, **style)
    calls.set(title=text.figure(title), yscale="log", xscale="log")
    for ax in (share, test):
        ax.set(ylim=(-0.08, 1.08), yticks=[0, 1], xscale="log")
    quality.set(yscale="log", xscale="log")
