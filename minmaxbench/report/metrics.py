"""A problem's own metrics at the end of runs, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from minmaxbench.core.arrays import Floats
from minmaxbench.report.forms import Table

if TYPE_CHECKING:
    import pandas as pd


def metric_names(runs: pd.DataFrame) -> list[str]:
    """The problem's own metrics of one number that runs have."""
    columns = [c for c in map(str, runs) if c.startswith("metric_") and c != "metric_seconds"]
    return [c.removeprefix("metric_") for c in columns if not _several(runs[c])]


def metric_table(runs: pd.DataFrame) -> Table | None:
    """One row a problem and algorithm: mean over runs and 95 % interval; None without metrics.

    The interval is Student's t, for the mean over seeds; runs without a number (diverged, in error) are
    left out and counted in the last column.
    """
    import pandas as pd

    names = metric_names(runs)
    if not names:
        return None
    rows, numbers = [], []
    for (problem, algorithm), mine in runs.groupby(["problem", "algorithm"], sort=True):
        row = {"problem": str(problem), "algorithm": str(algorithm)}
        for name in names:
            values = mine[f"metric_{name}"].to_numpy(float)
            mean, low, high = interval(values[np.isfinite(values)])
            numbers.append({**row, "metric": name, "mean": mean, "low": low, "high": high})
            row[name] = f"{mean:.3g}" if np.isnan(low) else f"{mean:.3g} ({low:.3g}, {high:.3g})"
        first = mine[f"metric_{names[0]}"].to_numpy(float)
        row["runs"] = f"{int(np.isfinite(first).sum())} of {len(mine)}"
        rows.append(row)
    words = pd.DataFrame(rows).astype(str)
    long = words.melt(["problem", "algorithm"], var_name="metric", value_name="mean (95 %)")
    return Table(
        "The problem's own metrics at the end: mean over runs (95 % interval)",
        pd.DataFrame(numbers), words, long,
        ("No interval where there is one run. `trace_metric_...` holds the same over calls.",),
    )  # fmt: skip


def interval(values: Floats) -> tuple[float, float, float]:
    """The mean and its 95 % interval (Student's t); NaN where there are too few values."""
    from scipy.stats import t

    if not values.size:
        return (float("nan"),) * 3
    mean = float(values.mean())
    if values.size == 1:
        return mean, float("nan"), float("nan")
    half = float(t.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
    return mean, mean - half, mean + half


def _several(column: pd.Series[Any]) -> bool:
    known = column.dropna()
    return bool(len(known)) and np.ndim(known.iloc[0]) > 0
