"""The scaling study on paper: iterations against dimension, and the table of exponents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.analysis.growth import LEVEL, by_dimension, growths
from minmaxbench.report.figures import make_folder
from minmaxbench.report.style import entries, lines, look, panels, save

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

TARGETS = (0.5, 0.1, 0.001)
"""Distances to the equilibrium; the first is as near as greedy-max comes before it stops itself."""

KEPT = (
    "study", "problem", "dx", "dy", "algorithm", "method", "parameters", "noise", "seed", "start",
    "budget", "outcome", "message", "calls", "value_calls", "grad_x_calls", "grad_y_calls", "steps",
    "step_seconds", "value", "residual", "distance", "equilibrium", "slope_y", "improvement",
    "improvement_low", "improvement_high",
)  # fmt: skip

FLOOR = 1e-12
"""Smaller distances are drawn here."""


def keep_runs(runs: pd.DataFrame, path: Path) -> None:
    """Write the runs without their traces: a row each, small enough to be passed on."""
    hits = [name for name in map(str, runs) if name.startswith(("distance_", "residual_"))]
    make_folder(path.parent)
    runs[[*KEPT, *hits]].to_parquet(path, compression="zstd", index=False)


def write_tables(runs: pd.DataFrame, folder: Path) -> list[Path]:
    """``growth.csv`` and ``by_dimension.csv`` for all targets, and ``theorem.csv``, in ``folder``."""
    import pandas as pd

    folder = make_folder(folder)
    tables = {
        "growth": pd.concat([growths(runs, t).assign(target=t) for t in TARGETS]),
        "by_dimension": pd.concat([by_dimension(runs, t).assign(target=t) for t in TARGETS]),
        "theorem": theorem_table(runs),
    }
    paths = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False, float_format="%.6g")
        paths.append(path)
    return paths


def growth_table(runs: pd.DataFrame, target: float = TARGETS[0]) -> pd.DataFrame:
    """Exponents and verdicts as text, one row for each problem, algorithm and noise."""
    table = growths(runs, target)
    rows = table.to_dict("records")
    shown = table[["problem", "algorithm"]].copy()
    if table["noise"].any():
        shown["noise"] = [f"{r['noise']:g}" for r in rows]
    shown["d"] = [f"{r['smallest']:,} to {r['largest']:,}" for r in rows]
    shown["reached at these"] = [f"{r['first']:.0%}, {r['last']:.0%}" for r in rows]
    shown["calls ~ d^p, p"] = [_number(r["exponent"]) for r in rows]
    shown[f"{LEVEL:.0%} interval"] = [
        "-" if np.isnan(r["low"]) else f"{_number(r['low'])} to {_number(r['high'])}" for r in rows
    ]
    shown["verdict"] = [str(r["verdict"]) for r in rows]
    shown["why"] = table["reason"]
    return shown


def _number(p: float) -> str:
    if np.isnan(p):
        return "-"
    return f"{p:.3f}" if np.isfinite(p) else ("no limit" if p > 0 else "no lower limit")


def theorem_table(runs: pd.DataFrame) -> pd.DataFrame:
    """The theorem's bound on gradient calls beside the calls that greedy-max spent until it stopped.

    One row for each problem with finite b and L, and dimension; ``spent`` and ``distance`` are
    medians over the runs of ``greedy_max`` without noise.
    """
    import pandas as pd

    from minmaxbench.algorithms.greedy_max.theory import GreedyMaxTheory
    from minmaxbench.problems import get_problem
    from minmaxbench.theory.bounds import greedy_max_theorem

    mine = runs[(runs["algorithm"] == "greedy_max") & (runs["noise"] == 0)]
    rows = []
    for _, group in mine.groupby(["problem", "dx"], sort=True):
        name, d = str(group["problem"].iloc[0]), int(group["dx"].iloc[0])
        problem = get_problem(name, d)
        if not np.isfinite([*problem.about.bounds, problem.about.smoothness]).all():
            continue
        spent = {
            "spent": float(group["calls"].median()),
            "stopped": float((group["outcome"] == "r_max").mean()),
            "distance": float(group["distance"].median()),
        }
        rows.append(
            {"problem": name, "d": d, **greedy_max_theorem(problem, GreedyMaxTheory()), **spent}
        )
    return pd.DataFrame(rows)


def draw_scaling(runs: pd.DataFrame, folder: Path, target: float = TARGETS[0]) -> list[Path]:
    """The figures: families, proposals of greedy-max, oracle noise.

    The runs are those of :func:`minmaxbench.bench.scaling.load_studies`, the families' study first.
    """
    folder = make_folder(folder)
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
    return [
        _page(page, folder / f"{name}.png", target) for name, page in pages.items() if len(page)
    ]


def _page(table: pd.DataFrame, path: Path, target: float) -> Path:
    """A panel a family; under each, the shares that got there and that pass the test, and final distances."""
    groups = list(table.groupby("panel", sort=False))
    columns = min(4, len(groups))
    bands = -(-len(groups) // columns)
    styles = lines(table["algorithm"])
    least = np.minimum(table["calls_low"], table["budget"]).min()
    limits = 0.7 * float(least), 1.5 * float(table["budget"].max())
    with look():
        figure, axes = panels(
            4 * bands, columns, (3.0 * columns, 5.0 * bands + 0.9),
            sharex=True, height_ratios=[3, 1, 1, 1.3] * bands,
        )  # fmt: skip
        for place in range(bands * columns):
            row, column = divmod(place, columns)
            stack = axes[4 * row : 4 * row + 4, column]
            if place < len(groups):
                _panel(list(stack), str(groups[place][0]), groups[place][1], styles)
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
        figure.legend(*_entries(axes[::4].flat), loc="outside lower center", ncols=3)
        return save(figure, path)


def _entries(every: Iterable[Axes]) -> tuple[list[Any], list[str]]:
    """The lines of all panels, each once, and what an open triangle means."""
    from matplotlib.lines import Line2D

    found = entries(every)
    never = Line2D([], [], color="#555555", marker="^", fillstyle="none", linestyle="")
    labels = sorted(found)
    return [*(found[label] for label in labels), never], [
        *labels,
        "fewer than half of the runs reached it: at the budget",
    ]


def _panel(stack: Sequence[Axes], title: str, table: pd.DataFrame, styles: dict[str, Any]) -> None:
    calls, share, test, quality = stack
    shift = np.linspace(-0.06, 0.06, table["algorithm"].nunique())
    for k, (name, mine) in enumerate(table.groupby("algorithm", sort=True)):
        style, d = styles[str(name)], mine["dx"].to_numpy(float)
        middle, budget = mine["calls"].to_numpy(), mine["budget"].to_numpy()
        found = np.isfinite(middle)
        low, high = (np.minimum(mine[c].to_numpy(), budget) for c in ("calls_low", "calls_high"))
        calls.fill_between(d, np.where(found, low, np.nan), np.where(found, high, np.nan),
                           color=style["color"], alpha=0.15, linewidth=0)  # fmt: skip
        calls.plot(d, np.where(found, middle, np.nan), marker=".", label=str(name), **style)
        # Moved a little, so that algorithms that never arrive do not hide each other.
        at = d[~found] * 10 ** shift[k]
        calls.plot(at, budget[~found], "^", fillstyle="none", markersize=5, color=style["color"])
        for ax, column in ((share, "reached"), (test, "passed")):
            ax.plot(d, mine[column], marker=".", linewidth=1, markersize=3, **style)
        ends = np.maximum(mine["distance"].to_numpy(), FLOOR)
        quality.plot(d, ends, marker=".", linewidth=1, markersize=3, **style)
    calls.set(title=title, yscale="log", xscale="log")
    for ax in (share, test):
        ax.set(ylim=(-0.08, 1.08), yticks=[0, 1], xscale="log")
    quality.set(yscale="log", xscale="log")
